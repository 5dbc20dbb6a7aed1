//! Scratch memory: what is too large for the stack of 512 bytes lives in a per-CPU map with a few
//! frames. A program claims a free frame with one atomic exchange and gives it back at its end, so
//! that programs that interrupt or preempt it on the same CPU take another.

use ir::{Bin, BlockId, Fetch, Helper, Inst, LossKind, Map, MapKind, ValueId, Width};
use stdlib::Feature;

use super::{Room, body::BodyLowering, environment::place};

/// Frames on each CPU: task, soft interrupt, interrupt, NMI.
const FRAMES: u32 = 4;
/// Largest value of a per-CPU map, in bytes (`PCPU_MIN_UNIT_SIZE`).
const LARGEST_PER_CPU: u32 = 32 << 10;
/// Bytes before a frame: its busy word.
const BUSY: u32 = 8;
/// Stack that values may take; the rest is for what LLVM spills.
const STACK_FOR_VALUES: u32 = 352;
/// The same, and the largest value, where that left too little for the rest.
const LITTLE_FOR_VALUES: u32 = 96;
const LARGEST_IN_LITTLE: u32 = 16;

/// The scratch memory of one function.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    /// Whether anybody needs a frame.
    used: bool,
    /// Holds the frame's address, unless the environment does.
    frame: Option<ValueId>,
    /// Whether the predicate needs it.
    early: bool,
    in_body: bool,
    top: u32,
    /// Below it are variables, which stay.
    floor: u32,
    most: u32,
    /// Memory that must start as zeros: offset and size.
    zeros: Vec<(u32, u32)>,
    /// The same on the stack: address and size.
    zero_slots: Vec<(ValueId, u32)>,
}

/// Where something that stays is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Memory {
    /// At this address, on the stack.
    Stack(ValueId),
    /// So many bytes into the frame.
    Frame(u32),
}

/// Where released memory starts again.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    scratch: u32,
    slots: usize,
}

impl Scratch {
    /// How many bytes it takes, if anybody needs some.
    pub(super) fn size(&self) -> Option<u32> {
        self.used.then(|| self.most.next_multiple_of(8))
    }

    pub(super) const fn is_early(&self) -> bool {
        self.early
    }

    pub(super) fn take_zero_slots(&mut self) -> Vec<(ValueId, u32)> {
        std::mem::take(&mut self.zero_slots)
    }

    /// From now on frames are claimed after the predicate.
    pub(super) const fn after_predicate(&mut self) {
        self.in_body = true;
    }
}

impl BodyLowering<'_> {
    /// Memory of so many bytes, until [`Self::release`].
    pub(super) fn temporary(&mut self, size: u32, align: u32) -> ValueId {
        if self.fits_stack(size) {
            return self.b.slot(size, align);
        }
        let offset = self.allot(size);
        self.in_frame(offset)
    }

    /// Memory that stays, of a variable, zeros if need be.
    pub(super) fn permanent(&mut self, size: u32, zeros: bool) -> Memory {
        if self.fits_stack(size) {
            let slot = self.b.kept_slot(size.next_multiple_of(8), 8);
            if zeros {
                self.scratch.zero_slots.push((slot, size.next_multiple_of(8)));
            }
            return Memory::Stack(slot);
        }
        Memory::Frame(self.allot_kept(size, zeros))
    }

    /// Memory of the frame that stays, zeros if need be; its place in the frame.
    pub(super) fn allot_kept(&mut self, size: u32, zeros: bool) -> u32 {
        if zeros {
            // Above all that was used before: the zeros are written at the start, and what runs
            // between there and here must not write over them.
            self.scratch.top = self.scratch.most;
        }
        let offset = self.allot(size);
        self.scratch.floor = self.scratch.top;
        if zeros {
            self.scratch.zeros.push((offset, size));
        }
        offset
    }

    fn fits_stack(&self, size: u32) -> bool {
        // The stacks of a program, of the loops' bodies and of the functions that it is in add up.
        let limit = self.typed.config.on_stack_limit;
        let (limit, room) = match self.tables.room {
            Room::Usual => (limit, STACK_FOR_VALUES),
            Room::Little => (limit.min(LARGEST_IN_LITTLE), LITTLE_FOR_VALUES),
        };
        let (largest, most) = match (self.call_levels, self.environment.is_some()) {
            (0, false) => (limit, room),
            (1, false) => (limit / 2, room / 2),
            (0..=2, _) => (limit / 2, room / 4),
            _ => (limit / 4, room / 8),
        };
        size <= largest && self.b.stack_size() + size <= most
    }

    /// Memory of the frame, until [`Self::release`]; its place in the frame.
    pub(super) fn allot(&mut self, size: u32) -> u32 {
        let scratch = &mut self.scratch;
        if !scratch.used {
            scratch.used = true;
            if self.environment.is_none() {
                scratch.frame = Some(self.b.kept_slot(8, 8));
            }
            scratch.early = !scratch.in_body;
        }
        let offset = scratch.top;
        scratch.top += size.next_multiple_of(8);
        scratch.most = scratch.most.max(scratch.top);
        offset
    }

    pub(super) fn in_frame(&mut self, offset: u32) -> ValueId {
        let Some(place) = self.frame_place() else { return self.b.slot(8, 8) };
        let frame = self.b.push(Inst::LoadPtr(place));
        let header = if self.within.is_some() { 0 } else { BUSY };
        self.b.offset(frame, i64::from(header + offset))
    }

    /// Where the frame's address is held, if anybody needs a frame.
    fn frame_place(&mut self) -> Option<ValueId> {
        if !self.scratch.used {
            return None;
        }
        let environment = self.environment.as_ref().map(|it| it.ptr);
        match environment {
            Some(ptr) => Some(self.b.offset(ptr, place::FRAME)),
            None => self.scratch.frame,
        }
    }

    pub(super) const fn mark(&self) -> Mark {
        Mark { scratch: self.scratch.top, slots: self.b.slots_in_use() }
    }

    /// Gives back the memory taken since `mark`, but for that of variables.
    pub(super) fn release(&mut self, mark: Mark) {
        self.b.release(mark.slots);
        self.scratch.top = mark.scratch.max(self.scratch.floor);
    }

    /// Claims a frame in the current block, if the body needs one.
    pub(super) fn claim_scratch(&mut self) {
        let Some(slot) = self.frame_place() else { return };
        let stride = BUSY + self.scratch.most.next_multiple_of(8);
        let (found, none) = (self.b.block(), self.b.block());
        if stride * FRAMES <= LARGEST_PER_CPU {
            self.claim_of_one_value(slot, stride, (found, none));
        } else {
            self.claim_of_many_values(slot, stride, (found, none));
        }
        self.b.switch_to(none);
        stdlib::count_loss(self, LossKind::NoScratch, None);
        self.b.jump(self.exits.quit);
        self.b.switch_to(found);
        self.zero_frame();
    }

    /// Takes the memory that the caller of the function at hand provides.
    pub(super) fn take_record(&mut self, parameter: u32) {
        let Some(slot) = self.frame_place() else { return };
        let record = self.b.push(Inst::Parameter(parameter));
        self.b.store64(slot, 0, record);
        self.zero_frame();
    }

    fn zero_frame(&mut self) {
        for (offset, size) in std::mem::take(&mut self.scratch.zeros) {
            let at = self.in_frame(offset);
            self.b.zero(at, 0, size.next_multiple_of(8), 8);
        }
    }

    fn scratch_map(&mut self, kind: MapKind, value_size: u32, max_entries: u32) -> ir::MapId {
        let name = format!("scratch_{}", self.program.programs.len());
        let name = name.chars().take(15).collect();
        self.program.maps.push(Map {
            name,
            kind,
            key_size: 4,
            value_size,
            max_entries,
            flags: 0,
        })
    }

    /// All frames of a CPU are one value: a single look-up finds them.
    fn claim_of_one_value(
        &mut self,
        slot: ValueId,
        stride: u32,
        (found, none): (BlockId, BlockId),
    ) {
        let map = self.scratch_map(MapKind::PerCpuArray, stride * FRAMES, 1);
        let key = self.b.slot(4, 4);
        self.b.zero(key, 0, 8, 8);
        let frames = self.look_up(map, key, none);
        for index in 0..FRAMES {
            let frame = self.b.offset(frames, i64::from(index * stride));
            self.try_frame(slot, frame, found);
        }
        self.b.jump(none);
    }

    /// Frames too large for that are elements of an array for all CPUs.
    fn claim_of_many_values(
        &mut self,
        slot: ValueId,
        stride: u32,
        (found, none): (BlockId, BlockId),
    ) {
        let cpus = self.kernel.possible_cpus();
        let map = self.scratch_map(MapKind::Array, stride, cpus * FRAMES);
        let key = self.b.slot(4, 4);
        let cpu = self.b.call(Helper::GET_SMP_PROCESSOR_ID, &[]);
        let first = self.b.bin_const(Bin::Mul, cpu, i64::from(FRAMES));
        for index in 0..FRAMES {
            let number = self.b.bin_const(Bin::Add, first, i64::from(index));
            self.b.store(key, 0, Width::W32, number);
            let frame = self.look_up(map, key, none);
            self.try_frame(slot, frame, found);
        }
        self.b.jump(none);
    }

    /// The value at `key`; goes to `none` if there is none.
    fn look_up(&mut self, map: ir::MapId, key: ValueId, none: BlockId) -> ValueId {
        let address = self.b.map(map);
        let value = self.b.call(Helper::MAP_LOOKUP_ELEM, &[address, key]);
        let is_null = self.b.is_null(value);
        let there = self.b.block();
        self.b.branch(is_null, none, there);
        self.b.switch_to(there);
        value
    }

    /// Takes a frame and goes to `found` if it was free; goes on here if it was not.
    fn try_frame(&mut self, slot: ValueId, frame: ValueId, found: BlockId) {
        self.b.store64(slot, 0, frame);
        let was_busy = self.take(frame);
        self.b.leave_unless(was_busy, found);
    }

    /// Marks a frame busy; whether it was.
    fn take(&mut self, frame: ValueId) -> ValueId {
        let one = self.b.constant(1);
        if self.kernel.has(Feature::FetchAtomics) {
            return self.b.atomic_fetch(Fetch::Exchange, frame, one);
        }
        // Before 5.12 no program is preempted; one that interrupts this one between the load and
        // the store is gone again, its frame free, when the store comes.
        let old = self.b.load64(frame, 0);
        self.b.store64(frame, 0, one);
        self.b.bin_const(Bin::Ne, old, 0)
    }

    /// Gives the frame back, if there is one.
    pub(super) fn release_scratch(&mut self) {
        let Some(slot) = self.frame_place() else { return };
        let frame = self.b.push(Inst::LoadPtr(slot));
        let zero = self.b.constant(0);
        self.b.store64(frame, 0, zero);
    }
}
