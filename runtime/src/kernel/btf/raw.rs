//! The bytes of BTF taken apart: header, strings, type records (`include/uapi/linux/btf.h`).
//! It knows where things are and how long they are, not what they mean.

use std::ops::Range;

const MAGIC: u32 = 0xEB9F;
const VERSION: u32 = 1;
/// `struct btf_type`: `name_off`, `info`, and `size` or `type`.
const HEAD: usize = 12;

/// The kinds of records, by their numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RawKind {
    Int,
    Pointer,
    Array,
    Struct,
    Union,
    Enum,
    Forward,
    Typedef,
    Volatile,
    Const,
    Restrict,
    Function,
    Prototype,
    Variable,
    Section,
    Float,
    DeclarationTag,
    TypeTag,
    Enum64,
}

const KINDS: [RawKind; 19] = [
    RawKind::Int,
    RawKind::Pointer,
    RawKind::Array,
    RawKind::Struct,
    RawKind::Union,
    RawKind::Enum,
    RawKind::Forward,
    RawKind::Typedef,
    RawKind::Volatile,
    RawKind::Const,
    RawKind::Restrict,
    RawKind::Function,
    RawKind::Prototype,
    RawKind::Variable,
    RawKind::Section,
    RawKind::Float,
    RawKind::DeclarationTag,
    RawKind::TypeTag,
    RawKind::Enum64,
];

/// Where types and strings are.
#[derive(Debug, Clone)]
pub(super) struct Sections {
    pub(super) types: Range<usize>,
    pub(super) strings: Range<usize>,
}

impl Sections {
    /// Reads the header; none if it isn't one of this machine's byte order, or points outside.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        let word = |at| word(bytes, at).map(|word| word as usize);
        let first = word(0)? as u32;
        if first & 0xffff != MAGIC || first >> 16 & 0xff != VERSION {
            return None;
        }
        let header = word(4)?;
        let section = |offset: usize, length: usize| {
            let start = header.checked_add(word(offset)?)?;
            let end = start.checked_add(word(length)?)?;
            (start >= 24 && end <= bytes.len()).then_some(start..end)
        };
        Some(Self { types: section(8, 12)?, strings: section(16, 20)? })
    }
}

/// The little-endian word at byte `at`.
pub(super) fn word(bytes: &[u8], at: usize) -> Option<u32> {
    let word = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes(word.try_into().ok()?))
}

/// One type.
#[derive(Debug, Clone, Copy)]
pub(super) struct Raw<'btf> {
    /// Where its name is among the strings; 0 for none.
    pub(super) name: u32,
    pub(super) kind: RawKind,
    /// `kind_flag`, whose meaning depends on the kind.
    pub(super) flag: bool,
    /// Size in bytes, or the number of another type.
    pub(super) size_or_type: u32,
    /// What follows the head.
    rest: &'btf [u8],
}

impl<'btf> Raw<'btf> {
    /// The record at byte `at` of the section of types, and where the next one begins.
    pub(super) fn read(types: &'btf [u8], at: usize) -> Option<(Self, usize)> {
        let head = types.get(at..at.checked_add(HEAD)?)?;
        let (name, info, size_or_type) = (word(head, 0)?, word(head, 4)?, word(head, 8)?);
        let kind = *KINDS.get((info >> 24 & 0x1f).checked_sub(1)? as usize)?;
        let count = (info & 0xffff) as usize;
        let start = at + HEAD;
        let end = start.checked_add(length(kind, count))?;
        let rest = types.get(start..end)?;
        Some((Self { name, kind, flag: info >> 31 == 1, size_or_type, rest }, end))
    }

    /// Word `index` of what follows the head.
    pub(super) fn word(&self, index: usize) -> Option<u32> {
        word(self.rest, index.checked_mul(4)?)
    }

    /// What follows the head, in groups of `N` words.
    pub(super) fn groups<const N: usize>(&self) -> impl Iterator<Item = [u32; N]> + 'btf {
        self.rest.chunks_exact(N * 4).map(|group| {
            std::array::from_fn(|index| word(group, index * 4).unwrap_or_default())
        })
    }

    /// Names and values of an enum.
    pub(super) fn enumerators(&self) -> Vec<(u32, i64)> {
        let signed = self.flag;
        match self.kind {
            RawKind::Enum => {
                let value = |value: u32| {
                    if signed { i64::from(value.cast_signed()) } else { i64::from(value) }
                };
                self.groups().map(|[name, bits]| (name, value(bits))).collect()
            }
            RawKind::Enum64 => {
                let value = |low: u32, high: u32| i64::from(low) | i64::from(high) << 32;
                self.groups().map(|[name, low, high]| (name, value(low, high))).collect()
            }
            RawKind::Int
            | RawKind::Pointer
            | RawKind::Array
            | RawKind::Struct
            | RawKind::Union
            | RawKind::Forward
            | RawKind::Typedef
            | RawKind::Volatile
            | RawKind::Const
            | RawKind::Restrict
            | RawKind::Function
            | RawKind::Prototype
            | RawKind::Variable
            | RawKind::Section
            | RawKind::Float
            | RawKind::DeclarationTag
            | RawKind::TypeTag => Vec::new(),
        }
    }
}

/// Bytes that follow the head.
const fn length(kind: RawKind, count: usize) -> usize {
    match kind {
        RawKind::Int | RawKind::Variable | RawKind::DeclarationTag => 4,
        RawKind::Array => 12,
        RawKind::Struct | RawKind::Union | RawKind::Section | RawKind::Enum64 => count * 12,
        RawKind::Enum | RawKind::Prototype => count * 8,
        RawKind::Pointer
        | RawKind::Forward
        | RawKind::Typedef
        | RawKind::Volatile
        | RawKind::Const
        | RawKind::Restrict
        | RawKind::Function
        | RawKind::Float
        | RawKind::TypeTag => 0,
    }
}
