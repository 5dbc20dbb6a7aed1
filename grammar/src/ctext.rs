//! C at the top of a program: finds where it ends, and does not read it.

use diag::{Code, Diagnostic};

use crate::ast::Comment;
use crate::scan::{Chunk, Scanner};
use crate::token::{Token, string_length};
use crate::words;

impl Scanner<'_> {
    /// `#include …`, with the lines that a `\` joins to it.
    pub(crate) fn preprocessor(&mut self) {
        let mut length = 0;
        loop {
            let rest = &self.rest()[length..];
            let line = rest.split('\n').next().unwrap_or_default();
            length += line.len();
            if !line.trim_end_matches('\r').ends_with('\\') || length == self.rest().len() {
                break;
            }
            length += 1;
        }
        self.c_text(self.rest()[..length].trim_end().len());
    }

    /// `struct s { … } __attribute__((packed));`
    pub(crate) fn c_definition(&mut self) {
        let typedef = words::identifier(self.rest()) == "typedef";
        let Some(length) = definition_length(self.rest(), typedef) else {
            return self.unclosed_definition();
        };
        let mut length = length;
        loop {
            let after = words::skip_blanks(&self.rest()[length..]);
            let start = self.rest().len() - after.len();
            if after.starts_with(';') && !self.rest()[..length].ends_with(';') {
                length = start + 1;
            } else if let Some(list) = after.strip_prefix("__attribute__") {
                length = start + "__attribute__".len() + self.attribute(start, list);
            } else {
                break;
            }
        }
        self.c_text(length);
    }

    /// How long the `((…))` of an attribute is that stands `start` bytes from here; if it is
    /// wrong, the rest of its line.
    fn attribute(&mut self, start: usize, list: &str) -> usize {
        let blanks = list.len() - words::skip_blanks(list).len();
        let open = &list[blanks..];
        let used = open.starts_with("((").then(|| bracketed(open, b'(', b')')).flatten();
        if used.is_none() {
            let at = self.at + start;
            let span = self.span(at..at + "__attribute__".len());
            let (label, compat) = if open.starts_with("((") {
                ("its parentheses do not match", "mismatched '(' and ')'")
            } else {
                ("expected `((` after this", "expected '(('")
            };
            self.report(
                Diagnostic::new(Code::BadAttribute, span, "malformed attribute", label)
                    .help("write it as C does, for example `__attribute__((packed))`")
                    .compat(format!("syntax: __attribute__ syntax error, {compat}")),
            );
        }
        used.map_or_else(|| list.find([';', '\n']).unwrap_or(list.len()), |used| blanks + used)
    }

    /// Leaves out everything to the end: there is no telling where C stops.
    fn unclosed_definition(&mut self) {
        let start = self.at;
        let brace = self.rest().find('{');
        let open = brace.map_or(start, |at| start + at);
        let word = if brace.is_some() { "this `{` is never closed" } else { "no `;` ends it" };
        let length = if brace.is_some() { 1 } else { words::identifier(self.rest()).len() };
        let span = self.span(open..open + length);
        self.report(
            Diagnostic::new(Code::Unclosed, span, "unclosed C definition", word)
                .help("end it with `};`")
                .compat("syntax: expected '}'"),
        );
        self.at = self.text.len();
    }

    /// Makes the next `length` bytes C text, together with the C text before it.
    fn c_text(&mut self, length: usize) {
        let mut span = self.span(self.at..self.at + length);
        self.at += length;
        if let Some(Chunk::C(last)) = self.out.chunks.last() {
            span = last.to(span);
            self.out.chunks.pop();
            let inside = |it: &Comment| it.span.start >= span.start;
            while self.out.comments.pop_if(|it| inside(it)).is_some() {}
        } else if self.out.tokens.iter().any(|it| starts_program(it.token)) {
            let title = "C definitions stand before the first probe";
            self.report(
                Diagnostic::new(Code::Misplaced, span, title, "a probe stands before this")
                    .help("move it to the top of the program")
                    .compat("syntax: C definitions must appear before probes and functions"),
            );
        }
        self.out.chunks.push(Chunk::C(span));
    }
}

/// Whether no C may stand behind it.
fn starts_program(token: Token<'_>) -> bool {
    matches!(token, Token::Point(_) | Token::Macro | Token::Fn)
}

/// The length of a definition to its last `}`, or to its `;` if it has no braces or is a typedef.
fn definition_length(text: &str, typedef: bool) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'{' => {
                at += bracketed(&text[at..], b'{', b'}')?;
                if !typedef {
                    return Some(at);
                }
            }
            b';' => return Some(at + 1),
            _ => at += plain(&text[at..]),
        }
    }
    None
}

/// The length of what stands between a bracket, with which `text` begins, and its partner.
fn bracketed(text: &str, open: u8, close: u8) -> Option<usize> {
    let (mut at, mut depth) = (0, 0usize);
    while let Some(&byte) = text.as_bytes().get(at) {
        at += plain(&text[at..]);
        if byte == open {
            depth += 1;
        } else if byte == close {
            depth -= 1;
            if depth == 0 {
                return Some(at);
            }
        }
    }
    None
}

/// The length of one character, or of a string or comment.
fn plain(text: &str) -> usize {
    if let Some(inside) = text.strip_prefix('"') {
        return 1 + string_length(inside);
    }
    if text.starts_with("//") || text.starts_with("/*") {
        let start = words::skip_comment(text);
        return text.len() - start.len();
    }
    text.chars().next().map_or(1, char::len_utf8)
}
