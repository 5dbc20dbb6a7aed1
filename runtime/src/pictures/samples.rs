//! What a map with stacks in its key holds, made ready to be drawn: each function and each place
//! in the code once, and the entries as lists of them. It knows no form of file.

use std::collections::HashMap;

use ir::{Reduce, Side, Stack, Table, Ty};

use crate::{
    decode::cell,
    names::Names,
    output::{Cell, Style, show},
    reduce::Reduced,
    symbols::{Followed, Frame},
    value::{Value, decode, has_stack, prepare},
};

/// What a map holds.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Samples {
    /// Functions that are in any stack.
    pub functions: Vec<Function>,
    /// Places in the code.
    pub places: Vec<Place>,
    /// The entries.
    pub entries: Vec<Sample>,
    /// Entries that are left out because their values are negative.
    pub negative: usize,
}

/// A function.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Function {
    /// Its name, demangled; `[unknown]` if it has none.
    pub name: String,
    /// The source file that it is in, if that is known.
    pub file: Option<String>,
    /// Whether it is the kernel's or a process's.
    pub side: Side,
}

/// A place in the code.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Place {
    /// Its address in the process or in the kernel.
    pub address: u64,
    /// The file that the code comes from, if that is known.
    pub module: Option<String>,
    /// The functions there: the one that the machine code belongs to, then what is inlined in it.
    pub lines: Vec<Line>,
}

/// A line of source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Line {
    /// Which of [`Samples::functions`] it is in.
    pub function: usize,
    /// Its number, if it is known.
    pub number: Option<u32>,
    /// Whether the function is inlined in the one before.
    pub inlined: bool,
}

/// An entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// The parts of the key that are no stacks.
    pub labels: Vec<String>,
    /// Which of [`Samples::places`], callers before those they call; user code before the kernel's.
    pub stack: Vec<usize>,
    /// What was counted.
    pub value: u64,
}

/// Stands for a function that has no name.
const UNKNOWN: &str = "[unknown]";
/// Stands for callers that could not be found.
const BROKEN: &str = "[unwind failure]";
/// Stands for a stack that is not there any more.
const LOST: &str = "[stack lost]";

/// Stands for stacks without frames, as kernel threads have in user space.
const EMPTY: &str = "[no stack]";

/// Whether values of this type can be added up, so that a frame may be as wide as all within it.
pub(super) const fn adds_up(value: &Ty) -> bool {
    matches!(
        value,
        Ty::Int(..) | Ty::Reduced(Reduce::Count | Reduce::Sum(_) | Reduce::Stats(_))
    )
}

impl Samples {
    /// What the entries of `table`'s BPF map hold: key bytes and value bytes of each, as
    /// [`crate::decode::table`] takes them.
    pub fn of<'a>(
        table: &'a Table,
        entries: impl IntoIterator<Item = (&'a [u8], &'a [u8])>,
        names: &'a dyn Names,
    ) -> Self {
        let mut maker = Maker::new(names);
        let entries: Vec<_> = entries.into_iter().collect();
        if let Some(ty) = &table.key {
            prepare(ty, entries.iter().map(|(key, _)| *key), names);
        }
        for (key, value) in entries {
            let value = number(&cell(table, value, names));
            match (&table.key, u64::try_from(value)) {
                (Some(ty), Ok(value @ 1..)) => maker.add(ty, key, value),
                (_, Err(_)) => maker.samples.negative += 1,
                (_, Ok(_)) => {}
            }
        }
        maker.samples
    }

    /// All values together.
    pub fn total(&self) -> u64 {
        self.entries.iter().fold(0, |sum, entry| sum.saturating_add(entry.value))
    }
}

/// What is drawn of an entry.
fn number(cell: &Cell<'_>) -> i128 {
    match cell {
        Cell::Value(Value::Int(value)) | Cell::Reduced(Reduced::Int(value)) => (*value).into(),
        Cell::Value(Value::Uint(value)) | Cell::Reduced(Reduced::Uint(value)) => {
            (*value).into()
        }
        Cell::Reduced(Reduced::Stats(total)) => total.sum,
        // Refused before anything is traced: see `adds_up`.
        Cell::Value(_) | Cell::Reduced(_) | Cell::Top(_) => 0,
    }
}

struct Maker<'n> {
    names: &'n dyn Names,
    samples: Samples,
    functions: HashMap<Function, usize>,
    places: HashMap<Place, usize>,
    style: Style,
}

impl<'n> Maker<'n> {
    fn new(names: &'n dyn Names) -> Self {
        Self {
            names,
            samples: Samples::default(),
            functions: HashMap::new(),
            places: HashMap::new(),
            style: Style { escape: true, ..Style::default() },
        }
    }

    fn add(&mut self, key: &Ty, bytes: &[u8], value: u64) {
        let mut sample = Sample { labels: Vec::new(), stack: Vec::new(), value };
        let mut kernel = Vec::new();
        self.part(key, bytes, &mut sample, &mut kernel);
        sample.stack.append(&mut kernel);
        if sample.stack.is_empty() {
            sample.stack.push(self.mark(Side::User, EMPTY));
        }
        self.samples.entries.push(sample);
    }

    /// One part of a key, or all parts of what has several.
    fn part(&mut self, ty: &Ty, bytes: &[u8], sample: &mut Sample, kernel: &mut Vec<usize>) {
        match ty {
            Ty::Packed(ir::Packed::Stack(stack)) => {
                let calls = match stack.side {
                    Side::Kernel => kernel,
                    Side::User => &mut sample.stack,
                };
                let mut found = self.stack(*stack, bytes);
                calls.append(&mut found);
            }
            Ty::Tuple(items) => {
                for (item, at) in items.iter().zip(ty.offsets()) {
                    let bytes = bytes.get(at as usize..).unwrap_or_default();
                    self.part(item, bytes, sample, kernel);
                }
            }
            Ty::Record(record) if has_stack(ty) => {
                for field in &record.fields {
                    let bytes = bytes.get(field.offset as usize..).unwrap_or_default();
                    self.part(&field.ty, bytes, sample, kernel);
                }
            }
            Ty::Void
            | Ty::Bool
            | Ty::Int(..)
            | Ty::Str(_)
            | Ty::Bytes(_)
            | Ty::Record(_)
            | Ty::Array(..)
            | Ty::Ptr(..)
            | Ty::Enum(_)
            | Ty::Coded(_)
            | Ty::Packed(_)
            | Ty::Reduced(_)
            | Ty::Opaque(_) => {
                let mut text = Vec::new();
                show(&mut text, &decode(ty, bytes, self.names), &self.style);
                sample.labels.push(String::from_utf8_lossy(&text).trim().to_owned());
            }
        }
    }

    /// The places of a stack, callers first.
    fn stack(&mut self, stack: Stack, bytes: &[u8]) -> Vec<usize> {
        let mut found = Vec::new();
        let names = self.names;
        let end = names.follow(stack, bytes, &mut |address, frames| {
            found.push(self.place(stack.side, address, frames));
        });
        match end {
            Followed::Whole => {}
            Followed::Broken => found.push(self.mark(stack.side, BROKEN)),
            Followed::Lost => found.push(self.mark(stack.side, LOST)),
        }
        found.reverse();
        found
    }

    fn place(&mut self, side: Side, address: u64, frames: &[Frame]) -> usize {
        if frames.is_empty() {
            let place = self.unnamed(side, UNKNOWN);
            return self.keep(Place { address, ..place });
        }
        let outermost_first = frames.iter().rev().map(|frame| {
            let (file, number) = match frame.line.as_deref().map(split_line) {
                Some((file, number)) => (Some(file.to_owned()), number),
                None => (None, None),
            };
            let function = Function { name: frame.name.clone(), file, side };
            Line { function: self.function(function), number, inlined: frame.offset.is_none() }
        });
        let lines = outermost_first.collect();
        let module = frames.last().and_then(|frame| frame.module.clone());
        self.keep(Place { address, module, lines })
    }

    /// A frame that says why there are no others.
    fn mark(&mut self, side: Side, name: &str) -> usize {
        let place = self.unnamed(side, name);
        self.keep(place)
    }

    fn unnamed(&mut self, side: Side, name: &str) -> Place {
        let function = self.function(Function { name: name.to_owned(), file: None, side });
        Place {
            address: 0,
            module: None,
            lines: vec![Line { function, number: None, inlined: false }],
        }
    }

    fn function(&mut self, function: Function) -> usize {
        if let Some(at) = self.functions.get(&function) {
            return *at;
        }
        let at = self.samples.functions.len();
        self.samples.functions.push(function.clone());
        self.functions.insert(function, at);
        at
    }

    fn keep(&mut self, place: Place) -> usize {
        if let Some(at) = self.places.get(&place) {
            return *at;
        }
        let at = self.samples.places.len();
        self.samples.places.push(place.clone());
        self.places.insert(place, at);
        at
    }
}

/// `path:line` or `path`
fn split_line(text: &str) -> (&str, Option<u32>) {
    match text.rsplit_once(':').map(|(file, line)| (file, line.parse())) {
        Some((file, Ok(line))) => (file, Some(line)),
        Some(_) | None => (text, None),
    }
}
