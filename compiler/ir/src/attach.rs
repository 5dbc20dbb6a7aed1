//! The kernel mechanisms by which a program is attached, with everything each needs.

use std::{collections::BTreeSet, fmt};

use serde::{Deserialize, Serialize};

use crate::{MapId, ProgramId};

/// Entry or return of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum When {
    /// At the call.
    Entry,
    /// At the return.
    Return,
}

/// How often a sampling event fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Rate {
    /// So many times a second.
    Hertz(u64),
    /// Once for so many events (nanoseconds for clocks).
    Period(u64),
}

/// On which CPUs a perf event is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Cpus {
    /// On every online CPU.
    All,
    /// On the first online CPU.
    First,
}

/// What a program that the kernel calls directly (a trampoline) hangs on.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Host {
    /// A function of the kernel; none for the module is the kernel proper.
    Kernel(Option<String>),
    /// A function of the BPF program with this number.
    Bpf(u32),
}

/// Whose memory an address belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Owner {
    /// The kernel.
    Kernel,
    /// This process.
    Process(u32),
    /// The process that `-c` starts.
    Child,
}

/// An instruction of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FilePlace {
    /// In the file, in bytes.
    pub offset: u64,
    /// Where in the file the counter lies that says how many look at it; 0 if there is none.
    pub semaphore: u64,
}

/// Memory to be watched whose address a function of a process is given.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct WatchGiven {
    /// Full path of the function's file.
    pub binary: String,
    /// The function's name.
    pub function: String,
    /// Where it starts.
    pub place: FilePlace,
    /// Where in the context the argument is.
    pub argument: u32,
    /// How many bytes are watched.
    pub length: u64,
    /// As [`Attach::Breakpoint`] has it.
    pub mode: u32,
    /// Whose memory.
    pub owner: Owner,
    /// Whether the process waits until a new address is watched.
    pub stops: bool,
    /// The hash with the addresses: [`Self::WANTED`] or [`Self::WATCHED`]. None before lowering.
    pub map: Option<MapId>,
}

impl WatchGiven {
    /// An address that a call brought.
    pub const WANTED: u32 = 1;
    /// One that is watched, or can't be.
    pub const WATCHED: u32 = 2;
}

/// What becomes of a name that several functions of the kernel have, which the kernel refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SameName {
    /// The script means one of them, and must say which.
    Refused,
    /// A pattern matches: each of them is meant.
    Each,
    /// The same, but not those of modules.
    EachInKernel,
}

/// A mechanism and its target.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Attach {
    /// User space runs the program once (`BPF_PROG_TEST_RUN`).
    TestRun,
    /// A perf event on a tracepoint, with a BPF link.
    Tracepoint {
        /// E.g. `sched`.
        category: String,
        /// E.g. `sched_switch`.
        event: String,
    },
    /// `bpf_raw_tracepoint_open`.
    RawTracepoint {
        /// E.g. `sched_switch`.
        name: String,
    },
    /// The raw tracepoint that every system call meets. The program goes on with that which a
    /// table has for the call's number, if it has one, and so do those.
    SystemCalls {
        /// At the call's entry or at its return.
        when: When,
        /// What tables go on with: table, number of the call, program.
        steps: Vec<(MapId, u16, ProgramId)>,
    },
    /// A perf event on a kernel function.
    Kprobe {
        /// The function, as `module:function` if the module was given; empty if `offset` is an
        /// address.
        function: String,
        /// Bytes from its start.
        offset: u64,
        /// Entry or return.
        when: When,
        /// What is done if it is not the only one of that name.
        same_name: SameName,
    },
    /// A call that the kernel makes at a function's entry or return (fentry, fexit).
    Trampoline {
        /// Whose function it is.
        host: Host,
        /// The function.
        function: String,
        /// Entry or return.
        when: When,
    },
    /// A perf event on an instruction of a file.
    Uprobe {
        /// Full path.
        binary: String,
        /// For messages.
        symbol: String,
        /// Where.
        place: FilePlace,
        /// Entry or return.
        when: When,
        /// The one process, or all.
        pid: Option<u32>,
    },
    /// One link to many kernel functions (`BPF_TRACE_KPROBE_MULTI`); each has the number of its
    /// site as cookie.
    KprobeMulti {
        /// In the order of the link's sites.
        functions: Vec<String>,
        /// Entry or return.
        when: When,
    },
    /// One link to many instructions of a file (`BPF_TRACE_UPROBE_MULTI`); each has the number of
    /// its site as cookie.
    UprobeMulti {
        /// Full path.
        binary: String,
        /// In the order of the link's sites.
        places: Vec<FilePlace>,
        /// Entry or return.
        when: When,
        /// The one process, or all.
        pid: Option<u32>,
    },
    /// One link to the entries and returns of kernel functions (`BPF_TRACE_KPROBE_SESSION`). The
    /// link's sites are those of the entries and then those of the returns.
    KprobeSession {
        /// In the order of the sites.
        functions: Vec<String>,
    },
    /// One link to the entries and returns of functions of a file (`BPF_TRACE_UPROBE_SESSION`).
    UprobeSession {
        /// Full path.
        binary: String,
        /// In the order of the sites.
        places: Vec<FilePlace>,
        /// The one process, or all.
        pid: Option<u32>,
    },
    /// A kernel iterator: user space reads it to its end once.
    Iter {
        /// What is iterated over: `task`, `task_file`.
        name: String,
        /// The one process, where the iterator can be told.
        pid: Option<u32>,
        /// Where it is kept for others to read, instead.
        pin: Option<String>,
    },
    /// A perf event on memory that the CPU watches.
    Breakpoint {
        /// Where.
        address: u64,
        /// How many bytes.
        length: u64,
        /// `HW_BREAKPOINT_*` in `linux/hw_breakpoint.h`: 1 read, 2 write, 4 execute.
        mode: u32,
        /// Whose memory.
        owner: Owner,
    },
    /// The same on memory whose address a function is given: opened when a call brings a new one.
    WatchGiven(WatchGiven),
    /// A sampling perf event.
    Perf {
        /// `perf_event_attr.type`: 1 for software events.
        kind: u32,
        /// `perf_event_attr.config`.
        config: u64,
        /// How often.
        rate: Rate,
        /// Where.
        cpus: Cpus,
        /// The one process, or all.
        pid: Option<u32>,
    },
}

impl Attach {
    /// The mechanism's name, for `-v`.
    pub const fn mechanism(&self) -> &'static str {
        match self {
            Self::TestRun => "test run",
            Self::Tracepoint { .. } => "tracepoint perf event",
            Self::RawTracepoint { .. } => "raw tracepoint",
            Self::SystemCalls { when: When::Entry, .. } => "raw tracepoint sys_enter",
            Self::SystemCalls { when: When::Return, .. } => "raw tracepoint sys_exit",
            Self::Kprobe { when: When::Entry, .. } => "kprobe perf event",
            Self::Kprobe { when: When::Return, .. } => "kretprobe perf event",
            Self::Trampoline { when: When::Entry, .. } => "fentry trampoline",
            Self::Trampoline { when: When::Return, .. } => "fexit trampoline",
            Self::Uprobe { when: When::Entry, .. } => "uprobe perf event",
            Self::Uprobe { when: When::Return, .. } => "uretprobe perf event",
            Self::KprobeMulti { when: When::Entry, .. } => "kprobe multi link",
            Self::KprobeMulti { when: When::Return, .. } => "kretprobe multi link",
            Self::UprobeMulti { when: When::Entry, .. } => "uprobe multi link",
            Self::UprobeMulti { when: When::Return, .. } => "uretprobe multi link",
            Self::KprobeSession { .. } => "kprobe session link",
            Self::UprobeSession { .. } => "uprobe session link",
            Self::Iter { .. } => "iterator",
            Self::Breakpoint { .. } | Self::WatchGiven(_) => "hardware breakpoint",
            Self::Perf { .. } => "perf event",
        }
    }
}

impl fmt::Display for Attach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.mechanism())?;
        match self {
            Self::TestRun => Ok(()),
            Self::Tracepoint { category, event } => write!(f, " {category}:{event}"),
            Self::RawTracepoint { name } => write!(f, " {name}"),
            Self::SystemCalls { steps, .. } => {
                let numbers: BTreeSet<_> = steps.iter().map(|(_, number, _)| number).collect();
                write!(f, " for {} system calls", numbers.len())
            }
            Self::Kprobe { function, offset, .. } if function.is_empty() => {
                write!(f, " {offset:#x}")
            }
            Self::Trampoline { host: Host::Bpf(id), function, .. } => {
                write!(f, " {function} of BPF program {id}")
            }
            Self::Trampoline { host: Host::Kernel(Some(module)), function, .. } => {
                write!(f, " {module}:{function}")
            }
            Self::Trampoline { function, .. } => write!(f, " {function}"),
            Self::Kprobe { function, offset: 0, .. } => write!(f, " {function}"),
            Self::Kprobe { function, offset, .. } => write!(f, " {function}+{offset}"),
            Self::Uprobe { binary, symbol, place, .. } => {
                write!(f, " {binary}:{symbol} at file offset {:#x}", place.offset)
            }
            Self::KprobeMulti { functions, .. } | Self::KprobeSession { functions } => {
                write!(f, " {}", functions.join(" "))
            }
            Self::UprobeMulti { binary, places, .. }
            | Self::UprobeSession { binary, places, .. } => {
                write!(f, " {binary} at file offsets")?;
                places.iter().try_for_each(|place| write!(f, " {:#x}", place.offset))
            }
            Self::Iter { name, .. } => write!(f, " {name}"),
            Self::Breakpoint { address, length, mode, .. } => {
                write!(f, " {address:#x} length {length} mode {mode}")
            }
            Self::WatchGiven(given) => {
                let WatchGiven { function, length, mode, .. } = given;
                write!(f, " at what {function} is given, length {length} mode {mode}")
            }
            Self::Perf { kind, config, rate, .. } => {
                write!(f, " type {kind} config {config} ")?;
                match rate {
                    Rate::Hertz(rate) => write!(f, "{rate} Hz"),
                    Rate::Period(period) => write!(f, "every {period}"),
                }
            }
        }
    }
}
