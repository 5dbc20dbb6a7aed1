//! Patterns that match all there is: every tracepoint, every function of the kernel. These tests
//! run alone (see [`crate::again`]).

use libtest_mimic::Failed;
use serde_json::Value;

use crate::{
    Guests, Test,
    dispatch::watch,
    ends,
    harness::{self, Outcome},
};

pub(crate) fn all() -> Vec<Test> {
    let events = "root tracepoint dispatch raw-cookie bpftool";
    let cookies = "root tracepoint programs raw-cookie";
    vec![
        Test::new("scale::every_tracepoint", events, Guests::All, every_tracepoint),
        Test::new("scale::tracepoints_told_apart", cookies, Guests::All, told_apart),
        Test::new("scale::every_function", "root kprobe kprobe-multi", Guests::All, || {
            every_function("kprobe:*")
        }),
    ]
}

/// Thousands of tracepoints are attached, count, and are gone when the run is over: none of them
/// is a perf event, of which the kernel releases some twenty in a second.
fn every_tracepoint() -> Result<(), Failed> {
    let program = "config = { max_probes = 100000 } tracepoint:*:* { @[probe] = count(); }";
    let said = harness::run(["-v", "--dry-run", "-e", program])?.expect_code(0)?;
    let lines = said.stderr.lines().filter(|line| line.starts_with("Attach point: tracepoint"));
    let (raw, other): (Vec<_>, Vec<_>) =
        lines.partition(|line| line.contains("(raw tracepoint"));
    // Those of the function tracer, if any, are no tracepoints of the kernel.
    if raw.len() < 1000 || other.len() > 20 {
        return Err(format!("{} raw tracepoints, but also {other:?}", raw.len()).into());
    }
    let mut hawk = harness::start(["-e", program])?;
    hawk.attached()?;
    let held = ends::held(hawk.pid).into_iter().filter(|(kind, _)| *kind == "prog").collect();
    hawk.signal("INT")?;
    let outcome = hawk.finish()?.expect_code(0)?;
    if !outcome.stdout.contains("@[tracepoint:sched:sched_switch]: ") {
        return Err(outcome.wrong("no task was switched"));
    }
    ends::until_gone(&held)
}

/// One program in many raw tracepoints knows which of them fired, as it does in perf events.
fn told_apart() -> Result<(), Failed> {
    let program = "tracepoint:raw_syscalls:sys_* /comm == \"OURS\"/ { @[probe] = count(); }";
    let (raw, outcome) = watch(program, &["-v"])?;
    let (perf, _) = watch(program, &["--no-feature", "raw_cookie"])?;
    let both = raw.get("@").and_then(Value::as_object).map(serde_json::Map::len);
    if raw != perf || both != Some(2) || !outcome.stderr.contains("(raw tracepoint sys_enter)")
    {
        return Err(outcome.wrong(&format!("perf events count {perf:?}, these {raw:?}")));
    }
    Ok(())
}

/// How many attach points a run had.
fn count(outcome: &Outcome) -> Result<u32, Failed> {
    let line = outcome.stderr.lines().find_map(|line| line.strip_prefix("Attached "));
    let number = line.and_then(|line| line.split(' ').next()?.parse().ok());
    number.ok_or_else(|| outcome.wrong("it does not say how many it attached"))
}

/// All functions of the kernel that can be traced, by one link.
fn every_function(pattern: &str) -> Result<(), Failed> {
    let program = format!(
        "config = {{ max_probes = 1000000 }} {pattern} {{ @[probe] = count(); }}
         interval:ms:100 {{ exit(); }}"
    );
    let outcome = harness::run(["-e", &program])?.expect_code(0)?;
    if count(&outcome)? < 20_000 || !outcome.stdout.contains("@[kprobe:") {
        return Err(outcome.wrong("these are not all functions"));
    }
    Ok(())
}
