//! What is known before the program runs: arithmetic on literals is done now, and what a literal
//! decides is not looked at further.

use diag::{Code, Diagnostic, Span};
use grammar::ast::{self, BinaryOperator, UnaryOperator};
use ir::{Sign, Ty, Width};

use super::Checker;
use crate::{
    typed::{ExprId, ExprKind},
    types,
};

/// bpftrace's words for arithmetic on literals that has no result.
const CANNOT_FOLD: &str = "unable to fold literals due to overflow or underflow";

/// What is known of a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decision {
    /// It holds, or it never does.
    Known(bool),
    /// It is only known when the program runs.
    Open(ExprId),
    /// It has to be known and is not, or not yet: nothing that depends on it can be checked.
    Never,
}

/// What became of two literals.
enum Folded {
    Number(i128),
    Truth(bool),
    Text(Vec<u8>),
    /// Done when the program runs.
    Later,
}

impl Checker<'_> {
    /// What is known of a condition: a literal decides, and `comptime` must.
    pub(super) fn decide(&mut self, condition: &ast::Expr) -> Decision {
        let id = self.condition(condition);
        if let ExprKind::Bool(value) = self.body.expr(id).kind {
            return Decision::Known(value);
        }
        if matches!(condition.kind, ast::ExprKind::Comptime(_)) {
            return Decision::Never;
        }
        Decision::Open(id)
    }

    /// `comptime e`
    pub(super) fn comptime(&mut self, inner: &ast::Expr, span: Span) -> ExprId {
        let id = self.expr(inner);
        if self.lacks_value(id) || self.is_nothing(id) || self.is_known(id) {
            return id;
        }
        let title = "this value is not known before the program runs";
        let problem = Diagnostic::new(
            Code::NotConstant,
            span,
            title,
            "only known when it runs",
        )
        .help("`comptime` takes literals, parameters and what is made of them and of types")
        .compat("Unable to resolve comptime expression");
        self.refuse(span, problem)
    }

    /// Whether all of a value is known now.
    fn is_known(&self, id: ExprId) -> bool {
        let kind = &self.body.expr(id).kind;
        if let ExprKind::Tuple(items) = kind {
            return items.iter().all(|item| self.is_known(*item));
        }
        matches!(kind, ExprKind::Int(_) | ExprKind::Bool(_) | ExprKind::Str(_) | ExprKind::Type)
    }

    /// The part of a tuple or record all of which is known.
    pub(super) fn known_part(&self, base: ExprId, index: usize) -> Option<ExprId> {
        let ExprKind::Tuple(items) = &self.body.expr(base).kind else { return None };
        self.is_known(base).then(|| items.get(index).copied()).flatten()
    }

    pub(super) fn number(&self, id: ExprId) -> Option<i128> {
        let expr = self.body.expr(id);
        if let ExprKind::Bool(value) = expr.kind {
            return Some(i128::from(value));
        }
        let ExprKind::Int(value) = expr.kind else { return None };
        let unsigned = matches!(expr.ty.scalar(), Some((_, Sign::Unsigned)));
        Some(if unsigned { i128::from(value.cast_unsigned()) } else { i128::from(value) })
    }

    fn text(&self, id: ExprId) -> Option<&[u8]> {
        if let ExprKind::Str(text) = &self.body.expr(id).kind { Some(text) } else { None }
    }

    /// `-x`, `~x` and `!x` of what is known.
    pub(super) fn fold_unary(
        &mut self,
        operator: UnaryOperator,
        operand: ExprId,
        span: Span,
    ) -> Option<ExprId> {
        let number = self.number(operand)?;
        match operator {
            UnaryOperator::Negate => Some(self.known_number(-number, &[operand], span)),
            UnaryOperator::Complement => {
                let unsigned = matches!(self.ty(operand).scalar(), Some((_, Sign::Unsigned)));
                let number = if unsigned { !number & i128::from(u64::MAX) } else { !number };
                Some(self.known_number(number, &[operand], span))
            }
            UnaryOperator::Not => Some(self.push(span, Ty::Bool, ExprKind::Bool(number == 0))),
            UnaryOperator::Dereference | UnaryOperator::AddressOf => None,
        }
    }

    /// `a && b` and `a || b` where the left side decides, or both sides are known.
    pub(super) fn fold_logical(
        &mut self,
        operator: BinaryOperator,
        left: ExprId,
        right: ExprId,
        span: Span,
    ) -> Option<ExprId> {
        let ExprKind::Bool(known) = self.body.expr(left).kind else { return None };
        if known == (operator == BinaryOperator::LogicalOr) {
            return Some(self.push(span, Ty::Bool, ExprKind::Bool(known)));
        }
        Some(right)
    }

    /// An operator on two values that are known; none if it has to be done when the program runs.
    pub(super) fn fold(
        &mut self,
        operator: BinaryOperator,
        (at, span): (Span, Span),
        left: ExprId,
        right: ExprId,
    ) -> Option<ExprId> {
        let folded = if let Some(text) = self.text(left) {
            match (self.text(right), self.number(right)) {
                (Some(other), _) => texts(operator, text, other),
                (None, Some(skip)) if operator == BinaryOperator::Add => {
                    let rest = usize::try_from(skip).ok().and_then(|skip| text.get(skip..));
                    let Some(rest) = rest else {
                        let problem = skipped_too_much(skip, text.len(), self.span(right));
                        return Some(self.refuse(span, problem));
                    };
                    Folded::Text(rest.to_vec())
                }
                (None, _) => Folded::Later,
            }
        } else {
            let (a, b) = (self.number(left)?, self.number(right)?);
            if let Some(problem) = impossible(operator, b, at, self.span(right)) {
                return Some(self.refuse(span, problem));
            }
            numbers(operator, a, b)
        };
        match folded {
            Folded::Number(value) => Some(self.known_number(value, &[left, right], span)),
            Folded::Truth(value) => Some(self.push(span, Ty::Bool, ExprKind::Bool(value))),
            Folded::Text(text) => {
                let size = text.len() as u32 + 1;
                Some(self.push(span, Ty::Str(size), ExprKind::Str(text)))
            }
            Folded::Later => None,
        }
    }

    /// A number made of known ones: a literal as if it had been written, unless one of them has
    /// an unsigned type of its own.
    fn known_number(&mut self, value: i128, of: &[ExprId], span: Span) -> ExprId {
        let own_type = of.iter().any(|id| {
            !self.flexible[id.0] && matches!(self.ty(*id), Ty::Int(Width::W64, Sign::Unsigned))
        });
        let signed = i64::try_from(value);
        let Ok(bits) = signed.or_else(|_| u64::try_from(value).map(u64::cast_signed)) else {
            let title = "the result does not fit an integer of 64 bits";
            let problem = Diagnostic::new(Code::OutOfRange, span, title, "overflows");
            let help = "integers reach from -9223372036854775808 to 18446744073709551615";
            let alone = of.len() == 1;
            let compat = if alone { "negative value will underflow" } else { CANNOT_FOLD };
            return self.refuse(span, problem.help(help).compat(compat));
        };
        if value >= 0 && own_type {
            return self.push(span, Ty::U64, ExprKind::Int(bits));
        }
        if value < 0 {
            return self.push(span, types::of_negative(bits), ExprKind::Int(bits));
        }
        let id = self.push(span, types::of_literal(bits.cast_unsigned()), ExprKind::Int(bits));
        self.flexible[id.0] = signed.is_ok();
        id
    }
}

/// What no number can give.
pub(super) fn impossible(
    operator: BinaryOperator,
    b: i128,
    at: Span,
    right: Span,
) -> Option<Diagnostic> {
    let shift = matches!(operator, BinaryOperator::ShiftLeft | BinaryOperator::ShiftRight);
    if shift && !(0..64).contains(&b) {
        let title = format!("a shift by {b} bits: integers have 64");
        let problem = Diagnostic::new(Code::OutOfRange, right, title, "0 to 63");
        let help = "shift by 0 to 63 bits";
        return Some(problem.related(at, "this shift").help(help).compat(CANNOT_FOLD));
    }
    let divides = matches!(operator, BinaryOperator::Divide | BinaryOperator::Remainder);
    (divides && b == 0).then(|| by_zero(at, right))
}

/// A division by a literal zero.
fn by_zero(at: Span, right: Span) -> Diagnostic {
    Diagnostic::new(Code::DivisionByZero, at, "division by zero", "here")
        .related(right, "always 0")
        .help("divide by something else")
        .compat(CANNOT_FOLD)
}

fn skipped_too_much(skip: i128, length: usize, span: Span) -> Diagnostic {
    let title = format!("{skip} bytes can't be skipped in a text of {length}");
    Diagnostic::new(Code::OutOfRange, span, title, "out of range")
        .help(format!("skip 0 to {length} bytes"))
}

fn numbers(operator: BinaryOperator, a: i128, b: i128) -> Folded {
    let shift = || u32::try_from(b).unwrap_or_default();
    // A shift drops the bits that leave the 64 at the top.
    let kept = |value: i128| {
        let bits = value as u64;
        if a < 0 { i128::from(bits.cast_signed()) } else { i128::from(bits) }
    };
    match operator {
        BinaryOperator::Add => Folded::Number(a + b),
        BinaryOperator::Subtract => Folded::Number(a - b),
        BinaryOperator::Multiply => Folded::Number(a.saturating_mul(b)),
        BinaryOperator::Divide => Folded::Number(a / b),
        BinaryOperator::Remainder => Folded::Number(a % b),
        BinaryOperator::BitAnd => Folded::Number(a & b),
        BinaryOperator::BitOr => Folded::Number(a | b),
        BinaryOperator::BitXor => Folded::Number(a ^ b),
        BinaryOperator::ShiftLeft => Folded::Number(kept(a << shift())),
        BinaryOperator::ShiftRight => Folded::Number(a >> shift()),
        BinaryOperator::Equal => Folded::Truth(a == b),
        BinaryOperator::NotEqual => Folded::Truth(a != b),
        BinaryOperator::Less => Folded::Truth(a < b),
        BinaryOperator::LessEqual => Folded::Truth(a <= b),
        BinaryOperator::Greater => Folded::Truth(a > b),
        BinaryOperator::GreaterEqual => Folded::Truth(a >= b),
        BinaryOperator::LogicalAnd | BinaryOperator::LogicalOr => Folded::Later,
    }
}

fn texts(operator: BinaryOperator, a: &[u8], b: &[u8]) -> Folded {
    match operator {
        BinaryOperator::Equal => Folded::Truth(a == b),
        BinaryOperator::NotEqual => Folded::Truth(a != b),
        BinaryOperator::Less => Folded::Truth(a < b),
        BinaryOperator::LessEqual => Folded::Truth(a <= b),
        BinaryOperator::Greater => Folded::Truth(a > b),
        BinaryOperator::GreaterEqual => Folded::Truth(a >= b),
        BinaryOperator::Add => Folded::Text([a, b].concat()),
        BinaryOperator::Subtract
        | BinaryOperator::Multiply
        | BinaryOperator::Divide
        | BinaryOperator::Remainder
        | BinaryOperator::BitAnd
        | BinaryOperator::BitOr
        | BinaryOperator::BitXor
        | BinaryOperator::ShiftLeft
        | BinaryOperator::ShiftRight
        | BinaryOperator::LogicalAnd
        | BinaryOperator::LogicalOr => Folded::Later,
    }
}
