//! Entries of maps: keys, reading, writing, adding, aggregating.

use ir::{Bin, Fetch, Helper, LossKind, MapKind, Reduce, Sign, Table, Ty, ValueId, Width};
use stdlib::{
    Call, Feature, Lower, MapArg,
    aggregations::{Aggregation, Cell, Sharing, Update, bump},
};

use super::body::BodyLowering;
use crate::typed::{Entry, ExprId, Given};

/// `BPF_ANY`
const ANY: i64 = 0;

impl BodyLowering<'_> {
    pub(super) fn table_of(&self, entry: &Entry) -> Table {
        let id = self.tables.get(&entry.map);
        id.map(|id| self.program.tables[id].clone()).unwrap_or_else(|| Table {
            name: entry.map.clone(),
            key: None,
            value: Ty::I64,
            map: ir::Id::from_index(0),
            present: None,
            bucket_keys: false,
            span: diag::Span::default(),
        })
    }

    pub(super) fn map_arg(&self, entry: &Entry) -> MapArg {
        let table = self.table_of(entry);
        MapArg {
            name: entry.map.clone(),
            key: table.key,
            value: Some(table.value),
            entry: true,
        }
    }

    /// The address of an entry's key.
    pub(super) fn entry_key(&mut self, entry: &Entry) -> ValueId {
        let ty = self.table_of(entry).key;
        let wanted = self.destination.take();
        let key = match &ty {
            None => {
                let key = self.b.slot(4, 4);
                self.b.zero(key, 0, 4, 4);
                key
            }
            Some(ty) => {
                let key = self.temporary(ty.size(), ty.align());
                self.store_key(entry, key, ty);
                key
            }
        };
        self.destination = wanted;
        key
    }

    fn store_key(&mut self, entry: &Entry, to: ValueId, ty: &Ty) {
        match (entry.keys.as_slice(), ty) {
            ([key], _) => self.store(*key, to, ty),
            (keys, Ty::Tuple(items)) => {
                if ty.has_padding() {
                    self.b.zero(to, 0, ty.size(), ty.align());
                }
                for ((key, item), offset) in keys.iter().zip(items).zip(ty.offsets()) {
                    let at = self.b.offset(to, i64::from(offset));
                    self.store(*key, at, item);
                }
            }
            _ => {}
        }
    }

    fn find(&mut self, table: &Table, key: ValueId) -> ValueId {
        let map = self.b.map(table.map);
        self.b.call(Helper::MAP_LOOKUP_ELEM, &[map, key])
    }

    /// The value of an entry: a scalar, or the address of a copy; zeros if it is absent.
    pub(super) fn read_entry(&mut self, entry: &Entry) -> ValueId {
        let table = self.table_of(entry);
        let ty = table.value.clone();
        let wanted = self.destination.clone();
        let key = self.entry_key(entry);
        let found = self.find(&table, key);
        let is_null = self.b.is_null(found);
        let (absent, there, done) = (self.b.block(), self.b.block(), self.b.block());
        self.destination = wanted;
        if let Some((width, sign)) = ty.scalar() {
            let slot = self.b.slot(8, 8);
            let zero = self.b.constant(0);
            self.b.store64(slot, 0, zero);
            self.b.branch(is_null, done, there);
            self.b.switch_to(there);
            let value = self.b.load(found, 0, width, sign);
            self.b.store64(slot, 0, value);
            self.b.jump(done);
            self.b.switch_to(done);
            return self.b.load64(slot, 0);
        }
        let to = self.make_place(&ty);
        self.b.branch(is_null, absent, there);
        self.b.switch_to(absent);
        self.b.zero(to, 0, ty.size(), ty.align());
        self.b.jump(done);
        self.b.switch_to(there);
        self.b.copy(to, found, ty.size(), ty.align());
        self.b.jump(done);
        self.b.switch_to(done);
        to
    }

    /// `@m[k] = value`
    pub(super) fn assign_entry(&mut self, entry: &Entry, value: ExprId) {
        let table = self.table_of(entry);
        let ty = table.value.clone();
        let Some((width, _)) = ty.scalar() else {
            let new = self.materialize(value, &ty);
            let key = self.entry_key(entry);
            return self.replace(entry, &table, key, new);
        };
        let new = self.scalar(value);
        let key = self.entry_key(entry);
        let found = self.find(&table, key);
        let is_null = self.b.is_null(found);
        let (absent, there, done) = (self.b.block(), self.b.block(), self.b.block());
        self.b.branch(is_null, absent, there);
        self.b.switch_to(there);
        self.b.store(found, 0, width, new);
        self.mark_present(&table, found);
        self.b.jump(done);
        self.b.switch_to(absent);
        if table.key.is_some() {
            let memory = self.b.slot(8, 8);
            let zero = self.b.constant(0);
            self.b.store64(memory, 0, zero);
            self.b.store(memory, 0, width, new);
            self.update(entry, &table, key, memory);
        }
        self.b.jump(done);
        self.b.switch_to(done);
    }

    /// Stores a value that is in memory; a reader sees the old one or the new one in a hash.
    fn replace(&mut self, entry: &Entry, table: &Table, key: ValueId, new: ValueId) {
        if table.key.is_some() {
            return self.update(entry, table, key, new);
        }
        let found = self.find(table, key);
        let is_null = self.b.is_null(found);
        let (there, done) = (self.b.block(), self.b.block());
        self.b.branch(is_null, done, there);
        self.b.switch_to(there);
        self.b.copy(found, new, table.value.size(), table.value.align());
        self.mark_present(table, found);
        self.b.jump(done);
        self.b.switch_to(done);
    }

    fn update(&mut self, entry: &Entry, table: &Table, key: ValueId, value: ValueId) {
        let (map, flags) = (self.b.map(table.map), self.b.constant(ANY));
        let result = self.b.call(Helper::MAP_UPDATE_ELEM, &[map, key, value, flags]);
        let failed = self.b.bin_const(Bin::Ne, result, 0);
        let arg = self.map_arg(entry);
        stdlib::lose_if(self, failed, LossKind::MapFull, Some(&arg));
    }

    fn mark_present(&mut self, table: &Table, cell: ValueId) {
        if let Some(present) = table.present {
            let one = self.b.constant(1);
            self.b.store64(cell, present as i32, one);
        }
    }

    /// `@m[k] += value`, exact however many CPUs do it.
    pub(super) fn add_to_entry(&mut self, entry: &Entry, value: ExprId) {
        let value = self.scalar(value);
        let done = self.b.block();
        let cell = self.entry_cell(entry, done);
        self.b.atomic_add(cell, 0, value);
        let table = self.table_of(entry);
        self.mark_present(&table, cell);
        self.b.jump(done);
        self.b.switch_to(done);
    }

    /// `@m[k]++` and the like; its value if somebody looks.
    pub(super) fn step_entry(&mut self, entry: &Entry, by: i64, given: Given) -> ValueId {
        let result = self.b.slot(8, 8);
        let zero = self.b.constant(0);
        self.b.store64(result, 0, zero);
        let done = self.b.block();
        let cell = self.entry_cell(entry, done);
        let by = self.b.constant(by);
        match given {
            Given::Nothing => self.b.atomic_add(cell, 0, by),
            Given::Old | Given::New => {
                let old = if self.kernel.has(Feature::FetchAtomics) {
                    self.b.atomic_fetch(Fetch::Add, cell, by)
                } else {
                    // Before 5.12: the sum stays exact, the value given may be a rival's.
                    let old = self.b.load64(cell, 0);
                    self.b.atomic_add(cell, 0, by);
                    old
                };
                let value = if given == Given::New { self.b.add(old, by) } else { old };
                self.b.store64(result, 0, value);
            }
        }
        let table = self.table_of(entry);
        self.mark_present(&table, cell);
        self.b.jump(done);
        self.b.switch_to(done);
        if given == Given::Nothing { by } else { self.b.load64(result, 0) }
    }

    fn entry_cell(&mut self, entry: &Entry, missing: ir::BlockId) -> ValueId {
        let key = self.entry_key(entry);
        let arg = self.map_arg(entry);
        stdlib::cell(self, &arg, key, missing)
    }

    /// `@m[k] = count()` and the like.
    pub(super) fn aggregate(&mut self, entry: &Entry, row: &Aggregation, call: &Call) {
        let table = self.table_of(entry);
        let Ty::Reduced(reduce) = table.value else { return };
        let sample = call.args.first().map(|arg| Lower::value(self, arg));
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
            (Update::Bucket(_), None) => {}
        }
        self.b.jump(done);
        self.b.switch_to(done);
    }

    /// Extremes are exchanged atomically only from Linux 5.12 on; before, nothing is preempted.
    fn possible(&self, sharing: Sharing, reduce: Reduce) -> Sharing {
        let exchanged = matches!(reduce, Reduce::Min(_) | Reduce::Max(_));
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
            let offset = self.b.bin_const(Bin::Shl, index, 3);
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
        let Ty::Reduced(reduce) = table.value else { return self.b.constant(0) };
        let key = self.entry_key(entry);
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
        let map = self.b.map(table.map);
        let cell = self.b.call(Helper::MAP_LOOKUP_PERCPU_ELEM, &[map, key, number]);
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
            Reduce::Count | Reduce::Sum(_) | Reduce::Log2 { .. } | Reduce::Linear { .. } => {
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
            Reduce::Count | Reduce::Sum(_) | Reduce::Log2 { .. } | Reduce::Linear { .. } => {
                value
            }
        }
    }

    /// Whether an entry's map is one that the kernel keeps for each CPU.
    pub(super) fn is_per_cpu(&self, entry: &Entry) -> bool {
        let kind: MapKind = self.program.maps[self.table_of(entry).map].kind;
        kind.per_cpu()
    }
}
