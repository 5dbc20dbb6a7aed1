//! Functions of the kernel that programs may call (kfuncs): which there are, and who may.

use ir::ProgramKind;
use libbpf_rs::libbpf_sys as sys;
use stdlib::{Answer, KernelCall};

use super::btf::{BtfKind, KernelBtf, TypeId};
use crate::ffi::{self, Instruction};

/// Kinds of programs and how the kernel numbers them. It has one kind for raw tracepoints and for
/// programs that user space runs, one for functions of the kernel and of processes, and one for
/// what BTF describes.
const KINDS: &[(u32, &[ProgramKind])] = &[
    (sys::BPF_PROG_TYPE_KPROBE, &[ProgramKind::Kprobe, ProgramKind::Uprobe]),
    (sys::BPF_PROG_TYPE_TRACEPOINT, &[ProgramKind::Tracepoint]),
    (sys::BPF_PROG_TYPE_RAW_TRACEPOINT, &[ProgramKind::RawTracepoint, ProgramKind::TestRun]),
    (sys::BPF_PROG_TYPE_PERF_EVENT, &[ProgramKind::PerfEvent]),
    (sys::BPF_PROG_TYPE_TRACING, &[ProgramKind::Fentry, ProgramKind::Fexit, ProgramKind::Iter]),
];

/// The function `name`; none if the kernel proper has none.
pub(super) fn find(btf: &KernelBtf, name: &str) -> Answer<Option<KernelCall>> {
    let vmlinux = btf.vmlinux()?;
    let Some(id) = vmlinux.find(name, BtfKind::Function) else { return Ok(None) };
    let Some(prototype) = vmlinux.prototype(id) else { return Ok(None) };
    let host = vmlinux.find("bpf_fentry_test1", BtfKind::Function);
    let host = host.map_or(0, TypeId::number);
    let mut kinds = Vec::new();
    for (kind, of) in KINDS {
        if may_call(*kind, host, id.number()) {
            kinds.extend_from_slice(of);
        }
    }
    Ok(Some(KernelCall { id: id.number(), prototype, kinds }))
}

const fn instruction(code: u8, registers: u8, immediate: i32) -> Instruction {
    Instruction { code, registers, offset: 0, immediate }
}

/// What the verifier says of a function that programs of this kind, or none, may call.
const REFUSALS: &[&str] =
    &["not allowed", "reserved fields", "JIT is required", "not supported"];

/// Loads a program that calls it with zeros. The kernel looks first whether it may, and complains
/// of what is passed only then.
fn may_call(kind: u32, host: u32, function: u32) -> bool {
    let mut program: Vec<_> = (1..=5).map(|to| instruction(0xb7, to, 0)).collect();
    program.push(ffi::kernel_call(function));
    program.extend([instruction(0xb7, 0, 0), instruction(0x95, 0, 0)]);
    let host = (kind == sys::BPF_PROG_TYPE_TRACING).then_some(host);
    match ffi::load_with_log(kind, host, &program) {
        Ok(()) => true,
        Err(log) => !log.is_empty() && !REFUSALS.iter().any(|text| log.contains(text)),
    }
}
