//! Output for people.

use std::io::{self, Write};

use ir::{LossKind, Piece};

use super::{
    Cell, Limits, LossLine, Lost, Message, MessageKind, Output, Position, Row, Sink, Style,
    TableView, frequent,
    number::decimal,
    series,
    show::{show, show_cell, show_key, show_lines},
    table::Shape,
};
use crate::{format, reduce::Reduced, value::Value};

/// Places of losses that are listed one by one.
const MOST_PLACES: usize = 20;

/// Results go to one stream, messages to another.
pub struct Text {
    sink: Sink,
    messages: Box<dyn Write + Send>,
    style: Style,
    quiet: bool,
    /// Whether messages go to a terminal.
    to_terminal: bool,
}

impl Text {
    /// Writes results to `sink` and messages to `messages`.
    pub fn new(sink: Sink, messages: Box<dyn Write + Send>, style: Style) -> Self {
        Self { sink, messages, style, quiet: false, to_terminal: false }
    }

    /// Leaves out the number of attached probes if `quiet`.
    #[must_use]
    pub fn quiet(self, quiet: bool) -> Self {
        Self { quiet, ..self }
    }

    /// Escapes control characters in messages if they go `to_terminal`.
    #[must_use]
    pub fn messages_to_terminal(self, to_terminal: bool) -> Self {
        Self { to_terminal, ..self }
    }

    /// Writes to the stream of messages what `compose` makes, after all results before it.
    fn tell(&mut self, text: &str) -> io::Result<()> {
        self.sink.drained()?;
        self.messages.write_all(text.as_bytes())?;
        self.messages.flush()
    }

    fn row(
        &mut self,
        view: &TableView<'_>,
        row: &Row<'_>,
        (Limits { top, div, .. }, newest): (Limits, u64),
    ) -> io::Result<()> {
        let out = self.sink.buffer();
        if let Cell::Top(list) = &row.value {
            let mut key = Vec::new();
            show_key(&mut key, &row.key, &self.style);
            let key = view.keyed.then_some(key.as_slice());
            frequent::lines(out, (view.name, key), list, (top, div), &self.style);
            return self.sink.message_end();
        }
        out.extend_from_slice(view.name.as_bytes());
        if view.keyed {
            out.push(b'[');
            show_key(out, &row.key, &self.style);
            out.push(b']');
        }
        match view.shape() {
            Shape::Histogram => {
                out.extend_from_slice(b":\n");
                show_cell(out, &row.value, div, &self.style);
                out.push(b'\n');
            }
            Shape::Series => {
                out.extend_from_slice(b":\n");
                if let Cell::Reduced(Reduced::Series(timeline)) = &row.value {
                    series::show(out, timeline, newest);
                    if !timeline.points.is_empty() {
                        out.push(b'\n');
                    }
                }
            }
            Shape::Plain | Shape::Stats | Shape::Quantiles | Shape::Top => {
                out.extend_from_slice(b": ");
                show_cell(out, &row.value, div, &self.style);
                out.push(b'\n');
            }
        }
        self.sink.message_end()
    }
}

impl Output for Text {
    fn attached(&mut self, probes: usize) -> io::Result<()> {
        if self.quiet {
            return Ok(());
        }
        let plural = if probes == 1 { "" } else { "s" };
        self.tell(&format!("Attached {probes} probe{plural}\n"))
    }

    fn printf<'a>(
        &mut self,
        _kind: &str,
        pieces: &[Piece],
        fields: &mut dyn Iterator<Item = Value<'a>>,
    ) -> io::Result<()> {
        format::write(self.sink.buffer(), pieces, fields, &self.style);
        self.sink.message_end()
    }

    fn text(&mut self, kind: &str, text: &str) -> io::Result<()> {
        let out = self.sink.buffer();
        // What the script says itself may colour the terminal; what it found may not.
        match kind {
            "cat" => show_lines(out, text, self.style.escape),
            "join" => {
                show_lines(out, text, self.style.escape);
                out.push(b'\n');
            }
            _ => out.extend_from_slice(text.as_bytes()),
        }
        self.sink.message_end()
    }

    fn value(&mut self, value: &Value<'_>) -> io::Result<()> {
        let out = self.sink.buffer();
        show(out, value, &self.style);
        out.push(b'\n');
        self.sink.message_end()
    }

    fn table(&mut self, view: &TableView<'_>, limits: Limits) -> io::Result<()> {
        let newest = view.newest_interval();
        for row in view.ordered(limits) {
            // Of one list the limit is the items', of many the lists'.
            let top = if view.keyed { 0 } else { limits.top };
            self.row(view, row, (Limits { top, ..limits }, newest))?;
        }
        Ok(())
    }

    fn entry(&mut self, cell: &Cell<'_>) -> io::Result<()> {
        let out = self.sink.buffer();
        show_cell(out, cell, 0, &self.style);
        out.push(b'\n');
        self.sink.message_end()
    }

    fn lost(&mut self, events: u64) -> io::Result<()> {
        self.tell(&format!("Lost {events} events\n"))
    }

    fn lost_in_all(&mut self, events: u64) -> io::Result<()> {
        self.tell(&format!("WARNING: Total lost event count: {events}\n"))
    }

    fn message(&mut self, message: &Message<'_>) -> io::Result<()> {
        let place = message.position.map(place).unwrap_or_default();
        let level = match message.kind {
            MessageKind::Expanded => return self.tell(&format!("{place}expanded from\n")),
            MessageKind::Error => "ERROR",
            MessageKind::Warning | MessageKind::Runtime | MessageKind::Helper { .. } => {
                "WARNING"
            }
        };
        let mut said = Vec::new();
        show_lines(&mut said, message.text, self.to_terminal);
        let mut text = format!("{place}{level}: {}\n", String::from_utf8_lossy(&said));
        if let MessageKind::Helper { name, code } = message.kind {
            text += &format!("Additional Info - helper: {name}, retcode: {code}\n");
        }
        self.tell(&text)
    }

    fn ledger(&mut self, lines: &[LossLine<'_>], tables: &[&str]) -> io::Result<()> {
        let mut text = Vec::new();
        let mut lost: Vec<_> = lines.iter().filter(|line| line.count != Some(0)).collect();
        // The largest first, and of the same size in the order of the script.
        lost.sort_by_key(|line| std::cmp::Reverse(line.count));
        let (shown, rest) = lost.split_at(lost.len().min(MOST_PLACES));
        for line in shown {
            loss_line(&mut text, line);
        }
        if !rest.is_empty() {
            let count: u64 = rest.iter().filter_map(|line| line.count).sum();
            let places = rest.len();
            // Writing to a vector can't fail.
            _ = writeln!(
                text,
                "  {count} more at {places} other places (all in JSON: -f json)"
            );
        }
        if text.is_empty() {
            return Ok(());
        }
        if !tables.is_empty() {
            let names = tables.join(", ");
            _ = writeln!(text, "  so there is at least what is shown of {names}, perhaps more");
        }
        self.sink.drained()?;
        self.messages.write_all(b"Lost:\n")?;
        self.messages.write_all(&text)?;
        self.messages.flush()
    }

    fn end_of_tracing(&mut self) -> io::Result<()> {
        self.text("", "\n\n")
    }

    fn drained(&mut self) -> io::Result<()> {
        self.sink.drained()
    }

    fn flush(&mut self) -> io::Result<()> {
        self.sink.flush()
    }
}

fn place(position: Position<'_>) -> String {
    let Position { file, line, column, end, .. } = position;
    if end > column {
        return format!("{file}:{line}:{column}-{end}: ");
    }
    format!("{file}:{line}:{column}: ")
}

/// `  12 keys of @a: the map was full, at stdin:1:20 in kprobe:vfs_read`
fn loss_line(out: &mut Vec<u8>, line: &LossLine<'_>) {
    out.extend_from_slice(b"  ");
    match line.count {
        Some(count) => decimal(out, count),
        None => out.extend_from_slice(b"unknown"),
    }
    let (unit, reason) = match line.lost {
        Lost::Place(LossKind::MapFull) => ("updates", "the map was full"),
        Lost::Place(LossKind::RingFull) => ("events", "the ring buffer was full"),
        Lost::Place(LossKind::ReadFault) => ("reads", "the memory could not be read"),
        Lost::Place(LossKind::NoScratch) => {
            ("hits", "no scratch memory was free, so the probe did nothing")
        }
        Lost::Place(LossKind::Truncated) => ("strings", "cut, as they were too long"),
        Lost::Place(LossKind::Refused) => ("requests", "the kernel refused them"),
        Lost::Place(LossKind::StacksFull) => {
            ("stacks", "there was no room for more different ones")
        }
        Lost::Place(LossKind::Turns) => {
            ("loops", "ended after 8,388,608 turns (128 before Linux 5.17)")
        }
        Lost::Place(LossKind::Division) => ("divisions", "by zero, 1 was the result"),
        Lost::Place(LossKind::MissingKey) => ("reads", "there was no such key"),
        Lost::Place(LossKind::MissingEntry) => ("deletions", "there was no such key"),
        Lost::Place(LossKind::OutOfBounds) => {
            ("elements", "the array has no such, and its first was taken")
        }
        Lost::Place(LossKind::Unfollowed) => {
            ("threads", "not followed, as there were too many at once")
        }
        Lost::Missed => ("hits", "the kernel could not run the program"),
        Lost::Recursion => ("hits", "the program was already running on that CPU"),
    };
    let unit = if line.count == Some(1) { unit.trim_end_matches('s') } else { unit };
    // Writing to a vector can't fail.
    _ = write!(out, " {unit}");
    if let Some(table) = line.table {
        _ = write!(out, " of {table}");
    }
    _ = write!(out, ": {reason}");
    if let Some(Position { file, line, column, call, .. }) = line.position {
        _ = write!(out, ", at {file}:{line}:{column}");
        if let Some((file, line, column)) = call {
            _ = write!(out, ", expanded from {file}:{line}:{column}");
        }
    }
    _ = writeln!(out, " in {}", line.probe);
}
