//! From one frame to its caller's.

use ir::{
    Bin, BlockId, Builder, FrameRule, FunctionId, Helper, Inst, Role, Rule, Unwind, ValueId,
};

use super::{Layout, PARAMETERS, mapping, place};
use crate::{Lower, stack};

/// Where a signal handler's return finds what was interrupted, in bytes from the stack pointer
/// (`struct rt_sigframe` from its `uc` on).
const SIGNAL_BP: i64 = 120;
const SIGNAL_SP: i64 = 160;

/// The body of the walk's loop, for stacks of at most `limit` frames.
pub(super) fn function(
    l: &mut dyn Lower,
    layout: &Layout,
    maps: Unwind,
    limit: u32,
) -> FunctionId {
    let name = format!("unwind_step_{limit}");
    if let Some(known) = l.program().functions.position(|function| function.name == name) {
        return known;
    }
    let level = mapping::level(l);
    let role = Role::Subprogram { parameters: PARAMETERS.to_vec() };
    let mut b = Builder::new(name, role, l.b().span());
    let environment = b.push(Inst::Parameter(1));
    let walk = b.push(Inst::LoadPtr(environment));
    let (unfinished, whole, next) = (b.block(), b.block(), b.block());
    let mut step = Step { b, walk, environment, limit, unfinished, whole, next };
    step.note_frame();
    step.find_mapping(layout, maps, level);
    let rule = step.find_rule(maps);
    step.apply(layout, rule);
    let Step { mut b, .. } = step;
    for (block, whole) in [(unfinished, 0), (whole, 1)] {
        b.switch_to(block);
        let whole = b.constant(whole);
        b.store64(walk, place::WHOLE, whole);
        let stop = b.constant(1);
        b.ret(stop);
    }
    b.switch_to(next);
    // What ends now has as many frames as were asked for.
    let one = b.constant(1);
    b.store64(walk, place::WHOLE, one);
    let go_on = b.constant(0);
    b.ret(go_on);
    l.program().functions.push(b.finish())
}

/// What a step is made with.
pub(super) struct Step {
    pub(super) b: Builder,
    pub(super) walk: ValueId,
    /// Where the walk's address is.
    pub(super) environment: ValueId,
    limit: u32,
    /// The blocks that end the walk, and the one that goes on with the caller.
    pub(super) unfinished: BlockId,
    whole: BlockId,
    next: BlockId,
}

impl Step {
    /// The block that goes on with the caller.
    pub(super) const fn next(&self) -> BlockId {
        self.next
    }

    pub(super) fn get(&mut self, place: i32) -> ValueId {
        self.b.load64(self.walk, place)
    }

    pub(super) fn set(&mut self, place: i32, value: ValueId) {
        self.b.store64(self.walk, place, value);
    }

    /// Appends the instruction pointer to the frames.
    fn note_frame(&mut self) {
        let (count, back) = (self.get(place::COUNT), self.get(place::BACK));
        let is_first = self.b.bin_const(Bin::Eq, count, 0);
        let unusual = self.b.bin(Bin::Eq, is_first, back);
        let mark =
            self.b.bin_const(Bin::Shl, unusual, i64::from(Unwind::UNUSUAL.trailing_zeros()));
        let ip = self.get(place::IP);
        let frame = self.b.bin(Bin::Or, ip, mark);
        let before = self.get(place::SUM);
        self.set(place::SUM_BEFORE, before);
        self.set_frame(count, frame);
        let count = self.b.bin_const(Bin::Add, count, 1);
        self.set(place::COUNT, count);
    }

    fn set_frame(&mut self, index: ValueId, frame: ValueId) {
        // The verifier has to see this bound, whatever the optimizer knows of the other.
        let index = self.b.push(Inst::Opaque(index));
        let limit = self.b.constant(i64::from(self.limit));
        let fits = self.b.bin(Bin::ULt, index, limit);
        self.b.leave_unless(fits, self.unfinished);
        let bytes = self.b.bin_const(Bin::Mul, index, 8);
        let frames = self.b.offset(self.walk, i64::from(place::SIZE));
        let at = self.b.push(Inst::Offset(frames, bytes));
        self.b.store64(at, 0, frame);
        self.set(place::FRAME, frame);
        let before = self.get(place::SUM_BEFORE);
        let sum = stack::mix(&mut self.b, before, frame);
        self.set(place::SUM, sum);
    }

    /// Marks the last frame.
    fn mark(&mut self, mark: u64) {
        let count = self.get(place::COUNT);
        let last = self.b.bin_const(Bin::Sub, count, 1);
        let frame = self.get(place::FRAME);
        let marked = self.b.bin_const(Bin::Or, frame, mark.cast_signed());
        self.set_frame(last, marked);
    }

    /// Marks the frame as one whose caller is found by a frame pointer that it may not keep.
    fn assume(&mut self) {
        self.mark(Unwind::ASSUMED);
    }

    /// The instruction that the frame is at.
    pub(super) fn instruction(&mut self) -> ValueId {
        let (ip, back) = (self.get(place::IP), self.get(place::BACK));
        self.b.bin(Bin::Sub, ip, back)
    }

    fn find_mapping(&mut self, layout: &Layout, maps: Unwind, level: FunctionId) {
        let (find, found) = (self.b.block(), self.b.block());
        let at = self.instruction();
        let (start, end) = (self.get(place::START), self.get(place::END));
        let after = self.b.bin(Bin::ULe, start, at);
        let before = self.b.bin(Bin::ULt, at, end);
        let inside = self.b.bin(Bin::And, after, before);
        self.b.branch(inside, found, find);
        self.b.switch_to(find);
        self.search_mapping(layout, maps, level, at);
        self.b.jump(found);
        self.b.switch_to(found);
    }

    /// The rule for the instruction → `Int`.
    fn find_rule(&mut self, maps: Unwind) -> ValueId {
        let rule = self.b.slot(8, 8);
        let (search, pointers, found) = (self.b.block(), self.b.block(), self.b.block());
        let table = self.get(place::TABLE);
        let unknown = self.b.bin_const(Bin::Eq, table, i64::from(Unwind::UNKNOWN));
        self.b.leave_if(unknown, self.unfinished);
        let (pending, known) = (self.b.block(), self.b.block());
        let is_pending = self.b.bin_const(Bin::Eq, table, i64::from(Unwind::PENDING));
        self.b.branch(is_pending, pending, known);
        self.b.switch_to(pending);
        self.assume();
        self.b.jump(pointers);
        self.b.switch_to(known);
        let keeps = self.b.bin_const(Bin::Eq, table, i64::from(Unwind::FRAME_POINTERS));
        self.b.branch(keeps, pointers, search);
        self.b.switch_to(pointers);
        let by_pointer = self.b.constant(i64::from(FrameRule::FramePointer.number()));
        self.b.store64(rule, 0, by_pointer);
        self.b.jump(found);
        self.b.switch_to(search);
        let number = self.b.bin_const(Bin::Sub, table, i64::from(Unwind::FIRST_TABLE));
        let rows = self.table(maps, number);
        self.search(rows, rule);
        self.b.jump(found);
        self.b.switch_to(found);
        self.b.load64(rule, 0)
    }

    /// Makes the registers those of the caller.
    fn apply(&mut self, layout: &Layout, rule: ValueId) {
        let kind = self.b.bin_const(Bin::And, rule, i64::from(Rule::KIND));
        let words = self.b.shr(rule, Rule::WORDS_SHIFT);
        let bytes = self.b.bin_const(Bin::Mul, words, 8);
        let outermost =
            self.b.bin_const(Bin::Eq, kind, i64::from(FrameRule::Outermost.number()));
        self.b.leave_if(outermost, self.whole);
        let (frame, found) = (self.b.slot(8, 8), self.b.block());
        type Way = fn(&mut Step, &Layout, ValueId) -> Option<ValueId>;
        let ways: [(FrameRule, Way); 7] = [
            (FrameRule::Stack(0), |s, _, bytes| Some(s.above(place::SP, bytes))),
            (FrameRule::Frame(0), |s, _, bytes| Some(s.above(place::BP, bytes))),
            (FrameRule::Linkage(0), |s, _, bytes| Some(s.linkage(bytes))),
            (FrameRule::BelowFrame(0), |s, _, bytes| Some(s.below_frame(bytes))),
            (FrameRule::OnStack(0), |s, _, bytes| Some(s.on_stack(bytes))),
            (FrameRule::Signal, |s, _, _| s.interrupted()),
            (FrameRule::FramePointer, |s, layout, _| s.by_frame_pointer(layout)),
        ];
        for (rule, way) in ways {
            let (take, other) = (self.b.block(), self.b.block());
            let is_it = self.b.bin_const(Bin::Eq, kind, i64::from(rule.number()));
            self.b.branch(is_it, take, other);
            self.b.switch_to(take);
            if let Some(address) = way(self, layout, bytes) {
                self.b.store64(frame, 0, address);
                self.b.jump(found);
            }
            self.b.switch_to(other);
        }
        self.b.jump(self.unfinished);
        self.b.switch_to(found);
        let frame = self.b.load64(frame, 0);
        self.go_to_caller(layout, frame, rule);
    }

    fn above(&mut self, register: i32, bytes: ValueId) -> ValueId {
        let value = self.get(register);
        self.b.add(value, bytes)
    }

    fn linkage(&mut self, bytes: ValueId) -> ValueId {
        let (ip, sp) = (self.get(place::IP), self.get(place::SP));
        let from = self.b.shr(bytes, 3);
        let within = self.b.bin_const(Bin::And, ip, 15);
        let pushed = self.b.bin(Bin::ULe, from, within);
        let pushed = self.b.bin_const(Bin::Mul, pushed, 8);
        let frame = self.b.add(sp, pushed);
        self.b.bin_const(Bin::Add, frame, 8)
    }

    fn below_frame(&mut self, bytes: ValueId) -> ValueId {
        let bp = self.get(place::BP);
        let at = self.b.bin(Bin::Sub, bp, bytes);
        self.read(at, 8);
        self.get(place::WORDS)
    }

    fn on_stack(&mut self, bytes: ValueId) -> ValueId {
        let at = self.above(place::SP, bytes);
        self.read(at, 8);
        let frame = self.get(place::WORDS);
        self.b.bin_const(Bin::Add, frame, 8)
    }

    /// All registers are on the stack: there is nothing more to do.
    fn interrupted(&mut self) -> Option<ValueId> {
        self.mark(Unwind::UNUSUAL);
        let sp = self.get(place::SP);
        let at = self.b.bin_const(Bin::Add, sp, SIGNAL_BP);
        self.read(at, 8);
        let bp = self.get(place::WORDS);
        // The instruction pointer is behind the stack pointer.
        let at = self.b.bin_const(Bin::Add, sp, SIGNAL_SP);
        self.read(at, 16);
        let (sp, ip) = (self.get(place::WORDS), self.get(place::WORDS + 8));
        let zero = self.b.constant(0);
        for (place, value) in
            [(place::BP, bp), (place::SP, sp), (place::IP, ip), (place::BACK, zero)]
        {
            self.set(place, value);
        }
        self.b.jump(self.next);
        None
    }

    /// By the frame pointer, if it can be one.
    fn by_frame_pointer(&mut self, layout: &Layout) -> Option<ValueId> {
        let (bp, sp) = (self.get(place::BP), self.get(place::SP));
        let is_below = self.b.bin(Bin::ULt, bp, sp);
        self.b.leave_if(is_below, self.unfinished);
        let low = self.b.bin_const(Bin::And, bp, 7);
        self.b.leave_if(low, self.unfinished);
        self.read(bp, 16);
        let (saved, ip) = (self.get(place::WORDS), self.get(place::WORDS + 8));
        let above = self.b.bin_const(Bin::Add, bp, 16);
        self.set(place::BP, saved);
        self.arrive(layout, ip, above);
        None
    }

    /// To the caller, whose stack pointer is `frame`: the return address is below it.
    fn go_to_caller(&mut self, layout: &Layout, frame: ValueId, rule: ValueId) {
        let sp = self.get(place::SP);
        let rises = self.b.bin(Bin::ULt, sp, frame);
        self.b.leave_unless(rises, self.unfinished);
        let ip = self.b.slot(8, 8);
        let (saved, other, found) = (self.b.block(), self.b.block(), self.b.block());
        let (together, apart, alone) = (self.b.block(), self.b.block(), self.b.block());
        let is_saved = self.b.bin_const(Bin::And, rule, i64::from(Rule::SAVED));
        self.b.branch(is_saved, saved, other);
        self.b.switch_to(saved);
        let below = self.b.shr(rule, Rule::BELOW_SHIFT);
        let below = self.b.bin_const(Bin::And, below, 0xff);
        let bytes = self.b.bin_const(Bin::Mul, below, 8);
        let at = self.b.bin(Bin::Sub, frame, bytes);
        let is_near = self.b.bin_const(Bin::Sub, below, 2);
        let is_near = self.b.bin_const(Bin::ULe, is_near, place::WORD_COUNT - 2);
        self.b.branch(is_near, together, apart);
        self.b.switch_to(together);
        self.read_together(at, below, ip);
        self.b.jump(found);
        self.b.switch_to(apart);
        self.read_frame_pointer(at);
        self.b.jump(alone);
        self.b.switch_to(other);
        let is_at_frame = self.b.bin_const(Bin::And, rule, i64::from(Rule::AT_FRAME));
        self.b.leave_unless(is_at_frame, alone);
        let at = self.get(place::BP);
        self.read_frame_pointer(at);
        self.b.jump(alone);
        self.b.switch_to(alone);
        let at = self.b.bin_const(Bin::Sub, frame, 8);
        self.read(at, 8);
        let word = self.get(place::WORDS);
        self.b.store64(ip, 0, word);
        self.b.jump(found);
        self.b.switch_to(found);
        let ip = self.b.load64(ip, 0);
        self.arrive(layout, ip, frame);
    }

    /// Reads the frame pointer at `at` and stores the return address, which is the last of so many
    /// words, with one look at the process's memory.
    fn read_together(&mut self, at: ValueId, words: ValueId, ip: ValueId) {
        let last = self.b.bin_const(Bin::Sub, words, 1);
        // The verifier has to see this bound, whatever the optimizer knows of the other.
        let last = self.b.push(Inst::Opaque(last));
        let last = self.b.bin_const(Bin::And, last, place::WORD_COUNT - 1);
        let last = self.b.bin_const(Bin::Mul, last, 8);
        let size = self.b.bin_const(Bin::Add, last, 8);
        let words = self.b.offset(self.walk, i64::from(place::WORDS));
        let failed = self.b.call(Helper::PROBE_READ_USER, &[words, size, at]);
        self.b.leave_if(failed, self.unfinished);
        let bp = self.get(place::WORDS);
        self.set(place::BP, bp);
        let from = self.b.push(Inst::Offset(words, last));
        let word = self.b.load64(from, 0);
        self.b.store64(ip, 0, word);
    }

    fn read_frame_pointer(&mut self, at: ValueId) {
        self.read(at, 8);
        let bp = self.get(place::WORDS);
        self.set(place::BP, bp);
    }

    /// At the instruction behind a call. A thread's first function returns to nowhere.
    fn arrive(&mut self, layout: &Layout, ip: ValueId, sp: ValueId) {
        self.b.leave_unless(ip, self.whole);
        let one = self.b.constant(1);
        for (place, value) in [(place::IP, ip), (place::SP, sp), (place::BACK, one)] {
            self.set(place, value);
        }
        self.look_behind_trampoline(layout, ip, sp);
        self.b.jump(self.next);
    }

    /// Reads words of the process's memory; where that can't be, the walk ends.
    fn read(&mut self, from: ValueId, size: i64) {
        let b = &mut self.b;
        let (to, size) = (b.offset(self.walk, i64::from(place::WORDS)), b.constant(size));
        let failed = b.call(Helper::PROBE_READ_USER, &[to, size, from]);
        self.b.leave_if(failed, self.unfinished);
    }
}
