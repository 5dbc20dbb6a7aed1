//! Numbers of C as the compiler computes with them: of 32 or 64 bits, signed or not.

use std::cmp::Ordering;

use ir::{Sign, Ty, Width};

use super::Constant;

/// A number of type `int`, `unsigned`, `long` or `unsigned long`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Number {
    /// Extended to 64 bits.
    pub(super) bits: i64,
    /// Whether its type has 64 bits.
    pub(super) wide: bool,
    pub(super) sign: Sign,
}

impl Number {
    /// Cut to its type.
    pub(super) const fn new(bits: i64, wide: bool, sign: Sign) -> Self {
        let bits = match (wide, sign) {
            (true, _) => bits,
            (false, Sign::Signed) => bits as i32 as i64,
            (false, Sign::Unsigned) => bits as u32 as i64,
        };
        Self { bits, wide, sign }
    }

    pub(super) const fn int(bits: i64) -> Self {
        Self::new(bits, false, Sign::Signed)
    }

    /// A number that is written nowhere: of the first type that holds it, as a decimal one is.
    pub(super) fn plain(value: i128) -> Option<Self> {
        if let Ok(value) = i32::try_from(value) {
            return Some(Self::int(i64::from(value)));
        }
        let sign = if i64::try_from(value).is_ok() { Sign::Signed } else { Sign::Unsigned };
        let fits = i64::try_from(value).is_ok() || u64::try_from(value).is_ok();
        fits.then(|| Self::new(value as i64, true, sign))
    }

    /// What `sizeof` gives.
    pub(super) const fn size(bytes: u32) -> Self {
        Self::new(bytes as i64, true, Sign::Unsigned)
    }

    pub(super) const fn truth(it: bool) -> Self {
        Self::int(it as i64)
    }

    pub(super) const fn is_zero(self) -> bool {
        self.bits == 0
    }

    pub(super) const fn constant(self) -> Constant {
        Constant { bits: self.bits, sign: self.sign }
    }

    /// The value as a number of things.
    pub(super) fn count(self) -> Option<u32> {
        u32::try_from(self.bits).ok()
    }

    /// Converted to a type of C and promoted.
    pub(super) fn cast(self, ty: &Ty) -> Option<Self> {
        if *ty == Ty::Bool {
            return Some(Self::truth(!self.is_zero()));
        }
        let (width, sign) = ty.scalar()?;
        let unused = 64 - width.bits();
        let bits = match sign {
            Sign::Signed => self.bits << unused >> unused,
            Sign::Unsigned => (self.bits.cast_unsigned() << unused >> unused).cast_signed(),
        };
        Some(match width {
            Width::W8 | Width::W16 => Self::int(bits),
            Width::W32 | Width::W64 => Self::new(bits, width == Width::W64, sign),
        })
    }

    pub(super) const fn negated(self) -> Self {
        Self::new(self.bits.wrapping_neg(), self.wide, self.sign)
    }

    pub(super) const fn inverted(self) -> Self {
        Self::new(!self.bits, self.wide, self.sign)
    }

    /// The type of what two numbers become together.
    pub(super) fn common(self, other: Self) -> (bool, Sign) {
        let unsigned = |it: Self| it.sign == Sign::Unsigned;
        let either = match (self.wide, other.wide) {
            (true, false) => unsigned(self),
            (false, true) => unsigned(other),
            (true, true) | (false, false) => unsigned(self) || unsigned(other),
        };
        let sign = if either { Sign::Unsigned } else { Sign::Signed };
        (self.wide || other.wide, sign)
    }

    /// `self OPERATOR other`; none for a division by zero, or an operator that is none.
    pub(super) fn binary(self, operator: &str, other: Self) -> Option<Self> {
        let (wide, sign) = self.common(other);
        let a = Self::new(self.bits, wide, sign).bits;
        let b = Self::new(other.bits, wide, sign).bits;
        let signed = sign == Sign::Signed;
        let order = if signed { a.cmp(&b) } else { a.cast_unsigned().cmp(&b.cast_unsigned()) };
        let unsigned = |f: fn(u64, u64) -> Option<u64>| {
            f(a.cast_unsigned(), b.cast_unsigned()).map(u64::cast_signed)
        };
        let bits = match operator {
            "*" => a.wrapping_mul(b),
            "+" => a.wrapping_add(b),
            "-" => a.wrapping_sub(b),
            "&" => a & b,
            "^" => a ^ b,
            "|" => a | b,
            "/" | "%" if b == 0 => return None,
            "/" if signed => a.wrapping_div(b),
            "%" if signed => a.wrapping_rem(b),
            "/" => unsigned(u64::checked_div)?,
            "%" => unsigned(u64::checked_rem)?,
            "<<" | ">>" => return Some(self.shifted(operator, other)),
            "<" => return Some(Self::truth(order == Ordering::Less)),
            ">" => return Some(Self::truth(order == Ordering::Greater)),
            "<=" => return Some(Self::truth(order != Ordering::Greater)),
            ">=" => return Some(Self::truth(order != Ordering::Less)),
            "==" => return Some(Self::truth(order == Ordering::Equal)),
            "!=" => return Some(Self::truth(order != Ordering::Equal)),
            _ => return None,
        };
        Some(Self::new(bits, wide, sign))
    }

    /// Has the type of the left side. By more bits than there are, C leaves it open.
    fn shifted(self, operator: &str, by: Self) -> Self {
        let count = u32::try_from(by.bits).unwrap_or(u32::MAX);
        let limit = if self.wide { 64 } else { 32 };
        let bits = match (operator, self.sign) {
            (_, Sign::Unsigned) | ("<<", _) if count >= limit => 0,
            ("<<", _) => self.bits << count,
            (_, Sign::Signed) => self.bits >> count.min(63),
            (_, Sign::Unsigned) => (self.bits.cast_unsigned() >> count).cast_signed(),
        };
        Self::new(bits, self.wide, self.sign)
    }
}

/// The number that is written `text`; none if it is no integer or is too large.
pub(super) fn literal(text: &str) -> Option<Number> {
    let digits = text.trim_end_matches(['u', 'U', 'l', 'L']);
    let suffix = text[digits.len()..].to_ascii_lowercase();
    let (unsigned, long) = match suffix.as_str() {
        "" => (false, false),
        "u" => (true, false),
        "l" | "ll" => (false, true),
        "ul" | "ull" | "lu" | "llu" => (true, true),
        _ => return None,
    };
    let lower = digits.to_ascii_lowercase();
    let (digits, radix) = match lower.as_bytes() {
        [b'0', b'x', ..] => (&lower[2..], 16),
        [b'0', b'b', ..] => (&lower[2..], 2),
        [b'0', _, ..] => (&lower[1..], 8),
        _ => (lower.as_str(), 10),
    };
    if digits.starts_with('+') {
        return None;
    }
    let value = u64::from_str_radix(digits, radix).ok()?;
    // A decimal number without `u` stays signed, unless no signed type holds it.
    let wide = long
        || value > u64::from(u32::MAX)
        || value > i32::MAX as u64 && !unsigned && radix == 10;
    let limit = if wide { i64::MAX as u64 } else { i32::MAX as u64 };
    let sign = if unsigned || value > limit { Sign::Unsigned } else { Sign::Signed };
    Some(Number::new(value.cast_signed(), wide, sign))
}

/// The value of `'a'`, quotes included.
pub(super) fn character(text: &str) -> Option<Number> {
    let inside = text.strip_prefix('\'')?.strip_suffix('\'')?;
    let byte = match inside.strip_prefix('\\') {
        None => match inside.as_bytes() {
            [byte] => *byte,
            _ => return None,
        },
        Some(escape) => escaped(escape)?,
    };
    Some(Number::int(i64::from(byte.cast_signed())))
}

fn escaped(escape: &str) -> Option<u8> {
    Some(match escape {
        "n" => b'\n',
        "t" => b'\t',
        "r" => b'\r',
        "a" => 7,
        "b" => 8,
        "f" => 12,
        "v" => 11,
        "e" => 27,
        "\\" | "'" | "\"" | "?" => *escape.as_bytes().first()?,
        _ => match escape.strip_prefix('x') {
            Some(digits) => u8::from_str_radix(digits, 16).ok()?,
            None if escape.len() <= 3 => u8::from_str_radix(escape, 8).ok()?,
            None => return None,
        },
    })
}
