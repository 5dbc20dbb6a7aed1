//! Watchpoints on memory whose address a function of a process is given.

use std::{
    fs,
    process::Command,
    time::{Duration, Instant},
};

use libtest_mimic::Failed;

use crate::{
    Guests, Test,
    harness::{self, Running, patience, programs},
};

pub(crate) fn all() -> Vec<Test> {
    let needs = "root uprobe breakpoint programs";
    vec![
        Test::new("watchpoints::see_what_the_call_itself_does", needs, Guests::All, calls),
        Test::new("watchpoints::let_a_process_go_on", needs, Guests::All, goes_on),
        Test::new("watchpoints::killed_between_stop_and_watch", needs, Guests::All, killed),
        Test::new("watchpoints::of_a_process_that_others_stopped", needs, Guests::All, others),
        Test::new("watchpoints::say_what_cannot_be_watched", needs, Guests::All, too_many),
    ]
}

fn target() -> String {
    programs().join("given_target").display().to_string()
}

/// The process waits until its memory is watched: no write is missed, by whichever thread.
fn calls() -> Result<(), Failed> {
    let script = "watchpoint:increment+arg1:8:w { @[probetype, tid == pid] = count(); }";
    let command = format!("{} 9", target());
    let outcome = harness::run(["-c", &command, "-e", script])?.expect_code(0)?;
    let wanted = "@[watchpoint, false]: 9\n@[watchpoint, true]: 9";
    if outcome.stdout.trim() == wanted && outcome.stderr.contains("Attached 1 probe\n") {
        return Ok(());
    }
    Err(outcome.wrong(&format!("expected {wanted}")))
}

/// A process that runs already, with and without waiting; it runs on when hawk has ended.
fn goes_on() -> Result<(), Failed> {
    for kind in ["watchpoint", "asyncwatchpoint"] {
        let process = Running::start(&mut Command::new(target()), "")?;
        let script =
            format!("{kind}:increment+arg1:8:w {{ @n++; if (@n == 5) {{ exit(); }} }}");
        let pid = process.pid.to_string();
        let outcome = harness::run(["-p", &pid, "-e", &script])?.expect_code(0)?;
        if outcome.stdout.trim() != "@n: 5" {
            return Err(outcome.wrong("five writes end it"));
        }
        let deadline = Instant::now() + patience();
        let before = switches(process.pid)?;
        while switches(process.pid)? == before {
            if Instant::now() > deadline {
                return Err(format!("{kind}: the process does not go on").into());
            }
            std::thread::yield_now();
        }
    }
    Ok(())
}

/// Hawk is killed when the process has stopped for it and nobody watches yet: it goes on.
fn killed() -> Result<(), Failed> {
    let process = Running::start(&mut Command::new(target()), "")?;
    harness::signal(process.pid, "STOP")?;
    let pid = process.pid.to_string();
    let script = "watchpoint:increment+arg1:8:w { @n++; }";
    let mut hawk = harness::start(["-p", &pid, "-e", script])?;
    hawk.attached()?;
    hawk.signal("STOP")?;
    wait_for("hawk stops", || is_stopped(hawk.pid))?;
    harness::signal(process.pid, "CONT")?;
    wait_for("the process stops", || is_stopped(process.pid))?;
    hawk.signal("KILL")?;
    hawk.finish()?.expect_code(137)?;
    let before = switches(process.pid)?;
    wait_for("the process goes on", || switches(process.pid).is_ok_and(|now| now != before))
}

/// Hawk is killed while its process is stopped by somebody else: it stays stopped, also when
/// hawk's own guard has gone.
fn others() -> Result<(), Failed> {
    let process = Running::start(&mut Command::new(target()), "")?;
    harness::signal(process.pid, "STOP")?;
    wait_for("the process stops", || is_stopped(process.pid))?;
    let pid = process.pid.to_string();
    let script = "watchpoint:increment+arg1:8:w { @n++; }";
    let mut hawk = harness::start(["-p", &pid, "-e", script])?;
    hawk.attached()?;
    let guards = children(hawk.pid)?;
    hawk.signal("KILL")?;
    hawk.finish()?.expect_code(137)?;
    if guards.is_empty() {
        return Err("nobody watches over the process".into());
    }
    wait_for("the guard ends", || !guards.iter().any(|guard| lives(*guard)))?;
    if is_stopped(process.pid) { Ok(()) } else { Err("the process goes on".into()) }
}

/// The processes that this one has started.
fn children(pid: u32) -> Result<Vec<u32>, Failed> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc")?.flatten() {
        let Ok(child) = entry.file_name().to_string_lossy().parse() else { continue };
        let status = fs::read_to_string(entry.path().join("status")).unwrap_or_default();
        if status.lines().any(|line| line == format!("PPid:\t{pid}")) {
            found.push(child);
        }
    }
    Ok(found)
}

/// Whether a process does anything yet.
fn lives(pid: u32) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    status.lines().any(|line| line.starts_with("State:") && !line.contains('Z'))
}

fn is_stopped(pid: u32) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    status.lines().any(|line| line.starts_with("State:") && line.contains('T'))
}

fn wait_for(what: &str, mut is_so: impl FnMut() -> bool) -> Result<(), Failed> {
    let deadline = Instant::now() + patience();
    while !is_so() {
        if Instant::now() > deadline {
            return Err(format!("waited for this: {what}").into());
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}

/// How often a process has waited.
fn switches(pid: u32) -> Result<String, Failed> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find(|line| line.starts_with("voluntary_ctxt_switches"));
    Ok(line.ok_or("the process has ended")?.to_owned())
}

/// The CPU has four watchpoints; the others are named, and the process ends as ever.
fn too_many() -> Result<(), Failed> {
    let script = "watchpoint:increment+arg1:8:w { @ = count(); }";
    let command = format!("{} 2 6", target());
    let outcome = harness::run(["-c", &command, "-e", script])?.expect_code(0)?;
    let complaints = outcome.stderr.matches("can't be watched").count();
    if complaints == 2 && outcome.stdout.trim() == "@: 8" {
        return Ok(());
    }
    Err(outcome.wrong("four of six are watched, and two are named"))
}
