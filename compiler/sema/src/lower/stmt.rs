//! Statements.

use ir::BlockId;

use super::{body::BodyLowering, loops::Turn};
use crate::typed::{ExprId, ExprKind, Stmt, StmtKind, Target, VariableId};

impl BodyLowering<'_> {
    pub(super) fn statements(&mut self, stmts: &[Stmt]) {
        for stmt in stmts {
            let mark = self.mark();
            let span = self.b.set_span(stmt.span);
            self.trail.begin();
            self.statement(stmt);
            self.trail.end();
            self.b.set_span(span);
            self.release(mark);
        }
    }

    fn statement(&mut self, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::Expr(id) => self.effect(*id),
            StmtKind::Declare(variable) => self.declare(*variable),
            StmtKind::Assign(Target::Variable(variable), value) => {
                self.assign_variable(*variable, *value);
            }
            StmtKind::Assign(Target::Entry(entry), value) => self.assign_entry(entry, *value),
            StmtKind::Add(entry, value) => self.add_to_entry(entry, *value),
            StmtKind::Aggregate { entry, row, reduce: _, call } => {
                self.aggregate(entry, row, call);
            }
            StmtKind::If(condition, then, other) => self.if_statement(*condition, then, other),
            StmtKind::Repeat(count, body) => self.unroll(*count, body),
            StmtKind::Block(body) => self.statements(body),
            StmtKind::While(condition, body) => self.while_loop(*condition, body),
            StmtKind::Range { variable, from, to, body } => {
                self.range(*variable, (*from, *to), body);
            }
            StmtKind::Entries { variable, map, body } => self.entries(*variable, map, body),
            StmtKind::Break => self.turn_to(|turn| turn.break_to),
            StmtKind::Continue => self.turn_to(|turn| turn.continue_to),
            StmtKind::Return(value) => {
                if let Some(value) = value {
                    self.set_result(*value);
                }
                self.b.jump(self.exits.leave);
            }
        }
    }

    fn turn_to(&mut self, to: impl FnOnce(Turn) -> BlockId) {
        if let Some(turn) = self.turn {
            self.b.jump(to(turn));
        }
    }

    /// Evaluates an expression for what it does.
    fn effect(&mut self, id: ExprId) {
        let body = self.body;
        let kind = &body.expr(id).kind;
        if let ExprKind::Choose(condition, then, other) = kind {
            let condition = self.condition(*condition);
            let (yes, no, done) = (self.b.block(), self.b.block(), self.b.block());
            self.b.branch(condition, yes, no);
            for (block, id) in [(yes, *then), (no, *other)] {
                self.b.switch_to(block);
                self.effect(id);
                self.b.jump(done);
            }
            self.b.switch_to(done);
        } else if let ExprKind::Block(stmts, value) = kind {
            self.statements(stmts);
            self.effect(*value);
        } else {
            self.value(id);
        }
    }

    fn if_statement(&mut self, condition: ExprId, then: &[Stmt], other: &[Stmt]) {
        let condition = self.condition(condition);
        let (yes, done) = (self.b.block(), self.b.block());
        let no = if other.is_empty() { done } else { self.b.block() };
        self.b.branch(condition, yes, no);
        self.b.switch_to(yes);
        self.statements(then);
        self.b.jump(done);
        if !other.is_empty() {
            self.b.switch_to(no);
            self.statements(other);
            self.b.jump(done);
        }
        self.b.switch_to(done);
    }

    fn declare(&mut self, variable: VariableId) {
        let ty = self.body.variables[variable.0].ty.clone();
        let memory = self.variable_memory(variable);
        let size = if ty.is_scalar() { 8 } else { ty.size() };
        self.b.zero(memory, 0, size, 8);
    }

    fn assign_variable(&mut self, variable: VariableId, value: ExprId) {
        let body = self.body;
        let known = &body.variables[variable.0];
        if let Some((width, sign)) = known.ty.scalar() {
            let mut new = self.scalar(value);
            if known.declared {
                new = self.b.extend(new, width, sign);
            }
            self.trail.set(variable);
            let memory = self.variable_memory(variable);
            self.b.store64(memory, 0, new);
            return;
        }
        // By way of other memory: the value may be made of the variable's own parts.
        let new = self.materialize(value, &known.ty);
        self.trail.set(variable);
        let memory = self.variable_memory(variable);
        self.b.copy(memory, new, known.ty.size(), known.ty.align());
    }
}
