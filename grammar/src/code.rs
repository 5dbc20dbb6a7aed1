//! The lexer of everything but probe heads and C: one token at a time, and what can be wrong with one.

use std::ops::Range;

use diag::{Code, Diagnostic};
use logos::Logos;

use crate::ast::{Comment, CommentKind, Suffix};
use crate::literal::{self, Wrong};
use crate::scan::Scanner;
use crate::token::{Spanned, Token};

impl<'s> Scanner<'s> {
    /// Reads one token, or leaves a comment or a wrong character out; `false` at the text's end.
    pub(crate) fn code_token(&mut self) -> bool {
        let base = self.at;
        let mut lexer = Token::lexer(self.rest());
        let Some(token) = lexer.next() else {
            self.at = self.text.len();
            return false;
        };
        let range = base + lexer.span().start..base + lexer.span().end;
        self.at = range.start;
        let length = range.len();
        match token {
            Ok(Token::LineComment) => self.comment(CommentKind::Line, length),
            Ok(Token::BlockComment) => self.comment(CommentKind::Block, length),
            Ok(Token::Quoted(_)) => self.string(length),
            Ok(Token::Number(text)) => self.number(text),
            Ok(Token::Char(text)) => self.character(text),
            Ok(Token::Parameter(text)) => self.parameter(text),
            Ok(Token::Dollar) => self.dollar(),
            Ok(token) => self.take(token, length),
            Err(()) => self.unknown(),
        }
        true
    }

    /// Skips blanks and comments between items and in probe heads.
    pub(crate) fn skip_blanks(&mut self) {
        loop {
            self.at = self.text.len() - self.rest().trim_start().len();
            let rest = self.rest();
            if rest.starts_with("//") {
                self.comment(CommentKind::Line, rest.find('\n').unwrap_or(rest.len()));
            } else if let Some(inside) = rest.strip_prefix("/*") {
                let length = inside.find("*/").map_or(rest.len(), |at| at + 4);
                self.comment(CommentKind::Block, length);
            } else {
                return;
            }
        }
    }

    fn comment(&mut self, kind: CommentKind, length: usize) {
        let text = &self.rest()[..length];
        let shown = if kind == CommentKind::Line { text.trim_end().len() } else { length };
        let span = self.span(self.at..self.at + shown);
        self.out.comments.push(Comment { span, kind });
        if kind == CommentKind::Block && (length < 4 || !text.ends_with("*/")) {
            let open = self.span(self.at..self.at + 2);
            self.report(
                Diagnostic::new(
                    Code::UnterminatedComment,
                    open,
                    "unterminated comment",
                    "this comment never ends",
                )
                .help("end it with `*/`")
                .compat("syntax: unterminated comment"),
            );
        }
        self.at += length;
    }

    fn string(&mut self, length: usize) {
        let text = &self.rest()[..length];
        let closed = length > 1 && text.ends_with('"') && literal_is_closed(text);
        if !closed {
            return self.unterminated(text);
        }
        let inside = &text[1..length - 1];
        let (_, problems) = literal::string(inside);
        for wrong in problems {
            self.wrong(Code::UnknownEscape, 1, wrong);
        }
        self.take(Token::String(inside), length);
    }

    /// Takes the brackets at the line's end for code, which they most likely are.
    fn unterminated(&mut self, text: &'s str) {
        let line = self.span(self.at..self.at + text.trim_end().len());
        self.report(
            Diagnostic::new(
                Code::UnterminatedString,
                line,
                "unterminated string",
                "the closing `\"` is missing",
            )
            .help("a string ends on its line: add `\"`, and write `\\n` for a line break")
            .compat("syntax: unterminated string"),
        );
        if let Some(length) = self.goes_on(text) {
            let inside = &self.rest()[1..length - 1];
            return self.take(Token::String(inside), length);
        }
        let code = |c: char| matches!(c, ')' | ']' | '}' | ';') || c.is_whitespace();
        let kept = text.trim_end_matches(code).len().max(1);
        self.take(Token::String(&text[1..kept]), kept);
    }

    /// How long the string is when it looks as if it were meant to go over several lines.
    fn goes_on(&self, text: &str) -> Option<usize> {
        if text.contains([')', ']', '}', ';']) {
            return None;
        }
        let mut length = text.len();
        for line in self.rest()[text.len()..].split_inclusive('\n').take(20) {
            let quotes = line.matches('"').count();
            if quotes > 0 {
                let end = line.find('"').filter(|_| quotes % 2 == 1)?;
                return Some(length + end + 1);
            }
            length += line.len();
        }
        None
    }

    fn number(&mut self, text: &'s str) {
        let float = self.fraction(text);
        let value =
            if float.is_some() { Ok((0, Suffix::None)) } else { literal::integer(text) };
        let value = value.unwrap_or_else(|wrong| {
            self.wrong(Code::BadInteger, 0, wrong);
            (0, Suffix::None)
        });
        let length = float.map_or(text.len(), |fraction| text.len() + fraction);
        self.take(Token::Integer(value), length);
    }

    /// How much follows `text` when it is the whole part of a number with a fraction.
    fn fraction(&mut self, text: &str) -> Option<usize> {
        let rest = self.rest()[text.len()..].strip_prefix('.')?;
        let after_dot = matches!(self.last(), Some(Token::Dot)) && self.touches_last();
        if after_dot || !rest.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        let word = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_';
        let length = 1 + rest.bytes().take_while(word).count();
        let span = self.span(self.at..self.at + text.len() + length);
        let shown = &self.rest()[..text.len() + length];
        self.report(
            Diagnostic::new(Code::BadInteger, span, "there are no fractions", "not an integer")
                .help("write an integer; for part of a unit use the next smaller one, such as `1500ms` for 1.5 s")
                .compat(format!("syntax: invalid trailing bytes: {}", &shown[text.len()..])),
        );
        Some(length)
    }

    fn touches_last(&self) -> bool {
        self.out.tokens.last().is_some_and(|last| last.span.end as usize == self.at)
    }

    fn character(&mut self, text: &'s str) {
        let inside = text[1..].trim_end_matches('\'');
        let closed = text.len() > 1 && text.ends_with('\'');
        let length = if closed { text.len() } else { 1 };
        let (bytes, _) = literal::string(inside);
        let (help, value) = match bytes.as_slice() {
            [byte] if closed => (format!("write the number: `{byte}`"), u64::from(*byte)),
            _ if closed => (format!("strings stand in double quotes: `\"{inside}\"`"), 0),
            _ => ("strings stand in double quotes: `\"…\"`".to_owned(), 0),
        };
        let span = self.span(self.at..self.at + length);
        let title = "there are no character literals";
        self.report(
            Diagnostic::new(Code::UnknownCharacter, span, title, "`'` has no meaning here")
                .help(help)
                .compat("syntax: expected expression"),
        );
        if !closed {
            self.at += 1;
        } else if bytes.len() == 1 {
            self.take(Token::Integer((value, Suffix::None)), length);
        } else {
            self.take(Token::String(inside), length);
        }
    }

    /// `$1`
    fn parameter(&mut self, text: &'s str) {
        let length = 1 + text.len();
        let value = text.parse::<u64>().unwrap_or(0);
        if i64::try_from(value).is_err() || value == 0 {
            let digits = text.bytes().all(|b| b.is_ascii_digit());
            let (title, compat) = if digits {
                let limits = "is out of integer range [1, 9223372036854775807]";
                let title = format!("there is no parameter `${text}`");
                (title, format!("syntax: param ${text} {limits}"))
            } else {
                let title = format!("`${text}` is neither a variable nor a parameter");
                (title, format!("syntax: invalid trailing bytes: {text}"))
            };
            let span = self.span(self.at..self.at + length);
            self.report(
                Diagnostic::new(Code::BadInteger, span, title, "no such name")
                    .help("parameters count from `$1`; a variable's name begins with a letter, as in `$x1`")
                    .compat(compat),
            );
        }
        self.take(Token::Positional(value.max(1)), length);
    }

    fn dollar(&mut self) {
        let span = self.span(self.at..self.at + 1);
        let title = "no name follows `$`";
        self.report(
            Diagnostic::new(Code::UnknownCharacter, span, title, "a name is missing here")
                .help("write a variable `$name`, a parameter `$1`, or the number of parameters `$#`")
                .compat("syntax: expected identifier after '$'"),
        );
        self.take(Token::Variable("_"), 1);
    }

    /// A string in the quotes of a word processor: how long it is.
    fn typographic(&self) -> Option<usize> {
        let inside = self.rest().strip_prefix(['\u{201c}', '\u{201d}', '\u{201e}'])?;
        let line = inside.split('\n').next()?;
        let end = line.find(['\u{201c}', '\u{201d}'])?;
        Some(2 * '\u{201c}'.len_utf8() + end)
    }

    /// Leaves out a run of characters that start no token.
    fn unknown(&mut self) {
        if let Some(length) = self.typographic() {
            let quote = '\u{201c}'.len_utf8();
            let text = &self.rest()[quote..length - quote];
            let span = self.span(self.at..self.at + length);
            let title = "these are no quotes of the language";
            self.report(
                Diagnostic::new(
                    Code::UnknownCharacter,
                    span,
                    title,
                    "quoted by a word processor",
                )
                .help("write plain double quotes: `\"…\"`")
                .compat("syntax: expected expression"),
            );
            return self.take(Token::String(text), length);
        }
        let rest = self.rest();
        let starts_none = |c: char| {
            matches!(c, '\\' | '`' | '#')
                || !c.is_ascii()
                || (c.is_ascii_control() && !c.is_ascii_whitespace())
        };
        let run = rest.len() - rest.trim_start_matches(starts_none).len();
        let first = rest.chars().next().map_or(0, char::len_utf8);
        let length = run.max(first);
        let text = &rest[..length];
        let span = self.span(self.at..self.at + length);
        let shown: String = text.chars().take(8).flat_map(char::escape_debug).collect();
        let (title, label) = match text.chars().count() {
            1 => (format!("unknown character `{shown}`"), "this starts no token"),
            2..=8 => (format!("unknown characters `{shown}`"), "these start no token"),
            _ => (format!("unknown characters `{shown}…`"), "these start no token"),
        };
        let mut problem = Diagnostic::new(Code::UnknownCharacter, span, title, label)
            .compat("syntax: expected expression");
        if let Some(help) = text.chars().next().and_then(look_alike) {
            problem = problem.help(help);
        }
        self.report(problem);
        self.at += length;
    }

    fn wrong(&mut self, code: Code, offset: usize, wrong: Wrong) {
        let Range { start, end } = wrong.place;
        let at = self.at + offset;
        let span = self.span(at + start..at + end);
        self.report(
            Diagnostic::new(code, span, wrong.title, wrong.label)
                .help(wrong.help)
                .compat(format!("syntax: {}", wrong.compat)),
        );
    }
}

/// Whether the last `"` closes the string, rather than being escaped.
fn literal_is_closed(text: &str) -> bool {
    let before = &text[1..text.len() - 1];
    let slashes = before.bytes().rev().take_while(|&b| b == b'\\').count();
    slashes % 2 == 0
}

/// What was probably meant by a character that word processors put in place of another.
fn look_alike(c: char) -> Option<&'static str> {
    match c {
        '\u{201c}' | '\u{201d}' | '\u{201e}' => Some("write a plain double quote `\"`"),
        '\u{2018}' | '\u{2019}' => Some("write a plain quote"),
        '\u{2013}' | '\u{2014}' | '\u{2212}' => Some("write a plain minus `-`"),
        '\u{a0}' | '\u{2003}' | '\u{2009}' | '\u{200b}' => Some("write a plain space"),
        '#' => Some("a comment begins with `//`; C directives stand before the first probe"),
        '\\' => Some("a statement may go over several lines as it is"),
        _ => None,
    }
}

/// Tokens as `--emit lex` shows them: place, kind, text.
pub(crate) fn dump(tokens: &[Spanned<'_>], text: &str) -> String {
    let mut out = String::new();
    for Spanned { token, span } in tokens {
        let shown = text.get(span.start as usize..span.end as usize).unwrap_or_default();
        let kind = format!("{token:?}");
        let kind = kind.split('(').next().unwrap_or_default();
        out += &format!("{}..{} {kind} {shown:?}\n", span.start, span.end);
    }
    out
}
