//! Programs that were written wrong: tokens and bytes changed, doubled, left out and moved.

use super::random::Random;

/// What is put in.
#[rustfmt::skip]
const BITS: &[&str] = &[
    "{", "}", "(", ")", "[", "]", ";", ",", ":", "..", ".", "->", "@", "$", "\"", "/", "//", "/*",
    "*/", "=", "==", "+", "-", "*", "&", "!", "~", "?", "0", "1", "-1", "9223372036854775808",
    "18446744073709551615", "99999999999999999999", "0x", "\"\\", "if", "else", "for", "while",
    "unroll", "return", "break", "let", "macro", "fn", "config", "import", "comptime", "begin",
    "(uint8)", "(string[4])", "(struct task_struct *)", "curtask", "comm", "@m1", "@m2", "$v1",
    "count()", "hist(1)", "print(", "printf(\"%d\", ", "str(", "{}", "()", "\n", " ", "\0", "é", "\\",
    "uint64", "true", "sizeof(", "offsetof(", "typeof(", "$1", "$#", "#define X 1\n", "struct s {",
];

/// A changed copy of `text`.
pub fn mutated(text: &str, random: &mut Random) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..1 + random.below(6) {
        if random.percent(70) {
            change_token(&mut bytes, random);
        } else {
            change_byte(&mut bytes, random);
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn change_byte(bytes: &mut Vec<u8>, random: &mut Random) {
    let at = random.below(bytes.len());
    match random.below(3) {
        0 if !bytes.is_empty() => bytes[at] = random.bits() as u8,
        1 if !bytes.is_empty() => {
            bytes.remove(at);
        }
        _ => bytes.insert(at, random.bits() as u8),
    }
}

fn change_token(bytes: &mut Vec<u8>, random: &mut Random) {
    let tokens = tokens(bytes);
    let (Some(one), Some(other)) =
        (random.choose(&tokens).cloned(), random.choose(&tokens).cloned())
    else {
        return;
    };
    match random.below(6) {
        0 => drop(bytes.drain(one)),
        1 => {
            let copy = bytes[other].to_vec();
            bytes.splice(one, copy);
        }
        2 => {
            let copy = bytes[other].to_vec();
            bytes.splice(one.start..one.start, copy);
        }
        3 => {
            // A whole stretch goes.
            let (from, to) = (one.start.min(other.start), one.end.max(other.end));
            bytes.drain(from..to.min(from + 200));
        }
        4 => drop(bytes.splice(one, random.pick(BITS).bytes())),
        _ => drop(bytes.splice(one.start..one.start, random.pick(BITS).bytes())),
    }
}

/// Where words, numbers and signs stand.
pub(super) fn tokens(bytes: &[u8]) -> Vec<std::ops::Range<usize>> {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'@');
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        at += 1;
        if bytes[start].is_ascii_whitespace() {
            continue;
        }
        if is_word(bytes[start]) {
            while at < bytes.len() && is_word(bytes[at]) {
                at += 1;
            }
        } else if bytes[start] == b'"' {
            while at < bytes.len() && bytes[at] != b'"' {
                at += if bytes[at] == b'\\' { 2 } else { 1 };
            }
            at = (at + 1).min(bytes.len());
        }
        found.push(start..at);
    }
    found
}
