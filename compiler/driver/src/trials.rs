//! `--test` and `--bench`: a script's own tests and benchmarks, instead of tracing.

use runtime::{Loaded, output::Report};
use stdlib::{Config, Purpose};

use crate::{
    cli::{Cli, ModeName},
    messages,
    pipeline::Failure,
    trace,
};

/// What the command line wants the program for.
pub(crate) fn purpose(cli: &Cli) -> Purpose {
    if cli.test || cli.mode == Some(ModeName::Test) {
        Purpose::Test
    } else if cli.bench || cli.mode == Some(ModeName::Bench) {
        Purpose::Bench
    } else {
        Purpose::Trace
    }
}

/// Runs the tests or benchmarks; the exit code.
pub(crate) fn run(
    cli: &Cli,
    config: &Config,
    program: &ir::Program,
    loaded: Loaded,
) -> Result<i32, Failure> {
    let options = trace::output_options(cli, config, None);
    let mut report = Report::open(&options, messages::is_colored()).map_err(|source| {
        let path = cli.output.clone().unwrap_or_default();
        Failure::File { path, source }
    })?;
    let run =
        if config.purpose == Purpose::Test { runtime::run_tests } else { runtime::run_benches };
    Ok(run(loaded, program, trace::warnings(config), &mut report)?)
}
