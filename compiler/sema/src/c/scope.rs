//! Types of C while they are read, and the names that stand for them.

use std::{collections::BTreeMap, rc::Rc, sync::Arc};

use diag::Span;
use ir::{Enum, Record, Sign, Space, Ty, Width};

use super::number::Number;

/// A type, with what `ir::Ty` does not tell.
#[derive(Debug, Clone)]
pub(super) struct CType {
    pub(super) ty: Ty,
    /// In bytes; a typedef may say otherwise than its type.
    pub(super) align: u32,
    /// Whether it is `char`, of which arrays are text.
    pub(super) text: bool,
    /// Whether there are values of it, or it is only known by name.
    pub(super) complete: bool,
    /// Whether it is a function's.
    pub(super) function: bool,
    /// What a pointer to it says it points to.
    pub(super) name: Option<Rc<str>>,
    /// The memory that such a thing lies in.
    pub(super) space: Space,
}

impl CType {
    pub(super) fn of(ty: Ty) -> Self {
        Self {
            align: ty.align(),
            complete: ty != Ty::Void && !matches!(ty, Ty::Opaque(_)),
            ty,
            text: false,
            function: false,
            name: None,
            space: Space::Unknown,
        }
    }

    pub(super) fn int(width: Width, sign: Sign) -> Self {
        Self::of(Ty::Int(width, sign))
    }

    /// A number that the language has no type for: its bits in words.
    pub(super) fn words(width: Width, count: u32) -> Self {
        let ty = Ty::Array(Box::new(Ty::Int(width, Sign::Unsigned)), count);
        Self { align: width.bytes() * count, ..Self::of(ty) }
    }

    /// `struct x` before, or without, its definition.
    pub(super) fn forward(name: &str) -> Self {
        Self { name: Some(name.into()), ..Self::of(Ty::Opaque(name.into())) }
    }

    /// A defined struct, union or enum that may have a name.
    pub(super) fn defined(ty: Ty, align: u32) -> Self {
        let name = if let Ty::Record(record) = &ty {
            record.name.as_deref().map(Rc::from)
        } else {
            None
        };
        Self { name, align, ..Self::of(ty) }
    }

    pub(super) fn pointer(&self) -> Self {
        let to = match (&self.name, &self.ty) {
            _ if self.function => Ty::Void,
            (Some(name), Ty::Record(_)) => Ty::Opaque((&**name).into()),
            (_, ty) => ty.clone(),
        };
        Self::of(Ty::Ptr(Box::new(to), self.space))
    }

    /// So many in a row; none if they are too many.
    pub(super) fn array(&self, count: u32) -> Option<Self> {
        let size = self.ty.size().checked_mul(count)?;
        let ty = match (self.text, count) {
            (true, 1..) => Ty::Str(count),
            (true, 0) | (false, _) => Ty::Array(Box::new(self.ty.clone()), count),
        };
        let fits = size <= super::layout::LARGEST;
        fits.then(|| Self { align: self.align, complete: true, ..Self::of(ty) })
    }

    /// The same under a typedef's name, which names what has none.
    pub(super) fn named(mut self, name: &str) -> Self {
        if let Ty::Record(record) = &mut self.ty
            && record.name.is_none()
        {
            let renamed = Record { name: Some(name.to_owned()), ..(**record).clone() };
            *record = Arc::new(renamed);
            self.name = Some(name.into());
        } else if let Ty::Enum(shape) = &mut self.ty
            && shape.name.is_empty()
        {
            *shape = Arc::new(Enum { name: name.to_owned(), ..(**shape).clone() });
        }
        self
    }
}

/// What names stand for.
#[derive(Debug, Default)]
pub(super) struct Scope {
    /// By `struct x`, `union x`, `enum x`, or a typedef's name.
    pub(super) types: BTreeMap<String, CType>,
    /// Where those that may be defined only once are.
    pub(super) places: BTreeMap<String, Span>,
    pub(super) enumerators: BTreeMap<String, Number>,
}

impl Scope {
    /// Gives typedefs of what was defined after them the definition.
    pub(super) fn complete(&mut self) {
        let late = |(name, it): (&String, &CType)| {
            let Ty::Opaque(defined) = &it.ty else { return None };
            Some((name.clone(), defined.to_string()))
        };
        let late: Vec<_> = self.types.iter().filter_map(late).collect();
        for (name, defined) in late {
            if let Some(it) = self.types.get(&defined).cloned() {
                self.types.insert(name, it);
            }
        }
    }
}
