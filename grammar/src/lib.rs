//! Text to syntax tree: the lexer, the grammar, and the tree they build.
//!
//! The grammar itself is `grammar/language.lalrpop`. Nothing here knows which
//! functions, builtins or probe types exist; that is `stdlib`'s business.

pub mod ast;

use diag::{Diagnostic, SourceId, Sources};

/// What came out of a text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parsed {
    /// The tree. What could not be read is left out of it, and is in `problems`.
    pub program: ast::Program,
    /// Every comment outside of C text, in source order.
    pub comments: Vec<ast::Comment>,
    /// What is wrong, in source order.
    pub problems: Vec<Diagnostic>,
}

/// Parses the text called `id`.
pub fn parse(_sources: &Sources, _id: SourceId) -> Parsed {
    Parsed::default()
}
