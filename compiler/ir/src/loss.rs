//! What can be lost, and where.

use diag::Span;
use serde::{Deserialize, Serialize};

use crate::{ProbeId, TableId};

/// What was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum LossKind {
    /// A map had no room for a new key.
    MapFull,
    /// The event ring had no room.
    RingFull,
    /// Memory could not be read.
    ReadFault,
    /// No scratch memory was free.
    NoScratch,
    /// A string was cut.
    Truncated,
    /// There was no room for the frames of another stack.
    StacksFull,
    /// The kernel refused to do something, such as to send a signal.
    Refused,
    /// A loop had more turns than the kernel runs.
    Turns,
    /// A division by zero, whose result was taken to be 1.
    Division,
    /// A map entry was read that there is not.
    MissingKey,
    /// A map entry was deleted that there is not.
    MissingEntry,
    /// An element that the array does not have, for which there is the first.
    OutOfBounds,
    /// A process that descends from a traced one, for which there was no room.
    Unfollowed,
}

/// One place where something can be lost; its counter is in [`crate::State`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loss {
    /// What.
    pub kind: LossKind,
    /// The place in the script.
    pub span: Span,
    /// The probe.
    pub probe: ProbeId,
    /// The table that misses it, if it is one.
    pub table: Option<TableId>,
}
