//! Splits a format into text and conversions. The grammar is that of the dialect reference,
//! section 5.3, with flags in any order. What is no conversion is text, as in bpftrace.

use std::ops::Range;

use ir::{Conversion, Flags, Letter, Piece, Width};

/// A format in pieces.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Format {
    /// What it prints.
    pub pieces: Vec<Piece>,
    /// Where in the text each conversion stands, in order.
    pub places: Vec<Range<usize>>,
    /// What looks like a conversion and is none.
    pub odd: Vec<Odd>,
}

impl Format {
    /// Its conversions and where they stand.
    pub fn conversions(&self) -> impl Iterator<Item = (&Conversion, &Range<usize>)> {
        let conversions = self.pieces.iter().filter_map(|piece| match piece {
            Piece::Convert(conversion) => Some(conversion),
            Piece::Text(_) | Piece::Bytes(_) => None,
        });
        conversions.zip(&self.places)
    }
}

/// A `%` that begins no conversion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Odd {
    /// From the `%` to the letter.
    pub place: Range<usize>,
    /// What it is.
    pub kind: OddKind,
}

/// Why a `%` begins no conversion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OddKind {
    /// The letter is that of floating-point numbers, which there are none of.
    Float,
    /// No conversion has this letter, or there is none: it is printed as it is.
    Text,
}

/// Splits a format. With `narrow`, `%d` and the like without a length take 32 bits, as bpftrace's
/// do; otherwise all 64.
pub fn parse(format: &[u8], narrow: bool) -> Format {
    let mut parsed = Format::default();
    let mut text = Vec::new();
    let mut at = 0;
    while at < format.len() {
        if format[at] != b'%' {
            text.push(format[at]);
            at += 1;
            continue;
        }
        let (end, found) = conversion(&format[at..], narrow);
        let place = at..at + end;
        match found {
            Found::Percent => text.push(b'%'),
            Found::Conversion(conversion) => {
                push_text(&mut parsed.pieces, &mut text);
                parsed.pieces.push(Piece::Convert(conversion));
                parsed.places.push(place);
            }
            Found::Odd(kind) => {
                text.extend_from_slice(&format[place.clone()]);
                parsed.odd.push(Odd { place, kind });
            }
        }
        at += end;
    }
    push_text(&mut parsed.pieces, &mut text);
    parsed
}

/// Text as text, and what is not UTF-8 as bytes.
fn push_text(pieces: &mut Vec<Piece>, text: &mut Vec<u8>) {
    for chunk in text.utf8_chunks() {
        if !chunk.valid().is_empty() {
            pieces.push(Piece::Text(chunk.valid().to_owned()));
        }
        if !chunk.invalid().is_empty() {
            pieces.push(Piece::Bytes(chunk.invalid().to_vec()));
        }
    }
    text.clear();
}

enum Found {
    Percent,
    Conversion(Conversion),
    Odd(OddKind),
}

/// What stands at the start of `text`, which is a `%`, and how many bytes it takes.
fn conversion(text: &[u8], narrow: bool) -> (usize, Found) {
    let mut at = 1;
    let flags = flags(text, &mut at);
    let width = number(text, &mut at);
    let mut precision = None;
    if text.get(at) == Some(&b'.') {
        at += 1;
        precision = Some(number(text, &mut at).unwrap_or(0));
    }
    let length = length(text, &mut at);
    let rest = &text[at..];
    let (used, letter) = match rest {
        [b'%', ..] => return (at + 1, Found::Percent),
        [b'd' | b'i', ..] => (1, Letter::Signed),
        [b'u', ..] => (1, Letter::Unsigned),
        [b'o', ..] => (1, Letter::Octal),
        [b'x', ..] => (1, Letter::Hex),
        [b'X', ..] => (1, Letter::HexUpper),
        [b'c', ..] => (1, Letter::Char),
        [b'p', ..] => (1, Letter::Pointer),
        [b's', ..] => (1, Letter::Any),
        [b'r', b'x', ..] => (2, Letter::BytesEscaped),
        [b'r', b'h', ..] => (2, Letter::BytesHex),
        [b'r', ..] => (1, Letter::Bytes),
        [b'g', b'r', ..] => (2, Letter::PageFlags),
        [b'a' | b'A' | b'e' | b'E' | b'f' | b'F' | b'g' | b'G', ..] => {
            return (at + 1, Found::Odd(OddKind::Float));
        }
        [next, ..] if next.is_ascii_graphic() => {
            return (at + 1, Found::Odd(OddKind::Text));
        }
        // A blank, a line's end or nothing: the letter is missing.
        _ => return (at, Found::Odd(OddKind::Text)),
    };
    let number = matches!(
        letter,
        Letter::Signed | Letter::Unsigned | Letter::Octal | Letter::Hex | Letter::HexUpper
    );
    let length = length.or((narrow && number).then_some(Width::W32));
    (at + used, Found::Conversion(Conversion { flags, width, precision, length, letter }))
}

fn flags(text: &[u8], at: &mut usize) -> Flags {
    let mut flags = Flags::default();
    while let Some(flag) = text.get(*at) {
        match flag {
            b'-' => flags.left = true,
            b'+' => flags.plus = true,
            b' ' => flags.space = true,
            b'#' => flags.alternate = true,
            b'0' => flags.zero = true,
            _ => break,
        }
        *at += 1;
    }
    flags
}

/// A number; `*` is read and means nothing.
fn number(text: &[u8], at: &mut usize) -> Option<u32> {
    if text.get(*at) == Some(&b'*') {
        *at += 1;
        return None;
    }
    let mut value = None;
    while let Some(digit @ b'0'..=b'9') = text.get(*at) {
        *at += 1;
        // A width that no output could have is cut, not wrapped.
        value = Some((value.unwrap_or(0) * 10 + u32::from(digit - b'0')).min(65_535));
    }
    value
}

fn length(text: &[u8], at: &mut usize) -> Option<Width> {
    let (used, width) = match &text[*at..] {
        [b'h', b'h', ..] => (2, Width::W8),
        [b'h', ..] => (1, Width::W16),
        [b'l', b'l', ..] => (2, Width::W64),
        [b'l' | b'j' | b'z' | b't' | b'L', ..] => (1, Width::W64),
        _ => return None,
    };
    *at += used;
    Some(width)
}

#[cfg(test)]
mod tests {
    use ir::{Letter, Piece};

    use super::{OddKind, parse};

    #[test]
    fn what_is_no_conversion_is_text() {
        let format = parse("50% done, 100%\n%y%5%|é%d".as_bytes(), false);
        let text: Vec<_> = format.odd.iter().map(|odd| (odd.place.clone(), odd.kind)).collect();
        // `% d` is a conversion with a flag.
        assert_eq!(text, [(13..14, OddKind::Text), (15..17, OddKind::Text)]);
        assert_eq!(format.conversions().count(), 2);
        assert_eq!(format.places, [2..5, 23..25]);
    }

    #[test]
    fn bytes_stay_bytes() {
        let format = parse(b"a\xff%s", false);
        let [Piece::Text(text), Piece::Bytes(bytes), Piece::Convert(conversion)] =
            format.pieces.as_slice()
        else {
            unreachable!("{format:?}");
        };
        assert_eq!((text.as_str(), bytes.as_slice()), ("a", [0xff].as_slice()));
        assert_eq!(conversion.letter, Letter::Any);
    }
}
