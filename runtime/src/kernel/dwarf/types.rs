//! From types of DWARF to `ir::Ty`. What cannot be said is left out.

use std::sync::Arc;

use gimli::{AttributeValue, DwTag};
use ir::{Enum, Sign, Space, Ty, Width};

use super::{
    OF,
    reader::{Die, Reader},
    record,
};

/// How deeply types may contain each other.
pub(super) const DEPTH: u32 = 64;
/// No object is larger.
pub(super) const LARGEST: u64 = 1 << 30;

/// A type, and what it is to be aligned to.
#[derive(Debug, Clone)]
pub(super) struct Shape {
    pub(super) ty: Ty,
    pub(super) align: u32,
}

/// A type without typedefs and qualifiers.
pub(super) struct Bare<'d> {
    /// None for void.
    pub(super) die: Option<Die<'d>>,
    /// The name of the innermost typedef that was taken off.
    pub(super) alias: Option<String>,
}

pub(super) fn bare<'d>(reader: &Reader<'d>, die: Option<Die<'d>>) -> Option<Bare<'d>> {
    let mut bare = Bare { die, alias: None };
    for _ in 0..DEPTH {
        let Some(die) = &bare.die else { return Some(bare) };
        match die.tag() {
            gimli::DW_TAG_typedef => bare.alias = reader.name(die),
            gimli::DW_TAG_const_type
            | gimli::DW_TAG_volatile_type
            | gimli::DW_TAG_restrict_type
            | gimli::DW_TAG_atomic_type => {}
            gimli::DW_TAG_unspecified_type => return Some(Bare { die: None, ..bare }),
            _ => return Some(bare),
        }
        bare.die = reader.ty(die);
    }
    None
}

/// The type of a variable or parameter.
pub(super) fn of<'d>(reader: &Reader<'d>, die: &Die<'d>) -> Option<Ty> {
    Some(shape(reader, reader.ty(die), 0)?.ty)
}

pub(super) fn shape<'d>(
    reader: &Reader<'d>,
    die: Option<Die<'d>>,
    depth: u32,
) -> Option<Shape> {
    if depth > DEPTH {
        return None;
    }
    let bare = bare(reader, die)?;
    let Some(die) = &bare.die else { return Some(Shape { ty: Ty::Void, align: 1 }) };
    match die.tag() {
        gimli::DW_TAG_base_type => number(reader, die),
        gimli::DW_TAG_pointer_type
        | gimli::DW_TAG_reference_type
        | gimli::DW_TAG_rvalue_reference_type => {
            let to = pointee(reader, reader.ty(die), depth + 1).unwrap_or(Ty::Void);
            Some(Shape { ty: Ty::Ptr(Box::new(to), Space::User), align: 8 })
        }
        gimli::DW_TAG_subroutine_type => Some(address(Ty::Void)),
        gimli::DW_TAG_ptr_to_member_type => {
            let size = reader.number(die, gimli::DW_AT_byte_size).unwrap_or(8);
            words(u32::try_from(size).ok()?, Sign::Unsigned)
        }
        gimli::DW_TAG_array_type => array(reader, die, depth + 1),
        gimli::DW_TAG_enumeration_type => enumeration(reader, die, bare.alias),
        tag if is_record(tag) => record::shape(reader, (die, bare.alias), depth + 1),
        _ => None,
    }
}

pub(super) fn is_record(tag: DwTag) -> bool {
    matches!(
        tag,
        gimli::DW_TAG_structure_type | gimli::DW_TAG_class_type | gimli::DW_TAG_union_type
    )
}

fn address(to: Ty) -> Shape {
    Shape { ty: Ty::Ptr(Box::new(to), Space::User), align: 8 }
}

fn number<'d>(reader: &Reader<'d>, die: &Die<'d>) -> Option<Shape> {
    let size = u32::try_from(reader.number(die, gimli::DW_AT_byte_size)?).ok()?;
    let encoding = reader.attribute(die, gimli::DW_AT_encoding)?;
    let AttributeValue::Encoding(encoding) = encoding else { return None };
    match (encoding, size) {
        (gimli::DW_ATE_boolean, 1) => Some(Shape { ty: Ty::Bool, align: 1 }),
        (gimli::DW_ATE_signed | gimli::DW_ATE_signed_char, _) => words(size, Sign::Signed),
        _ => words(size, Sign::Unsigned),
    }
}

/// An integer; what is larger, or no integer, as its words.
fn words(size: u32, sign: Sign) -> Option<Shape> {
    if let Some(width) = Width::from_bytes(size) {
        return Some(Shape { ty: Ty::Int(width, sign), align: size });
    }
    let is_whole = size > 0 && size.is_multiple_of(8) && size <= 64;
    let word = Box::new(Ty::Int(Width::W64, sign));
    is_whole.then(|| Shape { ty: Ty::Array(word, size / 8), align: size.min(16) })
}

/// Structs are known by their names there, so that they may contain their own address.
fn pointee<'d>(reader: &Reader<'d>, die: Option<Die<'d>>, depth: u32) -> Option<Ty> {
    let bare = bare(reader, die.clone())?;
    let Some(target) = &bare.die else { return Some(Ty::Void) };
    if target.tag() == gimli::DW_TAG_subroutine_type {
        return Some(Ty::Void);
    }
    if !is_record(target.tag()) {
        return Some(shape(reader, die, depth)?.ty);
    }
    let word = if target.tag() == gimli::DW_TAG_union_type { "union" } else { "struct" };
    let name = match (reader.name(target), bare.alias) {
        (Some(name), _) => format!("{word} {name}"),
        (None, Some(alias)) => alias,
        (None, None) => return Some(shape(reader, die, depth)?.ty),
    };
    let name = registered(reader, name, target)?;
    Some(Ty::Opaque(format!("{name}{OF}{}", reader.path).into()))
}

/// Remembers where the type of `name` is. Another one of the same name gets a number after it:
/// namespaces and files may have their own.
fn registered<'d>(reader: &Reader<'d>, name: String, die: &Die<'d>) -> Option<String> {
    let place = die.place()?;
    for number in 1..100 {
        let name = if number == 1 { name.clone() } else { format!("{name}#{number}") };
        let key = (reader.path.to_owned(), name);
        let known = reader.places.borrow().get(&key).copied();
        let Some(known) = known else {
            let name = key.1.clone();
            reader.places.borrow_mut().insert(key, place);
            return Some(name);
        };
        if known == place || is_same(reader, known, place) {
            // A definition is better than a declaration.
            if reader.at(known).is_some_and(|die| is_declaration(reader, &die)) {
                reader.places.borrow_mut().insert(key.clone(), place);
            }
            return Some(key.1);
        }
    }
    None
}

/// Whether two entries of one name are the same type, told in two units.
fn is_same<'d>(reader: &Reader<'d>, one: usize, other: usize) -> bool {
    let (Some(one), Some(other)) = (reader.at(one), reader.at(other)) else { return false };
    let of = |die: &Die<'d>| {
        let number = |name| reader.number(die, name);
        (number(gimli::DW_AT_byte_size), number(gimli::DW_AT_decl_line))
    };
    is_declaration(reader, &one) || is_declaration(reader, &other) || of(&one) == of(&other)
}

fn is_declaration<'d>(reader: &Reader<'d>, die: &Die<'d>) -> bool {
    reader.is(die, gimli::DW_AT_declaration)
}

fn array<'d>(reader: &Reader<'d>, die: &Die<'d>, depth: u32) -> Option<Shape> {
    let item = reader.ty(die);
    let bare = bare(reader, item.clone())?.die?;
    let is_char =
        bare.tag() == gimli::DW_TAG_base_type && reader.name(&bare).as_deref() == Some("char");
    let mut shape = shape(reader, item, depth)?;
    let mut counts = counts(reader, die);
    if let (true, Some(count @ 1..)) = (is_char, counts.last().copied()) {
        counts.pop();
        shape.ty = Ty::Str(u32::try_from(count).ok()?);
    }
    for count in counts.into_iter().rev() {
        if u64::from(shape.ty.size()).checked_mul(count)? > LARGEST {
            return None;
        }
        shape.ty = Ty::Array(Box::new(shape.ty), u32::try_from(count).ok()?);
    }
    Some(shape)
}

/// How many elements each dimension has; none of one that is open.
pub(super) fn counts<'d>(reader: &Reader<'d>, die: &Die<'d>) -> Vec<u64> {
    let dimensions = reader.children(die).into_iter();
    let dimensions = dimensions.filter(|it| it.tag() == gimli::DW_TAG_subrange_type);
    let count = |it: Die<'d>| {
        let last = || Some(reader.number(&it, gimli::DW_AT_upper_bound)?.wrapping_add(1));
        reader.number(&it, gimli::DW_AT_count).or_else(last).unwrap_or(0)
    };
    dimensions.map(count).collect()
}

fn enumeration<'d>(reader: &Reader<'d>, die: &Die<'d>, alias: Option<String>) -> Option<Shape> {
    let size = reader.number(die, gimli::DW_AT_byte_size).unwrap_or(4);
    let width = Width::from_bytes(u32::try_from(size).ok()?)?;
    let all = reader.children(die).into_iter();
    let all = all.filter(|it| it.tag() == gimli::DW_TAG_enumerator);
    let variant = |it: Die<'d>| {
        let value = reader.attribute(&it, gimli::DW_AT_const_value)?;
        let value = value.sdata_value().or_else(|| value.udata_value().map(u64::cast_signed));
        Some((reader.name(&it)?, value?))
    };
    let variants: Vec<_> = all.filter_map(variant).collect();
    let negative = variants.iter().any(|(_, value)| *value < 0);
    let sign = if negative { Sign::Signed } else { Sign::Unsigned };
    let name = reader.name(die).or(alias).unwrap_or_default();
    let shape = Enum { name, width, sign, variants };
    Some(Shape { ty: Ty::Enum(Arc::new(shape)), align: width.bytes() })
}

/// The type of a name as C writes it.
pub(super) fn named(reader: &Reader<'_>, name: &str) -> Option<Ty> {
    let key = (reader.path.to_owned(), name.to_owned());
    let known = reader.places.borrow().get(&key).copied().and_then(|place| reader.at(place));
    let known = known.filter(|die| !is_declaration(reader, die));
    let (bare, alias) = match name.split_once(' ') {
        Some((_, bare)) => (bare.split('#').next().unwrap_or_default(), None),
        None => (name, Some(name.to_owned())),
    };
    let die = match known {
        Some(known) => known,
        None => defined(reader, name.split_once(' ').map(|(word, _)| word), bare)?,
    };
    if is_record(die.tag()) {
        return Some(record::shape(reader, (&die, alias), 0)?.ty);
    }
    Some(shape(reader, Some(die), 0)?.ty)
}

/// The first definition of a name in all units.
fn defined<'d>(reader: &Reader<'d>, word: Option<&str>, name: &str) -> Option<Die<'d>> {
    let fits = |tag: DwTag| match word {
        Some("struct") => {
            matches!(tag, gimli::DW_TAG_structure_type | gimli::DW_TAG_class_type)
        }
        Some("union") => tag == gimli::DW_TAG_union_type,
        Some("enum") => tag == gimli::DW_TAG_enumeration_type,
        Some(_) => false,
        None => matches!(tag, gimli::DW_TAG_typedef | gimli::DW_TAG_base_type),
    };
    reader.headers().iter().find_map(|header| {
        let unit = reader.unit(header)?;
        let root = reader.root(&unit)?;
        let mut scopes = vec![root];
        while let Some(scope) = scopes.pop() {
            for die in reader.children(&scope) {
                if die.tag() == gimli::DW_TAG_namespace {
                    scopes.push(die);
                } else if fits(die.tag())
                    && reader.name(&die).as_deref() == Some(name)
                    && !is_declaration(reader, &die)
                {
                    return Some(die);
                }
            }
        }
        None
    })
}
