//! Aggregations: adding a sample, and reading the number that all CPUs have together.

use ir::{Bin, Helper, MapKind, Reduce, Sign, Table, Ty, ValueId, Width};
use stdlib::{
    Call, Feature, Lower,
    aggregations::{Aggregation, Cell, Sharing, Update, bump},
};

use super::body::BodyLowering;
use crate::typed::Entry;

impl BodyLowering<'_> {
    /// `@m[k] = count()` and the like.
    pub(super) fn aggregate(&mut self, entry: &Entry, row: &Aggregation, call: &Call) {
        let table = self.table_of(entry);
        let Ty::Reduced(reduce) = table.value else { return };
        let by_register = matches!(row.update, Update::Register { .. } | Update::Item { .. });
        let sample = call.args.first().filter(|_| !by_register);
        let sample = sample.map(|arg| Lower::value(self, arg));
        let shared = self.tables.is_shared(&entry.map);
        let sharing = if shared { Sharing::Shared } else { Sharing::Exclusive };
        let done = self.b.block();
        match (row.update, sample) {
            (Update::Cell(update), sample) => {
                let sharing = self.possible(sharing, reduce);
                let ptr = self.entry_cell(entry, done);
                update(self, sample, Cell { ptr, sharing }, reduce);
                self.mark_present(&table, ptr);
            }
            (Update::Bucket(bucket), Some(sample)) => {
                let bucket = bucket(self, sample, reduce);
                let ptr = self.bucket(entry, &table, (reduce, bucket), done);
                bump(self, ptr, sharing);
            }
            (Update::Interval { now, put }, Some(sample)) => {
                let sharing = self.possible(sharing, reduce);
                let moment = now(self, reduce);
                let ptr = self.bucket(entry, &table, (reduce, moment.index), done);
                put(self, sample, moment, Cell { ptr, sharing }, reduce);
            }
            (Update::Register { find, put }, _) => {
                let register = find(self, call);
                let ptr = self.bucket(entry, &table, (reduce, register.group), done);
                put(self, ptr, register);
            }
            (Update::Item { find, put }, _) => {
                let Some(item) = &table.item else { return };
                let sharing = self.possible(sharing, reduce);
                let item = find(self, call, item, reduce);
                let ptr = self.bucket(entry, &table, (reduce, item.set), done);
                put(self, Cell { ptr, sharing }, item, reduce);
            }
            (Update::Bucket(_) | Update::Interval { .. }, None) => {}
        }
        self.change_table(&entry.map);
        self.b.jump(done);
        self.b.switch_to(done);
    }

    /// Extremes are exchanged atomically only from Linux 5.12 on; before, nothing is preempted.
    fn possible(&self, sharing: Sharing, reduce: Reduce) -> Sharing {
        let exchanged = matches!(
            reduce,
            Reduce::Min(_) | Reduce::Max(_) | Reduce::Series(_) | Reduce::Top(_)
        );
        if exchanged && !self.kernel.has(Feature::FetchAtomics) {
            return Sharing::Exclusive;
        }
        sharing
    }

    /// The address of one bucket of a histogram.
    fn bucket(
        &mut self,
        entry: &Entry,
        table: &Table,
        (reduce, index): (Reduce, ValueId),
        missing: ir::BlockId,
    ) -> ValueId {
        if !table.bucket_keys {
            // Evaluated before the look-up and kept in a register; the verifier wants the bound
            // checked where it is used.
            let cell = self.entry_cell(entry, missing);
            let index = self.b.push(ir::Inst::Opaque(index));
            let limit = self.b.constant(i64::from(reduce.buckets()));
            let fits = self.b.bin(Bin::ULt, index, limit);
            let inside = self.b.block();
            self.b.branch(fits, inside, missing);
            self.b.switch_to(inside);
            let offset = match reduce.bucket_size() {
                8 => self.b.bin_const(Bin::Shl, index, 3),
                size => self.b.bin_const(Bin::Mul, index, i64::from(size)),
            };
            return self.b.push(ir::Inst::Offset(cell, offset));
        }
        let size = table.key.as_ref().map_or(0, Ty::size);
        let at = ir::align_up(size, 8);
        let key = self.temporary(at + 8, 8);
        if at != size {
            self.b.zero(key, (at - 8) as i32, 8, 8);
        }
        if let Some(ty) = &table.key {
            self.store_key(entry, key, ty);
        }
        self.b.store(key, at as i32, Width::W64, index);
        let arg = self.map_arg(entry);
        stdlib::cell(self, &arg, key, missing)
    }

    /// The number that an aggregation has now, over all CPUs (5.19:
    /// `bpf_map_lookup_percpu_elem`).
    pub(super) fn read_reduced(&mut self, entry: &Entry) -> ValueId {
        let table = self.table_of(entry);
        let key = self.entry_key(entry);
        self.reduced_at(&table, key)
    }

    /// The same for the entry with the key at this address.
    pub(super) fn reduced_at(&mut self, table: &Table, key: ValueId) -> ValueId {
        let Ty::Reduced(reduce) = table.value else { return self.b.constant(0) };
        let [first, second, cpu] = [0; 3].map(|zero| {
            let slot = self.b.slot(8, 8);
            let zero = self.b.constant(zero);
            self.b.store64(slot, 0, zero);
            slot
        });
        let (next, body, found, done) =
            (self.b.block(), self.b.block(), self.b.block(), self.b.block());
        self.b.jump(next);
        self.b.switch_to(next);
        let number = self.b.load64(cpu, 0);
        let limit = self.b.constant(i64::from(self.kernel.possible_cpus()));
        let more = self.b.bin(Bin::ULt, number, limit);
        self.b.branch(more, body, done);
        self.b.switch_to(body);
        let cell =
            stdlib::call_map(self, table, Helper::MAP_LOOKUP_PERCPU_ELEM, &[key, number]);
        let after = self.b.bin_const(Bin::Add, number, 1);
        self.b.store64(cpu, 0, after);
        let is_null = self.b.is_null(cell);
        self.b.branch(is_null, next, found);
        self.b.switch_to(found);
        self.merge(reduce, cell, first, second);
        self.b.jump(next);
        self.b.switch_to(done);
        self.reduced_result(reduce, first, second)
    }

    /// Adds one CPU's cell to what is known.
    fn merge(&mut self, reduce: Reduce, cell: ValueId, first: ValueId, second: ValueId) {
        let value = self.b.load64(cell, 0);
        let old = self.b.load64(first, 0);
        match reduce {
            Reduce::Min(_) | Reduce::Max(_) => {
                let (better, done) = (self.b.block(), self.b.block());
                let is_better = self.b.bin(Bin::ULt, old, value);
                self.b.branch(is_better, better, done);
                self.b.switch_to(better);
                self.b.store64(first, 0, value);
                self.b.jump(done);
                self.b.switch_to(done);
            }
            Reduce::Mean(_) | Reduce::Stats(_) => {
                let sum = self.b.add(old, value);
                self.b.store64(first, 0, sum);
                let count = self.b.load64(cell, 8);
                let old = self.b.load64(second, 0);
                let count = self.b.add(old, count);
                self.b.store64(second, 0, count);
            }
            Reduce::Count
            | Reduce::Sum(_)
            | Reduce::Log2 { .. }
            | Reduce::Linear { .. }
            | Reduce::Series(_)
            | Reduce::Quantiles
            | Reduce::Top(_)
            | Reduce::Distinct => {
                let sum = self.b.add(old, value);
                self.b.store64(first, 0, sum);
            }
        }
    }

    fn reduced_result(&mut self, reduce: Reduce, first: ValueId, second: ValueId) -> ValueId {
        let value = self.b.load64(first, 0);
        match reduce {
            Reduce::Min(_) | Reduce::Max(_) => {
                // Nothing seen at all is rank 0: the value is then 0.
                let (some, done) = (self.b.block(), self.b.block());
                let empty = self.invert(value);
                self.b.branch(empty, done, some);
                self.b.switch_to(some);
                let sample = self.b.bin_const(Bin::Xor, value, reduce.mask());
                self.b.store64(first, 0, sample);
                self.b.jump(done);
                self.b.switch_to(done);
                self.b.load64(first, 0)
            }
            Reduce::Mean(sign) | Reduce::Stats(sign) => {
                let count = self.b.load64(second, 0);
                let op = if sign == Sign::Signed { Bin::SDiv } else { Bin::UDiv };
                self.b.bin(op, value, count)
            }
            Reduce::Count
            | Reduce::Sum(_)
            | Reduce::Log2 { .. }
            | Reduce::Linear { .. }
            | Reduce::Series(_)
            | Reduce::Quantiles
            | Reduce::Top(_)
            | Reduce::Distinct => value,
        }
    }

    /// Whether an entry's map is one that the kernel keeps for each CPU.
    pub(super) fn is_per_cpu(&self, entry: &Entry) -> bool {
        let kind: MapKind = self.program.maps[self.table_of(entry).map].kind;
        kind.per_cpu()
    }
}
