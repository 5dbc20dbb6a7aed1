//! Stacks of code whose names and lines are packed away: in a ZIP archive, compressed in another way,
//! or shared between files.

use std::{fs, process::Command};

use libtest_mimic::Failed;
use runtime::{Machine, Target};
use stdlib::Kernel;

use crate::{
    Guests, Test,
    chains::stacks,
    harness::{self, Folder, Outcome, programs, run_program},
    led::{BROKEN, Led},
    uprobes::{stored, words},
};

pub(crate) fn all() -> Vec<Test> {
    let needs = "root tracepoint programs languages linux-6.1 btf objcopy";
    vec![
        Test::new("packed::in_an_archive", needs, Guests::All, archive),
        Test::new("packed::by_zstd", needs, Guests::All, zstd),
        Test::new("packed::shared_by_dwz", &format!("{needs} dwz"), Guests::All, shared),
        Test::new("packed::names_of_cpp", &format!("{needs} xz"), Guests::All, names_of_cpp),
    ]
}

/// A library that was not unpacked: its code runs where it lies in the archive.
fn archive() -> Result<(), Failed> {
    let folder = Folder::new()?;
    let name = folder.name();
    let file = folder.join("package.apk");
    let member = fs::read(programs().join("libzip_code.so"))?;
    fs::write(&file, stored("lib/libcode.so", &member))?;
    let target = format!("{}!/lib/libcode.so", file.display());
    let found = Machine::new(Target::default()).symbols(&target, "add").unwrap_or_default();
    let offset = found.first().ok_or("the archive has no such function")?.offset;
    let script = format!(
        "tracepoint:syscalls:sys_enter_getppid /comm == \"{name}\"/ {{
             @[ustack(3)] = count(); @perf[ustack(perf, 3)] = count();
             printf(\"it is %sover\\n\", ustack(raw)); }}"
    );
    let mut hawk = harness::start(["-e", &script])?;
    hawk.attached()?;
    let mut command = Command::new(folder.copy("zip_target", &name)?);
    let mut led = Led::start(command.arg(&file).args([&offset.to_string(), "led"]))?;
    led.until_whole(&mut hawk, 1)?;
    led.end()?;
    hawk.signal("INT")?;
    let outcome = hawk.finish()?.expect_code(0)?;
    let whole = |stack: &&Vec<String>| !stack.iter().any(|name| name == BROKEN);
    let found = stacks(&outcome.stdout);
    let found: Vec<_> = found.iter().filter(whole).filter(|stack| !stack.is_empty()).collect();
    let lines = outcome.stdout.matches("zip_code.c:").count();
    let mut inner = outcome.stdout.lines().filter(|line| line.contains(" zip_inner+"));
    let is_named = inner.any(|line| line.ends_with(&format!(" ({target})")));
    if found != [&["zip_inner", "add", "main"]] || lines < 2 || !is_named {
        return Err(outcome.wrong(&format!("not zip_inner, add, main of {target}: {found:?}")));
    }
    Ok(())
}

fn tool(folder: &Folder, name: &str, words: &[&str]) -> Result<(), Failed> {
    let mut command = Command::new(name);
    let outcome = run_program(command.args(words).current_dir(folder.join("")))?;
    outcome.expect_code(0).map(|_| ())
}

const CHAIN: [&str; 6] =
    ["[inlined] ask", "last", "inner", "[inlined] between", "outer", "main"];

/// The stack of a program of the folder is this, with so many lines.
fn same(folder: &Folder, name: &str, chain: &[&str], lines: usize) -> Result<(), Failed> {
    let script = format!(
        "tracepoint:syscalls:sys_enter_getppid /comm == \"{name}\"/ {{ @[ustack] = count(); }}"
    );
    let mut hawk = words(folder)?;
    let outcome = run_program(hawk.args(["-e", &script, "-c", &format!("./{name}")]))?;
    check(&outcome.expect_code(0)?, chain, lines)
}

fn check(outcome: &Outcome, chain: &[&str], lines: usize) -> Result<(), Failed> {
    let found = stacks(&outcome.stdout);
    let is_right = found.len() == 1 && found[0].len() >= chain.len();
    let is_right = is_right && found[0].iter().zip(chain).all(|(name, wanted)| name == wanted);
    if is_right && outcome.stdout.matches("chain_target.c:").count() == lines {
        return Ok(());
    }
    Err(outcome.wrong(&format!("not {chain:?} with {lines} lines")))
}

/// Debug information that is compressed as newer linkers do it.
fn zstd() -> Result<(), Failed> {
    let folder = Folder::new()?;
    let name = folder.name();
    folder.copy("chain_target", &name)?;
    tool(&folder, "objcopy", &["--compress-debug-sections=zstd", &name])?;
    same(&folder, &name, &CHAIN, CHAIN.len())
}

/// What two programs have in common is in a third file.
fn shared() -> Result<(), Failed> {
    let folder = Folder::new()?;
    let name = folder.name();
    folder.copy("chain_target", &name)?;
    folder.copy("chain_target_fp", "other")?;
    tool(&folder, "dwz", &["-m", "common", "-M", "common", &name, "other"])?;
    // Neither name is known without the third file.
    let common = fs::read(folder.join("common"))?;
    let has = |text: &str| common.windows(text.len()).any(|part| part == text.as_bytes());
    if !has("outer") {
        return Err("the files share nothing".into());
    }
    same(&folder, &name, &CHAIN, CHAIN.len())
}

/// Symbols that are compressed in the file itself are shown as all others are.
fn names_of_cpp() -> Result<(), Failed> {
    let folder = Folder::new()?;
    let name = folder.name();
    folder.copy("chain_cpp_target", &name)?;
    tool(&folder, "objcopy", &["--strip-debug", &name, "symbols"])?;
    tool(&folder, "xz", &["symbols"])?;
    tool(
        &folder,
        "objcopy",
        &["--strip-all", "--add-section=.gnu_debugdata=symbols.xz", &name],
    )?;
    let chain = [
        "void chain::last<short>(short)",
        "chain::Iron::pull(int)",
        "chain::through(chain::Link&)::{lambda(int)#1}::operator()(int) const",
        "chain::through(chain::Link&)",
        "main",
    ];
    same(&folder, &name, &chain, 0)
}
