//! Stacks of programs in C++, Rust and Go, and of code that is made at run time: frame by frame as
//! their source has it, with inlined functions.

use libtest_mimic::Failed;

use crate::{Guests, Test, harness};

const NEEDS: &str = "root tracepoint programs languages linux-6.1 btf";

pub(crate) fn all() -> Vec<Test> {
    vec![
        Test::new("chains::of_cpp", NEEDS, Guests::All, || {
            same("chain_cpp_target", "chain::|[inlined] ask|operator()|=main", &[CPP])
        }),
        Test::new("chains::of_rust", NEEDS, Guests::All, || {
            same("chain_rust_target", "chain_rust_target", &[RUST])
        }),
        Test::new("chains::of_go", NEEDS, Guests::All, || {
            same(
                "chain_go_target",
                "main.|syscall.RawSyscall6|=runtime.goexit",
                &[GO_MAIN, GO_OTHER],
            )
        }),
    ]
}

const CPP: &[&str] = &[
    "[inlined] ask",
    "void chain::last<short>(short)",
    "chain::Iron::pull(int)",
    "operator()",
    "chain::through(chain::Link&)",
    "main",
];

const RUST: &[&str] = &[
    "[inlined] chain_rust_target::chain::ask",
    "[inlined] chain_rust_target::chain::middle",
    "chain_rust_target::chain::last",
    "<chain_rust_target::chain::Iron as chain_rust_target::chain::Link>::pull",
    "[inlined] chain_rust_target::main::{{closure}}",
    "chain_rust_target::twice",
    "chain_rust_target::main",
];

const GO_MAIN: &[&str] = &[
    "syscall.RawSyscall6",
    "main.ask",
    "[inlined] main.inlined",
    "main.(*Iron).Pull",
    "main.through.func1",
    "main.twice",
    "main.through",
    "main.main",
    "runtime.goexit",
];

const GO_OTHER: &[&str] = &[
    "syscall.RawSyscall6",
    "main.ask",
    "[inlined] main.inlined",
    "main.(*Iron).Pull",
    "main.through.func1",
    "main.twice",
    "main.through",
    "main.deep",
    "main.deep",
    "main.deep",
    "main.deep",
    "main.main.func1",
    "runtime.goexit",
];

/// The stacks of `program`'s getppid calls, as far as their functions have one of these words in
/// their names, or are one with `=`, are these.
fn same(program: &str, words: &str, chains: &[&[&str]]) -> Result<(), Failed> {
    let path = harness::programs().join(program).display().to_string();
    let script = "tracepoint:syscalls:sys_enter_getppid /pid == cpid/ { @[ustack] = count(); }";
    let outcome = harness::run(["-e", script, "-c", &path])?.expect_code(0)?;
    let mut found = stacks(&outcome.stdout);
    let is_own = |name: &String| {
        words.split('|').any(|word| {
            word.strip_prefix('=').map_or_else(|| name.contains(word), |whole| name == whole)
        })
    };
    for stack in &mut found {
        stack.retain(is_own);
    }
    found.sort();
    let mut expected: Vec<Vec<String>> = chains
        .iter()
        .map(|chain| chain.iter().map(|name| (*name).to_owned()).collect())
        .collect();
    expected.sort();
    if found != expected {
        return Err(outcome.wrong(&format!("the stacks are {found:#?}")));
    }
    if outcome.stdout.contains("unwind failure") {
        return Err(outcome.wrong("a stack is not whole"));
    }
    Ok(())
}

/// The functions of each stack of a map, without offsets and lines.
pub(crate) fn stacks(output: &str) -> Vec<Vec<String>> {
    let mut all: Vec<Vec<String>> = Vec::new();
    for line in output.lines() {
        if line.starts_with('@') {
            all.push(Vec::new());
        } else if let (Some(frame), Some(stack)) =
            (line.strip_prefix("        "), all.last_mut())
        {
            // `@` and what follows is the line; an offset is the last `+`.
            let frame = frame.split('@').next().unwrap_or_default();
            stack.push(frame.rsplit_once('+').map_or(frame, |(name, _)| name).to_owned());
        }
    }
    all
}
