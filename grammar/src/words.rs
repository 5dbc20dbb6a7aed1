//! Questions about plain text that need no tokens.

/// Longer lines were not written for people, so their indentation says nothing.
const LONG_LINE: usize = 400;

/// The identifier that `text` begins with; empty if there is none.
pub(crate) fn identifier(text: &str) -> &str {
    if !starts_name(text) {
        return "";
    }
    let part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    &text[..text.bytes().take_while(part).count()]
}

/// Whether `text` begins with an identifier.
pub(crate) fn starts_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
}

/// `text` without the blanks and comments that it begins with.
pub(crate) fn skip_blanks(mut text: &str) -> &str {
    loop {
        text = text.trim_start();
        if !text.starts_with("//") && !text.starts_with("/*") {
            return text;
        }
        text = skip_comment(text);
    }
}

/// `text` without the comment that it begins with.
pub(crate) fn skip_comment(text: &str) -> &str {
    let end = if text.starts_with("//") {
        text.find('\n')
    } else {
        text[2..].find("*/").map(|at| at + 4)
    };
    &text[end.unwrap_or(text.len())..]
}

/// How many blanks stand before `at` on its line; more than any line has if something else does.
pub(crate) fn indent(text: &str, at: usize) -> usize {
    let before = &text.as_bytes()[..at];
    let blanks = before.iter().rev().take_while(|&&b| b == b' ' || b == b'\t').count();
    match before[..at - blanks].last() {
        None | Some(b'\n') => blanks,
        Some(_) => usize::MAX,
    }
}

/// How many blanks the line begins with in which `at` stands; 0 when the line is very long.
pub(crate) fn line_indent(text: &str, at: usize) -> usize {
    let bytes = &text.as_bytes()[..at];
    let near = bytes.iter().rev().take(LONG_LINE).position(|&b| b == b'\n');
    let Some(start) = near.map(|back| at - back).or((at < LONG_LINE).then_some(0)) else {
        return 0;
    };
    bytes[start..].iter().take_while(|&&b| b == b' ' || b == b'\t').count()
}

/// Whether only blanks follow on the line.
pub(crate) fn ends_line(rest: &str) -> bool {
    rest[..rest.len() - rest.trim_start().len()].contains('\n')
}

/// Whether a new line follows, and something that looks like an item begins it.
pub(crate) fn starts_item_line(rest: &str) -> bool {
    ends_line(rest) && looks_like_item(rest.trim_start())
}

/// Whether something that looks like an item begins at `at`, no deeper than `indent`.
pub(crate) fn starts_item(text: &str, at: usize, indent: usize) -> bool {
    let line = self::indent(text, at);
    line != usize::MAX && line <= indent && looks_like_item(&text[at..])
}

/// `kprobe:f`, `BEGIN {`, `macro m(`: nothing that stands at a statement's start in a right program.
fn looks_like_item(text: &str) -> bool {
    let word = identifier(text);
    let after = &text[word.len()..];
    let next = after.trim_start();
    match word.to_ascii_lowercase().as_str() {
        "" => false,
        "macro" | "fn" => next.len() < after.len() && starts_name(next),
        "begin" | "end" => next.starts_with(['{', ',', '/']),
        _ => {
            let target = after.strip_prefix(':').unwrap_or_default();
            target.starts_with(|c: char| !c.is_whitespace()) && !target.starts_with(':')
        }
    }
}
