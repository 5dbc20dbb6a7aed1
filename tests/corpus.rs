//! Runs every program under `tests/corpus` but those of `run/` through the stage that its folder
//! is called after, on a recorded machine, and compares what comes out.
//!
//! A file is a program, then what is expected: `--- parse ---` (or another stage) with what comes
//! out of it, `--- errors ---` with the messages and `--- compat ---` with bpftrace's words for
//! them. `UPDATE=1` rewrites what follows the program. Header lines may say more:
//! `// kernel: NAME` (a file of `tests/recorded`), `// params: a b`, `// args: -p 1 -c true`,
//! `// config: compat=1 max_strlen=64`, `// filter: REGEX` (`--probe-filter`), `// repeat: N TEXT` (replaces `<repeat>`),
//! `// bytes: yes` (`<byte ff>` is that byte). A section `--- file NAME ---` is a file that the
//! program can import or include; `// world-writable: NAME` is a directory that all may write to.

use std::{fs, process::ExitCode};

use diag::{Code, Diagnostic, SourceId, Sources};
use driver::{
    StageName, emit,
    pipeline::{Failure, Input},
};
use libtest_mimic::{Arguments, Failed, Trial};
use stdlib::{
    Config,
    settings::{From, Given},
};
use tests::{
    Case, RecordedKernel, Section, difference, files, folder, is_update, recorded_kernel,
};

/// Folders, and the stage whose output is compared. Errors may come from any.
const STAGES: &[(&str, StageName)] = &[
    ("parse", StageName::Parse),
    ("expand", StageName::Expand),
    ("check", StageName::Check),
    ("lower", StageName::Lower),
    ("errors", StageName::Lower),
];

/// Codes that no program gives on a recorded machine, and why.
const ELSEWHERE: &[(Code, &str)] = &[
    (Code::Refused, "a bug of ours: see runtime/tests/run.rs"),
    (Code::CannotAttach, "only a kernel refuses: see runtime/tests/run.rs"),
];

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    for (name, stage) in STAGES {
        for path in files(&folder().join("corpus").join(name)) {
            match Case::read(&path) {
                Ok(case) => {
                    trials.push(Trial::test(case.name(), move || compare(&case, *stage)));
                }
                Err(why) => trials.push(Trial::test(*name, move || Err(why.into()))),
            }
        }
    }
    trials.push(Trial::test("every_code_has_a_file", every_code_has_a_file));
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn compare(case: &Case, stage: StageName) -> Result<(), Failed> {
    // Warnings stop nothing.
    let is_error = case.name().starts_with("errors::E");
    let outcome = outcome(case, stage)?;
    let failed = outcome.iter().any(|section| section.name == "errors");
    if failed != is_error {
        let shown = case.with(&outcome);
        let wanted =
            if is_error { "this program should be wrong" } else { "this program is right" };
        return Err(format!("{wanted}:\n{shown}").into());
    }
    if outcome == case.sections {
        return Ok(());
    }
    let new = case.with(&outcome);
    if is_update() {
        return fs::write(&case.path, new).map_err(Failed::from);
    }
    Err(format!("{}: {}", case.path.display(), difference(&case.with(&case.sections), &new))
        .into())
}

/// What comes out, as sections.
fn outcome(case: &Case, stage: StageName) -> Result<Vec<Section>, Failed> {
    let kernel = kernel(case)?;
    let (mut input, mut problems) = input(case)?;
    let result = if diag::any_error(&problems) {
        Err(Failure::Script)
    } else {
        emit::stage(stage, &mut input, &kernel, &mut problems)
    };
    diag::sort(&mut problems);
    let mut sections: Vec<_> =
        case.sections.iter().filter(|it| it.name.starts_with("file ")).cloned().collect();
    let name = match result {
        Ok(text) => {
            let text = text.lines().map(|line| format!("{}\n", line.trim_end())).collect();
            if stage_name(case) != "errors" {
                sections.push(Section { name: stage_name(case), text });
            }
            "warnings"
        }
        Err(Failure::Script) => "errors",
        Err(other) => return Err(other.to_string().into()),
    };
    if problems.is_empty() {
        return Ok(sections);
    }
    let said = |problem: &Diagnostic| diag::render(problem, &input.sources, false);
    let compat = |problem: &Diagnostic| diag::render_compat(problem, &input.sources);
    let text = problems.iter().map(said).collect();
    sections.push(Section { name: name.to_owned(), text });
    let text = problems.iter().map(compat).collect();
    sections.push(Section { name: "compat".to_owned(), text });
    Ok(sections)
}

fn stage_name(case: &Case) -> String {
    case.name().split("::").next().unwrap_or_default().to_owned()
}

fn kernel(case: &Case) -> Result<RecordedKernel, Failed> {
    let mut kernel = recorded_kernel(case.header("kernel").unwrap_or("linux-6.18"))?;
    let args = case.words("args");
    let pid = args.iter().position(|word| *word == "-p").and_then(|at| args.get(at + 1));
    kernel.target = pid.and_then(|pid| pid.parse().ok());
    kernel.child = args.contains(&"-c");
    kernel.scope = stdlib::Scope {
        descendants: args.contains(&"--follow"),
        control_group: args.contains(&"--cgroup"),
    };
    for (name, text) in case.files() {
        kernel.files.insert(name.to_owned(), text.to_owned());
    }
    kernel.world_writable =
        case.words("world-writable").into_iter().map(str::to_owned).collect();
    Ok(kernel)
}

fn input(case: &Case) -> Result<(Input, Vec<Diagnostic>), Failed> {
    let mut config = Config::default();
    for word in case.words("config") {
        let (key, value) = word.split_once('=').ok_or("`// config: KEY=VALUE`")?;
        if key == "allow_unsafe" {
            config.allow_unsafe = value != "0";
            continue;
        }
        let taken = config.set(key, Given::Text(value), From::Outside);
        taken.map_err(|why| format!("{word}: {why:?}"))?;
    }
    if case.words("args").contains(&"--test") {
        config.purpose = stdlib::Purpose::Test;
    } else if case.words("args").contains(&"--bench") {
        config.purpose = stdlib::Purpose::Bench;
    }
    config.probe_filter = case.header("filter").map(str::to_owned);
    let args = case.words("args");
    for pair in args.windows(2) {
        match pair {
            ["-I", folder] => config.include_directories.push((*folder).to_owned()),
            ["--include", file] => config.include_headers.push((*file).to_owned()),
            _ => {}
        }
    }
    let (text, problem) = match grammar::decode(SourceId(0), bytes(case)?) {
        Ok(text) => (text, None),
        Err(wrong) => (wrong.text, Some(wrong.problem)),
    };
    let parameters = case.words("params").into_iter().map(str::to_owned).collect();
    let sources = Sources::new("case.bt", text);
    let input = Input { sources, parameters, config, cpu: llvm::Cpu::default() };
    Ok((input, problem.into_iter().collect()))
}

/// The program, with what an editor can't hold put in.
fn bytes(case: &Case) -> Result<Vec<u8>, Failed> {
    let mut text = case.program.clone();
    if let Some((count, piece)) = case.header("repeat").and_then(|it| it.split_once(' ')) {
        let count: usize = count.parse().map_err(|_| "`// repeat: N TEXT`")?;
        text = text.replacen("<repeat>", &piece.repeat(count), 1);
    }
    if case.header("bytes").is_none() {
        return Ok(text.into_bytes());
    }
    let mut out = Vec::new();
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once("<byte ") {
        let (digits, after) = after.split_once('>').ok_or("`<byte ff>`")?;
        out.extend(before.as_bytes());
        out.push(u8::from_str_radix(digits, 16).map_err(|_| "`<byte ff>`")?);
        rest = after;
    }
    out.extend(rest.as_bytes());
    Ok(out)
}

/// A file of `errors/` is called after the code that it shows, and shows it.
fn every_code_has_a_file() -> Result<(), Failed> {
    let folder = folder().join("corpus/errors");
    let paths = files(&folder);
    let names: Vec<_> = paths.iter().map(|path| Case::read(path)).collect::<Result<_, _>>()?;
    let mut wrong = Vec::new();
    for code in Code::ALL {
        let elsewhere = ELSEWHERE.iter().any(|(known, _)| known == code);
        let start = format!("errors::{}-", code.id());
        let shown = names.iter().any(|case| case.name().starts_with(&start));
        if !shown && !elsewhere {
            wrong.push(format!("no file shows {}", code.id()));
        }
        if shown && elsewhere {
            wrong.push(format!("{} is shown after all", code.id()));
        }
    }
    for case in &names {
        let name = case.name();
        let code = name.trim_start_matches("errors::").split('-').next().unwrap_or_default();
        let says = case.section("errors").or(case.section("warnings")).unwrap_or_default();
        if !says.contains(&format!("[{code}]")) {
            wrong.push(format!("{name} does not show {code}"));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}
