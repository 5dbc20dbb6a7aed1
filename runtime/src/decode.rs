//! Records of the event ring and entries of maps, taken apart. It knows where values are;
//! [`crate::value`] knows how to read them.

use std::slice;

use ir::{Event, EventField, EventId, Id, Place, Program, Reduce, Table, Ty, Width, align_up};

use crate::{
    frequent::{self, Frequent},
    names::Names,
    output::{Cell, Row, TableView},
    reduce::{self, BucketTable, Reduced},
    value::{Value, decode, load, prepare},
};

/// Why a record of the event ring makes no sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// It ends before its fixed part does.
    #[error("a record of the event ring ends after {0} bytes")]
    Short(usize),
    /// Its number belongs to no event.
    #[error("a record of the event ring has the unknown number {0}")]
    Unknown(u32),
}

/// One record of the event ring.
pub struct Decoded<'a> {
    /// Which kind it is.
    pub id: EventId,
    /// What to do with it.
    pub event: &'a Event,
    /// What it carries.
    pub fields: Fields<'a>,
}

/// Reads the record `bytes`. Nothing is allocated: fields are read as they are asked for.
pub fn event<'a>(
    program: &'a Program,
    bytes: &'a [u8],
    names: &'a dyn Names,
) -> Result<Decoded<'a>, DecodeError> {
    if bytes.len() < 4 {
        return Err(DecodeError::Short(bytes.len()));
    }
    let number = load(bytes, Width::W32) as u32;
    let id = EventId::from_index(number as usize);
    let event = program.events.get(id).ok_or(DecodeError::Unknown(number))?;
    if bytes.len() < event.size as usize {
        return Err(DecodeError::Short(bytes.len()));
    }
    let tail = bytes.get(event.size as usize..).unwrap_or_default();
    Ok(Decoded {
        id,
        event,
        fields: Fields { bytes, fields: event.fields.iter(), tail, names },
    })
}

/// The values of one record, in order.
pub struct Fields<'a> {
    bytes: &'a [u8],
    fields: slice::Iter<'a, EventField>,
    /// What no tail has taken yet.
    tail: &'a [u8],
    names: &'a dyn Names,
}

impl<'a> Iterator for Fields<'a> {
    type Item = Value<'a>;

    fn next(&mut self) -> Option<Value<'a>> {
        let field = self.fields.next()?;
        let bytes = match field.place {
            Place::Fixed(at) => self.bytes.get(at as usize..).unwrap_or_default(),
            Place::Tail(at) => {
                let length = self.bytes.get(at as usize..).unwrap_or_default();
                let length = load(length, Width::W32) as usize;
                let (taken, rest) = self.tail.split_at(length.min(self.tail.len()));
                self.tail = rest;
                taken
            }
        };
        Some(decode(&field.ty, bytes, self.names))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.fields.size_hint()
    }
}

/// Makes what can be printed of the entries of `table`'s BPF map: key bytes and value bytes.
/// In per-CPU maps the value bytes are those of all CPUs, each at a multiple of 8.
///
/// A scalar table always has one row: of zeros, when there is no entry. [`TableView::written`]
/// tells whether anything was ever put into it.
pub fn table<'a>(
    table: &'a Table,
    entries: impl IntoIterator<Item = (&'a [u8], &'a [u8])>,
    names: &'a dyn Names,
) -> TableView<'a> {
    let mut view = TableView {
        name: &table.name,
        ty: &table.value,
        keyed: table.key.is_some(),
        ..TableView::EMPTY
    };
    if let Ty::Reduced(Reduce::Top(top)) = table.value {
        for (bytes, list) in frequent::lists((top, table), entries, names) {
            view.written |= list.total > 0;
            view.rows.push(Row { key: key(table, bytes, names), value: Cell::Top(list) });
        }
    } else if table.bucket_keys
        && let Ty::Reduced(kind) = table.value
    {
        let mut buckets = BucketTable::new(kind);
        for (key, cells) in entries {
            buckets.add(key, cells);
        }
        for (bytes, reduced) in buckets.finish() {
            let key = key(table, bytes, names);
            view.written = true;
            view.rows.push(Row { key, value: Cell::Reduced(by_wall_clock(reduced, names)) });
        }
    } else {
        let entries: Vec<_> = entries.into_iter().collect();
        if let Some(ty) = &table.key {
            prepare(ty, entries.iter().map(|(key, _)| *key), names);
        }
        prepare(&table.value, entries.iter().map(|(_, value)| *value), names);
        for (bytes, value) in entries {
            view.written |= self::written(table, value);
            let value = cell(table, value, names);
            view.rows.push(Row { key: key(table, bytes, names), value });
        }
    }
    if !view.keyed && view.rows.is_empty() {
        view.rows.push(Row { key: Value::None, value: cell(table, &[], names) });
    }
    view
}

/// Reads one value of a table: all CPUs' cells for what is reduced.
pub fn cell<'a>(table: &'a Table, bytes: &'a [u8], names: &'a dyn Names) -> Cell<'a> {
    if let Ty::Reduced(Reduce::Top(_)) = table.value {
        return Cell::Top(Frequent::default());
    }
    let Ty::Reduced(kind) = &table.value else {
        return Cell::Value(decode(&table.value, bytes, names));
    };
    Cell::Reduced(by_wall_clock(reduce::reduce(*kind, bytes.chunks(stride(table))), names))
}

/// The same, with the intervals of time series on the wall clock.
fn by_wall_clock(mut reduced: Reduced, names: &dyn Names) -> Reduced {
    if let Reduced::Series(timeline) = &mut reduced
        && let Some(newest) = timeline.newest()
    {
        let start = timeline.start(newest);
        timeline.ahead = names.wall_clock(start) - start;
    }
    reduced
}

/// Bytes from one CPU's cell to the next, the mark that it was written included.
fn stride(table: &Table) -> usize {
    let size =
        if let Ty::Reduced(kind) = &table.value { kind.size() } else { table.value.size() };
    let marked = table.present.map_or(0, |at| at + 8);
    align_up(size.max(marked), 8).max(8) as usize
}

fn key<'a>(table: &'a Table, bytes: &'a [u8], names: &'a dyn Names) -> Value<'a> {
    table.key.as_ref().map_or(Value::None, |ty| decode(ty, bytes, names))
}

/// Whether an entry of `table`'s map with this value was written by the script.
fn written(table: &Table, value: &[u8]) -> bool {
    match (table.present, &table.value) {
        (Some(at), _) => value
            .chunks(stride(table))
            .any(|cell| load(cell.get(at as usize..).unwrap_or_default(), Width::W64) != 0),
        // An entry with a key is there because it was written, even if it is zero by now.
        (None, Ty::Reduced(_)) => table.key.is_some() || value.iter().any(|&byte| byte != 0),
        (None, _) => true,
    }
}
