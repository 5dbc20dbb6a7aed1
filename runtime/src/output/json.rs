//! Output for programs: a JSON object a line, valid whatever the values are.

mod loss;

use std::io;

use ir::Piece;

use super::{
    Cell, Limits, LossLine, Message, MessageKind, Output, Position, Sink, Style, TableView,
    frequent,
    histogram::{self, Bucket},
    number::{decimal, divide, signed, wide},
    quantiles,
    show::{show, show_tight_key},
    table::Shape,
};
use crate::{
    clock, format,
    reduce::{Reduced, Total},
    series::Timeline,
    value::Value,
};

/// Everything goes to one stream.
pub struct Json {
    sink: Sink,
    style: Style,
    quiet: bool,
    /// Where text is composed before it is escaped.
    scratch: Vec<u8>,
}

impl Json {
    /// Writes to `sink`. Escaping is JSON's own, whatever `style` says of it.
    pub fn new(sink: Sink, style: Style) -> Self {
        let style = Style { escape: false, ..style };
        Self { sink, style, quiet: false, scratch: Vec::new() }
    }

    /// Leaves out the number of attached probes if `quiet`.
    #[must_use]
    pub fn quiet(self, quiet: bool) -> Self {
        Self { quiet, ..self }
    }

    fn head(&mut self, kind: &str) -> Body<'_> {
        let out = self.sink.buffer();
        out.extend_from_slice(b"{\"type\": ");
        string(out, kind.as_bytes());
        Body { out, style: &self.style, scratch: &mut self.scratch }
    }

    fn end(&mut self) -> io::Result<()> {
        self.sink.buffer().extend_from_slice(b"}\n");
        self.sink.message_end()
    }

    fn counted(&mut self, kind: &str, count: u64, unit: &str) -> io::Result<()> {
        let body = self.head(kind);
        body.out.extend_from_slice(b", \"count\": ");
        decimal(body.out, count);
        body.out.extend_from_slice(b", \"data\": {");
        member(body.out, unit);
        decimal(body.out, count);
        body.out.push(b'}');
        self.end()
    }
}

impl Output for Json {
    fn attached(&mut self, probes: usize) -> io::Result<()> {
        if self.quiet {
            return Ok(());
        }
        self.counted("attached_probes", probes as u64, "probes")?;
        // Whoever started us may wait for this.
        self.sink.drained()
    }

    fn printf<'a>(
        &mut self,
        kind: &str,
        pieces: &[Piece],
        fields: &mut dyn Iterator<Item = Value<'a>>,
    ) -> io::Result<()> {
        let body = self.head(kind);
        body.scratch.clear();
        format::write(body.scratch, pieces, fields, body.style);
        body.out.extend_from_slice(b", \"data\": ");
        string(body.out, body.scratch);
        self.end()
    }

    fn text(&mut self, kind: &str, text: &str) -> io::Result<()> {
        let body = self.head(kind);
        body.out.extend_from_slice(b", \"data\": ");
        string(body.out, text.as_bytes());
        self.end()
    }

    fn value(&mut self, value: &Value<'_>) -> io::Result<()> {
        let mut body = self.head("value");
        body.out.extend_from_slice(b", \"data\": ");
        body.value(value);
        self.end()
    }

    fn table(&mut self, view: &TableView<'_>, limits: Limits) -> io::Result<()> {
        let rows = view.ordered(limits);
        let (Some(last), shape) = (rows.last(), view.shape()) else { return Ok(()) };
        let kind = match shape {
            Shape::Plain => "map",
            Shape::Stats => "stats",
            Shape::Quantiles => "quantiles",
            Shape::Top => "topk",
            Shape::Histogram => "hist",
            Shape::Series => "tseries",
        };
        let mut body = self.head(kind);
        body.out.extend_from_slice(b", \"data\": {");
        member(body.out, view.name);
        if view.keyed {
            body.out.push(b'{');
            for (index, row) in rows.iter().enumerate() {
                if index > 0 {
                    body.out.extend_from_slice(b", ");
                }
                body.key(&row.key);
                body.cell(&row.value, Limits { top: 0, ..limits });
            }
            body.out.push(b'}');
        } else {
            body.cell(&last.value, limits);
        }
        body.out.push(b'}');
        if view.lower_bound {
            body.out.extend_from_slice(b", \"lower_bound\": true");
        }
        self.end()
    }

    fn entry(&mut self, cell: &Cell<'_>) -> io::Result<()> {
        let mut body = self.head("value");
        body.out.extend_from_slice(b", \"data\": ");
        body.cell(cell, Limits::default());
        self.end()
    }

    fn lost(&mut self, events: u64) -> io::Result<()> {
        self.counted("lost_events", events, "events")
    }

    fn lost_in_all(&mut self, _events: u64) -> io::Result<()> {
        Ok(())
    }

    fn message(&mut self, message: &Message<'_>) -> io::Result<()> {
        let kind = match message.kind {
            MessageKind::Expanded => return Ok(()),
            MessageKind::Error => "errorf",
            MessageKind::Warning => "warnf",
            MessageKind::Runtime => "runtime_error",
            MessageKind::Helper { .. } => "helper_error",
        };
        let out = self.head(kind).out;
        out.extend_from_slice(b", \"msg\": ");
        string(out, message.text.as_bytes());
        if let MessageKind::Helper { name, code } = message.kind {
            out.extend_from_slice(b", \"helper\": ");
            string(out, name.as_bytes());
            out.extend_from_slice(b", \"retcode\": ");
            signed(out, code);
        }
        place(out, message.position);
        self.end()
    }

    // Tables say it of themselves.
    fn ledger(&mut self, lines: &[LossLine<'_>], _tables: &[&str]) -> io::Result<()> {
        let out = self.head("ledger").out;
        out.extend_from_slice(b", \"data\": [");
        for (index, line) in lines.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            loss::loss_line(out, line);
        }
        out.push(b']');
        self.end()
    }

    fn end_of_tracing(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn drained(&mut self) -> io::Result<()> {
        self.sink.drained()
    }

    fn flush(&mut self) -> io::Result<()> {
        self.sink.flush()
    }
}

/// An object that is being written.
struct Body<'o> {
    out: &'o mut Vec<u8>,
    style: &'o Style,
    scratch: &'o mut Vec<u8>,
}

impl Body<'_> {
    fn value(&mut self, value: &Value<'_>) {
        match value {
            Value::None => self.out.extend_from_slice(b"null"),
            Value::Bool(_) => show(self.out, value, self.style),
            Value::Int(value) | Value::Enum { number: value, .. } => {
                integer(self.out, i128::from(*value));
            }
            Value::Uint(value) | Value::Pointer(value) => {
                integer(self.out, i128::from(*value));
            }
            Value::Str { .. } | Value::Symbol { .. } | Value::Lines(_) => {
                self.scratch.clear();
                show(self.scratch, value, self.style);
                string(self.out, self.scratch);
            }
            // A C `char` has a sign.
            Value::Bytes(bytes) => {
                let out = &mut *self.out;
                array(out, b",", bytes.iter(), |out, byte| signed(out, i64::from(*byte as i8)));
            }
            Value::Tuple(items) | Value::Array(items) => self.list(items),
            Value::Record(fields) => self.record(fields),
        }
    }

    fn list(&mut self, items: &[Value<'_>]) {
        self.out.push(b'[');
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.out.push(b',');
            }
            self.value(item);
        }
        self.out.push(b']');
    }

    fn record(&mut self, fields: &[(&str, Value<'_>)]) {
        self.out.push(b'{');
        for (index, (name, value)) in fields.iter().enumerate() {
            if index > 0 {
                self.out.extend_from_slice(b", ");
            }
            member(self.out, name);
            self.value(value);
        }
        self.out.push(b'}');
    }

    fn key(&mut self, key: &Value<'_>) {
        self.scratch.clear();
        show_tight_key(self.scratch, key, self.style);
        string(self.out, self.scratch);
        self.out.extend_from_slice(b": ");
    }

    fn cell(&mut self, cell: &Cell<'_>, Limits { top, div, .. }: Limits) {
        let out = &mut *self.out;
        match cell {
            Cell::Value(Value::Int(value)) => integer(out, divide(i128::from(*value), div)),
            Cell::Value(Value::Uint(value)) => integer(out, divide(i128::from(*value), div)),
            Cell::Value(value) => self.value(value),
            Cell::Reduced(Reduced::Int(value)) => integer(out, divide(i128::from(*value), div)),
            Cell::Reduced(Reduced::Uint(value)) => {
                integer(out, divide(i128::from(*value), div));
            }
            Cell::Reduced(Reduced::Mean(total)) => integer(out, divide(total.mean(), div)),
            Cell::Reduced(Reduced::Stats(total)) => stats(out, *total, div),
            Cell::Reduced(Reduced::Quantiles(ranks)) => quantiles::write_json(out, ranks, div),
            Cell::Reduced(reduced @ (Reduced::Log2 { .. } | Reduced::Linear { .. })) => {
                array(out, b",", histogram::buckets(reduced, div).iter(), bucket);
            }
            Cell::Top(list) => {
                let (scratch, style) = (&mut *self.scratch, self.style);
                let mut key = |out: &mut Vec<u8>, item: &Value<'_>| {
                    scratch.clear();
                    show_tight_key(scratch, item, style);
                    string(out, scratch);
                };
                frequent::write_json(out, list, (top, div), &mut key);
            }
            Cell::Reduced(Reduced::Series(timeline)) => {
                let points = timeline.points.iter();
                array(out, b",", points.map(|point| (timeline, point)), point);
            }
        }
    }
}

/// Appends the name of a member and what stands before its value.
pub(super) fn member(out: &mut Vec<u8>, name: &str) {
    string(out, name.as_bytes());
    out.extend_from_slice(b": ");
}

/// Appends a string; what is not UTF-8 becomes U+FFFD.
pub(super) fn string(out: &mut Vec<u8>, text: &[u8]) {
    // Writing to a vector can't fail.
    _ = serde_json::to_writer(out, &String::from_utf8_lossy(text));
}

/// Appends an integer: as text where a double, which readers of JSON use, would change it.
pub(super) fn integer(out: &mut Vec<u8>, value: i128) {
    if value as f64 as i128 == value {
        wide(out, value);
    } else {
        out.push(b'"');
        wide(out, value);
        out.push(b'"');
    }
}

fn array<T>(
    out: &mut Vec<u8>,
    between: &[u8],
    items: impl Iterator<Item = T>,
    mut write: impl FnMut(&mut Vec<u8>, T),
) {
    out.push(b'[');
    for (index, item) in items.enumerate() {
        if index > 0 {
            out.extend_from_slice(between);
        }
        write(out, item);
    }
    out.push(b']');
}

fn stats(out: &mut Vec<u8>, total: Total, div: u64) {
    out.extend_from_slice(b"{\"count\": ");
    integer(out, i128::from(total.count));
    out.extend_from_slice(b", \"average\": ");
    integer(out, divide(total.mean(), div));
    out.extend_from_slice(b", \"total\": ");
    integer(out, total.sum);
    out.push(b'}');
}

fn bucket(out: &mut Vec<u8>, bucket: &Bucket) {
    out.push(b'{');
    for (name, bound) in [("min", bucket.first), ("max", bucket.last)] {
        if let Some(bound) = bound {
            member(out, name);
            integer(out, i128::from(bound));
            out.extend_from_slice(b", ");
        }
    }
    member(out, "count");
    integer(out, i128::from(bucket.count));
    out.push(b'}');
}

/// `{"interval_start":"2023-11-14 22:13:20.000000000","value":9}`
fn point(out: &mut Vec<u8>, (timeline, (number, value)): (&Timeline, (&u64, &i128))) {
    let start = clock::since_epoch(timeline.start(*number), "%Y-%m-%d %H:%M:%S.%k");
    out.extend_from_slice(b"{\"interval_start\":");
    string(out, start.unwrap_or_default().as_bytes());
    out.extend_from_slice(b",\"value\":");
    integer(out, *value);
    out.push(b'}');
}

fn place(out: &mut Vec<u8>, position: Option<Position<'_>>) {
    let Some(position) = position else { return };
    out.extend_from_slice(b", \"filename\": ");
    string(out, position.file.as_bytes());
    out.extend_from_slice(b", \"line\": ");
    decimal(out, u64::from(position.line));
    out.extend_from_slice(b", \"col\": ");
    decimal(out, u64::from(position.column));
}
