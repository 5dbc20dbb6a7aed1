//! Reads, empties and zeroes maps of the running kernel. Where none can be made, nothing is tried.

use std::{collections::HashSet, os::fd::AsFd};

use ir::{IdVec, Map, MapKind, Program, Reduce, Table, TableId, Ty};
use libbpf_rs::{MapHandle, MapType, libbpf_sys};

use super::{Entries, Maps, read_one_by_one};
use crate::ffi;

struct Fixture {
    program: Program,
    fds: IdVec<ir::MapId, std::os::fd::OwnedFd>,
    table: TableId,
}

/// A table in a map of its own; none where maps can't be made.
fn fixture(kind: MapKind, key: u32, value: u32, present: Option<u32>) -> Option<Fixture> {
    let entries =
        if matches!(kind, MapKind::Array | MapKind::PerCpuArray) { 1 } else { 20_000 };
    let size = std::mem::size_of::<libbpf_sys::bpf_map_create_opts>();
    let options = libbpf_sys::bpf_map_create_opts { sz: size as _, ..Default::default() };
    let ty = MapType::from(kind.number());
    let map = MapHandle::create(ty, Some("trial"), key, value, entries, &options).ok()?;
    let mut fds = IdVec::default();
    fds.push(map.as_fd().try_clone_to_owned().ok()?);
    let mut program = Program::default();
    let map = program.maps.push(Map {
        name: "trial".to_owned(),
        kind,
        key_size: key,
        value_size: value,
        max_entries: entries,
        flags: 0,
    });
    let table = program.tables.push(Table {
        name: "@".to_owned(),
        key: None,
        value: Ty::Reduced(Reduce::Count),
        item: None,
        map,
        present,
        bucket_keys: false,
        short: None,
        span: diag::Span::default(),
    });
    Some(Fixture { program, fds, table })
}

impl Fixture {
    fn maps(&self) -> Maps<'_> {
        Maps::new(&self.program, &self.fds)
    }

    fn fd(&self) -> std::os::fd::BorrowedFd<'_> {
        self.fds.values().next().expect("made by fixture").as_fd()
    }

    /// Inserts keys 0 to `count`, each with its own number (on every CPU).
    fn fill(&self, count: u64) {
        let copies =
            self.maps().value_size(&self.program.maps[self.program.tables[self.table].map]) / 8;
        for key in 0..count {
            let value = key.to_le_bytes().repeat(copies);
            ffi::map_insert(self.fd(), &key.to_le_bytes(), &value).expect("there is room");
        }
    }
}

fn keys(entries: &Entries) -> Vec<u64> {
    let number = |(key, value): (&[u8], &[u8])| {
        let key = u64::from_le_bytes(key.try_into().expect("8 bytes"));
        assert!(value.chunks(8).all(|cell| cell == key.to_le_bytes()), "{key}");
        key
    };
    let mut keys: Vec<_> = entries.iter().map(number).collect();
    keys.sort_unstable();
    keys
}

#[test]
fn reads_every_entry_of_a_hash_in_both_ways() {
    for kind in [MapKind::Hash, MapKind::PerCpuHash, MapKind::LruHash] {
        let Some(fixture) = fixture(kind, 8, 8, None) else { return };
        assert!(fixture.maps().read(fixture.table).unwrap().is_empty());
        fixture.fill(10_000);
        let mut entries = fixture.maps().read(fixture.table).unwrap();
        assert_eq!(entries.len(), 10_000);
        assert_eq!(keys(&entries), (0..10_000).collect::<Vec<_>>());
        (entries.keys, entries.values) = (Vec::new(), Vec::new());
        read_one_by_one(fixture.fd(), &mut entries).unwrap();
        assert_eq!(keys(&entries), (0..10_000).collect::<Vec<_>>());
        let one = fixture.maps().lookup(fixture.table, Some(&7u64.to_le_bytes())).unwrap();
        assert_eq!(keys(&one), [7]);
        let none = fixture.maps().lookup(fixture.table, Some(&[0xff; 8])).unwrap();
        assert!(none.is_empty());
    }
}

#[test]
fn clears_and_zeroes_a_hash() {
    for kind in [MapKind::Hash, MapKind::PerCpuHash] {
        let Some(fixture) = fixture(kind, 8, 8, None) else { return };
        fixture.fill(100);
        let mut maps = fixture.maps();
        maps.zero(fixture.table).unwrap();
        let entries = maps.read(fixture.table).unwrap();
        assert_eq!(entries.len(), 100);
        assert!(entries.iter().all(|(_, value)| value.iter().all(|byte| *byte == 0)));
        maps.clear(fixture.table).unwrap();
        assert!(maps.read(fixture.table).unwrap().is_empty());
    }
}

#[test]
fn nothing_comes_twice_while_keys_are_deleted() {
    let Some(fixture) = fixture(MapKind::Hash, 8, 8, None) else { return };
    fixture.fill(10_000);
    let map = fixture.fd().try_clone_to_owned().unwrap();
    let deleting = std::thread::spawn(move || {
        for key in (0..10_000u64).step_by(2) {
            ffi::map_delete(map.as_fd(), &key.to_le_bytes()).unwrap();
        }
    });
    let batched = fixture.maps().read(fixture.table).unwrap();
    let mut single = Entries { keys: Vec::new(), values: Vec::new(), ..batched.clone() };
    read_one_by_one(fixture.fd(), &mut single).unwrap();
    deleting.join().unwrap();
    for found in [keys(&batched), keys(&single)] {
        let set: HashSet<_> = found.iter().copied().collect();
        assert_eq!(set.len(), found.len());
        assert!((1..10_000).step_by(2).all(|key| set.contains(&key)));
    }
}

#[test]
fn a_zeroed_cell_exists_and_a_cleared_one_does_not() {
    let Some(fixture) = fixture(MapKind::PerCpuArray, 4, 8, None) else { return };
    let mut maps = fixture.maps();
    maps.zero(fixture.table).unwrap();
    assert!(!maps.was_zeroed(fixture.table), "it was never written");
    let cells = 5u64.to_le_bytes().repeat(maps.cpus);
    ffi::map_replace(fixture.fd(), &[0; 4], &cells).unwrap();
    maps.zero(fixture.table).unwrap();
    assert!(maps.was_zeroed(fixture.table));
    maps.clear(fixture.table).unwrap();
    assert!(!maps.was_zeroed(fixture.table));
}

#[test]
fn zero_keeps_the_mark_of_a_written_scalar() {
    let Some(fixture) = fixture(MapKind::Array, 4, 16, Some(8)) else { return };
    let mut maps = fixture.maps();
    let value = [5u64.to_le_bytes(), 1u64.to_le_bytes()].concat();
    ffi::map_replace(fixture.fd(), &[0; 4], &value).unwrap();
    maps.zero(fixture.table).unwrap();
    let entries = maps.read(fixture.table).unwrap();
    let kept = [0u64.to_le_bytes(), 1u64.to_le_bytes()].concat();
    assert_eq!(entries.iter().next(), Some((&[0u8; 4][..], &kept[..])));
    maps.clear(fixture.table).unwrap();
    let entries = maps.read(fixture.table).unwrap();
    assert_eq!(entries.iter().next(), Some((&[0u8; 4][..], &[0u8; 16][..])));
}
