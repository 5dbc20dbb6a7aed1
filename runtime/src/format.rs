//! `printf`: pieces of a format and values, made text by the rules of C.

use std::iter::repeat_n;

use ir::{Conversion, Flags, Letter, Piece, Width};

use crate::{
    output::{Style, decimal, escape, hex, show, show_bytes, show_text},
    page_flags,
    value::{Value, extend},
};

/// Appends the text that `pieces` make of `fields`. Where fields are missing, nothing stands.
pub fn write<'a>(
    out: &mut Vec<u8>,
    pieces: &[Piece],
    fields: &mut dyn Iterator<Item = Value<'a>>,
    style: &Style,
) {
    for piece in pieces {
        match piece {
            Piece::Text(text) => out.extend_from_slice(text.as_bytes()),
            Piece::Bytes(bytes) => out.extend_from_slice(bytes),
            Piece::Convert(conversion) => {
                if let Some(value) = fields.next() {
                    convert(out, conversion, &value, style);
                }
            }
        }
    }
}

fn convert(out: &mut Vec<u8>, conversion: &Conversion, value: &Value<'_>, style: &Style) {
    let start = out.len();
    match conversion.letter {
        Letter::Any => {
            show(out, value, style);
            cut(out, start, conversion.precision);
        }
        Letter::Bytes | Letter::BytesEscaped | Letter::BytesHex => {
            bytes(out, conversion.letter, value, style);
        }
        Letter::Signed
        | Letter::Unsigned
        | Letter::Octal
        | Letter::Hex
        | Letter::HexUpper
        | Letter::Char
        | Letter::Pointer
        | Letter::PageFlags => match value.bits() {
            Some(bits) if conversion.letter == Letter::Char => {
                show_text(out, &[bits as u8], style);
            }
            Some(bits) if conversion.letter == Letter::PageFlags => {
                page_flags::write(out, bits);
            }
            Some(bits) => number(out, conversion, bits),
            None => {
                out.extend_from_slice(b"!{");
                show(out, value, style);
                out.push(b'}');
            }
        },
    }
    if let Some(width) = conversion.width {
        pad(out, start, width as usize, conversion.flags.left);
    }
}

fn bytes(out: &mut Vec<u8>, letter: Letter, value: &Value<'_>, style: &Style) {
    let bytes: &[u8] = match value {
        Value::Bytes(bytes) | Value::Str { text: bytes, .. } => bytes,
        Value::Array(items) => {
            &items.iter().filter_map(Value::bits).map(|bits| bits as u8).collect::<Vec<_>>()
        }
        Value::None
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Uint(_)
        | Value::Tuple(_)
        | Value::Record(_)
        | Value::Pointer(_)
        | Value::Enum { .. }
        | Value::Lines(_)
        | Value::Symbol { .. } => return show(out, value, style),
    };
    if letter == Letter::BytesEscaped {
        return escape(out, bytes);
    }
    if letter == Letter::Bytes {
        return show_bytes(out, bytes);
    }
    for (index, byte) in bytes.iter().enumerate() {
        if index > 0 {
            out.push(b' ');
        }
        hex(out, *byte);
    }
}

fn number(out: &mut Vec<u8>, conversion: &Conversion, bits: u64) {
    let Conversion { flags, letter, .. } = *conversion;
    let width = conversion.length.map_or(64, Width::bits);
    let bits = if letter == Letter::Signed {
        extend(bits, width) as u64
    } else {
        bits & (u64::MAX >> (64 - width))
    };
    let is_negative = letter == Letter::Signed && (bits as i64) < 0;
    let start = out.len();
    out.extend_from_slice(prefix(letter, flags, bits, is_negative));
    let digits = out.len();
    match letter {
        Letter::Signed => decimal(out, (bits as i64).unsigned_abs()),
        Letter::Octal => power_of_two(out, bits, 3, b"01234567"),
        Letter::HexUpper => power_of_two(out, bits, 4, b"0123456789ABCDEF"),
        Letter::Hex | Letter::Pointer | Letter::PageFlags => {
            power_of_two(out, bits, 4, b"0123456789abcdef");
        }
        Letter::Unsigned
        | Letter::Char
        | Letter::Any
        | Letter::Bytes
        | Letter::BytesEscaped
        | Letter::BytesHex => decimal(out, bits),
    }
    if conversion.precision == Some(0) && bits == 0 {
        out.truncate(digits);
    }
    let zeros = zeros(conversion, out.len() - digits, digits - start);
    let is_octal = flags.alternate && letter == Letter::Octal;
    // `#` makes the first digit of an octal number a zero.
    let zeros = if is_octal && out.get(digits) != Some(&b'0') { zeros.max(1) } else { zeros };
    insert(out, digits, zeros, b'0');
}

fn prefix(letter: Letter, flags: Flags, bits: u64, is_negative: bool) -> &'static [u8] {
    match letter {
        Letter::Signed if is_negative => b"-",
        Letter::Signed if flags.plus => b"+",
        Letter::Signed if flags.space => b" ",
        Letter::Hex if flags.alternate && bits != 0 => b"0x",
        Letter::HexUpper if flags.alternate && bits != 0 => b"0X",
        Letter::Pointer | Letter::PageFlags => b"0x",
        Letter::Signed
        | Letter::Unsigned
        | Letter::Octal
        | Letter::Hex
        | Letter::HexUpper
        | Letter::Char
        | Letter::Any
        | Letter::Bytes
        | Letter::BytesEscaped
        | Letter::BytesHex => b"",
    }
}

/// How many zeros stand between the prefix and `digits` digits.
fn zeros(conversion: &Conversion, digits: usize, prefix: usize) -> usize {
    let Conversion { flags, width, precision, .. } = *conversion;
    match (precision, width) {
        (Some(precision), _) => (precision as usize).saturating_sub(digits),
        (None, Some(width)) if flags.zero && !flags.left => {
            (width as usize).saturating_sub(digits + prefix)
        }
        (None, _) => 0,
    }
}

fn power_of_two(out: &mut Vec<u8>, bits: u64, shift: u32, digits: &[u8]) {
    let count = bits.checked_ilog2().unwrap_or(0) / shift + 1;
    let mask = (1 << shift) - 1;
    let digit = |index: u32| digits[((bits >> (index * shift)) & mask) as usize];
    out.extend((0..count).rev().map(digit));
}

/// Keeps at most `precision` characters from `start` on.
fn cut(out: &mut Vec<u8>, start: usize, precision: Option<u32>) {
    let Some(precision) = precision else { return };
    let firsts = out[start..].iter().enumerate().filter(|(_, byte)| is_first(**byte));
    let end = firsts.map(|(at, _)| at).nth(precision as usize);
    if let Some(end) = end {
        out.truncate(start + end);
    }
}

/// Makes what follows `start` at least `width` characters long.
fn pad(out: &mut Vec<u8>, start: usize, width: usize, is_left: bool) {
    let length = out[start..].iter().filter(|byte| is_first(**byte)).count();
    let missing = width.saturating_sub(length);
    let at = if is_left { out.len() } else { start };
    insert(out, at, missing, b' ');
}

fn insert(out: &mut Vec<u8>, at: usize, count: usize, byte: u8) {
    if count > 0 {
        let end = out.len();
        out.extend(repeat_n(byte, count));
        out.copy_within(at..end, at + count);
        out[at..at + count].fill(byte);
    }
}

/// Whether a byte starts a character of UTF-8.
const fn is_first(byte: u8) -> bool {
    byte & 0xc0 != 0x80
}
