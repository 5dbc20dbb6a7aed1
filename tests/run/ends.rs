//! Every way to end a run prints the maps, gives the right code, and leaves nothing behind.

use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use libtest_mimic::Failed;

use crate::{
    Guests, Test,
    harness::{self, Folder, Running, Stream, is_guest, programs},
};

pub(crate) fn all() -> Vec<Test> {
    let needs = "root tracepoint";
    vec![
        Test::new("ends::interrupted", needs, Guests::Sample, || by_signal("INT")),
        Test::new("ends::terminated", needs, Guests::All, || by_signal("TERM")),
        Test::new(
            "ends::with_its_child",
            "root tracepoint programs",
            Guests::Sample,
            with_child,
        ),
        Test::new("ends::exit_code", "root", Guests::All, exit_codes),
        Test::new(
            "ends::with_the_process_it_watches",
            "root tracepoint",
            Guests::All,
            with_process,
        ),
        Test::new("ends::maps_once_and_nothing_after", needs, Guests::All, once),
        Test::new("ends::twenty_probes_at_once", needs, Guests::None, twenty),
        Test::new(
            "ends::nothing_is_left",
            "root tracepoint uprobe programs bpftool",
            Guests::All,
            || leaves_nothing("INT"),
        ),
        Test::new(
            "ends::nothing_is_left_when_killed",
            "root tracepoint uprobe programs bpftool",
            Guests::All,
            || leaves_nothing("KILL"),
        ),
    ]
}

const BUSY: &str = "tracepoint:raw_syscalls:sys_enter { @a = count(); @seen[cpu] = 1; }";

fn by_signal(name: &str) -> Result<(), Failed> {
    let program = format!("{BUSY} end {{ printf(\"end\\n\"); }}");
    let mut hawk = harness::start(["-e", &program])?;
    hawk.attached()?;
    hawk.signal(name)?;
    let outcome = hawk.finish()?.expect_code(0)?;
    let end = outcome.stdout.find("end\n");
    let map = outcome.stdout.find("@a: ");
    if end.is_none() || map.is_none() || map < end {
        return Err(outcome.wrong("`end` runs, then maps are printed"));
    }
    Ok(())
}

fn with_child() -> Result<(), Failed> {
    let path = programs().join("calls").display().to_string();
    let program = "tracepoint:syscalls:sys_enter_getppid /pid == cpid/ { @ = count(); }";
    let outcome =
        harness::run(["-e", program, "-c", &format!("{path} 123")])?.expect_code(0)?;
    if !outcome.stdout.contains("@: 123\n") {
        return Err(outcome.wrong("expected `@: 123`"));
    }
    // The child's own failure is not ours, but a command that is not there is.
    harness::run(["-e", program, "-c", "false"])?.expect_code(0)?;
    let outcome = harness::run(["-e", program, "-c", "/no/such/command"])?.expect_code(1)?;
    if !outcome.stderr.contains("/no/such/command") {
        return Err(outcome.wrong("it should name the command"));
    }
    Ok(())
}

fn exit_codes() -> Result<(), Failed> {
    for code in [0, 1, 3, 255] {
        let program = format!("begin {{ @a = 5; exit({code}); }}");
        let outcome = harness::run(["-e", &program])?.expect_code(code)?;
        if !outcome.stdout.contains("@a: 5\n") {
            return Err(outcome.wrong("maps are printed whatever the code"));
        }
    }
    let program = "interval:ms:10 { @n++; } interval:ms:100 { exit(4); }";
    harness::run(["-e", program])?.expect_code(4).map(|_| ())
}

/// A shell that makes system calls until it is killed.
fn busy() -> Result<Running, Failed> {
    let script = "while :; do read x </dev/null; done";
    Running::start(Command::new("sh").args(["-c", script]), "")
}

/// `-p` sees that process alone, and ends when it does.
fn with_process() -> Result<(), Failed> {
    let (watched, other) = (busy()?, busy()?);
    let pid = watched.pid.to_string();
    let program = "tracepoint:raw_syscalls:sys_enter { @[pid] = count(); @n++; if (@n == 100) { printf(\"busy\\n\"); } }";
    let mut hawk = harness::start(["-f", "json", "-p", &pid, "-e", program])?;
    hawk.until(Stream::Out, "busy")?;
    watched.signal("KILL")?;
    let outcome = hawk.finish()?.expect_code(0)?;
    drop(other);
    let maps = crate::counts::maps(&outcome)?;
    let pids: Vec<_> = maps["@"].as_object().into_iter().flat_map(|map| map.keys()).collect();
    if pids != [&pid] {
        return Err(outcome.wrong(&format!("only {pid} was asked for")));
    }
    watched.finish()?;
    let outcome = harness::run(["-p", &pid, "-e", program])?.expect_code(1)?;
    if !outcome.stderr.contains(&pid) {
        return Err(outcome.wrong("there is no such process any more"));
    }
    Ok(())
}

/// Probes that fire all the time must not come between `end` and the prompt.
fn once() -> Result<(), Failed> {
    let program = format!("{BUSY} end {{ print(@a); clear(@a); clear(@seen); }}");
    let busy = busy()?;
    let mut hawk = harness::start(["-e", &program])?;
    hawk.attached()?;
    hawk.signal("INT")?;
    let outcome = hawk.finish();
    drop(busy);
    let outcome = outcome?.expect_code(0)?;
    let lines: Vec<_> = outcome.stdout.lines().filter(|line| !line.is_empty()).collect();
    if lines.len() != 1 || !lines[0].starts_with("@a: ") {
        return Err(outcome.wrong("expected one line"));
    }
    Ok(())
}

/// Twenty tracepoints take the kernel a second and more to detach, but nobody waits for it.
fn twenty() -> Result<(), Failed> {
    let events = [
        "openat", "close", "read", "write", "getpid", "getppid", "kill", "dup", "dup2",
        "pipe2", "fsync", "chdir", "mkdir", "rmdir", "link", "symlink", "getuid", "getgid",
        "umask", "sync",
    ];
    let mut program = String::new();
    for event in events {
        program += &format!("tracepoint:syscalls:sys_enter_{event} {{ @{event} = count(); }} ");
    }
    program += "interval:ms:200 { @last = 1; printf(\"now\\n\"); exit(); }";
    let mut hawk = harness::start(["-e", &program])?;
    let asked = hawk.until(Stream::Out, "now")?;
    let shown = hawk.until(Stream::Out, "@last: 1")?;
    hawk.finish()?.expect_code(0)?;
    let (maps, prompt) = (shown.duration_since(asked), asked.elapsed());
    if maps > Duration::from_secs(1) || prompt > Duration::from_secs(1) {
        return Err(format!("maps after {maps:?}, the prompt after {prompt:?}").into());
    }
    Ok(())
}

/// Ids of what a process holds, as the kernel tells: `prog_id`, `map_id`, `link_id`.
pub(crate) fn held(pid: u32) -> BTreeSet<(&'static str, String)> {
    let mut found = BTreeSet::new();
    let folder = format!("/proc/{pid}/fdinfo");
    for entry in fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok) {
        let text = fs::read_to_string(entry.path()).unwrap_or_default();
        for line in text.lines() {
            for (field, kind) in
                [("prog_id:", "prog"), ("map_id:", "map"), ("link_id:", "link")]
            {
                if let Some(id) = line.strip_prefix(field) {
                    found.insert((kind, id.trim().to_owned()));
                }
            }
        }
    }
    found
}

fn exists((kind, id): &(&'static str, String)) -> bool {
    let path =
        if Path::new("/usr/sbin/bpftool").exists() { "/usr/sbin/bpftool" } else { "bpftool" };
    let shown = Command::new(path).args([*kind, "show", "id", id]).output();
    shown.is_ok_and(|shown| shown.status.success())
}

fn leaves_nothing(signal: &str) -> Result<(), Failed> {
    let folder = Folder::new()?;
    let target = folder.copy("uprobe_target", "target")?.display().to_string();
    let program = format!(
        "{BUSY} tracepoint:syscalls:sys_enter_read {{ @r[comm] = hist(args.count); }}
         uprobe:{target}:add {{ @u = count(); }} profile:hz:50 {{ @p[cpu] = count(); }}
         interval:s:1 {{ @i++; }}"
    );
    let mut hawk = harness::start(["-e", &program])?;
    hawk.attached()?;
    let held = held(hawk.pid);
    if held.iter().filter(|(kind, _)| *kind == "prog").count() < 4 {
        return Err(format!("it should hold programs: {held:?}").into());
    }
    hawk.signal(signal)?;
    let code = if signal == "KILL" { 137 } else { 0 };
    hawk.finish()?.expect_code(code)?;
    until_gone(&held)
}

/// Waits until the kernel has none of these any more.
pub(crate) fn until_gone(held: &BTreeSet<(&'static str, String)>) -> Result<(), Failed> {
    // Nothing tells when the kernel has let go of a program, so it is asked again and again. The
    // promise is ten seconds, of a machine that has nothing else to do.
    let limit = Duration::from_secs(if is_guest() { 60 } else { 30 });
    let deadline = Instant::now() + limit;
    loop {
        let left: Vec<_> = held.iter().filter(|it| exists(it)).collect();
        if left.is_empty() {
            return Ok(());
        }
        if Instant::now() > deadline {
            return Err(format!("still there after {limit:?}: {left:?}").into());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}
