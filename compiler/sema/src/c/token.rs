//! C text into tokens. Lines that a `\` joins are one; comments are blanks.

use std::rc::Rc;

use diag::{Code, Diagnostic, Span};

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Name,
    Number,
    Character,
    Text,
    Mark,
    /// The end: always the last, of no text.
    End,
}

/// One token, or one that a macro brought.
#[derive(Debug, Clone)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) text: Rc<str>,
    /// Where it is written; of a macro's, where the macro is used.
    pub(super) span: Span,
    /// Whether it is the first of its line.
    pub(super) first: bool,
    /// Whether it stands right behind the token before it.
    pub(super) glued: bool,
}

impl Token {
    pub(super) fn is(&self, mark: &str) -> bool {
        self.kind == Kind::Mark && &*self.text == mark
    }

    pub(super) fn is_name(&self, name: &str) -> bool {
        self.kind == Kind::Name && &*self.text == name
    }

    /// The end of a text that ends at `span`.
    pub(super) fn end(span: Span) -> Self {
        let text = Rc::from("");
        Self { kind: Kind::End, text, span: span.after(), first: true, glued: false }
    }
}

/// The tokens of `text`, which stands at `span`.
pub(super) fn tokens(text: &str, span: Span, problems: &mut Vec<Diagnostic>) -> Vec<Token> {
    let mut out: Vec<Token> = Vec::new();
    let (mut at, mut first, mut glued) = (0, true, false);
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let place = |length: usize| part(span, at, length);
        if let Some(length) = blank(rest) {
            // A comment is one blank, even if it has several lines.
            first |= !rest.starts_with(['/', '\\']) && rest[..length].contains('\n');
            if rest.starts_with("/*") && !rest[..length].ends_with("*/") {
                let title = "unterminated comment";
                let problem = Diagnostic::new(Code::CSyntax, place(2), title, "it begins here");
                problems.push(problem.help("end it with `*/`"));
            }
            at += length;
            glued = false;
            continue;
        }
        let (kind, length) = token(rest);
        let mut word = &rest[..length];
        let joined: String;
        if word.contains("\\\n") {
            joined = word.replace("\\\n", "");
            word = &joined;
        }
        out.push(Token { kind, text: word.into(), span: place(length), first, glued });
        at += length;
        (first, glued) = (false, true);
    }
    out
}

/// `length` bytes from byte `at` of what stands at `span`.
pub(super) fn part(span: Span, at: usize, length: usize) -> Span {
    let start = span.start.saturating_add(at as u32);
    Span { start, end: start.saturating_add(length as u32), ..span }
}

/// How long the blank is with which `text` begins, if it does.
fn blank(text: &str) -> Option<usize> {
    for joint in ["\\\n", "\\\r\n"] {
        if text.starts_with(joint) {
            return Some(joint.len());
        }
    }
    if text.starts_with("//") {
        let mut length = 0;
        for line in text.split_inclusive('\n') {
            length += line.len();
            let line = line.trim_end_matches(['\n', '\r']);
            if !line.ends_with('\\') {
                // The line's end is not the comment's.
                return Some(
                    length
                        - (text[..length].len() - text[..length].trim_end_matches('\n').len()),
                );
            }
        }
        return Some(length);
    }
    if let Some(inside) = text.strip_prefix("/*") {
        return Some(inside.find("*/").map_or(text.len(), |end| end + 4));
    }
    let first = text.chars().next()?;
    first.is_whitespace().then(|| first.len_utf8())
}

/// Kind and length of the token with which `text`, which is not empty, begins.
fn token(text: &str) -> (Kind, usize) {
    let bytes = text.as_bytes();
    let head = bytes.first().copied().unwrap_or_default();
    let second = bytes.get(1).copied().unwrap_or_default();
    if is_letter(head) {
        return (Kind::Name, run(text, |_, byte| is_letter(byte) || byte.is_ascii_digit()));
    }
    if head.is_ascii_digit() || head == b'.' && second.is_ascii_digit() {
        let inside = |before: u8, byte: u8| {
            is_letter(byte)
                || byte.is_ascii_digit()
                || byte == b'.'
                || matches!(byte, b'+' | b'-') && matches!(before, b'e' | b'E' | b'p' | b'P')
        };
        // `0x1e+1` is a sum to people and one malformed number to C; take it as people do.
        let hex = head == b'0' && matches!(second, b'x' | b'X');
        let inside = |before, byte| inside(if hex { 0 } else { before }, byte);
        return (Kind::Number, run(text, inside));
    }
    if head == b'"' || head == b'\'' {
        let kind = if head == b'"' { Kind::Text } else { Kind::Character };
        return (kind, quoted(bytes, head));
    }
    (Kind::Mark, mark(text))
}

const fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'$')
}

fn run(text: &str, inside: impl Fn(u8, u8) -> bool) -> usize {
    let bytes = text.as_bytes();
    let mut at = 1;
    while let Some(&byte) = bytes.get(at) {
        if !inside(bytes[at - 1], byte) {
            break;
        }
        at += 1;
    }
    at
}

/// To the closing quote, or to the end of the line.
fn quoted(bytes: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while let Some(&byte) = bytes.get(at) {
        if byte == quote {
            return at + 1;
        }
        if byte == b'\n' {
            return at;
        }
        at += if byte == b'\\' && bytes.get(at + 1).is_some_and(u8::is_ascii) { 2 } else { 1 };
    }
    bytes.len()
}

const MARKS: [&str; 24] = [
    "...", "<<=", ">>=", "->", "++", "--", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||",
    "##", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "::",
];

fn mark(text: &str) -> usize {
    let long = MARKS.iter().find(|mark| text.starts_with(**mark)).map(|mark| mark.len());
    long.unwrap_or_else(|| text.chars().next().map_or(1, char::len_utf8))
}
