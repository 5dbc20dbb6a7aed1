//! Text to syntax tree: the lexer, the grammar, and the tree they build.
//!
//! The grammar itself is `grammar/language.lalrpop`. Nothing here knows which
//! functions, builtins or probe types exist; that is `stdlib`'s business.

pub mod ast;
mod brackets;
mod build;
mod code;
mod ctext;
mod expected;
mod expression;
mod format;
mod head;
mod literal;
mod order;
mod parse;
mod print;
mod scan;
mod shape;
mod text;
mod token;
mod words;

use diag::Diagnostic;
use lalrpop_util::lalrpop_mod;

pub use expression::expression;
pub use format::format;
pub use head::attach_point;
pub use parse::{dump_tokens, parse};
pub use print::dump;
pub use text::{NotText, decode};

lalrpop_mod!(
    #[allow(
        clippy::all,
        clippy::allow_attributes,
        clippy::allow_attributes_without_reason,
        clippy::cognitive_complexity,
        clippy::too_many_lines,
        clippy::unwrap_used,
        clippy::panic,
        clippy::wildcard_imports,
        clippy::semicolon_if_nothing_returned,
        clippy::uninlined_format_args,
        clippy::wildcard_enum_match_arm,
        clippy::match_wildcard_for_single_variants,
        clippy::manual_let_else,
        clippy::doc_markdown,
        clippy::expect_used,
        clippy::redundant_closure_for_method_calls,
        missing_docs,
        unreachable_pub,
        unused_lifetimes,
        unused_imports,
        reason = "generated code"
    )]
    language,
    "/language.rs"
);

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
