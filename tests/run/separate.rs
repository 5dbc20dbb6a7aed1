//! Programs without their own debug information: it is in files of its own, or, of symbols only,
//! compressed inside.

use std::{fs, process::Command};

use libtest_mimic::Failed;
use serde_json::json;

use crate::{
    Guests, Test,
    harness::{Folder, run_program},
    uprobes::{expect, same, words},
};

pub(crate) fn all() -> Vec<Test> {
    let needs = "root uprobe programs languages objcopy xz";
    vec![
        Test::new("separate::beside_the_program", needs, Guests::All, beside),
        Test::new("separate::by_build_id", needs, Guests::All, by_build_id),
        Test::new("separate::symbols_inside", needs, Guests::All, inside),
    ]
}

/// What needs the types, and a function that only debug information names.
const SCRIPT: &str = "uprobe:./target:list { @[args.head->next->value, args.other->low] = count(); \
    @cast = ((struct node *)arg0)->value; } uprobe:./target:kinds+1 { @inside = count(); }";

fn tool(folder: &Folder, name: &str, words: &[&str]) -> Result<(), Failed> {
    let mut command = Command::new(name);
    let outcome = run_program(command.args(words).current_dir(folder.join("")))?;
    outcome.expect_code(0).map(|_| ())
}

/// The program without symbols, which names `target.debug`; that file is in the folder too.
fn divided(folder: &Folder) -> Result<(), Failed> {
    folder.copy("args_target", "target")?;
    tool(folder, "objcopy", &["--only-keep-debug", "target", "target.debug"])?;
    tool(folder, "objcopy", &["--strip-all", "--add-gnu-debuglink=target.debug", "target"])
}

fn beside() -> Result<(), Failed> {
    let folder = Folder::new()?;
    divided(&folder)?;
    let wanted = json!({"@": {"5,2": 3}, "@cast": 4, "@inside": 3});
    expect(&folder, SCRIPT, "./target 3", &wanted)?;
    fs::create_dir(folder.join(".debug"))?;
    fs::rename(folder.join("target.debug"), folder.join(".debug/target.debug"))?;
    expect(&folder, SCRIPT, "./target 3", &wanted)?;
    // The name is right, but it is of another build.
    fs::copy(
        crate::harness::programs().join("args_target_o2"),
        folder.join(".debug/target.debug"),
    )?;
    let mut hawk = words(&folder)?;
    hawk.args(["--dry-run", "-e", SCRIPT]);
    let outcome = run_program(&mut hawk)?.expect_code(1)?;
    let told = outcome.stderr.contains("install its debug symbols");
    if told { Ok(()) } else { Err(outcome.wrong("it should tell what is missing")) }
}

/// In a folder that `--debuginfo` names, by the program's build id, or by its name.
fn by_build_id() -> Result<(), Failed> {
    let folder = Folder::new()?;
    divided(&folder)?;
    let notes = Command::new("objcopy")
        .args(["--dump-section", ".note.gnu.build-id=id", "target"])
        .current_dir(folder.join(""))
        .status()?;
    if !notes.success() {
        return Err("the program has no build id".into());
    }
    // Twelve bytes of the note's head, and its owner, `GNU`.
    let id: String =
        fs::read(folder.join("id"))?[16..].iter().map(|it| format!("{it:02x}")).collect();
    let place = format!("symbols/.build-id/{}", &id[..2]);
    fs::create_dir_all(folder.join(&place))?;
    let symbols = folder.join("symbols").display().to_string();
    let by_id = folder.join(&place).join(format!("{}.debug", &id[2..]));
    fs::rename(folder.join("target.debug"), &by_id)?;
    for list in [symbols.clone(), format!("/nowhere:{symbols}"), format!("+{symbols}")] {
        let mut hawk = words(&folder)?;
        hawk.args(["-f", "json", "--debuginfo", &list, "-e", SCRIPT, "-c", "./target 3"]);
        let wanted = json!({"@": {"5,2": 3}, "@cast": 4, "@inside": 3});
        same(&run_program(&mut hawk)?.expect_code(0)?, &wanted)?;
    }
    Ok(())
}

/// As Fedora has it: an executable of nothing but symbols, compressed in a section.
fn inside() -> Result<(), Failed> {
    let folder = Folder::new()?;
    folder.copy("args_target", "target")?;
    fs::write(folder.join("keep"), "kinds\nlist\n")?;
    tool(&folder, "objcopy", &["--strip-all", "--keep-symbols=keep", "target", "symbols"])?;
    tool(&folder, "xz", &["symbols"])?;
    tool(
        &folder,
        "objcopy",
        &["--strip-all", "--add-section=.gnu_debugdata=symbols.xz", "target"],
    )?;
    let script = "uprobe:./target:kinds { @[(int32)arg0] = count(); } uprobe:./target:l* { @list = count(); }
        uprobe:./target:kinds+1 { @inside = count(); }";
    let wanted = json!({"@": {"2": 3}, "@list": 3, "@inside": 3});
    expect(&folder, script, "./target 3", &wanted)
}
