//! Types, and how expressions bind: what could be taken for something else.

use crate::ast::{BinaryOperator, Expr, ExprKind, Place, TypeExpr, TypeKind, UnaryOperator};
use crate::format::comments::Writer;
use crate::format::exprs::Slot;
use crate::format::layout::{Doc, text};
use crate::words;

pub(super) const CHOICE: u8 = 0;
pub(super) const OR: u8 = 1;
pub(super) const UNARY: u8 = 11;
pub(super) const POSTFIX: u8 = 12;
pub(super) const ATOM: u8 = 13;

impl Writer<'_> {
    /// The type, with the comments that stand before and in it.
    pub(super) fn ty(&mut self, ty: &TypeExpr) -> Doc {
        let mut docs = self.before(ty.span.start);
        match &ty.kind {
            TypeKind::Named(name) => docs.push(text(name)),
            TypeKind::Struct(name) | TypeKind::Union(name) | TypeKind::Enum(name) => {
                // `const` has no node.
                let words = self.words(ty.span.start, name.span.start);
                docs.push(text(format!("{words}{}", name.text)));
            }
            TypeKind::Typeof(value) => {
                docs.extend([text("typeof("), self.expr(value, Slot::ARGUMENT)]);
                docs.extend(self.before(ty.span.end.saturating_sub(1)));
                docs.push(text(")"));
            }
            TypeKind::Pointer(inner) => {
                docs.push(self.ty(inner));
                let more = matches!(inner.kind, TypeKind::Pointer(_));
                docs.push(text(if more { "*" } else { " *" }));
            }
            TypeKind::Array(inner, length) => {
                docs.extend([self.ty(inner), text("["), self.expr(length, Slot::ANY)]);
                docs.extend(self.before(ty.span.end.saturating_sub(1)));
                docs.push(text("]"));
            }
            TypeKind::Unsized(inner) => {
                docs.extend([self.ty(inner), text("[")]);
                docs.extend(self.before(ty.span.end.saturating_sub(1)));
                docs.push(text("]"));
            }
        }
        Doc::List(docs)
    }

    /// The words between two places, each with a blank behind it.
    fn words(&self, start: u32, end: u32) -> String {
        let mut rest = self.source.get(start as usize..end as usize).unwrap_or_default();
        let mut out = String::new();
        loop {
            rest = words::skip_blanks(rest);
            let word = words::identifier(rest);
            if word.is_empty() {
                return out;
            }
            out += word;
            out.push(' ');
            rest = &rest[word.len()..];
        }
    }
}

/// Whether in parentheses it looks like a variable's or builtin's name.
pub(super) fn begins_with_name(ty: &TypeExpr) -> bool {
    match &ty.kind {
        TypeKind::Named(_) => true,
        TypeKind::Array(inner, _) | TypeKind::Unsized(inner) => begins_with_name(inner),
        TypeKind::Struct(_)
        | TypeKind::Union(_)
        | TypeKind::Enum(_)
        | TypeKind::Typeof(_)
        | TypeKind::Pointer(_) => false,
    }
}

/// Whether as the only argument it needs no lines of its own.
pub(super) fn is_hugged(expr: &Expr) -> bool {
    matches!(
        expr.kind,
        ExprKind::Call(_)
            | ExprKind::Tuple(_)
            | ExprKind::Record(_)
            | ExprKind::Block(_)
            | ExprKind::If(_)
    )
}

/// Whether it is `typeof(x)[1]`, which in parentheses is a type.
pub(super) fn is_element_of_type(expr: &Expr) -> bool {
    let ExprKind::Index(it) = &expr.kind else { return false };
    matches!(it.base.kind, ExprKind::Type(_)) || is_element_of_type(&it.base)
}

/// What an expression begins with, as far as that matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum First {
    /// `if` or `{`
    Block,
    /// `-`, `*`, `&`, `++` or `--`, which may also stand behind an operand.
    Sign,
    /// Something else.
    Other,
}

/// What an expression begins with that has no parentheses around it.
pub(super) fn first_of(expr: &Expr) -> First {
    let base = |base: &Expr| if level(base) < POSTFIX { First::Other } else { first_of(base) };
    match &expr.kind {
        ExprKind::If(_) | ExprKind::Block(_) => First::Block,
        ExprKind::Unary(it) => match it.operator {
            UnaryOperator::Not | UnaryOperator::Complement => First::Other,
            UnaryOperator::Negate | UnaryOperator::Dereference | UnaryOperator::AddressOf => {
                First::Sign
            }
        },
        ExprKind::Step(it) if it.place == Place::Prefix => First::Sign,
        ExprKind::Step(it) => base(&it.target),
        ExprKind::Field(it) => base(&it.base),
        ExprKind::TupleIndex(it) => base(&it.base),
        ExprKind::Index(it) => base(&it.base),
        ExprKind::Integer(_)
        | ExprKind::String(_)
        | ExprKind::Bool(_)
        | ExprKind::Name(_)
        | ExprKind::Variable(_)
        | ExprKind::Map(_)
        | ExprKind::Positional(_)
        | ExprKind::PositionalCount
        | ExprKind::Binary(_)
        | ExprKind::Ternary(_)
        | ExprKind::Elvis(_)
        | ExprKind::Comptime(_)
        | ExprKind::Tuple(_)
        | ExprKind::Record(_)
        | ExprKind::Call(_)
        | ExprKind::Cast(_)
        | ExprKind::Type(_) => First::Other,
    }
}

/// How tightly the outermost operator binds.
pub(super) fn level(expr: &Expr) -> u8 {
    match &expr.kind {
        ExprKind::Ternary(_) | ExprKind::Elvis(_) => CHOICE,
        ExprKind::Binary(it) => match it.operator {
            BinaryOperator::LogicalOr => OR,
            BinaryOperator::LogicalAnd => 2,
            BinaryOperator::BitOr => 3,
            BinaryOperator::BitXor => 4,
            BinaryOperator::BitAnd => 5,
            BinaryOperator::Equal | BinaryOperator::NotEqual => 6,
            BinaryOperator::Less
            | BinaryOperator::Greater
            | BinaryOperator::LessEqual
            | BinaryOperator::GreaterEqual => 7,
            BinaryOperator::ShiftLeft | BinaryOperator::ShiftRight => 8,
            BinaryOperator::Add | BinaryOperator::Subtract => 9,
            BinaryOperator::Multiply | BinaryOperator::Divide | BinaryOperator::Remainder => 10,
        },
        ExprKind::Unary(_) | ExprKind::Cast(_) | ExprKind::Comptime(_) => UNARY,
        ExprKind::Step(it) if it.place == Place::Prefix => UNARY,
        ExprKind::Step(_)
        | ExprKind::Field(_)
        | ExprKind::TupleIndex(_)
        | ExprKind::Index(_) => POSTFIX,
        ExprKind::Integer(_)
        | ExprKind::String(_)
        | ExprKind::Bool(_)
        | ExprKind::Name(_)
        | ExprKind::Variable(_)
        | ExprKind::Map(_)
        | ExprKind::Positional(_)
        | ExprKind::PositionalCount
        | ExprKind::If(_)
        | ExprKind::Block(_)
        | ExprKind::Tuple(_)
        | ExprKind::Record(_)
        | ExprKind::Call(_)
        | ExprKind::Type(_) => ATOM,
    }
}
