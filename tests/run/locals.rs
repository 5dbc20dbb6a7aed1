//! Local variables of programs at lines of their source.

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
        Test::new("locals::of_c_without_optimization", needs, Guests::All, plain),
        Test::new("locals::of_c_with_optimization", needs, Guests::All, optimized),
        Test::new("locals::of_cpp", needs, Guests::All, cpp),
        Test::new("locals::of_rust", needs, Guests::All, rust),
        Test::new("locals::of_go", needs, Guests::All, go),
        Test::new("locals::that_are_not_there", needs, Guests::All, absent),
    ]
}

/// The line of the file whose comment is `text`.
fn line(file: &str, text: &str) -> Result<usize, Failed> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("programs").join(file);
    let source = fs::read_to_string(source)?;
    let at = source.lines().position(|line| line.ends_with(&format!("// {text}")));
    Ok(at.ok_or("no such line")? + 1)
}

/// A probe on the line with this comment.
fn probe(program: &str, file: &str, text: &str) -> Result<String, Failed> {
    Ok(format!("uprobe:./{program}@{file}:{}", line(file, text)?))
}

/// All of them are on the stack, each where its own block is.
fn plain() -> Result<(), Failed> {
    let folder = Folder::new()?;
    folder.copy("locals_target_o0", "target")?;
    let at = |text| probe("target", "locals_target.c", text);
    let script = format!(
        "{} {{ @before = (local.here.x, local.there.next->y, (int32)local.colour, local.unused); }}
        {} {{ @turns[local.turn] = local.tens; @name = str(local.name); @sum = sum(local.sum); }}
        {} {{ @after = (local.sum, local.count, local.here.y); }}",
        at("before the loop")?,
        at("in the loop")?,
        at("behind the loop")?,
    );
    let wanted = json!({
        "@before": [4, 8, 1, 28],
        "@turns": {"0": 0, "1": 10, "2": 20, "3": 30},
        "@name": "walker",
        "@sum": 100,
        "@after": [60, 4, 8],
    });
    expect(&folder, &script, "./target walker", &wanted)
}

/// In registers, and where their address is taken on the stack.
fn optimized() -> Result<(), Failed> {
    let folder = Folder::new()?;
    folder.copy("locals_target", "target")?;
    let at = |text| probe("target", "locals_target.c", text);
    let script = format!(
        "{} {{ @before = (local.here.x, local.there.next->y); }}
        {} {{ @name = str(local.name); @sum = sum(local.sum); }}
        {} {{ @after = (local.count, local.here.y); }}",
        at("before the loop")?,
        at("in the loop")?,
        at("behind the loop")?,
    );
    let wanted = json!({"@before": [4, 8], "@name": "walker", "@sum": 100, "@after": [4, 8]});
    expect(&folder, &script, "./target walker", &wanted)
}

/// What a method is called for, references, and members of base classes.
fn cpp() -> Result<(), Failed> {
    let folder = Folder::new()?;
    folder.copy("locals_cpp_target", "target")?;
    let script = format!(
        "{} {{ @ = (local.this->sides, local.this->next->x, local.first.y, local.copy.y, \
         local.factor, local.result); }}",
        probe("target", "locals_target.cc", "in the method")?
    );
    expect(&folder, &script, "./target", &json!({"@": [30, 1, 20, 20, 4, 130]}))
}

/// Slices are an address and a length.
fn rust() -> Result<(), Failed> {
    let folder = Folder::new()?;
    folder.copy("locals_rust_target", "target")?;
    let script = format!(
        "{} {{ @[local.total] = (str(local.text.data_ptr, local.text.length), \
         local.values.length, local.place.y, local.limit); }}",
        probe("target", "locals_target.rs", "in the loop")?
    );
    let row = json!(["hello", 3, 8, 7]);
    expect(&folder, &script, "./target", &json!({"@": {"1": row, "3": row, "6": row}}))
}

/// Parameters are where the caller has made room for them, and variables in the function's own frame.
fn go() -> Result<(), Failed> {
    let folder = Folder::new()?;
    folder.copy("go_target_debug", "target")?;
    let script = format!(
        "uprobe:./target@go_target.go:{} {{ @[local.first, str(local.label.str, local.label.len)] = \
             (local.values.len, local.values.array[2], local.isOn, local.room[1]); }}",
        line("go_target.go", "locals")?
    );
    let wanted = json!({"@": {"5,room": [3, 7, true, 20]}});
    expect(&folder, &script, "./target 2", &wanted)
}

fn absent() -> Result<(), Failed> {
    let folder = Folder::new()?;
    folder.copy("locals_target", "target")?;
    folder.copy("locals_target_o0", "plain")?;
    let loop_at = |program| probe(program, "locals_target.c", "in the loop");
    let after = probe("target", "locals_target.c", "behind the loop")?;
    let head = probe("plain", "locals_target.c", "the head")?;
    let body =
        format!("it can be read at line {}", line("locals_target.c", "the first of the body")?);
    for (script, told) in [
        (
            format!("{head} {{ print(local.count); }}"),
            "it is not stored yet, take the next line",
        ),
        (format!("{head} {{ print(local.count); }}"), &body),
        (format!("{after} {{ print(local.unused); }}"), "the compiler has removed it"),
        (format!("{after} {{ print(local.sum); }}"), "cannot be read at this line"),
        (format!("{after} {{ print(local.sum); }}"), "it can be read at line"),
        (format!("{} {{ print(local.tunr); }}", loop_at("plain")?), "did you mean `turn`?"),
        (
            format!("{} {{ print(local.argc); }}", loop_at("plain")?),
            "there is no variable `argc` at this line",
        ),
        ("uprobe:./target:walk { print(local.name); }".to_owned(), "needs a line"),
    ] {
        let outcome = run_program(words(&folder)?.args(["--dry-run", "-e", &script]))?;
        let outcome = outcome.expect_code(1)?;
        if !outcome.stderr.contains(told) {
            return Err(outcome.wrong(&format!("it should say `{told}`")));
        }
    }
    Ok(())
}
