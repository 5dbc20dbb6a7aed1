//! `--info`: it says what the machine has, in both forms, and what is taken away is missing.

use libtest_mimic::Failed;
use runtime::{Machine, Target};
use serde_json::Value;
use stdlib::{Kernel, needs, needs::Need, probes};

use crate::{Guests, Test, harness};

pub(crate) fn all() -> Vec<Test> {
    vec![
        Test::new("info::json", "root", Guests::All, json),
        Test::new("info::text", "root", Guests::All, text),
        Test::new("info::what_is_taken_away", "root", Guests::None, taken_away),
    ]
}

/// Every need and every probe type, as the machine answers here.
fn json() -> Result<(), Failed> {
    let outcome = harness::run(["--info", "-f", "json"])?.expect_code(0)?;
    let object: Value = serde_json::from_str(&outcome.stdout)?;
    crate::schema::check(&crate::schema::schema()?, &outcome, outcome.stdout.trim_end())?;
    let data = &object["data"];
    let release = std::fs::read_to_string("/proc/sys/kernel/osrelease")?;
    if data["system"]["release"] != release.trim() {
        return Err(outcome.wrong("this is another kernel"));
    }
    let machine = Machine::new(Target::default());
    for row in needs::ALL {
        let features = data["features"].as_array().into_iter().flatten();
        let Some(found) = features.into_iter().find(|it| it["name"] == row.name) else {
            return Err(outcome.wrong(&format!("{} is not said", row.name)));
        };
        if let Need::Feature(feature) = row.need
            && found["present"] != machine.has(feature)
        {
            return Err(outcome.wrong(&format!("{} is wrong", row.name)));
        }
        if found["present"] == found["reason"].is_string() {
            return Err(outcome.wrong(&format!("{}: what is missing has a reason", row.name)));
        }
    }
    let types = data["probe_types"].as_array().map_or(0, Vec::len);
    if types == probes::ALL.len() { Ok(()) } else { Err(outcome.wrong("probe types")) }
}

fn text() -> Result<(), Failed> {
    let outcome = harness::run(["--info"])?.expect_code(0)?;
    for block in ["System", "Build", "Permissions", "Kernel features", "Probe types"] {
        if !outcome.stdout.lines().any(|line| line == block) {
            return Err(outcome.wrong(&format!("there is no `{block}`")));
        }
    }
    // What scripts look for in bpftrace's.
    for name in ["Instruction limit", "btf", "module btf", "kprobe_multi", "uprobe_multi"] {
        let line = |answer| format!("  {name}: {answer}");
        let found = outcome
            .stdout
            .lines()
            .any(|it| [line("yes"), line("no"), line("1000000")].iter().any(|line| it == line));
        if !found {
            return Err(outcome.wrong(&format!("`{name}` is not said")));
        }
    }
    Ok(())
}

fn taken_away() -> Result<(), Failed> {
    let words = ["--info", "--no-feature", "fentry,kprobe,uprobe_multi"];
    let outcome = harness::run(words)?.expect_code(0)?;
    for wanted in [
        "  fentry: no (needs fentry)\n",
        "  kretprobe: no (needs kprobe)\n",
        "  uprobe_multi: no\n",
        "    disables kprobe, kretprobe\n",
        "    uprobes by glob are attached one by one, which takes longer\n",
    ] {
        if !outcome.stdout.contains(wanted) {
            return Err(outcome.wrong(wanted));
        }
    }
    Ok(())
}
