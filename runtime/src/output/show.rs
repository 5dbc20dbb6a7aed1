//! Values as text, on their own or as part of a key.

use std::io::Write;

use super::{
    frequent, histogram,
    number::{decimal, divide, signed, wide},
    quantiles, series,
    table::Cell,
};
use crate::{
    reduce::{Reduced, Total},
    value::Value,
};

/// How values become text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Style {
    /// Whether control characters and what is not UTF-8 are written as `\xNN`: strings come from
    /// untrusted programs, and a terminal obeys what is written to it.
    pub escape: bool,
    /// What follows text that was cut.
    pub trailer: String,
}

impl Default for Style {
    fn default() -> Self {
        Self { escape: false, trailer: "..".to_owned() }
    }
}

/// Appends `value` as `print()` shows it.
pub fn show(out: &mut Vec<u8>, value: &Value<'_>, style: &Style) {
    Show { style, blank: Blank::Yes }.value(out, value);
}

/// Appends `value` as it stands between the brackets of `@map[…]`.
pub(super) fn show_key(out: &mut Vec<u8>, value: &Value<'_>, style: &Style) {
    Show { style, blank: Blank::Yes }.key(out, value);
}

/// The same without the blanks that are not part of a string: the form of JSON's keys.
pub(super) fn show_tight_key(out: &mut Vec<u8>, value: &Value<'_>, style: &Style) {
    Show { style, blank: Blank::No }.key(out, value);
}

/// Appends what a table's entry holds, divided by `div`; a histogram in several lines.
pub(super) fn show_cell(out: &mut Vec<u8>, cell: &Cell<'_>, div: u64, style: &Style) {
    match cell {
        Cell::Value(Value::Int(value)) => wide(out, divide(i128::from(*value), div)),
        Cell::Value(Value::Uint(value)) => wide(out, divide(i128::from(*value), div)),
        Cell::Value(value) => show(out, value, style),
        Cell::Reduced(reduced) => show_reduced(out, reduced, div),
        Cell::Top(list) => frequent::show_list(out, list, div, style),
    }
}

fn show_reduced(out: &mut Vec<u8>, reduced: &Reduced, div: u64) {
    match reduced {
        Reduced::Int(value) => wide(out, divide(i128::from(*value), div)),
        Reduced::Uint(value) => wide(out, divide(i128::from(*value), div)),
        Reduced::Mean(total) => wide(out, divide(total.mean(), div)),
        Reduced::Stats(total) => show_stats(out, *total, div),
        Reduced::Quantiles(ranks) => quantiles::show(out, ranks, div),
        Reduced::Log2 { .. } | Reduced::Linear { .. } => histogram::show(out, reduced, div),
        Reduced::Series(timeline) => {
            series::show(out, timeline, timeline.newest().unwrap_or(0));
        }
    }
}

fn show_stats(out: &mut Vec<u8>, total: Total, div: u64) {
    out.extend_from_slice(b"{ .count = ");
    decimal(out, total.count);
    out.extend_from_slice(b", .average = ");
    wide(out, divide(total.mean(), div));
    out.extend_from_slice(b", .total = ");
    wide(out, total.sum);
    out.extend_from_slice(b" }");
}

/// Whether blanks stand around what belongs together.
#[derive(Clone, Copy)]
enum Blank {
    Yes,
    No,
}

impl Blank {
    const fn choose(self, yes: &'static str, no: &'static str) -> &'static [u8] {
        match self {
            Self::Yes => yes.as_bytes(),
            Self::No => no.as_bytes(),
        }
    }
}

#[derive(Clone, Copy)]
struct Show<'s> {
    style: &'s Style,
    blank: Blank,
}

impl Show<'_> {
    fn value(self, out: &mut Vec<u8>, value: &Value<'_>) {
        match value {
            Value::None => out.extend_from_slice(b"null"),
            Value::Bool(true) => out.extend_from_slice(b"true"),
            Value::Bool(false) => out.extend_from_slice(b"false"),
            Value::Int(value) => signed(out, *value),
            Value::Uint(value) => decimal(out, *value),
            Value::Str { text, cut } => {
                show_text(out, text, self.style);
                if *cut {
                    out.extend_from_slice(self.style.trailer.as_bytes());
                }
            }
            Value::Bytes(bytes) => show_bytes(out, bytes),
            Value::Tuple(items) => {
                out.push(b'(');
                self.list(out, items, self.blank.choose(", ", ","));
                out.push(b')');
            }
            Value::Record(fields) => self.record(out, fields),
            Value::Array(items) => {
                out.push(b'[');
                self.list(out, items, b",");
                out.push(b']');
            }
            Value::Pointer(address) => {
                hex_number(out, *address);
            }
            Value::Enum { number, name: None } => signed(out, *number),
            Value::Enum { name: Some(name), .. } => out.extend_from_slice(name.as_bytes()),
            Value::Symbol { text, .. } => show_text(out, text.as_bytes(), self.style),
            Value::Lines(text) => {
                for line in text.parts().flat_map(|part| part.split_inclusive('\n')) {
                    let text = line.trim_end_matches('\n');
                    show_text(out, text.as_bytes(), self.style);
                    out.extend_from_slice(&line.as_bytes()[text.len()..]);
                }
            }
        }
    }

    /// The outer parentheses of a tuple are dropped.
    fn key(self, out: &mut Vec<u8>, value: &Value<'_>) {
        let Value::Tuple(items) = value else { return self.value(out, value) };
        self.list(out, items, self.blank.choose(", ", ","));
    }

    fn list(self, out: &mut Vec<u8>, items: &[Value<'_>], between: &[u8]) {
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                out.extend_from_slice(between);
            }
            self.value(out, item);
        }
    }

    fn record(self, out: &mut Vec<u8>, fields: &[(&str, Value<'_>)]) {
        if fields.is_empty() {
            out.extend_from_slice(b"{}");
            return;
        }
        out.extend_from_slice(self.blank.choose("{ ", "{"));
        for (index, (name, value)) in fields.iter().enumerate() {
            if index > 0 {
                out.extend_from_slice(self.blank.choose(", ", ","));
            }
            out.push(b'.');
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(self.blank.choose(" = ", "="));
            self.value(out, value);
        }
        out.extend_from_slice(self.blank.choose(" }", "}"));
    }
}

/// Appends text from outside.
pub(crate) fn show_text(out: &mut Vec<u8>, text: &[u8], style: &Style) {
    if !style.escape {
        out.extend_from_slice(text);
        return;
    }
    for chunk in text.utf8_chunks() {
        for character in chunk.valid().chars() {
            let mut bytes = [0; 4];
            let bytes = character.encode_utf8(&mut bytes).as_bytes();
            if character.is_control() {
                escape(out, bytes);
            } else {
                out.extend_from_slice(bytes);
            }
        }
        escape(out, chunk.invalid());
    }
}

/// Appends text from outside that may have several lines and tabs.
pub(super) fn show_lines(out: &mut Vec<u8>, text: &str, escapes: bool) {
    for character in text.chars() {
        let mut bytes = [0; 4];
        let bytes = character.encode_utf8(&mut bytes).as_bytes();
        if escapes && character.is_control() && !matches!(character, '\n' | '\t') {
            escape(out, bytes);
        } else {
            out.extend_from_slice(bytes);
        }
    }
}

/// Appends bytes: `\xNN` where they are not printable ASCII.
pub(crate) fn show_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    for byte in bytes {
        match byte {
            b' '..=b'~' => out.push(*byte),
            byte => escape(out, &[*byte]),
        }
    }
}

/// Appends every byte as `\xNN`.
pub(crate) fn escape(out: &mut Vec<u8>, bytes: &[u8]) {
    for byte in bytes {
        out.extend_from_slice(b"\\x");
        hex(out, *byte);
    }
}

/// Appends a number as `0x…`.
pub(crate) fn hex_number(out: &mut Vec<u8>, number: u64) {
    // Writing to a vector can't fail.
    _ = write!(out, "0x{number:x}");
}

/// Appends two hexadecimal digits.
pub(crate) fn hex(out: &mut Vec<u8>, byte: u8) {
    for digit in [byte >> 4, byte & 15] {
        out.push(b"0123456789abcdef"[usize::from(digit)]);
    }
}
