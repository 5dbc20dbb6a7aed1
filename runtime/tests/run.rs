//! Whole runs on the running kernel: programs built by hand, loaded, attached, ended. Each runs in
//! a process of its own, because a run owns its process. Needs root; else every test is ignored.

mod support;
mod trials;

use std::{
    env,
    io::{Read, Write},
    process::{Child, Command, ExitCode, Output as Finished, Stdio},
    time::{Duration, Instant},
};

use libtest_mimic::{Arguments, Failed, Trial};
use runtime::{
    LoadOptions, Machine, RunOptions, Target, check_permission, load,
    output::{OutputOptions, open},
    run,
};
use stdlib::Kernel;

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

fn be(trial: &str) -> ExitCode {
    let program = trials::script(trial).program;
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

/// A trial that does not end by itself is ended after a minute, and fails.
fn finish(trial: &str, command: &[&str]) -> Result<(Finished, String, String), Failed> {
    let process = start(trial, command)?;
    let pid = process.id().to_string();
    let (done, ended) = std::sync::mpsc::channel::<()>();
    let guard = std::thread::spawn(move || {
        let slow = ended.recv_timeout(Duration::from_secs(60)).is_err();
        if slow {
            let _ = Command::new("kill").args(["-KILL", &pid]).status();
        }
    });
    let finished = process.wait_with_output();
    let _ = done.send(());
    let _ = guard.join();
    texts(finished?)
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
    let started = Instant::now();
    let mut process = start("twenty", &[])?;
    let mut out = String::new();
    process.stdout.as_mut().ok_or("no stdout")?.read_to_string(&mut out)?;
    let printed = started.elapsed();
    let status = process.wait()?;
    let ended = started.elapsed();
    ensure(status.code() == Some(3), &out)?;
    ensure(out.contains("@c["), &out)?;
    // Detaching twenty of them takes more than a second here, and as much longer as this does where
    // the machine is busy.
    ensure(ended - printed < Duration::from_secs(1), (printed, ended))?;
    wait_until("something is left behind", || Ok(left_of("twenty")? == 0))
}

/// How many processes there are of this trial.
fn left_of(trial: &str) -> Result<usize, Failed> {
    let variable = format!("{TRIAL}={trial}");
    let ours = std::env::current_exe()?;
    let left = std::fs::read_dir("/proc")?.flatten().filter(|process| {
        let folder = process.path();
        let environment = std::fs::read(folder.join("environ")).unwrap_or_default();
        std::fs::read_link(folder.join("exe")).is_ok_and(|exe| exe == ours)
            && environment.split(|byte| *byte == 0).any(|it| it == variable.as_bytes())
    });
    Ok(left.count())
}

/// Waits for what takes at most ten seconds where the machine has nothing else to do.
fn wait_until(otherwise: &str, holds: impl Fn() -> Result<bool, Failed>) -> Result<(), Failed> {
    let limit = Instant::now() + Duration::from_secs(60);
    while !holds()? {
        ensure(Instant::now() < limit, otherwise)?;
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
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
    ensure(
        err.contains("the kernel's verifier refused `p0`: ") && err.contains("Some(19)"),
        &err,
    )
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
    let mut process = start("trace", &["sleep", "100"])?;
    wait_for_line(&mut process)?;
    let held = programs_of(process.id())?;
    ensure(!held.is_empty() && loaded(&held)?, "no program was loaded")?;
    process.kill()?;
    process.wait()?;
    wait_until("programs are left behind", || Ok(!loaded(&held)?))
}

/// The numbers of the programs that a process has descriptors of.
fn programs_of(process: u32) -> Result<Vec<String>, Failed> {
    let mut numbers = Vec::new();
    for descriptor in std::fs::read_dir(format!("/proc/{process}/fdinfo"))?.flatten() {
        let text = std::fs::read_to_string(descriptor.path()).unwrap_or_default();
        let number = text.lines().find_map(|line| line.strip_prefix("prog_id:"));
        numbers.extend(number.map(|it| it.trim().to_owned()));
    }
    Ok(numbers)
}

/// Whether the kernel has one of these programs.
fn loaded(programs: &[String]) -> Result<bool, Failed> {
    let list = Command::new("bpftool").args(["prog", "list"]).output()?;
    let list = String::from_utf8_lossy(&list.stdout);
    let mut numbers = list.lines().filter_map(|line| line.split_once(':'));
    Ok(numbers.any(|(number, _)| programs.iter().any(|it| it == number)))
}
