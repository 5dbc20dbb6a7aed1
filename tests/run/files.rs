//! The files of `tests/corpus/run`: header, program, and what it prints.
//!
//! Header lines: `// needs: root, btf`, `// vm: sample|all|no`, `// cmd: COMMAND` (for `-c`; a
//! first word from tests/programs becomes its path), `// args: -f json`, `// params: a b`,
//! `// exit: 3`. `{programs}` stands for the folder of the traced programs. Expectations are
//! `--- stdout ---` and `--- stderr ---`, with the patterns of `tests::matches`.

use std::fs;

use libtest_mimic::Failed;
use tests::{Case, Section, files, folder, is_update, matches};

use crate::{
    Guests, Test,
    harness::{self, Outcome, programs},
};

pub(crate) fn all() -> Vec<Test> {
    let mut tests = Vec::new();
    for path in files(&folder().join("corpus/run")) {
        let Ok(case) = Case::read(&path) else { continue };
        let mut needs: Vec<_> = case.words("needs").into_iter().map(str::to_owned).collect();
        if case.header("cmd").is_some_and(is_ours) || case.program.contains("{programs}") {
            needs.push("programs".to_owned());
        }
        let guests = match case.header("vm") {
            Some("sample") => Guests::Sample,
            Some("no") => Guests::None,
            Some(_) | None => Guests::All,
        };
        let name = case.name();
        tests.push(Test { name, needs, guests, body: Box::new(move || compare(&case)) });
    }
    tests
}

fn is_ours(command: &str) -> bool {
    let first = command.split(' ').next().unwrap_or_default();
    ["calls", "flood", "int80", "opens"].contains(&first) || first.starts_with("uprobe_target")
}

fn compare(case: &Case) -> Result<(), Failed> {
    let outcome = execute(case)?;
    let wanted = case.header("exit").map_or(Ok(0), str::parse)?;
    if outcome.code != wanted {
        return Err(outcome.wrong(&format!("expected code {wanted}")));
    }
    let folder = programs().display().to_string();
    for section in &case.sections {
        let found = if section.name == "stderr" { &outcome.stderr } else { &outcome.stdout };
        let found = found.replace(&folder, "{programs}");
        if let Err(line) = matches(&section.text, &found) {
            if is_update() {
                return rewrite(case, &outcome);
            }
            let text = &section.text;
            let name = &section.name;
            let what = format!("{name} differs at line {line}; expected:\n{text}");
            return Err(outcome.wrong(&what));
        }
    }
    if case.sections.is_empty() {
        return if is_update() {
            rewrite(case, &outcome)
        } else {
            Err("it expects nothing".into())
        };
    }
    Ok(())
}

/// Only what a file says anything about is written again, with what it says.
fn rewrite(case: &Case, outcome: &Outcome) -> Result<(), Failed> {
    let folder = programs().display().to_string();
    let names = if case.sections.is_empty() {
        vec!["stdout".to_owned()]
    } else {
        case.sections.iter().map(|section| section.name.clone()).collect()
    };
    let sections = names.into_iter().map(|name| {
        let text = if name == "stderr" { &outcome.stderr } else { &outcome.stdout };
        Section { text: text.replace(&folder, "{programs}"), name }
    });
    fs::write(&case.path, case.with(&sections.collect::<Vec<_>>())).map_err(Failed::from)
}

fn execute(case: &Case) -> Result<Outcome, Failed> {
    let folder = programs().display().to_string();
    let mut words: Vec<String> = case.words("args").into_iter().map(str::to_owned).collect();
    if let Some(command) = case.header("cmd") {
        let command = command.replace("{programs}", &folder);
        let full = if is_ours(&command) { format!("{folder}/{command}") } else { command };
        words.extend(["-c".to_owned(), full]);
    }
    words.extend(["-e".to_owned(), case.program.replace("{programs}", &folder)]);
    words.extend(case.words("params").into_iter().map(str::to_owned));
    harness::run(words)
}
