//! Arithmetic with addresses: it counts in what they point to, as in C.

use diag::{Code, Diagnostic, Span};
use grammar::ast::BinaryOperator;
use ir::{Bin, Space, Ty};
use stdlib::article;

use super::Checker;
use crate::typed::{ExprId, ExprKind};

impl Checker<'_> {
    /// What is special of an operator on addresses, if anything is: two of them subtracted, or an
    /// operator that means nothing for them. Warns of addresses that don't go together.
    pub(super) fn pointers(
        &mut self,
        operator: BinaryOperator,
        (at, span): (Span, Span),
        left: ExprId,
        right: ExprId,
    ) -> Option<ExprId> {
        let is_pointer = |ty: &Ty| matches!(ty, Ty::Ptr(..));
        let (a, b) = (self.ty(left).clone(), self.ty(right).clone());
        if !is_pointer(&a) && !is_pointer(&b) {
            return None;
        }
        if let (Ty::Ptr(to_a, _), Ty::Ptr(to_b, _)) = (&a, &b) {
            self.warn_of_spaces((left, &a), (right, &b), at);
            self.warn_of_pointees((left, to_a), (right, to_b), at);
        }
        let refused = match operator {
            BinaryOperator::Add => is_pointer(&a) && is_pointer(&b),
            BinaryOperator::Subtract => !is_pointer(&a),
            BinaryOperator::Multiply | BinaryOperator::Divide => true,
            BinaryOperator::Remainder
            | BinaryOperator::BitAnd
            | BinaryOperator::BitOr
            | BinaryOperator::BitXor
            | BinaryOperator::ShiftLeft
            | BinaryOperator::ShiftRight
            | BinaryOperator::Equal
            | BinaryOperator::NotEqual
            | BinaryOperator::Less
            | BinaryOperator::LessEqual
            | BinaryOperator::Greater
            | BinaryOperator::GreaterEqual
            | BinaryOperator::LogicalAnd
            | BinaryOperator::LogicalOr => false,
        };
        if refused {
            let text = operator.text();
            let title = format!("`{text}` does not take {} and {}", article(&a), article(&b));
            let compat = format!("Type mismatch for '{text}': comparing {a} with {b}");
            let problem = Diagnostic::new(Code::TypeMismatch, at, title, "this operator")
                .related(self.span(left), article(&a))
                .related_compat(format!("left ({a})"))
                .related(self.span(right), article(&b))
                .related_compat(format!("right ({b})"))
                .help("count with the address as a number: `(uint64)$pointer`")
                .compat(compat);
            return Some(self.refuse(span, problem));
        }
        if let (BinaryOperator::Subtract, Ty::Ptr(to_a, _), Ty::Ptr(to_b, _)) =
            (operator, &a, &b)
        {
            let bytes = self.push(span, Ty::I64, ExprKind::Binary(Bin::Sub, left, right));
            let size = if to_a == to_b { self.size_of(to_a, left) } else { 1 };
            if size <= 1 {
                return Some(bytes);
            }
            let size = self.push(span, Ty::I64, ExprKind::Int(i64::from(size)));
            return Some(self.push(span, Ty::I64, ExprKind::Binary(Bin::SDiv, bytes, size)));
        }
        None
    }

    /// Warns of an address in the kernel and one in a process.
    pub(super) fn warn_of_spaces(
        &mut self,
        (left, a): (ExprId, &Ty),
        (right, b): (ExprId, &Ty),
        at: Span,
    ) {
        let name = |ty: &Ty| {
            let Ty::Ptr(_, space) = ty else { return None };
            match space {
                Space::Kernel => Some("in the kernel"),
                Space::User => Some("in a process"),
                Space::Unknown | Space::Context | Space::PerCpu => None,
            }
        };
        let (Some(first), Some(second)) = (name(a), name(b)) else { return };
        if first == second {
            return;
        }
        let title = "an address in the kernel meets one in a process";
        let problem = Diagnostic::new(Code::AddressSpaces, at, title, "here")
            .related(self.span(left), first)
            .related(self.span(right), second)
            .help("`kptr(…)` and `uptr(…)` say where an address points to")
            .compat("Addrspace mismatch");
        self.c.problems.push(problem.warning());
    }

    fn warn_of_pointees(
        &mut self,
        (left, a): (ExprId, &Ty),
        (right, b): (ExprId, &Ty),
        at: Span,
    ) {
        if a == b || *a == Ty::Void || *b == Ty::Void {
            return;
        }
        let title = format!("a pointer to `{a}` meets one to `{b}`");
        let problem = Diagnostic::new(Code::PointerTypes, at, title, "this operator")
            .related(self.span(left), format!("a `{a} *`"))
            .related(self.span(right), format!("a `{b} *`"))
            .help(format!("if that is meant, cast one of them: `({a} *)…`"));
        self.c.problems.push(problem.warning());
    }

    /// `pointer + n` counts in what the pointer points to.
    pub(super) fn pointer_operands(
        &mut self,
        operator: BinaryOperator,
        left: ExprId,
        right: ExprId,
    ) -> (ExprId, ExprId) {
        if !matches!(operator, BinaryOperator::Add | BinaryOperator::Subtract) {
            return (left, right);
        }
        match (self.ty(left).clone(), self.ty(right).clone()) {
            (Ty::Ptr(to, _), Ty::Int(..)) => {
                let size = self.size_of(&to, left);
                (left, self.scaled(right, size))
            }
            (Ty::Int(..), Ty::Ptr(to, _)) if operator == BinaryOperator::Add => {
                let size = self.size_of(&to, right);
                (self.scaled(left, size), right)
            }
            _ => (left, right),
        }
    }

    /// Bytes of what a pointer points to; kernel types are looked up.
    pub(super) fn size_of(&mut self, to: &Ty, pointer: ExprId) -> u32 {
        let span = self.span(pointer);
        self.complete(to, span).map_or(0, |ty| ty.size())
    }

    fn scaled(&mut self, id: ExprId, by: u32) -> ExprId {
        if by <= 1 {
            return id;
        }
        let span = self.span(id);
        if let Some(number) = self.body.constant(id) {
            let bytes = number.wrapping_mul(i64::from(by));
            return self.push(span, Ty::I64, ExprKind::Int(bytes));
        }
        let factor = self.push(span, Ty::I64, ExprKind::Int(i64::from(by)));
        self.push(span, Ty::I64, ExprKind::Binary(Bin::Mul, id, factor))
    }
}
