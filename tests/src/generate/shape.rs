//! Types as the generator sees them: what can stand in whose place.

use ir::Ty;

/// What a value is for the rest of a program. Integers of all sizes go together, and so do texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Shape {
    /// An integer of any size and sign, or an enum.
    Int,
    /// `true` or `false`.
    Bool,
    /// A string of any size.
    Text,
    /// Values side by side.
    Tuple(Vec<Self>),
    /// Values with the names `a`, `b`, …
    Record(Vec<Self>),
    /// A pointer to the kernel's type of this name.
    Pointer(String),
    /// Something that can only be kept, printed and compared with its like.
    Other(Ty),
}

impl Shape {
    /// The shape of values of type `ty`; none for what is no value.
    pub(crate) fn of(ty: &Ty) -> Option<Self> {
        Some(match ty {
            Ty::Void | Ty::Reduced(_) => return None,
            Ty::Bool => Self::Bool,
            Ty::Int(..) | Ty::Enum(_) => Self::Int,
            Ty::Str(_) => Self::Text,
            Ty::Tuple(items) => Self::Tuple(items.iter().map(Self::of).collect::<Option<_>>()?),
            Ty::Ptr(to, _) => match pointee(to) {
                Some(name) => Self::Pointer(name),
                None => Self::Other(ty.clone()),
            },
            Ty::Bytes(_)
            | Ty::Record(_)
            | Ty::Array(..)
            | Ty::Coded(_)
            | Ty::Packed(_)
            | Ty::Opaque(_) => Self::Other(ty.clone()),
        })
    }
}

/// The name of a kernel type that has fields.
pub(super) fn pointee(to: &Ty) -> Option<String> {
    match to {
        Ty::Opaque(name) => Some(name.to_string()),
        Ty::Record(record) => record.name.clone(),
        Ty::Void
        | Ty::Bool
        | Ty::Int(..)
        | Ty::Str(_)
        | Ty::Bytes(_)
        | Ty::Tuple(_)
        | Ty::Array(..)
        | Ty::Ptr(..)
        | Ty::Enum(_)
        | Ty::Coded(_)
        | Ty::Packed(_)
        | Ty::Reduced(_) => None,
    }
}

/// The name of field `index` of a record that the generator makes.
pub(super) fn field_name(index: usize) -> char {
    char::from(b'a' + (index % 26) as u8)
}
