//! How types combine: the smallest type that holds the values of two.

use ir::{Access, Coded, Field, Packed, Record, Reduce, Sign, Space, Ty, Width};
use stdlib::Clock;

/// A type as it was seen in one use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) ty: Ty,
    /// Whether all that is known of it are literals that are not negative, which fit a signed and
    /// an unsigned integer alike.
    pub(crate) flexible: bool,
    /// Of which clock it is a moment, where that is known.
    pub(crate) clock: Option<Clock>,
}

impl Seen {
    pub(crate) const fn fixed(ty: Ty) -> Self {
        Self { ty, flexible: false, clock: None }
    }
}

/// The type of an integer literal: the smallest signed one that holds it, else `uint64`.
pub(crate) fn of_literal(value: u64) -> Ty {
    let width = match value {
        0..=0x7f => Width::W8,
        0x80..=0x7fff => Width::W16,
        0x8000..=0x7fff_ffff => Width::W32,
        0x8000_0000..=0x7fff_ffff_ffff_ffff => Width::W64,
        _ => return Ty::U64,
    };
    Ty::Int(width, Sign::Signed)
}

/// Whether this is the name of what an aggregation keeps, which only maps hold.
pub(crate) fn is_of_maps(name: &str) -> bool {
    #[rustfmt::skip]
    let names = [
        "avg_t", "count_t", "hist_t", "lhist_t", "max_t", "min_t", "stats_t", "sum_t", "tseries_t",
        "uavg_t", "umax_t", "umin_t", "ustats_t", "usum_t",
    ];
    names.contains(&name)
}

/// The type of a negative literal.
pub(crate) fn of_negative(value: i64) -> Ty {
    let width = match value {
        -0x80..=0 => Width::W8,
        -0x8000..=-0x81 => Width::W16,
        -0x8000_0000..=-0x8001 => Width::W32,
        _ => Width::W64,
    };
    Ty::Int(width, Sign::Signed)
}

/// The type of a constant: the smallest signed one that holds it.
pub(crate) fn of_value(value: i64) -> Ty {
    if value < 0 { of_negative(value) } else { of_literal(value.cast_unsigned()) }
}

/// Whether an integer of this type can have that value.
pub(crate) fn holds(width: Width, sign: Sign, value: i64) -> bool {
    let bits = width.bits();
    match sign {
        _ if bits == 64 => true,
        Sign::Unsigned => (0..1 << bits).contains(&value),
        Sign::Signed => (-(1 << (bits - 1))..1 << (bits - 1)).contains(&value),
    }
}

/// The smallest type for values of both, if there is one.
pub(crate) fn join(a: &Seen, b: &Seen) -> Option<Seen> {
    let clock = join_clocks(a.clock, b.clock);
    if a.ty == b.ty {
        return Some(Seen { ty: a.ty.clone(), flexible: a.flexible && b.flexible, clock });
    }
    let ty = match (&a.ty, &b.ty) {
        (Ty::Int(width_a, sign_a), Ty::Int(width_b, sign_b)) => {
            let width = *width_a.max(width_b);
            let ty = match (a.flexible, b.flexible) {
                (true, true) => {
                    Ty::Int(width, if sign_a == sign_b { *sign_a } else { Sign::Unsigned })
                }
                (true, false) => Ty::Int(width, *sign_b),
                (false, true) => Ty::Int(width, *sign_a),
                (false, false) => join_ints((*width_a, *sign_a), (*width_b, *sign_b)),
            };
            return Some(Seen { ty, flexible: a.flexible && b.flexible, clock });
        }
        (Ty::Bool, Ty::Int(..)) => b.ty.clone(),
        (Ty::Int(..), Ty::Bool) => a.ty.clone(),
        (Ty::Enum(shape), Ty::Int(width, sign)) | (Ty::Int(width, sign), Ty::Enum(shape)) => {
            join_ints((shape.width, shape.sign), (*width, *sign))
        }
        (Ty::Str(a), Ty::Str(b)) => Ty::Str(*a.max(b)),
        (Ty::Bytes(a), Ty::Bytes(b)) => Ty::Bytes(*a.max(b)),
        (Ty::Coded(Coded::Site), Ty::Str(size)) | (Ty::Str(size), Ty::Coded(Coded::Site)) => {
            Ty::Str(*size)
        }
        (Ty::Coded(Coded::KernelSymbol), Ty::Int(..)) => a.ty.clone(),
        (Ty::Int(..), Ty::Coded(Coded::KernelSymbol)) => b.ty.clone(),
        (Ty::Tuple(items_a), Ty::Tuple(items_b)) if items_a.len() == items_b.len() => {
            let joined = items_a.iter().zip(items_b).map(|(a, b)| join_ty(a, b));
            Ty::Tuple(joined.collect::<Option<_>>()?)
        }
        (Ty::Record(a), Ty::Record(b)) => Ty::Record(join_records(a, b)?.into()),
        (Ty::Ptr(to_a, space_a), Ty::Ptr(to_b, space_b)) => {
            let space = if space_a == space_b { *space_a } else { Space::Unknown };
            let to = if to_a == to_b { (**to_a).clone() } else { Ty::Void };
            Ty::Ptr(Box::new(to), space)
        }
        (Ty::Reduced(a), Ty::Reduced(b)) => Ty::Reduced(join_reduced(*a, *b)?),
        _ => return None,
    };
    Some(Seen::fixed(ty))
}

/// The clock of a value that may come from both: the boot clock, which is the usual one, where they
/// differ.
pub(crate) fn join_clocks(a: Option<Clock>, b: Option<Clock>) -> Option<Clock> {
    match (a, b) {
        (Some(a), Some(b)) if a != b => Some(Clock::Boot),
        (a, b) => a.or(b),
    }
}

/// The record with the fields of both, if they have the same names in the same order.
fn join_records(a: &Record, b: &Record) -> Option<Record> {
    let named = |record: &Record| record.name.is_some();
    let pairs = a.fields.iter().zip(&b.fields);
    if named(a) || named(b) || a.fields.len() != b.fields.len() {
        return None;
    }
    let types = pairs.map(|(a, b)| if a.name == b.name { join_ty(&a.ty, &b.ty) } else { None });
    let types: Vec<Ty> = types.collect::<Option<_>>()?;
    let names = a.fields.iter().map(|field| field.name.clone());
    Some(record(names.zip(types)))
}

/// A record of the language: its fields one after the other, as a tuple has them.
pub(crate) fn record(fields: impl Iterator<Item = (String, Ty)>) -> Record {
    let (names, types): (Vec<_>, Vec<_>) = fields.unzip();
    let tuple = Ty::Tuple(types.clone());
    let placed = names.into_iter().zip(types).zip(tuple.offsets());
    let field =
        |((name, ty), offset)| Field { name, ty, offset, bits: None, access: Access::Plain };
    let fields = placed.map(field).collect();
    Record { name: None, fields, size: tuple.size(), align: tuple.align() }
}

/// The same for types that are fixed.
pub(crate) fn join_ty(a: &Ty, b: &Ty) -> Option<Ty> {
    // Inside tuples a literal is not told from other integers: one that is not wider goes along.
    join(&Seen::fixed(a.clone()), &Seen::fixed(b.clone())).map(|seen| seen.ty)
}

fn join_ints((width_a, sign_a): (Width, Sign), (width_b, sign_b): (Width, Sign)) -> Ty {
    if sign_a == sign_b {
        return Ty::Int(width_a.max(width_b), sign_a);
    }
    let (signed, unsigned) =
        if sign_a == Sign::Signed { (width_a, width_b) } else { (width_b, width_a) };
    if signed > unsigned {
        return Ty::Int(signed, Sign::Signed);
    }
    Ty::Int(unsigned.wider().unwrap_or(Width::W64), Sign::Signed)
}

/// The same reduction; of numbers of different sign, the signed one.
fn join_reduced(a: Reduce, b: Reduce) -> Option<Reduce> {
    match (a, b) {
        (Reduce::Sum(_), Reduce::Sum(_)) => Some(Reduce::Sum(Sign::Signed)),
        (Reduce::Min(_), Reduce::Min(_)) => Some(Reduce::Min(Sign::Signed)),
        (Reduce::Max(_), Reduce::Max(_)) => Some(Reduce::Max(Sign::Signed)),
        (Reduce::Mean(_), Reduce::Mean(_)) => Some(Reduce::Mean(Sign::Signed)),
        (Reduce::Stats(_), Reduce::Stats(_)) => Some(Reduce::Stats(Sign::Signed)),
        (Reduce::Series(a), Reduce::Series(b)) => {
            let a = ir::Series { sign: Sign::Signed, ..a };
            (a == ir::Series { sign: Sign::Signed, ..b }).then_some(Reduce::Series(a))
        }
        _ => None,
    }
}

/// The type by its spelling; sizes of strings come separately.
pub(crate) fn named(name: &str) -> Option<Ty> {
    let int = |width, sign| Some(Ty::Int(width, sign));
    match name {
        "void" => Some(Ty::Void),
        "username_t" => Some(Ty::Coded(Coded::User)),
        "macaddr_t" => Some(Ty::Coded(Coded::Mac)),
        "cgroup_path_t" => Some(Ty::Coded(Coded::ControlGroup(0))),
        "timestamp" => Some(Ty::Packed(Packed::Time)),
        "inet" => Some(Ty::Packed(Packed::Inet)),
        "count_t" => Some(Ty::Reduced(Reduce::Count)),
        "sum_t" => Some(Ty::Reduced(Reduce::Sum(Sign::Signed))),
        "usum_t" => Some(Ty::Reduced(Reduce::Sum(Sign::Unsigned))),
        "min_t" => Some(Ty::Reduced(Reduce::Min(Sign::Signed))),
        "umin_t" => Some(Ty::Reduced(Reduce::Min(Sign::Unsigned))),
        "max_t" => Some(Ty::Reduced(Reduce::Max(Sign::Signed))),
        "umax_t" => Some(Ty::Reduced(Reduce::Max(Sign::Unsigned))),
        "avg_t" => Some(Ty::Reduced(Reduce::Mean(Sign::Signed))),
        "uavg_t" => Some(Ty::Reduced(Reduce::Mean(Sign::Unsigned))),
        "stats_t" => Some(Ty::Reduced(Reduce::Stats(Sign::Signed))),
        "ustats_t" => Some(Ty::Reduced(Reduce::Stats(Sign::Unsigned))),
        "bool" | "_Bool" => Some(Ty::Bool),
        "int8" | "int8_t" | "s8" | "__s8" | "char" | "signed char" => {
            int(Width::W8, Sign::Signed)
        }
        "int16" | "int16_t" | "s16" | "__s16" | "short" => int(Width::W16, Sign::Signed),
        "int32" | "int32_t" | "s32" | "__s32" | "int" | "pid_t" => {
            int(Width::W32, Sign::Signed)
        }
        "int64" | "int64_t" | "s64" | "__s64" | "long" | "long long" | "ssize_t" | "loff_t" => {
            int(Width::W64, Sign::Signed)
        }
        "uint8" | "uint8_t" | "u8" | "__u8" | "unsigned char" => int(Width::W8, Sign::Unsigned),
        "uint16" | "uint16_t" | "u16" | "__u16" | "unsigned short" => {
            int(Width::W16, Sign::Unsigned)
        }
        "uint32" | "uint32_t" | "u32" | "__u32" | "unsigned int" | "unsigned" | "uid_t"
        | "gid_t" => int(Width::W32, Sign::Unsigned),
        "uint64" | "uint64_t" | "u64" | "__u64" | "unsigned long" | "unsigned long long"
        | "size_t" | "uintptr_t" => int(Width::W64, Sign::Unsigned),
        _ => None,
    }
}

/// Spellings for "did you mean".
pub(crate) const NAMES: &[&str] = &[
    "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "string",
];
