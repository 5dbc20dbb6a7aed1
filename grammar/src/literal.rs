//! What integers, durations, characters and strings stand for.

use std::ops::Range;

use crate::ast::{Suffix, TimeUnit};

/// What is wrong with a literal, relative to its first byte.
#[derive(Debug)]
pub(crate) struct Wrong {
    pub(crate) place: Range<usize>,
    pub(crate) title: String,
    pub(crate) label: String,
    pub(crate) help: String,
    pub(crate) compat: String,
}

/// The largest value that a suffix allows, and what to call it.
#[rustfmt::skip]
const SUFFIXES: &[(&str, Suffix, u64)] = &[
    ("",    Suffix::None, u64::MAX),
    ("u",   Suffix::U,    u32::MAX as u64),
    ("ul",  Suffix::Ul,   u64::MAX),
    ("lu",  Suffix::Ul,   u64::MAX),
    ("ull", Suffix::Ull,  u64::MAX),
    ("llu", Suffix::Ull,  u64::MAX),
    ("l",   Suffix::L,    i64::MAX as u64),
    ("ll",  Suffix::Ll,   i64::MAX as u64),
];

#[rustfmt::skip]
const UNITS: &[(&str, TimeUnit, u64)] = &[
    ("ns", TimeUnit::Nanoseconds,  1),
    ("us", TimeUnit::Microseconds, 1_000),
    ("ms", TimeUnit::Milliseconds, 1_000_000),
    ("s",  TimeUnit::Seconds,      1_000_000_000),
    ("m",  TimeUnit::Minutes,      60_000_000_000),
    ("h",  TimeUnit::Hours,        3_600_000_000_000),
    ("d",  TimeUnit::Days,         86_400_000_000_000),
];

/// Reads a word that begins with a digit.
pub(crate) fn integer(text: &str) -> Result<(u64, Suffix), Wrong> {
    let bytes = text.as_bytes();
    if bytes[0] == b'0' && matches!(bytes.get(1), Some(b'x' | b'X')) {
        return with_base(text, 2, 16);
    }
    let digits = bytes.iter().take_while(|b| b.is_ascii_digit() || **b == b'_').count();
    if matches!(bytes.get(digits), Some(b'e' | b'E')) {
        return scientific(text, digits);
    }
    let octal = bytes[0] == b'0' && bytes.get(1).is_some_and(u8::is_ascii_digit);
    with_base(text, 0, if octal { 8 } else { 10 })
}

fn with_base(text: &str, start: usize, base: u32) -> Result<(u64, Suffix), Wrong> {
    let is_digit = |b: u8| (b as char).is_digit(base.max(10)) || b == b'_';
    let length = text.as_bytes()[start..].iter().take_while(|&&b| is_digit(b)).count();
    let end = start + length;
    let digits = &text[start..end];
    if digits.ends_with('_') {
        return Err(wrong(
            end - 1..end,
            "an integer can't end with `_`",
            "this `_` separates nothing",
            format!("write `{}`", &text[..end].trim_end_matches('_')),
            "trailing underscore in integer literal",
        ));
    }
    if digits.is_empty() {
        return Err(wrong(
            0..text.len(),
            "hexadecimal integer without digits",
            "no hexadecimal digit follows `0x`",
            "write the digits, for example `0x1f`",
            format!("invalid trailing bytes: {}", &text[1..]),
        ));
    }
    let suffix = suffix(text, end)?;
    if let Some(at) = digits.bytes().position(|b| b != b'_' && !(b as char).is_digit(base)) {
        return Err(wrong(
            start + at..start + at + 1,
            format!("`{}` is no octal digit", &digits[at..=at]),
            "an integer that begins with `0` is octal",
            format!("write `{}` for the decimal number", digits.trim_start_matches(['0', '_'])),
            format!("invalid trailing bytes: {}", &digits[at..]),
        ));
    }
    let value = digits.bytes().filter(|&b| b != b'_').try_fold(0u64, |value, b| {
        let digit = (b as char).to_digit(base)?;
        value.checked_mul(u64::from(base))?.checked_add(u64::from(digit))
    });
    scaled(text, value, suffix)
}

/// `NeM`: one digit, then the number of zeros.
fn scientific(text: &str, at: usize) -> Result<(u64, Suffix), Wrong> {
    let coefficient = &text[..at];
    let rest = &text[at + 1..];
    let length = rest.bytes().take_while(u8::is_ascii_digit).count();
    if length == 0 {
        return Err(wrong(
            at..text.len(),
            "malformed integer",
            "the exponent after `e` is missing",
            "write the number of zeros after `e`, for example `1e6`",
            format!("invalid trailing bytes: {}", &text[at..]),
        ));
    }
    let suffix = suffix(text, at + 1 + length)?;
    let &[digit @ b'1'..=b'9'] = coefficient.as_bytes() else {
        return Err(wrong(
            0..at,
            "only one digit from 1 to 9 may stand before `e`",
            "this is the coefficient",
            format!("write the number out, or `1e{}`", &rest[..length]),
            format!("coefficient part of scientific literal must be 1-9: {coefficient}"),
        ));
    };
    let power = rest[..length].parse().ok().and_then(|zeros| 10u64.checked_pow(zeros));
    scaled(text, power.and_then(|it| it.checked_mul(u64::from(digit - b'0'))), suffix)
}

/// What stands at `start` to the end must be a suffix or a unit: it and its factor or largest value.
fn suffix(text: &str, start: usize) -> Result<(Suffix, u64), Wrong> {
    let word = &text[start..];
    if let Some(&(_, suffix, max)) =
        SUFFIXES.iter().find(|(name, ..)| name.eq_ignore_ascii_case(word))
    {
        return Ok((suffix, max));
    }
    if let Some(&(_, unit, factor)) = UNITS.iter().find(|(name, ..)| *name == word) {
        return Ok((Suffix::Time(unit), factor));
    }
    let help = if word.starts_with(['b', 'B']) && &text[..start] == "0" {
        "there are no binary integers: write it in hexadecimal, `0x…`".to_owned()
    } else {
        "an integer may end with `u`, `ul`, `ull`, `l` or `ll`; a duration with `ns`, `us`, `ms`, `s`, `m`, `h` or `d`".to_owned()
    };
    Err(wrong(
        start..text.len(),
        format!("unknown integer suffix `{word}`"),
        "this is neither a suffix nor a unit of time",
        help,
        format!("invalid integer suffix '{word}'"),
    ))
}

fn scaled(
    text: &str,
    value: Option<u64>,
    (suffix, limit): (Suffix, u64),
) -> Result<(u64, Suffix), Wrong> {
    let factor = if matches!(suffix, Suffix::Time(_)) { limit } else { 1 };
    let max = if matches!(suffix, Suffix::Time(_)) { u64::MAX } else { limit };
    match value.and_then(|value| value.checked_mul(factor)) {
        Some(value) if value <= max => Ok((value, suffix)),
        Some(_) | None => Err(wrong(
            0..text.len(),
            "integer is too large",
            if factor == 1 {
                format!("the largest that fits is {max}")
            } else {
                format!("the largest duration is {max} ns, about 584 years")
            },
            "write a smaller number",
            format!("overflow error, maximum value is {max}: {text}"),
        )),
    }
}

/// The bytes that a string's inside stands for, and what is wrong with its escapes.
pub(crate) fn string(text: &str) -> (Vec<u8>, Vec<Wrong>) {
    let (mut bytes, mut problems) = (Vec::with_capacity(text.len()), Vec::new());
    let mut at = 0;
    while let Some(length) = text[at..].find('\\') {
        bytes.extend_from_slice(&text.as_bytes()[at..at + length]);
        at += length;
        let used = escape(text, at, &mut bytes).unwrap_or_else(|wrong| {
            let used = wrong.place.len();
            problems.push(wrong);
            used
        });
        at += used;
    }
    bytes.extend_from_slice(&text.as_bytes()[at..]);
    (bytes, problems)
}

/// Reads the escape at `at` and tells how long it is.
fn escape(text: &str, at: usize, bytes: &mut Vec<u8>) -> Result<usize, Wrong> {
    let rest = &text[at + 1..];
    let digits = |limit: usize, base: u32| {
        rest.bytes()
            .skip(usize::from(base == 16))
            .take(limit)
            .take_while(|&b| (b as char).is_digit(base))
            .count()
    };
    let simple = match rest.bytes().next() {
        Some(b'n') => b'\n',
        Some(b't') => b'\t',
        Some(b'r') => b'\r',
        Some(b'"') => b'"',
        Some(b'\\') => b'\\',
        Some(b'0'..=b'7') => return octal(at, &rest[..digits(3, 8)], bytes),
        Some(b'x') if digits(2, 16) > 0 => {
            let length = digits(2, 16);
            // One or two hexadecimal digits always fit a byte.
            bytes.push(u8::from_str_radix(&rest[1..=length], 16).unwrap_or_default());
            return Ok(2 + length);
        }
        _ => return Err(unknown_escape(text, at)),
    };
    bytes.push(simple);
    Ok(2)
}

fn octal(at: usize, digits: &str, bytes: &mut Vec<u8>) -> Result<usize, Wrong> {
    let length = 1 + digits.len();
    if let Ok(byte) = u8::from_str_radix(digits, 8) {
        bytes.push(byte);
        return Ok(length);
    }
    Err(wrong(
        at..at + length,
        format!("octal escape `\\{digits}` is out of range"),
        "this is more than a byte holds",
        "an octal escape goes up to `\\377`",
        format!("octal escape sequence out of range '\\{digits}'"),
    ))
}

fn unknown_escape(text: &str, at: usize) -> Wrong {
    let next = text[at + 1..].chars().next();
    let length = 1 + next.map_or(0, char::len_utf8);
    let shown = text[at..at + length].escape_debug().to_string().replace("\\\\", "\\");
    wrong(
        at..at + length,
        format!("unknown escape `{shown}`"),
        "no character is written like this",
        "the escapes are `\\n`, `\\t`, `\\r`, `\\\"`, `\\\\`, `\\ooo` (octal) and `\\xHH` (hexadecimal); write `\\\\` for a backslash",
        format!("unknown escape sequence '{shown}'"),
    )
}

pub(crate) fn wrong(
    place: Range<usize>,
    title: impl Into<String>,
    label: impl Into<String>,
    help: impl Into<String>,
    compat: impl Into<String>,
) -> Wrong {
    Wrong {
        place,
        title: title.into(),
        label: label.into(),
        help: help.into(),
        compat: compat.into(),
    }
}
