//! BPF programs, and what they are attached to.

use std::{
    ffi::{c_int, c_long},
    io, mem,
    os::fd::{AsRawFd, BorrowedFd, OwnedFd},
};

use libbpf_rs::{Object, OpenObject, libbpf_sys as sys};

use super::{c_string, check, check_libbpf, owned};

/// `struct bpf_insn`
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub(crate) struct Instruction {
    pub(crate) code: u8,
    /// Destination in the low four bits, source in the high ones.
    pub(crate) registers: u8,
    pub(crate) offset: i16,
    pub(crate) immediate: i32,
}

/// Loads what libbpf has opened: makes the maps, relocates and loads the programs.
pub(crate) fn load_object(object: OpenObject) -> io::Result<Object> {
    let object = object.take_ptr();
    // SAFETY: the pointer is libbpf's own and now belongs to this function.
    match check_libbpf(unsafe { sys::bpf_object__load(object.as_ptr()) }) {
        // SAFETY: it is loaded, and nobody else has it.
        Ok(_) => Ok(unsafe { Object::from_ptr(object) }),
        Err(error) => {
            // SAFETY: it is not used any more.
            unsafe { sys::bpf_object__close(object.as_ptr()) };
            Err(error)
        }
    }
}

/// Loads a few instructions, to see whether the kernel takes them.
pub(crate) fn load_program(
    kind: u32,
    attach_type: u32,
    instructions: &[Instruction],
) -> io::Result<OwnedFd> {
    load_with(kind, instructions, |options| options.expected_attach_type = attach_type)
}

fn load_with(
    kind: u32,
    instructions: &[Instruction],
    set: impl FnOnce(&mut sys::bpf_prog_load_opts),
) -> io::Result<OwnedFd> {
    let size = mem::size_of::<sys::bpf_prog_load_opts>() as _;
    let mut options = sys::bpf_prog_load_opts { sz: size, ..Default::default() };
    set(&mut options);
    let (start, count) = (instructions.as_ptr(), instructions.len() as u64);
    let (name, license) = (c"hawk_trial".as_ptr(), c"GPL".as_ptr());
    // SAFETY: `Instruction` is laid out as `bpf_insn`; everything lives through the call.
    let result = unsafe {
        sys::bpf_prog_load(kind, name, license, start.cast(), count, &raw mut options)
    };
    check_libbpf(result).map(owned)
}

/// Whether a program can be loaded for the entry of the kernel's function with this number in BTF.
pub(crate) fn fentry_loads(function: u32, instructions: &[Instruction]) -> bool {
    let set = |options: &mut sys::bpf_prog_load_opts| {
        options.expected_attach_type = sys::BPF_TRACE_FENTRY;
        options.attach_btf_id = function;
    };
    load_with(sys::BPF_PROG_TYPE_TRACING, instructions, set).is_ok()
}

/// A call of the kernel's function with this number in BTF (`BPF_PSEUDO_KFUNC_CALL`).
pub(crate) const fn kernel_call(function: u32) -> Instruction {
    let immediate = function.cast_signed();
    Instruction { code: CALL, registers: KERNEL_CALL << 4, offset: 0, immediate }
}

/// `BPF_JMP | BPF_CALL`
const CALL: u8 = 0x85;
/// `BPF_PSEUDO_KFUNC_CALL`
const KERNEL_CALL: u8 = 2;

/// Turns calls of helpers above [`ir::KERNEL_CALLS`] in code of an object into calls of the
/// kernel's functions.
pub(crate) fn settle_kernel_calls(code: &mut [u8]) {
    for instruction in code.chunks_exact_mut(8) {
        let [operation, registers, _, _, immediate @ ..] = instruction else { continue };
        let Ok(bytes) = <[u8; 4]>::try_from(&*immediate) else { continue };
        let number = u32::from_le_bytes(bytes);
        if *operation == CALL && *registers == 0 && number & ir::KERNEL_CALLS != 0 {
            let call = kernel_call(number - ir::KERNEL_CALLS);
            *registers = call.registers;
            immediate.copy_from_slice(&call.immediate.to_le_bytes());
        }
    }
}

/// Loads a few instructions; what the verifier says if it refuses them, or nothing if it was not
/// asked.
pub(crate) fn load_with_log(
    kind: u32,
    host: Option<u32>,
    instructions: &[Instruction],
) -> Result<(), String> {
    let mut log = vec![0u8; 1 << 14];
    let set = |options: &mut sys::bpf_prog_load_opts| {
        options.log_level = 1;
        options.log_size = log.len() as u32;
        options.log_buf = log.as_mut_ptr().cast();
        if let Some(host) = host {
            options.expected_attach_type = sys::BPF_TRACE_FENTRY;
            options.attach_btf_id = host;
        }
    };
    if load_with(kind, instructions, set).is_ok() {
        return Ok(());
    }
    let end = log.iter().position(|byte| *byte == 0).unwrap_or(log.len());
    Err(String::from_utf8_lossy(&log[..end]).into_owned())
}

/// Tries a multi link to a function or file that can't exist.
pub(crate) fn link_multi_trial(program: BorrowedFd<'_>, kind: u32) -> io::Result<OwnedFd> {
    let mut symbol = c"hawk no such function".as_ptr();
    let offset: std::ffi::c_ulong = 0;
    let size = mem::size_of::<sys::bpf_link_create_opts>() as _;
    let mut options = sys::bpf_link_create_opts { sz: size, ..Default::default() };
    if matches!(kind, sys::BPF_TRACE_KPROBE_MULTI | sys::BPF_TRACE_KPROBE_SESSION) {
        options.__bindgen_anon_1.kprobe_multi =
            sys::bpf_link_create_opts__bindgen_ty_1__bindgen_ty_2 {
                cnt: 1,
                syms: &raw mut symbol,
                ..Default::default()
            };
    } else {
        options.__bindgen_anon_1.uprobe_multi =
            sys::bpf_link_create_opts__bindgen_ty_1__bindgen_ty_3 {
                cnt: 1,
                path: c"/".as_ptr(),
                offsets: &raw const offset,
                ..Default::default()
            };
    }
    // SAFETY: the options point to locals that live through the call.
    let result =
        unsafe { sys::bpf_link_create(program.as_raw_fd(), 0, kind, &raw const options) };
    check_libbpf(result).map(owned)
}

/// `_IOW('$', 8, __u32)` and `_IO('$', 0)`
const PERF_EVENT_IOC_SET_BPF: libc::Ioctl = 0x4004_2408;
const PERF_EVENT_IOC_ENABLE: libc::Ioctl = 0x2400;

/// Gives a perf event its program, on kernels without links for it.
pub(crate) fn perf_set_program(
    event: BorrowedFd<'_>,
    program: BorrowedFd<'_>,
) -> io::Result<()> {
    let (event, program) = (event.as_raw_fd(), c_long::from(program.as_raw_fd()));
    // SAFETY: these requests take a number.
    check(unsafe { libc::ioctl(event, PERF_EVENT_IOC_SET_BPF, program) })?;
    // SAFETY: as above.
    check(unsafe { libc::ioctl(event, PERF_EVENT_IOC_ENABLE, 0) }).map(drop)
}

/// A perf event to be opened.
#[derive(Debug, Default)]
pub(crate) struct PerfEvent {
    pub(crate) kind: u32,
    pub(crate) config: u64,
    pub(crate) sample: u64,
    /// Whether `sample` is a frequency.
    pub(crate) by_frequency: bool,
    /// Whether the event itself stays off; programs on a tracepoint or probe run all the same.
    pub(crate) disabled: bool,
    /// The function or the file of a probe.
    pub(crate) text: Option<String>,
    pub(crate) offset: u64,
    /// Memory to be watched: its address, its length and `HW_BREAKPOINT_*`.
    pub(crate) breakpoint: Option<(u64, u64, u32)>,
    /// Whether threads that a traced one starts are traced too.
    pub(crate) inherit: bool,
    pub(crate) pid: Option<u32>,
    pub(crate) cpu: Option<u32>,
}

/// Opens a perf event.
pub(crate) fn perf_event_open(event: &PerfEvent) -> io::Result<OwnedFd> {
    let text = event.text.as_deref().map(c_string).transpose()?;
    // struct perf_event_attr, PERF_ATTR_SIZE_VER7: type and size, config, sample period, sample
    // type, read format, flags (bit 0: disabled, bit 10: freq), wakeup, config1, config2.
    let mut attributes = [0u64; 16];
    attributes[0] = u64::from(event.kind) | (128 << 32);
    attributes[1] = event.config;
    attributes[2] = event.sample;
    attributes[5] = (u64::from(event.by_frequency) << 10) | u64::from(event.disabled);
    attributes[7] = text.as_ref().map_or(0, |text| text.as_ptr() as u64);
    attributes[8] = event.offset;
    attributes[5] |= u64::from(event.inherit) << 1;
    if let Some((address, length, mode)) = event.breakpoint {
        attributes[6] = u64::from(mode) << 32;
        (attributes[7], attributes[8]) = (address, length);
    }
    let pid = event.pid.map_or(-1, |pid| pid as c_int);
    let cpu = event.cpu.map_or(-1, |cpu| cpu as c_int);
    let (number, flags) = (libc::SYS_perf_event_open, 8 as std::ffi::c_ulong);
    // SAFETY: attributes and text live through the call; flag 8 is PERF_FLAG_FD_CLOEXEC.
    check(unsafe { libc::syscall(number, attributes.as_ptr(), pid, cpu, -1, flags) }).map(owned)
}

/// Opens an event that records on one CPU what processes map to be executed, what they execute,
/// and that they fork and exit, each with its time as the last 8 bytes; it has no samples.
pub(crate) fn perf_records_open(cpu: u32) -> io::Result<OwnedFd> {
    /// `PERF_TYPE_SOFTWARE`, `PERF_COUNT_SW_DUMMY`, `PERF_SAMPLE_TIME`
    const SOFTWARE: u64 = 1;
    const DUMMY: u64 = 9;
    const TIME: u64 = 1 << 2;
    // Bits mmap, comm, task, watermark, sample_id_all, mmap2 and comm_exec.
    const FLAGS: u64 = 1 << 8 | 1 << 9 | 1 << 13 | 1 << 14 | 1 << 18 | 1 << 23 | 1 << 24;
    let mut attributes = [0u64; 16];
    attributes[0] = SOFTWARE | (128 << 32);
    attributes[1] = DUMMY;
    attributes[3] = TIME;
    attributes[5] = FLAGS;
    // Each record wakes the reader: files of short-lived processes must be opened while they last.
    attributes[6] = 1;
    open_for_all(&attributes, cpu)
}

/// Opens an event on one CPU whose samples are what programs send it. It wakes its reader when so
/// many bytes have come.
pub(crate) fn perf_samples_open(cpu: u32, mark: u32) -> io::Result<OwnedFd> {
    /// `PERF_TYPE_SOFTWARE`, `PERF_COUNT_SW_BPF_OUTPUT`, `PERF_SAMPLE_RAW`
    const SOFTWARE: u64 = 1;
    const BPF_OUTPUT: u64 = 10;
    const RAW: u64 = 1 << 10;
    const WATERMARK: u64 = 1 << 14;
    let mut attributes = [0u64; 16];
    attributes[0] = SOFTWARE | (128 << 32);
    attributes[1] = BPF_OUTPUT;
    attributes[2] = 1;
    attributes[3] = RAW;
    attributes[5] = WATERMARK;
    attributes[6] = u64::from(mark);
    open_for_all(&attributes, cpu)
}

/// Opens an event of all processes on one CPU.
fn open_for_all(attributes: &[u64; 16], cpu: u32) -> io::Result<OwnedFd> {
    let (number, flags) = (libc::SYS_perf_event_open, 8 as std::ffi::c_ulong);
    let (all, cpu) = (-1 as c_int, cpu as c_int);
    // SAFETY: the attributes live through the call; flag 8 is PERF_FLAG_FD_CLOEXEC.
    check(unsafe { libc::syscall(number, attributes.as_ptr(), all, cpu, -1, flags) }).map(owned)
}

/// Runs a program once; what it returned.
pub(crate) fn test_run(program: BorrowedFd<'_>) -> io::Result<u32> {
    // Twelve arguments, which is the most that a raw tracepoint program may read.
    let arguments = [0u64; 12];
    let mut options = sys::bpf_test_run_opts {
        sz: mem::size_of::<sys::bpf_test_run_opts>() as _,
        ctx_in: arguments.as_ptr().cast(),
        ctx_size_in: mem::size_of_val(&arguments) as u32,
        ..Default::default()
    };
    // SAFETY: the options and what they point to live through the call.
    let result = unsafe { sys::bpf_prog_test_run_opts(program.as_raw_fd(), &raw mut options) };
    check_libbpf(result).map(|_| options.retval)
}

/// Loads a program that does nothing, to be run.
pub(crate) fn load_nothing() -> io::Result<OwnedFd> {
    let instruction =
        |code, immediate| Instruction { code, registers: 0, offset: 0, immediate };
    // r0 = 0; exit
    let nothing = [instruction(0xb7, 0), instruction(0x95, 0)];
    load_program(sys::BPF_PROG_TYPE_RAW_TRACEPOINT, 0, &nothing)
}

/// Makes the kernel measure how long programs take, until the descriptor is closed (5.8).
pub(crate) fn enable_run_stats() -> io::Result<OwnedFd> {
    // SAFETY: takes a number.
    check_libbpf(unsafe { sys::bpf_enable_stats(sys::BPF_STATS_RUN_TIME) }).map(owned)
}

/// How many nanoseconds a program took in all, and in how many runs, while that was measured.
pub(crate) fn run_stats(program: BorrowedFd<'_>) -> io::Result<(u64, u64)> {
    let mut length = mem::size_of::<sys::bpf_prog_info>() as u32;
    let mut info = sys::bpf_prog_info::default();
    let fd = program.as_raw_fd();
    // SAFETY: `info` is `length` bytes long and asks for no arrays.
    check_libbpf(unsafe { sys::bpf_prog_get_info_by_fd(fd, &raw mut info, &raw mut length) })?;
    Ok((info.run_time_ns, info.run_cnt))
}

/// What the kernel tells of a loaded program.
#[derive(Debug, Default)]
pub(crate) struct ProgramInfo {
    pub(crate) id: u32,
    pub(crate) btf_id: u32,
    /// The translated instructions.
    pub(crate) instructions: Vec<u8>,
    /// `struct bpf_line_info`, one after the other.
    pub(crate) lines: Vec<u8>,
    pub(crate) line_size: u32,
}

/// How often the kernel met an event and did not run the program; none before Linux 5.12.
pub(crate) fn recursion_misses(program: BorrowedFd<'_>) -> Option<u64> {
    let mut length = mem::size_of::<sys::bpf_prog_info>() as u32;
    let mut info = sys::bpf_prog_info::default();
    let fd = program.as_raw_fd();
    // SAFETY: `info` is `length` bytes long and asks for no arrays.
    check_libbpf(unsafe { sys::bpf_prog_get_info_by_fd(fd, &raw mut info, &raw mut length) })
        .ok()?;
    let end = mem::offset_of!(sys::bpf_prog_info, recursion_misses) + mem::size_of::<u64>();
    (length as usize >= end).then_some(info.recursion_misses)
}

/// Asks the kernel about a loaded program.
pub(crate) fn program_info(program: BorrowedFd<'_>) -> io::Result<ProgramInfo> {
    let mut length = mem::size_of::<sys::bpf_prog_info>() as u32;
    let mut info = sys::bpf_prog_info::default();
    let fd = program.as_raw_fd();
    // SAFETY: `info` is `length` bytes long and asks for no arrays.
    check_libbpf(unsafe { sys::bpf_prog_get_info_by_fd(fd, &raw mut info, &raw mut length) })?;
    let line_size = info.line_info_rec_size;
    let mut instructions = vec![0u8; info.xlated_prog_len as usize];
    let mut lines = vec![0u8; (info.nr_line_info * line_size) as usize];
    let mut wanted = sys::bpf_prog_info {
        xlated_prog_len: info.xlated_prog_len,
        xlated_prog_insns: instructions.as_mut_ptr() as u64,
        nr_line_info: info.nr_line_info,
        line_info_rec_size: line_size,
        line_info: lines.as_mut_ptr() as u64,
        ..Default::default()
    };
    // SAFETY: both arrays are as long as said, and a loaded program does not change.
    check_libbpf(unsafe {
        sys::bpf_prog_get_info_by_fd(fd, &raw mut wanted, &raw mut length)
    })?;
    if wanted.xlated_prog_insns == 0 {
        // The kernel hides them from those without the capability.
        instructions.clear();
    }
    Ok(ProgramInfo { id: info.id, btf_id: info.btf_id, instructions, lines, line_size })
}

/// The BTF with this number.
pub(crate) fn btf_by_id(id: u32) -> io::Result<Vec<u8>> {
    // SAFETY: takes a number.
    let btf = check_libbpf(unsafe { sys::bpf_btf_get_fd_by_id(id) }).map(owned)?;
    let mut length = mem::size_of::<sys::bpf_btf_info>() as u32;
    let mut info = sys::bpf_btf_info::default();
    let fd = btf.as_raw_fd();
    // SAFETY: `info` is `length` bytes long and has no buffer.
    check_libbpf(unsafe { sys::bpf_btf_get_info_by_fd(fd, &raw mut info, &raw mut length) })?;
    let mut bytes = vec![0u8; info.btf_size as usize];
    let mut wanted = sys::bpf_btf_info {
        btf: bytes.as_mut_ptr() as u64,
        btf_size: info.btf_size,
        ..Default::default()
    };
    // SAFETY: the buffer is as long as said.
    check_libbpf(unsafe { sys::bpf_btf_get_info_by_fd(fd, &raw mut wanted, &raw mut length) })?;
    Ok(bytes)
}
