//! Programs that are bound to one target when they are loaded. libbpf would look the target up in
//! the kernel's BTF, which it reads whole (3.7 ms): it is told instead.

use std::{
    cell::RefCell,
    ffi::{CStr, c_int, c_long},
    io, mem,
    os::fd::{AsRawFd, BorrowedFd, OwnedFd, RawFd},
    ptr,
};

use libbpf_rs::libbpf_sys as sys;

use super::{c_string, check_libbpf, owned};

/// What a program is bound to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Binding {
    /// `BPF_TRACE_FENTRY` and the like.
    pub(crate) attach_type: u32,
    /// The target's number in BTF.
    pub(crate) function: u32,
    /// The descriptor of a module's BTF.
    pub(crate) module: Option<RawFd>,
    /// The descriptor of a BPF program.
    pub(crate) program: Option<RawFd>,
}

thread_local! {
    /// By the programs' names: libbpf hands its callback nothing of ours, but calls it in the
    /// thread that loads.
    static BINDINGS: RefCell<Vec<(String, Binding)>> = const { RefCell::new(Vec::new()) };
}

/// Makes libbpf bind the programs of section `section` when it loads them.
pub(crate) fn bind(section: &str, bindings: Vec<(String, Binding)>) -> io::Result<()> {
    BINDINGS.replace(bindings);
    let section = c_string(section)?;
    let options = sys::libbpf_prog_handler_opts {
        sz: mem::size_of::<sys::libbpf_prog_handler_opts>() as _,
        cookie: 0,
        prog_setup_fn: None,
        prog_prepare_load_fn: Some(prepare),
        prog_attach_fn: None,
    };
    // Any type will do that makes libbpf read no BTF; `prepare` sets the right one.
    let kind = sys::BPF_PROG_TYPE_RAW_TRACEPOINT;
    // SAFETY: libbpf copies the options and the name; `prepare` lives as long as the process.
    check_libbpf(unsafe {
        sys::libbpf_register_prog_handler(section.as_ptr(), kind, 0, &raw const options)
    })
    .map(drop)
}

/// Called by libbpf right before it loads a program.
extern "C" fn prepare(
    program: *mut sys::bpf_program,
    options: *mut sys::bpf_prog_load_opts,
    _: c_long,
) -> c_int {
    // SAFETY: libbpf passes a program of its own, whose name is a C string.
    let name = unsafe { CStr::from_ptr(sys::bpf_program__name(program)) };
    let found = BINDINGS.with_borrow(|bindings| {
        let found = bindings.iter().find(|(known, _)| known.as_bytes() == name.to_bytes());
        found.map(|(_, binding)| *binding)
    });
    let Some(binding) = found else { return -libc::ENOENT };
    // SAFETY: libbpf passes options of its own, which it uses when this returns.
    let options = unsafe { &mut *options };
    options.expected_attach_type = binding.attach_type;
    options.attach_btf_id = binding.function;
    if let Some(module) = binding.module {
        options.attach_btf_obj_fd = module as u32;
    }
    if let Some(program) = binding.program {
        options.attach_prog_fd = program as u32;
    }
    // SAFETY: the program is being loaded, so that its type is not used yet.
    unsafe { sys::bpf_program__set_type(program, sys::BPF_PROG_TYPE_TRACING) }
}

/// Attaches a bound program to what it is bound to.
pub(crate) fn attach_bound(program: BorrowedFd<'_>) -> io::Result<OwnedFd> {
    // SAFETY: no name means the target of the program itself.
    let result = unsafe { sys::bpf_raw_tracepoint_open(ptr::null(), program.as_raw_fd()) };
    check_libbpf(result).map(owned)
}

/// Numbers of the BPF programs in the kernel.
pub(crate) fn program_ids() -> Vec<u32> {
    let mut ids = Vec::new();
    let mut id = 0;
    // SAFETY: `id` is written when the call succeeds.
    while unsafe { sys::bpf_prog_get_next_id(id, &raw mut id) } == 0 {
        ids.push(id);
    }
    ids
}

/// The BPF program with this number.
pub(crate) fn program_by_id(id: u32) -> io::Result<OwnedFd> {
    // SAFETY: takes a number.
    check_libbpf(unsafe { sys::bpf_prog_get_fd_by_id(id) }).map(owned)
}

/// Numbers, in its BTF, of the functions of a BPF program.
pub(crate) fn program_functions(program: BorrowedFd<'_>) -> io::Result<Vec<u32>> {
    let mut length = mem::size_of::<sys::bpf_prog_info>() as u32;
    let mut info = sys::bpf_prog_info::default();
    let fd = program.as_raw_fd();
    // SAFETY: `info` is `length` bytes long and asks for no arrays.
    check_libbpf(unsafe { sys::bpf_prog_get_info_by_fd(fd, &raw mut info, &raw mut length) })?;
    let size = (info.func_info_rec_size as usize).max(8);
    let mut records = vec![0u8; info.nr_func_info as usize * size];
    let mut wanted = sys::bpf_prog_info {
        nr_func_info: info.nr_func_info,
        func_info_rec_size: size as u32,
        func_info: records.as_mut_ptr() as u64,
        ..Default::default()
    };
    // SAFETY: the array is as long as said, and a loaded program does not change.
    check_libbpf(unsafe {
        sys::bpf_prog_get_info_by_fd(fd, &raw mut wanted, &raw mut length)
    })?;
    // struct bpf_func_info: insn_off, type_id.
    let id = |record: &[u8]| Some(u32::from_le_bytes(record.get(4..8)?.try_into().ok()?));
    Ok(records.chunks_exact(size).filter_map(id).collect())
}

/// The BTF of a module.
pub(crate) fn btf_of_module(name: &str) -> Option<OwnedFd> {
    let mut id = 0;
    // SAFETY: `id` is written when the call succeeds.
    while unsafe { sys::bpf_btf_get_next_id(id, &raw mut id) } == 0 {
        // SAFETY: takes a number.
        let Ok(btf) = check_libbpf(unsafe { sys::bpf_btf_get_fd_by_id(id) }).map(owned) else {
            continue;
        };
        let mut text = [0u8; 64];
        let mut info = sys::bpf_btf_info {
            name: text.as_mut_ptr() as u64,
            name_len: text.len() as u32,
            ..Default::default()
        };
        let mut length = mem::size_of::<sys::bpf_btf_info>() as u32;
        let fd = btf.as_raw_fd();
        // SAFETY: `info` is `length` bytes long, and its name has room for what it says.
        let told = unsafe { sys::bpf_btf_get_info_by_fd(fd, &raw mut info, &raw mut length) };
        let found = CStr::from_bytes_until_nul(&text).unwrap_or_default();
        if told == 0 && info.kernel_btf != 0 && found.to_bytes() == name.as_bytes() {
            return Some(btf);
        }
    }
    None
}
