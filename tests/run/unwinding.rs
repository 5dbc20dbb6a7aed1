//! Stacks of programs without frame pointers: each is the call chain that the program made, whole.

use std::collections::BTreeSet;

use libtest_mimic::Failed;

use crate::{Guests, Test, harness};

const NEEDS: &str = "root tracepoint uprobe programs linux-6.1 btf";
/// Of functions that the verifier looks at once.
const NEEDS_APART: &str = "root tracepoint programs linux-6.6 btf";

/// The chains of `tests/programs/unwind_target.c`, the callee first, without what is not its own.
const CHAINS: [&[&str]; 5] = [
    &["u_leaf", "u_inner", "u_outer", "main"],
    &["u_leaf", "u_compare", "u_sorted", "main"],
    &["u_leaf", "u_handler", "u_signalled", "main"],
    &["u_leaf", "u_worker"],
    &["u_leaf", "u_aligned", "main"],
];

pub(crate) fn all() -> Vec<Test> {
    vec![
        Test::new("unwinding::shared", NEEDS, Guests::Sample, || chains("unwind_target")),
        Test::new("unwinding::static", NEEDS, Guests::All, || chains("unwind_target_static")),
        Test::new("unwinding::stripped", NEEDS, Guests::All, || {
            chains("unwind_target_stripped")
        }),
        Test::new("unwinding::through_return_probes", NEEDS, Guests::Sample, through_returns),
        Test::new("unwinding::at_many_places", NEEDS_APART, Guests::All, at_many_places),
        Test::new("unwinding::by_frame_pointers", NEEDS, Guests::All, without_tables),
    ]
}

/// The chains as a system call and as a uprobe at a function's first instruction see them.
fn chains(program: &str) -> Result<(), Failed> {
    let path = harness::programs().join(program);
    let script = format!(
        "tracepoint:syscalls:sys_enter_getppid /pid == cpid/ {{ @calls[ustack] = count(); }}
         uprobe:{}:u_leaf {{ @entries[ustack(dwarf)] = count(); }}",
        path.display()
    );
    let command = path.display().to_string();
    let outcome = harness::run(["-e", &script, "-c", &command])?.expect_code(0)?;
    let expected = five_chains();
    for map in ["@calls", "@entries"] {
        if own(&outcome.stdout, map) != expected {
            return Err(outcome.wrong(&format!("the stacks of {map} are not the five chains")));
        }
    }
    if outcome.stdout.contains("unwind failure") {
        return Err(outcome.wrong("a stack is not whole"));
    }
    Ok(())
}

/// The kernel has replaced the return addresses of the functions that are between: of one twice, and
/// of what a library calls.
fn through_returns() -> Result<(), Failed> {
    let path = harness::programs().join("unwind_target").display().to_string();
    let script = format!(
        "uretprobe:{path}:u_inner /pid == cpid/ {{ @inner = count(); }}
         uretprobe:{path}:u_inner /pid == cpid/ {{ @again = count(); }}
         uretprobe:{path}:u_outer, uretprobe:{path}:u_compare, uretprobe:{path}:u_sorted {{ @others = count(); }}
         tracepoint:syscalls:sys_enter_getppid /pid == cpid/ {{ @calls[ustack] = count(); }}"
    );
    let outcome = harness::run(["-e", &script, "-c", &path])?.expect_code(0)?;
    if own(&outcome.stdout, "@calls") != five_chains() {
        return Err(outcome.wrong("the stacks are not the five chains"));
    }
    if outcome.stdout.contains("unwind failure") || !outcome.stdout.contains("@again: 1") {
        return Err(outcome.wrong("a stack is not whole, or a probe did not fire"));
    }
    Ok(())
}

/// More stacks in a probe than the verifier can follow one by one: it follows the walk once.
fn at_many_places() -> Result<(), Failed> {
    let path = harness::programs().join("unwind_target").display().to_string();
    let script = "tracepoint:syscalls:sys_enter_getppid /pid == cpid/ \
        { unroll(11) { unroll(11) { @calls[ustack] = count(); } } }";
    let outcome = harness::run(["-e", script, "-c", &path])?.expect_code(0)?;
    if own(&outcome.stdout, "@calls") != five_chains() {
        return Err(outcome.wrong("the stacks are not the five chains"));
    }
    Ok(())
}

fn five_chains() -> BTreeSet<Vec<String>> {
    CHAINS.iter().map(|chain| chain.iter().map(|name| (*name).to_owned()).collect()).collect()
}

/// Forced, the kernel follows frame pointers that are none: it finds no caller of the leaf.
fn without_tables() -> Result<(), Failed> {
    let path = harness::programs().join("unwind_target").display().to_string();
    let script =
        "tracepoint:syscalls:sys_enter_getppid /pid == cpid/ { @calls[ustack(fp)] = count(); }";
    let outcome = harness::run(["-e", script, "-c", &path])?.expect_code(0)?;
    let found = own(&outcome.stdout, "@calls");
    if found.iter().any(|chain| chain.len() == 4) {
        return Err(outcome.wrong("frame pointers led through a chain that keeps none"));
    }
    Ok(())
}

/// The program's own functions in each stack of a map, without inlining and offsets.
fn own(output: &str, map: &str) -> BTreeSet<Vec<String>> {
    let mut stacks = BTreeSet::new();
    let mut stack: Option<Vec<String>> = None;
    for line in output.lines() {
        if line.starts_with(&format!("{map}[")) {
            stack = Some(Vec::new());
        } else if line.starts_with("]:") {
            stacks.extend(stack.take());
        } else if let Some(stack) = &mut stack {
            let name = line.trim().split(['+', '@']).next().unwrap_or_default();
            if name.starts_with("u_") || name == "main" {
                stack.push(name.to_owned());
            }
        }
    }
    stacks
}
