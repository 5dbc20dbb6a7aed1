//! Trees of processes: whether the current process is one of another's descendants. The programs
//! that keep count of them are made by `sema`; here is how the others ask.

use ir::{Bin, Forest, Helper, Map, MapId, MapKind, Root, Sign, ValueId, Width};

use crate::{Feature, Lower};

/// Threads that can be followed at once. An entry takes 80 bytes, which older kernels allot
/// beforehand.
const THREADS: u32 = 65_536;
/// `BPF_F_NO_PREALLOC`
const NO_PREALLOC: u32 = 1;

/// Whether the current thread belongs to the process `root` or to one that descends from it:
/// 1 or 0 → `Int`.
pub fn descends(l: &mut dyn Lower, root: Root) -> ValueId {
    let lazy = l.kernel().has(Feature::LazyMaps);
    let program = l.program();
    if program.forest.is_none() {
        let flags = if lazy { NO_PREALLOC } else { 0 };
        let map = array("followed", MapKind::Hash, 8, THREADS);
        let map = program.maps.push(Map { flags, ..map });
        program.forest = Some(Forest { map, roots: Vec::new(), keepers: Vec::new() });
    }
    let Some(forest) = &mut program.forest else { return l.b().constant(0) };
    let known = forest.roots.iter().position(|known| *known == root);
    let number = known.unwrap_or_else(|| {
        forest.roots.push(root);
        forest.roots.len() - 1
    });
    let map = forest.map;
    let bits = trees_of_current(l.b(), map);
    let b = l.b();
    let low = b.shr(bits, (number % Forest::MOST) as u32);
    b.bin_const(Bin::And, low, 1)
}

/// The trees that the current thread belongs to, as [`Forest::map`] has them → `Int`.
///
/// The process is looked up first: the kernel makes some of its threads without a word. A thread
/// is looked up where its process is gone as the thread that it began with, while others live on.
pub fn trees_of_current(b: &mut ir::Builder, map: MapId) -> ValueId {
    let (key, bits) = (b.slot(8, 8), b.slot(8, 8));
    let zero = b.constant(0);
    b.store64(bits, 0, zero);
    let both = b.call(Helper::GET_CURRENT_PID_TGID, &[]);
    let process = b.shr(both, 32);
    let done = b.block();
    for id in [process, both] {
        b.store(key, 0, Width::W32, id);
        let map = b.map(map);
        let found = b.call(Helper::MAP_LOOKUP_ELEM, &[map, key]);
        let is_null = b.is_null(found);
        let (there, other) = (b.block(), b.block());
        b.branch(is_null, other, there);
        b.switch_to(there);
        let value = b.load(found, 0, Width::W64, Sign::Unsigned);
        b.store64(bits, 0, value);
        b.jump(done);
        b.switch_to(other);
    }
    b.jump(done);
    b.switch_to(done);
    b.load64(bits, 0)
}

/// Whether the current process is in the control group that is traced, or below it → `Int`.
pub fn in_control_group(l: &mut dyn Lower) -> ValueId {
    let program = l.program();
    let map = program.control_group.unwrap_or_else(|| {
        program.maps.push(array("control_group", MapKind::CgroupArray, 4, 1))
    });
    program.control_group = Some(map);
    let b = l.b();
    let (map, first) = (b.map(map), b.constant(0));
    // Negative where it can't tell.
    let answer = b.call(Helper::CURRENT_TASK_UNDER_CGROUP, &[map, first]);
    b.bin_const(Bin::Eq, answer, 1)
}

fn array(name: &str, kind: MapKind, value_size: u32, max_entries: u32) -> Map {
    Map { name: name.to_owned(), kind, key_size: 4, value_size, max_entries, flags: 0 }
}
