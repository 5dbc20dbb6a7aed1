//! The lexer of probe heads: `name=kprobe:f,uprobe:/bin/sh:"g" /predicate/ {`.
//!
//! The text of an attach point runs to `{`, `,` or a blank. A `/` starts the predicate only
//! when the word has no `:` before it.

use diag::{Code, Diagnostic, Span};

use crate::ast::{AttachPoint, Part, Quoted, Separator};
use crate::scan::Scanner;
use crate::token::{Token, string_length};
use crate::words;

/// What follows the last attach point of a probe.
enum Next {
    /// Another one, without the comma.
    Point,
    /// Statements, without the brace.
    Statements,
}

impl Scanner<'_> {
    /// One probe, or something wrong that stands in a probe's place.
    pub(crate) fn probe(&mut self) {
        match self.byte() {
            Some(b'}' | b')' | b']' | b';') => return self.stray(),
            Some(b'{') => return self.headless(),
            Some(b) if b.is_ascii_alphabetic() || matches!(b, b'_' | b'*' | b'"') => {}
            Some(b'$') if self.rest()[1..].starts_with(|c: char| c.is_ascii_digit()) => {}
            Some(b'$' | b'@' | b'(') => return self.outside(),
            _ => return self.garbage(),
        }
        let word = words::identifier(self.rest());
        let after = words::skip_blanks(&self.rest()[word.len()..]);
        if after.starts_with('(') && !word.is_empty() {
            return self.outside();
        }
        if after.starts_with('=') && !after.starts_with("==") && !word.is_empty() {
            self.take(Token::Label(word), word.len());
            self.skip_blanks();
            self.take(Token::Assign, 1);
        }
        self.points();
    }

    fn points(&mut self) {
        loop {
            self.skip_blanks();
            if self.is_too_long() {
                return;
            }
            match self.byte() {
                Some(b'{') => return self.block(0),
                Some(b',') => self.take(Token::Comma, 1),
                Some(b'/') => return self.predicate(),
                None | Some(b'}' | b';') => return self.missing_block(),
                Some(_) if matches!(self.last(), Some(Token::Point(_))) => match self.next() {
                    Next::Point => self.missing_comma(),
                    Next::Statements => return self.missing_block(),
                },
                Some(_) => self.point(),
            }
        }
    }

    fn point(&mut self) {
        let length = self.word_length();
        self.take(Token::Point(&self.rest()[..length]), length);
    }

    /// How long the attach point is that begins here.
    fn word_length(&mut self) -> usize {
        let rest = self.rest();
        let (mut at, mut colon) = (0, false);
        while let Some(c) = rest[at..].chars().next() {
            match c {
                '"' => {
                    let length = 1 + string_length(&rest[at + 1..]);
                    let closed = length > 1 && rest[..at + length].ends_with('"');
                    at += if closed { length } else { self.unterminated_quote(at, length) };
                    continue;
                }
                '/' if !colon => break,
                '{' | ',' => break,
                _ if c.is_whitespace() => break,
                ':' => colon = true,
                _ => {}
            }
            at += c.len_utf8();
        }
        at
    }

    /// Reports a quote that is not closed on its line, and tells how far the name may go.
    fn unterminated_quote(&mut self, at: usize, length: usize) -> usize {
        let line = &self.rest()[at..at + length];
        let block = line.find('{').map_or(line, |brace| line[..brace].trim_end());
        let span = self.span(self.at + at..self.at + at + line.trim_end().len());
        let title = "unterminated string";
        self.report(
            Diagnostic::new(
                Code::UnterminatedString,
                span,
                title,
                "the closing `\"` is missing",
            )
            .help("a quoted part ends on its line: add `\"`")
            .compat("syntax: unterminated string"),
        );
        block.len()
    }

    fn next(&self) -> Next {
        let word = self.rest().split(|c: char| c.is_whitespace() || c == ',' || c == '{');
        let word = word.take(1).next().unwrap_or_default();
        let code = word.contains(['(', ';', '=', '$', '@']) || word.starts_with('+');
        let after = words::skip_blanks(&self.rest()[word.len()..]);
        let named = words::starts_name(word) && (word.contains(':') || !after.starts_with('('));
        if named && !code && after.starts_with(['{', ',', '/']) {
            Next::Point
        } else {
            Next::Statements
        }
    }

    fn missing_comma(&mut self) {
        let here = self.out.tokens.last().map_or_else(Span::default, |last| last.span.after());
        let title = "missing `,` between attach points";
        self.report(
            Diagnostic::new(
                Code::UnexpectedToken,
                here,
                title,
                "expected `,`, `/` or `{` here",
            )
            .help("add `,` before the next attach point")
            .compat("syntax: expected '{'"),
        );
        self.insert(Token::Comma);
    }

    /// Goes on as if the brace were there.
    fn missing_block(&mut self) {
        let here = self.span(self.at..self.at);
        let after = self.out.tokens.last().map_or(here, |last| last.span.after());
        let title = "the probe has no action";
        self.report(
            Diagnostic::new(Code::UnexpectedToken, after, title, "expected `{` here")
                .help("write what to do in braces, for example `{ @[comm] = count(); }`")
                .compat("syntax: expected '{'"),
        );
        self.insert(Token::BraceOpen);
        match self.byte() {
            None => self.insert(Token::BraceClose),
            Some(b';') => {
                self.at += 1;
                self.insert(Token::BraceClose);
            }
            Some(_) => self.block(1),
        }
    }

    /// `/ … /`, the last of whose slashes stands before a `{`.
    fn predicate(&mut self) {
        let open = self.span(self.at..self.at + 1);
        self.take(Token::PredicateOpen, 1);
        let (mut depth, mut parens) = (0usize, 0usize);
        let mut closed = false;
        self.code(|it| {
            let before = it.out.tokens.len().checked_sub(2).map(|at| it.out.tokens[at].token);
            match it.last() {
                Some(Token::Slash) if it.ahead().starts_with('{') => {
                    closed = true;
                    return true;
                }
                // The block of an `if` is the probe's only outside of parentheses.
                Some(Token::BraceOpen)
                    if depth == 0 && parens == 0 && before.is_none_or(Token::ends_operand) =>
                {
                    return true;
                }
                Some(Token::ParenOpen) => parens += 1,
                Some(Token::ParenClose) => parens = parens.saturating_sub(1),
                Some(Token::BraceOpen) => depth += 1,
                Some(Token::BraceClose | Token::Semicolon) if depth == 0 => return true,
                Some(Token::BraceClose) => depth -= 1,
                _ => {}
            }
            false
        });
        if closed {
            if let Some(slash) = self.out.tokens.last_mut() {
                slash.token = Token::PredicateClose;
            }
            self.skip_blanks();
            return self.block(0);
        }
        self.unclosed_predicate(open);
    }

    /// Goes on with the block, if that is what ended the predicate.
    fn unclosed_predicate(&mut self, open: Span) {
        let last = self.out.tokens.last().copied().filter(|last| {
            matches!(last.token, Token::BraceOpen | Token::BraceClose | Token::Semicolon)
        });
        if let Some(last) = last {
            self.out.tokens.pop();
            self.at = last.span.start as usize;
        }
        let here = self.out.tokens.last().map_or(open, |last| last.span).after();
        let title = "the predicate is not closed";
        self.report(
            Diagnostic::new(Code::Unclosed, open, title, "this `/` is never closed")
                .related(here, "expected `/` here")
                .help("write `/condition/ { … }`")
                .compat("syntax: expected '/' to close predicate"),
        );
        self.insert(Token::PredicateClose);
        if self.byte() == Some(b'{') {
            self.block(0);
        } else if self.byte().is_some() {
            self.at += 1;
        }
    }

    /// A block without a head.
    fn headless(&mut self) {
        let span = self.span(self.at..self.at + 1);
        self.report(
            Diagnostic::new(
                Code::Misplaced,
                span,
                "block without a probe",
                "no probe before it",
            )
            .help("write when it should run, for example `interval:s:1 { … }`")
            .compat("syntax: expected identifier"),
        );
        self.insert(Token::Broken);
        self.block(0);
    }

    /// A statement between the probes: left out to its `;` or line end.
    fn outside(&mut self) {
        let start = self.at;
        let first = self.out.tokens.len();
        self.code(|it| it.last() == Some(Token::Semicolon) || words::ends_line(it.rest()));
        let end = self.out.tokens.last().map_or(self.at, |last| last.span.end as usize);
        self.out.tokens.truncate(first);
        let span = self.span(start..end.max(start + 1));
        let title = "statement outside of a probe";
        self.report(
            Diagnostic::new(Code::Misplaced, span, title, "this belongs to no probe")
                .help("put it into a probe, for example `begin { … }`")
                .compat("syntax: expected '{'"),
        );
    }

    /// Something that starts nothing: left out to the end of the line.
    fn garbage(&mut self) {
        let rest = self.rest();
        let length = rest.find(['\n', '{']).unwrap_or(rest.len()).max(1);
        let length = rest.ceil_char_boundary(length);
        let shown: String = rest.chars().take(1).flat_map(char::escape_debug).collect();
        let span = self.span(self.at..self.at + rest[..length].trim_end().len().max(1));
        self.report(
            Diagnostic::new(
                Code::UnexpectedToken,
                span,
                format!("expected a probe, found `{shown}`"),
                "no probe begins like this",
            )
            .help("write a probe, for example `kprobe:vfs_read { @[comm] = count(); }`")
            .compat("syntax: expected identifier"),
        );
        self.at += length;
        if self.byte() == Some(b'{') {
            self.insert(Token::Broken);
            self.block(0);
        }
    }
}

/// Splits the text of an attach point, which stands at `span`, at `:` and `@` outside of quotes.
pub fn attach_point(raw: &str, span: Span) -> AttachPoint {
    let mut parts = Vec::new();
    let mut part = begin(Separator::Start, span, 0);
    let mut chars = raw.char_indices();
    let mut inside = false;
    while let Some((at, c)) = chars.next() {
        let place = |at: usize| span.start + at as u32;
        match c {
            '"' => {
                inside = !inside;
                part.quoted = Quoted::Yes;
            }
            '\\' if inside => part.text.extend(chars.next().map(|(_, next)| next)),
            ':' | '@' if !inside => {
                part.span.end = place(at);
                let separator = if c == ':' { Separator::Colon } else { Separator::At };
                parts.push(std::mem::replace(&mut part, begin(separator, span, at + 1)));
            }
            _ => part.text.push(c),
        }
    }
    part.span.end = span.end.max(part.span.start);
    parts.push(part);
    AttachPoint { span, raw: raw.to_owned(), parts }
}

fn begin(separator: Separator, span: Span, at: usize) -> Part {
    let start = span.start + at as u32;
    let span = Span { start, end: start, ..span };
    Part { span, text: String::new(), separator, quoted: Quoted::No }
}
