//! Every call that the compiler can't check: system calls, libbpf's own functions, memory that
//! the kernel shares. Each is wrapped so that its callers can't do harm. It decides nothing.

#![expect(
    unsafe_code,
    reason = "the one place of this crate that talks to the kernel directly"
)]

mod bound;
mod bus;
mod links;
mod maps;
mod memory;
mod process;
mod programs;

use std::{
    ffi::{CString, c_int},
    io,
    os::fd::{FromRawFd, OwnedFd, RawFd},
    ptr,
};

pub(crate) use bound::{
    Binding, attach_bound, bind, btf_of_module, program_by_id, program_functions, program_ids,
};
pub(crate) use bus::survive_cut_files;
pub(crate) use links::{
    Calls, Over, link_iterator, link_kprobes, link_perf, link_uprobes, pin_iterator,
    raw_tracepoint_open,
};
pub(crate) use maps::{
    map_delete, map_id, map_insert, map_lookup, map_lookup_batch, map_next_key, map_replace,
};
pub(crate) use memory::{Access, Mapping, memory_file, page_size};
pub(crate) use process::*;
pub(crate) use programs::{
    Instruction, PerfEvent, btf_by_id, enable_run_stats, fentry_loads, kernel_call,
    link_multi_trial, load_nothing, load_object, load_program, load_with_log, perf_event_open,
    perf_records_open, perf_samples_open, perf_set_program, program_info, recursion_misses,
    run_stats, settle_kernel_calls, test_run,
};

/// The result of a system call: -1 and `errno`.
fn check(result: impl Into<i64>) -> io::Result<i64> {
    let result = result.into();
    if result == -1 { Err(io::Error::last_os_error()) } else { Ok(result) }
}

/// The result of a function of libbpf: a negative error number.
fn check_libbpf(result: c_int) -> io::Result<c_int> {
    if result < 0 { Err(io::Error::from_raw_os_error(-result)) } else { Ok(result) }
}

fn owned(fd: impl Into<i64>) -> OwnedFd {
    // SAFETY: only called with a descriptor that a call just returned to this process, which
    // nothing else closes.
    unsafe { OwnedFd::from_raw_fd(fd.into() as RawFd) }
}

fn c_string(text: &str) -> io::Result<CString> {
    CString::new(text).map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))
}

/// Whether this process runs as root.
pub(crate) fn is_root() -> bool {
    // SAFETY: takes nothing and can't fail.
    unsafe { libc::geteuid() == 0 }
}

/// Mounts tracefs.
pub(crate) fn mount_tracefs(place: &str) -> io::Result<()> {
    let place = c_string(place)?;
    let kind = c"tracefs".as_ptr();
    // SAFETY: every pointer is a C string that lives through the call, or null where data is
    // optional.
    check(unsafe { libc::mount(kind, place.as_ptr(), kind, 0, ptr::null()) }).map(drop)
}
