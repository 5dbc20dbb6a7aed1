//! Structs and unions: members at their places, those of unnamed members as if they were the
//! outer one's own, as C looks names up.

use std::sync::Arc;

use ir::{Access, Field, Record, Sign, Ty, Width};

use super::{Bare, LARGEST, Shape, bare};
use crate::kernel::btf::{
    Btf, Decoded,
    raw::{Raw, RawKind},
};

/// No struct of C has more members; a garbled one could.
const MOST_FIELDS: usize = 1 << 16;

pub(super) fn shape(btf: &Btf, bare: &Bare<'_>, raw: &Raw<'_>, depth: u32) -> Option<Shape> {
    let decoded = decoded(btf, bare, raw, depth)?;
    Some(Shape { align: decoded.align, ty: Ty::Record(decoded.record) })
}

/// Each is decoded once. One that is asked for while it is being decoded contains itself, which
/// only garbled ones do.
fn decoded(btf: &Btf, bare: &Bare<'_>, raw: &Raw<'_>, depth: u32) -> Option<Decoded> {
    let alias = if raw.name == 0 { bare.alias } else { None };
    let key = (bare.id, alias);
    if let Some(known) = btf.records.borrow().get(&key) {
        return known.clone();
    }
    btf.records.borrow_mut().insert(key, None);
    let name = match (btf.string(raw.name)?, alias, raw.kind == RawKind::Union) {
        ("", Some(alias), _) => Some(btf.string(alias)?.to_owned()),
        ("", None, _) => None,
        (name, _, true) => Some(format!("union {name}")),
        (name, _, false) => Some(format!("struct {name}")),
    };
    let size = raw.size_or_type;
    let mut members = Members { btf, size, fields: Vec::new(), align: 1, packed: false };
    if size > LARGEST {
        return None;
    }
    for [name, id, offset] in raw.groups() {
        members.add(name, id, place(raw, offset), depth)?;
    }
    let align =
        if members.packed || !size.is_multiple_of(members.align) { 1 } else { members.align };
    let record = Arc::new(Record { name, fields: members.fields, size, align });
    let decoded = Decoded { record, align };
    btf.records.borrow_mut().insert(key, Some(decoded.clone()));
    Some(decoded)
}

/// Where a member is.
#[derive(Debug, Clone, Copy)]
struct Place {
    /// Its first bit.
    start: u32,
    /// Its bits, or 0 if it isn't a bit-field.
    count: u32,
}

const fn place(raw: &Raw<'_>, offset: u32) -> Place {
    if raw.flag {
        Place { start: offset & 0xff_ffff, count: offset >> 24 }
    } else {
        Place { start: offset, count: 0 }
    }
}

struct Members<'btf> {
    btf: &'btf Btf,
    /// Of the whole, in bytes.
    size: u32,
    fields: Vec<Field>,
    align: u32,
    packed: bool,
}

impl Members<'_> {
    fn add(&mut self, name: u32, id: u32, place: Place, depth: u32) -> Option<()> {
        let bare = bare(self.btf, id)?;
        let place = within_integer(&bare, place);
        let shape = super::of_bare(self.btf, &bare, depth)?;
        self.align = self.align.max(shape.align);
        let name = self.btf.string(name)?;
        let offset = place.start / 8;
        if place.count > 0 {
            if !name.is_empty() {
                self.fields.push(self.bits(name, shape.ty, place)?);
            }
        } else if !place.start.is_multiple_of(8)
            || offset.checked_add(shape.ty.size())? > self.size
        {
            return None;
        } else {
            self.packed |= !offset.is_multiple_of(shape.align);
            if let (Ty::Record(inner), "") = (&shape.ty, name) {
                self.flatten(inner, offset)?;
            } else {
                self.fields.push(plain(name, shape.ty, offset));
            }
        }
        (self.fields.len() <= MOST_FIELDS).then_some(())
    }

    fn bits(&self, name: &str, ty: Ty, place: Place) -> Option<Field> {
        if place.start.checked_add(place.count)?.div_ceil(8) > self.size {
            return None;
        }
        let field = Field::of_bits(name.to_owned(), ty, place.start, place.count, self.size);
        field.or_else(|| {
            // Packed bits that no integer holds: the bytes they are in.
            let (start, end) = (place.start / 8, (place.start + place.count).div_ceil(8));
            let byte = Ty::Int(Width::W8, Sign::Unsigned);
            Some(plain(name, Ty::Array(Box::new(byte), end - start), start))
        })
    }

    fn flatten(&mut self, inner: &Record, offset: u32) -> Option<()> {
        for field in &inner.fields {
            if self.fields.len() > MOST_FIELDS {
                return None;
            }
            let offset = field.offset.checked_add(offset)?;
            self.fields.push(Field { offset, ..field.clone() });
        }
        Some(())
    }
}

fn plain(name: &str, ty: Ty, offset: u32) -> Field {
    Field { name: name.to_owned(), ty, offset, bits: None, access: Access::Plain }
}

/// Before `kind_flag` a bit-field's type was an integer of fewer bits than its bytes have.
fn within_integer(bare: &Bare<'_>, place: Place) -> Place {
    let Some(raw) = bare.raw.filter(|raw| raw.kind == RawKind::Int && place.count == 0) else {
        return place;
    };
    let encoding = raw.word(0).unwrap_or_default();
    let (count, skipped) = (encoding & 0xff, encoding >> 16 & 0xff);
    if count == raw.size_or_type.saturating_mul(8) {
        return place;
    }
    Place { start: place.start.saturating_add(skipped), count }
}
