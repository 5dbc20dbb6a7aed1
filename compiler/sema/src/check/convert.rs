//! Casts: a value as another type.

use diag::{Code, Diagnostic, Span};
use grammar::ast;
use ir::{Coded, Enum, Sign, Ty, Width};
use stdlib::article;

use super::Checker;
use crate::typed::{ExprId, ExprKind};

/// Names that a message lists.
const MOST_NAMES: usize = 8;

impl Checker<'_> {
    pub(super) fn cast(&mut self, it: &ast::Cast, span: Span) -> ExprId {
        let value = self.expr(&it.value);
        let whole = if let ast::TypeKind::Unsized(item) = &it.ty.kind {
            Some(item.as_ref())
        } else {
            None
        };
        let item = whole.unwrap_or(&it.ty);
        let Some(ty) = self.type_expr(item) else { return self.nothing(span) };
        if self.lacks_value(value) || self.is_nothing(value) {
            return self.nothing(span);
        }
        let value = self.reduced_number(value);
        if self.is_nothing(value) {
            return self.nothing(span);
        }
        let from = self.ty(value).clone();
        let ty = if whole.is_some() { array_of_all(ty, &from) } else { ty };
        if !self.can_become(value, &from, &ty) {
            let problem =
                impossible(&from, &ty, span).related(self.span(value), article(&from));
            return self.refuse(span, problem);
        }
        if let Some(problem) = self.no_variant(value, &ty) {
            return self.refuse(span, problem);
        }
        // A macro casts whatever it is given.
        let inner = self.span(value);
        let within = inner.source == span.source && inner.end <= span.end;
        if within && it.ty.span.end <= inner.start {
            self.needless(value, &from, &ty, span);
        }
        let ty = match (ty, &from) {
            // A pointer made of a number points where the probe's code points.
            (Ty::Ptr(to, _), Ty::Ptr(_, space)) => Ty::Ptr(to, *space),
            (Ty::Ptr(to, _), _) => Ty::Ptr(to, self.c.offers.space),
            (ty, _) => ty,
        };
        match self.fold_cast(value, &ty, span) {
            Some(folded) => folded,
            None => self.push(span, ty, ExprKind::Cast(value)),
        }
    }

    /// Whether there is a cast from one type to the other.
    fn can_become(&self, value: ExprId, from: &Ty, to: &Ty) -> bool {
        let scalar = |ty: &Ty| matches!(ty, Ty::Int(..) | Ty::Bool | Ty::Ptr(..) | Ty::Enum(_));
        match (from, to) {
            (Ty::Coded(Coded::KernelSymbol), to) => scalar(to),
            (Ty::Str(_), Ty::Str(_)) => true,
            // Bytes of a text; what has to be left out of a literal is a mistake.
            (Ty::Str(size), Ty::Array(item, count)) => {
                let literal = matches!(self.body.expr(value).kind, ExprKind::Str(_));
                item.size() == 1 && item.is_scalar() && (!literal || size - 1 <= *count)
            }
            // The bytes of a number, which have to have room.
            (from, Ty::Array(item, count)) if scalar(from) => {
                let room = item.size() * count;
                let width = from.scalar().map_or(8, |(width, _)| width.bytes());
                let digits = |number: i128| (128 - number.leading_zeros()).div_ceil(8);
                let width = self.number(value).filter(|it| *it >= 0).map_or(width, digits);
                matches!(**item, Ty::Int(..)) && (width.max(1)..=8).contains(&room)
            }
            // A number of so many bytes.
            (Ty::Array(item, count), Ty::Int(..) | Ty::Enum(_)) => {
                matches!(**item, Ty::Int(..)) && (1..=8).contains(&(item.size() * count))
            }
            (Ty::Array(..), Ty::Array(..)) => from.size() == to.size(),
            (from, to) => scalar(from) && scalar(to),
        }
    }

    /// Complains of a literal that no variant of the enum has.
    fn no_variant(&self, value: ExprId, ty: &Ty) -> Option<Diagnostic> {
        let (Ty::Enum(shape), Some(number)) = (ty, self.body.constant(value)) else {
            return None;
        };
        let known = shape.variants.iter().any(|(_, variant)| *variant == number);
        if known || shape.variants.is_empty() {
            return None;
        }
        let title = format!("`{ty}` has no variant with the value {number}");
        let compat =
            format!("Enum: {} doesn't contain a variant value of {number}", shape.name);
        let at = self.span(value);
        let problem = Diagnostic::new(Code::OutOfRange, at, title, "none of its values");
        Some(problem.help(variants(shape)).compat(compat))
    }

    /// Warns of a cast to the type that is there already.
    fn needless(&mut self, value: ExprId, from: &Ty, to: &Ty, span: Span) {
        // bpftrace says it of literals too; one that is cast to the type that it has by chance
        // may be meant to tell of that type.
        let literal = !self.c.config.compat
            && (self.flexible[value.0] || self.body.constant(value).is_some());
        let read = matches!(self.body.expr(value).kind, ExprKind::Cast(of) if matches!(self.ty(of), Ty::Reduced(_)));
        if from != to || literal || read || !matches!(from, Ty::Int(..) | Ty::Bool) {
            return;
        }
        let title = format!("this is {} already", article(from));
        let compat = format!("Unnecessary cast: expression is already of type {from}");
        let problem = Diagnostic::new(Code::NeedlessCast, span, title, "needless cast")
            .help("leave the cast out")
            .compat(compat);
        self.c.problems.push(problem.warning());
    }

    /// A literal as another scalar is a literal again.
    fn fold_cast(&mut self, value: ExprId, ty: &Ty, span: Span) -> Option<ExprId> {
        let kind = &self.body.expr(value).kind;
        let number = if let ExprKind::Bool(known) = kind {
            i64::from(*known)
        } else if let ExprKind::Int(number) = kind {
            *number
        } else {
            return None;
        };
        if let Ty::Int(width, sign) = ty {
            let cut = cut(number, *width, *sign == Sign::Signed);
            return Some(self.push(span, ty.clone(), ExprKind::Int(cut)));
        }
        if *ty == Ty::Bool {
            return Some(self.push(span, Ty::Bool, ExprKind::Bool(number != 0)));
        }
        let is_enum = matches!(ty, Ty::Enum(_));
        is_enum.then(|| self.push(span, ty.clone(), ExprKind::Int(number)))
    }
}

/// The array of as many items as a value of the type `from` has room for.
fn array_of_all(item: Ty, from: &Ty) -> Ty {
    let room = if let Ty::Bytes(most) = from { *most } else { from.size() };
    let count = room.checked_div(item.size()).unwrap_or(1);
    Ty::Array(Box::new(item), count.max(1))
}

/// The low bits of a number, as an integer of so many bits has them.
const fn cut(number: i64, width: Width, signed: bool) -> i64 {
    let unused = 64 - width.bits();
    if signed {
        number << unused >> unused
    } else {
        ((number as u64) << unused >> unused) as i64
    }
}

fn impossible(from: &Ty, ty: &Ty, span: Span) -> Diagnostic {
    let title = format!("{} can't become {}", article(from), article(ty));
    let problem = Diagnostic::new(Code::BadCast, span, title, "this cast");
    let record = |ty: &Ty| matches!(ty, Ty::Record(record) if record.name.is_some());
    let compat = if record(from) {
        format!("Cannot cast from C type \"{from}\"")
    } else {
        format!("Cannot cast from \"{from}\" to \"{ty}\"")
    };
    let help = match (from, ty) {
        (_, Ty::Record(_) | Ty::Opaque(_)) => {
            format!("cast an address: `*({ty} *)address` is the struct there")
        }
        (Ty::Int(..) | Ty::Enum(_) | Ty::Ptr(..), Ty::Array(item, _)) => {
            let width = from.scalar().map_or(8, |(width, _)| width.bytes());
            let count = width.div_ceil(item.size().max(1));
            format!("a number becomes an array of its bytes: `({item}[{count}])…`")
        }
        (Ty::Array(..), Ty::Int(..)) => "arrays of up to 8 bytes become numbers".to_owned(),
        (Ty::Str(size), Ty::Array(..)) => {
            format!("a text becomes an array of bytes with room for it: `(uint8[{size}])…`")
        }
        _ => "numbers, addresses, enums, booleans and small arrays can be cast".to_owned(),
    };
    problem.help(help).compat(compat)
}

fn variants(shape: &Enum) -> String {
    let shown = shape.variants.iter().take(MOST_NAMES);
    let shown: Vec<_> = shown.map(|(name, value)| format!("{name} ({value})")).collect();
    let more = if shape.variants.len() > MOST_NAMES { " and more" } else { "" };
    format!("it has {}{more}", shown.join(", "))
}
