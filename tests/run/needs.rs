//! What a test needs of the machine, and whether it is there.

use std::{path::Path, process::Command};

use runtime::{Machine, Target};
use stdlib::{Feature, Kernel};

use crate::harness;

/// The first of `needs` that is not met, as a reason.
pub(crate) fn unmet(needs: &[String]) -> Option<String> {
    if harness::hawk().is_none() {
        return Some("there is no hawk: `make build`, or HAWK=PATH".to_owned());
    }
    needs.iter().find_map(|need| reason(need))
}

/// Needs that are features of the kernel, there or not, and what is said where it is otherwise.
const FEATURES: &[(&str, Feature, bool, &str)] = &[
    ("kprobe", Feature::Kprobe, true, "the kernel has no kprobes"),
    ("fentry", Feature::Fentry, true, "the kernel loads no fentry programs"),
    ("kprobe-multi", Feature::KprobeMulti, true, "the kernel has no links to many functions"),
    ("raw-cookie", Feature::RawCookie, true, "raw tracepoints have no cookies"),
    ("override", Feature::Override, true, "no program may replace results"),
    ("no-kprobe", Feature::Kprobe, false, "the kernel has kprobes"),
    (
        "unpreempted",
        Feature::PreemptibleTracepoints,
        false,
        "programs are preempted, and others left out",
    ),
];

fn reason(need: &str) -> Option<String> {
    if let Some((_, feature, there, why)) = FEATURES.iter().find(|(name, ..)| *name == need) {
        return (has(*feature) != *there).then(|| (*why).to_owned());
    }
    let (met, why) = match need {
        "root" => (is_root(), "needs root".to_owned()),
        "btf" => (exists("/sys/kernel/btf/vmlinux"), "the kernel has no BTF".to_owned()),
        "tracepoint" => (has_tracepoints(), "the kernel has no syscall tracepoints".to_owned()),
        "uprobe" => (
            exists("/sys/bus/event_source/devices/uprobe"),
            "the kernel has no uprobes".to_owned(),
        ),
        "data-symbols" => (has_data_symbols(), "the kernel names no variables".to_owned()),
        "per-cpu-types" => {
            (has_per_cpu_types(), "the types of variables are not told".to_owned())
        }
        "dispatch" => (has_dispatch(), "system calls are not dispatched here".to_owned()),
        "hardware-counters" => {
            (has_counters(), "the machine has no hardware counters".to_owned())
        }
        "breakpoint" => (has_breakpoints(), "the machine has no watchpoints".to_owned()),
        "programs" => (
            harness::programs().join("calls").exists(),
            "the traced programs are missing: `make programs`".to_owned(),
        ),
        "cgroup2" => (
            runtime::names::hierarchies().iter().any(|it| it.name == "unified"),
            "control groups of version 2 are not mounted".to_owned(),
        ),
        "languages" => (
            harness::programs().join("go_target").exists(),
            "the programs in Rust and Go are missing: `make programs`".to_owned(),
        ),
        "modules" => (exists("/proc/modules"), "the kernel loads no modules".to_owned()),
        "memory-cgroup" => (
            exists("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
            "there are no control groups of memory, version 1".to_owned(),
        ),
        "int80" => (has_int80(), "the kernel has no 32-bit system calls".to_owned()),
        program if program.starts_with("program=") => {
            let name = program.trim_start_matches("program=");
            let path = harness::programs().join(name);
            (path.exists(), format!("`{name}` is missing: `make programs`"))
        }
        "release" => (
            harness::hawk().is_some_and(|path| path.ends_with("release/hawk")),
            "the hawk to test is not a release build: `make build`".to_owned(),
        ),
        "preempt-full" => (is_preemptible(), "boot with preempt=full".to_owned()),
        version if version.starts_with("linux-") => {
            let wanted = numbers(version.trim_start_matches("linux-"));
            (numbers(&release()) >= wanted, format!("needs {}", version.replace('-', " ")))
        }
        tool => (has_tool(tool), format!("`{tool}` is not installed")),
    };
    (!met).then_some(why)
}

fn exists(path: &str) -> bool {
    Path::new(path).exists()
}

fn has(feature: Feature) -> bool {
    Machine::new(Target::default()).has(feature)
}

fn has_tracepoints() -> bool {
    let machine = Machine::new(Target::default());
    let format = machine.tracepoint_format("syscalls", "sys_enter_getppid");
    format.is_ok_and(|format| format.is_some())
}

/// Whether one raw tracepoint may serve the tracepoints of many system calls.
fn has_dispatch() -> bool {
    has_tracepoints()
        && has(Feature::SystemCalls)
        && !has(Feature::PreemptibleTracepoints)
        && exists("/sys/kernel/btf/vmlinux")
}

/// Whether variables of the kernel have names (`CONFIG_KALLSYMS_ALL`).
fn has_data_symbols() -> bool {
    Machine::new(Target::default()).kernel_symbol("__per_cpu_offset").is_some()
}

fn has_per_cpu_types() -> bool {
    let machine = Machine::new(Target::default());
    machine.per_cpu_variable("process_counts").is_ok_and(|found| found.is_some())
}

fn has_int80() -> bool {
    let program = harness::programs().join("int80");
    Command::new(program).arg("1").status().is_ok_and(|status| status.success())
}

fn has_counters() -> bool {
    let hawk = harness::hawk().unwrap_or_default();
    let script = "hardware:cache-misses:1000000 { }";
    let status = Command::new(hawk).args(["--dry-run", "-e", script]).output();
    status.is_ok_and(|output| output.status.success())
}

fn has_breakpoints() -> bool {
    let hawk = harness::hawk().unwrap_or_default();
    let script = "watchpoint:0x600000:8:w { }";
    let status = Command::new(hawk).args(["--dry-run", "-c", "true", "-e", script]).output();
    status.is_ok_and(|output| output.status.success())
}

/// Whether tasks are preempted wherever they are in the kernel.
fn is_preemptible() -> bool {
    let line = std::fs::read_to_string("/proc/cmdline").unwrap_or_default();
    line.split_whitespace().any(|word| word == "preempt=full")
}

fn is_root() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("Uid:"));
    line.is_some_and(|ids| ids.split_whitespace().nth(1) == Some("0"))
}

fn release() -> String {
    std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default()
}

/// `6.1.0-49-amd64` as 6, 1.
fn numbers(release: &str) -> (u32, u32) {
    let mut parts = release.split(['.', '-']).map(|part| part.parse().unwrap_or(0));
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0))
}

fn has_tool(name: &str) -> bool {
    let path = std::env::var("PATH").unwrap_or_default();
    path.split(':')
        .chain(["/usr/sbin", "/sbin"])
        .any(|folder| Path::new(folder).join(name).exists())
}
