//! From the command line to the exit code.

use std::{ffi::OsString, fs, path::Path, process::ExitCode};

use diag::Diagnostic;
use runtime::Machine;
use sema::Typed;
use stdlib::{Config, Watch};

use crate::{
    bench,
    cli::{self, Asked, Cli, FormatName, ModeName},
    debug::{self, Debug},
    emit, environment, fmt, help, info, list, manual,
    messages::{self, Manner, show, tell},
    old::{self, Modern},
    pages, pictures,
    pipeline::{self, Built, Failure, Input},
    program, restrict,
    scope::{self, Sentence, Traced},
    tools,
    trace::{self, Surroundings},
    trials,
};

/// Runs the command with the words of its command line.
pub fn main(words: impl IntoIterator<Item = OsString>) -> ExitCode {
    let words: Vec<_> = words.into_iter().collect();
    let name = words.first().map(Path::new).and_then(Path::file_name);
    let compat = name.is_some_and(|name| name == "bpftrace");
    if !compat && manual::is_asked(&words) {
        return ExitCode::from(manual::show_page(&words) as u8);
    }
    // A file of that name is `./fmt`.
    if !compat && help::is_asked(&words) {
        return ExitCode::from(help::words(&words) as u8);
    }
    if !compat && fmt::is_asked(&words) {
        return ExitCode::from(fmt::files(&words) as u8);
    }
    if !compat && pages::is_asked(&words) {
        return ExitCode::from(pages::print(&words) as u8);
    }
    let words = match if compat { tools::Asked::Nothing(words) } else { tools::read(words) } {
        tools::Asked::Done(code) => return ExitCode::from(code as u8),
        tools::Asked::Nothing(words) | tools::Asked::Run(words) => words,
    };
    let Modern { words, old } = old::modern(words);
    let code = match cli::read(pictures::join(words), compat) {
        Asked::Show(text) => {
            show(&text);
            0
        }
        Asked::Refuse(text) => {
            tell(&text);
            1
        }
        Asked::Run(cli) => command(&cli, compat, &old),
    };
    ExitCode::from(code as u8)
}

fn command(cli: &Cli, compat: bool, old: &[(&str, &str)]) -> i32 {
    let mut config = Config {
        compat,
        strict: cli.strict,
        allow_unsafe: cli.allow_unsafe,
        watch: if cli.watch > 0 { Watch::Warn } else { Watch::Count },
        purpose: trials::purpose(cli),
        probe_filter: cli.probe_filter.clone(),
        include_directories: environment::include_directories(cli),
        include_headers: cli.include.clone(),
        ..Config::default()
    };
    let read = environment::settings(&mut config);
    let manner = Manner { compat: config.compat, warnings: !cli.no_warnings };
    match read {
        Ok(warnings) => warnings.iter().for_each(|text| messages::warn(text, None, manner)),
        Err(text) => {
            messages::refuse(&text, None, manner);
            // What fails before the program is read is not the program's fault.
            return if manner.compat { 2 } else { 1 };
        }
    }
    for (was, is) in old {
        let text = format!("`{was}` is an old spelling");
        let help = format!("write `{is}`");
        if config.strict {
            messages::refuse(&text, Some(&help), manner);
            return 1;
        }
        messages::warn(&text, Some(&help), manner);
    }
    if cli.fmt || cli.mode == Some(ModeName::Format) {
        return fmt::program(cli, manner);
    }
    if cli.aot.is_some() {
        let help = "copy hawk and the script: one file runs on any kernel since 5.10";
        messages::refuse("this version writes no executables", Some(help), manner);
        return 1;
    }
    match read_options(cli, manner.compat) {
        Ok((traced, debug)) => with_options(cli, config, (&traced, &debug), manner),
        Err((text, help)) => {
            messages::refuse(&text, help.as_deref(), manner);
            1
        }
    }
}

fn read_options(cli: &Cli, compat: bool) -> Result<(Traced, Debug), Sentence> {
    let traced = scope::read(cli)?;
    let debug = debug::read(cli).map_err(|name| {
        let help = format!("stages are {}", debug::NAMES.join(", "));
        let text = if compat {
            format!("USAGE: invalid option for -d: {name}")
        } else {
            format!("`-d` has no stage `{name}`")
        };
        (text, Some(help))
    })?;
    Ok((traced, debug))
}

fn with_options(
    cli: &Cli,
    config: Config,
    (traced, debug): (&Traced, &Debug),
    mut manner: Manner,
) -> i32 {
    let mut machine = Machine::new(traced.target).with_command(traced.command.clone());
    if let Some(path) = environment::variable("BTF") {
        machine = machine.with_btf(path.into());
    }
    if let Err(text) = restrict::restrict(&mut machine, cli) {
        tell(&format!("hawk: {text}\n"));
        return 1;
    }
    if cli.info {
        let info = info::read(&machine, &config);
        show(&if cli.format == Some(FormatName::Json) { info.json() } else { info.text() });
        return 0;
    }
    if cli.list {
        return list::list(cli, config, &machine, manner);
    }
    let given = match program::read(cli) {
        Ok(given) => given,
        Err((text, help)) => {
            messages::refuse(&text, help.as_deref(), manner);
            return 1;
        }
    };
    let cpu = llvm::Cpu::default();
    let mut input = Input { sources: given.sources, parameters: given.parameters, config, cpu };
    let mut problems: Vec<Diagnostic> = given.problem.into_iter().collect();
    let result = if diag::any_error(&problems) {
        Err(Failure::Script)
    } else {
        let around = Surroundings { machine: &machine, traced, debug };
        act(cli, &mut input, &around, (&mut problems, &mut manner))
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
    input: &mut Input,
    around: &Surroundings<'_>,
    (problems, manner): (&mut Vec<Diagnostic>, &mut Manner),
) -> Result<i32, Failure> {
    let Surroundings { machine, debug, .. } = *around;
    if let Some(stage) = cli.emit {
        show(&emit::stage(stage, input, machine, problems)?);
        return Ok(0);
    }
    for stage in &debug.stages {
        // Its problems are found again below.
        let text = emit::stage(*stage, &mut input.clone(), machine, &mut Vec::new());
        tell(&text.unwrap_or_default());
    }
    let Some(compiled) = compile(cli, input, machine, (problems, manner))? else {
        return Ok(0);
    };
    let (program, object) = &compiled.built;
    if cli.mode == Some(ModeName::CompilerBench) {
        show(&bench::table(input, machine)?);
        return Ok(0);
    }
    if cli.verify_llvm_ir {
        pipeline::llvm_text(input, program, llvm::Stage::Emit)?;
    }
    write_files(cli, input, program, object)?;
    // Warnings are of no use after the run.
    messages::problems(problems, &input.sources, *manner);
    problems.clear();
    if cli.mode == Some(ModeName::Codegen) {
        return Ok(0);
    }
    trace::trace(cli, around, input, compiled)
}

/// What becomes of a script.
pub(crate) struct Compiled {
    pub(crate) built: Built,
    pub(crate) typed: Typed,
    pub(crate) config: Config,
}

/// text → ELF, in the order in which a user wants to hear of trouble: first the text, then whether
/// tracing is permitted, then what this machine has. Nothing comes of it where only the script's
/// options are asked for.
fn compile(
    cli: &Cli,
    input: &mut Input,
    machine: &Machine,
    (problems, manner): (&mut Vec<Diagnostic>, &mut Manner),
) -> Result<Option<Compiled>, Failure> {
    let parsed = pipeline::parse(input, problems)?;
    let imported = pipeline::import(input, &parsed, machine, problems)?;
    let resolved = pipeline::resolve(input, &imported, problems)?;
    let config = resolved.config.clone();
    manner.compat = config.compat;
    if sema::wants_help(&input.parameters, &resolved.options) {
        show(&pipeline::option_list(&resolved.options));
        return Ok(None);
    }
    pipeline::check_options(input, &resolved)?;
    if cli.mode.is_none_or(ModeName::runs) {
        runtime::check_permission()?;
    }
    let expansion = pipeline::expand(resolved, machine, problems);
    let typed = pipeline::check(expansion, machine, problems)?;
    let built = pipeline::build(input, &typed, machine, problems)?;
    Ok(Some(Compiled { built, typed, config }))
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
