//! From the object to the exit code: load, attach, trace, print.

use ir::LossKind;
use runtime::{
    Announce, Collect, LoadOptions, Machine, RunOptions, Warnings,
    output::{self, Buffering, Format, OutputOptions, Place},
    pictures::Picture,
};
use stdlib::{Config, Purpose, Watch};

use crate::{
    cli::{BufferingName, Cli, FormatName},
    debug::Debug,
    listing,
    messages::tell,
    pictures,
    pipeline::{self, Failure, Input},
    scope::Traced,
    start::Compiled,
    trials,
};

/// What there is besides the program.
#[derive(Clone, Copy)]
pub(crate) struct Surroundings<'a> {
    pub(crate) machine: &'a Machine,
    pub(crate) traced: &'a Traced,
    pub(crate) debug: &'a Debug,
}

/// IR and object → results.
pub(crate) fn trace(
    cli: &Cli,
    around: &Surroundings<'_>,
    input: &Input,
    compiled: Compiled,
) -> Result<i32, Failure> {
    let Surroundings { machine, traced, debug } = *around;
    let Compiled { mut built, typed, config } = compiled;
    let config = &config;
    let listing = listing::listing(&built.0, &cli.sort, &cli.top)?;
    let picture = pictures::wanted(cli, &built.0, config.compat)?;
    let options = LoadOptions { collect: debug.collect, log_size: config.log_size as usize };
    let loaded = pipeline::load(&mut built, (input, &typed), machine, &options)?;
    let program = &built.0;
    if cli.verbose > 0 || debug.collect != Collect::Warnings {
        tell(&loaded.log);
    }
    if cli.verbose > 0 {
        tell(&runtime::describe(program, &loaded));
    }
    if config.purpose != Purpose::Trace {
        return trials::run(cli, config, program, loaded);
    }
    let mut output =
        output::open(output_options(cli, config, picture.as_ref())).map_err(|source| {
            let path = cli.output.clone().unwrap_or_default();
            Failure::File { path, source }
        })?;
    let options = RunOptions {
        command: command(cli)?,
        pid: stdlib::Kernel::target_pid(machine),
        control_group: traced.control_group.clone(),
        dry_run: cli.dry_run,
        to_file: cli.output.is_some() && picture.is_none(),
        picture,
        listing,
        keep_maps: !config.print_maps_on_exit,
        no_ledger: config.compat,
        debug_folders: machine.debug_folders(),
        warnings: warnings(config),
        announce: Announce::from_environment(),
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

/// How results are printed; not where the picture is.
pub(crate) fn output_options(
    cli: &Cli,
    config: &Config,
    picture: Option<&Picture>,
) -> OutputOptions {
    OutputOptions {
        format: match cli.format {
            Some(FormatName::Text) | None => Format::Text,
            Some(FormatName::Json) => Format::Json,
        },
        place: match (picture, &cli.output) {
            (None, Some(path)) => Place::File(path.clone()),
            (Some(Picture { file: None, .. }), _) => Place::StandardError,
            (Some(_) | None, _) => Place::StandardOutput,
        },
        buffering: match cli.buffering {
            BufferingName::Line => Buffering::Line,
            BufferingName::Full => Buffering::Full,
            BufferingName::None => Buffering::None,
        },
        quiet: cli.quiet,
        trailer: Some(config.str_trunc_trailer.clone()),
    }
}

/// What is said while it happens: bpftrace says more than we do, which has no ledger at the end.
pub(crate) fn warnings(config: &Config) -> Warnings {
    let mut kinds = vec![LossKind::Division, LossKind::OutOfBounds];
    if config.compat || config.watch == Watch::Warn {
        kinds.extend([LossKind::MapFull, LossKind::MissingEntry]);
    }
    if config.watch == Watch::Warn {
        kinds.extend([LossKind::MissingKey, LossKind::ReadFault]);
    }
    Warnings { kinds, compat: config.compat }
}

/// The command of `-c`, in words.
///
/// # Errors
///
/// Returns what is wrong with it.
pub(crate) fn command(cli: &Cli) -> Result<Option<Vec<String>>, Failure> {
    match &cli.command {
        None => Ok(None),
        Some(line) if line.trim().is_empty() => Err(Failure::NoCommand),
        Some(line) => runtime::split_command(line).map(Some).ok_or(Failure::Command),
    }
}
