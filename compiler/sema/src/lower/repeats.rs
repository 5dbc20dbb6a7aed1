//! `unroll`: its statements are written out turn by turn, so that the verifier looks at each copy.
//! Where that is too much for it, they become the body of a loop, which it looks at once or twice.

use ir::ValueKind;

use super::body::BodyLowering;
use crate::{
    Typed,
    typed::{Body, ExprKind, Stmt, StmtKind},
};

/// How what is repeated a known number of times is lowered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Repeats {
    /// As so many copies.
    #[default]
    Written,
    /// As a function that the kernel calls (5.17).
    Called,
}

/// Fewest turns for which a loop is worth its calls.
const FEWEST: u64 = 3;

impl Repeats {
    /// How it is in a body. `break` and `continue` in a block that is a value belong to a loop
    /// around it, which is not looked for.
    pub(super) fn within(self, body: &Body) -> Self {
        let jumps = body.exprs.iter().any(|expr| {
            if let ExprKind::Block(stmts, _) = &expr.kind { jumps(stmts) } else { false }
        });
        if jumps { Self::Written } else { self }
    }

    /// Whether these statements become a function.
    pub(super) fn calls(self, count: u64, stmts: &[Stmt]) -> bool {
        self == Self::Called && count >= FEWEST && !jumps(stmts)
    }
}

/// Whether a program has something to repeat that could be lowered in another way.
pub fn repeats(typed: &Typed) -> bool {
    typed.bodies.iter().flatten().any(|body| {
        let functions = body.functions.iter().map(|function| &function.body);
        functions.chain([body]).any(|body| {
            let blocks = body.exprs.iter().filter_map(|expr| {
                if let ExprKind::Block(stmts, _) = &expr.kind { Some(stmts) } else { None }
            });
            blocks.chain([&body.stmts]).any(|stmts| any(stmts, &is_repeated))
        })
    })
}

fn is_repeated(stmt: &Stmt) -> bool {
    matches!(&stmt.kind, StmtKind::Repeat(count, stmts) if Repeats::Called.calls(*count, stmts))
}

/// Whether statements go to the next turn of a loop around them, or out of it.
fn jumps(stmts: &[Stmt]) -> bool {
    any(stmts, &|stmt| matches!(stmt.kind, StmtKind::Break | StmtKind::Continue))
}

/// Whether any statement is such a one, or has one in it.
fn any(stmts: &[Stmt], is: &dyn Fn(&Stmt) -> bool) -> bool {
    stmts.iter().any(|stmt| {
        is(stmt)
            || match &stmt.kind {
                StmtKind::If(_, then, other) => any(then, is) || any(other, is),
                StmtKind::Repeat(_, body)
                | StmtKind::Block(body)
                | StmtKind::While(_, body)
                | StmtKind::Range { body, .. }
                | StmtKind::Entries { body, .. } => any(body, is),
                StmtKind::Expr(_)
                | StmtKind::Declare(_)
                | StmtKind::Assign(..)
                | StmtKind::Add(..)
                | StmtKind::Aggregate { .. }
                | StmtKind::Break
                | StmtKind::Continue
                | StmtKind::Return(_) => false,
            }
    })
}

impl BodyLowering<'_> {
    pub(super) fn unroll(&mut self, count: u64, stmts: &[Stmt]) {
        if !self.tables.repeats.within(self.body).calls(count, stmts) {
            for _ in 0..count {
                self.statements(stmts);
            }
            return;
        }
        let function =
            self.loop_function(vec![ValueKind::Int, ValueKind::Ptr], |_, _| {}, stmts);
        let turns = self.b.constant(count as i64);
        self.call_loop(function, turns);
        self.leave_if_left();
    }
}
