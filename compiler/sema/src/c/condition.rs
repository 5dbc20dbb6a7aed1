//! `#if` and what belongs to it.

use diag::{Code, Diagnostic, Span};

use super::{
    parse::Parser,
    preprocess::Preprocessor,
    token::{Kind, Token},
};

/// An `#if` that is not yet closed.
#[derive(Debug)]
pub(super) struct Condition {
    pub(super) span: Span,
    /// Whether the text that is being read is part of the program.
    pub(super) active: bool,
    /// Whether that is so around it.
    outside: bool,
    /// Whether one of its parts was taken.
    taken: bool,
    /// Whether `#else` has been read.
    last: bool,
}

/// Reads the directive if it is one of conditions.
pub(super) fn directive(it: &mut Preprocessor<'_>, name: &Token, rest: &[Token]) -> bool {
    let outside = it.conditions.last().is_none_or(|condition| condition.active);
    match &*name.text {
        "if" => {
            let holds = outside && holds(it, name, rest);
            open(it, name, outside, holds);
        }
        word @ ("ifdef" | "ifndef") => {
            let holds = outside && is_defined(it, name, rest) == (word == "ifdef");
            open(it, name, outside, holds);
        }
        "elif" => {
            let ask =
                it.conditions.last().is_some_and(|it| it.outside && !it.taken && !it.last);
            let holds = ask && holds(it, name, rest);
            turn(it, name, holds, false);
        }
        word @ ("elifdef" | "elifndef") => {
            let holds = is_defined(it, name, rest) == (word == "elifdef");
            turn(it, name, holds, false);
        }
        "else" => turn(it, name, true, true),
        "endif" => {
            if it.conditions.pop().is_none() {
                alone(it, name);
            }
        }
        _ => return false,
    }
    true
}

fn open(it: &mut Preprocessor<'_>, name: &Token, outside: bool, holds: bool) {
    let condition =
        Condition { span: name.span, active: holds, outside, taken: holds, last: false };
    it.conditions.push(condition);
}

/// Goes on to the next part of a condition.
fn turn(it: &mut Preprocessor<'_>, name: &Token, holds: bool, last: bool) {
    let Some(condition) = it.conditions.last_mut().filter(|condition| !condition.last) else {
        return alone(it, name);
    };
    condition.active = condition.outside && !condition.taken && holds;
    condition.taken |= condition.active;
    condition.last = last;
}

fn alone(it: &mut Preprocessor<'_>, name: &Token) {
    let title = format!("`#{}` without `#if`", name.text);
    it.report(Diagnostic::new(Code::CSyntax, name.span, title, "nothing to go with it"));
}

fn is_defined(it: &mut Preprocessor<'_>, name: &Token, rest: &[Token]) -> bool {
    match rest.first().filter(|token| token.kind == Kind::Name) {
        Some(token) => it.macros.contains_key(&token.text),
        None => {
            let title = format!("`#{}` needs a name", name.text);
            let label = "no name after this";
            it.report(Diagnostic::new(Code::CSyntax, name.span, title, label));
            false
        }
    }
}

/// Whether the expression of an `#if` is not 0.
fn holds(it: &mut Preprocessor<'_>, name: &Token, rest: &[Token]) -> bool {
    let answered = with_answers(it, rest);
    let mut tokens = it.expanded(&answered);
    let end = rest.last().map_or(name.span, |token| token.span);
    tokens.push(Token::end(end));
    match Parser::new(tokens, it.environment).condition() {
        Ok(number) => !number.is_zero(),
        Err(problem) => {
            it.report(*problem);
            false
        }
    }
}

/// Puts 1 or 0 in the place of `defined X` and `defined(X)`.
fn with_answers(it: &Preprocessor<'_>, tokens: &[Token]) -> Vec<Token> {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        at += 1;
        let rest = &tokens[at..];
        let (name, used) = match rest {
            [open, name, close, ..] if open.is("(") && close.is(")") => (name, 3),
            [name, ..] => (name, 1),
            [] => (token, 0),
        };
        if token.is_name("defined") && used > 0 && name.kind == Kind::Name {
            let text = if it.macros.contains_key(&name.text) { "1" } else { "0" };
            out.push(Token { kind: Kind::Number, text: text.into(), ..token.clone() });
            at += used;
        } else {
            out.push(token.clone());
        }
    }
    out
}
