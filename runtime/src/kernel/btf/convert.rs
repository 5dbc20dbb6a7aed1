//! From records of BTF to `ir::Ty`. What makes no sense (a struct that contains itself, a field
//! outside of its struct, a number of no type) gives none.

mod record;

use std::sync::Arc;

use ir::{Enum, Sign, Space, Ty, Width};

use super::{
    Btf, Prototype,
    raw::{Raw, RawKind},
};

/// How deeply types may contain each other: the kernel's reach 15.
const DEPTH: u32 = 64;
/// No object of C is larger here.
const LARGEST: u32 = 1 << 30;

/// A type, and what it is to be aligned to.
#[derive(Debug, Clone)]
struct Shape {
    ty: Ty,
    align: u32,
}

impl Shape {
    const fn int(width: Width, sign: Sign) -> Self {
        Self { ty: Ty::Int(width, sign), align: width.bytes() }
    }

    const fn void() -> Self {
        Self { ty: Ty::Void, align: 1 }
    }
}

/// A type without typedefs, qualifiers and tags.
#[derive(Debug, Clone, Copy)]
struct Bare<'btf> {
    id: u32,
    /// None for void.
    raw: Option<Raw<'btf>>,
    /// The name of the innermost typedef that was taken off.
    alias: Option<u32>,
    /// What a tag says about the memory in which such a thing lies.
    space: Space,
}

/// The type with number `id`.
pub(super) fn ty(btf: &Btf, id: u32) -> Option<Ty> {
    shape(btf, id, 0).map(|shape| shape.ty)
}

/// What a function, or the prototype itself, takes and gives.
pub(super) fn prototype(btf: &Btf, id: u32) -> Option<Prototype> {
    let mut raw = btf.raw(id)?;
    if raw.kind == RawKind::Function {
        raw = btf.raw(raw.size_or_type)?;
    }
    if raw.kind != RawKind::Prototype {
        return None;
    }
    let returns = ty(btf, raw.size_or_type)?;
    let mut parameters: Vec<[u32; 2]> = raw.groups().collect();
    let variadic = parameters.pop_if(|last| *last == [0, 0]).is_some();
    let parameter = |[name, id]: [u32; 2]| {
        let name = btf.string(name)?.to_owned();
        Some((name, ty(btf, id)?))
    };
    let parameters = parameters.into_iter().map(parameter).collect::<Option<_>>()?;
    Some(Prototype { parameters, variadic, returns })
}

/// The prototype that `id` points to.
pub(super) fn pointed_prototype(btf: &Btf, id: u32) -> Option<Prototype> {
    let pointer = bare(btf, id)?.raw?;
    let target = (pointer.kind == RawKind::Pointer).then_some(pointer.size_or_type)?;
    prototype(btf, bare(btf, target)?.id)
}

fn bare(btf: &Btf, id: u32) -> Option<Bare<'_>> {
    let mut bare = Bare { id, raw: None, alias: None, space: Space::Unknown };
    for _ in 0..DEPTH {
        if bare.id == 0 {
            return Some(bare);
        }
        let raw = btf.raw(bare.id)?;
        match raw.kind {
            RawKind::Typedef => bare.alias = Some(raw.name),
            RawKind::TypeTag => match btf.string(raw.name)? {
                "user" => bare.space = Space::User,
                "percpu" => bare.space = Space::PerCpu,
                _ => {}
            },
            RawKind::Volatile | RawKind::Const | RawKind::Restrict | RawKind::Variable => {}
            RawKind::Int
            | RawKind::Pointer
            | RawKind::Array
            | RawKind::Struct
            | RawKind::Union
            | RawKind::Enum
            | RawKind::Enum64
            | RawKind::Forward
            | RawKind::Function
            | RawKind::Prototype
            | RawKind::Section
            | RawKind::Float
            | RawKind::DeclarationTag => return Some(Bare { raw: Some(raw), ..bare }),
        }
        bare.id = raw.size_or_type;
    }
    None
}

fn shape(btf: &Btf, id: u32, depth: u32) -> Option<Shape> {
    of_bare(btf, &bare(btf, id)?, depth)
}

fn of_bare(btf: &Btf, bare: &Bare<'_>, depth: u32) -> Option<Shape> {
    if depth > DEPTH {
        return None;
    }
    let Some(raw) = &bare.raw else { return Some(Shape::void()) };
    match raw.kind {
        RawKind::Int => integer(raw),
        RawKind::Float => float(raw.size_or_type),
        RawKind::Pointer => {
            let (to, space) = pointee(btf, raw.size_or_type, depth + 1)?;
            Some(Shape { ty: Ty::Ptr(Box::new(to), space), align: 8 })
        }
        RawKind::Array => array(btf, raw, depth + 1),
        RawKind::Struct | RawKind::Union => record::shape(btf, bare, raw, depth + 1),
        RawKind::Enum | RawKind::Enum64 => enumeration(btf, raw, bare.alias),
        RawKind::Forward => Some(Shape { ty: forward(btf, raw)?, align: 1 }),
        // What can only be pointed to.
        RawKind::Function | RawKind::Prototype => {
            Some(Shape { ty: Ty::Ptr(Box::new(Ty::Void), Space::Unknown), align: 8 })
        }
        RawKind::Typedef
        | RawKind::Volatile
        | RawKind::Const
        | RawKind::Restrict
        | RawKind::Variable
        | RawKind::Section
        | RawKind::DeclarationTag
        | RawKind::TypeTag => None,
    }
}

/// `BTF_INT_SIGNED` and `BTF_INT_BOOL`
const SIGNED: u32 = 1;
const BOOL: u32 = 4;

fn integer(raw: &Raw<'_>) -> Option<Shape> {
    let encoding = raw.word(0)? >> 24;
    let sign = if encoding & SIGNED == 0 { Sign::Unsigned } else { Sign::Signed };
    match raw.size_or_type {
        1 if encoding & BOOL != 0 => Some(Shape { ty: Ty::Bool, align: 1 }),
        // `__int128` is two words to us.
        16 => {
            let word = Ty::Int(Width::W64, sign);
            Some(Shape { ty: Ty::Array(Box::new(word), 2), align: 16 })
        }
        size => Some(Shape::int(Width::from_bytes(size)?, sign)),
    }
}

/// The language has no such numbers: their bits in words.
fn float(size: u32) -> Option<Shape> {
    let width = Width::from_bytes(size).unwrap_or(Width::W64);
    if size == 0 || !size.is_multiple_of(width.bytes()) || size > 32 {
        return None;
    }
    let count = size / width.bytes();
    let ty = Ty::Array(Box::new(Ty::Int(width, Sign::Unsigned)), count);
    Some(Shape { ty, align: size.next_power_of_two().min(16) })
}

/// Structs are known by their names there, so that they may contain their own address.
fn pointee(btf: &Btf, id: u32, depth: u32) -> Option<(Ty, Space)> {
    let bare = bare(btf, id)?;
    let Some(raw) = &bare.raw else { return Some((Ty::Void, bare.space)) };
    let ty = match raw.kind {
        RawKind::Function | RawKind::Prototype => Ty::Void,
        RawKind::Struct | RawKind::Union => match (btf.string(raw.name)?, bare.alias) {
            ("", Some(alias)) => Ty::Opaque(btf.string(alias)?.into()),
            ("", None) => of_bare(btf, &bare, depth)?.ty,
            (name, _) => opaque(raw.kind == RawKind::Union, name),
        },
        RawKind::Int
        | RawKind::Pointer
        | RawKind::Array
        | RawKind::Enum
        | RawKind::Enum64
        | RawKind::Forward
        | RawKind::Typedef
        | RawKind::Volatile
        | RawKind::Const
        | RawKind::Restrict
        | RawKind::Variable
        | RawKind::Section
        | RawKind::Float
        | RawKind::DeclarationTag
        | RawKind::TypeTag => of_bare(btf, &bare, depth)?.ty,
    };
    Some((ty, bare.space))
}

/// A struct whose members this BTF doesn't tell.
fn forward(btf: &Btf, raw: &Raw<'_>) -> Option<Ty> {
    Some(opaque(raw.flag, btf.string(raw.name)?))
}

fn opaque(union: bool, name: &str) -> Ty {
    let word = if union { "union" } else { "struct" };
    Ty::Opaque(format!("{word} {name}").into())
}

fn array(btf: &Btf, raw: &Raw<'_>, depth: u32) -> Option<Shape> {
    // struct btf_array: type, index_type, nelems.
    let (id, count) = (raw.word(0)?, raw.word(2)?);
    let bare = bare(btf, id)?;
    let item = of_bare(btf, &bare, depth)?;
    if item.ty.size().checked_mul(count)? > LARGEST {
        return None;
    }
    let is_char = match &bare.raw {
        Some(of) if of.kind == RawKind::Int => btf.string(of.name)? == "char",
        Some(_) | None => false,
    };
    let ty = match (is_char, count) {
        (true, 1..) => Ty::Str(count),
        // The bytes behind a struct: as long as they are.
        (true, 0) | (false, _) => Ty::Array(Box::new(item.ty), count),
    };
    Some(Shape { ty, align: item.align })
}

fn enumeration(btf: &Btf, raw: &Raw<'_>, alias: Option<u32>) -> Option<Shape> {
    let width = Width::from_bytes(raw.size_or_type)?;
    let sign = if raw.flag { Sign::Signed } else { Sign::Unsigned };
    let name = if raw.name == 0 { alias.unwrap_or(0) } else { raw.name };
    let variant = |(name, value)| Some((btf.string(name)?.to_owned(), value));
    let variants = raw.enumerators().into_iter().map(variant).collect::<Option<_>>()?;
    let shape = Enum { name: btf.string(name)?.to_owned(), width, sign, variants };
    Some(Shape { ty: Ty::Enum(Arc::new(shape)), align: width.bytes() })
}
