//! Structs, classes and unions: members at their places; those of base classes and of unnamed
//! members as if they were the outer one's own.

use std::sync::Arc;

use ir::{Access, Field, Record, Ty};

use super::{
    reader::{Die, Reader},
    types::{self, DEPTH, LARGEST, Shape},
};

pub(super) fn shape<'d>(
    reader: &Reader<'d>,
    (die, alias): (&Die<'d>, Option<String>),
    depth: u32,
) -> Option<Shape> {
    let size = reader.number(die, gimli::DW_AT_byte_size)?;
    if depth > DEPTH || size > LARGEST {
        return None;
    }
    let is_union = die.tag() == gimli::DW_TAG_union_type;
    let name = match (reader.name(die), alias) {
        (Some(name), _) if is_union => Some(format!("union {name}")),
        (Some(name), _) => Some(format!("struct {name}")),
        (None, alias) => alias,
    };
    let mut members = Members { reader, size: size as u32, fields: Vec::new(), align: 1 };
    for child in reader.children(die) {
        // A member that can't be said is left out, and the others are as they are.
        match child.tag() {
            gimli::DW_TAG_variant_part => members.add_variants(&child, depth),
            _ => members.add(&child, depth),
        };
    }
    let align = if members.size.is_multiple_of(members.align) { members.align } else { 1 };
    let record = Record { name, fields: members.fields, size: members.size, align };
    Some(Shape { ty: Ty::Record(Arc::new(record)), align })
}

struct Members<'r, 'd> {
    reader: &'r Reader<'d>,
    /// Of the whole, in bytes.
    size: u32,
    fields: Vec<Field>,
    align: u32,
}

impl<'d> Members<'_, 'd> {
    fn add(&mut self, die: &Die<'d>, depth: u32) -> Option<()> {
        let reader = self.reader;
        let is_base = die.tag() == gimli::DW_TAG_inheritance;
        if !is_base && die.tag() != gimli::DW_TAG_member
            // One that all objects share is no part of any.
            || reader.is(die, gimli::DW_AT_external)
        {
            return None;
        }
        let shape = types::shape(reader, reader.ty(die), depth + 1)?;
        let name = reader.name(die).filter(|_| !is_base);
        let count = reader.number(die, gimli::DW_AT_bit_size).map(|it| it as u32);
        if let (Some(count), Some(name)) = (count, &name) {
            let start = self.first_bit(die, count)?;
            let field = Field::of_bits(name.clone(), shape.ty, start, count, self.size)?;
            self.fields.push(field);
            return Some(());
        }
        let offset = reader.number(die, gimli::DW_AT_data_member_location).unwrap_or(0);
        let offset = u32::try_from(offset).ok()?;
        if offset.checked_add(shape.ty.size())? > self.size {
            return None;
        }
        self.align = self.align.max(shape.align);
        match (name, shape.ty) {
            (Some(name), ty) => {
                self.push(Field { name, ty, offset, bits: None, access: Access::Plain });
            }
            (None, Ty::Record(inner)) => {
                for field in &inner.fields {
                    self.push(Field { offset: field.offset + offset, ..field.clone() });
                }
            }
            (None, _) => {}
        }
        Some(())
    }

    /// An enum of Rust: the number that tells which of its variants it is, as `tag`, and each of the
    /// variants by its name, of which only that one has a meaning.
    fn add_variants(&mut self, part: &Die<'d>, depth: u32) -> Option<()> {
        let reader = self.reader;
        for child in reader.children(part) {
            if child.tag() == gimli::DW_TAG_variant {
                for member in reader.children(&child) {
                    self.add(&member, depth);
                }
            } else if child.tag() == gimli::DW_TAG_member {
                let ty = types::shape(reader, reader.ty(&child), depth + 1)?.ty;
                let offset = reader.number(&child, gimli::DW_AT_data_member_location)?;
                let offset = u32::try_from(offset).ok()?;
                let ends = offset.checked_add(ty.size())?;
                if ends <= self.size {
                    let name = "tag".to_owned();
                    self.push(Field { name, ty, offset, bits: None, access: Access::Plain });
                }
            }
        }
        Some(())
    }

    /// A name of the class itself hides that of its base, whichever comes first.
    fn push(&mut self, field: Field) {
        self.fields.retain(|known| known.name != field.name);
        self.fields.push(field);
    }

    /// From the start of the record. Before version 5 bits were counted from the other end of the
    /// integer that holds them.
    fn first_bit(&self, die: &Die<'d>, count: u32) -> Option<u32> {
        let number = |name| self.reader.number(die, name);
        if let Some(start) = number(gimli::DW_AT_data_bit_offset) {
            return u32::try_from(start).ok();
        }
        let from_top = u32::try_from(number(gimli::DW_AT_bit_offset)?).ok()?;
        let offset = u32::try_from(number(gimli::DW_AT_data_member_location)?).ok()?;
        let holder = match number(gimli::DW_AT_byte_size) {
            Some(size) => size as u32,
            None => types::of(self.reader, die)?.size(),
        };
        (offset * 8 + holder * 8).checked_sub(from_top + count)
    }
}
