//! Statements that leave: what they return, and that nothing stands behind them.

use diag::{Code, Diagnostic, Span};
use grammar::ast;
use ir::Ty;
use stdlib::article;

use super::{Checker, function::Inside};
use crate::{
    typed::{Stmt, StmtKind},
    types::{Seen, join},
};

impl Checker<'_> {
    /// `return` and `return e`
    pub(super) fn return_statement(
        &mut self,
        value: Option<&ast::Expr>,
        span: Span,
    ) -> Option<StmtKind> {
        let Some(inside) = self.inside.clone() else {
            let value = value.map(|value| self.integer(value, "a probe returns"));
            return Some(StmtKind::Return(value));
        };
        let id = value.map(|value| self.expr(value));
        let id = id.map(|id| self.reduced_number(id));
        let Some(id) = id else {
            if inside.returns == Ty::Void {
                return Some(StmtKind::Return(None));
            }
            self.c.problems.push(wrong_return(&inside, &Ty::Void, span));
            return None;
        };
        if self.lacks_value(id) || self.is_nothing(id) {
            return None;
        }
        if inside.returns == Ty::Void || !self.fits(id, &inside.returns) {
            let problem = wrong_return(&inside, self.ty(id), self.span(id));
            self.c.problems.push(problem);
            return None;
        }
        if let (Ty::Ptr(to, _), Ty::Ptr(_, space)) = (&inside.returns, self.ty(id)) {
            let seen = Seen::fixed(Ty::Ptr(to.clone(), *space));
            let old = self.known.results.get(&self.place);
            let joined = old.map_or(Some(seen.clone()), |old| join(old, &seen));
            self.known.results.insert(self.place, joined.unwrap_or(seen));
        }
        Some(StmtKind::Return(Some(id)))
    }

    /// Warns of a statement behind one that always goes elsewhere.
    pub(super) fn reachable(&mut self, stmt: &ast::Stmt, before: &ast::Stmt) {
        let word = match &before.kind {
            ast::StmtKind::Return(_) => "return",
            ast::StmtKind::Expr(it) if is_exit(it) => "exit()",
            ast::StmtKind::If(it) if leaves_always(it) => "if",
            ast::StmtKind::Break => "break",
            ast::StmtKind::Continue => "continue",
            ast::StmtKind::Let(_)
            | ast::StmtKind::Assign(_)
            | ast::StmtKind::Discard(_)
            | ast::StmtKind::Expr(_)
            | ast::StmtKind::If(_)
            | ast::StmtKind::While(_)
            | ast::StmtKind::For(_)
            | ast::StmtKind::Unroll(_)
            | ast::StmtKind::Block(_)
            | ast::StmtKind::Import(_) => return,
        };
        let title = format!("nothing behind `{word}` runs");
        let problem = Diagnostic::new(Code::Unreachable, stmt.span, title, "never runs")
            .related(before.span, "because of this")
            .help(format!("remove it, or move it before `{word}`"));
        self.c.problems.push(problem.compat("Unreachable statement.").warning());
    }
}

fn wrong_return(inside: &Inside, given: &Ty, span: Span) -> Diagnostic {
    let name = &inside.name.text;
    let title = match (&inside.returns, given) {
        (Ty::Void, given) => format!("`{name}` returns nothing, not {}", article(given)),
        (wanted, Ty::Void) => {
            format!("`{name}` returns {}: a value is missing", article(wanted))
        }
        (wanted, given) => {
            format!("`{name}` returns {}, not {}", article(wanted), article(given))
        }
    };
    let label = format!("this is {}", article(given));
    let help = if inside.returns == Ty::Void {
        format!("say what it returns: `fn {name}(…) : {given} {{ … }}`")
    } else {
        format!("return {}", article(&inside.returns))
    };
    let compat =
        format!("Function {name} is of type {}, cannot return {given}", inside.returns);
    Diagnostic::new(Code::TypeMismatch, span, title, label)
        .related(inside.returns_at, "as it is declared")
        .help(help)
        .compat(compat)
}

fn is_exit(it: &ast::Expr) -> bool {
    matches!(&it.kind, ast::ExprKind::Call(call) if stdlib::functions::ends_program(&call.name.text))
}

/// Whether all branches of an `if`, of which one is always taken, end with a statement that leaves.
fn leaves_always(it: &ast::If) -> bool {
    let leaves = |block: &ast::Block| {
        block.stmts.last().is_some_and(|last| match &last.kind {
            ast::StmtKind::Return(_) | ast::StmtKind::Break | ast::StmtKind::Continue => true,
            ast::StmtKind::Expr(it) => is_exit(it),
            ast::StmtKind::If(it) => leaves_always(it),
            ast::StmtKind::Let(_)
            | ast::StmtKind::Assign(_)
            | ast::StmtKind::Discard(_)
            | ast::StmtKind::While(_)
            | ast::StmtKind::For(_)
            | ast::StmtKind::Unroll(_)
            | ast::StmtKind::Block(_)
            | ast::StmtKind::Import(_) => false,
        })
    };
    it.otherwise.as_ref().is_some_and(leaves) && it.branches.iter().all(|it| leaves(&it.body))
}

/// Whether statements never get to their end.
pub(super) fn always_leaves(stmts: &[Stmt]) -> bool {
    stmts.iter().any(|stmt| match &stmt.kind {
        StmtKind::Return(_) => true,
        StmtKind::If(_, then, other) => always_leaves(then) && always_leaves(other),
        StmtKind::Repeat(_, body) | StmtKind::Block(body) => always_leaves(body),
        StmtKind::Expr(_)
        | StmtKind::Declare(_)
        | StmtKind::Assign(..)
        | StmtKind::Add(..)
        | StmtKind::Aggregate { .. }
        | StmtKind::While(..)
        | StmtKind::Range { .. }
        | StmtKind::Entries { .. }
        | StmtKind::Break
        | StmtKind::Continue => false,
    })
}
