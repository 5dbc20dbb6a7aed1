//! Perf events on memory that the CPU watches.

use std::{fs, os::fd::OwnedFd};

use ir::Owner;

use super::Target;
use crate::{error::Error, ffi::PerfEvent, kernel::online_cpus};

/// `PERF_TYPE_BREAKPOINT`
const BREAKPOINT: u32 = 5;

/// Watches memory: address, length and `HW_BREAKPOINT_*`.
pub(super) fn attach(
    target: &Target<'_>,
    memory: (u64, u64, u32),
    owner: Owner,
    descriptors: &mut Vec<OwnedFd>,
) -> Result<(), Error> {
    let event = |pid: Option<u32>, cpu: Option<u32>| PerfEvent {
        kind: BREAKPOINT,
        sample: 1,
        breakpoint: Some(memory),
        inherit: pid.is_some(),
        pid,
        cpu,
        ..PerfEvent::default()
    };
    let pid = match owner {
        Owner::Kernel => None,
        Owner::Process(pid) => Some(pid),
        Owner::Child => target.child,
    };
    let events: Vec<_> = match pid {
        // Those that it has now; they hand the event on to those that they start.
        Some(pid) => threads(pid).into_iter().map(|thread| event(Some(thread), None)).collect(),
        None => online_cpus().into_iter().map(|cpu| event(None, Some(cpu))).collect(),
    };
    let mut opened = 0;
    for event in events {
        match target.perf(&event, descriptors) {
            Ok(()) => opened += 1,
            // A thread that has ended since.
            Err(error) if error.raw_os_error() == Some(libc::ESRCH) && opened > 0 => {}
            Err(error) => return Err(refused(target, error, pid)),
        }
    }
    Ok(())
}

fn threads(pid: u32) -> Vec<u32> {
    let entries = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let mut threads: Vec<u32> =
        entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    if threads.is_empty() {
        threads.push(pid);
    }
    threads
}

fn refused(target: &Target<'_>, error: std::io::Error, pid: Option<u32>) -> Error {
    match (error.raw_os_error(), pid) {
        (Some(libc::ESRCH), Some(pid)) => Error::NoProcess { pid },
        (Some(libc::ENOSPC), _) => Error::NoTarget {
            what: "free watchpoint: the CPU has four".to_owned(),
            help: Some("use fewer, or end the debugger that has them".to_owned()),
            span: target.span,
        },
        (Some(libc::ENOENT | libc::EOPNOTSUPP | libc::ENODEV), _) => Error::Unsupported {
            what: "watchpoints (this machine or its kernel has no hardware breakpoints)"
                .to_owned(),
            help: "use a machine that has them".to_owned(),
        },
        _ => target.failed(error),
    }
}
