//! The bytecode that `-v` shows is what is loaded: `bpftool` reads the same from the kernel.

use std::process::Command;

use libtest_mimic::Failed;

use crate::{
    Guests, Test,
    harness::{self, Outcome, Stream, run_program},
};

pub(crate) fn all() -> Vec<Test> {
    vec![
        Test::new(
            "instructions::agree_with_bpftool",
            "root tracepoint bpftool",
            Guests::All,
            agree,
        ),
        Test::new(
            "instructions::are_with_the_lines_of_the_script",
            "root tracepoint",
            Guests::All,
            lines,
        ),
    ]
}

const PROGRAM: &str = "tracepoint:syscalls:sys_enter_openat /comm != \"hawk\"/ {
    @start[tid] = nsecs;
    @[str(args.filename)] = count();
    printf(\"%d %s\\n\", pid, comm);
}
tracepoint:syscalls:sys_exit_openat /@start[tid]/ {
    @ns = hist(nsecs - @start[tid]);
    delete(@start, tid);
}";

/// One program as `-v` shows it: its id and its instructions.
struct Shown {
    id: String,
    instructions: Vec<String>,
}

fn shown(text: &str) -> Vec<Shown> {
    let mut found: Vec<Shown> = Vec::new();
    for line in text.lines() {
        if let Some(id) = line.strip_prefix("Program ID: ") {
            found.push(Shown { id: id.trim().to_owned(), instructions: Vec::new() });
        } else if let Some(last) = found.last_mut()
            && let Some(instruction) = instruction(line)
        {
            last.instructions.push(instruction);
        }
    }
    found
}

/// Offset, opcode, registers and offsets of `5: (b7) r1 = 3`; the names of maps and helpers, and
/// what tools say behind, left out.
fn instruction(line: &str) -> Option<String> {
    let line = line.trim();
    let (number, rest) = line.split_once(": (")?;
    number.parse::<u32>().ok()?;
    let (code, rest) = rest.split_once(") ")?;
    let rest = rest.split(['<', ';']).next().unwrap_or_default().trim();
    let rest = match (code, rest.split_once(" = ")) {
        // Each tool names maps in its own way, and the kernel hides addresses.
        ("18", Some((register, _))) => register.to_owned(),
        ("85", _) => "call".to_owned(),
        // Older tools don't know that this move finds the CPU's own cell.
        (_, Some((register, from))) if from.starts_with("&(void __percpu *)") => {
            format!(
                "{register} = {}",
                from.trim_start_matches("&(void __percpu *)").trim_matches(['(', ')'])
            )
        }
        _ => rest.to_owned(),
    };
    Some(format!("{number} {code} {rest}"))
}

fn loaded() -> Result<(harness::Running, String), Failed> {
    let mut hawk = harness::start(["-v", "-e", PROGRAM])?;
    hawk.attached()?;
    let text = hawk.printed(Stream::Err).to_owned();
    Ok((hawk, text))
}

fn agree() -> Result<(), Failed> {
    let (hawk, text) = loaded()?;
    let programs = shown(&text);
    let mut differences = Vec::new();
    for Shown { id, instructions } in &programs {
        let mut bpftool = Command::new("bpftool");
        bpftool.env("PATH", "/usr/sbin:/sbin:/usr/bin:/bin");
        let dump = run_program(bpftool.args(["prog", "dump", "xlated", "id", id]))?;
        let theirs: Vec<_> = dump.stdout.lines().filter_map(instruction).collect();
        if theirs.len() != instructions.len() || theirs.is_empty() {
            let (ours, theirs) = (instructions.len(), theirs.len());
            differences
                .push(format!("program {id}: {ours} instructions, bpftool has {theirs}"));
        }
        for (ours, theirs) in instructions.iter().zip(&theirs) {
            if ours != theirs {
                differences.push(format!("program {id}: `{ours}`, bpftool has `{theirs}`"));
            }
        }
    }
    hawk.signal("INT")?;
    let outcome = hawk.finish()?;
    if programs.len() != 2 {
        return Err(outcome.wrong("expected two programs"));
    }
    if differences.is_empty() { Ok(()) } else { Err(differences.join("\n").into()) }
}

fn lines() -> Result<(), Failed> {
    let (hawk, text) = loaded()?;
    hawk.signal("INT")?;
    hawk.finish()?.expect_code(0)?;
    let wrong = |what: &str| {
        Outcome { stdout: String::new(), stderr: text.clone(), code: 0 }.wrong(what)
    };
    for line in PROGRAM.lines().filter(|line| line.contains("= ") || line.contains("delete")) {
        if !text.contains(line.trim()) {
            return Err(wrong(&format!("the line `{}` is missing", line.trim())));
        }
    }
    for wanted in ["map[@start]", "map[@ns]", "call bpf_get_current_comm#16", "Attach point: "]
    {
        if !text.contains(wanted) {
            return Err(wrong(&format!("`{wanted}` is missing")));
        }
    }
    Ok(())
}
