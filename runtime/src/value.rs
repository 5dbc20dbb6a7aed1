//! Values as the runtime knows them, and how they are read out of the bytes of maps and events.
//! How they look on paper is the business of [`crate::output`].

use std::{borrow::Cow, ffi::CStr};

use ir::{Access, Coded, Enum, Field, Packed, Record, Sign, Stack, Ty, Width, align_up};

use crate::{names::Names, symbols::Lines};

/// A value of the language. Text and bytes are borrowed from the record they were read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value<'a> {
    /// There is none, or none that can be shown.
    None,
    /// True or false.
    Bool(bool),
    /// A signed integer.
    Int(i64),
    /// An unsigned integer.
    Uint(u64),
    /// Text up to its NUL.
    Str {
        /// Without the NUL.
        text: &'a [u8],
        /// Whether it fills its buffer, so that there may have been more.
        cut: bool,
    },
    /// Bytes that are not text.
    Bytes(&'a [u8]),
    /// Values side by side.
    Tuple(Vec<Self>),
    /// Named values.
    Record(Vec<(&'a str, Self)>),
    /// Values of one type.
    Array(Vec<Self>),
    /// An address.
    Pointer(u64),
    /// A value of a C enum.
    Enum {
        /// The number itself.
        number: i64,
        /// What the enum calls it.
        name: Option<&'a str>,
    },
    /// A stack.
    Lines(Lines<'a>),
    /// A number that stands for a name that only user space knows.
    Symbol {
        /// The number itself.
        number: u64,
        /// The name.
        text: Cow<'a, str>,
    },
}

impl Value<'_> {
    /// The 64 bits of anything that is a number inside.
    pub fn bits(&self) -> Option<u64> {
        match self {
            Self::Bool(value) => Some(u64::from(*value)),
            Self::Int(value) | Self::Enum { number: value, .. } => Some(*value as u64),
            Self::Uint(value) | Self::Pointer(value) | Self::Symbol { number: value, .. } => {
                Some(*value)
            }
            Self::None
            | Self::Str { .. }
            | Self::Bytes(_)
            | Self::Tuple(_)
            | Self::Record(_)
            | Self::Array(_)
            | Self::Lines(_) => None,
        }
    }
}

/// Reads the value of type `ty` at the start of `bytes`. Bytes that are missing count as zero.
pub fn decode<'a>(ty: &'a Ty, bytes: &'a [u8], names: &'a dyn Names) -> Value<'a> {
    match ty {
        Ty::Void | Ty::Reduced(_) | Ty::Opaque(_) => Value::None,
        Ty::Bool => Value::Bool(load(bytes, Width::W8) != 0),
        Ty::Int(width, Sign::Signed) => Value::Int(extend(load(bytes, *width), width.bits())),
        Ty::Int(width, Sign::Unsigned) => Value::Uint(load(bytes, *width)),
        Ty::Str(size) => text(clip(bytes, *size), *size),
        Ty::Bytes(size) => {
            let length = load(bytes, Width::W32).min(u64::from(*size)) as u32;
            Value::Bytes(clip(bytes.get(4..).unwrap_or_default(), length))
        }
        Ty::Tuple(items) => tuple(items, bytes, names),
        Ty::Record(record) => self::record(record, bytes, names),
        Ty::Array(item, count) => array(item, *count, bytes, names),
        Ty::Ptr(..) => Value::Pointer(load(bytes, Width::W64)),
        Ty::Enum(shape) => enumeration(shape, load(bytes, shape.width)),
        Ty::Coded(coded) => symbol(*coded, load(bytes, Width::W64), names),
        Ty::Packed(packed @ Packed::Stack(stack)) => {
            Value::Lines(names.stack(*stack, clip(bytes, packed.size())))
        }
        Ty::Packed(packed) => {
            let number = load(bytes, Width::W64);
            let text = names.packed(*packed, clip(bytes, packed.size())).unwrap_or_default();
            Value::Symbol { number, text }
        }
    }
}

/// Finds out the names for the stacks that are in values of type `ty`, all at once.
pub(crate) fn prepare<'b>(
    ty: &Ty,
    values: impl IntoIterator<Item = &'b [u8]>,
    names: &dyn Names,
) {
    let mut places = Vec::new();
    stacks(ty, 0, &mut places);
    if places.is_empty() {
        return;
    }
    let mut found = Vec::new();
    for bytes in values {
        found.extend(places.iter().map(|(at, stack)| {
            let bytes = bytes.get(*at as usize..).unwrap_or_default();
            (*stack, clip(bytes, Packed::Stack(*stack).size()))
        }));
    }
    names.prepare(&found);
}

/// Whether a value of this type has a stack in it.
pub(crate) fn has_stack(ty: &Ty) -> bool {
    let mut places = Vec::new();
    stacks(ty, 0, &mut places);
    !places.is_empty()
}

/// Where the stacks are in a value of this type that is itself at `start`, in bytes.
fn stacks(ty: &Ty, start: u32, found: &mut Vec<(u32, Stack)>) {
    match ty {
        Ty::Packed(Packed::Stack(stack)) => found.push((start, *stack)),
        Ty::Tuple(items) => {
            for (item, at) in items.iter().zip(ty.offsets()) {
                stacks(item, start + at, found);
            }
        }
        Ty::Record(record) => {
            for field in &record.fields {
                stacks(&field.ty, start + field.offset, found);
            }
        }
        Ty::Void
        | Ty::Bool
        | Ty::Int(..)
        | Ty::Str(_)
        | Ty::Bytes(_)
        | Ty::Array(..)
        | Ty::Ptr(..)
        | Ty::Enum(_)
        | Ty::Coded(_)
        | Ty::Packed(_)
        | Ty::Reduced(_)
        | Ty::Opaque(_) => {}
    }
}

/// The little-endian integer at the start of `bytes`.
pub(crate) fn load(bytes: &[u8], width: Width) -> u64 {
    // Whole integers are the rule, and of a known size they are read at once.
    let whole = match width {
        Width::W8 => bytes.first().map(|&byte| u64::from(byte)),
        Width::W16 => bytes.first_chunk().map(|word| u64::from(u16::from_le_bytes(*word))),
        Width::W32 => bytes.first_chunk().map(|word| u64::from(u32::from_le_bytes(*word))),
        Width::W64 => bytes.first_chunk().map(|word| u64::from_le_bytes(*word)),
    };
    whole.unwrap_or_else(|| {
        bytes.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte))
    })
}

/// The low `bits` bits of `word` as a two's complement number.
pub(crate) fn extend(word: u64, bits: u32) -> i64 {
    let unused = 64 - bits.clamp(1, 64);
    ((word << unused) as i64) >> unused
}

fn clip(bytes: &[u8], size: u32) -> &[u8] {
    &bytes[..bytes.len().min(size as usize)]
}

fn text(bytes: &[u8], size: u32) -> Value<'_> {
    match CStr::from_bytes_until_nul(bytes) {
        Ok(text) => Value::Str { text: text.to_bytes(), cut: false },
        // Where fewer bytes than the buffer has were sent, the text ends with them.
        Err(_) => Value::Str { text: bytes, cut: size > 0 && bytes.len() == size as usize },
    }
}

fn tuple<'a>(items: &'a [Ty], bytes: &'a [u8], names: &'a dyn Names) -> Value<'a> {
    let mut at = 0;
    let item = |ty: &'a Ty| {
        let start = align_up(at, ty.align());
        at = start + ty.size();
        decode(ty, from(bytes, start), names)
    };
    Value::Tuple(items.iter().map(item).collect())
}

fn array<'a>(item: &'a Ty, count: u32, bytes: &'a [u8], names: &'a dyn Names) -> Value<'a> {
    let size = item.size();
    let at = |index: u32| decode(item, from(bytes, index.saturating_mul(size)), names);
    Value::Array((0..count).map(at).collect())
}

fn record<'a>(record: &'a Record, bytes: &'a [u8], names: &'a dyn Names) -> Value<'a> {
    let read = |field: &'a Field| (field.name.as_str(), self::field(field, bytes, names));
    Value::Record(record.fields.iter().map(read).collect())
}

fn field<'a>(field: &'a Field, bytes: &'a [u8], names: &'a dyn Names) -> Value<'a> {
    let place = from(bytes, field.offset);
    let locator = load(place, Width::W32);
    let (start, length) = ((locator & 0xffff) as u32, (locator >> 16) as u32);
    match field.access {
        Access::Plain => match field.bits {
            Some(bits) => bit_field(&field.ty, bits, place),
            None => decode(&field.ty, place, names),
        },
        // What is elsewhere in the process is not in a copy of the whole.
        Access::Through(_) => Value::None,
        Access::DataLoc => decode(&field.ty, clip(from(bytes, start), length), names),
        Access::RelLoc => {
            let start = field.offset.saturating_add(4).saturating_add(start);
            decode(&field.ty, clip(from(bytes, start), length), names)
        }
    }
}

fn bit_field<'a>(ty: &'a Ty, bits: ir::Bits, bytes: &[u8]) -> Value<'a> {
    let Some((width, sign)) = ty.scalar() else { return Value::None };
    let count = u32::from(bits.count).clamp(1, 64);
    let word = load(bytes, width).checked_shr(u32::from(bits.shift)).unwrap_or(0);
    let word = word & (u64::MAX >> (64 - count));
    let number = extend(word, count);
    match (ty, sign) {
        (Ty::Bool, _) => Value::Bool(word != 0),
        (Ty::Enum(shape), Sign::Signed) => enumeration(shape, number as u64),
        (Ty::Enum(shape), Sign::Unsigned) => enumeration(shape, word),
        (_, Sign::Signed) => Value::Int(number),
        (_, Sign::Unsigned) => Value::Uint(word),
    }
}

fn enumeration(shape: &Enum, word: u64) -> Value<'_> {
    let number = match shape.sign {
        Sign::Signed => extend(word, shape.width.bits()),
        Sign::Unsigned => word as i64,
    };
    let variant = shape.variants.iter().find(|(_, value)| *value == number);
    Value::Enum { number, name: variant.map(|(name, _)| name.as_str()) }
}

fn symbol(coded: Coded, number: u64, names: &dyn Names) -> Value<'_> {
    let unknown = || match coded {
        Coded::User | Coded::ControlGroup(_) => Cow::Owned(number.to_string()),
        Coded::Mac
        | Coded::Process
        | Coded::Site
        | Coded::SiteFunction
        | Coded::KernelSymbol => Cow::Owned(format!("0x{number:x}")),
    };
    Value::Symbol { number, text: names.name(coded, number).unwrap_or_else(unknown) }
}

fn from(bytes: &[u8], start: u32) -> &[u8] {
    bytes.get(start as usize..).unwrap_or_default()
}
