//! The files of `tests/corpus/run`, and of `tests/corpus/words`, one for each word of the language,
//! whose program is the word's example: header, program, and what it prints.
//!
//! Header lines: `// needs: root, btf`, `// vm: sample|all|no`, `// cmd: COMMAND` (for `-c`; a
//! first word from tests/programs becomes its path), `// args: -f json`, `// params: a b`,
//! `// exit: 3`, `// env: TZ=UTC`. `{programs}` stands for the folder of the traced programs. Expectations are
//! `--- stdout ---` and `--- stderr ---`, with the patterns of `tests::matches`. With sections
//! `--- file NAME ---` the program is a file too, beside these; `{folder}` is where they are.

use std::{fs, process::Command};

use libtest_mimic::Failed;
use tests::{Case, Section, files, folder, is_update, matches};

use crate::{
    Guests, Test,
    harness::{self, Folder, Outcome, programs},
};

pub(crate) fn all() -> Vec<Test> {
    let mut tests = Vec::new();
    let corpus = folder().join("corpus");
    for path in files(&corpus.join("run")).into_iter().chain(files(&corpus.join("words"))) {
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
    let plain = ["calls", "flood", "int80", "opens", "stacks", "structs", "syscalls"];
    let is_target = first.ends_with("_target") || first.starts_with("uprobe_target");
    plain.contains(&first) || is_target && !first.starts_with('/')
}

fn compare(case: &Case) -> Result<(), Failed> {
    let files = Folder::new()?;
    let outcome = execute(case, &files, &[])?;
    let wanted = case.header("exit").map_or(Ok(0), str::parse)?;
    if outcome.code != wanted {
        return Err(outcome.wrong(&format!("expected code {wanted}")));
    }
    let folder = programs().display().to_string();
    for section in expectations(case) {
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
    if expectations(case).next().is_none() {
        return if is_update() {
            rewrite(case, &outcome)
        } else {
            Err("it expects nothing".into())
        };
    }
    Ok(())
}

/// The sections that say what is printed.
fn expectations(case: &Case) -> impl Iterator<Item = &Section> {
    case.sections.iter().filter(|section| !section.name.starts_with("file "))
}

/// Only what a file says anything about is written again, with what it says.
fn rewrite(case: &Case, outcome: &Outcome) -> Result<(), Failed> {
    let folder = programs().display().to_string();
    let mut names: Vec<_> = expectations(case).map(|it| it.name.clone()).collect();
    if names.is_empty() {
        names.push("stdout".to_owned());
    }
    let files = case.sections.iter().filter(|section| section.name.starts_with("file "));
    let sections = names.into_iter().map(|name| {
        let text = if name == "stderr" { &outcome.stderr } else { &outcome.stdout };
        Section { text: text.replace(&folder, "{programs}"), name }
    });
    let sections: Vec<_> = files.cloned().chain(sections).collect();
    fs::write(&case.path, case.with(&sections)).map_err(Failed::from)
}

/// Runs a case's program, with `more` arguments.
pub(crate) fn execute(case: &Case, files: &Folder, more: &[&str]) -> Result<Outcome, Failed> {
    let folder = programs().display().to_string();
    let beside = files.join("").display().to_string();
    let args = case.words("args").into_iter().map(|word| word.replace("{folder}/", &beside));
    let mut words: Vec<String> = args.collect();
    words.extend(more.iter().map(|&word| word.to_owned()));
    if let Some(command) = case.header("cmd") {
        let command = command.replace("{programs}", &folder);
        let full = if is_ours(&command) { format!("{folder}/{command}") } else { command };
        words.extend(["-c".to_owned(), full]);
    }
    let program = case.program.replace("{programs}", &folder);
    if case.files().next().is_none() {
        words.extend(["-e".to_owned(), program]);
    } else {
        let own = [("program.bt", program.as_str())];
        for (name, text) in case.files().chain(own) {
            let path = files.join(name);
            fs::create_dir_all(path.parent().unwrap_or(&path))?;
            fs::write(path, text)?;
        }
        words.push(files.join("program.bt").display().to_string());
    }
    words.extend(case.words("params").into_iter().map(str::to_owned));
    let environment = case.words("env").into_iter().filter_map(|word| word.split_once('='));
    let hawk = harness::hawk().ok_or("no hawk")?;
    harness::run_program(Command::new(hawk).args(words).envs(environment))
}
