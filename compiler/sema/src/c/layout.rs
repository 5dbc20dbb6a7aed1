//! Where the members of a struct or union lie: the rules of the System V ABI for x86-64, with
//! gcc's attributes.

use ir::{Access, Field, Record, Ty, align_up};

/// No object of C is larger here.
pub(super) const LARGEST: u32 = 1 << 30;

/// One member.
#[derive(Debug, Clone)]
pub(super) struct Member {
    /// None for padding bits and for unnamed structs and unions.
    pub(super) name: Option<String>,
    pub(super) ty: Ty,
    /// Of its type, in bytes.
    pub(super) align: u32,
    /// How many bits, of a bit-field.
    pub(super) bits: Option<u32>,
    /// Whether it may lie anywhere.
    pub(super) packed: bool,
    /// What `aligned` asks for.
    pub(super) aligned: Option<u32>,
    /// The most that `#pragma pack` grants.
    pub(super) limit: Option<u32>,
}

/// A struct or a union.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Struct,
    Union,
}

/// Why there is no layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    TooLarge,
    /// The bits of this member lie in nine bytes.
    NoInteger(usize),
}

/// Lays a record out. `aligned` is its own attribute.
pub(super) fn layout(
    form: Form,
    name: Option<String>,
    members: &[Member],
    aligned: Option<u32>,
) -> Result<Record, Refusal> {
    let mut align = 1;
    let mut end = 0u64;
    let mut size = 0u64;
    let mut starts = Vec::with_capacity(members.len());
    for member in members {
        let from = if form == Form::Union { 0 } else { end };
        let start = place(member, from);
        align = align.max(wanted(member, from));
        end = start + u64::from(width(member));
        size = size.max(end.div_ceil(8));
        if size > u64::from(LARGEST) {
            return Err(Refusal::TooLarge);
        }
        starts.push(start as u32);
    }
    let align = align.max(aligned.unwrap_or(1));
    let size = align_up(size as u32, align);
    if size > LARGEST {
        return Err(Refusal::TooLarge);
    }
    let mut fields = Vec::new();
    for (index, (member, start)) in members.iter().zip(starts).enumerate() {
        add(&mut fields, member, start, size).ok_or(Refusal::NoInteger(index))?;
    }
    Ok(Record { name, fields, size, align })
}

/// In bits.
fn width(member: &Member) -> u32 {
    member.bits.unwrap_or_else(|| member.ty.size().saturating_mul(8))
}

/// The first bit of a member if nothing may lie before bit `from`.
fn place(member: &Member, from: u64) -> u64 {
    let limit = u64::from(member.limit.unwrap_or(u32::MAX)) * 8;
    let own = u64::from(member.align) * 8;
    let asked = u64::from(member.aligned.unwrap_or(0)) * 8;
    match member.bits {
        None if member.packed => from.next_multiple_of(asked.max(8).min(limit)),
        None => from.next_multiple_of(own.max(asked).min(limit)),
        // `: 0` ends the bits before it, packed or not.
        Some(0) => from.next_multiple_of(own.max(asked)),
        Some(count) => {
            let start = from.next_multiple_of(asked.max(1).min(limit));
            // A bit-field may touch no more units of its type than one value does; of a type
            // that is aligned to more than its size, none.
            let units = (start % own + u64::from(count)).div_ceil(own);
            let fits =
                is_integer(member, from) || units <= u64::from(member.ty.size()) * 8 / own;
            if member.packed || member.limit.is_some() || fits {
                start
            } else {
                start.next_multiple_of(own)
            }
        }
    }
}

/// The alignment, in bytes, that a member wants of its record if nothing may lie before bit
/// `from`.
fn wanted(member: &Member, from: u64) -> u32 {
    let limit = member.limit.unwrap_or(u32::MAX);
    let asked = member.aligned.unwrap_or(1).min(limit);
    let own = match (member.packed, member.limit, member.bits) {
        (true, None, _) | (true, _, None) => 1,
        (false, ..) | (true, Some(_), Some(_)) => member.align.min(limit),
    };
    match member.bits {
        Some(_) if member.name.is_none() => 1,
        Some(count) if is_integer(member, from) => own.max(asked).max(count / 8).min(limit),
        Some(_) | None => own.max(asked),
    }
}

/// Bits that are an integer where the member before them ends are taken for one.
const fn is_integer(member: &Member, from: u64) -> bool {
    match member.bits {
        Some(8) => from.is_multiple_of(8),
        Some(count @ (16 | 32 | 64)) => from.is_multiple_of(count as u64) && !member.packed,
        Some(_) | None => false,
    }
}

/// Adds the fields of a member that begins at bit `start`: its own, or, if it is unnamed, those
/// that it has.
fn add(fields: &mut Vec<Field>, member: &Member, start: u32, size: u32) -> Option<()> {
    let offset = start / 8;
    match (&member.name, member.bits, &member.ty) {
        (None, None, Ty::Record(inner)) => {
            let moved =
                |field: &Field| Field { offset: field.offset + offset, ..field.clone() };
            fields.extend(inner.fields.iter().map(moved));
        }
        (None, ..) => {}
        (Some(name), Some(count), ty) => {
            fields.push(Field::of_bits(name.clone(), ty.clone(), start, count, size)?);
        }
        (Some(name), None, ty) => fields.push(Field {
            name: name.clone(),
            ty: ty.clone(),
            offset,
            bits: None,
            access: Access::Plain,
        }),
    }
    Some(())
}
