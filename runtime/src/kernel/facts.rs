//! Whether the machine has what words need of it, tried out: for `--info`.

use std::{path::Path, process};

use stdlib::{Answer, Kernel, Unanswered, needs::Need};

use super::{Machine, clang, first_online_cpu};
use crate::{
    error,
    ffi::{self, PerfEvent},
};

/// Of `linux/perf_event.h`.
const PERF_TYPE_HARDWARE: u32 = 0;
const PERF_TYPE_SOFTWARE: u32 = 1;
const PERF_TYPE_BREAKPOINT: u32 = 5;
/// Of `linux/hw_breakpoint.h`.
const HW_BREAKPOINT_W: u32 = 2;

impl Machine {
    /// Why the machine does not have it; nothing if it has.
    pub fn lacks(&self, need: Need) -> Option<Unanswered> {
        match need {
            Need::Feature(feature) => {
                (!self.has(feature)).then(|| unanswered("the kernel does not have it"))
            }
            Need::Btf => why(self.btf.vmlinux()),
            Need::ModuleBtf => {
                let all = std::fs::read_dir("/sys/kernel/btf").into_iter().flatten().flatten();
                let modules = all.filter(|entry| entry.file_name() != "vmlinux").count();
                (modules == 0).then(|| unanswered("no module has any, or none is loaded"))
            }
            Need::Tracefs => why(self.tracefs()),
            Need::Uprobe => (!Path::new("/sys/bus/event_source/devices/uprobe").exists())
                .then(|| unanswered("the kernel does not have it")),
            // The clock of a CPU.
            Need::Clock => opens(&PerfEvent {
                kind: PERF_TYPE_SOFTWARE,
                cpu: Some(first_online_cpu()),
                sample: 1_000_000_000,
                ..PerfEvent::default()
            }),
            // Cycles.
            Need::Counter => opens(&PerfEvent {
                kind: PERF_TYPE_HARDWARE,
                cpu: Some(first_online_cpu()),
                sample: 1_000_000_000,
                ..PerfEvent::default()
            }),
            // In this process, where nothing ever is.
            Need::Breakpoint => opens(&PerfEvent {
                kind: PERF_TYPE_BREAKPOINT,
                sample: 1,
                breakpoint: Some((8, 8, HW_BREAKPOINT_W)),
                pid: Some(process::id()),
                disabled: true,
                ..PerfEvent::default()
            }),
            Need::Symbols => {
                let known = self.kernel_symbol("_stext").is_some_and(|address| address != 0);
                (!known).then(|| unanswered("the kernel shows no addresses"))
            }
            Need::Clang => (!clang::is_there()).then(stdlib::no_clang),
        }
    }
}

fn why<T>(answer: Answer<T>) -> Option<Unanswered> {
    answer.err()
}

fn unanswered(problem: &str) -> Unanswered {
    Unanswered { problem: problem.to_owned(), help: None }
}

fn opens(event: &PerfEvent) -> Option<Unanswered> {
    let problem = match ffi::perf_event_open(event).err()?.raw_os_error() {
        Some(libc::ENOENT | libc::EOPNOTSUPP | libc::ENODEV | libc::EINVAL) => {
            "the machine does not have it".to_owned()
        }
        Some(libc::EPERM | libc::EACCES) => match error::lockdown() {
            Some(mode) => format!("kernel lockdown ({mode}) refuses it"),
            None => "this process may not use it".to_owned(),
        },
        Some(libc::ENOSPC) => "all of them are in use".to_owned(),
        code => format!("the kernel refuses it (error {})", code.unwrap_or(0)),
    };
    Some(Unanswered { problem, help: None })
}
