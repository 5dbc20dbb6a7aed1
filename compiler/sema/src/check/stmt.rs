//! Statements.

use diag::{Code, Diagnostic, Span};
use grammar::ast::{self, Block, Probe};
use ir::{Bin, Ty};
use stdlib::article;

use super::{Checker, fold::Decision, old};
use crate::{
    typed::{Entry, ExprId, ExprKind, Given, Stmt, StmtKind, Target, VariableId},
    types::Seen,
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
        self.scope.leave();
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

    pub(super) fn assign_variable(
        &mut self,
        index: usize,
        name: &str,
        span: Span,
        value: ExprId,
    ) -> Option<StmtKind> {
        if self.lacks_value(value) || self.is_nothing(value) {
            return None;
        }
        let seen = self.seen(value);
        if let Ty::Reduced(reduce) = seen.ty {
            let title = format!("a `{reduce}` can't be kept in a variable");
            let problem =
                Diagnostic::new(Code::TypeMismatch, self.span(value), title, "this value");
            let compat = format!("Value '{reduce}' cannot be assigned to a scratch variable.");
            self.c.problems.push(problem.compat(compat));
            return None;
        }
        self.fits_declaration(index, name, value);
        if let Err(old) = self.widen_variable(index, &seen) {
            let title =
                format!("`${name}` is {}, which `{}` does not go with", article(&old), seen.ty);
            let compat = format!(
                "Type mismatch for ${name}: trying to assign value of type '{}' when variable already has a type '{old}'",
                seen.ty
            );
            let label = format!("this is {}", article(&seen.ty));
            let problem = Diagnostic::new(Code::TypeMismatch, self.span(value), title, label)
                .related(span, format!("`${name}`"))
                .help("use another variable for it");
            self.c.problems.push(problem.compat(compat));
            return None;
        }
        Some(StmtKind::Assign(Target::Variable(VariableId(index)), value))
    }

    fn assignment(&mut self, it: &ast::Assign, span: Span) -> Option<StmtKind> {
        if let ast::ExprKind::Map(access) = &it.target.kind {
            return self.assign_map(it, access, span);
        }
        // The grammar takes no other targets.
        let ast::ExprKind::Variable(name) = &it.target.kind else { return None };
        let value = self.assigned_value(it, span);
        let index = self.assigned(name, it.target.span);
        self.assign_variable(index, name, it.target.span, value)
    }

    /// The right side of `=`, or of `+=` and the like together with the old value.
    fn assigned_value(&mut self, it: &ast::Assign, span: Span) -> ExprId {
        let Some(operator) = it.operator else { return self.expr(&it.value) };
        let old = self.expr(&it.target);
        let new = self.expr(&it.value);
        self.binary(operator, it.operator_span, span, (old, new))
    }

    /// The variable that an assignment means: a new one unless one of that name is in sight.
    fn assigned(&mut self, name: &str, span: Span) -> usize {
        if let Some(named) = self.scope.find(name) {
            let (index, ended) = (named.index, named.ended);
            if ended {
                self.scope.revive(index);
            }
            return index;
        }
        let index = self.new_variable();
        self.scope.add(name, index, span);
        index
    }

    fn assign_map(
        &mut self,
        it: &ast::Assign,
        access: &ast::MapAccess,
        span: Span,
    ) -> Option<StmtKind> {
        let target_span = it.target.span;
        if it.operator.is_none()
            && let ast::ExprKind::Call(call) = &it.value.kind
            && let Some(row) = stdlib::aggregations::find(&call.name.text)
        {
            return self.aggregate(access, target_span, call, (row, it.value.span));
        }
        let entry = self.entry(access, target_span);
        if let Some(operator @ (ast::BinaryOperator::Add | ast::BinaryOperator::Subtract)) =
            it.operator
        {
            return self.add_to_map(entry, it, operator, span);
        }
        let value = self.assigned_value(it, span);
        let (entry, value) = (entry?, (!self.lacks_value(value)).then_some(value)?);
        if self.is_nothing(value) {
            return None;
        }
        if let Ty::Reduced(reduce) = self.ty(value) {
            let title = format!("a `{reduce}` can't be copied to another map");
            let compat = format!(
                "Map value '{reduce}' cannot be assigned from one map to another. The function that returns this type must be called directly e.g. `@{} = count();`.",
                entry.map
            );
            let problem =
                Diagnostic::new(Code::TypeMismatch, self.span(value), title, "this value");
            self.c
                .problems
                .push(problem.help("call the aggregation for both maps").compat(compat));
            return None;
        }
        let seen = self.seen(value);
        self.widen_value(&entry.map, self.span(value), &seen);
        Some(StmtKind::Assign(Target::Entry(entry), value))
    }

    /// `@m += e` and `@m -= e`: exact when several CPUs do it at once.
    fn add_to_map(
        &mut self,
        entry: Option<Entry>,
        it: &ast::Assign,
        operator: ast::BinaryOperator,
        span: Span,
    ) -> Option<StmtKind> {
        let value = self.integer(&it.value, "`+=` and `-=` take");
        let (entry, seen) = (entry?, self.seen(value));
        if self.is_nothing(value) {
            return None;
        }
        let subtract = operator == ast::BinaryOperator::Subtract;
        let seen = if subtract { Seen::fixed(Ty::I64) } else { seen };
        self.widen_value(&entry.map, span, &seen);
        let value =
            if subtract { self.push(span, Ty::I64, ExprKind::Negate(value)) } else { value };
        Some(StmtKind::Add(entry, value))
    }

    pub(super) fn expression_statement(&mut self, expr: &ast::Expr) -> StmtKind {
        if let Some(call) = old::call_of_several(expr) {
            return StmtKind::Block(self.call_by_entry(call, expr.span));
        }
        let id = self.expr(expr);
        let kind = &mut self.body.exprs[id.0].kind;
        if let ExprKind::Step(_, _, given) = kind {
            *given = Given::Nothing;
        } else if let ExprKind::Word(_, call) = kind {
            call.given = stdlib::Given::Nothing;
        } else if !matches!(
            kind,
            ExprKind::Word(..)
                | ExprKind::Invoke(..)
                | ExprKind::InvokeC(..)
                | ExprKind::Nothing
                | ExprKind::Block(..)
        ) {
            let title = "the value goes nowhere";
            let problem = Diagnostic::new(Code::Discarded, expr.span, title, "this value");
            let help = "assign it, print it, or write `_ = …;` if that is meant";
            let problem = problem.help(help).compat("Return value discarded.");
            self.c.problems.push(problem.warning());
        }
        StmtKind::Expr(id)
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
            Decision::Known(true) => return StmtKind::Block(self.block(&first.body)),
            Decision::Known(false) => return self.if_statement(rest, otherwise),
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
            self.c.problems.push(problem.help("write `unroll (10) { … }`"));
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
            let compat = format!("Invalid condition: {ty}");
            return self.refuse(span, problem.help(help).compat(compat));
        }
        let title = format!("{} is neither true nor false", article(ty));
        let label = format!("this is {}", article(ty));
        let compat = format!("Invalid condition: {ty}");
        let problem = Diagnostic::new(Code::TypeMismatch, span, title, label);
        let help = if matches!(ty, Ty::Str(_)) {
            "compare it: `… == \"text\"`"
        } else {
            "write a condition that compares numbers or texts"
        };
        self.refuse(span, problem.help(help).compat(compat))
    }
}
