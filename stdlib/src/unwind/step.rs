//! From one frame to its caller's.

use ir::{
    Bin, BlockId, Builder, FrameRule, FunctionId, Helper, Inst, Role, Rule, Unwind, ValueId,
    Width,
};

use super::{Layout, STEP_PARAMETERS, mapping, place};
use crate::Lower;

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
    let find_mapping = mapping::function(l, layout, maps);
    let role = Role::Subprogram { parameters: STEP_PARAMETERS.to_vec() };
    let mut b = Builder::new(name, role, l.b().span());
    let environment = b.push(Inst::Parameter(1));
    let walk = b.push(Inst::LoadPtr(environment));
    let (unfinished, whole, next) = (b.block(), b.block(), b.block());
    let mut step = Step { b, walk, unfinished, whole, next };
    step.note_frame(limit);
    step.find_mapping(find_mapping);
    let rule = step.find_rule(maps, limit);
    step.apply(rule);
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

struct Step {
    b: Builder,
    walk: ValueId,
    /// The blocks that end the walk, and the one that goes on with the caller.
    unfinished: BlockId,
    whole: BlockId,
    next: BlockId,
}

impl Step {
    fn get(&mut self, place: i32) -> ValueId {
        self.b.load64(self.walk, place)
    }

    fn set(&mut self, place: i32, value: ValueId) {
        self.b.store64(self.walk, place, value);
    }

    /// Appends the instruction pointer to the frames.
    fn note_frame(&mut self, limit: u32) {
        let count = self.get(place::COUNT);
        let ip = self.get(place::IP);
        self.set_frame(count, limit, ip);
        let count = self.b.bin_const(Bin::Add, count, 1);
        self.set(place::COUNT, count);
    }

    fn set_frame(&mut self, index: ValueId, limit: u32, ip: ValueId) {
        // The verifier has to see this bound, whatever the optimizer knows of the other.
        let index = self.b.push(Inst::Opaque(index));
        let limit = self.b.constant(i64::from(limit));
        let fits = self.b.bin(Bin::ULt, index, limit);
        self.b.leave_unless(fits, self.unfinished);
        let bytes = self.b.bin_const(Bin::Mul, index, 8);
        let frames = self.b.offset(self.walk, i64::from(place::SIZE));
        let at = self.b.push(Inst::Offset(frames, bytes));
        self.b.store64(at, 0, ip);
    }

    /// Marks the frame as one whose caller is found by a frame pointer that it may not keep.
    fn assume(&mut self, limit: u32) {
        let count = self.get(place::COUNT);
        let last = self.b.bin_const(Bin::Sub, count, 1);
        let ip = self.get(place::IP);
        let marked = self.b.bin_const(Bin::Or, ip, Unwind::ASSUMED.cast_signed());
        self.set_frame(last, limit, marked);
    }

    /// The instruction that the frame is at.
    fn instruction(&mut self) -> ValueId {
        let (ip, back) = (self.get(place::IP), self.get(place::BACK));
        self.b.bin(Bin::Sub, ip, back)
    }

    fn find_mapping(&mut self, function: FunctionId) {
        let (find, found) = (self.b.block(), self.b.block());
        let at = self.instruction();
        let (start, end) = (self.get(place::START), self.get(place::END));
        let after = self.b.bin(Bin::ULe, start, at);
        let before = self.b.bin(Bin::ULt, at, end);
        let inside = self.b.bin(Bin::And, after, before);
        self.b.branch(inside, found, find);
        self.b.switch_to(find);
        let executable = self.b.call_function(function, &[self.walk, at]);
        self.b.branch(executable, found, self.unfinished);
        self.b.switch_to(found);
    }

    /// The rule for the instruction → `Int`.
    fn find_rule(&mut self, maps: Unwind, limit: u32) -> ValueId {
        let rule = self.b.slot(8, 8);
        let (search, pointers, found) = (self.b.block(), self.b.block(), self.b.block());
        let table = self.get(place::TABLE);
        let unknown = self.b.bin_const(Bin::Eq, table, i64::from(Unwind::UNKNOWN));
        self.b.leave_if(unknown, self.unfinished);
        let (pending, known) = (self.b.block(), self.b.block());
        let is_pending = self.b.bin_const(Bin::Eq, table, i64::from(Unwind::PENDING));
        self.b.branch(is_pending, pending, known);
        self.b.switch_to(pending);
        self.assume(limit);
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

    /// A key of an array, in the walk's memory.
    fn index(&mut self, index: ValueId) -> ValueId {
        self.b.store(self.walk, place::INDEX, Width::W32, index);
        self.b.offset(self.walk, i64::from(place::INDEX))
    }

    /// The table with this number → `Ptr`.
    fn table(&mut self, maps: Unwind, number: ValueId) -> ValueId {
        let key = self.index(number);
        let tables = self.b.map(maps.tables);
        let rows = self.b.call(Helper::MAP_LOOKUP_ELEM, &[tables, key]);
        let is_null = self.b.is_null(rows);
        self.b.leave_if(is_null, self.unfinished);
        rows
    }

    /// Stores the rule of the last row that is not behind the instruction, 0 if there is none.
    fn search(&mut self, rows: ValueId, rule: ValueId) {
        let at = self.instruction();
        let (start, offset) = (self.get(place::START), self.get(place::OFFSET));
        let at = self.b.bin(Bin::Sub, at, start);
        let at = self.b.add(at, offset);
        let at = self.b.bin_const(Bin::Shl, at, 32);
        let last = self.b.bin_const(Bin::Or, at, 0xffff_ffff);
        let (low, high, steps) = (self.b.slot(8, 8), self.b.slot(8, 8), self.b.slot(8, 8));
        let (zero, count) = (self.b.constant(0), self.get(place::ROWS));
        for (slot, value) in [(rule, zero), (low, zero), (high, count), (steps, zero)] {
            self.b.store64(slot, 0, value);
        }
        let (head, halve, body) = (self.b.block(), self.b.block(), self.b.block());
        let (up, down, done) = (self.b.block(), self.b.block(), self.b.block());
        self.b.jump(head);
        self.b.switch_to(head);
        let step = self.b.load64(steps, 0);
        let most = self.b.constant(i64::from(Unwind::STEPS) + 1);
        let more = self.b.bin(Bin::ULt, step, most);
        self.b.branch(more, halve, done);
        self.b.switch_to(halve);
        let step = self.b.bin_const(Bin::Add, step, 1);
        self.b.store64(steps, 0, step);
        let (from, to) = (self.b.load64(low, 0), self.b.load64(high, 0));
        let rest = self.b.bin(Bin::ULt, from, to);
        self.b.branch(rest, body, done);
        self.b.switch_to(body);
        let middle = self.b.add(from, to);
        let middle = self.b.shr(middle, 1);
        let key = self.index(middle);
        let row = self.b.call(Helper::MAP_LOOKUP_ELEM, &[rows, key]);
        let is_null = self.b.is_null(row);
        self.b.leave_if(is_null, self.unfinished);
        let row = self.b.load64(row, 0);
        let is_before = self.b.bin(Bin::ULe, row, last);
        self.b.branch(is_before, up, down);
        self.b.switch_to(up);
        let word = self.b.bin_const(Bin::And, row, 0xffff_ffff);
        self.b.store64(rule, 0, word);
        let next = self.b.bin_const(Bin::Add, middle, 1);
        self.b.store64(low, 0, next);
        self.b.jump(head);
        self.b.switch_to(down);
        self.b.store64(high, 0, middle);
        self.b.jump(head);
        self.b.switch_to(done);
    }

    /// Makes the registers those of the caller.
    fn apply(&mut self, rule: ValueId) {
        let kind = self.b.bin_const(Bin::And, rule, i64::from(Rule::KIND));
        let words = self.b.shr(rule, Rule::WORDS_SHIFT);
        let bytes = self.b.bin_const(Bin::Mul, words, 8);
        let outermost =
            self.b.bin_const(Bin::Eq, kind, i64::from(FrameRule::Outermost.number()));
        self.b.leave_if(outermost, self.whole);
        let (frame, found) = (self.b.slot(8, 8), self.b.block());
        type Way = fn(&mut Step, ValueId) -> Option<ValueId>;
        let ways: [(FrameRule, Way); 7] = [
            (FrameRule::Stack(0), |s, bytes| Some(s.above(place::SP, bytes))),
            (FrameRule::Frame(0), |s, bytes| Some(s.above(place::BP, bytes))),
            (FrameRule::Linkage(0), |s, bytes| Some(s.linkage(bytes))),
            (FrameRule::BelowFrame(0), |s, bytes| Some(s.below_frame(bytes))),
            (FrameRule::OnStack(0), |s, bytes| Some(s.on_stack(bytes))),
            (FrameRule::Signal, |s, _| s.interrupted()),
            (FrameRule::FramePointer, |s, _| s.by_frame_pointer()),
        ];
        for (rule, way) in ways {
            let (take, other) = (self.b.block(), self.b.block());
            let is_it = self.b.bin_const(Bin::Eq, kind, i64::from(rule.number()));
            self.b.branch(is_it, take, other);
            self.b.switch_to(take);
            if let Some(address) = way(self, bytes) {
                self.b.store64(frame, 0, address);
                self.b.jump(found);
            }
            self.b.switch_to(other);
        }
        self.b.jump(self.unfinished);
        self.b.switch_to(found);
        let frame = self.b.load64(frame, 0);
        self.go_to_caller(frame, rule);
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
    fn by_frame_pointer(&mut self) -> Option<ValueId> {
        let (bp, sp) = (self.get(place::BP), self.get(place::SP));
        let is_below = self.b.bin(Bin::ULt, bp, sp);
        self.b.leave_if(is_below, self.unfinished);
        let low = self.b.bin_const(Bin::And, bp, 7);
        self.b.leave_if(low, self.unfinished);
        self.read(bp, 16);
        let (saved, ip) = (self.get(place::WORDS), self.get(place::WORDS + 8));
        let above = self.b.bin_const(Bin::Add, bp, 16);
        self.set(place::BP, saved);
        self.arrive(ip, above);
        None
    }

    /// To the caller, whose stack pointer is `frame`: the return address is below it.
    fn go_to_caller(&mut self, frame: ValueId, rule: ValueId) {
        let sp = self.get(place::SP);
        let rises = self.b.bin(Bin::ULt, sp, frame);
        self.b.leave_unless(rises, self.unfinished);
        let (saved, other) = (self.b.block(), self.b.block());
        let (at_frame, same) = (self.b.block(), self.b.block());
        let is_saved = self.b.bin_const(Bin::And, rule, i64::from(Rule::SAVED));
        self.b.branch(is_saved, saved, other);
        self.b.switch_to(saved);
        let below = self.b.shr(rule, Rule::BELOW_SHIFT);
        let below = self.b.bin_const(Bin::And, below, 0xff);
        let below = self.b.bin_const(Bin::Mul, below, 8);
        let at = self.b.bin(Bin::Sub, frame, below);
        self.read_frame_pointer(at, same);
        self.b.switch_to(other);
        let is_at_frame = self.b.bin_const(Bin::And, rule, i64::from(Rule::AT_FRAME));
        self.b.branch(is_at_frame, at_frame, same);
        self.b.switch_to(at_frame);
        let at = self.get(place::BP);
        self.read_frame_pointer(at, same);
        self.b.switch_to(same);
        let at = self.b.bin_const(Bin::Sub, frame, 8);
        self.read(at, 8);
        let ip = self.get(place::WORDS);
        self.arrive(ip, frame);
    }

    fn read_frame_pointer(&mut self, at: ValueId, next: BlockId) {
        self.read(at, 8);
        let bp = self.get(place::WORDS);
        self.set(place::BP, bp);
        self.b.jump(next);
    }

    /// At the instruction behind a call. A thread's first function returns to nowhere.
    fn arrive(&mut self, ip: ValueId, sp: ValueId) {
        let nowhere = self.b.bin_const(Bin::Eq, ip, 0);
        self.b.leave_if(nowhere, self.whole);
        let one = self.b.constant(1);
        for (place, value) in [(place::IP, ip), (place::SP, sp), (place::BACK, one)] {
            self.set(place, value);
        }
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
