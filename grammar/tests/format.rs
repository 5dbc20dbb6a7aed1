//! The formatter over every program in the project, and over its own cases.
//!
//! A file under `tests/format` is a program, then `--- formatted ---` with what becomes of it;
//! `UPDATE=1` rewrites that. Whatever the program: the tree stays, the comments stay, and
//! formatting again changes nothing.
#![expect(clippy::disallowed_methods, reason = "tests read their cases from disk")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod check;

use std::fs;
use std::path::{Path, PathBuf};

use check::{formatted, parse};

const MARK: &str = "--- formatted ---\n";

#[test]
fn cases_give_what_their_files_say() {
    let mut failures = Vec::new();
    let paths = programs("tests/format");
    assert!(paths.len() > 8, "the cases are missing");
    for path in paths {
        let old = fs::read_to_string(&path).unwrap();
        let program = old.split(MARK).next().unwrap();
        let new = match formatted(program) {
            Ok(text) => format!("{program}{MARK}{text}"),
            Err(wrong) => panic!("{}: {wrong}", path.display()),
        };
        if old == new {
            continue;
        }
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&path, new).unwrap();
        } else {
            failures.push(format!("{}, found:\n{new}", path.display()));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn all_programs_keep_tree_and_comments() {
    let folders = ["tests/cases", "tests/format", "../tests/corpus", "../examples"];
    let (mut count, mut failures) = (0, Vec::new());
    for path in folders.into_iter().flat_map(programs) {
        let Ok(file) = fs::read_to_string(&path) else { continue };
        let program = file.split("\n--- ").next().unwrap();
        if !parse(program).problems.is_empty() {
            continue;
        }
        count += 1;
        if let Err(wrong) = formatted(program) {
            failures.push(format!("{}: {wrong}", path.display()));
        }
    }
    assert!(count > 150, "only {count} programs were found");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn the_manual_shows_what_happens() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/formatting.md");
    let page = fs::read_to_string(path).unwrap();
    let blocks: Vec<_> = page.split("\n```\n").collect();
    let at = blocks.iter().position(|it| it.ends_with("Before\n")).unwrap();
    assert_eq!(formatted(blocks[at + 1]).unwrap().trim_end(), blocks[at + 3]);
}

#[test]
fn a_program_with_problems_comes_back_as_it_is() {
    for text in ["begin{ print( }", "begin{ $x = 'a' }", "", "x", "begin{}}\n\n\n"] {
        let sources = diag::Sources::new("wrong.bt", text);
        let parsed = grammar::parse(&sources, diag::SourceId(0));
        assert!(!parsed.problems.is_empty(), "{text}");
        assert_eq!(grammar::format(&sources, diag::SourceId(0), &parsed), text);
    }
}

/// The programs under a folder of this crate.
fn programs(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "bt") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
