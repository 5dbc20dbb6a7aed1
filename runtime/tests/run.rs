//! Whole runs on the running kernel: programs built by hand, loaded, attached, ended. Each runs in
//! a process of its own, because a run owns its process. Needs root; else every test is ignored.

mod support;

use std::{
    env,
    io::{Read, Write},
    process::{Child, Command, ExitCode, Output as Finished, Stdio},
    time::{Duration, Instant},
};

use ir::{Attach, Phase, ProgramKind, When};
use libtest_mimic::{Arguments, Failed, Trial};
use runtime::{
    LoadOptions, Machine, RunOptions, Target, check_permission, load,
    output::{OutputOptions, open},
    run,
};
use stdlib::Kernel;
use support::{Script, every_ms, once};

/// Says which trial a process is to be, and on what.
const TRIAL: &str = "RUNTIME_TRIAL";

type Test = (&'static str, fn() -> Result<(), Failed>);

fn main() -> ExitCode {
    if let Ok(trial) = env::var(TRIAL) {
        return be(&trial);
    }
    let ignored = check_permission().is_err();
    let needs = if ignored { " (needs: root)" } else { "" };
    let tests: [Test; 13] = [
        ("begin and end only", begin_and_end),
        ("exit code and tables", exit_and_tables),
        ("signals end a run cleanly", signals),
        ("a command's end ends the run", command_ends),
        ("a command that does not exist", no_command),
        ("a closed pipe ends the run without noise", closed_pipe),
        ("received and lost are all", flood),
        ("twenty tracepoints end at once and leave nothing", twenty),
        ("a missing raw tracepoint is named", missing_tracepoint),
        ("a refusal names the line", refusal),
        ("probes on a function of this program", uprobes),
        ("a kernel without kprobes names tracepoints", no_kprobes),
        ("a killed run leaves nothing", killed),
    ];
    let trials = tests.map(|(name, test)| {
        Trial::test(format!("{name}{needs}"), test).with_ignored_flag(ignored)
    });
    libtest_mimic::run(&Arguments::from_args(), trials.into()).exit_code()
}

// ------------------------------------------------------------------ what the processes run

fn script(trial: &str) -> Script {
    let mut script = Script::new(1 << 20).with_loss();
    match trial {
        "once" => {}
        "flood" => {
            script = Script::new(4096).with_loss();
            script.probe("raw", ProgramKind::RawTracepoint, raw("sys_enter"), |s, b| {
                let value = s.count(b);
                s.print(b, "event ", value);
            });
        }
        "twenty" => {
            for event in TWENTY {
                let attach = Attach::Tracepoint {
                    category: "syscalls".to_owned(),
                    event: (*event).to_owned(),
                };
                let place = (Phase::Trace, attach);
                script.probe(event, ProgramKind::Tracepoint, place, |s, b| s.count_comm(b));
            }
        }
        "refused" => script.probe("interval", ProgramKind::PerfEvent, every_ms(20), |s, b| {
            // The address of a map is nothing to be read from.
            let map = b.map(ir::Id::from_index(0));
            let value = b.load64(map, 0);
            s.print(b, "never ", value);
        }),
        "uprobe" => {
            for when in [When::Entry, When::Return] {
                let place = (Phase::Trace, traced_function(when));
                script.probe("uprobe", ProgramKind::Uprobe, place, |s, b| {
                    let value = s.count(b);
                    s.print(b, if when == When::Entry { "entry " } else { "return " }, value);
                });
            }
        }
        "kprobe" => {
            let function = "vfs_read".to_owned();
            let attach = Attach::Kprobe { function, offset: 0, when: When::Entry };
            script.probe("kprobe", ProgramKind::Kprobe, (Phase::Trace, attach), |s, b| {
                s.count_comm(b);
            });
        }
        "missing" => {
            let place = raw("no_such_tracepoint");
            script.probe("raw", ProgramKind::RawTracepoint, place, |_, _| {});
        }
        _ => script.probe("raw", ProgramKind::RawTracepoint, raw("sys_enter"), |s, b| {
            s.count_comm(b);
        }),
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
        "exit" | "twenty" => {
            script.probe("interval", ProgramKind::PerfEvent, every_ms(20), |s, b| {
                let old = s.count(b);
                let (done, not) = (b.block(), b.block());
                let enough = b.bin_const(ir::Bin::Eq, old, 4);
                b.branch(enough, done, not);
                b.switch_to(done);
                s.exit(b, 3);
                b.jump(not);
                b.switch_to(not);
            })
        }
        "pipe" => script.probe("interval", ProgramKind::PerfEvent, every_ms(20), |s, b| {
            let value = s.count(b);
            s.print(b, "tick ", value);
        }),
        _ => {}
    }
    script
}

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
    Attach::Uprobe { binary, symbol: "getuid".to_owned(), offset, when, pid: None }
}

fn be(trial: &str) -> ExitCode {
    let program = script(trial).program;
    let Ok(compiled) = llvm::compile(&program, &llvm::Options::default()) else {
        return ExitCode::from(70);
    };
    let machine = Machine::new(Target::default());
    let loaded = match load(&program, &compiled.object, &LoadOptions::default()) {
        Ok(loaded) => loaded,
        Err(error) => return report(&error),
    };
    let words: Vec<String> = env::args().skip(1).collect();
    let command = (!words.is_empty()).then_some(words);
    let options = RunOptions { command, ..RunOptions::default() };
    let Ok(mut output) = open(OutputOptions::default()) else { return ExitCode::from(70) };
    match run(loaded, &program, &machine, &mut *output, &options) {
        Ok(ended) => {
            if let Some(status) = ended.child {
                let _ = writeln!(std::io::stderr(), "{status:?}");
            }
            ended.leave()
        }
        Err(error) => report(&error),
    }
}

fn report(error: &runtime::Error) -> ExitCode {
    let help = error.help().unwrap_or_default();
    let line = error.span().map(|span| span.start);
    let _ = writeln!(std::io::stderr(), "{error}; {help}; {line:?}");
    ExitCode::from(error.exit_code() as u8)
}

// ---------------------------------------------------------------------------------- tests

fn start(trial: &str, command: &[&str]) -> Result<Child, Failed> {
    let mut trial_process = Command::new(env::current_exe()?);
    trial_process.args(command).env(TRIAL, trial);
    trial_process.stdout(Stdio::piped()).stderr(Stdio::piped()).stdin(Stdio::null());
    Ok(trial_process.spawn()?)
}

fn finish(trial: &str, command: &[&str]) -> Result<(Finished, String, String), Failed> {
    texts(start(trial, command)?.wait_with_output()?)
}

fn texts(finished: Finished) -> Result<(Finished, String, String), Failed> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (text(&finished.stdout), text(&finished.stderr));
    Ok((finished, out, err))
}

fn ensure(holds: bool, what: impl std::fmt::Debug) -> Result<(), Failed> {
    if holds { Ok(()) } else { Err(format!("{what:?}").into()) }
}

fn begin_and_end() -> Result<(), Failed> {
    let (finished, out, err) = finish("once", &[])?;
    ensure(finished.status.code() == Some(0), &err)?;
    ensure(out.trim_end().ends_with("begin -7\nend 7") && out.starts_with("begin"), &out)?;
    ensure(err.contains("Attached 2 probes"), &err)
}

fn exit_and_tables() -> Result<(), Failed> {
    let (finished, out, err) = finish("exit", &[])?;
    ensure(finished.status.code() == Some(3), (&out, &err))?;
    ensure(out.starts_with("begin -7\n") && out.contains("end 7\n"), &out)?;
    // Nothing counts after exit(): five ticks, and not one more.
    ensure(out.contains("\n@n: 5\n"), &out)?;
    ensure(out.contains("\n@c["), &out)
}

fn signals() -> Result<(), Failed> {
    for signal in [libc_signal::INT, libc_signal::TERM] {
        let mut process = start("trace", &[])?;
        wait_for_line(&mut process)?;
        Command::new("kill").args([signal, &process.id().to_string()]).status()?;
        let (finished, out, err) = texts(process.wait_with_output()?)?;
        ensure(finished.status.code() == Some(0), (&out, &err))?;
        ensure(out.contains("end 7\n") && out.contains("@c["), (&out, &err))?;
    }
    Ok(())
}

mod libc_signal {
    pub(super) const INT: &str = "-INT";
    pub(super) const TERM: &str = "-TERM";
}

/// Waits until the first message says that everything is attached.
fn wait_for_line(process: &mut Child) -> Result<(), Failed> {
    let stderr = process.stderr.as_mut().ok_or("no stderr")?;
    let mut byte = [0];
    while byte != *b"\n" {
        stderr.read_exact(&mut byte)?;
    }
    Ok(())
}

fn command_ends() -> Result<(), Failed> {
    let (finished, out, err) = finish("trace", &["sh", "-c", "echo from the command; exit 5"])?;
    ensure(finished.status.code() == Some(0), (&out, &err))?;
    ensure(out.contains("from the command\n") && out.contains("@c[sh]"), &out)?;
    ensure(err.contains("Exited(5)"), &err)
}

fn no_command() -> Result<(), Failed> {
    let (finished, _, err) = finish("trace", &["/no/such/command"])?;
    ensure(finished.status.code() == Some(1), &err)?;
    ensure(err.contains("cannot start `/no/such/command`: No such file"), &err)
}

fn closed_pipe() -> Result<(), Failed> {
    let mut process = start("pipe", &[])?;
    drop(process.stdout.take());
    let started = Instant::now();
    let (finished, _, err) = texts(process.wait_with_output()?)?;
    ensure(finished.status.code() == Some(0), &err)?;
    ensure(started.elapsed() < Duration::from_secs(5), started.elapsed())?;
    ensure(!err.contains("roken"), &err)
}

fn flood() -> Result<(), Failed> {
    let loop_ = "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); echo $i >/dev/null; done";
    let (finished, out, err) = finish("flood", &["sh", "-c", loop_])?;
    ensure(finished.status.code() == Some(0), &err)?;
    let received = out.lines().filter(|line| line.starts_with("event ")).count() as u64;
    let total = |text: &str, start: &str| -> u64 {
        let number = |line: &str| {
            line.strip_prefix(start)?.split(' ').next()?.trim_end().parse::<u64>().ok()
        };
        text.lines().filter_map(number).sum()
    };
    let (lost, fired) = (total(&err, "Lost "), total(&out, "@n: "));
    ensure(received > 0 && lost > 0, (received, lost, fired))?;
    ensure(received + lost == fired, (received, lost, fired))
}

fn twenty() -> Result<(), Failed> {
    let before = objects()?;
    let started = Instant::now();
    let mut process = start("twenty", &[])?;
    let mut out = String::new();
    process.stdout.as_mut().ok_or("no stdout")?.read_to_string(&mut out)?;
    let printed = started.elapsed();
    let status = process.wait()?;
    let ended = started.elapsed();
    ensure(status.code() == Some(3), &out)?;
    ensure(out.contains("@c["), &out)?;
    // Detaching twenty of them takes more than a second here.
    ensure(ended - printed < Duration::from_millis(200), (printed, ended))?;
    let limit = Instant::now() + Duration::from_secs(11);
    while objects()? != before {
        ensure(Instant::now() < limit, "something is left behind")?;
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

/// How many programs there are that our trials could have loaded.
fn objects() -> Result<usize, Failed> {
    let mut count = 0;
    for process in std::fs::read_dir("/proc")?.flatten() {
        let name = std::fs::read_to_string(process.path().join("comm")).unwrap_or_default();
        let is_ours = name.trim_end().starts_with("run-");
        count += usize::from(
            is_ours && process.file_name() != std::process::id().to_string().as_str(),
        );
    }
    Ok(count)
}

fn missing_tracepoint() -> Result<(), Failed> {
    let (finished, _, err) = finish("missing", &[])?;
    ensure(finished.status.code() == Some(255), &err)?;
    ensure(err.contains("there is no raw tracepoint `no_such_tracepoint`"), &err)
}

fn refusal() -> Result<(), Failed> {
    let (finished, _, err) = finish("refused", &[])?;
    ensure(finished.status.code() == Some(255), &err)?;
    // The second line of the script.
    ensure(err.contains("the kernel's verifier refused `p0`: ") && err.contains("Some(20)"), &err)
}

fn uprobes() -> Result<(), Failed> {
    let (finished, out, err) = finish("uprobe", &["id"])?;
    ensure(finished.status.code() == Some(0), (&out, &err))?;
    let count = |start| out.lines().filter(|line: &&str| line.starts_with(start)).count();
    // Others may call it too.
    ensure(count("entry ") >= 1 && count("return ") >= 1, &out)
}

fn no_kprobes() -> Result<(), Failed> {
    let (finished, out, err) = finish("kprobe", &["cat", "/dev/null"])?;
    if Machine::new(Target::default()).has(stdlib::Feature::Kprobe) {
        return ensure(out.contains("@c[cat]"), (&out, &err));
    }
    ensure(finished.status.code() == Some(255), &err)?;
    ensure(err.contains("this kernel has no kprobes"), &err)?;
    ensure(err.contains("tracepoint:syscalls:sys_enter_read`") || err.contains("fentry:"), &err)
}

fn killed() -> Result<(), Failed> {
    let before = programs()?;
    let mut process = start("trace", &["sleep", "100"])?;
    wait_for_line(&mut process)?;
    ensure(programs()? > before, "no program was loaded")?;
    process.kill()?;
    process.wait()?;
    let limit = Instant::now() + Duration::from_secs(10);
    while programs()? > before {
        ensure(Instant::now() < limit, "programs are left behind")?;
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// How many programs are loaded, by whoever.
fn programs() -> Result<usize, Failed> {
    let list = Command::new("bpftool").args(["prog", "list"]).output()?;
    Ok(String::from_utf8_lossy(&list.stdout).matches("raw_tracepoint  name p").count())
}
