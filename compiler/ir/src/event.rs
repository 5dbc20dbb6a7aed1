//! Records of the event ring: how they are laid out, and what the runtime does with each.

use diag::Span;
use serde::{Deserialize, Serialize};

use crate::{Piece, TableId, Ty};

/// One kind of record in the event ring. A record starts with the event's id (`u32`) and 4 bytes
/// of nothing; then come the fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// What the runtime does with it.
    pub action: Action,
    /// What it carries.
    pub fields: Vec<EventField>,
    /// Bytes up to where the tail starts, header included.
    pub size: u32,
    /// Where in the script it is sent.
    pub span: Span,
}

/// One value in a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventField {
    /// What it is.
    pub ty: Ty,
    /// Where it is.
    pub place: Place,
}

/// Where in a record a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Place {
    /// At this byte.
    Fixed(u32),
    /// Its bytes follow those of the tails before it, from [`Event::size`] on; the `u32` at this
    /// byte says how many they are.
    Tail(u32),
}

/// What the runtime does with an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Action {
    /// Prints formatted text made of all fields. `kind` is the message's type in JSON.
    Text {
        /// `printf`, …
        kind: String,
        /// The format.
        pieces: Vec<Piece>,
    },
    /// Prints the first field and a newline.
    Value,
    /// Prints a table: fields are `top` and `div`, both `u64`, 0 for none.
    Table(TableId),
    /// Prints the reduced value of one entry; the first field is the key, if the table has any.
    Entry(TableId),
    /// Removes all entries.
    Clear(TableId),
    /// Sets all values to 0.
    Zero(TableId),
    /// Prints the wall-clock time by this `strftime` format.
    Clock(String),
    /// Says formatted text on standard error, with the place in the script.
    Report {
        /// How bad it is.
        severity: Severity,
        /// The format.
        pieces: Vec<Piece>,
    },
    /// Prints the file that the formatted text names.
    Cat {
        /// The format.
        pieces: Vec<Piece>,
        /// Bytes of the file at most.
        most: u32,
    },
    /// Runs the formatted text as a command of the shell, and prints its output.
    Run {
        /// The format.
        pieces: Vec<Piece>,
    },
    /// Prints a line of texts: the first field has them, each with its NUL.
    Join {
        /// What stands between them.
        separator: String,
    },
    /// Detaches the watchpoints at the address that the first field is.
    Unwatch,
    /// Wakes the reader; it looks at [`State::EXIT`].
    Wake,
}

/// How bad it is what the script reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Severity {
    /// An error.
    Error,
    /// A warning.
    Warning,
}
