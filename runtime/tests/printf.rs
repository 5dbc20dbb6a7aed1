//! `printf` against the one of the C library, and what C does not have.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::ffi::CString;

use common::{string, tuple};
use ir::{Conversion, Flags, Letter, Piece, Width};
use runtime::{format, output::Style, value::Value};

fn convert(conversion: Conversion, value: Value<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    let pieces = [Piece::Convert(conversion)];
    format::write(&mut out, &pieces, &mut std::iter::once(value), &Style::default());
    out
}

fn plain(letter: Letter) -> Conversion {
    let flags = Flags::default();
    Conversion { flags, width: None, precision: None, length: None, letter }
}

/// A generator of numbers that is the same in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, end: u32) -> u32 {
        ((self.next() >> 32) % u64::from(end)) as u32
    }

    fn chance(&mut self) -> bool {
        self.below(2) == 0
    }

    fn number_below(&mut self, end: u32) -> Option<u32> {
        self.chance().then(|| self.below(end))
    }

    /// Small and large ones, of both signs, and the bounds.
    fn integer(&mut self) -> u64 {
        match self.below(8) {
            0 => 0,
            1 => u64::MAX,
            2 => 1 << self.below(64),
            3 => (1 << self.below(64)) - 1,
            _ => self.next() >> self.below(64),
        }
    }
}

const LENGTHS: [(&str, Width); 8] = [
    ("hh", Width::W8),
    ("h", Width::W16),
    ("", Width::W32),
    ("l", Width::W64),
    ("ll", Width::W64),
    ("j", Width::W64),
    ("z", Width::W64),
    ("t", Width::W64),
];

fn random_flags(random: &mut Random) -> Flags {
    Flags {
        left: random.chance(),
        plus: random.chance(),
        space: random.chance(),
        alternate: random.chance(),
        zero: random.chance(),
    }
}

/// The conversion as it is written in C.
fn spelling(conversion: &Conversion, length: &str, letter: char) -> CString {
    let Flags { left, plus, space, alternate, zero } = conversion.flags;
    let flags = [(left, '-'), (plus, '+'), (space, ' '), (alternate, '#'), (zero, '0')];
    let mut text = String::from("%");
    text.extend(flags.iter().filter(|(is_set, _)| *is_set).map(|(_, flag)| flag));
    if let Some(width) = conversion.width {
        text += &width.to_string();
    }
    if let Some(precision) = conversion.precision {
        text += &format!(".{precision}");
    }
    text += length;
    text.push(letter);
    CString::new(text).unwrap()
}

/// What C makes of `format` and one argument, which is an `int` or 64 bits wide.
#[expect(unsafe_code, reason = "calls the C function that this test compares with")]
fn libc_printf(format: &CString, argument: Argument<'_>) -> Vec<u8> {
    let mut out = [0u8; 256];
    let start = out.as_mut_ptr().cast();
    // SAFETY: the buffer has the size that is passed, and the format has one conversion, for an
    // argument of the type that is passed.
    let length = unsafe {
        match argument {
            Argument::Int(value) => libc::snprintf(start, out.len(), format.as_ptr(), value),
            Argument::Long(value) => libc::snprintf(start, out.len(), format.as_ptr(), value),
            Argument::Text(text) => {
                libc::snprintf(start, out.len(), format.as_ptr(), text.as_ptr())
            }
        }
    };
    out[..usize::try_from(length).unwrap()].to_vec()
}

#[derive(Clone, Copy, Debug)]
enum Argument<'a> {
    Int(libc::c_int),
    Long(u64),
    Text(&'a CString),
}

#[test]
fn integers_are_those_of_c() {
    let letters = [
        ('d', Letter::Signed),
        ('i', Letter::Signed),
        ('u', Letter::Unsigned),
        ('o', Letter::Octal),
        ('x', Letter::Hex),
        ('X', Letter::HexUpper),
    ];
    let mut random = Random(88_172_645_463_325_252);
    for _ in 0..100_000 {
        let (spelled, letter) = letters[random.below(6) as usize];
        let (length, width) = LENGTHS[random.below(8) as usize];
        let conversion = Conversion {
            flags: random_flags(&mut random),
            width: random.number_below(30).filter(|width| *width > 0),
            precision: random.number_below(30),
            length: Some(width),
            letter,
        };
        let bits = random.integer();
        let argument = match width {
            Width::W64 => Argument::Long(bits),
            Width::W8 | Width::W16 | Width::W32 => Argument::Int(bits as libc::c_int),
        };
        let format = spelling(&conversion, length, spelled);
        let value = if random.chance() { Value::Int(bits as i64) } else { Value::Uint(bits) };
        let found = convert(conversion, value);
        assert_eq!(found, libc_printf(&format, argument), "{format:?} of {argument:?}");
    }
}

#[test]
fn characters_and_pointers_are_those_of_c() {
    let mut random = Random(362_436_069);
    for _ in 0..20_000 {
        let flags = Flags { left: random.chance(), ..Flags::default() };
        let width = random.number_below(30).filter(|width| *width > 0);
        let base = Conversion { flags, width, ..plain(Letter::Char) };
        let character = 1 + random.below(126) as i32;
        let format = spelling(&base, "", 'c');
        let found = convert(base, Value::Int(character.into()));
        assert_eq!(found, libc_printf(&format, Argument::Int(character)), "{format:?}");
        let base = Conversion { letter: Letter::Pointer, ..base };
        let address = random.integer().max(1);
        let format = spelling(&base, "", 'p');
        let found = convert(base, Value::Pointer(address));
        assert_eq!(found, libc_printf(&format, Argument::Long(address)), "{format:?}");
    }
}

#[test]
fn strings_are_those_of_c() {
    let mut random = Random(521_288_629);
    for _ in 0..20_000 {
        let conversion = Conversion {
            flags: Flags { left: random.chance(), ..Flags::default() },
            width: random.number_below(30).filter(|width| *width > 0),
            precision: random.number_below(30),
            ..plain(Letter::Any)
        };
        let length = random.below(20);
        let text: Vec<u8> = (0..length).map(|_| b' ' + random.below(95) as u8).collect();
        let format = spelling(&conversion, "", 's');
        let found = convert(conversion, Value::Str { text: &text, cut: false });
        let text = CString::new(text.clone()).unwrap();
        assert_eq!(found, libc_printf(&format, Argument::Text(&text)), "{format:?}");
    }
}

fn wide(width: u32, left: bool, letter: Letter) -> Conversion {
    let flags = Flags { left, ..Flags::default() };
    Conversion { flags, width: Some(width), ..plain(letter) }
}

#[test]
fn anything_is_converted_as_a_whole() {
    let pair = || tuple([Value::Int(1), Value::Int(2)]);
    let buffer = || Value::Bytes(b"a\x0b\xfe");
    #[rustfmt::skip]
    let cases = [
        (wide(10, false, Letter::Any), pair(), "    (1, 2)"),
        (wide(5, true, Letter::Any), Value::Bool(true), "true "),
        (wide(5, false, Letter::Any), string("é"), "    é"),
        (wide(5, true, Letter::Any), string("éa"), "éa   "),
        (Conversion { precision: Some(1), ..plain(Letter::Any) }, string("éa"), "é"),
        (plain(Letter::Any), Value::Pointer(0x10), "0x10"),
        (plain(Letter::Any), Value::Enum { number: 1, name: Some("A") }, "A"),
        (plain(Letter::Signed), Value::Enum { number: 1, name: Some("A") }, "1"),
        (plain(Letter::Unsigned), Value::Bool(true), "1"),
        (plain(Letter::Pointer), Value::Int(0), "0x0"),
        (plain(Letter::Hex), Value::Symbol { number: 255, text: "f".into() }, "ff"),
        (plain(Letter::Hex), Value::Int(-1), "ffffffffffffffff"),
        (plain(Letter::Signed), Value::Uint(u64::MAX), "-1"),
        (plain(Letter::Signed), Value::Int(i64::MIN), "-9223372036854775808"),
        (plain(Letter::Signed), string("x"), "!{x}"),
        (plain(Letter::Bytes), buffer(), "a\\x0b\\xfe"),
        (plain(Letter::BytesEscaped), buffer(), "\\x61\\x0b\\xfe"),
        (plain(Letter::BytesHex), buffer(), "61 0b fe"),
        (wide(10, true, Letter::BytesHex), buffer(), "61 0b fe  "),
        (plain(Letter::BytesHex), Value::Bytes(b""), ""),
        (plain(Letter::BytesHex), Value::Array(vec![Value::Int(-1), Value::Uint(10)]), "ff 0a"),
        (plain(Letter::Bytes), Value::Int(5), "5"),
    ];
    for (conversion, value, expected) in cases {
        let found = String::from_utf8(convert(conversion, value.clone())).unwrap();
        assert_eq!(found, expected, "{conversion:?} of {value:?}");
    }
}

#[test]
fn the_example_of_the_issue() {
    let number =
        |width, letter| Conversion { width, length: Some(Width::W32), ..plain(letter) };
    let text = |text: &str| Piece::Text(text.to_owned());
    let pieces = [
        Piece::Convert(wide(8, true, Letter::Any)),
        text(" "),
        Piece::Convert(number(Some(5), Letter::Signed)),
        text(" "),
        Piece::Convert(number(None, Letter::Hex)),
        text(" "),
        Piece::Convert(plain(Letter::Any)),
        text("\n"),
    ];
    let values = [string("hi"), Value::Int(-3), Value::Int(255), string("hawk")];
    let mut out = b"> ".to_vec();
    format::write(&mut out, &pieces, &mut values.into_iter(), &Style::default());
    assert_eq!(out, b"> hi          -3 ff hawk\n");
}

/// Fields that a broken record does not have leave their places empty.
#[test]
fn missing_fields() {
    let pieces = [Piece::Convert(plain(Letter::Signed)), Piece::Text("x".to_owned())];
    let mut out = Vec::new();
    format::write(&mut out, &pieces, &mut std::iter::empty(), &Style::default());
    assert_eq!(out, b"x");
}

#[test]
fn terminals_get_no_control_characters() {
    let style = Style { escape: true, ..Style::default() };
    let pieces = [
        Piece::Text("\t\u{1b}[1m".to_owned()),
        Piece::Convert(wide(8, false, Letter::Any)),
        Piece::Convert(plain(Letter::Char)),
        Piece::Text("\n".to_owned()),
    ];
    let values = [string("a\u{1b}"), Value::Int(7)];
    let mut out = Vec::new();
    format::write(&mut out, &pieces, &mut values.into_iter(), &style);
    assert_eq!(out, b"\t\x1b[1m   a\\x1b\\x07\n");
}
