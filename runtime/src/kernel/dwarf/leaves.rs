//! The plain values that a type is made of, which is what calling conventions look at.

use gimli::AttributeValue;

use super::{
    reader::{Die, Reader},
    types::{self, DEPTH, LARGEST},
};

/// An integer, an address or a floating-point number inside of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Leaf {
    /// Where it is in the value.
    pub(super) at: u32,
    pub(super) size: u32,
    pub(super) float: bool,
}

/// How a value is passed, as far as its type tells.
#[derive(Debug, Clone, Default)]
pub(super) struct Layout {
    /// In bytes.
    pub(super) size: u32,
    pub(super) align: u32,
    pub(super) leaves: Vec<Leaf>,
    /// It has a copy constructor, or the like, and is passed by its address.
    pub(super) by_address: bool,
    /// Its content depends on a variant: the leaves are not all.
    pub(super) variants: bool,
    /// An array of several is in it.
    pub(super) arrays: bool,
}

/// No convention looks at more.
const MOST: usize = 64;

pub(super) fn layout<'d>(reader: &Reader<'d>, die: Option<Die<'d>>) -> Option<Layout> {
    let mut layout = Layout { align: 1, ..Layout::default() };
    layout.size = add(reader, die, 0, &mut layout, 0)?;
    layout.leaves.sort_by_key(|leaf| leaf.at);
    Some(layout)
}

/// Adds what is in a value at byte `at`; gives its size.
fn add<'d>(
    reader: &Reader<'d>,
    die: Option<Die<'d>>,
    at: u32,
    layout: &mut Layout,
    depth: u32,
) -> Option<u32> {
    if depth > DEPTH {
        return None;
    }
    let Some(die) = types::bare(reader, die)?.die else { return Some(0) };
    if types::is_record(die.tag()) {
        return record(reader, &die, at, layout, depth);
    }
    if die.tag() == gimli::DW_TAG_array_type {
        return array(reader, &die, at, layout, depth);
    }
    let size = match reader.number(&die, gimli::DW_AT_byte_size) {
        Some(size) => u32::try_from(size).ok()?,
        None if die.tag() == gimli::DW_TAG_enumeration_type => 4,
        None => 8,
    };
    let encoding = reader.attribute(&die, gimli::DW_AT_encoding);
    let float = matches!(
        encoding,
        Some(AttributeValue::Encoding(gimli::DW_ATE_float | gimli::DW_ATE_complex_float))
    );
    layout.align = layout.align.max(size.next_power_of_two().min(16));
    if layout.leaves.len() < MOST {
        layout.leaves.push(Leaf { at, size, float });
    }
    Some(size)
}

fn record<'d>(
    reader: &Reader<'d>,
    die: &Die<'d>,
    at: u32,
    layout: &mut Layout,
    depth: u32,
) -> Option<u32> {
    let size = reader.number(die, gimli::DW_AT_byte_size)?;
    if size > LARGEST {
        return None;
    }
    let way = reader.attribute(die, gimli::DW_AT_calling_convention);
    layout.by_address |=
        matches!(way, Some(AttributeValue::CallingConvention(gimli::DW_CC_pass_by_reference)));
    for member in reader.children(die) {
        match member.tag() {
            gimli::DW_TAG_variant_part => layout.variants = true,
            gimli::DW_TAG_subprogram => layout.by_address |= is_copied(reader, die, &member),
            gimli::DW_TAG_member | gimli::DW_TAG_inheritance
                if !reader.is(&member, gimli::DW_AT_external) =>
            {
                let place = reader.number(&member, gimli::DW_AT_data_member_location);
                let bit = reader.number(&member, gimli::DW_AT_data_bit_offset);
                let offset = place.or(bit.map(|bit| bit / 8)).unwrap_or(0);
                let ty = reader.ty(&member);
                add(reader, ty, at + u32::try_from(offset).ok()?, layout, depth + 1)?;
            }
            _ => {}
        }
    }
    u32::try_from(size).ok()
}

/// Whether a function of a class makes its objects be passed by address: a constructor that copies
/// or moves, or a destructor, unless the compiler made it.
fn is_copied<'d>(reader: &Reader<'d>, class: &Die<'d>, function: &Die<'d>) -> bool {
    let made_or_gone = [gimli::DW_AT_defaulted, gimli::DW_AT_deleted];
    let (Some(class_name), Some(name)) = (reader.name(class), reader.name(function)) else {
        return false;
    };
    if made_or_gone.iter().any(|it| function.entry.has_attr(*it)) {
        return false;
    }
    if name.strip_prefix('~') == Some(&class_name) {
        return true;
    }
    // Of a template, `Box<int>`, the constructor is called `Box`.
    let takes: Vec<_> = reader
        .children(function)
        .into_iter()
        .filter(|it| it.tag() == gimli::DW_TAG_formal_parameter)
        .filter(|it| !reader.is(it, gimli::DW_AT_artificial))
        .filter_map(|it| reader.ty(&it))
        .collect();
    let [taken] = takes.as_slice() else { return false };
    let is_reference = matches!(
        taken.tag(),
        gimli::DW_TAG_reference_type | gimli::DW_TAG_rvalue_reference_type
    );
    let of = types::bare(reader, reader.ty(taken)).and_then(|bare| bare.die);
    let itself = of.is_some_and(|of| of.place() == class.place());
    is_reference && itself && class_name.split('<').next() == Some(&name)
}

fn array<'d>(
    reader: &Reader<'d>,
    die: &Die<'d>,
    at: u32,
    layout: &mut Layout,
    depth: u32,
) -> Option<u32> {
    let count: u64 = types::counts(reader, die).into_iter().product();
    let count = u32::try_from(count).ok()?;
    layout.arrays |= count > 1;
    if count == 0 {
        return Some(0);
    }
    let mut offset = at;
    let size = add(reader, reader.ty(die), offset, layout, depth + 1)?;
    for _ in 1..count.min(MOST as u32) {
        offset = offset.checked_add(size)?;
        add(reader, reader.ty(die), offset, layout, depth + 1)?;
    }
    size.checked_mul(count)
}
