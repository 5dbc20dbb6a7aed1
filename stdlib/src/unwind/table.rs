//! The search of a file's table.

use ir::{Bin, Helper, Unwind, ValueId, Width};

use super::{place, step::Step};

impl Step {
    /// A key of an array, in the walk's memory.
    fn index(&mut self, index: ValueId) -> ValueId {
        self.b.store(self.walk, place::INDEX, Width::W32, index);
        self.b.offset(self.walk, i64::from(place::INDEX))
    }

    /// The table with this number → `Ptr`.
    pub(super) fn table(&mut self, maps: Unwind, number: ValueId) -> ValueId {
        let key = self.index(number);
        let tables = self.b.map(maps.tables);
        let rows = self.b.call(Helper::MAP_LOOKUP_ELEM, &[tables, key]);
        let is_null = self.b.is_null(rows);
        self.b.leave_if(is_null, self.unfinished);
        rows
    }

    /// Stores the rule of the last row that is not behind the instruction, 0 if there is none.
    pub(super) fn search(&mut self, rows: ValueId, rule: ValueId) {
        let at = self.instruction();
        let (start, offset) = (self.get(place::START), self.get(place::OFFSET));
        let at = self.b.bin(Bin::Sub, at, start);
        let at = self.b.add(at, offset);
        let (low, high, steps) = (self.b.slot(8, 8), self.b.slot(8, 8), self.b.slot(8, 8));
        let block = self.b.shr(at, Unwind::BLOCK_SHIFT);
        let (first, blocks) = (self.get(place::FIRST), self.get(place::BLOCKS));
        let block = self.b.bin(Bin::Sub, block, first);
        let inside = self.b.bin(Bin::ULt, block, blocks);
        self.b.leave_unless(inside, self.unfinished);
        let range = self.row(rows, block);
        let from = self.b.bin_const(Bin::And, range, 0xffff_ffff);
        let to = self.b.shr(range, 32);
        let zero = self.b.constant(0);
        for (slot, value) in [(rule, zero), (low, from), (high, to), (steps, zero)] {
            self.b.store64(slot, 0, value);
        }
        let at = self.b.bin_const(Bin::Shl, at, 32);
        let last = self.b.bin_const(Bin::Or, at, 0xffff_ffff);
        let (head, up, down) = (self.b.block(), self.b.block(), self.b.block());
        let done = self.b.block();
        self.b.jump(head);
        self.b.switch_to(head);
        let step = self.b.load64(steps, 0);
        let more = self.b.bin_const(Bin::ULe, step, i64::from(Unwind::STEPS));
        self.b.leave_unless(more, done);
        let step = self.b.bin_const(Bin::Add, step, 1);
        self.b.store64(steps, 0, step);
        let (from, to) = (self.b.load64(low, 0), self.b.load64(high, 0));
        let rest = self.b.bin(Bin::ULt, from, to);
        self.b.leave_unless(rest, done);
        let middle = self.b.add(from, to);
        let middle = self.b.shr(middle, 1);
        let row = self.row(rows, middle);
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

    /// An entry of a table → `Int`.
    fn row(&mut self, rows: ValueId, index: ValueId) -> ValueId {
        let key = self.index(index);
        let row = self.b.call(Helper::MAP_LOOKUP_ELEM, &[rows, key]);
        let is_null = self.b.is_null(row);
        self.b.leave_if(is_null, self.unfinished);
        self.b.load64(row, 0)
    }
}
