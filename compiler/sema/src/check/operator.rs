//! Prefix and infix operators.

use diag::{Code, Diagnostic, Span};
use grammar::ast::{self, BinaryOperator, UnaryOperator};
use ir::{Bin, Coded, Sign, Space, Ty, Width};
use stdlib::article;

use super::{Checker, fold};
use crate::{
    typed::{ExprId, ExprKind, Wanted},
    types,
};

impl Checker<'_> {
    pub(super) fn unary(&mut self, it: &ast::Unary, span: Span) -> ExprId {
        match it.operator {
            UnaryOperator::Not => {
                let value = self.condition(&it.operand);
                if let Some(folded) = self.fold_unary(it.operator, value, span) {
                    return folded;
                }
                self.push(span, Ty::Bool, ExprKind::Not(value))
            }
            UnaryOperator::Negate => {
                let value = self.integer(&it.operand, "`-` takes");
                if let Some(folded) = self.fold_unary(it.operator, value, span) {
                    return folded;
                }
                self.push(span, Ty::I64, ExprKind::Negate(value))
            }
            UnaryOperator::Complement => {
                let value = self.integer(&it.operand, "`~` takes");
                if let Some(folded) = self.fold_unary(it.operator, value, span) {
                    return folded;
                }
                let sign = self.ty(value).scalar().map_or(Sign::Signed, |(_, sign)| sign);
                self.push(span, Ty::Int(Width::W64, sign), ExprKind::Complement(value))
            }
            UnaryOperator::Dereference => self.dereference(&it.operand, span),
            UnaryOperator::AddressOf => self.address_of(&it.operand, span),
        }
    }

    fn dereference(&mut self, operand: &ast::Expr, span: Span) -> ExprId {
        let value = self.expr(operand);
        if self.lacks_value(value) || self.is_nothing(value) {
            return self.nothing(span);
        }
        if self.is_per_cpu(value, span) {
            return self.nothing(span);
        }
        let ty = self.ty(value);
        if let Ty::Ptr(to, _) = ty
            && **to != Ty::Void
        {
            let to = (**to).clone();
            return match self.complete(&to, operand.span) {
                Some(to) => {
                    let to = self.inherit(value, to);
                    self.push(span, to, ExprKind::Dereference(value))
                }
                None => self.nothing(span),
            };
        }
        if *ty == Ty::U64 {
            // An address as `kaddr` gives it; scripts read numbers of the kernel so.
            let to = Ty::Ptr(Box::new(Ty::U64), Space::Kernel);
            let pointer = self.push(operand.span, to, ExprKind::Cast(value));
            return self.push(span, Ty::U64, ExprKind::Dereference(pointer));
        }
        let title = format!("`*` takes a pointer to something, not {}", article(ty));
        let label = format!("this is {}", article(ty));
        let problem = Diagnostic::new(Code::TypeMismatch, operand.span, title, label);
        self.refuse(span, problem.help("say what it points to: `*(uint32 *)address`"))
    }

    pub(super) fn infix(&mut self, it: &ast::Binary, span: Span) -> ExprId {
        let logical: fn(ExprId, ExprId) -> ExprKind =
            if it.operator == BinaryOperator::LogicalAnd {
                ExprKind::And
            } else if it.operator == BinaryOperator::LogicalOr {
                ExprKind::Or
            } else {
                let (left, right) = (self.expr(&it.left), self.expr(&it.right));
                return self.binary(it.operator, it.operator_span, span, (left, right));
            };
        let (left, right) = (self.condition(&it.left), self.condition(&it.right));
        if let Some(folded) = self.fold_logical(it.operator, left, right, span) {
            return folded;
        }
        self.push(span, Ty::Bool, logical(left, right))
    }

    pub(super) fn binary(
        &mut self,
        operator: BinaryOperator,
        at: Span,
        span: Span,
        (left, right): (ExprId, ExprId),
    ) -> ExprId {
        if self.lacks_value(left) || self.lacks_value(right) {
            return self.nothing(span);
        }
        if self.is_nothing(left) || self.is_nothing(right) {
            return self.nothing(span);
        }
        let (left, right) = (self.reduced_number(left), self.reduced_number(right));
        if self.is_nothing(left) || self.is_nothing(right) {
            return self.nothing(span);
        }
        if let Some(folded) = self.fold(operator, (at, span), left, right) {
            return folded;
        }
        let equality = matches!(operator, BinaryOperator::Equal | BinaryOperator::NotEqual);
        if !self.ty(left).is_scalar() || !self.ty(right).is_scalar() {
            if equality && self.comparable(left, right) {
                let same = operator == BinaryOperator::Equal;
                let wanted = if same { Wanted::Same } else { Wanted::Different };
                return self.push(span, Ty::Bool, ExprKind::SameBytes(left, right, wanted));
            }
            let problem = self.mismatch(operator, at, left, right);
            return self.refuse(span, problem);
        }
        if matches!(self.ty(left), Ty::Coded(Coded::Site)) && !equality {
            let problem = self.mismatch(operator, at, left, right);
            return self.refuse(span, problem);
        }
        self.arithmetic(operator, (at, span), left, right)
    }

    /// Whether values in memory can be compared byte by byte.
    fn comparable(&mut self, left: ExprId, right: ExprId) -> bool {
        match (self.ty(left), self.ty(right)) {
            (Ty::Str(_), Ty::Str(_)) => true,
            (Ty::Coded(Coded::Site), Ty::Str(_)) => self.is_literal_text(right),
            (Ty::Str(_), Ty::Coded(Coded::Site)) => self.is_literal_text(left),
            (Ty::Reduced(_), _) | (_, Ty::Reduced(_)) => false,
            (Ty::Array(a, count_a), Ty::Array(b, count_b)) => {
                let alike = matches!((&**a, &**b), (Ty::Int(a, _), Ty::Int(b, _)) if a == b);
                (a == b || alike) && count_a == count_b
            }
            (Ty::Tuple(_), Ty::Tuple(_)) | (Ty::Record(_), Ty::Record(_)) => {
                types::join_ty(self.ty(left), self.ty(right)).is_some()
            }
            (a, b) => a == b,
        }
    }

    fn is_literal_text(&self, id: ExprId) -> bool {
        matches!(self.body.exprs[id.0].kind, ExprKind::Str(_))
    }

    fn mismatch(
        &self,
        operator: BinaryOperator,
        at: Span,
        left: ExprId,
        right: ExprId,
    ) -> Diagnostic {
        let (a, b) = (self.ty(left), self.ty(right));
        let text = operator.text();
        let title = format!("`{text}` does not take {} and {}", article(a), article(b));
        let strings = matches!((a, b), (Ty::Str(_), Ty::Str(_)));
        let equality = matches!(operator, BinaryOperator::Equal | BinaryOperator::NotEqual);
        let one_string = matches!(a, Ty::Str(_)) != matches!(b, Ty::Str(_));
        let help = if equality && one_string {
            "a string is compared with a string: write the other side in quotes, `\"…\"`"
        } else if strings {
            "strings can be compared with `==` and `!=`; to print two, use `printf(\"%s%s\", …)`"
        } else if matches!(a, Ty::Str(_)) || matches!(b, Ty::Str(_)) {
            "both sides must be integers; to print both, use `printf(\"%s %d\", …)`"
        } else {
            "both sides must be integers, or values of one type for `==` and `!=`"
        };
        let late = stdlib::help_for_late_name(a).or_else(|| stdlib::help_for_late_name(b));
        let help = late.unwrap_or(help);
        let alike = equality || one_string;
        let compat = if alike {
            format!("Type mismatch for '{text}': comparing {a} with {b}")
        } else {
            format!("The {text} operator can not be used on expressions of types {a}, {b}")
        };
        Diagnostic::new(Code::TypeMismatch, at, title, "this operator")
            .related(self.span(left), article(a))
            .related_compat(format!("left ({a})"))
            .related(self.span(right), article(b))
            .related_compat(format!("right ({b})"))
            .help(help)
            .compat(compat)
    }

    fn arithmetic(
        &mut self,
        operator: BinaryOperator,
        (at, span): (Span, Span),
        left: ExprId,
        right: ExprId,
    ) -> ExprId {
        let sign = self.common_sign(left, right);
        let signed = sign == Sign::Signed;
        self.warn_of_signs(operator, at, left, right);
        if let Some(done) = self.pointers(operator, (at, span), left, right) {
            return done;
        }
        let (left, right) = self.pointer_operands(operator, left, right);
        let pick = |signed_op, unsigned_op| if signed { signed_op } else { unsigned_op };
        let (op, swap) = match operator {
            BinaryOperator::Add => (Bin::Add, false),
            BinaryOperator::Subtract => (Bin::Sub, false),
            BinaryOperator::Multiply => (Bin::Mul, false),
            BinaryOperator::Divide => (pick(Bin::SDiv, Bin::UDiv), false),
            BinaryOperator::Remainder => (pick(Bin::SMod, Bin::UMod), false),
            BinaryOperator::BitAnd => (Bin::And, false),
            BinaryOperator::BitOr => (Bin::Or, false),
            BinaryOperator::BitXor => (Bin::Xor, false),
            BinaryOperator::ShiftLeft => (Bin::Shl, false),
            BinaryOperator::ShiftRight => (self.right_shift(left), false),
            BinaryOperator::Equal => (Bin::Eq, false),
            BinaryOperator::NotEqual => (Bin::Ne, false),
            BinaryOperator::Less => (pick(Bin::SLt, Bin::ULt), false),
            BinaryOperator::LessEqual => (pick(Bin::SLe, Bin::ULe), false),
            BinaryOperator::Greater => (pick(Bin::SLt, Bin::ULt), true),
            BinaryOperator::GreaterEqual => (pick(Bin::SLe, Bin::ULe), true),
            BinaryOperator::LogicalAnd | BinaryOperator::LogicalOr => {
                return self.nothing(span);
            }
        };
        // bpftrace says it when it happens.
        if !self.c.config.compat
            && let Some(bits) = self.body.constant(right)
            && let Some(problem) =
                fold::impossible(operator, i128::from(bits), at, self.span(right))
        {
            return self.refuse(span, problem);
        }
        let ty = self.result(operator, op, (left, right), sign);
        let (a, b) = if swap { (right, left) } else { (left, right) };
        self.push(span, ty, ExprKind::Binary(op, a, b))
    }

    /// Warns where the largest numbers of an unsigned operand would be taken for negative ones,
    /// or negative ones for large ones.
    fn warn_of_signs(
        &mut self,
        operator: BinaryOperator,
        at: Span,
        left: ExprId,
        right: ExprId,
    ) {
        let divides = matches!(operator, BinaryOperator::Divide | BinaryOperator::Remainder);
        let orders = matches!(
            operator,
            BinaryOperator::Less
                | BinaryOperator::LessEqual
                | BinaryOperator::Greater
                | BinaryOperator::GreaterEqual
        );
        let (a, b) = (self.ty(left), self.ty(right));
        let flexible = self.flexible[left.0] || self.flexible[right.0];
        // bpftrace looks at literals here too, but not where both sides are of one type.
        let as_bpftrace = self.c.config.compat && divides;
        let quiet =
            if as_bpftrace { a == b || self.takes_the_sign(left, right) } else { flexible };
        if !(divides || orders) || quiet {
            return;
        }
        let large = |ty: &Ty| *ty == Ty::U64;
        let signed = |ty: &Ty| matches!(ty, Ty::Int(_, Sign::Signed));
        let unsigned_division = divides && self.c.config.divides_unsigned();
        let text = operator.text();
        let (title, help, compat) = if large(a) && signed(b) || signed(a) && large(b) {
            let help =
                "numbers above 9223372036854775807 count as negative here: cast one side";
            let compat = if divides {
                format!(
                    "signed operands for '{text}' can lead to undefined behavior (cast to unsigned to silence warning)"
                )
            } else {
                super::fit::cast_of_large()
            };
            (format!("`{text}` takes `{a}` and `{b}`, of which one has a sign"), help, compat)
        } else if unsigned_division && (signed(a) || signed(b)) {
            let help = "negative numbers count as large ones here: cast them to silence this";
            let compat = format!(
                "signed operands for '{text}' can lead to undefined behavior (cast to unsigned to silence warning)"
            );
            (format!("`{text}` takes no account of signs here"), help, compat)
        } else {
            return;
        };
        let problem = Diagnostic::new(Code::MixedSigns, at, title, "this operator")
            .related(self.span(left), article(a))
            .related(self.span(right), article(b))
            .help(help)
            .compat(compat);
        self.c.problems.push(problem.warning());
    }

    /// Signed if one side is; literals go along with the other side. In compatibility mode
    /// division and remainder are unsigned and `>>` is logical, as bpftrace has them.
    fn common_sign(&self, left: ExprId, right: ExprId) -> Sign {
        let sign = |id: ExprId| self.ty(id).scalar().map_or(Sign::Signed, |(_, sign)| sign);
        match (self.flexible[left.0], self.flexible[right.0]) {
            (true, true) => Sign::Signed,
            (true, false) => sign(right),
            (false, true) => sign(left),
            (false, false) => sign(left).max(sign(right)),
        }
    }

    /// Whether a literal becomes unsigned as the other side is.
    fn takes_the_sign(&self, left: ExprId, right: ExprId) -> bool {
        let flexible = self.flexible[left.0] || self.flexible[right.0];
        flexible && self.common_sign(left, right) == Sign::Unsigned
    }

    fn right_shift(&self, left: ExprId) -> Bin {
        let signed = matches!(self.ty(left).scalar(), Some((_, Sign::Signed)));
        if signed && !self.flexible[left.0] && !self.c.config.shifts_logically() {
            Bin::Sar
        } else {
            Bin::Shr
        }
    }

    fn result(
        &self,
        operator: BinaryOperator,
        op: Bin,
        (left, right): (ExprId, ExprId),
        sign: Sign,
    ) -> Ty {
        if matches!(op, Bin::Eq | Bin::Ne | Bin::ULt | Bin::ULe | Bin::SLt | Bin::SLe) {
            return Ty::Bool;
        }
        let both = matches!((self.ty(left), self.ty(right)), (Ty::Ptr(..), Ty::Ptr(..)));
        if matches!(operator, BinaryOperator::Add | BinaryOperator::Subtract) && !both {
            for side in [left, right] {
                if let ty @ Ty::Ptr(..) = self.ty(side) {
                    return ty.clone();
                }
            }
        }
        if operator == BinaryOperator::Subtract {
            return Ty::I64;
        }
        if matches!(operator, BinaryOperator::ShiftLeft | BinaryOperator::ShiftRight) {
            let sign = self.ty(left).scalar().map_or(Sign::Signed, |(_, sign)| sign);
            return Ty::Int(Width::W64, sign);
        }
        Ty::Int(Width::W64, sign)
    }
}
