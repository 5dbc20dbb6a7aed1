//! C declarations: what a script's preamble and the headers it imports define. Types are laid out
//! as gcc lays them out on x86-64 Linux (System V); macros that stand for constants get values.
//! It reads no file: what an `#include` names, and types that the text does not define, come from
//! its [`Environment`]. Functions and variables are passed over.

#![cfg_attr(not(test), expect(dead_code, reason = "`check` does not ask for C types yet"))]

mod attribute;
mod condition;
mod constant;
mod declarator;
mod expand;
mod layout;
mod number;
mod parse;
mod preprocess;
mod record;
mod scope;
mod specifier;
mod token;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use diag::{Diagnostic, Span};
use ir::{Sign, Ty};

/// What the text may ask about its surroundings.
pub(crate) struct Environment<'e> {
    /// Macros that are defined from the start, with their text: `("BPFTRACE_HAVE_BTF", "1")`.
    pub(crate) defined: &'e [(&'e str, &'e str)],
    /// The type of a name that the text does not define: `struct sock`, `enum e`, `pid_t`.
    pub(crate) unknown: &'e dyn Fn(&str) -> Option<Ty>,
    /// The text that an `#include` stands for, with its place; none leaves it out.
    pub(crate) include: &'e dyn Fn(&Include) -> Option<(Span, String)>,
}

/// `#include "path"` or `#include <path>`
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Include {
    /// What is between the quotes.
    pub(crate) path: String,
    /// Whether the quotes are `<…>`.
    pub(crate) system: bool,
    /// The path with its quotes.
    pub(crate) span: Span,
}

/// Everything that the text defines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Declarations {
    /// By `struct x`, `union x`, `enum x`, or a typedef's name.
    pub(crate) types: BTreeMap<String, Ty>,
    /// Values of the names in enums.
    pub(crate) enumerators: BTreeMap<String, i64>,
    /// Macros without parameters that are defined at the end.
    pub(crate) macros: BTreeMap<String, Macro>,
    /// In order, those that are not left out by `#if`.
    pub(crate) includes: Vec<Include>,
}

/// `#define NAME text`
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Macro {
    /// What the name stands for, as it is written.
    pub(crate) text: String,
    /// The name where it is defined.
    pub(crate) span: Span,
    /// Its value, if it is a constant expression.
    pub(crate) value: Option<Constant>,
}

/// A constant of C, extended to 64 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Constant {
    /// All 64 bits.
    pub(crate) bits: i64,
    /// Whether they are meant as a signed number.
    pub(crate) sign: Sign,
}

/// Reads pieces of C in their order, as if they were one text.
pub(crate) fn declarations(
    texts: &[(Span, &str)],
    environment: &Environment<'_>,
    problems: &mut Vec<Diagnostic>,
) -> Declarations {
    let mut preprocessor = preprocess::Preprocessor::new(environment);
    for (span, text) in texts {
        preprocessor.read(text, *span);
    }
    let read = preprocessor.finish();
    let mut parser = parse::Parser::new(read.tokens, environment);
    parser.declarations();
    let macros = parser.macros(&read.macros);
    problems.extend(read.problems);
    let (scope, own) = parser.finish();
    problems.extend(own);
    let types = scope.types.into_iter().map(|(name, it)| (name, it.ty)).collect();
    let enumerators =
        scope.enumerators.into_iter().map(|(name, value)| (name, value.bits)).collect();
    Declarations { types, enumerators, macros, includes: read.includes }
}
