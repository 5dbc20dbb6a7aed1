//! Parts of values: fields, numbered parts, elements.

use diag::{Code, Diagnostic, Span};
use grammar::ast;
use ir::{Access, Field, Sign, Space, Ty, Width};
use stdlib::article;

use super::Checker;
use crate::typed::{ExprId, ExprKind};

impl Checker<'_> {
    pub(super) fn field(&mut self, it: &ast::Field, span: Span) -> ExprId {
        let base = self.expr(&it.base);
        if self.lacks_value(base) || self.is_nothing(base) {
            return self.nothing(span);
        }
        if self.is_per_cpu(base, it.name.span) {
            return self.nothing(span);
        }
        // A pointer is followed by itself.
        let ty = if let Ty::Ptr(to, _) = self.ty(base) { to.as_ref() } else { self.ty(base) };
        let ty = ty.clone();
        let Some(ty) = self.complete(&ty, it.base.span) else { return self.nothing(span) };
        let Ty::Record(record) = &ty else {
            let title = format!("{} has no fields", article(self.ty(base)));
            let problem =
                Diagnostic::new(Code::UnknownField, it.name.span, title, "no such field");
            let compat = format!(
                "Can not access field '{}' on expression of type '{}'",
                it.name.text,
                self.ty(base)
            );
            let problem = problem.related(self.span(base), "this value").compat(compat);
            return self.refuse(span, problem);
        };
        let record = record.clone();
        let Some(field) = record.fields.iter().find(|field| field.name == it.name.text) else {
            let (name, at) = (&it.name.text, it.name.span);
            let absent =
                stdlib::probes::absent_local(self.c.kernel, self.c.offers, (&record, name), at);
            if let Some(problem) = absent {
                return self.refuse(span, problem);
            }
            let mut problem = stdlib::record::unknown_field(&record, name, at, self.span(base));
            if stdlib::record::is_of_parameters(self.c.offers, &record) {
                problem = problem.compat(format!("Can't find function parameter {name}"));
            }
            return self.refuse(span, problem);
        };
        let at = record.fields.iter().position(|field| field.name == it.name.text);
        if let Some(part) = at.and_then(|at| self.known_part(base, at)) {
            return part;
        }
        let mut field = field.clone();
        field.ty = self.inherit(base, field.ty);
        let ty = self.decayed(base, &field.ty).unwrap_or_else(|| field.ty.clone());
        self.push(span, ty, ExprKind::Part(base, field))
    }

    /// An array without a size, as structs end with, stands for its address: where it lies it has
    /// elements, and a copy of its struct has none of them.
    fn decayed(&self, mut base: ExprId, ty: &Ty) -> Option<Ty> {
        let Ty::Array(item, 0) = ty else { return None };
        loop {
            if let Ty::Ptr(_, space) = self.ty(base) {
                let space = if *space == Space::Context { Space::Kernel } else { *space };
                return Some(Ty::Ptr(item.clone(), space));
            }
            let (ExprKind::Part(of, _) | ExprKind::Element(of, _) | ExprKind::Dereference(of)) =
                self.body.exprs[base.0].kind
            else {
                return None;
            };
            base = of;
        }
    }

    /// The type of what is read from a part of `base`: a pointer in memory points into the same
    /// memory unless it says otherwise.
    pub(super) fn inherit(&self, base: ExprId, mut ty: Ty) -> Ty {
        let mut inner = &mut ty;
        while let Ty::Array(item, _) = inner {
            inner = item;
        }
        if let Ty::Ptr(_, space @ Space::Unknown) = inner {
            *space = self.memory_of(base);
        }
        ty
    }

    /// Which memory a value was read from; that of the probe's code if nobody knows.
    fn memory_of(&self, id: ExprId) -> Space {
        let expr = self.body.expr(id);
        if let Ty::Ptr(_, space) = &expr.ty {
            return match space {
                Space::Context | Space::Unknown => self.c.offers.space,
                Space::Kernel | Space::User | Space::PerCpu => *space,
            };
        }
        if let ExprKind::Part(base, _)
        | ExprKind::Element(base, _)
        | ExprKind::Dereference(base) = &expr.kind
        {
            return self.memory_of(*base);
        }
        self.c.offers.space
    }

    /// Complains of following a pointer into each CPU's own memory.
    pub(super) fn is_per_cpu(&mut self, base: ExprId, span: Span) -> bool {
        let expr = self.body.expr(base);
        let Ty::Ptr(to, Space::PerCpu) = &expr.ty else { return false };
        let name = if let ExprKind::Part(_, field) = &expr.kind { &field.name } else { "it" };
        let title = format!("`{name}` points into the memory that each CPU has for itself");
        let compat = format!(
            "Attempting to access pointer field '{name}' with unsupported tag attribute: percpu"
        );
        let help = format!(
            "without the CPU it is no address of {}: `(uint64)…` is its number",
            article(to)
        );
        let problem = Diagnostic::new(Code::PerCpuPointer, span, title, "followed here")
            .related(expr.span, "this pointer")
            .help(help)
            .compat(compat);
        self.c.problems.push(problem);
        true
    }

    pub(super) fn tuple_part(
        &mut self,
        base: ExprId,
        index: u64,
        (span, at): (Span, Span),
    ) -> ExprId {
        if self.lacks_value(base) || self.is_nothing(base) {
            return self.nothing(span);
        }
        let Some(items) = numbered_parts(self.ty(base)) else {
            let title = format!("{} has no numbered parts", article(self.ty(base)));
            let problem = Diagnostic::new(Code::UnknownField, at, title, "no such part");
            return self.refuse(span, problem);
        };
        let found = usize::try_from(index).ok().and_then(|index| items.get(index));
        let Some((ty, offset)) = found.cloned() else {
            let title = format!("there is no part {index}: the tuple has {}", items.len());
            let problem = Diagnostic::new(Code::UnknownField, at, title, "no such part");
            let help =
                format!("parts are numbered from 0 to {}", items.len().saturating_sub(1));
            let compat = format!(
                "Invalid tuple index: {index}. Found {} elements in tuple.",
                items.len()
            );
            return self.refuse(span, problem.help(help).compat(compat));
        };
        if let Some(part) = usize::try_from(index).ok().and_then(|at| self.known_part(base, at))
        {
            return part;
        }
        let name = index.to_string();
        let field = Field { name, ty: ty.clone(), offset, bits: None, access: Access::Plain };
        self.push(span, ty, ExprKind::Part(base, field))
    }

    pub(super) fn index(&mut self, it: &ast::Index, span: Span) -> ExprId {
        let base = self.expr(&it.base);
        let index = self.integer(&it.index, "an index is");
        if self.lacks_value(base) || self.is_nothing(base) || self.is_nothing(index) {
            return self.nothing(span);
        }
        let constant = self.body.constant(index);
        let at = it.index.span;
        if let (Ty::Tuple(_), Some(value @ 0..)) = (self.ty(base), constant) {
            return self.tuple_part(base, value.cast_unsigned(), (span, at));
        }
        if let (&(Ty::Array(_, count) | Ty::Str(count)), Some(value)) =
            (self.ty(base), constant)
            && !(0..i64::from(count)).contains(&value)
        {
            return self.refuse(span, outside(value, count, at));
        }
        if matches!(self.ty(base), Ty::Array(_, 0)) {
            return self.refuse(span, outside(constant.unwrap_or_default(), 0, at));
        }
        let item = element(self.ty(base));
        let item = match item {
            Some(item) => match self.complete(&item, span) {
                Some(item) => Some(item),
                None => return self.nothing(span),
            },
            None => None,
        };
        if self.is_per_cpu(base, span) {
            return self.nothing(span);
        }
        let item = item.map(|item| self.inherit(base, item));
        let Some(item) = item else {
            let title = format!("{} has no elements", article(self.ty(base)));
            let problem = Diagnostic::new(Code::TypeMismatch, span, title, "indexed here");
            return self.refuse(span, problem);
        };
        self.push(span, item, ExprKind::Element(base, index))
    }
}

/// The parts that have numbers, with their offsets.
fn numbered_parts(ty: &Ty) -> Option<Vec<(Ty, u32)>> {
    if let Ty::Tuple(items) = ty {
        return Some(items.iter().cloned().zip(ty.offsets()).collect());
    }
    let Ty::Record(record) = ty else { return None };
    let parts = record.fields.iter().map(|field| (field.ty.clone(), field.offset));
    record.name.is_none().then(|| parts.collect())
}

/// The type of what `[…]` gives.
fn element(ty: &Ty) -> Option<Ty> {
    match ty {
        Ty::Array(item, _) => Some((**item).clone()),
        Ty::Ptr(item, _) => (**item != Ty::Void).then(|| (**item).clone()),
        Ty::Str(_) => Some(Ty::Int(Width::W8, Sign::Signed)),
        Ty::Void
        | Ty::Bool
        | Ty::Int(..)
        | Ty::Bytes(_)
        | Ty::Tuple(_)
        | Ty::Record(_)
        | Ty::Enum(_)
        | Ty::Coded(_)
        | Ty::Reduced(_)
        | Ty::Packed(_)
        | Ty::Opaque(_) => None,
    }
}

fn outside(value: i64, count: u32, at: Span) -> Diagnostic {
    let title = format!("element {value} of an array of {count}");
    if count == 0 {
        return Diagnostic::new(Code::OutOfRange, at, title, "out of range")
            .help("read it where it lies: a copy of the struct ends before this array");
    }
    Diagnostic::new(Code::OutOfRange, at, title, "out of range")
        .help(format!("elements are numbered from 0 to {}", count.saturating_sub(1)))
        .compat(format!("the index {value} is out of bounds for array of size {count}"))
}
