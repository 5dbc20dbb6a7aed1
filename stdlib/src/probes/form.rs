//! The ways in which an attach point can be written. Each is tried on every kernel by a file of
//! `tests/corpus/forms`, and has a row in `docs/kernels.md`.

use crate::Feature;

/// One way to write an attach point of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Form {
    /// How it is written, with what varies in capitals.
    pub usage: &'static str,
    /// Features of the kernel of which one must be there; none where any kernel will do.
    pub needs: &'static [Feature],
}

/// A form that any kernel since 5.10 has.
pub(super) const fn form(usage: &'static str) -> Form {
    Form { usage, needs: &[] }
}

/// A form that needs one of these features.
pub(super) const fn form_with(usage: &'static str, needs: &'static [Feature]) -> Form {
    Form { usage, needs }
}
