//! What a run prints, and the forms in which it is printed. It knows values, not the kernel.

mod frequent;
mod histogram;
mod json;
mod number;
mod order;
mod quantiles;
mod report;
mod series;
mod show;
mod sink;
mod table;
mod text;

use std::{
    fs::File,
    io::{self, IsTerminal, Write},
    path::PathBuf,
};

use diag::{Origin, Sources, Span};
use ir::{LossKind, Piece};

pub(crate) use histogram::bucket_label;
pub use json::Json;
pub(crate) use number::decimal;
pub use order::{Column, Order};
pub use report::{Measured, Report, Verdict};
pub use show::{Style, show};
pub(crate) use show::{escape, hex, hex_number, show_bytes, show_text};
pub use sink::{Buffering, Sink};
pub use table::{Cell, Limits, Row, TableView};
pub use text::Text;

use crate::value::Value;

/// A form of output. Methods return the error of the stream that they could not write to.
pub trait Output {
    /// Everything is attached: to so many probes.
    fn attached(&mut self, probes: usize) -> io::Result<()>;
    /// Text made of `pieces` and `fields`; `kind` is its type in JSON.
    fn printf<'a>(
        &mut self,
        kind: &str,
        pieces: &[Piece],
        fields: &mut dyn Iterator<Item = Value<'a>>,
    ) -> io::Result<()>;
    /// Text as it is; `kind` is its type in JSON.
    fn text(&mut self, kind: &str, text: &str) -> io::Result<()>;
    /// One value.
    fn value(&mut self, value: &Value<'_>) -> io::Result<()>;
    /// A table, in order.
    fn table(&mut self, view: &TableView<'_>, limits: Limits) -> io::Result<()>;
    /// What one entry of a table holds.
    fn entry(&mut self, cell: &Cell<'_>) -> io::Result<()>;
    /// So many events were lost since the last time.
    fn lost(&mut self, events: u64) -> io::Result<()>;
    /// So many events were lost in all.
    fn lost_in_all(&mut self, events: u64) -> io::Result<()>;
    /// Something went wrong while tracing.
    fn message(&mut self, message: &Message<'_>) -> io::Result<()>;
    /// Everything that was lost, by place, and the tables that lack some of it.
    fn ledger(&mut self, lines: &[LossLine<'_>], tables: &[&str]) -> io::Result<()>;
    /// Tracing has ended; what follows are the maps.
    fn end_of_tracing(&mut self) -> io::Result<()>;
    /// No event is waiting: what is complete may be shown.
    fn drained(&mut self) -> io::Result<()>;
    /// Writes everything that was held back.
    fn flush(&mut self) -> io::Result<()>;
}

/// The forms.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// A JSON object a line.
    Json,
}

/// Where results go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Place {
    /// As is usual.
    #[default]
    StandardOutput,
    /// Among the messages, because standard output has something else.
    StandardError,
    /// To this file.
    File(PathBuf),
}

/// What the user wants of the output.
#[derive(Debug, Clone, Default)]
pub struct OutputOptions {
    /// The form.
    pub format: Format,
    /// Where to.
    pub place: Place,
    /// When to.
    pub buffering: Buffering,
    /// Whether the number of attached probes goes unsaid.
    pub quiet: bool,
    /// What follows text that was cut, if not `..`.
    pub trailer: Option<String>,
}

/// Opens the output that `options` ask for; messages go to standard error.
pub fn open(options: OutputOptions) -> io::Result<Box<dyn Output>> {
    let (sink, escape) = open_sink(&options)?;
    let mut style = Style { escape, ..Style::default() };
    if let Some(trailer) = options.trailer {
        style.trailer = trailer;
    }
    Ok(match options.format {
        Format::Text => {
            let text = Text::new(sink, Box::new(io::stderr()), style).quiet(options.quiet);
            Box::new(text.messages_to_terminal(io::stderr().is_terminal()))
        }
        Format::Json => Box::new(Json::new(sink, style).quiet(options.quiet)),
    })
}

/// Where results go, and whether that is a terminal.
fn open_sink(options: &OutputOptions) -> io::Result<(Sink, bool)> {
    let (target, to_terminal): (Box<dyn Write + Send>, bool) = match &options.place {
        Place::File(path) => (Box::new(File::create(path)?), false),
        Place::StandardError => (Box::new(io::stderr()), io::stderr().is_terminal()),
        Place::StandardOutput => (Box::new(io::stdout()), io::stdout().is_terminal()),
    };
    Ok((Sink::new(target, options.buffering), to_terminal))
}

/// A place in the script, as messages name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position<'a> {
    /// The file's name, or `stdin`.
    pub file: &'a str,
    /// Counted from 1.
    pub line: u32,
    /// Counted from 1.
    pub column: u32,
    /// One past its last column, if it ends on the same line; else `column`.
    pub end: u32,
    /// File, line and column of the probe's own call, if a macro brought the code.
    pub call: Option<(&'a str, u32, u32)>,
}

impl<'a> Position<'a> {
    /// Where `span` starts.
    pub fn of(sources: &'a Sources, span: Span) -> Self {
        let source = sources.get(span.source);
        let (line, column, _) = source.position(span.start);
        let (last, end, _) = source.position(span.end);
        let end = if last == line { end } else { column };
        let call = calls(sources, span).next_back().map(|call| {
            let source = sources.get(call.source);
            let (line, column, _) = source.position(call.start);
            (source.name.as_str(), line, column)
        });
        Self { file: &source.name, line, column, end, call }
    }
}

/// The calls of macros that brought the code at `span`, the innermost first.
fn calls(sources: &Sources, span: Span) -> impl DoubleEndedIterator<Item = Span> {
    sources.origins(span.source).into_iter().filter_map(|origin| match origin {
        Origin::Expansion(call) => Some(call),
        Origin::Root | Origin::Import(_) => None,
    })
}

/// Says something about the code at `span`, and which calls of macros brought that code.
pub(crate) fn say_at(
    output: &mut dyn Output,
    (kind, text): (MessageKind<'_>, &str),
    sources: &Sources,
    span: Span,
) -> io::Result<()> {
    output.message(&Message { kind, text, position: Some(Position::of(sources, span)) })?;
    for call in calls(sources, span) {
        let position = Some(Position::of(sources, call));
        output.message(&Message { kind: MessageKind::Expanded, text: "", position })?;
    }
    Ok(())
}

/// Something that the user must hear of while tracing.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    /// What it is.
    pub kind: MessageKind<'a>,
    /// One sentence.
    pub text: &'a str,
    /// Where in the script it comes from.
    pub position: Option<Position<'a>>,
}

/// Kinds of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageKind<'a> {
    /// The script reports an error.
    Error,
    /// The script warns.
    Warning,
    /// The program could not do something.
    Runtime,
    /// A helper of the kernel failed.
    Helper {
        /// Its name.
        name: &'a str,
        /// What it returned.
        code: i64,
    },
    /// The message before came from a macro, and this is where it was called.
    Expanded,
}

/// What can be lost: at a place in the script, or by the kernel before the script runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lost {
    /// By the program itself.
    Place(LossKind),
    /// The probe fired where the kernel could not run the program.
    Missed,
    /// The probe fired while its program was running on the same CPU.
    Recursion,
}

/// One line of the ledger of losses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LossLine<'a> {
    /// What.
    pub lost: Lost,
    /// How often; none where the kernel does not count.
    pub count: Option<u64>,
    /// The probe.
    pub probe: &'a str,
    /// The table that misses it.
    pub table: Option<&'a str>,
    /// The place.
    pub position: Option<Position<'a>>,
}
