//! Runs every program under `tests/cases` through the parser and compares what comes out.
//!
//! A file is a program, then `--- tree ---` with its tree, or `--- errors ---` with the messages
//! and bpftrace's words for them. `UPDATE=1` rewrites what follows the program.
#![expect(clippy::disallowed_methods, reason = "tests read their cases from disk")]

use std::fs;
use std::path::Path;

use diag::{SourceId, Sources};

#[test]
fn programs_give_what_their_files_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut failures = Vec::new();
    let mut count = 0;
    let mut paths: Vec<_> =
        fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        count += 1;
        let old = fs::read_to_string(&path).unwrap();
        let program = program(&old);
        let new = format!("{program}{}", outcome(program));
        if old == new {
            continue;
        }
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&path, new).unwrap();
        } else {
            failures.push(format!("{}:\n{}", path.display(), difference(&old, &new)));
        }
    }
    assert!(count > 20, "the cases are missing");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// The part of a file before its expectation.
fn program(file: &str) -> &str {
    let ends = ["--- tree ---\n", "--- errors ---\n"].iter().filter_map(|mark| file.find(mark));
    &file[..ends.min().unwrap_or(file.len())]
}

fn outcome(program: &str) -> String {
    let sources = Sources::new("case.bt", program);
    let parsed = grammar::parse(&sources, SourceId(0));
    if parsed.problems.is_empty() {
        return format!("--- tree ---\n{}", grammar::dump(&parsed.program));
    }
    let mut out = "--- errors ---\n".to_owned();
    for problem in &parsed.problems {
        out += &diag::render(problem, &sources, false);
        out += &format!("compat: {}\n", problem.compat.as_deref().unwrap_or("-"));
    }
    out
}

/// The first line that differs, with its neighbours.
fn difference(old: &str, new: &str) -> String {
    let same = old.lines().zip(new.lines()).take_while(|(old, new)| old == new).count();
    let show = |text: &str| text.lines().skip(same).take(6).collect::<Vec<_>>().join("\n");
    format!("line {}, expected:\n{}\nfound:\n{}", same + 1, show(old), show(new))
}
