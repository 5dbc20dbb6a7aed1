//! Scratch memory: what is too large for the stack of 512 bytes lives in a per-CPU map with a few
//! frames. A program claims a free frame with one atomic exchange and gives it back at its end, so
//! that programs that interrupt or preempt it on the same CPU take another.

use ir::{Bin, Fetch, Helper, Inst, LossKind, Map, MapKind, ValueId};
use stdlib::Feature;

use super::body::BodyLowering;

/// Frames on each CPU: task, soft interrupt, interrupt, NMI.
const FRAMES: u32 = 4;
/// Bytes before a frame: its busy word.
const BUSY: u32 = 8;
/// Stack that values may take; the rest is for what LLVM spills.
const STACK_FOR_VALUES: u32 = 352;
/// Largest value that is kept on the stack.
const LARGEST_ON_STACK: u32 = 128;

/// The scratch memory of one function.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    /// Holds the frame's address; none while nobody needs a frame.
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

/// Where released memory starts again.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    scratch: u32,
    slots: usize,
}

impl Scratch {
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
    pub(super) fn permanent(&mut self, size: u32, zeros: bool) -> ValueId {
        if self.fits_stack(size) {
            let slot = self.b.kept_slot(size.next_multiple_of(8), 8);
            if zeros {
                self.scratch.zero_slots.push((slot, size.next_multiple_of(8)));
            }
            return slot;
        }
        let offset = self.allot(size);
        self.scratch.floor = self.scratch.top;
        if zeros {
            self.scratch.zeros.push((offset, size));
        }
        self.in_frame(offset)
    }

    fn fits_stack(&self, size: u32) -> bool {
        size <= LARGEST_ON_STACK && self.b.stack_size() + size <= STACK_FOR_VALUES
    }

    fn allot(&mut self, size: u32) -> u32 {
        let scratch = &mut self.scratch;
        if scratch.frame.is_none() {
            scratch.frame = Some(self.b.kept_slot(8, 8));
            scratch.early = !scratch.in_body;
        }
        let offset = scratch.top;
        scratch.top += size.next_multiple_of(8);
        scratch.most = scratch.most.max(scratch.top);
        offset
    }

    fn in_frame(&mut self, offset: u32) -> ValueId {
        let Some(frame) = self.scratch.frame else { return self.b.slot(8, 8) };
        let frame = self.b.push(Inst::LoadPtr(frame));
        self.b.offset(frame, i64::from(BUSY + offset))
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
        let Some(slot) = self.scratch.frame else { return };
        let stride = BUSY + self.scratch.most.next_multiple_of(8);
        let name = format!("scratch_{}", self.program.programs.len());
        let map = self.program.maps.push(Map {
            name: name.chars().take(15).collect(),
            kind: MapKind::PerCpuArray,
            key_size: 4,
            value_size: stride * FRAMES,
            max_entries: 1,
            flags: 0,
        });
        let (found, none) = (self.b.block(), self.b.block());
        let key = self.b.slot(4, 4);
        self.b.zero(key, 0, 8, 8);
        let address = self.b.map(map);
        let frames = self.b.call(Helper::MAP_LOOKUP_ELEM, &[address, key]);
        let is_null = self.b.is_null(frames);
        let first = self.b.block();
        self.b.branch(is_null, none, first);
        self.b.switch_to(first);
        for index in 0..FRAMES {
            let frame = self.b.offset(frames, i64::from(index * stride));
            self.b.store64(slot, 0, frame);
            let was_busy = self.take(frame);
            let next = if index + 1 == FRAMES { none } else { self.b.block() };
            self.b.branch(was_busy, next, found);
            self.b.switch_to(next);
        }
        stdlib::count_loss(self, LossKind::NoScratch, None);
        self.b.jump(self.exits.quit);
        self.b.switch_to(found);
        for (offset, size) in std::mem::take(&mut self.scratch.zeros) {
            let at = self.in_frame(offset);
            self.b.zero(at, 0, size.next_multiple_of(8), 8);
        }
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
        let Some(slot) = self.scratch.frame else { return };
        let frame = self.b.push(Inst::LoadPtr(slot));
        let zero = self.b.constant(0);
        self.b.store64(frame, 0, zero);
    }
}
