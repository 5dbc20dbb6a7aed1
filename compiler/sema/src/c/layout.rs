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
        let start = place(member, if form == Form::Union { 0 } else { end });
        align = align.max(wanted(member, start));
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
    let own = u64::from(member.align) * 8;
    let asked = u64::from(member.aligned.unwrap_or(0)) * 8;
    match member.bits {
        None if member.packed => from.next_multiple_of(asked.max(8)),
        None => from.next_multiple_of(own.max(asked)),
        // `: 0` ends the bits before it, packed or not.
        Some(0) => from.next_multiple_of(own.max(asked)),
        Some(count) => {
            let start = from.next_multiple_of(asked.max(1));
            // A bit-field may touch no more units of its type than one value does.
            let units = (start % own + u64::from(count)).div_ceil(own);
            let fits = units <= (u64::from(member.ty.size()) * 8).div_ceil(own);
            if member.packed || fits { start } else { start.next_multiple_of(own) }
        }
    }
}

/// The alignment, in bytes, that a member wants of its record.
fn wanted(member: &Member, start: u64) -> u32 {
    let asked = member.aligned.unwrap_or(1);
    let own = if member.packed { 1 } else { member.align };
    match member.bits {
        Some(_) if member.name.is_none() => 1,
        // Bits that are an integer where they lie are taken for one.
        Some(count @ (8 | 16 | 32 | 64))
            if start.is_multiple_of(u64::from(count)) && !(member.packed && count > 8) =>
        {
            own.max(asked).max(count / 8)
        }
        Some(_) | None => own.max(asked),
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
