//! What the processes of `run.rs` run.

use ir::{Attach, Phase, ProgramKind, SameName, When};
use runtime::{Machine, Target};
use stdlib::Kernel;

use crate::support::{Script, every_ms, once};

/// The script of a trial: begin and end print a line each, and something is traced.
pub(crate) fn script(trial: &str) -> Script {
    let mut script = Script::new(if trial == "flood" { 4096 } else { 1 << 20 }).with_loss();
    match trial {
        "once" => {}
        "flood" => script.probe("raw", ProgramKind::RawTracepoint, raw("sys_enter"), |s, b| {
            let value = s.count(b);
            s.print(b, "event ", value);
        }),
        "twenty" => twenty(&mut script),
        "refused" => refused(&mut script),
        "uprobe" => uprobes(&mut script),
        "kprobe" => {
            let function = "vfs_read".to_owned();
            let (when, same_name) = (When::Entry, SameName::Refused);
            let attach = Attach::Kprobe { function, offset: 0, when, same_name };
            let place = (Phase::Trace, attach);
            script.probe("kprobe", ProgramKind::Kprobe, place, |s, b| s.count_comm(b));
        }
        "missing" => {
            let place = raw("no_such_tracepoint");
            script.probe("raw", ProgramKind::RawTracepoint, place, |_, _| {});
        }
        _ => {
            let place = raw("sys_enter");
            script.probe("raw", ProgramKind::RawTracepoint, place, |s, b| s.count_comm(b));
        }
    }
    script.probe("begin", ProgramKind::TestRun, once(Phase::Begin), |s, b| {
        let value = b.constant(-7);
        s.print(b, "begin ", value);
    });
    script.probe("end", ProgramKind::TestRun, once(Phase::End), |s, b| {
        let value = b.constant(7);
        s.print(b, "end ", value);
    });
    match trial {
        "exit" | "twenty" => exit_at_fifth(&mut script),
        "pipe" => script.probe("interval", ProgramKind::PerfEvent, every_ms(20), |s, b| {
            let value = s.count(b);
            s.print(b, "tick ", value);
        }),
        _ => {}
    }
    script
}

fn exit_at_fifth(script: &mut Script) {
    script.probe("interval", ProgramKind::PerfEvent, every_ms(20), |s, b| {
        let old = s.count(b);
        let (done, not) = (b.block(), b.block());
        let enough = b.bin_const(ir::Bin::Eq, old, 4);
        b.branch(enough, done, not);
        b.switch_to(done);
        s.exit(b, 3);
        b.jump(not);
        b.switch_to(not);
    });
}

fn twenty(script: &mut Script) {
    for event in TWENTY {
        let (category, event) = ("syscalls".to_owned(), (*event).to_owned());
        let place = (Phase::Trace, Attach::Tracepoint { category, event: event.clone() });
        script.probe(&event, ProgramKind::Tracepoint, place, |s, b| s.count_comm(b));
    }
}

/// What a look-up gives may be null.
fn refused(script: &mut Script) {
    script.probe("interval", ProgramKind::PerfEvent, every_ms(20), |s, b| {
        let key = b.slot(16, 8);
        b.zero(key, 0, 16, 8);
        let map = b.map(ir::Id::from_index(1));
        let cell = b.call(ir::Helper::MAP_LOOKUP_ELEM, &[map, key]);
        let value = b.load64(cell, 0);
        s.print(b, "never ", value);
        s.exit(b, 0);
    });
}

fn uprobes(script: &mut Script) {
    for (when, text) in [(When::Entry, "entry "), (When::Return, "return ")] {
        let place = (Phase::Trace, traced_function(when));
        script.probe("uprobe", ProgramKind::Uprobe, place, |s, b| {
            let value = s.count(b);
            s.print(b, text, value);
        });
    }
}

#[rustfmt::skip]
const TWENTY: &[&str] = &[
    "sys_enter_openat",
    "sys_exit_openat",
    "sys_enter_read",
    "sys_exit_read",
    "sys_enter_write",
    "sys_exit_write",
    "sys_enter_close",
    "sys_exit_close",
    "sys_enter_mmap",
    "sys_exit_mmap",
    "sys_enter_munmap",
    "sys_exit_munmap",
    "sys_enter_brk",
    "sys_exit_brk",
    "sys_enter_futex",
    "sys_exit_futex",
    "sys_enter_poll",
    "sys_exit_poll",
    "sys_enter_lseek",
    "sys_exit_lseek",
];

fn raw(name: &str) -> (Phase, Attach) {
    (Phase::Trace, Attach::RawTracepoint { name: name.to_owned() })
}

/// `getuid` of the C library, which the shell's `id` calls.
fn traced_function(when: When) -> Attach {
    let machine = Machine::new(Target::default());
    let binary = machine.binary("libc").ok().flatten().unwrap_or_default();
    let symbols = machine.symbols(&binary, "getuid").unwrap_or_default();
    let offset = symbols.first().map_or(0, |symbol| symbol.offset);
    Attach::Uprobe {
        binary,
        symbol: "getuid".to_owned(),
        place: ir::FilePlace { offset, semaphore: 0 },
        when,
        pid: None,
    }
}
