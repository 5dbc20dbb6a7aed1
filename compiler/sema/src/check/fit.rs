//! Whether values go where they are put: into variables of a declared type, and numbers with a sign
//! together with numbers without one.

use diag::{Code, Diagnostic, Span};
use grammar::ast;
use ir::{Coded, Sign, Ty, Width};
use stdlib::article;

use super::{Checker, old};
use crate::{
    typed::{ExprId, ExprKind, Given, StmtKind},
    types::{self, Seen, join_ty},
};

impl Checker<'_> {
    /// A value as the type that its variable was declared with; complains if it doesn't fit.
    pub(super) fn as_declared(
        &mut self,
        index: usize,
        (name, declared_at): (&str, Span),
        value: ExprId,
    ) -> Option<ExprId> {
        let wanted = self.body.variables[index].ty.clone();
        let span = self.span(value);
        let from = self.ty(value).clone();
        if from == wanted {
            return Some(value);
        }
        match (&from, &wanted) {
            (Ty::Int(..) | Ty::Bool | Ty::Enum(_), Ty::Int(width, sign)) => {
                let number = self.bare_number(value);
                if let Some(number) = number.filter(|it| !fits(*it, *width, *sign)) {
                    self.c.problems.push(does_not_fit(
                        number,
                        name,
                        (&wanted, *width, *sign),
                        span,
                    ));
                    return None;
                }
                Some(value)
            }
            (Ty::Int(..) | Ty::Enum(_), Ty::Bool) | (Ty::Int(..), Ty::Enum(_)) => {
                Some(self.push(span, wanted, ExprKind::Cast(value)))
            }
            (Ty::Str(a), Ty::Str(b)) | (Ty::Bytes(a), Ty::Bytes(b)) if a <= b => Some(value),
            (Ty::Coded(Coded::ControlGroup(_)), Ty::Coded(Coded::ControlGroup(_))) => {
                // Which of the hierarchies it is looked up in comes with the value.
                self.body.variables[index].ty = from.clone();
                if let Some(key) = self.keys.get(index) {
                    self.known.variables.insert(*key, Seen::fixed(from));
                }
                Some(value)
            }
            (Ty::Ptr(..) | Ty::Int(..), Ty::Ptr(to, _))
                if **to == Ty::Void || self.body.constant(value) == Some(0) =>
            {
                Some(self.push(span, wanted, ExprKind::Cast(value)))
            }
            (Ty::Ptr(a, _), Ty::Ptr(b, _)) if a == b => Some(value),
            (Ty::Tuple(_) | Ty::Record(_), _)
                if join_ty(&wanted, &from).is_some_and(|joined| joined == wanted) =>
            {
                Some(value)
            }
            _ => {
                let problem = mismatch((name, declared_at), (&from, &wanted), span);
                self.c.problems.push(problem);
                None
            }
        }
    }

    /// A number as it is written; one that was cast is cut to what it goes into.
    fn bare_number(&self, value: ExprId) -> Option<i128> {
        let number = self.number(value)?;
        let natural = i64::try_from(number).map_or(Ty::U64, types::of_value);
        (*self.ty(value) == natural).then_some(number)
    }

    /// Warns where `uint64` and signed numbers meet: the common type has no room for the largest.
    pub(super) fn warn_of_lost_sign(
        &mut self,
        old: &Seen,
        new: &Seen,
        (name, span): (&str, Span),
    ) {
        let (large, other) = match (&old.ty, &new.ty) {
            (Ty::Int(Width::W64, Sign::Unsigned), Ty::Int(_, Sign::Signed)) => (old, new),
            (Ty::Int(_, Sign::Signed), Ty::Int(Width::W64, Sign::Unsigned)) => (new, old),
            _ => return,
        };
        if large.flexible || other.flexible {
            return;
        }
        let title = format!("`{name}` holds `{}` and `{}`: it becomes `int64`", old.ty, new.ty);
        let problem = Diagnostic::new(Code::MixedSigns, span, title, article(&new.ty))
            .help("where numbers above 9223372036854775807 can come, cast one of them")
            .compat(cast_of_large())
            .warning();
        self.c.problems.push(problem);
    }

    pub(super) fn expression_statement(&mut self, expr: &ast::Expr) -> StmtKind {
        if let Some(call) = old::call_of_several(expr) {
            return StmtKind::Block(self.call_by_entry(call, expr.span));
        }
        let id = self.expr(expr);
        if self.is_idle(id) {
            let title = "the value goes nowhere";
            let problem = Diagnostic::new(Code::Discarded, expr.span, title, "this value");
            let help = "assign it, print it, or write `_ = …;` if that is meant";
            let problem = problem.help(help).compat("Return value discarded.");
            self.c.problems.push(problem.warning());
        }
        let kind = &mut self.body.exprs[id.0].kind;
        if let ExprKind::Step(_, _, given) = kind {
            *given = Given::Nothing;
        } else if let ExprKind::Word(_, call) = kind {
            call.given = stdlib::Given::Nothing;
        }
        StmtKind::Expr(id)
    }

    /// Whether an expression does nothing but give a value.
    fn is_idle(&self, id: ExprId) -> bool {
        let expr = self.body.expr(id);
        if let ExprKind::Word(row, _) = &expr.kind {
            return expr.ty != Ty::Void && !stdlib::functions::has_effect(row);
        }
        let acts = matches!(
            expr.kind,
            ExprKind::Step(..)
                | ExprKind::Invoke(..)
                | ExprKind::InvokeC(..)
                | ExprKind::InvokeKernel(..)
                | ExprKind::Nothing
                | ExprKind::Block(..)
                | ExprKind::Choose(..)
        );
        !acts || matches!(expr.kind, ExprKind::Choose(..)) && expr.ty != Ty::Void
    }
}

/// bpftrace's words where an unsigned number of 64 bits is taken for a signed one.
pub(super) fn cast_of_large() -> String {
    let rest =
        "This may cause unexpected results. Use an explicit cast to suppress this warning.";
    format!("Expression of type: uint64 being cast to type: int64. {rest}")
}

/// Whether an integer of this type holds `number`.
fn fits(number: i128, width: Width, sign: Sign) -> bool {
    let bits = width.bits();
    match sign {
        Sign::Unsigned => (0..1 << bits).contains(&number),
        Sign::Signed => (-(1 << (bits - 1))..1 << (bits - 1)).contains(&number),
    }
}

fn does_not_fit(
    number: i128,
    name: &str,
    (wanted, width, sign): (&Ty, Width, Sign),
    span: Span,
) -> Diagnostic {
    let help = match (number < 0, sign) {
        (true, Sign::Unsigned) => "declare it with a signed type",
        (false, Sign::Signed) if width == Width::W64 => "declare it as `uint64`",
        _ => "declare it with a wider type",
    };
    let title = format!("{number} does not fit `${name}`, which is declared as `{wanted}`");
    let compat = format!(
        "Type mismatch for ${name}: trying to assign value '{number}' which does not fit into the variable of type '{wanted}'"
    );
    Diagnostic::new(Code::OutOfRange, span, title, "too large or too small")
        .help(help)
        .compat(compat)
}

fn mismatch(
    (name, declared_at): (&str, Span),
    (from, wanted): (&Ty, &Ty),
    span: Span,
) -> Diagnostic {
    let title = format!("`${name}` is declared as `{wanted}`, which `{from}` does not fit");
    let compat = format!(
        "Type mismatch for ${name}: trying to assign value of type '{from}' when variable already has a type '{wanted}'"
    );
    let help = match (from, wanted) {
        (Ty::Str(size), Ty::Str(_)) => format!("declare it as `string[{size}]`"),
        (Ty::Ptr(..), Ty::Ptr(..)) => format!("cast it: `({wanted})…`"),
        _ => "use another variable for it".to_owned(),
    };
    Diagnostic::new(Code::TypeMismatch, span, title, format!("this is {}", article(from)))
        .related(declared_at, format!("`${name}`"))
        .help(help)
        .compat(compat)
}
