//! Asks the running kernel what the compiler may ask. Answers that need root are checked only
//! where the test runs as root.

use runtime::{Machine, Target};
use stdlib::{Feature, Kernel};

fn machine() -> Machine {
    Machine::new(Target::default())
}

fn is_root() -> bool {
    std::fs::read_to_string("/proc/self/status")
        .is_ok_and(|status| status.contains("\nCapEff:\t000001ffffffffff"))
}

#[test]
fn tracepoints_and_formats() {
    if !is_root() {
        return;
    }
    let machine = machine();
    let all = machine.tracepoints("syscalls", "sys_enter_open*").unwrap();
    assert!(all.contains(&("syscalls".to_owned(), "sys_enter_openat".to_owned())), "{all:?}");
    let wild = machine.tracepoints("sys*", "sys_enter_open*").unwrap();
    assert_eq!(all, wild);
    assert_eq!(machine.tracepoints("sched", "sched_switch").unwrap().len(), 1);
    assert_eq!(machine.tracepoints("sched", "no_such").unwrap(), []);
    assert_eq!(machine.tracepoints("..", "sched").unwrap(), []);
    let format = machine.tracepoint_format("syscalls", "sys_enter_openat").unwrap().unwrap();
    let filename = format.fields.iter().find(|f| f.declaration == "const char * filename");
    assert_eq!(filename.map(|field| (field.offset, field.size)), Some((24, 8)));
    assert_eq!(machine.tracepoint_format("sched", "nope").unwrap(), None);
}

#[test]
fn raw_tracepoints() {
    if !is_root() {
        return;
    }
    let machine = machine();
    assert!(machine.is_raw_tracepoint("sched", "sched_switch"));
    assert!(machine.is_raw_tracepoint("raw_syscalls", "sys_enter"));
    assert!(!machine.is_raw_tracepoint("syscalls", "sys_enter_openat"));
    assert!(!machine.is_raw_tracepoint("sched", "no_such_event"));
    assert_eq!(machine.raw_tracepoints("sys_enter").unwrap(), ["sys_enter"]);
    assert_eq!(machine.raw_tracepoints("no_such").unwrap(), Vec::<String>::new());
    let some = machine.raw_tracepoints("sched_s*").unwrap();
    assert!(some.iter().any(|name| name == "sched_switch"), "{some:?}");
    // The trial and the list agree.
    for name in machine.raw_tracepoints("*").unwrap().iter().step_by(50) {
        assert_eq!(
            machine.raw_tracepoints(name).unwrap(),
            std::slice::from_ref(name),
            "{name}"
        );
    }
}

#[test]
fn functions() {
    let machine = machine();
    let exact = machine.functions(None, "vfs_read").unwrap();
    assert_eq!(exact, [(None, "vfs_read".to_owned())]);
    assert!(machine.functions(None, "no_such_function_here").unwrap().is_empty());
    let some = machine.functions(None, "vfs_re*d*").unwrap();
    assert!(some.contains(&(None, "vfs_readv".to_owned())), "{some:?}");
    assert_eq!(machine.functions(None, "vfs_read").unwrap(), exact);
    assert!(machine.functions(Some("nosuchmodule"), "vfs_read").unwrap().is_empty());
}

#[test]
fn binaries_and_symbols() {
    let machine = machine();
    let libc = machine.binary("libc").unwrap().unwrap();
    assert!(libc.ends_with("libc.so.6"), "{libc}");
    let shell = machine.binary("sh").unwrap().unwrap();
    assert!(shell.ends_with("/sh"), "{shell}");
    assert_eq!(machine.binary("/no/such/file").unwrap(), None);
    assert_eq!(machine.binary("libnosuchthing").unwrap(), None);
    let malloc = machine.symbols(&libc, "malloc").unwrap();
    assert_eq!(malloc.len(), 1);
    assert!(malloc[0].offset > 0x1000 && malloc[0].size > 0, "{malloc:?}");
    let many = machine.symbols(&libc, "mem*").unwrap();
    assert!(many.iter().any(|symbol| symbol.name == "memcpy"));
    assert!(many.windows(2).all(|pair| pair[0].name < pair[1].name));
    assert!(machine.symbols("/etc/passwd", "x").unwrap_err().problem.contains("not a 64-bit"));
}

#[test]
fn facts() {
    let machine = machine();
    assert!(machine.possible_cpus() >= 1);
    assert_eq!(machine.register("no such register"), None);
    if cfg!(target_arch = "x86_64") {
        assert_eq!(machine.register("di"), Some(112));
        assert_eq!(machine.register("ax"), Some(80));
        assert_eq!(machine.register("sp"), Some(152));
    }
    if is_root() {
        // In the order in which the kernel got them: 5.12, 5.15, 6.6.
        let features = [Feature::FetchAtomics, Feature::PerfCookie, Feature::UprobeMulti];
        let has = features.map(|feature| machine.has(feature));
        assert!(has.is_sorted_by(|earlier, later| earlier >= later), "{has:?}");
    }
}
