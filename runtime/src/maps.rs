//! Reads and empties the script's tables. It knows how maps are read, not what is in them.
//!
//! Programs may add and remove entries meanwhile: an entry is read at most once, and one that is
//! gone when its turn comes is left out.

use std::{
    collections::{BTreeSet, HashSet},
    io,
    os::fd::{AsFd, BorrowedFd, OwnedFd},
};

use ir::{IdVec, Map, MapId, MapKind, TableId};

use crate::{ffi, kernel::possible_cpus};

/// Entries that one system call reads.
const BATCH: u32 = 4096;

/// What was read of a map: keys and values, each kind in a row. In per-CPU maps a value is those
/// of all CPUs, each at a multiple of 8 bytes.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Entries {
    keys: Vec<u8>,
    values: Vec<u8>,
    key_size: usize,
    value_size: usize,
    /// Those with shorter keys.
    short: Option<Box<Self>>,
}

impl Entries {
    /// How many there are.
    pub fn len(&self) -> usize {
        let short = self.short.as_ref().map_or(0, |short| short.len());
        self.keys.len().checked_div(self.key_size).unwrap_or(0) + short
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Key bytes and value bytes of each.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.own().chain(self.short.as_deref().into_iter().flat_map(Self::own))
    }

    fn own(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let values = self.values.chunks_exact(self.value_size.max(1));
        self.keys.chunks_exact(self.key_size.max(1)).zip(values)
    }

    fn push(&mut self, key: &[u8], value: &[u8]) {
        self.keys.extend_from_slice(key);
        self.values.extend_from_slice(value);
    }
}

/// The tables of a loaded program.
#[derive(Debug)]
pub struct Maps<'run> {
    program: &'run ir::Program,
    fds: &'run IdVec<MapId, OwnedFd>,
    cpus: usize,
    zeroed: BTreeSet<TableId>,
}

impl<'run> Maps<'run> {
    /// The tables of `program`, whose maps are `fds`.
    pub(crate) fn new(program: &'run ir::Program, fds: &'run IdVec<MapId, OwnedFd>) -> Self {
        Self { program, fds, cpus: possible_cpus() as usize, zeroed: BTreeSet::new() }
    }

    fn map(&self, table: TableId) -> (&'run Map, BorrowedFd<'run>) {
        self.kept(self.program.tables[table].map)
    }

    fn kept(&self, id: MapId) -> (&'run Map, BorrowedFd<'run>) {
        (&self.program.maps[id], self.fds[id].as_fd())
    }

    /// Every map of a table.
    fn parts(&self, table: TableId) -> impl Iterator<Item = (&'run Map, BorrowedFd<'run>)> {
        let table = &self.program.tables[table];
        let ids = [Some(table.map), table.short.map(|short| short.map)];
        ids.into_iter().flatten().map(|id| self.kept(id))
    }

    /// Bytes of what user space reads and writes as one value.
    fn value_size(&self, map: &Map) -> usize {
        let size = map.value_size as usize;
        if map.kind.per_cpu() { size.next_multiple_of(8) * self.cpus } else { size }
    }

    /// Whether `zero()` was the last that happened to this table's only entry, which then exists
    /// although it is all zero.
    pub fn was_zeroed(&self, table: TableId) -> bool {
        self.zeroed.contains(&table)
    }

    /// Reads every entry.
    ///
    /// # Errors
    ///
    /// Returns what the kernel said.
    pub fn read(&self, table: TableId) -> io::Result<Entries> {
        let mut parts = self.parts(table).map(|part| self.read_part(part));
        let mut entries = parts.next().unwrap_or_else(|| Ok(Entries::default()))?;
        entries.short = parts.next().transpose()?.map(Box::new);
        Ok(entries)
    }

    fn read_part(&self, (map, fd): (&Map, BorrowedFd<'_>)) -> io::Result<Entries> {
        let mut entries = Entries {
            key_size: map.key_size as usize,
            value_size: self.value_size(map),
            ..Entries::default()
        };
        if matches!(map.kind, MapKind::Array | MapKind::PerCpuArray) && map.max_entries == 1 {
            let mut value = vec![0u8; entries.value_size];
            ffi::map_lookup(fd, &[0; 4], &mut value)?;
            entries.push(&[0; 4], &value);
            return Ok(entries);
        }
        match read_batches(fd, &mut entries, map.max_entries) {
            Ok(()) => Ok(entries),
            // Kernels without batches for this kind of map: 524 is the kernel's own ENOTSUPP.
            Err(error)
                if matches!(
                    error.raw_os_error(),
                    Some(libc::EINVAL | libc::EOPNOTSUPP | 524)
                ) =>
            {
                (entries.keys, entries.values) = (Vec::new(), Vec::new());
                read_one_by_one(fd, &mut entries)?;
                Ok(entries)
            }
            Err(error) => Err(error),
        }
    }

    /// Reads what is under one key (of a table without keys: what it holds). Of a histogram that
    /// has an entry for each bucket, reads all of them.
    ///
    /// # Errors
    ///
    /// Returns what the kernel said.
    pub fn lookup(&self, table: TableId, key: Option<&[u8]>) -> io::Result<Entries> {
        let short = self.program.tables[table].short.filter(|short| {
            key.is_some_and(|key| key.get(short.last as usize).is_none_or(|byte| *byte == 0))
        });
        let (map, fd) = short.map_or_else(|| self.map(table), |short| self.kept(short.map));
        let mut entries = Entries {
            key_size: map.key_size as usize,
            value_size: self.value_size(map),
            ..Entries::default()
        };
        let mut value = vec![0u8; entries.value_size];
        let mut add = |key: &[u8]| match ffi::map_lookup(fd, key, &mut value) {
            Ok(()) => {
                entries.push(key, &value);
                Ok(())
            }
            Err(error) if error.raw_os_error() == Some(libc::ENOENT) => Ok(()),
            Err(error) => Err(error),
        };
        let buckets = match &self.program.tables[table] {
            ir::Table { bucket_keys: true, value: ir::Ty::Reduced(reduce), .. } => {
                reduce.buckets()
            }
            _ => 0,
        };
        let mut bytes = key.map_or_else(|| vec![0; 4], <[u8]>::to_vec);
        let plain = map.key_size as usize - if buckets > 0 { 8 } else { 0 };
        bytes.resize(plain, 0);
        if buckets == 0 {
            add(&bytes)?;
        }
        for bucket in 0..u64::from(buckets) {
            bytes.truncate(plain);
            bytes.extend_from_slice(&bucket.to_le_bytes());
            add(&bytes)?;
        }
        Ok(entries)
    }

    /// Removes every entry.
    ///
    /// # Errors
    ///
    /// Returns what the kernel said.
    pub fn clear(&mut self, table: TableId) -> io::Result<()> {
        let (map, _) = self.map(table);
        self.zeroed.remove(&table);
        if is_array(map.kind) {
            // Entries of arrays can't be removed: one that is all zero was never written.
            return self.overwrite(table, |value| value.fill(0));
        }
        for (map, fd) in self.parts(table) {
            let mut keys = self.read_part((map, fd))?;
            keys.values = Vec::new();
            for key in keys.keys.chunks_exact(keys.key_size) {
                unless_gone(ffi::map_delete(fd, key))?;
            }
        }
        Ok(())
    }

    /// Sets every value to 0; a table that was never written stays so.
    ///
    /// # Errors
    ///
    /// Returns what the kernel said.
    pub fn zero(&mut self, table: TableId) -> io::Result<()> {
        let (map, _) = self.map(table);
        let size = map.value_size as usize;
        let present = self.program.tables[table].present.map(|at| at as usize);
        if is_array(map.kind) {
            let mut written = false;
            self.overwrite(table, |value| {
                let stride = size.next_multiple_of(8).max(8);
                written |= value.iter().any(|byte| *byte != 0);
                for cell in value.chunks_mut(stride) {
                    let keep = present.and_then(|at| cell.get(at..at + 8)).map(<[u8]>::to_vec);
                    cell.fill(0);
                    if let (Some(at), Some(keep)) = (present, keep) {
                        cell[at..at + 8].copy_from_slice(&keep);
                    }
                }
            })?;
            if written {
                self.zeroed.insert(table);
            }
            return Ok(());
        }
        for (map, fd) in self.parts(table) {
            let keys = self.read_part((map, fd))?;
            let zeros = vec![0u8; keys.value_size];
            for key in keys.keys.chunks_exact(keys.key_size) {
                unless_gone(ffi::map_replace(fd, key, &zeros))?;
            }
        }
        Ok(())
    }

    fn overwrite(&self, table: TableId, mut change: impl FnMut(&mut [u8])) -> io::Result<()> {
        let (_, fd) = self.map(table);
        let mut entries = self.read(table)?;
        let size = entries.value_size.max(1);
        let keys = entries.keys.chunks_exact(entries.key_size.max(1));
        for (key, value) in keys.zip(entries.values.chunks_exact_mut(size)) {
            change(value);
            ffi::map_replace(fd, key, value)?;
        }
        Ok(())
    }
}

const fn is_array(kind: MapKind) -> bool {
    matches!(kind, MapKind::Array | MapKind::PerCpuArray)
}

/// Someone else may have removed it meanwhile.
fn unless_gone(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.raw_os_error() == Some(libc::ENOENT) => Ok(()),
        other => other,
    }
}

/// Reads a hash bucket by bucket, each of them whole, so that nothing comes twice.
fn read_batches(map: BorrowedFd<'_>, entries: &mut Entries, most: u32) -> io::Result<()> {
    let (key_size, value_size) = (entries.key_size, entries.value_size);
    let mut room = BATCH.min(most).max(1);
    let mut mark = None;
    loop {
        let (keys, values) = (entries.keys.len(), entries.values.len());
        entries.keys.resize(keys + room as usize * key_size, 0);
        entries.values.resize(values + room as usize * value_size, 0);
        let (more_keys, more_values) =
            (&mut entries.keys[keys..], &mut entries.values[values..]);
        let result = ffi::map_lookup_batch(map, &mut mark, more_keys, more_values, room);
        let count = result.as_ref().map_or(0, |(count, _)| *count as usize);
        entries.keys.truncate(keys + count * key_size);
        entries.values.truncate(values + count * value_size);
        match result {
            Ok((_, true)) => {}
            Ok((_, false)) => return Ok(()),
            // A bucket has more than there is room for.
            Err(error) if error.raw_os_error() == Some(libc::ENOSPC) => {
                room = room.saturating_mul(2);
            }
            Err(error) => return Err(error),
        }
    }
}

/// Goes from key to key. When the key it stands at is removed, the kernel starts again from the
/// first: keys that were seen are skipped, and the number of steps is bounded.
fn read_one_by_one(map: BorrowedFd<'_>, entries: &mut Entries) -> io::Result<()> {
    let mut seen: HashSet<Vec<u8>> = HashSet::new();
    let mut key: Option<Vec<u8>> = None;
    let mut next = vec![0u8; entries.key_size];
    let mut value = vec![0u8; entries.value_size];
    let mut repeated = 0usize;
    while ffi::map_next_key(map, key.as_deref(), &mut next)? {
        key = Some(next.clone());
        if !seen.insert(next.clone()) {
            repeated += 1;
            if repeated > 16 * seen.len() {
                break;
            }
            continue;
        }
        match ffi::map_lookup(map, &next, &mut value) {
            Ok(()) => entries.push(&next, &value),
            Err(error) if error.raw_os_error() == Some(libc::ENOENT) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
