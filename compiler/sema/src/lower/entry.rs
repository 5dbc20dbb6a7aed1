//! Entries of maps: keys, reading, writing, adding.

use ir::{Bin, Fetch, Helper, LossKind, Table, Ty, ValueId};
use stdlib::{Feature, MapArg, Watch};

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
            item: None,
            map: ir::Id::from_index(0),
            present: None,
            bucket_keys: false,
            short: None,
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
                let short = self.table_of(entry).short;
                // What follows long text is made zeros by a call whose end the verifier takes to
                // lie as far behind.
                let size = if short.is_some() { 2 * ty.size() } else { ty.size() };
                let key = self.temporary(size, ty.align());
                match short {
                    Some(short) => self.store_short_key(entry, key, ty, short),
                    None => self.store_key(entry, key, ty),
                }
                key
            }
        };
        self.destination = wanted;
        key
    }

    pub(super) fn store_key(&mut self, entry: &Entry, to: ValueId, ty: &Ty) {
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

    pub(super) fn find(&mut self, table: &Table, key: ValueId) -> ValueId {
        stdlib::look_up(self, table, key)
    }

    /// The value of an entry: a scalar, or the address of a copy; zeros if it is absent.
    pub(super) fn read_entry(&mut self, entry: &Entry) -> ValueId {
        let table = self.table_of(entry);
        let ty = table.value.clone();
        let wanted = self.destination.clone();
        let key = self.entry_key(entry);
        let found = self.find(&table, key);
        let is_null = self.b.is_null(found);
        if table.key.is_some() && self.typed.config.watch == Watch::Warn {
            let map = self.map_arg(entry);
            stdlib::lose_if(self, is_null, LossKind::MissingKey, Some(&map));
        }
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
            self.change_table(&entry.map);
            return self.replace(entry, &table, key, new);
        };
        let new = self.scalar(value);
        let key = self.entry_key(entry);
        self.change_table(&entry.map);
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
        let flags = self.b.constant(ANY);
        let result =
            stdlib::call_map(self, table, Helper::MAP_UPDATE_ELEM, &[key, value, flags]);
        let failed = self.b.bin_const(Bin::Ne, result, 0);
        let arg = self.map_arg(entry);
        stdlib::lose_if(self, failed, LossKind::MapFull, Some(&arg));
    }

    pub(super) fn mark_present(&mut self, table: &Table, cell: ValueId) {
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
        self.change_table(&entry.map);
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
        self.change_table(&entry.map);
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

    pub(super) fn entry_cell(&mut self, entry: &Entry, missing: ir::BlockId) -> ValueId {
        let key = self.entry_key(entry);
        let arg = self.map_arg(entry);
        stdlib::cell(self, &arg, key, missing)
    }
}
