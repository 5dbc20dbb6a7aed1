//! From the command line to the exit code.

use std::{ffi::OsString, fs, path::Path, process::ExitCode};

use diag::Diagnostic;
use runtime::{
    Collect, LoadOptions, Machine, RunOptions, Target,
    output::{self, Buffering, Format, OutputOptions},
};
use stdlib::Config;

use crate::{
    cli::{self, Asked, BufferingName, Cli, FormatName, ModeName, StageName},
    emit, fmt, help, list,
    messages::{self, Manner, show, tell},
    pipeline::{self, Failure, Input},
    program,
};

/// Largest process id that Linux gives (`PID_MAX_LIMIT`).
const LARGEST_PID: u32 = 0x40_0000;

/// Runs the command with the words of its command line.
pub fn main(words: impl IntoIterator<Item = OsString>) -> ExitCode {
    let words: Vec<_> = words.into_iter().collect();
    let name = words.first().map(Path::new).and_then(Path::file_name);
    let compat = name.is_some_and(|name| name == "bpftrace");
    // A file of that name is `./fmt`.
    if !compat && help::is_asked(&words) {
        return ExitCode::from(help::words(&words) as u8);
    }
    if !compat && fmt::is_asked(&words) {
        return ExitCode::from(fmt::files(&words) as u8);
    }
    let code = match cli::read(words) {
        Asked::Show(text) => {
            show(&text);
            0
        }
        Asked::Refuse(text) => {
            tell(&text);
            1
        }
        Asked::Run(cli) => command(&cli, compat),
    };
    ExitCode::from(code as u8)
}

fn command(cli: &Cli, compat: bool) -> i32 {
    let manner = Manner { compat, warnings: !cli.no_warnings };
    if cli.fmt || cli.mode == Some(ModeName::Format) {
        return fmt::program(cli, manner);
    }
    let (pid, debug) = match (pid(cli), debug_stages(cli)) {
        (Ok(pid), Ok(debug)) => (pid, debug),
        (Err(text), _) | (_, Err(text)) => {
            tell(&format!("hawk: {text}\n"));
            return 1;
        }
    };
    let target = Target { pid, child: cli.command.is_some() };
    if cli.list {
        return list::list(cli.words.first().map_or("*", String::as_str), target);
    }
    let given = match program::read(cli) {
        Ok(given) => given,
        Err(text) => {
            tell(&format!("hawk: {text}\n"));
            return 1;
        }
    };
    let mut config = Config { compat, allow_unsafe: cli.allow_unsafe, ..Config::default() };
    if let Err(text) = set_from_environment(&mut config) {
        tell(&format!("hawk: {text}\n"));
        return 1;
    }
    let cpu = llvm::Cpu::default();
    let input = Input { sources: given.sources, parameters: given.parameters, config, cpu };
    let mut problems: Vec<Diagnostic> = given.problem.into_iter().collect();
    let machine = Machine::new(target);
    let result = if diag::any_error(&problems) {
        Err(Failure::Script)
    } else {
        act(cli, &input, (&machine, &debug), (&mut problems, manner))
    };
    messages::problems(&mut problems, &input.sources, manner);
    match result {
        Ok(code) => code,
        Err(failure) => messages::failure(&failure, &input.sources, manner, cli.verbose > 0),
    }
}

/// Emits a stage, or compiles and runs.
fn act(
    cli: &Cli,
    input: &Input,
    (machine, debug): (&Machine, &Debug),
    (problems, manner): (&mut Vec<Diagnostic>, Manner),
) -> Result<i32, Failure> {
    if let Some(stage) = cli.emit {
        show(&emit::stage(stage, input, machine, problems)?);
        return Ok(0);
    }
    for stage in &debug.stages {
        // Its problems are found again below.
        let text = emit::stage(*stage, input, machine, &mut Vec::new());
        tell(&text.unwrap_or_default());
    }
    let program = compile(input, machine, problems)?;
    let object = pipeline::object(input, &program)?;
    write_files(cli, input, &program, &object)?;
    // Warnings are of no use after the run.
    messages::problems(problems, &input.sources, manner);
    problems.clear();
    trace(cli, machine, &program, (&object, debug, input.config.compat))
}

/// text → IR, in the order in which a user wants to hear of trouble: first the text, then whether
/// tracing is permitted, then what this machine has.
fn compile(
    input: &Input,
    machine: &Machine,
    problems: &mut Vec<Diagnostic>,
) -> Result<ir::Program, Failure> {
    let parsed = pipeline::parse(input, problems)?;
    let resolved = pipeline::resolve(input, &parsed, problems)?;
    runtime::check_permission()?;
    let expansion = pipeline::expand(resolved, machine, problems);
    let typed = pipeline::check(expansion, machine, problems)?;
    pipeline::lower(input, &typed, machine)
}

fn write_files(
    cli: &Cli,
    input: &Input,
    program: &ir::Program,
    object: &[u8],
) -> Result<(), Failure> {
    let write = |path: &Path, bytes: &[u8]| {
        fs::write(path, bytes).map_err(|source| Failure::File { path: path.to_owned(), source })
    };
    if let Some(path) = &cli.emit_elf {
        write(path, object)?;
    }
    if let Some(path) = &cli.emit_llvm {
        for (stage, ending) in
            [(llvm::Stage::Emit, ".original.ll"), (llvm::Stage::Optimize, ".optimized.ll")]
        {
            let mut path = path.clone().into_os_string();
            path.push(ending);
            let text = pipeline::llvm_text(input, program, stage)?;
            write(Path::new(&path), text.as_bytes())?;
        }
    }
    Ok(())
}

/// IR and object → results.
fn trace(
    cli: &Cli,
    machine: &Machine,
    program: &ir::Program,
    (object, debug, compat): (&[u8], &Debug, bool),
) -> Result<i32, Failure> {
    let options = LoadOptions { collect: debug.collect, ..LoadOptions::default() };
    let loaded = pipeline::load(program, object, &options)?;
    if cli.verbose > 0 || debug.collect != Collect::Warnings {
        tell(&loaded.log);
    }
    if cli.verbose > 0 {
        tell(&runtime::describe(program, &loaded));
    }
    let mut output = output::open(output_options(cli)).map_err(|source| {
        let path = cli.output.clone().unwrap_or_default();
        Failure::File { path, source }
    })?;
    let command = match &cli.command {
        None => None,
        Some(line) if line.trim().is_empty() => return Err(Failure::NoCommand),
        Some(line) => Some(runtime::split_command(line).ok_or(Failure::Command)?),
    };
    let options = RunOptions {
        command,
        pid: stdlib::Kernel::target_pid(machine),
        dry_run: cli.dry_run,
        to_file: cli.output.is_some(),
        no_ledger: compat,
        ..RunOptions::default()
    };
    let ended = pipeline::run(loaded, program, machine, output.as_mut(), &options)?;
    if cli.verbose > 0 {
        tell(&child_status(ended.child));
    }
    drop(output);
    ended.leave()
}

fn child_status(status: Option<runtime::Status>) -> String {
    match status {
        None => String::new(),
        Some(runtime::Status::Exited(code)) => format!("Child exited with code: {code}\n"),
        Some(runtime::Status::Killed(signal)) => {
            format!("Child terminated by signal: {signal}\n")
        }
    }
}

fn output_options(cli: &Cli) -> OutputOptions {
    OutputOptions {
        format: match cli.format {
            FormatName::Text => Format::Text,
            FormatName::Json => Format::Json,
        },
        file: cli.output.clone(),
        buffering: match cli.buffering {
            BufferingName::Line => Buffering::Line,
            BufferingName::Full => Buffering::Full,
            BufferingName::None => Buffering::None,
        },
        quiet: cli.quiet,
        trailer: None,
    }
}

/// Takes settings from `HAWK_MAX_MAP_KEYS` and the like; `BPFTRACE_…` does as well.
fn set_from_environment(config: &mut Config) -> Result<(), String> {
    for name in Config::names() {
        for prefix in ["BPFTRACE_", "HAWK_"] {
            let variable = format!("{prefix}{}", name.to_uppercase());
            let Ok(text) = std::env::var(&variable) else { continue };
            if config.set(name, text.trim().parse().ok()).is_err() {
                return Err(format!(
                    "{variable} takes a number from 1 to 4294967295, not `{text}`"
                ));
            }
        }
    }
    Ok(())
}

fn pid(cli: &Cli) -> Result<Option<u32>, String> {
    let Some(text) = &cli.pid else { return Ok(None) };
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    if digits == 0 {
        return Err(format!("Failed to parse pid: invalid integer: {text}"));
    }
    if digits < text.len() {
        return Err(format!("Failed to parse pid: invalid trailing bytes: {text}"));
    }
    match text.parse() {
        Ok(pid @ 1..=LARGEST_PID) => Ok(Some(pid)),
        Ok(_) | Err(_) => Err(format!("Pid out of range: {text}")),
    }
}

/// What `-d` asks for.
struct Debug {
    stages: Vec<StageName>,
    collect: Collect,
}

fn debug_stages(cli: &Cli) -> Result<Debug, String> {
    let mut debug = Debug { stages: Vec::new(), collect: Collect::default() };
    for name in &cli.debug {
        match name.as_str() {
            "ast" | "parse" => debug.stages.push(StageName::Parse),
            "types" => debug.stages.push(StageName::Check),
            "codegen" => debug.stages.push(StageName::Emit),
            "codegen-opt" => debug.stages.push(StageName::Optimize),
            "dis" => debug.stages.push(StageName::Object),
            "libbpf" => debug.collect = Collect::Libbpf,
            "verifier" => debug.collect = Collect::Verifier,
            "all" => {
                debug.stages = vec![
                    StageName::Parse,
                    StageName::Check,
                    StageName::Lower,
                    StageName::Emit,
                    StageName::Optimize,
                ];
                debug.collect = Collect::Verifier;
            }
            other => {
                return Err(format!(
                    "USAGE: invalid option for -d: {other}\n  help: stages are ast, types, codegen, codegen-opt, libbpf, verifier, all"
                ));
            }
        }
    }
    Ok(debug)
}
