//! The whole compiled program: functions, maps, what attaches where, and what the runtime must
//! know to read maps and events.

use std::collections::BTreeSet;

use diag::{Sources, Span};
use serde::{Deserialize, Serialize};

use crate::{
    Attach, Event, EventId, ExternId, Function, FunctionId, GlobalId, IdVec, Loss, LossId,
    MapId, ProbeId, ProgramId, Sign, SiteId, TableId, Ty,
};

/// A compiled program, ready for code generation and for loading.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Program {
    /// The script's texts; spans point into them.
    pub sources: Sources,
    /// The licence that the kernel is told.
    pub license: String,
    /// Every function: bodies of programs and subprograms.
    pub functions: IdVec<FunctionId, Function>,
    /// Functions of imported programs in C that are called.
    pub externs: IdVec<ExternId, Extern>,
    /// Imported programs in C.
    pub modules: Vec<Bitcode>,
    /// Global variables.
    pub globals: IdVec<GlobalId, Global>,
    /// Where the state that program and runtime share lies.
    pub state: Option<State>,
    /// Every BPF map.
    pub maps: IdVec<MapId, Map>,
    /// The script's `@name`s, sorted by name.
    pub tables: IdVec<TableId, Table>,
    /// The event ring, if the program sends anything.
    pub ring: Option<MapId>,
    /// Hashes with the frames of stacks by the stack's number: one for each [`crate::Stack::frames_size`],
    /// which is the size of its values.
    pub stacks: Vec<MapId>,
    /// Packets that go to files, if any do.
    pub captures: Option<crate::Captures>,
    /// The trees of processes that programs ask about, if any does.
    pub forest: Option<crate::Forest>,
    /// An array with the control group whose processes are traced, if only those are.
    pub control_group: Option<MapId>,
    /// The maps by which it follows stacks of code without frame pointers, if it does.
    pub unwind: Option<crate::Unwind>,
    /// Whether it keeps or sends addresses of processes, which are named later.
    pub names_processes: bool,
    /// How addresses are named.
    pub naming: crate::Naming,
    /// Every kind of record in the event ring.
    pub events: IdVec<EventId, Event>,
    /// The script's probes.
    pub probes: IdVec<ProbeId, Probe>,
    /// Attach points after expansion, in script order.
    pub sites: IdVec<SiteId, Site>,
    /// BPF programs.
    pub programs: IdVec<ProgramId, BpfProgram>,
    /// What attaches which program to which sites, in script order.
    pub links: Vec<Link>,
    /// `strftime` formats of the moments that programs send.
    pub time_formats: Vec<String>,
    /// By how many nanoseconds the clock of time series is ahead of `CLOCK_BOOTTIME`.
    pub tai_ahead: i64,
    /// Places where something can be lost.
    pub losses: IdVec<LossId, Loss>,
    /// Tables that a value goes to which something lost at a place had part in.
    pub touched: BTreeSet<(LossId, TableId)>,
}

/// The kernel's type of a program, which decides what it may do and what its context is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ProgramKind {
    /// `BPF_PROG_TYPE_KPROBE` for kernel functions; the context is `struct pt_regs`.
    Kprobe,
    /// The same for user functions: may be preempted.
    Uprobe,
    /// `BPF_PROG_TYPE_TRACEPOINT`; the context is the record of the format file.
    Tracepoint,
    /// `BPF_PROG_TYPE_RAW_TRACEPOINT`; the context is an array of 64-bit arguments.
    RawTracepoint,
    /// `BPF_PROG_TYPE_PERF_EVENT`; the context is `struct bpf_perf_event_data`.
    PerfEvent,
    /// `BPF_PROG_TYPE_TRACING` at a function's entry; the context is an array of its arguments.
    Fentry,
    /// The same at its return; the returned value follows the arguments.
    Fexit,
    /// `BPF_PROG_TYPE_TRACING` for each thing that a kernel iterator meets; the context tells it.
    Iter,
    /// A raw tracepoint program that user space runs (`BPF_PROG_TEST_RUN`, Linux 5.10).
    TestRun,
}

impl ProgramKind {
    /// The section of programs that are bound to one function when they are loaded. Which one
    /// is no part of the object: it depends on the machine.
    pub const BOUND: &'static str = "bound";

    /// Whether it is bound to one target when it is loaded.
    pub const fn is_bound(self) -> bool {
        matches!(self, Self::Fentry | Self::Fexit | Self::Iter)
    }

    /// The ELF section that makes libbpf choose this kind.
    pub const fn section(self) -> &'static str {
        match self {
            Self::Kprobe => "kprobe",
            Self::Uprobe => "uprobe",
            Self::Tracepoint => "tracepoint",
            Self::RawTracepoint | Self::TestRun => "raw_tracepoint",
            Self::PerfEvent => "perf_event",
            Self::Fentry | Self::Fexit | Self::Iter => Self::BOUND,
        }
    }
}

/// Whether each of a program's links is to one place.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Linking {
    /// It is.
    #[default]
    Each,
    /// One link is to many places: the kernel must know when it loads the program.
    Many,
    /// One link is to entries and returns of functions.
    Session,
}

impl BpfProgram {
    /// The ELF section that makes libbpf choose its kind and linking.
    pub const fn section(&self) -> &'static str {
        match (self.kind, self.linking) {
            (ProgramKind::Kprobe, Linking::Many) => "kprobe.multi",
            (ProgramKind::Uprobe, Linking::Many) => "uprobe.multi",
            (ProgramKind::Kprobe, Linking::Session) => "kprobe.session",
            (ProgramKind::Uprobe, Linking::Session) => "uprobe.session",
            (kind, _) => kind.section(),
        }
    }
}

/// One BPF program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BpfProgram {
    /// Its name in the kernel and of its function: at most 15 characters of `[A-Za-z0-9_]`.
    pub name: String,
    /// Its kind.
    pub kind: ProgramKind,
    /// How it is linked.
    pub linking: Linking,
    /// Its body.
    pub function: FunctionId,
    /// The script's probes whose bodies it runs, in order.
    pub probes: Vec<ProbeId>,
}

/// One probe of the script.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probe {
    /// The user's name for it (`name=…`).
    pub label: Option<String>,
    /// Its heads.
    pub span: Span,
}

/// One attach point after expansion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// Its full name, e.g. `kprobe:vfs_read`.
    pub name: String,
    /// The attach point in the script that it comes from.
    pub span: Span,
    /// The probe it belongs to.
    pub probe: ProbeId,
    /// The first site of this name, which stands for all of them where a script asks for it.
    pub first: SiteId,
}

/// When a link does its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Phase {
    /// Run once, before anything is attached.
    Begin,
    /// Attached while tracing.
    Trace,
    /// Run whenever the user sends the signal that scripts can listen to.
    Signal,
    /// Run once, after tracing.
    End,
    /// Run once, instead of tracing, to see what it returns.
    Test,
    /// Run again and again, instead of tracing, to see how long it takes.
    Bench,
}

/// One act of attaching.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// When.
    pub phase: Phase,
    /// What.
    pub program: ProgramId,
    /// To what, by which mechanism.
    pub attach: Attach,
    /// The sites it serves; more than one where the mechanism takes many. With a cookie, the
    /// program reads the number of the site that fired.
    pub sites: Vec<SiteId>,
}

/// A function of an imported program in C.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extern {
    /// Its name there.
    pub name: String,
    /// Whether what it returns is extended by its sign.
    pub sign: Sign,
}

/// An imported program in C.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bitcode {
    /// What messages call it.
    pub name: String,
    /// As LLVM writes it.
    pub content: Vec<u8>,
}

/// A global variable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Global {
    /// A C identifier, unique in the program.
    pub name: String,
    /// The bytes at start; all zero goes to `.bss`.
    pub content: Vec<u8>,
    /// In bytes.
    pub align: u32,
    /// Whether programs may write it.
    pub mutability: Mutability,
}

/// Whether a global may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mutability {
    /// In `.rodata`.
    Constant,
    /// In `.data`.
    Variable,
}

/// The global that program and runtime share: an array of `u64`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// The only variable in `.data`, so it starts at byte 0 of that map.
    pub global: GlobalId,
}

impl State {
    /// Byte offset of the word that is 1 while tracing and 0 from then on; starts at 1.
    pub const RUNNING: i32 = 0;
    /// Byte offset of the word that is `1 + code` once the script has asked for its end.
    pub const EXIT: i32 = 8;
    /// Byte offset of the `CLOCK_BOOTTIME` nanoseconds at which the run started; the runtime sets it.
    pub const STARTED: i32 = 16;
    /// Byte offset of the process id of `-c`'s child; the runtime sets it.
    pub const CHILD: i32 = 24;
    /// Byte offset of the first loss counter; counter `n` is the `u64` at `LOSSES + 8 n`.
    pub const LOSSES: i32 = 32;
}

/// A kind of BPF map.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "named as the kernel names them")]
pub enum MapKind {
    Hash,
    PerCpuHash,
    LruHash,
    LruPerCpuHash,
    Array,
    PerCpuArray,
    CgroupArray,
    ProgramArray,
    PerfEventArray,
    ArrayOfMaps,
    RingBuf,
}

impl MapKind {
    /// Its number in `enum bpf_map_type`.
    pub const fn number(self) -> u32 {
        match self {
            Self::Hash => 1,
            Self::Array => 2,
            Self::ProgramArray => 3,
            Self::PerfEventArray => 4,
            Self::PerCpuHash => 5,
            Self::PerCpuArray => 6,
            Self::CgroupArray => 8,
            Self::LruHash => 9,
            Self::LruPerCpuHash => 10,
            Self::ArrayOfMaps => 12,
            Self::RingBuf => 27,
        }
    }

    /// Whether each CPU has its own values.
    pub const fn per_cpu(self) -> bool {
        matches!(self, Self::PerCpuHash | Self::LruPerCpuHash | Self::PerCpuArray)
    }
}

/// One BPF map.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Map {
    /// Its name in the kernel: at most 15 characters of `[A-Za-z0-9_]`, unique.
    pub name: String,
    /// Its kind.
    pub kind: MapKind,
    /// In bytes; 0 for ring buffers.
    pub key_size: u32,
    /// In bytes; 0 for ring buffers.
    pub value_size: u32,
    /// Entries; for ring buffers bytes, a power of two and a multiple of the page size.
    pub max_entries: u32,
    /// `BPF_F_*` of map creation.
    pub flags: u32,
}

/// One `@name` of the script.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// With its `@`.
    pub name: String,
    /// The key's type; none for a scalar table, which has the single key 0 (`u32`).
    pub key: Option<Ty>,
    /// What it holds.
    pub value: Ty,
    /// What its values count, where they tell items apart ([`crate::Reduce::Top`]).
    pub item: Option<Ty>,
    /// Where it is kept.
    pub map: MapId,
    /// Byte offset in the value of a `u64` that is not 0 once the scalar was written. Without it,
    /// every entry of a hash exists, and a cell exists when it is not all zero.
    pub present: Option<u32>,
    /// Whether the BPF map's key is the table's key followed, at the next multiple of 8 bytes, by
    /// a `u64` bucket index, and its value one bucket: where all buckets take more than 1 KiB.
    pub bucket_keys: bool,
    /// Where keys with little text are kept instead.
    pub short: Option<Short>,
    /// Where it was first used.
    pub span: Span,
}

impl Table {
    /// Whether it is kept in this BPF map.
    pub fn is_in(&self, map: MapId) -> bool {
        self.map == map || self.short.is_some_and(|short| short.map == map)
    }
}

/// A second BPF map of a table, of the same kind and with the same values, for keys whose last
/// part is a short text: the kernel hashes and compares a key's whole size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Short {
    /// That map.
    pub map: MapId,
    /// Bytes of its keys, which are the first ones of the table's key.
    pub key_size: u32,
    /// The byte of a key that is 0 exactly where its text is short.
    pub last: u32,
}
