//! Values of every kind, as they are printed: on a terminal, into a pipe, into a file, and as JSON.

use std::{fs, process::Command};

use libtest_mimic::Failed;
use tests::{Case, folder};

use crate::{
    Guests, Test,
    files::execute,
    harness::{self, Folder, Outcome},
    schema,
};

pub(crate) fn all() -> Vec<Test> {
    vec![
        Test::new(
            "kinds::json_by_the_schema",
            "root tracepoint btf linux-5.15 programs",
            Guests::None,
            by_the_schema,
        ),
        Test::new("kinds::bytes_of_others", "root script", Guests::None, bytes_of_others),
    ]
}

/// Each line of the program with all kinds of values; its own expectation has the values.
fn by_the_schema() -> Result<(), Failed> {
    let case = Case::read(&folder().join("corpus/run/json-of-every-kind.bt"))?;
    let schema = schema::schema()?;
    let outcome = execute(&case, &Folder::new()?, &[])?.expect_code(0)?;
    let mut maps = 0;
    for line in outcome.stdout.lines() {
        let object = schema::check(&schema, &outcome, line)?;
        maps += usize::from(object["data"].as_object().is_some_and(is_map));
    }
    // What starts a statement with `@`.
    let written = case.program.matches(" @").count();
    if maps < written {
        return Err(outcome.wrong(&format!("{maps} maps are printed, {written} are written")));
    }
    Ok(())
}

fn is_map(data: &serde_json::Map<String, serde_json::Value>) -> bool {
    data.keys().any(|key| key.starts_with('@'))
}

const BYTES: &str =
    r#"begin { $x = "a\x1b[2Jb\x07 \xc3\xa9 \xff"; print($x); @m[$x] = 1; exit(); }"#;

/// Texts come from programs that nobody needs to trust: a terminal gets no commands of theirs,
/// everyone else the bytes as they are.
fn bytes_of_others() -> Result<(), Failed> {
    let folder = Folder::new()?;
    let (script, file) = (folder.join("bytes.bt"), folder.join("out"));
    fs::write(&script, BYTES)?;
    let hawk = harness::hawk().ok_or("no hawk")?;
    let command = format!("{} -q {}", hawk.display(), script.display());
    let mut terminal = Command::new("script");
    terminal.args(["-qec", &command, "/dev/null"]);
    let shown = harness::run_program(&mut terminal)?.expect_code(0)?;
    expect(
        &shown,
        shown.stdout.contains("\na\\x1b[2Jb\\x07 é \\xff\r\n")
            || shown.stdout.starts_with("a\\x1b[2Jb\\x07 é \\xff\r\n"),
        "the value on a terminal",
    )?;
    expect(
        &shown,
        shown.stdout.contains("@m[a\\x1b[2Jb\\x07 é \\xff]: 1\r\n"),
        "the key on a terminal",
    )?;
    let script = script.display().to_string();
    let piped = harness::run(["-q", &script])?.expect_code(0)?;
    // What is not UTF-8 became a replacement character when the test read it.
    expect(
        &piped,
        piped.stdout.starts_with("a\x1b[2Jb\x07 é \u{fffd}\n"),
        "the value in a pipe",
    )?;
    let path = file.display().to_string();
    let written = harness::run(["-q", "-o", &path, &script])?.expect_code(0)?;
    let bytes = fs::read(&file)?;
    let has = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
    let line = b"a\x1b[2Jb\x07 \xc3\xa9 \xff";
    expect(&written, has(line) && written.stdout.is_empty(), "the value in a file")
}

fn expect(outcome: &Outcome, holds: bool, what: &str) -> Result<(), Failed> {
    if holds { Ok(()) } else { Err(outcome.wrong(what)) }
}
