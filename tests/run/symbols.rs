//! Names for addresses that are in no file that is executed: code made at run time, the kernel's code
//! for processes; and names that are in files of their own.

use std::{fs, process::Command};

use libtest_mimic::Failed;

use crate::{
    Guests, Test,
    chains::stacks,
    harness::{self, Folder, Outcome, run_program},
    uprobes::words,
};

pub(crate) fn all() -> Vec<Test> {
    let needs = "root tracepoint programs linux-6.1 btf";
    vec![
        Test::new("symbols::of_compiled_code", needs, Guests::All, compiled),
        Test::new(
            "symbols::of_compiled_code_in_other_namespaces",
            "root tracepoint programs linux-6.1 btf unshare",
            Guests::None,
            compiled_elsewhere,
        ),
        Test::new("symbols::of_the_vdso", needs, Guests::All, vdso),
        Test::new(
            "symbols::in_files_of_their_own",
            "root tracepoint programs objcopy",
            Guests::All,
            separate,
        ),
        Test::new(
            "symbols::compressed_in_the_file",
            "root tracepoint programs objcopy xz",
            Guests::All,
            inside,
        ),
        Test::new("symbols::of_trampolines", needs, Guests::All, trampoline),
    ]
}

const BROKEN: &str = "<unwind failure>";
const JIT: &[&str] = &["jit_leaf", "jit_middle", "jit_outer", "run", "main"];

/// Every stack of the outcome begins with these functions, and they were seen so often.
fn begin(outcome: &Outcome, functions: &[&str], count: u64) -> Result<(), Failed> {
    let found = stacks(&outcome.stdout);
    let is_right = |stack: &Vec<String>| {
        // The first may be cut: tables of files that were just met are still made.
        let functions = stack.iter().zip(functions).take_while(|(name, _)| *name != BROKEN);
        stack.len() > 1 && functions.into_iter().all(|(a, b)| a == b)
    };
    let counts =
        outcome.stdout.lines().filter_map(|line| line.strip_prefix("]: ")?.parse::<u64>().ok());
    if !found.iter().all(is_right) || counts.sum::<u64>() != count {
        return Err(outcome.wrong(&format!("not {functions:?} {count} times")));
    }
    Ok(())
}

/// The process has ended and its names were deleted before they are printed.
fn compiled() -> Result<(), Failed> {
    let program = harness::programs().join("jit_target").display().to_string();
    let folder = Folder::new()?;
    let script = folder.join("script");
    fs::write(
        &script,
        format!("{program} 20 & child=$!; wait $child; sleep 1; rm /tmp/perf-$child.map\n"),
    )?;
    let probe = "tracepoint:syscalls:sys_enter_getppid /comm == \"jit_target\"/ { @[ustack(5)] = count(); }";
    let command = format!("sh {}", script.display());
    let outcome = harness::run(["-e", probe, "-c", &command])?.expect_code(0)?;
    begin(&outcome, JIT, 20)
}

/// The process had another id for itself, and another `/tmp`.
fn compiled_elsewhere() -> Result<(), Failed> {
    let folder = Folder::new()?;
    let name = folder.name();
    let program = format!("/dev/shm/{name}");
    fs::copy(harness::programs().join("jit_target"), &program)?;
    let script = folder.join("script");
    fs::write(&script, format!("mount -t tmpfs none /tmp; {program} 20\n"))?;
    let probe = format!(
        "tracepoint:syscalls:sys_enter_getppid /comm == \"{name}\"/ {{ @[ustack(5)] = count(); }}"
    );
    let command = format!("unshare -m -p -f sh {}", script.display());
    let outcome = harness::run(["-e", &probe, "-c", &command]);
    fs::remove_file(&program)?;
    begin(&outcome?.expect_code(0)?, JIT, 20)
}

fn vdso() -> Result<(), Failed> {
    let program = harness::programs().join("clock_target").display().to_string();
    let probe =
        "tracepoint:syscalls:sys_enter_clock_gettime /pid == cpid/ { @[ustack] = count(); }";
    let outcome = harness::run(["-e", probe, "-c", &program])?.expect_code(0)?;
    let found = stacks(&outcome.stdout);
    let is_right = found.iter().any(|stack| {
        stack.first().is_some_and(|name| name.ends_with("clock_gettime"))
            && stack.iter().any(|name| name == "main")
    });
    if !is_right || outcome.stdout.contains("0x") {
        return Err(outcome.wrong("the vDSO's function has no name"));
    }
    Ok(())
}

/// A program without symbols, whose debug information is in a folder that `--debuginfo` names, by
/// its build id, as it is and compressed.
fn separate() -> Result<(), Failed> {
    let folder = Folder::new()?;
    let name = folder.name();
    folder.copy("stacks", &name)?;
    let tool = |words: &[&str]| {
        let mut command = Command::new("objcopy");
        run_program(command.args(words).current_dir(folder.join("")))?
            .expect_code(0)
            .map(|_| ())
    };
    tool(&["--dump-section", ".note.gnu.build-id=id", &name])?;
    // Twelve bytes of the note's head, and its owner, `GNU`.
    let id: String =
        fs::read(folder.join("id"))?[16..].iter().map(|it| format!("{it:02x}")).collect();
    let place = format!("symbols/.build-id/{}", &id[..2]);
    fs::create_dir_all(folder.join(&place))?;
    let by_id = format!("{place}/{}.debug", &id[2..]);
    tool(&["--only-keep-debug", "--compress-debug-sections=zlib", &name, &by_id])?;
    tool(&["--strip-all", &name])?;
    let script = format!(
        "tracepoint:syscalls:sys_enter_getppid /comm == \"{name}\"/ {{ @[ustack(4)] = count(); }}"
    );
    let mut hawk = words(&folder)?;
    let symbols = folder.join("symbols").display().to_string();
    hawk.args(["--debuginfo", &symbols, "-e", &script, "-c", &format!("./{name} 3 end")]);
    let outcome = run_program(&mut hawk)?.expect_code(0)?;
    begin(&outcome, &["inner", "middle", "outer", "main"], 3)?;
    if outcome.stdout.matches("stacks.c:").count() != 4 {
        return Err(outcome.wrong("not each of the frames has its line"));
    }
    Ok(())
}

/// A program whose symbols are compressed in a section of it, as Fedora has it.
fn inside() -> Result<(), Failed> {
    let folder = Folder::new()?;
    let name = folder.name();
    folder.copy("stacks", &name)?;
    let tool = |program: &str, words: &[&str]| {
        let mut command = Command::new(program);
        run_program(command.args(words).current_dir(folder.join("")))?
            .expect_code(0)
            .map(|_| ())
    };
    tool("objcopy", &["--strip-debug", &name, "symbols"])?;
    tool("xz", &["symbols"])?;
    let section = "--add-section=.gnu_debugdata=symbols.xz";
    tool("objcopy", &["--strip-all", section, &name])?;
    let script = format!(
        "tracepoint:syscalls:sys_enter_getppid /comm == \"{name}\"/ {{ @[ustack(4)] = count(); }}"
    );
    let mut hawk = words(&folder)?;
    hawk.args(["-e", &script, "-c", &format!("./{name} 3 end")]);
    let outcome = run_program(&mut hawk)?.expect_code(0)?;
    begin(&outcome, &["inner", "middle", "outer", "main"], 3)
}

/// Where a signal's handler returns to is a function of its own, which the byte before is not in.
fn trampoline() -> Result<(), Failed> {
    let program = harness::programs().join("unwind_target_static").display().to_string();
    let probe = "tracepoint:syscalls:sys_enter_getppid /pid == cpid/ { @[ustack] = count(); }";
    let outcome = harness::run(["-e", probe, "-c", &program])?.expect_code(0)?;
    let found = stacks(&outcome.stdout);
    let follows = |stack: &Vec<String>| {
        stack.windows(2).any(|pair| pair == ["u_handler", "__restore_rt"])
    };
    if found.iter().any(follows) { Ok(()) } else { Err(outcome.wrong("it has no name")) }
}
