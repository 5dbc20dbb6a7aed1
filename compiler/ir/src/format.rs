//! Parsed `printf` formats.

use serde::{Deserialize, Serialize};

use crate::Width;

/// One piece of a format.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Piece {
    /// Text that is printed as it is (`%%` is already `%`).
    Text(String),
    /// The same, of bytes that are not UTF-8.
    Bytes(Vec<u8>),
    /// A conversion of the next argument.
    Convert(Conversion),
}

/// `%-8.3lld` and the like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversion {
    /// Any of `-+ #0`.
    pub flags: Flags,
    /// Least number of characters.
    pub width: Option<u32>,
    /// Most characters of a string, least digits of a number.
    pub precision: Option<u32>,
    /// The integer that the argument is cut to first, from `hh`, `h`, `l`, …
    pub length: Option<Width>,
    /// What it makes of it.
    pub letter: Letter,
}

/// The flags of a conversion.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flags {
    /// `-`: pad on the right.
    pub left: bool,
    /// `+`: always a sign.
    pub plus: bool,
    /// Space: a blank where a plus would be.
    pub space: bool,
    /// `#`: `0x` or `0` in front.
    pub alternate: bool,
    /// `0`: pad with zeros.
    pub zero: bool,
}

/// The letter of a conversion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Letter {
    /// `d`, `i`
    Signed,
    /// `u`
    Unsigned,
    /// `o`
    Octal,
    /// `x`
    Hex,
    /// `X`
    HexUpper,
    /// `c`
    Char,
    /// `p`
    Pointer,
    /// `s`: anything, as `print()` shows it.
    Any,
    /// `r`: bytes, `\xNN` where they are not ASCII.
    Bytes,
    /// `rx`: every byte as `\xNN`.
    BytesEscaped,
    /// `rh`: bytes as hex digits with blanks between.
    BytesHex,
    /// `gr`: names of page allocation flags.
    PageFlags,
}
