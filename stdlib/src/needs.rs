//! What words need of the machine: for `--info`, so that a user sees what this one lacks and which
//! words it costs. Whether the machine has it is not known here.

use crate::Feature;

/// Something that a machine has or lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// What compilation asks for, too.
    Feature(Feature),
    /// The kernel's types.
    Btf,
    /// The types of modules.
    ModuleBtf,
    /// The file system that describes events.
    Tracefs,
    /// Probes in processes.
    Uprobe,
    /// Events of the clock that run a program.
    Clock,
    /// Counters of the CPU.
    Counter,
    /// Memory that the CPU watches.
    Breakpoint,
    /// Addresses of the kernel's symbols.
    Symbols,
    /// A compiler of C.
    Clang,
}

/// One need, with what depends on it.
#[derive(Debug)]
pub struct Requirement {
    /// What it is.
    pub need: Need,
    /// What its words are content with, too.
    pub or: Option<Need>,
    /// Its name.
    pub name: &'static str,
    /// Where it is found.
    pub since: &'static str,
    /// Words of the language that need it.
    pub words: &'static [&'static str],
    /// Forms of the language that need it, in words for the user.
    pub forms: &'static [&'static str],
    /// What happens without it.
    pub without: &'static str,
}

const fn of(
    (need, name, since): (Need, &'static str, &'static str),
    words: &'static [&'static str],
    forms: &'static [&'static str],
    without: &'static str,
) -> Requirement {
    Requirement { need, or: None, name, since, words, forms, without }
}

impl Requirement {
    const fn or(mut self, need: Need) -> Self {
        self.or = Some(need);
        self
    }
}

/// Everything that words need beyond the oldest kernel that is supported.
#[rustfmt::skip]
pub const ALL: &[Requirement] = &[
    of((Need::Btf, "btf", "CONFIG_DEBUG_INFO_BTF"), &["fentry", "fexit", "iter"], &["`args` of kprobes and raw tracepoints", "kernel structs and enums", "`curtask` with fields"],
        "declare the structs that you need at the top of the script"),
    of((Need::ModuleBtf, "module btf", "Linux 5.11, CONFIG_DEBUG_INFO_BTF_MODULES"), &[], &["fentry of modules' functions", "structs of modules"],
        "kprobes reach modules' functions without it"),
    of((Need::Tracefs, "tracefs", "mounted at /sys/kernel/tracing"), &["tracepoint"], &["wildcards of kprobes"],
        "mount it: `mount -t tracefs none /sys/kernel/tracing`"),
    of((Need::Symbols, "kernel symbols", "/proc/kallsyms, CAP_SYSLOG"), &["ksym", "kaddr"], &["names in `kstack`"],
        "addresses are shown as numbers: run as root, and look at kernel.kptr_restrict"),
    of((Need::Feature(Feature::Kprobe), "kprobe", "CONFIG_KPROBES"), &["kprobe", "kretprobe"], &[],
        "fentry serves in its place where it can; tracepoints need neither").or(Need::Feature(Feature::Fentry)),
    of((Need::Feature(Feature::KprobeMulti), "kprobe_multi", "Linux 5.18, CONFIG_FPROBE"), &[], &[],
        "kprobes by glob are attached one by one, which takes longer"),
    of((Need::Feature(Feature::Fentry), "fentry", "Linux 5.5, BTF, no lockdown"), &["fentry", "fexit", "path", "skboutput"], &[],
        "kprobe and kretprobe serve in their place"),
    of((Need::Uprobe, "uprobe", "CONFIG_UPROBES"), &["uprobe", "uretprobe", "usdt"], &[],
        "nothing else sees functions of processes"),
    of((Need::Feature(Feature::UprobeMulti), "uprobe_multi", "Linux 6.6"), &[], &[],
        "uprobes by glob are attached one by one, which takes longer"),
    of((Need::Feature(Feature::KprobeSession), "kprobe_session", "Linux 6.10, CONFIG_FPROBE"), &[], &[],
        "kprobe and kretprobe of one function are two links, and each call takes longer"),
    of((Need::Feature(Feature::UprobeSession), "uprobe_session", "Linux 6.13"), &[], &[],
        "uprobe and uretprobe of one function are two links, and each call takes longer"),
    of((Need::Clock, "software clock", "CONFIG_PERF_EVENTS"), &["interval", "profile", "software"], &[],
        "nothing else runs by the clock"),
    of((Need::Counter, "hardware counters", "a CPU that has them; many virtual machines have none"), &["hardware"], &[],
        "`software` has some of its events; `profile` samples by the clock"),
    of((Need::Breakpoint, "breakpoints", "CONFIG_HAVE_HW_BREAKPOINT"), &["watchpoint", "asyncwatchpoint"], &[],
        "probe the functions that write there"),
    of((Need::Feature(Feature::PerfCookie), "cookies of perf links", "Linux 5.15"), &[], &[],
        "a body that asks for `probe` becomes a program for each attach point"),
    of((Need::Feature(Feature::RawCookie), "cookies of raw tracepoints", "Linux 6.10"), &[], &[],
        "tracepoints by glob whose body asks for `probe` are perf events, which the kernel takes long to release"),
    of((Need::Feature(Feature::FunctionAddress), "get_func_ip", "Linux 5.15"), &[], &["`func` where a function returns"],
        "it has the address that the function returns to"),
    of((Need::Feature(Feature::FetchAtomics), "fetch atomics", "Linux 5.12"), &[], &["`@x++` as a value", "`ratelimit` on several CPUs"],
        "the counts stay exact, but two CPUs may be given the same number"),
    of((Need::Feature(Feature::MapIteration), "map iteration", "Linux 5.13"), &["len"], &["`for ($kv : @map)`"],
        "`print(@map)` shows all entries"),
    of((Need::Feature(Feature::Loop), "loop", "Linux 5.17"), &["dw_ustack"], &["loops of more than 128 turns"],
        "before, a loop ends after 128 turns, which is reported as a loss"),
    of((Need::Feature(Feature::PerCpuLookup), "lookup_percpu_elem", "Linux 5.19"), &[], &["aggregations read in expressions: `if (@n > 5)` where `@n = count()`"],
        "count with `@n++`, which is exact as well"),
    of((Need::Feature(Feature::LazyMaps), "maps on demand", "Linux 6.1"), &[], &[],
        "stacks get a fixed amount of memory at the start"),
    of((Need::Feature(Feature::TaiClock), "get_tai_ns", "Linux 6.1"), &[], &["`nsecs(tai)`"],
        "`nsecs(sw_tai)` works on every kernel; it does not follow leap seconds"),
    of((Need::Feature(Feature::Override), "override_return", "CONFIG_BPF_KPROBE_OVERRIDE"), &["override"], &[],
        "nothing else changes what a function returns"),
    of((Need::Feature(Feature::LargeKeys), "keys above 512 bytes", "after Linux 5.10"), &[], &["whole texts in keys of more than 512 bytes"],
        "they are cut, and that is reported"),
    of((Need::Clang, "clang", "installed"), &[], &["`import \"x.bpf.c\"`"],
        "install one: `apt install clang`, or `dnf install clang`"),
];
