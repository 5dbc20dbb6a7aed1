//! Holds the sources to what docs and conventions promise about them and no other tool checks:
//! who may depend on what, where `unsafe` lives, how long files are, how they begin.

use std::{
    fs,
    path::{Path, PathBuf},
};

use tests::root;

/// Crates that only some members may use: a wall around each foreign library.
const OWNERS: &[(&str, &[&str])] = &[
    ("ariadne", &["compiler/diag"]),
    ("clap", &["compiler/driver"]),
    ("clap_complete", &["compiler/driver"]),
    ("clap_mangen", &["compiler/driver"]),
    ("inkwell", &["compiler/llvm"]),
    ("lalrpop", &["grammar"]),
    ("lalrpop-util", &["grammar"]),
    ("libbpf-rs", &["runtime"]),
    ("libbpf-sys", &["runtime"]),
    ("logos", &["grammar"]),
    ("anyhow", &["compiler/driver"]),
];

/// The crates of the workspace and what each may depend on, tests aside.
const ARROWS: &[(&str, &[&str])] = &[
    ("compiler/diag", &[]),
    ("compiler/ir", &["diag"]),
    ("compiler/llvm", &["diag", "ir"]),
    ("compiler/sema", &["diag", "grammar", "ir", "stdlib"]),
    ("grammar", &["diag"]),
    ("runtime", &["diag", "ir", "stdlib"]),
    ("stdlib", &["diag", "ir"]),
];
const OURS: &[&str] =
    &["diag", "driver", "grammar", "ir", "llvm", "runtime", "sema", "stdlib", "tests"];

/// Files that are one table, or one tree's types, and read well beyond the usual length.
const TABLES: &[&str] = &["ast.rs", "codes.rs", "disasm.rs", "inst.rs", "ty.rs"];
const LONGEST: usize = 400;
const LONGEST_TABLE: usize = 800;

/// Every Rust file of the workspace, with its path from the root.
fn sources() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for member in ["grammar", "stdlib", "compiler", "runtime", "tests"] {
        collect(&root().join(member), &mut found);
    }
    found.sort();
    let relative = |path: PathBuf| {
        let text = fs::read_to_string(&path).unwrap_or_default();
        (path.strip_prefix(root()).unwrap_or(&path).to_owned(), text)
    };
    found.into_iter().map(relative).collect()
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok) {
        let path = entry.path();
        if path.is_dir() && path.file_name().is_some_and(|name| name != "target") {
            collect(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// Dependencies of a manifest: table and name.
fn dependencies(member: &str) -> Vec<(String, String)> {
    let text = fs::read_to_string(root().join(member).join("Cargo.toml")).unwrap_or_default();
    let mut table = String::new();
    let mut found = Vec::new();
    for line in text.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix('[').and_then(|it| it.strip_suffix(']')) {
            table = name.to_owned();
            if let Some((owner, name)) = name.split_once("dependencies.") {
                found.push((format!("{owner}dependencies"), name.to_owned()));
            }
        } else if table.ends_with("dependencies")
            && let Some(name) = line.split(['=', '.']).next().filter(|name| !name.is_empty())
            && !name.starts_with('#')
        {
            found.push((table.clone(), name.trim().to_owned()));
        }
    }
    found
}

fn members() -> Vec<&'static str> {
    let own = ARROWS.iter().map(|(member, _)| *member);
    own.chain(["compiler/driver", "tests"]).collect()
}

fn none(wrong: &[String]) {
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn foreign_libraries_have_one_owner() {
    let mut wrong = Vec::new();
    for member in members() {
        let all = dependencies(member);
        assert!(!all.is_empty() || member == "compiler/diag", "{member}: no manifest");
        for (table, name) in all {
            let owners =
                OWNERS.iter().find(|(owned, _)| *owned == name).map(|(_, owners)| *owners);
            let Some(owners) = owners else { continue };
            // The back end's tests load what it made.
            let exempt = member == "compiler/llvm" && table == "dev-dependencies";
            if !owners.contains(&member) && !exempt {
                wrong.push(format!(
                    "{member} uses `{name}`, which belongs to {}",
                    owners.join(", ")
                ));
            }
        }
    }
    none(&wrong);
}

#[test]
fn crates_depend_as_the_architecture_says() {
    let mut wrong = Vec::new();
    for (member, allowed) in ARROWS {
        for (table, name) in dependencies(member) {
            let is_ours = OURS.contains(&name.as_str());
            if table == "dependencies" && is_ours && !allowed.contains(&name.as_str()) {
                wrong.push(format!("{member} depends on `{name}`"));
            }
        }
    }
    none(&wrong);
}

#[test]
fn every_file_says_what_it_is_for() {
    let lacks = |(path, text): &(PathBuf, String)| {
        let said = text.starts_with("//!") || text.starts_with("#!");
        (!said).then(|| format!("{} does not begin with `//!`", path.display()))
    };
    none(&sources().iter().filter_map(lacks).collect::<Vec<_>>());
}

#[test]
fn files_are_short() {
    let too_long = |(path, text): &(PathBuf, String)| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let limit = if TABLES.contains(&&*name) { LONGEST_TABLE } else { LONGEST };
        let lines = text.lines().count();
        (lines > limit)
            .then(|| format!("{} has {lines} lines, {limit} at most", path.display()))
    };
    none(&sources().iter().filter_map(too_long).collect::<Vec<_>>());
}

#[test]
fn unsafe_lives_behind_the_walls() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let shown = path.display().to_string();
        // The tests of a wall crate compare it with what is behind the wall.
        let allowed = [
            "compiler/llvm/src/ffi",
            "runtime/src/ffi",
            "compiler/llvm/tests",
            "runtime/tests",
            // A traced program: its static probes are written in assembly.
            "tests/programs/usdt_target.rs",
        ]
        .iter()
        .any(|start| shown.starts_with(start));
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            let found = ["unsafe {", "unsafe fn", "unsafe impl", "unsafe extern", "unsafe(no"]
                .iter()
                .any(|form| code.contains(form) && !code.contains('"'));
            if found && !allowed {
                wrong.push(format!("{shown}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    none(&wrong);
}

#[test]
fn work_to_do_has_a_number() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        for (number, line) in text.lines().enumerate() {
            let Some((_, comment)) = line.split_once("// ") else { continue };
            let open = ["TODO", "FIXME", "XXX"].iter().any(|word| comment.starts_with(word));
            if open && !comment.contains('#') {
                wrong.push(format!("{}:{}: {}", path.display(), number + 1, line.trim()));
            }
        }
    }
    none(&wrong);
}
