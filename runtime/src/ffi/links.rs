//! Links of programs to the places where they run.

use std::{
    ffi::{c_char, c_ulong},
    io, mem,
    os::fd::{AsRawFd, BorrowedFd, OwnedFd},
    ptr,
};

use ir::{FilePlace, When};
use libbpf_rs::libbpf_sys as sys;

use super::{c_string, check_libbpf, owned};

/// What a link to many functions runs its program at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Calls {
    /// Their entries.
    Entries,
    /// Their returns.
    Returns,
    /// Both (a session).
    Both,
}

impl Calls {
    /// Those of probes on entries, or on returns.
    pub(crate) const fn of(when: When) -> Self {
        match when {
            When::Entry => Self::Entries,
            When::Return => Self::Returns,
        }
    }

    /// `BPF_F_KPROBE_MULTI_RETURN` and `BPF_F_UPROBE_MULTI_RETURN`
    const fn flags(self) -> u32 {
        match self {
            Self::Entries | Self::Both => 0,
            Self::Returns => 1,
        }
    }

    const fn kind(self, single: u32, both: u32) -> u32 {
        match self {
            Self::Entries | Self::Returns => single,
            Self::Both => both,
        }
    }
}

/// Links a program to functions of the kernel, each with its cookie (5.18).
pub(crate) fn link_kprobes(
    program: BorrowedFd<'_>,
    functions: &[String],
    cookies: &[u64],
    calls: Calls,
) -> io::Result<OwnedFd> {
    let names: Vec<_> =
        functions.iter().map(|name| c_string(name)).collect::<Result<_, _>>()?;
    let mut names: Vec<*const c_char> = names.iter().map(|name| name.as_ptr()).collect();
    if cookies.len() != names.len() {
        return Err(io::Error::from(io::ErrorKind::InvalidInput));
    }
    let mut options = options();
    options.__bindgen_anon_1.kprobe_multi =
        sys::bpf_link_create_opts__bindgen_ty_1__bindgen_ty_2 {
            flags: calls.flags(),
            cnt: names.len() as u32,
            syms: names.as_mut_ptr(),
            cookies: cookies.as_ptr(),
            ..Default::default()
        };
    let kind = calls.kind(sys::BPF_TRACE_KPROBE_MULTI, sys::BPF_TRACE_KPROBE_SESSION);
    link(program, kind, &options)
}

/// Links a program to instructions of a file, each with its cookie (6.6).
pub(crate) fn link_uprobes(
    program: BorrowedFd<'_>,
    path: &str,
    (places, cookies): (&[FilePlace], &[u64]),
    (calls, pid): (Calls, Option<u32>),
) -> io::Result<OwnedFd> {
    if cookies.len() != places.len() {
        return Err(io::Error::from(io::ErrorKind::InvalidInput));
    }
    let path = c_string(path)?;
    let offsets: Vec<c_ulong> = places.iter().map(|place| place.offset).collect();
    let semaphores: Vec<c_ulong> = places.iter().map(|place| place.semaphore).collect();
    let counted = semaphores.iter().any(|offset| *offset != 0);
    let mut options = options();
    options.__bindgen_anon_1.uprobe_multi =
        sys::bpf_link_create_opts__bindgen_ty_1__bindgen_ty_3 {
            flags: calls.flags(),
            cnt: offsets.len() as u32,
            path: path.as_ptr(),
            offsets: offsets.as_ptr(),
            ref_ctr_offsets: if counted { semaphores.as_ptr() } else { ptr::null() },
            cookies: cookies.as_ptr(),
            pid: pid.unwrap_or(0),
            ..Default::default()
        };
    let kind = calls.kind(sys::BPF_TRACE_UPROBE_MULTI, sys::BPF_TRACE_UPROBE_SESSION);
    link(program, kind, &options)
}

/// What a kernel iterator goes over, of that which it can.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Over {
    /// Everything.
    All,
    /// What belongs to this process.
    Process(u32),
    /// All control groups, those above before those below.
    Groups,
}

/// A reader of a kernel iterator, on whose way the program runs for each thing it meets.
pub(crate) fn link_iterator(program: BorrowedFd<'_>, over: Over) -> io::Result<OwnedFd> {
    let link = iterator(program, over)?;
    // The reader holds on to the link.
    // SAFETY: takes a descriptor.
    check_libbpf(unsafe { sys::bpf_iter_create(link.as_raw_fd()) }).map(owned)
}

/// Keeps a kernel iterator at a path, where it outlives this process.
pub(crate) fn pin_iterator(program: BorrowedFd<'_>, over: Over, path: &str) -> io::Result<()> {
    let path = c_string(path)?;
    let link = iterator(program, over)?;
    // SAFETY: a descriptor, and a C string that lives through the call.
    check_libbpf(unsafe { sys::bpf_obj_pin(link.as_raw_fd(), path.as_ptr()) }).map(drop)
}

fn iterator(program: BorrowedFd<'_>, over: Over) -> io::Result<OwnedFd> {
    let mut options = options();
    let mut info = sys::bpf_iter_link_info::default();
    match over {
        Over::All => {}
        Over::Process(pid) => info.task.pid = pid,
        Over::Groups => info.cgroup.order = sys::BPF_CGROUP_ITER_DESCENDANTS_PRE,
    }
    if over != Over::All {
        options.iter_info = &raw mut info;
        options.iter_info_len = mem::size_of::<sys::bpf_iter_link_info>() as u32;
    }
    link(program, sys::BPF_TRACE_ITER, &options)
}

fn options() -> sys::bpf_link_create_opts {
    let size = mem::size_of::<sys::bpf_link_create_opts>() as _;
    sys::bpf_link_create_opts { sz: size, ..Default::default() }
}

/// The options must point to as many values as they say, all alive.
fn link(
    program: BorrowedFd<'_>,
    kind: u32,
    options: &sys::bpf_link_create_opts,
) -> io::Result<OwnedFd> {
    // SAFETY: both callers own what the options point to, and checked the lengths.
    check_libbpf(unsafe { sys::bpf_link_create(program.as_raw_fd(), 0, kind, options) })
        .map(owned)
}

/// Attaches to a raw tracepoint. Kernels before 6.10 refuse a cookie that is not 0.
pub(crate) fn raw_tracepoint_open(
    program: BorrowedFd<'_>,
    name: &str,
    cookie: u64,
) -> io::Result<OwnedFd> {
    let name = c_string(name)?;
    let mut options = sys::bpf_raw_tp_opts {
        sz: size_of::<sys::bpf_raw_tp_opts>() as sys::size_t,
        tp_name: name.as_ptr(),
        ..Default::default()
    };
    options.cookie = cookie;
    // SAFETY: the options point to a C string that lives through the call, as they do.
    let result =
        unsafe { sys::bpf_raw_tracepoint_open_opts(program.as_raw_fd(), &raw mut options) };
    check_libbpf(result).map(owned)
}

/// Links a program to a perf event (5.15).
pub(crate) fn link_perf(
    program: BorrowedFd<'_>,
    event: BorrowedFd<'_>,
    cookie: u64,
) -> io::Result<OwnedFd> {
    let size = mem::size_of::<sys::bpf_link_create_opts>() as _;
    let mut options = sys::bpf_link_create_opts { sz: size, ..Default::default() };
    options.__bindgen_anon_1.perf_event.bpf_cookie = cookie;
    let (program, event) = (program.as_raw_fd(), event.as_raw_fd());
    // SAFETY: the options live through the call.
    let result = unsafe {
        sys::bpf_link_create(program, event, sys::BPF_PERF_EVENT, &raw const options)
    };
    check_libbpf(result).map(owned)
}
