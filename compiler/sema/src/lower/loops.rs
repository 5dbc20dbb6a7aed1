//! Loops. The body of a loop is a function of its own that the kernel calls (`bpf_loop`,
//! `bpf_for_each_map_elem`), so that the verifier need not see how often it runs. What it shares
//! with the rest of the probe, variables above all, is in the scratch frame; it finds the frame
//! through an *environment* on the program's stack whose address every such function gets.
//! Nothing that changes is on that stack: until 6.7 the verifier looked at a call-back once, with
//! what the stack held before the first turn, and took that for true in all turns.
//!
//! Where the kernel has no `bpf_loop` (before 5.17) a loop is one of the program's own, whose turns
//! the verifier walks one by one; they are counted, so that it sees an end.

use ir::{Bin, Builder, FunctionId, Helper, Inst, LossKind, Role, Ty, ValueId, ValueKind};
use stdlib::Feature;

use super::{
    body::{BodyLowering, Exits},
    environment::{ABANDONED, LEFT, LONGEST_FUNCTION},
};
use crate::typed::{Entry, ExprId, Stmt, VariableId};

/// Most turns of a loop (`BPF_MAX_LOOPS`).
const MOST_TURNS: i64 = 1 << 23;
/// Most turns of a loop where the kernel has no `bpf_loop`: the verifier looks at each of them,
/// and gives up after a million instructions.
pub(crate) const MOST_PLAIN_TURNS: i64 = 128;

/// Where `break` and `continue` go in the function at hand.
#[derive(Debug, Clone, Copy)]
pub(super) struct Turn {
    pub(super) break_to: ir::BlockId,
    pub(super) continue_to: ir::BlockId,
}

impl BodyLowering<'_> {
    /// The statements of the whole body. Very many are divided into functions: LLVM takes time
    /// by the square of a function's length, and jumps reach 32,767 instructions.
    pub(super) fn whole_body(&mut self) {
        let body = self.body;
        if body.stmts.len() <= LONGEST_FUNCTION {
            return self.statements(&body.stmts);
        }
        for chunk in body.stmts.chunks(LONGEST_FUNCTION) {
            let function = self.loop_function(vec![ValueKind::Ptr], |_, _| {}, chunk);
            let Some(environment) = self.environment.as_ref().map(|it| it.ptr) else { return };
            self.b.call_function(function, &[environment]);
            self.leave_if_left();
        }
    }

    pub(super) fn while_loop(&mut self, condition: ExprId, body: &[Stmt]) {
        if !self.kernel.has(Feature::Loop) {
            return self.plain_loop(|l, _| l.condition(condition), body);
        }
        let function = self.loop_function(
            vec![ValueKind::Int, ValueKind::Ptr],
            |l, stop| {
                let more = l.condition(condition);
                let go_on = l.b.block();
                l.b.branch(more, go_on, stop);
                l.b.switch_to(go_on);
            },
            body,
        );
        let turns = self.b.constant(MOST_TURNS);
        let Some(done) = self.call_loop(function, turns) else { return };
        let cut = self.b.bin(Bin::Eq, done, turns);
        stdlib::lose_if(self, cut, LossKind::Turns, None);
        self.leave_if_left();
    }

    pub(super) fn range(
        &mut self,
        variable: VariableId,
        (from, to): (ExprId, ExprId),
        body: &[Stmt],
    ) {
        let first = self.scalar(from);
        let end = self.scalar(to);
        if !self.kernel.has(Feature::Loop) {
            // LLVM may know bounds of it that the verifier does not.
            let end = self.b.push(Inst::Opaque(end));
            let start = |l: &mut Self, turn| {
                // The number is made anew for each turn: the body may change its own copy.
                let now = l.b.add(first, turn);
                let place = l.variable_memory(variable);
                l.b.store64(place, 0, now);
                l.b.bin(Bin::SLt, now, end)
            };
            return self.plain_loop(start, body);
        }
        // The kernel refuses a program of which it knows that a loop has no turn: it removes the
        // function, and then misses it.
        let any = self.b.bin(Bin::SLt, first, end);
        let (some, over) = (self.b.block(), self.b.block());
        self.b.branch(any, some, over);
        self.b.switch_to(some);
        let turns = self.turns(first, end);
        let base = self.allot_kept(8, false);
        let word = self.in_frame(base);
        self.b.store64(word, 0, first);
        let function = self.loop_function(
            vec![ValueKind::Int, ValueKind::Ptr],
            move |l, _| {
                // The number is made anew for each turn: the body may change its own copy.
                let word = l.in_frame(base);
                let first = l.b.load64(word, 0);
                let index = l.b.push(Inst::Parameter(0));
                let now = l.b.add(first, index);
                let place = l.variable_memory(variable);
                l.b.store64(place, 0, now);
            },
            body,
        );
        self.call_loop(function, turns);
        self.leave_if_left();
        self.b.jump(over);
        self.b.switch_to(over);
    }

    /// `min(end - first, most)`
    fn turns(&mut self, first: ValueId, end: ValueId) -> ValueId {
        let slot = self.b.slot(8, 8);
        let (many, done) = (self.b.block(), self.b.block());
        let count = self.b.bin(Bin::Sub, end, first);
        self.b.store64(slot, 0, count);
        let most = self.b.constant(MOST_TURNS);
        let too_many = self.b.bin(Bin::ULt, most, count);
        self.b.branch(too_many, many, done);
        self.b.switch_to(many);
        stdlib::count_loss(self, LossKind::Turns, None);
        self.b.store64(slot, 0, most);
        self.b.jump(done);
        self.b.switch_to(done);
        self.b.load64(slot, 0)
    }

    pub(super) fn entries(&mut self, variable: VariableId, map: &str, body: &[Stmt]) {
        let entry = Entry { map: map.to_owned(), keys: Vec::new() };
        let table = self.table_of(&entry);
        // Call-backs get the map, the key, the value and the environment.
        let function = self.loop_function(
            vec![ValueKind::Ptr; 4],
            |l, _| l.fill_entry(variable, &entry),
            body,
        );
        let Some(environment) = self.environment.as_ref().map(|it| it.ptr) else { return };
        let (map, visit) = (self.b.map(table.map), self.b.push(Inst::Function(function)));
        let flags = self.b.constant(0);
        self.b.call(Helper::FOR_EACH_MAP_ELEM, &[map, visit, environment, flags]);
        self.leave_if_left();
    }

    /// Copies the entry at hand to the loop's variable.
    fn fill_entry(&mut self, variable: VariableId, entry: &Entry) {
        let table = self.table_of(entry);
        let ty = self.body.variables[variable.0].ty.clone();
        let (Ty::Tuple(types), Some(key_ty)) = (&ty, &table.key) else { return };
        let [to_key, to_value] = types.as_slice() else { return };
        let offsets = ty.offsets();
        let key = self.b.push(Inst::Parameter(1));
        let value = self.b.push(Inst::Parameter(2));
        let place = self.variable_memory(variable);
        self.convert((key, key_ty), (place, to_key));
        let at = self.b.offset(place, i64::from(offsets[1]));
        if matches!(table.value, Ty::Reduced(_)) {
            let number = self.reduced_at(&table, key);
            self.b.store64(at, 0, number);
        } else {
            self.convert((value, &table.value), (at, to_value));
        }
    }

    /// The body of a loop as a function. `start` comes before it, and may go to the block that
    /// ends the loop.
    pub(super) fn loop_function(
        &mut self,
        parameters: Vec<ValueKind>,
        start: impl FnOnce(&mut Self, ir::BlockId),
        body: &[Stmt],
    ) -> FunctionId {
        let environment_at = parameters.len() as u32 - 1;
        let name = format!("loop_{}", self.program.functions.len() + self.loops_open);
        self.loops_open += 1;
        let mut b = Builder::new(name, Role::Subprogram { parameters }, self.b.span());
        let (leave, stop, next) = (b.block(), b.block(), b.block());
        let abandon = if self.within.is_some() { b.block() } else { leave };
        let ptr = b.push(Inst::Parameter(environment_at));
        let exits = Exits { leave, abandon, ..self.exits };
        let outer = self.enter(b, exits, ptr, Turn { break_to: stop, continue_to: next });
        start(self, stop);
        self.statements(body);
        self.b.jump(next);
        for (block, answer) in [(next, 0), (stop, 1)] {
            self.b.switch_to(block);
            let answer = self.b.constant(answer);
            self.b.ret(answer);
        }
        for (block, how) in [(leave, LEFT), (abandon, ABANDONED)] {
            self.b.switch_to(block);
            if !self.b.is_ended() {
                let (word, how) = (self.left_word(), self.b.constant(how));
                self.b.store64(word, 0, how);
                self.b.jump(stop);
            }
        }
        let function = self.exit_to(outer).finish();
        self.loops_open -= 1;
        self.program.functions.push(function)
    }

    /// Runs a loop; gives how many turns it had.
    pub(super) fn call_loop(
        &mut self,
        function: FunctionId,
        turns: ValueId,
    ) -> Option<ValueId> {
        let environment = self.environment.as_ref().map(|it| it.ptr)?;
        let body = self.b.push(Inst::Function(function));
        let flags = self.b.constant(0);
        Some(self.b.call(Helper::LOOP, &[turns, body, environment, flags]))
    }

    /// A loop without the kernel's help. `start` comes before each turn, gets its number, and says
    /// whether there is one.
    fn plain_loop(&mut self, start: impl FnOnce(&mut Self, ValueId) -> ValueId, body: &[Stmt]) {
        let [head, more, turn, next, cut, done] = [(); 6].map(|()| self.b.block());
        let count = self.b.slot(8, 8);
        let zero = self.b.constant(0);
        self.b.store64(count, 0, zero);
        self.b.jump(head);

        self.b.switch_to(head);
        // LLVM must not count something else instead, which the verifier may not know.
        let number = self.b.load64(count, 0);
        let number = self.b.push(Inst::Opaque(number));
        let go_on = start(self, number);
        self.b.branch(go_on, more, done);
        self.b.switch_to(more);
        let most = self.b.constant(MOST_PLAIN_TURNS);
        let too_many = self.b.bin(Bin::Eq, number, most);
        self.b.branch(too_many, cut, turn);

        self.b.switch_to(turn);
        let outer = self.turn.replace(Turn { break_to: done, continue_to: next });
        self.statements(body);
        self.turn = outer;
        self.b.jump(next);
        self.b.switch_to(next);
        let one = self.b.constant(1);
        let following = self.b.add(number, one);
        self.b.store64(count, 0, following);
        self.b.jump(head);

        self.b.switch_to(cut);
        stdlib::count_loss(self, LossKind::Turns, None);
        self.b.jump(done);
        self.b.switch_to(done);
    }
}

/// What belongs to the function around a loop's body.
pub(super) struct Outer {
    b: Builder,
    exits: Exits,
    environment: Option<ValueId>,
    in_loop: bool,
    turn: Option<Turn>,
}

impl BodyLowering<'_> {
    fn enter(&mut self, b: Builder, exits: Exits, ptr: ValueId, turn: Turn) -> Outer {
        let environment = self.environment.as_mut();
        let (old, in_loop) = environment.map_or((None, false), |it| {
            (
                Some(std::mem::replace(&mut it.ptr, ptr)),
                std::mem::replace(&mut it.in_loop, true),
            )
        });
        self.destination = None;
        Outer {
            b: std::mem::replace(&mut self.b, b),
            exits: std::mem::replace(&mut self.exits, exits),
            environment: old,
            in_loop,
            turn: self.turn.replace(turn),
        }
    }

    fn exit_to(&mut self, outer: Outer) -> Builder {
        if let (Some(environment), Some(ptr)) = (self.environment.as_mut(), outer.environment) {
            (environment.ptr, environment.in_loop) = (ptr, outer.in_loop);
        }
        self.exits = outer.exits;
        self.turn = outer.turn;
        std::mem::replace(&mut self.b, outer.b)
    }
}
