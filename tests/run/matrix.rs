//! Every kind of program in every state that it can be in when its stack is printed: each stack is the
//! known call chain, frame by frame, inlined functions too. One row of [`PROGRAMS`] and one of
//! [`STATES`] make a test of their own, so there is no cell without one.

use std::{
    fs,
    path::Path,
    process::Command,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use libtest_mimic::Failed;

use crate::{
    Guests, Test,
    harness::{self, Folder, Outcome, Running, patience},
    led::{BROKEN, Led},
};

/// What happens between the events and the end of the run, when stacks are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Running,
    Ended,
    Deleted,
    Replaced,
    /// Beside it the file is nowhere: it is in a mount namespace of the process.
    Elsewhere,
}

#[rustfmt::skip]
const STATES: [(&str, State); 5] = [
    ("running", State::Running),
    ("ended", State::Ended),
    ("deleted", State::Deleted),
    ("replaced", State::Replaced),
    ("in_another_namespace", State::Elsewhere),
];

/// A program of `make programs`, and what its stacks have to be.
struct Program {
    name: &'static str,
    path: &'static str,
    /// The frames before the first of the chain that are none of the program's own.
    before: &'static [&'static str],
    /// The chains that one turn makes, from the innermost function on, without gaps.
    chains: &'static [&'static [&'static str]],
    /// How many of the frames have a line of this file.
    lines: (&'static str, usize),
}

const C: &[&[&str]] =
    &[&["[inlined] ask", "last", "inner", "[inlined] between", "outer", "main"]];
const C_LINES: (&str, usize) = ("chain_target.c:", 6);

#[rustfmt::skip]
const PROGRAMS: [Program; 9] = [
    Program { name: "c_with_frame_pointers", path: "chain_target_fp", before: &[], chains: C, lines: C_LINES },
    Program { name: "c_without_them", path: "chain_target", before: &[], chains: C, lines: C_LINES },
    Program { name: "c_at_fixed_addresses", path: "chain_target_fixed", before: &[], chains: C, lines: C_LINES },
    Program { name: "c_static", path: "chain_target_static", before: &[], chains: C, lines: C_LINES },
    Program { name: "c_stripped", path: "chain_target_separate", before: &[], chains: C, lines: C_LINES },
    Program { name: "cpp", path: "chain_cpp_target", before: &[], chains: &[CPP], lines: ("chain_cpp_target.cc:", 6) },
    Program { name: "rust", path: "chain_rust_target", before: RUST_BEFORE, chains: &[RUST], lines: ("chain_rust_target.rs:", 7) },
    Program { name: "go", path: "chain_go_target", before: GO_BEFORE, chains: &[GO_MAIN, GO_OTHER], lines: ("chain_go_target.go:", 7) },
    Program { name: "compiled_at_run_time", path: "jit_target", before: &[], chains: &[JIT], lines: ("jit_target.c:", 2) },
];

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

/// The standard library's function, and the C library's.
const RUST_BEFORE: &[&str] = &["[inlined] std::", "std::", "getppid", "__getppid", "__GI_"];

/// Other versions of Go have others.
const GO_BEFORE: &[&str] =
    &["syscall.", "[inlined] syscall.", "internal/runtime/syscall", "runtime/internal/syscall"];

const GO_MAIN: &[&str] = &[
    "main.ask",
    "[inlined] main.inlined",
    "main.(*Iron).Pull",
    "main.through.func1",
    "main.twice",
    "main.through",
    "main.main",
];

const GO_OTHER: &[&str] = &[
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

const JIT: &[&str] = &["jit_leaf", "jit_middle", "jit_outer", "run", "main"];

pub(crate) fn all() -> Vec<Test> {
    let mut tests = Vec::new();
    for (name, state) in STATES {
        for (row, program) in PROGRAMS.iter().enumerate() {
            let mut needs =
                "root tracepoint programs languages objcopy linux-6.1 btf".to_owned();
            let mut guests = Guests::All;
            if state == State::Elsewhere {
                needs += " unshare";
                guests = Guests::None;
            }
            let name = format!("matrix::{}::{name}", program.name);
            tests.push(Test::new(&name, &needs, guests, move || cell(row, state)));
        }
    }
    tests
}

/// One run in a state is for all programs, and each cell looks at its own; what was wrong is not kept.
fn cell(row: usize, state: State) -> Result<(), Failed> {
    static RUNS: [Mutex<Option<Outcome>>; STATES.len()] =
        [const { Mutex::new(None) }; STATES.len()];
    let mut kept = RUNS[state as usize].lock().unwrap_or_else(PoisonError::into_inner);
    let outcome = kept.take().map_or_else(|| run(state), Ok)?;
    compare(&PROGRAMS[row], letter(row), &outcome)?;
    *kept = Some(outcome);
    Ok(())
}

/// The last letter of the names of a row's processes.
fn letter(row: usize) -> char {
    char::from(b'a' + row as u8)
}

/// Every whole stack is one of the chains, each chain is there, and of what could not be followed to
/// its end all that is printed is right.
fn compare(program: &Program, letter: char, outcome: &Outcome) -> Result<(), Failed> {
    let stacks = stacks(&outcome.stdout, letter);
    let mut found = vec![false; program.chains.len()];
    for (frames, lines) in &stacks {
        let own = frames
            .iter()
            .skip_while(|frame| program.before.iter().any(|name| frame.starts_with(name)));
        let own: Vec<&str> = own.map(String::as_str).collect();
        let is_cut = own.last() == Some(&BROKEN);
        let own = own.strip_suffix(&[BROKEN]).unwrap_or(&own);
        let same = |chain: &&[&str]| {
            let common = own.len().min(chain.len());
            own[..common] == chain[..common] && (is_cut || own.len() >= chain.len())
        };
        let Some(at) = program.chains.iter().position(same) else {
            return Err(outcome.wrong(&format!("{}: {frames:#?}", program.name)));
        };
        if is_cut {
            continue;
        }
        found[at] = true;
        let (file, count) = program.lines;
        let named = lines.iter().filter(|line| line.contains(file)).count();
        if named < count || lines.iter().any(|line| line.trim_start().starts_with("0x")) {
            return Err(outcome.wrong(&format!("{}: without names {lines:#?}", program.name)));
        }
    }
    if found.contains(&false) {
        return Err(outcome.wrong(&format!("{}: {found:?} of the chains", program.name)));
    }
    Ok(())
}

/// The stacks of the process whose name ends in `letter`, as functions and as lines.
fn stacks(output: &str, letter: char) -> Vec<(Vec<String>, Vec<&str>)> {
    let mut all: Vec<(Vec<String>, Vec<&str>)> = Vec::new();
    let mut is_ours = false;
    for line in output.lines() {
        if let Some(name) = line.strip_prefix("@[") {
            is_ours = name.ends_with(&format!("{letter}, "));
            if is_ours {
                all.push((Vec::new(), Vec::new()));
            }
        } else if let (true, Some(frame), Some((frames, lines))) =
            (is_ours, line.strip_prefix("        "), all.last_mut())
        {
            let name = frame.split('@').next().unwrap_or_default();
            frames.push(name.rsplit_once('+').map_or(name, |(name, _)| name).to_owned());
            lines.push(line);
        } else {
            is_ours = false;
        }
    }
    all
}

/// Runs all programs until each has a stack that was followed to its end, brings them into the state,
/// and lets the stacks be printed.
fn run(state: State) -> Result<Outcome, Failed> {
    let folder = Folder::new()?;
    let name = folder.name();
    let probe = format!(
        "tracepoint:syscalls:sys_enter_getppid /strncmp(comm, \"{name}\", {}) == 0/ {{
             @[comm, ustack] = count(); printf(\"%s%sover\\n\", comm, ustack(raw)); }}",
        name.len()
    );
    let separate = harness::programs().join("debuginfo").display().to_string();
    let mut hawk = harness::start(["--debuginfo", &separate, "-e", &probe])?;
    hawk.attached()?;
    let mut all = Vec::new();
    for (row, program) in PROGRAMS.iter().enumerate() {
        let path = folder.join(&format!("{name}{}", letter(row)));
        let mut led = start(program, &path, state)?;
        led.until_whole(&mut hawk, program.chains.len())?;
        if matches!(state, State::Deleted | State::Replaced) {
            held_open(&hawk, &path)?;
        }
        match state {
            State::Running | State::Ended | State::Elsewhere => {}
            State::Deleted => fs::remove_file(&path)?,
            State::Replaced => {
                let new = folder.copy("calls", "new")?;
                fs::rename(new, &path)?;
            }
        }
        if state != State::Running {
            led.end()?;
        }
        all.push(led);
    }
    hawk.signal("INT")?;
    hawk.finish()?.expect_code(0)
}

/// Starts a copy of the program at `path`.
fn start(program: &Program, path: &Path, state: State) -> Result<Led, Failed> {
    let original = harness::programs().join(program.path);
    if state != State::Elsewhere {
        fs::copy(original, path)?;
        return Led::start(Command::new(path).arg("led"));
    }
    // The file is where the namespace has a `/tmp` of its own.
    let script = "exec 9<\"$1\"; mount -t tmpfs none /tmp && cat <&9 >\"/tmp/$2\" && \
        chmod +x \"/tmp/$2\" && exec \"/tmp/$2\" led 9<&-";
    let mut command = Command::new("unshare");
    command.args(["-m", "-p", "-f", "sh", "-c", script, "sh"]);
    Led::start(command.arg(original).arg(path.file_name().unwrap_or_default()))
}

/// Waits until `hawk` has opened the file: what is gone before can't be read.
fn held_open(hawk: &Running, path: &Path) -> Result<(), Failed> {
    let deadline = Instant::now() + patience();
    let descriptors = format!("/proc/{}/fd", hawk.pid);
    let is_open = || -> Result<bool, Failed> {
        let mut links = fs::read_dir(&descriptors)?.filter_map(Result::ok);
        Ok(links.any(|link| fs::read_link(link.path()).is_ok_and(|to| to == path)))
    };
    while !is_open()? {
        if Instant::now() > deadline {
            return Err(format!("{} is not held open", path.display()).into());
        }
        std::thread::park_timeout(Duration::from_millis(2));
    }
    Ok(())
}
