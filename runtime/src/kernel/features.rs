//! What the kernel can do, found out by trying; and facts of this architecture.

use std::{
    fs, io,
    os::fd::{AsFd, AsRawFd, OwnedFd},
    path::Path,
};

use libbpf_rs::{MapHandle, MapType, libbpf_sys as sys};
use stdlib::Feature;

use super::btf::{BtfKind, KernelBtf};
use crate::ffi::{self, Instruction};

/// Tries whether the kernel has `feature`.
pub(super) fn probe(feature: Feature, btf: &KernelBtf) -> bool {
    match feature {
        Feature::Kprobe => Path::new("/sys/bus/event_source/devices/kprobe/type").exists(),
        Feature::Fentry => fentry(btf),
        // Helpers: a program that calls one can be loaded where it exists.
        // They came together.
        Feature::PerfLink | Feature::PerfCookie => loads(sys::BPF_PROG_TYPE_KPROBE, &call(174)),
        Feature::RawCookie => loads(sys::BPF_PROG_TYPE_RAW_TRACEPOINT, &call(174)),
        Feature::FunctionAddress => loads(sys::BPF_PROG_TYPE_KPROBE, &call(173)),
        Feature::KprobeMulti => multi(sys::BPF_TRACE_KPROBE_MULTI),
        Feature::UprobeMulti => multi(sys::BPF_TRACE_UPROBE_MULTI),
        Feature::KprobeSession => multi(sys::BPF_TRACE_KPROBE_SESSION),
        Feature::UprobeSession => multi(sys::BPF_TRACE_UPROBE_SESSION),
        Feature::FetchAtomics => loads(sys::BPF_PROG_TYPE_RAW_TRACEPOINT, &FETCH_ADD),
        Feature::MapIteration => knows(164),
        Feature::Loop => knows(181),
        Feature::CurrentTask => loads(sys::BPF_PROG_TYPE_RAW_TRACEPOINT, &call(158)),
        Feature::SystemCalls => system_calls(),
        Feature::PerCpuLookup => knows(195),
        Feature::Override => knows_with(sys::BPF_PROG_TYPE_KPROBE, 58),
        Feature::TaiClock => loads(sys::BPF_PROG_TYPE_KPROBE, &call(208)),
        Feature::LargeKeys => takes_large_keys(),
        Feature::LazyMaps => takes_lazy_maps(),
        Feature::PreemptibleTracepoints => preemptible_tracepoints(),
    }
}

/// Loads a program for the entry of a function that the kernel has for such tests.
fn fentry(btf: &KernelBtf) -> bool {
    let id = || btf.vmlinux().ok()?.find("bpf_fentry_test1", BtfKind::Function);
    id().is_some_and(|id| ffi::fentry_loads(id.number(), &RETURN_ZERO))
}

/// Elsewhere the registers are others, and nobody has tried.
fn system_calls() -> bool {
    let found = |trial| {
        ["sys_enter", "sys_exit"].iter().all(|name| raw_tracepoint_exists(&trial, name))
    };
    cfg!(target_arch = "x86_64") && raw_tracepoint_trial().is_some_and(found)
}

const fn instruction(code: u8, registers: u8, offset: i16, immediate: i32) -> Instruction {
    Instruction { code, registers, offset, immediate }
}

/// `r0 = 0; exit`
const RETURN_ZERO: [Instruction; 2] = [instruction(0xb7, 0, 0, 0), EXIT];
const EXIT: Instruction = instruction(0x95, 0, 0, 0);

/// `*(u64 *)(r10 - 8) = 0; r1 = 1; r1 = atomic_fetch_add(r10 - 8, r1); r0 = 0; exit`
const FETCH_ADD: [Instruction; 5] = [
    instruction(0x7a, 0x0a, -8, 0),
    instruction(0xb7, 0x01, 0, 1),
    instruction(0xdb, 0x1a, -8, 1),
    instruction(0xb7, 0, 0, 0),
    EXIT,
];

/// `call helper; r0 = 0; exit`, with the context still in r1.
const fn call(helper: i32) -> [Instruction; 3] {
    [instruction(0x85, 0, 0, helper), instruction(0xb7, 0, 0, 0), EXIT]
}

fn loads(kind: u32, instructions: &[Instruction]) -> bool {
    ffi::load_program(kind, 0, instructions).is_ok()
}

/// Whether the verifier knows a helper that takes a map: it refuses the context in the map's
/// place by another error than a call of a helper that does not exist.
fn knows(helper: i32) -> bool {
    knows_with(sys::BPF_PROG_TYPE_RAW_TRACEPOINT, helper)
}

/// The same for programs of one kind, and for helpers of which an argument is missing.
fn knows_with(kind: u32, helper: i32) -> bool {
    let result = ffi::load_program(kind, 0, &call(helper));
    result.is_err_and(|error| error.raw_os_error() == Some(libc::EACCES))
}

fn takes_large_keys() -> bool {
    // The smallest key that a stack of 512 bytes could not hold.
    let options = sys::bpf_map_create_opts {
        sz: size_of::<sys::bpf_map_create_opts>() as sys::size_t,
        ..Default::default()
    };
    MapHandle::create(MapType::Hash, Some("large_keys"), 520, 8, 1, &options).is_ok()
}

/// Whether a program of perf events, which may interrupt the allocator, may use a hash whose
/// entries are allocated one by one.
fn takes_lazy_maps() -> bool {
    let options = sys::bpf_map_create_opts {
        sz: size_of::<sys::bpf_map_create_opts>() as sys::size_t,
        map_flags: sys::BPF_F_NO_PREALLOC,
        ..Default::default()
    };
    let Ok(map) = MapHandle::create(MapType::Hash, Some("lazy"), 8, 8, 1, &options) else {
        return false;
    };
    let program = [
        // *(u64 *)(r10 - 8) = 0; r2 = r10 - 8; r1 = map; call map_lookup_elem
        instruction(0x7a, 0x0a, -8, 0),
        instruction(0xbf, 0xa2, 0, 0),
        instruction(0x07, 0x02, 0, -8),
        instruction(0x18, 0x11, 0, map.as_fd().as_raw_fd()),
        instruction(0, 0, 0, 0),
        instruction(0x85, 0, 0, 1),
        instruction(0xb7, 0, 0, 0),
        EXIT,
    ];
    loads(sys::BPF_PROG_TYPE_PERF_EVENT, &program)
}

/// Attaches to what can't exist: only a kernel that knows the link looks for it.
fn multi(attach_type: u32) -> bool {
    let Ok(program) = ffi::load_program(sys::BPF_PROG_TYPE_KPROBE, attach_type, &RETURN_ZERO)
    else {
        return false;
    };
    match ffi::link_multi_trial(program.as_fd(), attach_type) {
        Ok(_) => true,
        Err(error) => {
            !matches!(error.raw_os_error(), Some(libc::EINVAL | libc::EOPNOTSUPP | libc::EPERM))
        }
    }
}

/// The one feature that leaves no trace to probe: from 7.0 on programs in raw tracepoints run
/// under SRCU only. The answer decides between plain and atomic additions, and where it is
/// wrongly yes, nothing breaks.
fn preemptible_tracepoints() -> bool {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    release
        .split('.')
        .next()
        .and_then(|major| major.parse::<u32>().ok())
        .is_none_or(|it| it >= 7)
}

/// `r0 = *(u64 *)(r1 + 88); r0 = 0; exit`: a raw tracepoint program that reads argument 12.
pub(super) fn raw_tracepoint_trial() -> Option<OwnedFd> {
    let program = [instruction(0x79, 0x10, 88, 0), instruction(0xb7, 0, 0, 0), EXIT];
    ffi::load_program(sys::BPF_PROG_TYPE_RAW_TRACEPOINT, 0, &program).ok()
}

/// Whether the kernel finds raw tracepoint `name`.
pub(super) fn raw_tracepoint_exists(trial: &OwnedFd, name: &str) -> bool {
    match ffi::raw_tracepoint_open(trial.as_fd(), name, 0) {
        Ok(_) => true,
        Err(error) => error.kind() != io::ErrorKind::NotFound,
    }
}

/// Number of CPUs that there may ever be, which is what per-CPU maps have values for.
pub fn possible_cpus() -> u32 {
    cpu_list("possible").last().map_or(1, |last| last + 1)
}

/// The CPUs that run now.
pub fn online_cpus() -> Vec<u32> {
    cpu_list("online")
}

/// The lowest of the CPUs that run now.
pub(crate) fn first_online_cpu() -> u32 {
    online_cpus().first().copied().unwrap_or(0)
}

/// `0-3,8,10-11`
fn cpu_list(which: &str) -> Vec<u32> {
    let path = format!("/sys/devices/system/cpu/{which}");
    let text = fs::read_to_string(path).unwrap_or_default();
    let range = |part: &str| -> Option<std::ops::RangeInclusive<u32>> {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        Some(first.parse().ok()?..=last.parse().ok()?)
    };
    text.trim().split(',').filter_map(range).flatten().collect()
}

#[cfg(target_arch = "x86_64")]
#[rustfmt::skip]
const REGISTERS: [&str; 21] = [
    "r15", "r14", "r13", "r12", "bp", "bx", "r11", "r10", "r9", "r8", "ax", "cx", "dx", "si",
    "di", "orig_ax", "ip", "cs", "flags", "sp", "ss",
];

#[cfg(target_arch = "aarch64")]
#[rustfmt::skip]
const REGISTERS: [&str; 34] = [
    "r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11", "r12", "r13",
    "r14", "r15", "r16", "r17", "r18", "r19", "r20", "r21", "r22", "r23", "r24", "r25", "r26",
    "r27", "r28", "r29", "r30", "sp", "pc", "pstate",
];

/// Byte offset of register `name` in `struct pt_regs` (`struct user_pt_regs` on arm64).
pub(super) fn register(name: &str) -> Option<u32> {
    REGISTERS.iter().position(|register| *register == name).map(|index| index as u32 * 8)
}
