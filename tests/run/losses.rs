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
        Test::new("losses::cut_strings", needs, Guests::Sample, cut_strings),
        Test::new("losses::places", "root", Guests::All, places),
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

/// A path of 100 bytes, where there is room for 64; one that fits to the byte is not cut.
fn cut_strings() -> Result<(), Failed> {
    let flood = programs().join("flood").display().to_string();
    let program = "config = { max_strlen = 64 } \
        tracepoint:syscalls:sys_enter_openat /comm == \"flood\"/ { printf(\"%s\\n\", str(args.filename)); \
        @[str(args.filename, 10)] = count(); }";
    for (bytes, cut) in [(62, 0), (63, 0), (64, 5), (100, 5)] {
        let path = format!("/{}", "x".repeat(bytes - 1));
        let command = format!("{flood} --syscall openat --path {path} --out /dev/null 5");
        let mut hawk = Command::new(harness::hawk().ok_or("no hawk")?);
        hawk.args(["-f", "json", "-e", program, "-c", &command]);
        // The loader would try long paths.
        let outcome = run_program(hawk.env_remove("LD_LIBRARY_PATH"))?.expect_code(0)?;
        let lines = outcome.stdout.lines().filter(|line| line.contains("/xxx"));
        let (_, lost) = received_and_lost(&outcome, "truncated")?;
        if lost != cut || lines.count() < 5 {
            return Err(outcome.wrong(&format!("{lost} of {bytes} bytes cut, not {cut}")));
        }
    }
    Ok(())
}

/// The reads that fail are counted where they stand, and the map that was full is marked.
fn places() -> Result<(), Failed> {
    let program = "config = { max_map_keys = 2 }\nbegin {\n  @a[1] = 1; @a[2] = 1; @a[3] = 1;\n  \
        print(str(123)); @b = 1; exit();\n}";
    let outcome = harness::run(["-f", "json", "-e", program])?.expect_code(0)?;
    let last = outcome.stdout.lines().last().unwrap_or_default();
    for wanted in [
        "{\"lost\": \"map_full\", \"count\": 1, \"probe\": \"begin\", \"map\": \"@a\", \"filename\": \"stdin\", \"line\": 3, \"col\": 25}",
        "{\"lost\": \"read_fault\", \"count\": 1, \"probe\": \"begin\", \"filename\": \"stdin\", \"line\": 4, \"col\": 9}",
    ] {
        if !last.contains(wanted) {
            return Err(outcome.wrong(wanted));
        }
    }
    let marked = outcome.stdout.matches("\"lower_bound\": true").count();
    let text = harness::run(["-e", program])?.expect_code(0)?;
    if marked != 1 || !text.stderr.contains("at least what is shown of @a, perhaps more") {
        return Err(text.wrong("@a is not marked"));
    }
    Ok(())
}
