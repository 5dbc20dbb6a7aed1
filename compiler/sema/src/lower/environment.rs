//! What the functions of one body share: those of loops and of the pieces of a long body. The
//! *environment* is on the program's stack and tells where the scratch frame is, which holds the
//! variables; every such function gets its address.

use ir::{Bin, Inst, ValueId};
use stdlib::Feature;

use super::{
    body::{BodyLowering, Exits},
    repeats::Repeats,
};
use crate::typed::{Body, ExprKind, Stmt, StmtKind, VariableId};

/// Where the environment holds what, in bytes.
pub(super) mod place {
    /// The address of the scratch frame.
    pub(in crate::lower) const FRAME: i64 = 0;
    /// The program's context.
    pub(in crate::lower) const CONTEXT: i64 = 8;
    /// Behind the last.
    pub(in crate::lower) const END: u32 = 16;
}

/// Most statements of a probe that are lowered to one function.
pub(super) const LONGEST_FUNCTION: usize = 250;

/// In the word that says so: that the function around the loop was left.
pub(super) const LEFT: i64 = 1;
/// That the whole probe was.
pub(super) const ABANDONED: i64 = 2;

/// The environment of a body with loops.
#[derive(Debug)]
pub(super) struct Environment {
    /// Its address in the function at hand.
    pub(super) ptr: ValueId,
    /// Its address in the program.
    pub(super) slot: ValueId,
    /// Whether the function at hand is a loop's body.
    pub(super) in_loop: bool,
    /// Where in the frame each variable is, once it has a place.
    variables: Vec<Option<u32>>,
    /// Where in the frame is a word that is not 0 once the probe is left from inside of a loop.
    left: Option<u32>,
    /// Where in the frame is what the program returns.
    pub(super) result: Option<u32>,
}

impl Environment {
    /// Says where in the frame a variable is.
    pub(super) fn put(&mut self, variable: VariableId, at: u32) {
        self.variables[variable.0] = Some(at);
    }
}

/// How many functions of loops may be called inside of each other.
pub(super) fn depth(body: &Body, repeats: Repeats) -> u32 {
    let repeats = repeats.within(body);
    let in_blocks = body.exprs.iter().map(|expr| {
        if let ExprKind::Block(stmts, _) = &expr.kind { depth_of(stmts, repeats) } else { 0 }
    });
    let divided = u32::from(body.stmts.len() > LONGEST_FUNCTION);
    in_blocks.max().unwrap_or(0).max(depth_of(&body.stmts, repeats)) + divided
}

fn depth_of(stmts: &[Stmt], repeats: Repeats) -> u32 {
    let of_stmt = |stmt: &Stmt| match &stmt.kind {
        StmtKind::While(_, body)
        | StmtKind::Range { body, .. }
        | StmtKind::Entries { body, .. } => 1 + depth_of(body, repeats),
        StmtKind::If(_, then, other) => depth_of(then, repeats).max(depth_of(other, repeats)),
        StmtKind::Repeat(count, body) => {
            u32::from(repeats.calls(*count, body)) + depth_of(body, repeats)
        }
        StmtKind::Block(body) => depth_of(body, repeats),
        StmtKind::Expr(_)
        | StmtKind::Declare(_)
        | StmtKind::Assign(..)
        | StmtKind::Add(..)
        | StmtKind::Aggregate { .. }
        | StmtKind::Break
        | StmtKind::Continue
        | StmtKind::Return(_) => 0,
    };
    stmts.iter().map(of_stmt).max().unwrap_or(0)
}

/// Whether a body has a loop.
pub(super) fn has_loops(body: &Body, repeats: Repeats) -> bool {
    let repeats = repeats.within(body);
    let in_blocks = body.exprs.iter().any(|expr| {
        if let ExprKind::Block(stmts, _) = &expr.kind {
            any_loop(stmts, repeats)
        } else {
            false
        }
    });
    in_blocks || any_loop(&body.stmts, repeats)
}

fn any_loop(stmts: &[Stmt], repeats: Repeats) -> bool {
    stmts.iter().any(|stmt| match &stmt.kind {
        StmtKind::While(..) | StmtKind::Range { .. } | StmtKind::Entries { .. } => true,
        StmtKind::If(_, then, other) => any_loop(then, repeats) || any_loop(other, repeats),
        StmtKind::Repeat(count, body) => repeats.calls(*count, body) || any_loop(body, repeats),
        StmtKind::Block(body) => any_loop(body, repeats),
        StmtKind::Expr(_)
        | StmtKind::Declare(_)
        | StmtKind::Assign(..)
        | StmtKind::Add(..)
        | StmtKind::Aggregate { .. }
        | StmtKind::Break
        | StmtKind::Continue
        | StmtKind::Return(_) => false,
    })
}

impl BodyLowering<'_> {
    /// Makes the environment of a body that has loops or is divided.
    pub(super) fn start_environment(&mut self) {
        let loops =
            has_loops(self.body, self.tables.repeats) && self.kernel.has(Feature::MapIteration);
        if loops || self.body.stmts.len() > LONGEST_FUNCTION {
            let slot = self.b.kept_slot(place::END, 8);
            let variables = vec![None; self.body.variables.len()];
            let (ptr, in_loop) = (slot, false);
            self.environment =
                Some(Environment { ptr, slot, in_loop, variables, left: None, result: None });
        }
    }

    /// Fills the environment at the start of the program.
    pub(super) fn fill_environment(&mut self) {
        let Some(slot) = self.environment.as_ref().map(|it| it.slot) else { return };
        self.b.zero(slot, 0, place::END, 8);
        if self.lacks_context() {
            return;
        }
        let context = match self.context_parameter() {
            Some(context) => context,
            None => self.b.context(),
        };
        self.b.store64(slot, place::CONTEXT as i32, context);
    }

    /// The address of a variable, if variables are in the frame.
    pub(super) fn variable_in_frame(
        &mut self,
        variable: VariableId,
        size: u32,
    ) -> Option<ValueId> {
        let known = self.environment.as_ref()?.variables[variable.0];
        let offset = match known {
            Some(offset) => offset,
            None => {
                let zeros = self.body.variables[variable.0].starts_as_zero;
                let offset = self.allot_kept(size, zeros);
                if let Some(environment) = &mut self.environment {
                    environment.variables[variable.0] = Some(offset);
                }
                offset
            }
        };
        Some(self.in_frame(offset))
    }

    /// The address of the word that says that the probe was left.
    pub(super) fn left_word(&mut self) -> ValueId {
        let known = self.environment.as_ref().and_then(|it| it.left);
        let offset = known.unwrap_or_else(|| self.allot_kept(8, true));
        if let Some(environment) = &mut self.environment {
            environment.left = Some(offset);
        }
        self.in_frame(offset)
    }

    /// A pointer that the environment holds, if the function at hand is a loop's body.
    pub(super) fn environment_pointer(&mut self, at: i64) -> Option<ValueId> {
        let ptr = self.environment.as_ref().filter(|it| it.in_loop)?.ptr;
        let place = self.b.offset(ptr, at);
        Some(self.b.push(Inst::LoadPtr(place)))
    }

    /// Leaves the function at hand too, if the probe was left inside of a loop.
    pub(super) fn leave_if_left(&mut self) {
        let word = self.left_word();
        let left = self.b.load64(word, 0);
        let stay = self.b.block();
        let Exits { leave, abandon, .. } = self.exits;
        if leave == abandon {
            self.b.branch(left, leave, stay);
        } else {
            let gone = self.b.block();
            self.b.branch(left, gone, stay);
            self.b.switch_to(gone);
            let abandoned = self.b.bin_const(Bin::Eq, left, ABANDONED);
            self.b.branch(abandoned, abandon, leave);
        }
        self.b.switch_to(stay);
    }
}
