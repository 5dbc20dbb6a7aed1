//! Statements.

use diag::{Code, Diagnostic, Span};
use grammar::ast::{self, Block, Probe};
use ir::{Bin, Ty};
use stdlib::article;

use super::{Checker, fold::Decision};
use crate::{
    typed::{ExprId, ExprKind, Stmt, StmtKind},
    walk,
};

impl Checker<'_> {
    pub(super) fn probe(&mut self, probe: &Probe) {
        if let Some(predicate) = &probe.predicate {
            self.body.predicate = Some(self.condition(predicate));
        }
        self.body.stmts = self.block(&probe.body);
    }

    pub(super) fn block(&mut self, block: &Block) -> Vec<Stmt> {
        self.scope.enter();
        let stmts = self.statements(&block.stmts);
        self.leave_block();
        stmts
    }

    pub(super) fn statements(&mut self, stmts: &[ast::Stmt]) -> Vec<Stmt> {
        let mut checked: Vec<Stmt> = Vec::new();
        for (index, stmt) in stmts.iter().enumerate() {
            if let Some(before) = index.checked_sub(1).and_then(|before| stmts.get(before)) {
                self.reachable(stmt, before);
            }
            let kind = self.statement(stmt);
            checked.extend(kind.map(|kind| Stmt { span: stmt.span, kind }));
        }
        checked
    }

    fn statement(&mut self, stmt: &ast::Stmt) -> Option<StmtKind> {
        match &stmt.kind {
            ast::StmtKind::Let(it) => self.declaration(it),
            ast::StmtKind::Assign(it) => self.assignment(it, stmt.span),
            ast::StmtKind::Discard(expr) => Some(StmtKind::Expr(self.expr(expr))),
            ast::StmtKind::Expr(expr) => Some(self.expression_statement(expr)),
            ast::StmtKind::If(it) => {
                Some(self.if_statement(&it.branches, it.otherwise.as_ref()))
            }
            ast::StmtKind::Unroll(it) => self.unroll(it),
            ast::StmtKind::Block(block) => Some(StmtKind::Block(self.block(block))),
            ast::StmtKind::Return(value) => self.return_statement(value.as_ref(), stmt.span),
            ast::StmtKind::While(it) => Some(self.while_loop(it)),
            ast::StmtKind::For(it) => self.for_loop(it),
            ast::StmtKind::Break => self.inside_loop(stmt.span, "break", StmtKind::Break),
            ast::StmtKind::Continue => {
                self.inside_loop(stmt.span, "continue", StmtKind::Continue)
            }
            ast::StmtKind::Import(_) => self.unsupported(stmt.span, "`import` in a block"),
        }
    }

    fn unsupported(&mut self, span: Span, what: &str) -> Option<StmtKind> {
        let title = format!("{what} is not supported yet");
        let problem = Diagnostic::new(Code::NotSupported, span, title, "not supported");
        self.c.problems.push(problem.help("`unroll (N) { … }` repeats a block"));
        None
    }

    pub(super) fn if_statement(
        &mut self,
        branches: &[ast::Branch],
        otherwise: Option<&Block>,
    ) -> StmtKind {
        let Some((first, rest)) = branches.split_first() else {
            return StmtKind::Block(
                otherwise.map(|block| self.block(block)).unwrap_or_default(),
            );
        };
        let condition = match self.decide(&first.condition) {
            Decision::Known(true) => {
                rest.iter().for_each(|branch| self.skip(&branch.body));
                otherwise.into_iter().for_each(|block| self.skip(block));
                return StmtKind::Block(self.block(&first.body));
            }
            Decision::Known(false) => {
                self.skip(&first.body);
                return self.if_statement(rest, otherwise);
            }
            Decision::Never => return StmtKind::Block(Vec::new()),
            Decision::Open(condition) => condition,
        };
        let then = self.block(&first.body);
        let other = match (rest, otherwise) {
            ([], None) => Vec::new(),
            ([], Some(block)) => self.block(block),
            ([next, ..], _) => {
                let kind = self.if_statement(rest, otherwise);
                vec![Stmt { span: next.condition.span, kind }]
            }
        };
        StmtKind::If(condition, then, other)
    }

    /// Notes the maps of a branch that is never taken: they are no mistakes elsewhere.
    fn skip(&mut self, block: &Block) {
        self.known.skip(|look| walk::block_exprs(&mut block.clone(), look));
    }

    fn unroll(&mut self, it: &ast::Unroll) -> Option<StmtKind> {
        let count = self.expr(&it.count);
        let body = self.block(&it.body);
        let span = it.count.span;
        let Some(number) = self.body.constant(count) else {
            let problem = Diagnostic::new(
                Code::OutOfRange,
                span,
                "`unroll` takes a literal number",
                "not known before the program runs",
            );
            let problem = problem.help("write `unroll (10) { … }`");
            self.c.problems.push(problem.compat("invalid unroll value"));
            return None;
        };
        if !(1..=100).contains(&number) {
            let title = format!("`unroll` repeats 1 to 100 times, not {number}");
            let compat = if number < 1 {
                "unroll minimum value is 1"
            } else {
                "unroll maximum value is 100"
            };
            let problem = Diagnostic::new(Code::OutOfRange, span, title, "out of range");
            self.c.problems.push(problem.compat(compat));
            return None;
        }
        Some(StmtKind::Repeat(number as u64, body))
    }

    /// An expression that must be an integer.
    pub(super) fn integer(&mut self, expr: &ast::Expr, who: &str) -> ExprId {
        let id = self.expr(expr);
        if self.lacks_value(id) || self.is_nothing(id) {
            return self.nothing(expr.span);
        }
        if matches!(self.ty(id), Ty::Int(..) | Ty::Bool | Ty::Enum(_)) {
            return id;
        }
        let title = format!("{who} an integer, not {}", article(self.ty(id)));
        let label = format!("this is {}", article(self.ty(id)));
        let problem = Diagnostic::new(Code::TypeMismatch, expr.span, title, label);
        self.refuse(expr.span, problem)
    }

    /// An expression that decides something: an integer, a boolean or a pointer.
    pub(super) fn condition(&mut self, expr: &ast::Expr) -> ExprId {
        let id = self.expr(expr);
        self.as_condition(id)
    }

    pub(super) fn as_condition(&mut self, id: ExprId) -> ExprId {
        let span = self.span(id);
        if self.lacks_value(id) || self.is_nothing(id) {
            return id;
        }
        let ty = self.ty(id);
        if *ty == Ty::Bool {
            return id;
        }
        if let Some(number) = self.body.constant(id) {
            return self.push(span, Ty::Bool, ExprKind::Bool(number != 0));
        }
        if matches!(ty, Ty::Int(..) | Ty::Enum(_) | Ty::Ptr(..)) {
            let zero = self.push(span, Ty::I64, ExprKind::Int(0));
            return self.push(span, Ty::Bool, ExprKind::Binary(Bin::Ne, id, zero));
        }
        if let Ty::Record(record) = ty
            && record.name.is_none()
            && let [field] = record.fields.as_slice()
        {
            let title = "`=` does not compare";
            let problem = Diagnostic::new(Code::TypeMismatch, span, title, "makes a record");
            let help = format!("write `{} == …`", field.name);
            // bpftrace names the kind of type: `string`, `kstack`.
            let name = ty.to_string();
            let kind = name.split(['[', '_']).next().unwrap_or_default();
            let compat = format!("Invalid condition: {kind}");
            return self.refuse(span, problem.help(help).compat(compat));
        }
        let title = format!("{} is neither true nor false", article(ty));
        let label = format!("this is {}", article(ty));
        // bpftrace names the kind of type: `string`, `kstack`.
        let name = ty.to_string();
        let kind = name.split(['[', '_']).next().unwrap_or_default();
        let compat = format!("Invalid condition: {kind}");
        let problem = Diagnostic::new(Code::TypeMismatch, span, title, label);
        let help = if matches!(ty, Ty::Str(_)) {
            "compare it: `… == \"text\"`"
        } else {
            "a condition is an integer, a boolean or an address"
        };
        self.refuse(span, problem.help(help).compat(compat))
    }
}
