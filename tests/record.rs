//! Writes a recording of the machine it runs on to standard output: tests/recorded/*.json come
//! from it, each from a guest with that kernel.
//!
//! ```text
//! cargo build -p tests --example record
//! tests/vm/boot --kernel 5.10 -- target/debug/examples/record > tests/recorded/linux-5.10.json
//! tests/vm/boot --kernel 5.10 -- target/debug/examples/record places > tests/recorded/linux-5.10.places.json
//! ```

use std::{collections::BTreeMap, fs, io::Write};

use ir::{Access, Field, Record, Space, Ty};
use runtime::{Machine, Target};
use stdlib::{
    BpfFunction, Code, Convention, Feature, Held, Kernel, LinePlaces, Local, Named, Parameter,
    Piece, StaticProbe, Symbol, UserFunction,
};
use tests::{RecordedKernel, RecordedPlaces, Recording};

/// What programs of the corpus ask for.
const TRACEPOINTS: &[&str] = &[
    "block:block_rq_complete",
    "block:block_rq_issue",
    "irq:softirq_entry",
    "irq:softirq_exit",
    "net:net_dev_queue",
    "net:netif_receive_skb",
    "raw_syscalls:sys_enter",
    "raw_syscalls:sys_exit",
    "sched:sched_process_exec",
    "sched:sched_process_exit",
    "sched:sched_process_fork",
    "sched:sched_switch",
    "sched:sched_wakeup",
    "sched:sched_wakeup_new",
    "signal:signal_generate",
    "sock:inet_sock_set_state",
    "task:task_rename",
    "syscalls:sys_enter_close",
    "syscalls:sys_exit_close",
    "syscalls:sys_enter_connect",
    "syscalls:sys_enter_execve",
    "syscalls:sys_exit_execve",
    "syscalls:sys_enter_getppid",
    "syscalls:sys_exit_getppid",
    "syscalls:sys_enter_kill",
    "syscalls:sys_enter_nanosleep",
    "syscalls:sys_enter_openat",
    "syscalls:sys_exit_openat",
    "syscalls:sys_enter_read",
    "syscalls:sys_exit_read",
    "syscalls:sys_enter_write",
    "syscalls:sys_exit_write",
    "tcp:tcp_retransmit_skb",
    "vmscan:mm_vmscan_direct_reclaim_begin",
];
const ENUMERATORS: &[&str] =
    &["BPF_MAP_TYPE_ARRAY", "BPF_MAP_TYPE_HASH", "REQ_OP_WRITE", "__REQ_SYNC", "PIDTYPE_TGID"];
const FUNCTIONS: &[&str] =
    &["__x64_sys_openat", "do_nanosleep", "do_sys_openat2", "tcp_sendmsg", "vfs_*"];
/// Functions whose types programs of the corpus ask for.
const TYPED: &[&str] = &[
    "do_nanosleep",
    "filp_close",
    "ip_rcv",
    "kfree_skb_reason",
    "tcp_sendmsg",
    "vfs_read",
    "vfs_write",
    "wake_up_new_task",
];
const REGISTERS: &[&str] = &[
    "r15", "r14", "r13", "r12", "bp", "bx", "r11", "r10", "r9", "r8", "ax", "cx", "dx", "si",
    "di", "orig_ax", "ip", "cs", "flags", "sp", "ss",
];
const FEATURES: &[Feature] = &[
    Feature::Kprobe,
    Feature::Fentry,
    Feature::PerfCookie,
    Feature::RawCookie,
    Feature::FunctionAddress,
    Feature::KprobeMulti,
    Feature::UprobeMulti,
    Feature::FetchAtomics,
    Feature::MapIteration,
    Feature::Loop,
    Feature::PerCpuLookup,
    Feature::Override,
    Feature::TaiClock,
    Feature::LargeKeys,
    Feature::PreemptibleTracepoints,
];

/// Functions of the kernel that programs of the corpus call, or that they may not call.
const KERNEL_CALLS: &[&str] = &[
    "bpf_prog_put",
    "bpf_rcu_read_lock",
    "bpf_rcu_read_unlock",
    "bpf_task_from_pid",
    "bpf_task_release",
];

/// Variables of which each CPU has its own.
const PER_CPU_VARIABLES: &[&str] = &["process_counts"];

/// Types of the kernel, and the fields that programs of the corpus read.
const TYPES: &[(&str, &[&str])] = &[
    ("struct bpf_iter__task", &["meta", "task"]),
    (
        "struct task_struct",
        &[
            "pid",
            "tgid",
            "comm",
            "real_parent",
            "group_leader",
            "prio",
            "in_execve",
            "sched_reset_on_fork",
            "tasks",
            "rcu_node_entry",
            "mm",
            "policy",
            "utask",
        ],
    ),
    ("struct uprobe_task", &["return_instances"]),
    ("struct return_instance", &["stack", "orig_ret_vaddr", "next"]),
    ("struct sk_buff", &["len", "dev"]),
    ("struct net_device", &["dev_addr"]),
    ("struct sockaddr_in", &["sin_port"]),
    ("struct mm_struct", &["mm_mt", "context"]),
    ("struct maple_tree", &["ma_root"]),
    ("mm_context_t", &["vdso"]),
    (
        "struct vm_area_struct",
        &["vm_start", "vm_end", "vm_mm", "vm_flags", "vm_pgoff", "vm_file"],
    ),
    ("struct inode", &["i_ino", "i_sb"]),
    ("struct super_block", &["s_dev"]),
    ("struct backing_file", &["user_path"]),
    ("struct dentry", &["d_inode"]),
    ("struct list_head", &["next", "prev"]),
    ("enum pid_type", &[]),
    ("struct file", &["f_path", "f_inode", "f_mode"]),
    ("struct path", &["mnt", "dentry"]),
    ("struct pt_regs", &["di", "si", "ip", "sp"]),
    ("struct sock", &["__sk_common"]),
];

fn main() -> std::io::Result<()> {
    let machine = Recording::new(Machine::new(Target::default()));
    // Answers are recorded as they are given; here nobody needs them.
    for name in TRACEPOINTS {
        let (category, event) = name.split_once(':').unwrap_or_default();
        let _ = machine.tracepoint_format(category, event);
        let _ = machine.is_raw_tracepoint(category, event);
    }
    for name in ENUMERATORS {
        let _ = machine.enumerator(name);
    }
    for pattern in FUNCTIONS {
        let _ = machine.functions(None, pattern);
    }
    ask_places(&machine);
    for feature in FEATURES {
        machine.has(*feature);
    }
    for name in REGISTERS {
        machine.register(name);
    }
    for name in ["__per_cpu_offset", "jiffies", "process_counts"] {
        let _ = machine.kernel_symbol(name);
    }
    for (name, _) in TYPES {
        let _ = machine.c_type(name);
    }
    for name in ["int", "unsigned int", "struct task_struct"] {
        machine.type_id(name);
    }
    for name in PER_CPU_VARIABLES {
        let _ = machine.per_cpu_variable(name);
    }
    let mut answers = machine.finish();
    for (name, fields) in TYPES {
        if let Some(Some(ir::Ty::Record(record))) = answers.c_types.get_mut(*name) {
            let record = std::sync::Arc::make_mut(record);
            record.fields.retain(|field| fields.contains(&field.name.as_str()));
        }
    }
    answers.release = fs::read_to_string("/proc/sys/kernel/osrelease")?.trim().to_owned();
    // So that programs come out the same on every machine.
    answers.possible_cpus = 4;
    answers
        .raw_tracepoints
        .retain(|name| TRACEPOINTS.iter().any(|known| known.ends_with(name)));
    add_binaries(&mut answers);
    add_places(&mut answers.places);
    answers.c_types.insert("struct point@/usr/bin/target".to_owned(), Some(point()));
    let mut text = match std::env::args().nth(1).as_deref() {
        Some("places") => serde_json::to_string(&answers.places)?.replace("},\"", "},\n\""),
        _ => serde_json::to_string_pretty(&answers)?,
    };
    text.push('\n');
    std::io::stdout().write_all(text.as_bytes())
}

/// What is asked of places that have types.
fn ask_places(machine: &Recording<Machine>) {
    for name in TYPED {
        let _ = machine.places().typed_functions(None, name);
        let _ = machine.places().prototype(None, name);
    }
    for name in KERNEL_CALLS {
        let _ = machine.places().kernel_call(name);
    }
    for name in TRACEPOINTS {
        let (_, event) = name.split_once(':').unwrap_or_default();
        let _ = machine.places().tracepoint_prototype(event);
    }
    for name in ["bpf_map", "task", "task_file"] {
        let _ = machine.places().iterators(name);
    }
}

/// Static probes, functions of C++ and instructions in a file that is on no machine, and a program
/// in Go.
fn add_places(places: &mut RecordedPlaces) {
    let path = "/usr/bin/target".to_owned();
    let probe = |name: &str, offset, semaphore, operands: &str| StaticProbe {
        provider: "hawk".to_owned(),
        name: name.to_owned(),
        offset,
        semaphore,
        operands: operands.to_owned(),
    };
    let all = "8@%rdi -4@-20(%rbp) 2@$5 1@%ah 8@8(%rax,%rbx,4)";
    let probes = vec![
        probe("numbers", 0x1020, 0x3000, all),
        probe("twice", 0x1060, 0, "8@%rdi"),
        probe("twice", 0x1064, 0, "8@$9"),
    ];
    places.static_probes.insert(path.clone(), probes);
    let six = Code { starts: vec![0, 1, 4, 7, 10, 62, 63], returns: vec![63], body: 0 };
    let main_add = Code { starts: vec![0, 4, 6, 40, 50, 60], returns: vec![40, 50], body: 6 };
    places.code = [("six".to_owned(), six), ("main.add".to_owned(), main_add)].into();
    places.user_functions.insert("point".to_owned(), user_function());
    let line = LinePlaces { offsets: vec![0x1080], next: Some(13), is_known: true };
    places.lines.insert("/usr/bin/target@target.c:12".to_owned(), line);
    places.locals.insert("/usr/bin/target+0x1080".to_owned(), locals());
    let limit = Named { address: 0x0060_0010, size: 4, is_fixed: true, mapped: Vec::new() };
    let mapped = vec![(0, 1 << 24, 0)];
    let environ = Named { address: 2_100_000, size: 8, is_fixed: false, mapped };
    places.named.insert("/usr/bin/target:limit".to_owned(), limit);
    places.named.insert("/usr/lib/libc.so.6:environ".to_owned(), environ);
    places.conventions.insert("/usr/bin/gopher".to_owned(), Convention::Go);
    let functions =
        [("_ZN5shape4areaEi", "shape::area(int)"), ("_ZN5shape4areaEd", "shape::area(double)")];
    let function = |(index, (name, written)): (u64, &(&str, &str))| {
        let offset = 0x2000 + 0x40 * index;
        (Symbol { name: (*name).to_owned(), offset, size: 0x40 }, (*written).to_owned())
    };
    places.demangled.insert(path, (0..).zip(&functions).map(function).collect());
    let program = BpfFunction { program: 42, name: "tracepoint_exec".to_owned() };
    places.bpf_functions = vec![program];
}

fn field(name: &str, ty: Ty, offset: u32) -> Field {
    Field { name: name.to_owned(), ty, offset, bits: None, access: Access::Plain }
}

/// A struct that the debug information of that file defines.
fn point() -> Ty {
    let next = Ty::Ptr(Ty::Opaque("struct point@/usr/bin/target".into()).into(), Space::User);
    let fields = vec![field("x", Ty::U32, 0), field("next", next, 8)];
    let name = Some("struct point".to_owned());
    Ty::Record(Record { name, fields, size: 16, align: 8 }.into())
}

/// What is in scope at a line of that file: in a register, on the stack, and nowhere.
fn locals() -> Vec<Local> {
    let local = |name: &str, ty, held| Local {
        name: name.to_owned(),
        ty,
        held,
        why: String::new(),
        lines: Vec::new(),
    };
    let register = Piece { at: 0, size: 8, register: "bx".to_owned() };
    let frame = Held::At { register: "sp".to_owned(), offset: 16 };
    let gone = local("gone", Ty::U64, Held::Nowhere);
    vec![
        local("count", Ty::I32, Held::Pieces(vec![register])),
        local("here", point(), frame),
        Local {
            why: "the compiler keeps it nowhere at this point".to_owned(),
            lines: vec![(8, 10), (14, 14)],
            ..gone
        },
    ]
}

/// What a function of that file takes, by its debug information: in a register, in two, on the
/// stack and behind an address.
fn user_function() -> UserFunction {
    let parameter = |name: &str, ty: Ty, held| Parameter { name: name.to_owned(), ty, held };
    let piece = |at, size, register: &str| Piece { at, size, register: register.to_owned() };
    let point = Ty::Opaque("struct point@/usr/bin/target".into());
    let fields = vec![field("low", Ty::U64, 0), field("high", Ty::U32, 8)];
    let range = Record { name: Some("struct range".to_owned()), fields, size: 16, align: 8 };
    let range = Ty::Record(range.into());
    let parameters = vec![
        parameter(
            "p",
            Ty::Ptr(point.into(), Space::User),
            Held::Pieces(vec![piece(0, 8, "di")]),
        ),
        parameter("r", range.clone(), Held::Pieces(vec![piece(0, 8, "si"), piece(8, 8, "dx")])),
        parameter("last", Ty::U32, Held::Stack(8)),
        parameter("whole", range, Held::Behind("cx".to_owned())),
        parameter("ratio", Ty::U64, Held::Nowhere),
    ];
    UserFunction { parameters, returns: Ty::U64 }
}

/// Files that are on no machine, so that recordings don't depend on a C library's version.
fn add_binaries(answers: &mut RecordedKernel) {
    answers.binaries = BTreeMap::new();
    answers.symbols = BTreeMap::new();
    let libc: &[_] = &["free", "getaddrinfo", "getenv", "malloc", "strlen"];
    for (name, path, functions) in [
        ("libc", "/usr/lib/libc.so.6", libc),
        ("target", "/usr/bin/target", &["add", "greet", "main", "point", "six"]),
        ("gopher", "/usr/bin/gopher", &["main.add"]),
    ] {
        let symbol = |(index, name): (usize, &&str)| Symbol {
            name: (*name).to_owned(),
            offset: 0x1000 + 0x40 * index as u64,
            size: 0x40,
        };
        let symbols = functions.iter().enumerate().map(symbol).collect();
        answers.symbols.insert(path.to_owned(), symbols);
        for name in [name, path] {
            answers.binaries.insert(name.to_owned(), path.to_owned());
        }
    }
}
