//! One body as one function: entry, predicate, statements, exits.

use ir::{Bin, BlockId, Builder, Function, LossId, ProgramKind, State, Ty, ValueId};
use stdlib::Kernel;

use super::{
    environment::Environment,
    function::{Callee, Within},
    loops::Turn,
    plan::Unit,
    scratch::{Memory, Scratch},
    tables::Tables,
    trail::Trail,
};
use crate::{
    Typed,
    typed::{Body, ExprId},
};

/// The lowering of one unit.
pub(super) struct BodyLowering<'a> {
    pub(super) typed: &'a Typed,
    pub(super) unit: &'a Unit<'a>,
    pub(super) body: &'a Body,
    pub(super) tables: &'a Tables,
    pub(super) kernel: &'a dyn Kernel,
    pub(super) program: &'a mut ir::Program,
    pub(super) b: Builder,
    /// Memory of each variable, once it has some.
    pub(super) variables: Vec<Option<Memory>>,
    pub(super) scratch: Scratch,
    /// Where the value at hand should be made.
    pub(super) destination: Option<Destination>,
    /// Length of the text that was made last, where its user asked for it.
    pub(super) noted: Option<ValueId>,
    pub(super) exits: Exits,
    /// What the function returns.
    pub(super) result: Option<Outcome>,
    /// What loops share with the rest of the body.
    pub(super) environment: Option<Environment>,
    /// Where `break` and `continue` go.
    pub(super) turn: Option<Turn>,
    /// Loops whose functions are being built.
    pub(super) loops_open: usize,
    /// The function of the script that this is, if it is one.
    pub(super) within: Option<Within>,
    /// The functions of the script that may be called.
    pub(super) callees: &'a [Callee],
    /// How many functions may be called inside of each other below the program.
    pub(super) call_levels: u32,
    /// Where what is lost goes to.
    pub(super) trail: Trail,
}

/// Where the result of the function is kept, in its own stack.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outcome {
    base: ValueId,
    offset: i32,
}

impl Outcome {
    pub(super) fn load(self, b: &mut Builder) -> ValueId {
        b.load64(self.base, self.offset)
    }

    pub(super) fn store(self, b: &mut Builder, value: ValueId) {
        b.store64(self.base, self.offset, value);
    }
}

/// Where a value should be made.
#[derive(Debug, Clone)]
pub(super) struct Destination {
    pub(super) ptr: ValueId,
    pub(super) ty: Ty,
    /// Whether its user takes the length of text, so that the rest needs no zeros.
    pub(super) by_length: bool,
}

/// The blocks of a function's frame.
#[derive(Debug, Clone, Copy)]
pub(super) struct Exits {
    /// Before the predicate: claims scratch memory if the predicate needs some.
    pub(super) early: BlockId,
    /// After the predicate: claims it otherwise.
    pub(super) late: BlockId,
    /// Where statements start.
    pub(super) start: BlockId,
    /// Where the predicate starts.
    pub(super) predicate: BlockId,
    /// Where a false predicate goes.
    pub(super) skip: BlockId,
    /// Gives scratch memory back and returns.
    pub(super) leave: BlockId,
    /// Leaves the whole probe, also from inside of functions that it calls.
    pub(super) abandon: BlockId,
    /// Returns what the body says.
    pub(super) out: BlockId,
    /// Returns before anything was done.
    pub(super) quit: BlockId,
}

impl<'a> BodyLowering<'a> {
    pub(super) fn new(
        typed: &'a Typed,
        (unit, body): (&'a Unit<'a>, &'a Body),
        tables: &'a Tables,
        kernel: &'a dyn Kernel,
        (program, mut b): (&'a mut ir::Program, Builder),
    ) -> Self {
        let [early, late, start, predicate, skip, leave] = [(); 6].map(|()| b.block());
        let exits = Exits {
            early,
            late,
            start,
            predicate,
            skip,
            leave,
            abandon: leave,
            out: b.block(),
            quit: b.block(),
        };
        Self {
            typed,
            unit,
            body,
            tables,
            kernel,
            program,
            b,
            variables: vec![None; body.variables.len()],
            scratch: Scratch::default(),
            destination: None,
            noted: None,
            exits,
            result: None,
            environment: None,
            turn: None,
            loops_open: 0,
            within: None,
            callees: &[],
            call_levels: 0,
            trail: Trail::default(),
        }
    }

    /// Lowers the whole body.
    pub(super) fn lower(mut self) -> Function {
        self.start_environment();
        self.gate();
        self.b.jump(self.exits.early);
        self.b.switch_to(self.exits.predicate);
        if let Some(predicate) = self.body.predicate {
            let condition = self.condition(predicate);
            self.b.branch(condition, self.exits.late, self.exits.skip);
        } else {
            self.b.jump(self.exits.late);
        }
        self.scratch.after_predicate();
        self.b.switch_to(self.exits.start);
        self.whole_body();
        self.b.jump(self.exits.leave);
        self.finish()
    }

    /// Returns at once when tracing is over, and for processes that are not traced.
    fn gate(&mut self) {
        let events = self.unit.kind != ProgramKind::TestRun;
        if let Some(state) = self.program.state.filter(|_| events) {
            let address = self.b.global(state.global);
            let running = self.b.load64(address, State::RUNNING);
            self.pass_if(running);
        }
        if self.unit.kind == ProgramKind::Iter {
            self.iterator_gate();
        }
        self.call_gate();
        self.process_gate();
    }

    /// An iterator calls its program once more at its end, with nothing. Each time a byte is
    /// written, so that the reader is called back in between.
    fn iterator_gate(&mut self) {
        let context = stdlib::Lower::context(self);
        let thing = self.b.load64(context, 8);
        self.pass_if(thing);
        if self.unit.offers.to_file {
            return;
        }
        let meta = self.b.push(ir::Inst::LoadPtr(context));
        let file = self.b.push(ir::Inst::LoadPtr(meta));
        let byte = self.b.slot(8, 8);
        self.b.zero(byte, 0, 8, 8);
        let one = self.b.constant(1);
        self.b.call(ir::Helper::SEQ_WRITE, &[file, byte, one]);
    }

    pub(super) fn pass_if(&mut self, condition: ValueId) {
        let pass = self.b.block();
        self.b.branch(condition, pass, self.exits.quit);
        self.b.switch_to(pass);
    }

    /// Fills in what only the whole body tells: scratch memory, zeros of variables, the exits.
    fn finish(mut self) -> Function {
        self.finish_trail();
        let Exits { early, late, start, predicate, skip, leave, out, quit, .. } = self.exits;
        let claims_early = self.scratch.is_early();
        if self.environment.as_ref().is_some_and(|it| it.result.is_some()) {
            let base = self.b.kept_slot(8, 8);
            self.result = Some(Outcome { base, offset: 0 });
        }
        self.b.switch_to(early);
        self.start_values();
        if claims_early {
            self.claim_scratch();
        }
        self.b.jump(predicate);
        self.b.switch_to(late);
        if !claims_early {
            self.claim_scratch();
        }
        self.b.jump(start);
        self.b.switch_to(skip);
        self.b.jump(if claims_early { leave } else { out });
        self.b.switch_to(leave);
        self.take_result_from_frame();
        self.release_scratch();
        self.b.jump(out);
        self.b.switch_to(out);
        self.go_on();
        // The verifier allows those nothing but 0: another value would mean something to the kernel.
        let is_bound = self.unit.kind.is_bound();
        let value = match self.result.filter(|_| !is_bound) {
            Some(it) => self.b.load64(it.base, it.offset),
            None => self.b.constant(self.default_result()),
        };
        self.b.ret(value);
        self.b.switch_to(quit);
        self.go_on();
        let value = self.b.constant(self.default_result());
        self.b.ret(value);
        self.b.finish()
    }

    /// What a loop's body set as the result, if one did.
    fn take_result_from_frame(&mut self) {
        let offset = self.environment.as_ref().and_then(|it| it.result);
        let (Some(offset), Some(outcome)) = (offset, self.result) else { return };
        let word = self.in_frame(offset);
        let value = self.b.load64(word, 0);
        let (set, done) = (self.b.block(), self.b.block());
        self.b.branch(value, set, done);
        self.b.switch_to(set);
        self.b.store64(outcome.base, outcome.offset, value);
        self.b.jump(done);
        self.b.switch_to(done);
    }

    /// The default result and the zeros of variables that may be read before they are written.
    pub(super) fn start_values(&mut self) {
        self.fill_environment();
        if let Some(it) = self.result {
            let value = self.b.constant(self.default_result());
            self.b.store64(it.base, it.offset, value);
        }
        for (slot, size) in self.scratch.take_zero_slots() {
            self.b.zero(slot, 0, size, 8);
        }
    }

    /// A tracepoint's program that returned 0 would hide the event from every other user of it.
    const fn default_result(&self) -> i64 {
        match self.unit.kind {
            ProgramKind::Tracepoint if self.within.is_none() => 1,
            ProgramKind::Tracepoint
            | ProgramKind::Kprobe
            | ProgramKind::Uprobe
            | ProgramKind::RawTracepoint
            | ProgramKind::PerfEvent
            | ProgramKind::Fentry
            | ProgramKind::Fexit
            | ProgramKind::Iter
            | ProgramKind::TestRun => 0,
        }
    }

    /// Sets what the function returns.
    pub(super) fn set_result(&mut self, value: ExprId) {
        if self.set_function_result(value) {
            return;
        }
        let value = self.scalar(value);
        if self.environment.is_some() {
            let known = self.environment.as_ref().and_then(|it| it.result);
            let offset = known.unwrap_or_else(|| self.allot_kept(8, true));
            if let Some(environment) = &mut self.environment {
                environment.result = Some(offset);
            }
            // A bit above the result says that there is one.
            let low = self.b.bin_const(Bin::And, value, 0xffff_ffff);
            let set = self.b.bin_const(Bin::Or, low, 1 << 32);
            let place = self.in_frame(offset);
            return self.b.store64(place, 0, set);
        }
        let outcome = self.outcome();
        outcome.store(&mut self.b, value);
    }

    /// Where the result is kept.
    pub(super) fn outcome(&mut self) -> Outcome {
        let known = self.result;
        let outcome = known.unwrap_or_else(|| {
            let base = self.b.kept_slot(8, 8);
            Outcome { base, offset: 0 }
        });
        self.result = Some(outcome);
        outcome
    }

    /// A counter for what is lost at the current place; one for each kind and place.
    pub(super) fn loss_id(&mut self, kind: ir::LossKind, table: Option<ir::TableId>) -> LossId {
        let loss = ir::Loss { kind, span: self.b.span(), probe: self.unit.probe, table };
        let known = self.program.losses.position(|known| *known == loss);
        let id = known.unwrap_or_else(|| self.program.losses.push(loss));
        self.trail.lose(id, kind);
        id
    }
}
