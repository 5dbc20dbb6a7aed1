//! Probes on lines of source files.

use std::{fs, path::Path};

use libtest_mimic::Failed;
use serde_json::json;

use crate::{
    Guests, Test,
    harness::{Folder, run_program},
    uprobes::{expect, words},
};

pub(crate) fn all() -> Vec<Test> {
    let needs = "root uprobe programs languages";
    vec![
        Test::new("lines::are_passed_as_often_as_the_program_does", needs, Guests::All, lines),
        Test::new("lines::without_code", needs, Guests::All, without),
        Test::new("lines::of_functions_that_are_inlined", needs, Guests::All, inlined),
    ]
}

/// The line of the program whose comment is `text`.
pub(crate) fn line(text: &str) -> Result<usize, Failed> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("programs/lines_target.c");
    let source = fs::read_to_string(source)?;
    let at = source.lines().position(|line| line.ends_with(&format!("// {text}")));
    Ok(at.ok_or("no such line")? + 1)
}

/// One that was inlined at two places is passed at both.
fn lines() -> Result<(), Failed> {
    let folder = Folder::new()?;
    let (inlined, third) = (line("inlined twice")?, line("every third time")?);
    for program in ["lines_target", "lines_target_o0"] {
        folder.copy(program, program)?;
        let script = format!(
            "uprobe:./{program}@lines_target.c:{inlined} {{ @inlined = count(); }}
            uprobe:{program}@programs/lines_target.c:{third} {{ @third = count(); @[probe] = count(); }}"
        );
        let path = folder.join(program).display().to_string();
        let name = format!("uprobe:{path}@programs/lines_target.c:{third}");
        let wanted = json!({"@inlined": 16, "@third": 3, "@": {name: 3}});
        expect(&folder, &script, &format!("./{program} 8"), &wanted)?;
    }
    // Where the operator stands.
    let script =
        format!("uprobe:./lines_target_o0@lines_target.c:{third}:18 {{ @ = count(); }}");
    expect(&folder, &script, "./lines_target_o0 8", &json!({"@": 3}))
}

/// A function that has no code but where it was put in place of calls.
fn inlined() -> Result<(), Failed> {
    let folder = Folder::new()?;
    folder.copy("lines_target", "lines_target")?;
    let script = "uprobe:./lines_target:twice { @ = count(); }";
    let wanted = json!({"@": 16});
    expect(&folder, script, "./lines_target 8", &wanted)?;
    for (script, told) in [
        ("uretprobe:./lines_target:twice { @ = count(); }", "does not return"),
        ("uprobe:./lines_target:twice { @ = arg0; }", "arg0"),
    ] {
        let outcome = run_program(words(&folder)?.args(["--dry-run", "-e", script]))?;
        let outcome = outcome.expect_code(1)?;
        if !outcome.stderr.contains(told) {
            return Err(outcome.wrong(&format!("it should say `{told}`")));
        }
    }
    Ok(())
}

fn without() -> Result<(), Failed> {
    let folder = Folder::new()?;
    folder.copy("lines_target", "target")?;
    let empty = line("no code here")?;
    for (place, told) in [
        (
            format!("lines_target.c:{empty}"),
            format!("the next line with code is {}", empty + 1),
        ),
        ("other.c:1".to_owned(), "tells of no source file `other.c`".to_owned()),
        ("lines_target.c:x".to_owned(), "names no line".to_owned()),
    ] {
        let mut hawk = words(&folder)?;
        hawk.args(["--dry-run", "-e", &format!("uprobe:./target@{place} {{ @ = count(); }}")]);
        let outcome = run_program(&mut hawk)?.expect_code(1)?;
        if !outcome.stderr.contains(&told) {
            return Err(outcome.wrong(&format!("it should say `{told}`")));
        }
    }
    Ok(())
}
