//! Where each map of the script is kept, and which of them several programs write at once.

use std::collections::{BTreeMap, BTreeSet};

use ir::{
    Attach, GlobalId, Map, MapKind, Program, ProgramKind, Rate, Reduce, Short, Table, TableId,
    Top, Ty, Width, align_up,
};
use stdlib::{Feature, Kernel};

use super::{Repeats, Room, plan::Unit};
use crate::{
    Typed, typed,
    typed::{ExprKind, Stmt, StmtKind},
};

/// The script's maps by name.
pub(super) struct Tables {
    ids: BTreeMap<String, TableId>,
    /// Those whose cells need atomic updates to be exact.
    shared: BTreeSet<String>,
    /// How much stack values may take.
    pub(super) room: Room,
    /// How what is repeated is lowered.
    pub(super) repeats: Repeats,
    /// A word of zeros, where tests are to be made apart from each other.
    pub(super) zero: Option<GlobalId>,
}

impl Tables {
    pub(super) fn new(
        typed: &Typed,
        units: &[Unit<'_>],
        kernel: &dyn Kernel,
        program: &mut Program,
    ) -> Self {
        let mut ids = BTreeMap::new();
        let iterated = iterated(units);
        for map in &typed.maps {
            let limits = (typed.config.max_map_keys, iterated.contains(map.name.as_str()));
            ids.insert(map.name.clone(), add(map, limits, kernel, program));
        }
        let (room, repeats) = (Room::default(), Repeats::default());
        Self { ids, shared: shared(units, kernel), room, repeats, zero: None }
    }

    pub(super) fn get(&self, name: &str) -> Option<TableId> {
        self.ids.get(name).copied()
    }

    pub(super) fn is_shared(&self, name: &str) -> bool {
        self.shared.contains(name)
    }
}

fn add(
    map: &typed::Map,
    (max_entries, iterated): (u32, bool),
    kernel: &dyn Kernel,
    program: &mut Program,
) -> TableId {
    let key = map.key.as_ref().map(|key| possible_key(key, kernel));
    let value = stored(map);
    let size = align_up(value.size(), 8);
    let name = String::new();
    let reduced = if let Ty::Reduced(reduce) = value { Some(reduce) } else { None };
    let bucket_size = reduced.map_or(0, Reduce::bucket_size);
    let divided = reduced.is_some_and(Reduce::is_divided);
    let max_entries = map.declared.map_or(max_entries, |declared| declared.entries);
    let evicts = map.declared.is_some_and(|declared| declared.kind.evicts);
    let (plain, per_cpu) = if evicts {
        (MapKind::LruHash, MapKind::LruPerCpuHash)
    } else {
        (MapKind::Hash, MapKind::PerCpuHash)
    };
    let (kind, key_size, value_size, entries) = match (&key, reduced) {
        (None, None) => (MapKind::Array, 4, size + 8, 1),
        (None, Some(reduce)) if reduce.is_always_divided() => {
            (MapKind::PerCpuHash, 8, bucket_size, reduce.buckets())
        }
        (None, Some(Reduce::Sum(_))) => (MapKind::PerCpuArray, 4, size + 8, 1),
        (None, Some(_)) => (MapKind::PerCpuArray, 4, size, 1),
        (Some(key), None) => (plain, key.size(), size, max_entries),
        (Some(key), Some(_)) if divided => {
            let entries = affordable(max_entries, bucket_size, map, kernel);
            (per_cpu, align_up(key.size(), 8) + 8, bucket_size, entries)
        }
        (Some(key), Some(_)) => (per_cpu, key.size(), size, max_entries),
    };
    let kept = Map {
        name,
        kind,
        key_size: key_size.max(1),
        value_size,
        max_entries: entries,
        flags: 0,
    };
    let always = reduced.is_some_and(Reduce::is_always_divided);
    let bucket_keys = divided && (key.is_some() || always);
    let splits = map.declared.is_none() && !iterated && !bucket_keys;
    let short = key.as_ref().filter(|_| splits).and_then(short_key);
    let short = short.map(|(key_size, last)| {
        let map = Map { name: kernel_name(&map.name, program), key_size, ..kept.clone() };
        Short { map: program.maps.push(map), key_size, last }
    });
    let id = program.maps.push(Map { name: kernel_name(&map.name, program), ..kept });
    let present = match (&key, reduced) {
        (None, None | Some(Reduce::Sum(_))) => Some(size),
        (None, Some(_)) | (Some(_), _) => None,
    };
    program.tables.push(Table {
        name: format!("@{}", map.name),
        bucket_keys,
        short,
        key,
        value,
        item: map.item.clone(),
        map: id,
        present,
        span: map.span,
    })
}

/// Text of so many bytes, its NUL included, is short.
pub(super) const SHORT_TEXT: u32 = 64;

/// The size of the key with short text, and its last byte of text; none where that would not be
/// worth a second map.
fn short_key(key: &Ty) -> Option<(u32, u32)> {
    let (start, text) = if let Ty::Tuple(items) = key {
        (*key.offsets().last()?, items.last()?)
    } else {
        (0, key)
    };
    let Ty::Str(size) = text else { return None };
    let end = start + SHORT_TEXT;
    (*size >= 2 * SHORT_TEXT).then_some((align_up(end, key.align()), end - 1))
}

/// Largest key of a hash map in Linux 5.10, in bytes.
const LARGEST_OLD_KEY: u32 = 512;

/// The key with its strings cut where the kernel takes no larger ones; what is cut shows as such.
fn possible_key(key: &Ty, kernel: &dyn Kernel) -> Ty {
    if key.size() <= LARGEST_OLD_KEY || kernel.has(Feature::LargeKeys) {
        return key.clone();
    }
    let longest = |limit: u32| cut(key, limit).size() <= LARGEST_OLD_KEY - 16;
    let limit = (1..=LARGEST_OLD_KEY / 8).rev().map(|words| words * 8).find(|it| longest(*it));
    cut(key, limit.unwrap_or(8))
}

/// The type with no string longer than `limit`.
fn cut(ty: &Ty, limit: u32) -> Ty {
    if let Ty::Str(size) = ty {
        return Ty::Str(*size.min(&limit));
    }
    let Ty::Tuple(items) = ty else { return ty.clone() };
    Ty::Tuple(items.iter().map(|item| cut(item, limit)).collect())
}

/// Integers are kept in 8 bytes, so that they can be added to atomically.
fn stored(map: &typed::Map) -> Ty {
    match (&map.value, &map.item) {
        (Ty::Int(_, sign), _) => Ty::Int(Width::W64, *sign),
        (Ty::Reduced(Reduce::Top(top)), Some(item)) => {
            Ty::Reduced(Reduce::Top(Top { item: align_up(item.size(), 8), ..*top }))
        }
        (other, _) => other.clone(),
    }
}

/// Most memory for counters of items under keys, unless the script declares how many.
const MOST_FOR_ITEMS: u32 = 64 << 20;

/// As many entries as the settings allow, but fewer large sets of counters: the kernel allocates
/// all of them at once, for each CPU.
fn affordable(most: u32, size: u32, map: &typed::Map, kernel: &dyn Kernel) -> u32 {
    if map.item.is_none() || map.declared.is_some() {
        return most;
    }
    let for_all = size.max(1).saturating_mul(kernel.possible_cpus().max(1));
    most.min((MOST_FOR_ITEMS / for_all).max(64))
}

/// `m_start` for `@start`, `m` for `@`: at most 15 characters, unique.
fn kernel_name(name: &str, program: &Program) -> String {
    let full = if name.is_empty() { "m".to_owned() } else { format!("m_{name}") };
    let taken = |name: &str| program.maps.values().any(|map| map.name == name);
    let cut = |room: usize| full.chars().take(room).collect::<String>();
    let first = cut(15);
    if !taken(&first) {
        return first;
    }
    let numbered = (2..).map(|number| {
        let suffix = format!("_{number}");
        cut(15 - suffix.len()) + &suffix
    });
    numbered.into_iter().find(|name| !taken(name)).unwrap_or(first)
}

/// Size of the event ring where events come one by one. The reader maps it twice, and every
/// page of it costs time and memory at start (16 MiB: 6 ms and 32 MiB).
const SMALL_RING: u32 = 256 << 10;
/// Where a flood may come: what one busy CPU prints in the time the reader needs to wake up.
const LARGE_RING: u32 = 8 << 20;

/// The ring that events go through, if any body sends some.
pub(super) fn add_ring(typed: &Typed, units: &[Unit<'_>], program: &mut Program) {
    if !units.iter().any(|unit| unit.body.uses.events) {
        return;
    }
    let flood = units.iter().any(|unit| {
        unit.body.uses.prints && unit.sites.iter().any(|(_, attach)| !is_slow(attach))
    });
    let size = if flood { LARGE_RING } else { SMALL_RING };
    program.ring = Some(program.maps.push(Map {
        name: "events".to_owned(),
        kind: MapKind::RingBuf,
        key_size: 0,
        value_size: 0,
        max_entries: typed.config.ring_bytes().unwrap_or(size),
        flags: 0,
    }));
}

/// Whether it fires at most once a millisecond on a CPU.
const fn is_slow(attach: &Attach) -> bool {
    match attach {
        Attach::TestRun => true,
        Attach::Perf { rate: Rate::Hertz(rate), .. } => *rate <= 1000,
        Attach::Perf { kind: 1, config: 0 | 1, rate: Rate::Period(period), .. } => {
            *period >= 1_000_000
        }
        Attach::Perf { .. }
        | Attach::Tracepoint { .. }
        | Attach::RawTracepoint { .. }
        | Attach::SystemCalls { .. }
        | Attach::Kprobe { .. }
        | Attach::Trampoline { .. }
        | Attach::Iter { .. }
        | Attach::Breakpoint { .. }
        | Attach::WatchGiven(_)
        | Attach::KprobeMulti { .. }
        | Attach::UprobeMulti { .. }
        | Attach::KprobeSession { .. }
        | Attach::UprobeSession { .. }
        | Attach::Uprobe { .. } => false,
    }
}

/// Maps whose cells something may write between another program's read and write on the same CPU.
///
/// Tracepoints, kprobes and perf events of one CPU exclude each other (`bpf_prog_active`); a raw
/// tracepoint's program excludes only itself, and no other program; uprobes are preempted.
fn shared(units: &[Unit<'_>], kernel: &dyn Kernel) -> BTreeSet<String> {
    let mut writers: BTreeMap<&str, Vec<ProgramKind>> = BTreeMap::new();
    for unit in units {
        let mut names = BTreeSet::new();
        let functions = unit.body.functions.iter().map(|function| &function.body);
        for body in std::iter::once(unit.body).chain(functions) {
            aggregated(&body.stmts, &mut names);
            for expr in &body.exprs {
                if let ExprKind::Block(stmts, _) = &expr.kind {
                    aggregated(stmts, &mut names);
                }
            }
        }
        for name in names {
            writers.entry(name).or_default().push(unit.kind);
        }
    }
    let preemptible = kernel.has(Feature::PreemptibleTracepoints);
    // Before 6.1 a program in a raw tracepoint may be interrupted by itself; that release shows by
    // a helper that came with it.
    let nested = !kernel.has(Feature::TaiClock);
    let is_shared = |kinds: &[ProgramKind]| {
        let preempted = kinds.iter().any(|kind| match kind {
            // Trampolines exclude only themselves, and run preemptible.
            ProgramKind::Uprobe
            | ProgramKind::Fentry
            | ProgramKind::Fexit
            | ProgramKind::Iter => true,
            ProgramKind::RawTracepoint => preemptible || nested,
            ProgramKind::Kprobe
            | ProgramKind::Tracepoint
            | ProgramKind::PerfEvent
            | ProgramKind::TestRun => false,
        });
        let guarded = kinds.iter().all(|kind| {
            matches!(
                kind,
                ProgramKind::Kprobe | ProgramKind::Tracepoint | ProgramKind::PerfEvent
            )
        });
        preempted || (!guarded && kinds.len() > 1)
    };
    let shared = writers.into_iter().filter(|(_, kinds)| is_shared(kinds));
    shared.map(|(name, _)| name.to_owned()).collect()
}

/// Names of the maps that loops go over: their keys have one size.
fn iterated<'a>(units: &[Unit<'a>]) -> BTreeSet<&'a str> {
    let mut names = BTreeSet::new();
    for unit in units {
        looped(&unit.body.stmts, &mut names);
        for expr in &unit.body.exprs {
            if let ExprKind::Block(stmts, _) = &expr.kind {
                looped(stmts, &mut names);
            }
        }
    }
    names
}

fn looped<'a>(stmts: &'a [Stmt], names: &mut BTreeSet<&'a str>) {
    for stmt in stmts {
        match &stmt.kind {
            StmtKind::Entries { map, body, .. } => {
                names.insert(map);
                looped(body, names);
            }
            StmtKind::If(_, then, other) => {
                looped(then, names);
                looped(other, names);
            }
            StmtKind::Repeat(_, body)
            | StmtKind::Block(body)
            | StmtKind::While(_, body)
            | StmtKind::Range { body, .. } => looped(body, names),
            StmtKind::Aggregate { .. }
            | StmtKind::Break
            | StmtKind::Continue
            | StmtKind::Expr(_)
            | StmtKind::Declare(_)
            | StmtKind::Assign(..)
            | StmtKind::Add(..)
            | StmtKind::Return(_) => {}
        }
    }
}

/// Names of the maps that statements aggregate into.
fn aggregated<'a>(stmts: &'a [Stmt], names: &mut BTreeSet<&'a str>) {
    for stmt in stmts {
        match &stmt.kind {
            StmtKind::Aggregate { entry, .. } => {
                names.insert(&entry.map);
            }
            StmtKind::If(_, then, other) => {
                aggregated(then, names);
                aggregated(other, names);
            }
            StmtKind::Repeat(_, body)
            | StmtKind::Block(body)
            | StmtKind::While(_, body)
            | StmtKind::Range { body, .. }
            | StmtKind::Entries { body, .. } => aggregated(body, names),
            StmtKind::Break
            | StmtKind::Continue
            | StmtKind::Expr(_)
            | StmtKind::Declare(_)
            | StmtKind::Assign(..)
            | StmtKind::Add(..)
            | StmtKind::Return(_) => {}
        }
    }
}
