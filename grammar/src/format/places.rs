//! Where an expression begins when the parentheses around it are left out.
//!
//! Comments between those parentheses and the expression stand before the expression, whether
//! the parentheses stay or not: the next run must find them in the same place.

use crate::ast::{Expr, ExprKind, Place};
use crate::format::comments::Writer;

impl Writer<'_> {
    /// Where the first token of `expr` stands.
    pub(super) fn start(&self, expr: &Expr) -> u32 {
        let outside = expr.span.start;
        match &expr.kind {
            ExprKind::Integer(it) => it.span.start,
            ExprKind::String(it) => it.span.start,
            ExprKind::Map(it) => it.name.span.start,
            ExprKind::Call(it) => it.name.span.start,
            ExprKind::Block(it) => it.span.start,
            ExprKind::Type(it) => it.span.start,
            ExprKind::Unary(it) => it.operator_span.start,
            ExprKind::Binary(it) => self.start(&it.left),
            ExprKind::Ternary(it) => self.start(&it.condition),
            ExprKind::Elvis(it) => self.start(&it.value),
            ExprKind::Step(it) if it.place == Place::Prefix => it.operator_span.start,
            ExprKind::Step(it) => self.start(&it.target),
            ExprKind::Field(it) => self.start(&it.base),
            ExprKind::TupleIndex(it) => self.start(&it.base),
            ExprKind::Index(it) => self.start(&it.base),
            ExprKind::Bool(_)
            | ExprKind::Name(_)
            | ExprKind::Variable(_)
            | ExprKind::Positional(_)
            | ExprKind::PositionalCount
            | ExprKind::If(_)
            | ExprKind::Comptime(_) => self.parentheses(outside, u32::MAX).1,
            ExprKind::Cast(it) => self.parentheses(outside, it.ty.span.start).0,
            ExprKind::Tuple(list) => {
                let end = list.first().map_or(u32::MAX, |it| it.span.start);
                self.parentheses(outside, end).0
            }
            ExprKind::Record(list) => {
                let end = list.first().map_or(u32::MAX, |it| it.name.span.start);
                self.parentheses(outside, end).0
            }
        }
    }

    /// The last of the opening parentheses from `at` on, before `end`; and what follows them.
    fn parentheses(&self, at: u32, end: u32) -> (u32, u32) {
        let (mut last, mut next) = (at, at);
        while next < end && self.source.as_bytes().get(next as usize) == Some(&b'(') {
            last = next;
            next = self.token_after(next + 1);
        }
        (last, next)
    }
}
