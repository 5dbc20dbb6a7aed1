//! What is lost is counted: received and lost together are what fired.

use std::process::Command;

use libtest_mimic::Failed;
use serde_json::Value;

use crate::{
    Guests, Test,
    harness::{self, Folder, Outcome, programs, run_program, times},
};

pub(crate) fn all() -> Vec<Test> {
    let needs = "root tracepoint programs";
    vec![
        Test::new("losses::flood_of_printf", needs, Guests::Sample, flood),
        Test::new("losses::flood_while_nobody_reads", needs, Guests::None, stopped),
        Test::new("losses::full_map", needs, Guests::All, full_map),
    ]
}

/// Lines of printf, and what the ledger says was lost for `reason`.
fn received_and_lost(outcome: &Outcome, reason: &str) -> Result<(u64, u64), Failed> {
    let (mut received, mut lost) = (0, 0);
    for line in outcome.stdout.lines() {
        let object: Value = serde_json::from_str(line)
            .map_err(|error| outcome.wrong(&format!("not JSON: {error}: {line}")))?;
        match object["type"].as_str() {
            Some("printf") => received += 1,
            Some("ledger") => {
                let lines = object["data"].as_array().cloned().unwrap_or_default();
                let lines = lines.iter().filter(|line| line["lost"] == reason);
                lost += lines.filter_map(|line| line["count"].as_u64()).sum::<u64>();
            }
            Some(_) | None => {}
        }
    }
    Ok((received, lost))
}

fn add_up(outcome: &Outcome, fired: u64) -> Result<u64, Failed> {
    let (received, lost) = received_and_lost(outcome, "ring_full")?;
    if received + lost == fired {
        return Ok(lost);
    }
    let end = outcome.stdout.lines().rev().take(3).collect::<Vec<_>>().join("\n");
    Err(format!("{received} received, {lost} lost, {fired} fired\n{end}\n{}", outcome.stderr)
        .into())
}

fn flood() -> Result<(), Failed> {
    let n = times(300_000);
    let path = programs().join("flood").display().to_string();
    let program = "tracepoint:syscalls:sys_enter_getppid /pid == cpid/ { printf(\"%d %s\\n\", pid, comm); }";
    let command = format!("{path} --out /dev/null {n}");
    let outcome =
        harness::run(["-f", "json", "-e", program, "-c", &command])?.expect_code(0)?;
    add_up(&outcome, n).map(|_| ())
}

/// A stopped reader must lose events, and must say how many.
fn stopped() -> Result<(), Failed> {
    let n = 1_000_000;
    let folder = Folder::new()?;
    let name = folder.name();
    let path = folder.copy("flood", &name)?;
    let program = format!(
        "tracepoint:syscalls:sys_enter_getppid /comm == \"{name}\"/ {{ printf(\"%d %s %d\\n\", pid, comm, nsecs); }}"
    );
    let mut hawk = harness::start(["-f", "json", "-e", &program])?;
    hawk.until(harness::Stream::Out, "attached_probes")?;
    hawk.signal("STOP")?;
    let flooded = run_program(Command::new(path).args(["--out", "/dev/null", &n.to_string()]));
    hawk.signal("CONT")?;
    flooded?.expect_code(0)?;
    hawk.signal("INT")?;
    let lost = add_up(&hawk.finish()?.expect_code(0)?, n)?;
    if lost == 0 { Err("nothing was lost: the test does not test".into()) } else { Ok(()) }
}

/// One update for each key, and room for half of them.
fn full_map() -> Result<(), Failed> {
    let n = 2_000;
    let path = programs().join("flood").display().to_string();
    let program = "config = { max_map_keys = 1000 } \
        tracepoint:syscalls:sys_enter_getpgid /pid == cpid/ { @[args.pid] = count(); }";
    let command = format!("{path} --syscall getpgid --out /dev/null {n}");
    let outcome =
        harness::run(["-f", "json", "-e", program, "-c", &command])?.expect_code(0)?;
    let (_, lost) = received_and_lost(&outcome, "map_full")?;
    let kept =
        crate::counts::maps(&outcome)?["@"].as_object().map_or(0, |keys| keys.len() as u64);
    if kept + lost != n || kept == 0 || lost == 0 {
        return Err(outcome.wrong(&format!("{kept} kept, {lost} lost, of {n}")));
    }
    Ok(())
}
