//! Probes on BPF programs that are in the kernel: those of another hawk.

use std::process::Command;

use libtest_mimic::Failed;
use serde_json::json;

use crate::{
    Guests, Test,
    counts::maps,
    harness::{self, Folder, Outcome, Stream},
};

pub(crate) fn all() -> Vec<Test> {
    let needs = "root fentry uprobe programs";
    vec![
        Test::new("programs::are_probed_at_entry_and_return", needs, Guests::Sample, probed),
        Test::new("programs::that_are_not_there_are_named", needs, Guests::All, missing),
    ]
}

fn probed() -> Result<(), Failed> {
    let folder = Folder::new()?;
    let target = folder.copy("uprobe_target", "target")?;
    // Its only program is called after the function.
    let traced = format!("uprobe:{}:subtract {{ @calls = count(); }}", target.display());
    let mut traced = harness::start(["-f", "json", "-e", &traced])?;
    traced.until(Stream::Out, "attached_probes")?;
    let listed = harness::run(["-l", "fentry:bpf:subtract_*"])?.expect_code(0)?;
    let name = listed.stdout.trim();
    let id = name.strip_prefix("fentry:bpf:").and_then(|rest| rest.split(':').next());
    let Some(id) = id.filter(|_| listed.stdout.lines().count() == 1) else {
        return Err(listed.wrong("one program is listed"));
    };
    let script = format!(
        "{name} {{ @entries[probe] = count(); }}
         fexit:bpf:{id}:subtract_0 {{ @returns[func] = count(); }}
         fentry:bpf:subtract_* {{ @by_name = count(); }}"
    );
    let mut prober = harness::start(["-f", "json", "-e", &script])?;
    prober.until(Stream::Out, "attached_probes")?;
    let status = Command::new(&target).arg("25").status()?;
    if !status.success() {
        return Err("the traced program failed".into());
    }
    prober.signal("INT")?;
    let prober = prober.finish()?.expect_code(0)?;
    traced.signal("INT")?;
    let traced = traced.finish()?.expect_code(0)?;
    expect(&traced, &json!({"@calls": 25}))?;
    expect(
        &prober,
        &json!({"@entries": {name: 25}, "@returns": {"subtract_0": 25}, "@by_name": 25}),
    )
}

fn expect(outcome: &Outcome, wanted: &serde_json::Value) -> Result<(), Failed> {
    let mut found = maps(outcome)?;
    found.remove("missed");
    let found = serde_json::to_value(found)?;
    if found == *wanted { Ok(()) } else { Err(outcome.wrong(&format!("expected {wanted}"))) }
}

fn missing() -> Result<(), Failed> {
    for words in ["fentry:bpf:no_such_program", "fexit:bpf:999999:no_such_program"] {
        let outcome = harness::run(["-e", &format!("{words} {{ @ = count(); }}")])?;
        let outcome = outcome.expect_code(1)?;
        if !outcome.stderr.contains("no_such_program") {
            return Err(outcome.wrong("the program is named"));
        }
    }
    Ok(())
}
