//! C declarations: what a script's preamble and the headers it imports define. Types are laid out
//! as gcc lays them out on x86-64 Linux (System V); macros that stand for constants get values.
//! It reads no file: what an `#include` names, and types that the text does not define, come from
//! its [`Environment`]. Functions and variables are passed over.

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
use ir::{Enum, Sign, Ty};
use stdlib::{CProgram, Prototype};

use crate::types;

/// What the text may ask about its surroundings.
pub(crate) struct Environment<'e> {
    /// Macros that are defined from the start, with their text: `("BPFTRACE_HAVE_BTF", "1")`.
    pub(crate) defined: &'e [(&'e str, &'e str)],
    /// The type of a name that the text does not define: `struct sock`, `enum e`, `pid_t`.
    pub(crate) unknown: &'e dyn Fn(&str) -> Option<Ty>,
    /// The value of a constant that the text does not define.
    pub(crate) constant: &'e dyn Fn(&str) -> Option<i128>,
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
    /// Macros with parameters that are defined at the end.
    pub(crate) functions: BTreeMap<String, Function>,
    /// In order, those that are not left out by `#if`.
    pub(crate) includes: Vec<Include>,
    /// Imported programs in C, by path.
    pub(crate) programs: Vec<(String, CProgram)>,
}

impl Declarations {
    /// The function of an imported program that is called `name`.
    pub(crate) fn imported(&self, name: &str) -> Option<&Prototype> {
        let all = self.programs.iter().flat_map(|(_, program)| &program.functions);
        all.into_iter().find(|(known, _)| known == name).map(|(_, it)| it)
    }

    /// An enumerator of the text: its enum, if that has a name, and its value.
    pub(crate) fn enumerator(&self, name: &str) -> Option<(Ty, i64)> {
        let value = *self.enumerators.get(name)?;
        let has_it = |shape: &Enum| shape.variants.iter().any(|(known, _)| known == name);
        let shape = self.types.values().find(
            |ty| matches!(ty, Ty::Enum(shape) if !shape.name.is_empty() && has_it(shape)),
        );
        Some((shape.cloned().unwrap_or_else(|| types::of_value(value)), value))
    }
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

/// `#define NAME(a, b) text`
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Function {
    /// What is written between the parentheses.
    pub(crate) parameters: Vec<String>,
    /// What the name stands for, as it is written.
    pub(crate) text: String,
    /// The name where it is defined.
    pub(crate) span: Span,
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
    let functions = read.functions;
    let (includes, programs) = (read.includes, Vec::new());
    Declarations { types, enumerators, macros, functions, includes, programs }
}
