//! The ways in which an attach point can be written. Each is tried on every kernel by a file of
//! `tests/corpus/forms`, and has a row in `docs/kernels.md`.

use crate::needs::Need;

/// One way to write an attach point of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Form {
    /// How it is written, with what varies in capitals.
    pub usage: &'static str,
    /// What it needs besides what [`needs`](crate::needs) says of its type.
    pub needs: &'static [Need],
}

/// A form that needs no more than its type.
pub(super) const fn form(usage: &'static str) -> Form {
    Form { usage, needs: &[] }
}

/// A form that needs all of these, too.
pub(super) const fn form_with(usage: &'static str, needs: &'static [Need]) -> Form {
    Form { usage, needs }
}
