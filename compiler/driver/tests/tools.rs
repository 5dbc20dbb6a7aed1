//! `hawk tools`: the scripts that are part of the command.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

fn hawk(words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_hawk")).args(words).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn scripts() -> Vec<PathBuf> {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let entries = |folder: &Path| {
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>()
    };
    let mut found: Vec<_> =
        entries(&examples).iter().flat_map(|group| entries(group)).collect();
    found.sort();
    assert!(found.len() > 50, "{found:?}");
    found
}

#[test]
fn every_script_is_listed_shown_and_explains_itself() {
    let list = text(&hawk(&["tools"]).stdout);
    for path in scripts() {
        let name = path.file_stem().unwrap().to_string_lossy();
        let script = fs::read_to_string(&path).unwrap();
        let question = script.lines().nth(1).unwrap().trim_start_matches("// ");
        let row = format!("  {name:<16} {question}\n");
        assert!(list.contains(&row), "{row} is not in\n{list}");
        let head = script.split("\n\n").next().unwrap();
        for part in ["#!/usr/bin/env hawk\n// ", "\n// Cost: ", "Needs: root"] {
            assert!(head.contains(part), "{name}: no `{part}` in\n{head}");
        }
        assert!(question.contains(['?', ':']), "{name}: {question}");
        assert_eq!(text(&hawk(&["tools", "show", &name]).stdout), script);
    }
}

/// What a probe's place is given by, in the tools that take it as a parameter.
const PROBES: [&str; 2] =
    ["tracepoint:syscalls:sys_enter_read", "tracepoint:syscalls:sys_exit_read"];

#[test]
fn every_script_has_a_page_and_a_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let index = fs::read_to_string(root.join("docs/tools/README.md")).unwrap();
    for path in scripts() {
        let name = path.file_stem().unwrap().to_string_lossy();
        let script = fs::read_to_string(&path).unwrap();
        let question = script.lines().nth(1).unwrap().trim_start_matches("// ");
        assert!(index.contains(&format!("| [{name}]({name}.md) | {question} |\n")), "{name}");
        let page = fs::read_to_string(root.join(format!("docs/tools/{name}.md"))).unwrap();
        assert!(page.starts_with(&format!("# {name}\n\n{question}\n")), "{name}");
        assert!(page.contains("# hawk tools run "), "{name}: no example");
        assert!(page.contains("\n## How to read it\n\n"), "{name}: not explained");
        assert!(root.join(format!("tests/tools/{name}.test")).exists(), "{name}: no test");
        let shown = text(&hawk(&["tools", "run", &name, "--", "--help"]).stdout);
        assert!(shown.starts_with(question), "{name}: {shown}");
        let shown = options(&shown);
        assert!(!shown.is_empty(), "{name} has no options");
        // What the script itself says of them.
        let file = path.to_string_lossy();
        let mut words = vec![&*file];
        words.extend_from_slice(&PROBES[..usize::from(script.contains("$1")) * PROBES.len()]);
        words.extend(["--", "--help"]);
        assert_eq!(shown, options(&text(&hawk(&words).stdout)), "{name}");
        for option in shown.iter().filter_map(|line| line.split(' ').next()) {
            assert!(page.contains(&format!("| `--{option}` |")), "{name}: --{option}");
        }
    }
}

/// The options that a help shows, with what it says of each.
fn options(help: &str) -> Vec<String> {
    let lines = help.lines().filter_map(|line| line.trim().strip_prefix("--"));
    let mut lines: Vec<String> =
        lines.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    lines.sort();
    lines
}

#[test]
fn options_may_stand_right_behind_the_name() {
    let usual = hawk(&[
        "tools",
        "run",
        "--emit",
        "lower",
        "argdist",
        "uprobe:libc:malloc",
        "--",
        "--arg=2",
    ]);
    assert!(usual.status.success(), "{}", text(&usual.stderr));
    for words in [
        &["tools", "run", "--emit", "lower", "argdist", "uprobe:libc:malloc", "--arg=2"][..],
        &["tools", "run", "--emit", "lower", "argdist", "--arg", "2", "uprobe:libc:malloc"],
        &["tools", "run", "argdist", "--arg=2", "uprobe:libc:malloc", "--emit", "lower"],
    ] {
        let shown = hawk(words);
        assert_eq!(text(&shown.stderr), "", "{words:?}");
        assert_eq!(text(&shown.stdout), text(&usual.stdout), "{words:?}");
    }
    // `cpu` is a tool too, but here it is the name of a file.
    let named = hawk(&["tools", "run", "-o", "cpu", "opensnoop", "--help"]);
    assert!(text(&named.stdout).contains("opensnoop"), "{}", text(&named.stdout));
    let wrong = hawk(&["tools", "run", "opensnoop", "--", "--faild"]);
    assert!(text(&wrong.stderr).contains("faild"), "{}", text(&wrong.stderr));
}

#[test]
fn tools_are_found_by_what_they_answer() {
    let found = text(&hawk(&["tools", "TCP connections"]).stdout);
    assert!(found.contains("tcpconnect") && !found.contains("opensnoop"), "{found}");
}

#[test]
fn a_name_that_is_none_is_an_error_with_the_nearest() {
    for words in [&["tools", "show", "opensnop"][..], &["tools", "run", "opensnop"]] {
        let shown = hawk(words);
        assert_eq!(shown.status.code(), Some(1));
        let said = text(&shown.stderr);
        assert_eq!(
            said,
            "hawk: there is no tool `opensnop`\n  help: did you mean `opensnoop`?\n"
        );
    }
    assert_eq!(hawk(&["tools", "run"]).status.code(), Some(1));
}

#[test]
fn a_tool_without_its_probe_says_how_it_is_given() {
    for words in [
        &["tools", "run", "funccount"][..],
        &["tools", "run", "argdist", "--", "--count"],
        &["tools", "run", "--emit", "lower", "stackcount"],
    ] {
        let shown = hawk(words);
        let said = text(&shown.stderr);
        assert_eq!(shown.status.code(), Some(1), "{said}");
        assert!(said.contains("needs a probe") && said.contains("hawk tools run "), "{said}");
    }
}

#[test]
fn a_tool_for_one_process_says_so_where_none_is_given() {
    let said = |words: &[&str]| text(&hawk(words).stderr);
    for name in ["memleak", "mutexlock"] {
        let every = said(&["tools", "run", "--emit", "parse", name]);
        assert!(every.contains(&format!("`hawk tools run -p PID {name}`")), "{every}");
        let own = std::process::id().to_string();
        assert_eq!(said(&["tools", "run", "--emit", "parse", "-p", &own, name]), "");
    }
}

#[test]
fn options_are_listed_without_privileges() {
    let shown = hawk(&["tools", "run", "opensnoop", "--", "--help"]);
    let shown = text(&shown.stdout);
    assert!(shown.contains("--pid") && shown.contains("--failed"), "{shown}");
}
