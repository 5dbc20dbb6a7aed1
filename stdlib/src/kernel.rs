//! What the language may ask about the machine it is compiled for. Real in `runtime`, recorded in
//! `tests`; every answer can be serialized, so that it can be recorded and be part of a cache key.

use serde::{Deserialize, Serialize};

use crate::{Places, Prototype};

/// Why a question has no answer, in words for the user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unanswered {
    /// What is missing, as a sentence without a full stop: `tracefs is not mounted`.
    pub problem: String,
    /// What the user can do about it.
    pub help: Option<String>,
}

/// An answer, or why there is none.
pub type Answer<T> = Result<T, Unanswered>;

/// A feature of the running kernel. Probed, never derived from the version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Feature {
    /// Kprobes (`CONFIG_KPROBES`, and permission to use them).
    Kprobe,
    /// Fentry and fexit programs can be loaded.
    Fentry,
    /// `BPF_LINK_TYPE_PERF_EVENT` (Linux 5.15).
    PerfLink,
    /// `bpf_get_attach_cookie` for perf links (Linux 5.15).
    PerfCookie,
    /// The same for raw tracepoints (Linux 6.10).
    RawCookie,
    /// `bpf_get_func_ip` (Linux 5.15).
    FunctionAddress,
    /// `BPF_LINK_TYPE_KPROBE_MULTI` (Linux 5.18 with FPROBE).
    KprobeMulti,
    /// `BPF_LINK_TYPE_UPROBE_MULTI` (Linux 6.6).
    UprobeMulti,
    /// One program at entries and returns of kernel functions (Linux 6.10 with FPROBE).
    KprobeSession,
    /// The same for functions of files (Linux 6.13).
    UprobeSession,
    /// Atomic operations that give the old value (Linux 5.12).
    FetchAtomics,
    /// `bpf_for_each_map_elem` (Linux 5.13).
    MapIteration,
    /// `bpf_loop` (Linux 5.17).
    Loop,
    /// `bpf_get_current_task_btf` (Linux 5.11).
    CurrentTask,
    /// Raw tracepoints that every system call meets, with what tells which one it is.
    SystemCalls,
    /// Hash maps whose entries are allocated when they are made are safe in every program
    /// (Linux 6.1).
    LazyMaps,
    /// `bpf_map_lookup_percpu_elem` (Linux 5.19).
    PerCpuLookup,
    /// `bpf_override_return` (`CONFIG_BPF_KPROBE_OVERRIDE`).
    Override,
    /// `bpf_ktime_get_tai_ns` (Linux 6.1).
    TaiClock,
    /// Keys of hash maps may be larger than 512 bytes (not in 5.10).
    LargeKeys,
    /// BPF programs in raw tracepoints may be preempted (Linux 7.0).
    PreemptibleTracepoints,
}

/// The record of a tracepoint, as its format file describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TracepointFormat {
    /// The event's number.
    pub id: u32,
    /// Every field, the common ones included, in the order of the file.
    pub fields: Vec<TracepointField>,
}

/// One field of a tracepoint's record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TracepointField {
    /// The declaration as the file has it, without `field:` and `;`: `const char * filename`,
    /// `char comm[16]`, `__data_loc char[] name`.
    pub declaration: String,
    /// Byte offset in the record.
    pub offset: u32,
    /// In bytes.
    pub size: u32,
    /// Whether it is signed.
    pub signed: bool,
}

/// Which processes are traced besides that of `-p`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Scope {
    /// Those that descend from the process of `-p` or `-c`, and no others.
    pub descendants: bool,
    /// Only those of one control group, and of those below it.
    pub control_group: bool,
}

/// A function in an executable or library.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Symbol {
    /// Its name in the symbol table.
    pub name: String,
    /// Where its code starts in the file, in bytes: what a uprobe needs.
    pub offset: u64,
    /// In bytes; 0 where the table doesn't say.
    pub size: u64,
}

/// A process id namespace: device and inode of its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PidNamespace {
    /// `st_dev` of `/proc/self/ns/pid`.
    pub device: u64,
    /// `st_ino` of it.
    pub inode: u64,
}

/// A file that the compiler reads for the user: what is imported or included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// Its full path without links: two names of one file have the same.
    pub path: String,
    /// What is in it.
    pub content: Content,
}

/// What is in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Content {
    /// Bytes.
    Bytes(Vec<u8>),
    /// A directory.
    Directory {
        /// The names in it, sorted.
        names: Vec<String>,
        /// Whether everybody may add files to it.
        world_writable: bool,
    },
}

/// A variable of which each CPU has its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PerCpuVariable {
    /// Its number among the kernel's types, by which a program can ask for its address.
    pub id: u32,
    /// What it holds.
    pub ty: ir::Ty,
}

/// `LINUX_VERSION_CODE` of a release: of `6.1.0-49-amd64` the first three numbers, a byte each
/// for the last two.
pub fn version_code(release: &str) -> u32 {
    let number = |part: &str| {
        let digits = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
        part[..digits].parse::<u32>().unwrap_or(0)
    };
    // `6.1.0-49-amd64`: what follows the first `-` is the distribution's own.
    let mut parts = release.split('-').next().unwrap_or_default().split('.').map(number);
    let mut next = || parts.next().unwrap_or(0);
    (next() << 16) | (next().min(255) << 8) | next().min(255)
}

/// A program in C, compiled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CProgram {
    /// LLVM's bitcode for BPF, with debug information.
    pub bitcode: Vec<u8>,
    /// The functions that it defines for others, with what they take and give.
    pub functions: Vec<(String, Prototype)>,
}

/// Why a program in C cannot be compiled without clang.
pub fn no_clang() -> Unanswered {
    Unanswered {
        problem: "there is no clang to compile it".to_owned(),
        help: Some("install one: `apt install clang`, or `dnf install clang`".to_owned()),
    }
}

/// The machine, as the compiler sees it. In patterns only `*` is special.
pub trait Kernel {
    /// Tracepoints whose category and event match, as (category, event), sorted.
    fn tracepoints(&self, category: &str, event: &str) -> Answer<Vec<(String, String)>>;

    /// The format of one tracepoint; `Ok(None)` if there is no such tracepoint.
    fn tracepoint_format(
        &self,
        category: &str,
        event: &str,
    ) -> Answer<Option<TracepointFormat>>;

    /// Whether tracepoint `event` of `category` can be had as a raw tracepoint of the same name.
    fn is_raw_tracepoint(&self, category: &str, event: &str) -> bool;

    /// Raw tracepoints whose name matches, sorted.
    fn raw_tracepoints(&self, pattern: &str) -> Answer<Vec<String>>;

    /// Kernel functions that can be traced and whose name matches, as (module, function), sorted;
    /// the module is none for the kernel proper.
    fn functions(
        &self,
        module: Option<&str>,
        pattern: &str,
    ) -> Answer<Vec<(Option<String>, String)>>;

    /// What can be traced, beyond what this trait tells.
    fn places(&self) -> &dyn Places;
    /// The kernel's type of a name as C writes it: `struct task_struct`, `union x`, `enum y`,
    /// `pid_t`; `Ok(None)` if it has none. Structs that pointers point to are [`ir::Ty::Opaque`].
    fn c_type(&self, name: &str) -> Answer<Option<ir::Ty>>;

    /// The number that the kernel gives to the type of this name; none for what only modules have.
    fn type_id(&self, name: &str) -> Option<u32>;

    /// The kernel's per-CPU variable `name`; `Ok(None)` if it has none.
    fn per_cpu_variable(&self, name: &str) -> Answer<Option<PerCpuVariable>>;

    /// The kernel's enum that has an enumerator `name`, with its value; `Ok(None)` if none has.
    fn enumerator(&self, name: &str) -> Answer<Option<(ir::Ty, i64)>>;

    /// The file or directory at `path`; `Ok(None)` if there is none.
    fn file(&self, path: &str) -> Answer<Option<File>>;

    /// Compiles the program in C at `path`, whose headers are also looked for in `folders`.
    fn c_program(&self, path: &str, folders: &[String]) -> Answer<CProgram>;

    /// Finds an executable or library as a probe names it (absolute, relative, from `PATH`, or
    /// `libNAME`): full path, or none.
    fn binary(&self, name: &str) -> Answer<Option<String>>;

    /// Functions of the file at `path` whose name matches, sorted by name.
    fn symbols(&self, path: &str, pattern: &str) -> Answer<Vec<Symbol>>;

    /// Whether the kernel has `feature`.
    fn has(&self, feature: Feature) -> bool;

    /// The process id namespace that ids are shown in, unless it is the initial one.
    fn pid_namespace(&self) -> Option<PidNamespace>;

    /// Byte offset of a register in the context of kprobe and uprobe programs, by its
    /// architecture's name for it (`di`, `ax`); none if there is no such register.
    fn register(&self, name: &str) -> Option<u32>;

    /// The kernel's version as its headers encode it, for C that asks: what the kernel can do is
    /// never told from it.
    fn version_code(&self) -> u32;

    /// Number of possible CPUs.
    fn possible_cpus(&self) -> u32;

    /// The address of a symbol of the kernel; none if there is none of that name.
    fn kernel_symbol(&self, name: &str) -> Option<u64>;

    /// The id of the control group whose directory is at `path`.
    fn cgroup_id(&self, path: &str) -> Option<u64>;

    /// Names of the mounted hierarchies of control groups, in the order of the mounts.
    fn hierarchies(&self) -> Vec<String>;

    /// By how many nanoseconds `CLOCK_TAI` is ahead of `CLOCK_BOOTTIME` now.
    fn tai_ahead(&self) -> i64;

    /// The process that `-c` starts exists.
    fn has_child(&self) -> bool;

    /// The process given by `-p`.
    fn target_pid(&self) -> Option<u32>;

    /// Which other processes are traced, and which are not.
    fn scope(&self) -> Scope;

    /// The one process that is traced, if it is only one.
    fn only_pid(&self) -> Option<u32> {
        self.target_pid().filter(|_| !self.scope().descendants)
    }
}
