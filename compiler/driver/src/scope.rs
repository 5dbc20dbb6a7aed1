//! `-p`, `-c`, `--follow`, `--cgroup` and `--container`: whom is traced.

use std::path::PathBuf;

use runtime::Target;
use stdlib::Scope;

use crate::{cli::Cli, trace};

/// Largest process id that Linux gives (`PID_MAX_LIMIT`).
const LARGEST_PID: u32 = 0x40_0000;

/// What is wrong, and what to do about it.
pub(crate) type Sentence = (String, Option<String>);

/// Whom the command line names.
#[derive(Debug, Clone)]
pub(crate) struct Traced {
    pub(crate) target: Target,
    /// The file that `-c` starts.
    pub(crate) command: Option<String>,
    /// Where the control group is, if only its processes are traced.
    pub(crate) control_group: Option<PathBuf>,
}

/// Reads the options.
pub(crate) fn read(cli: &Cli) -> Result<Traced, Sentence> {
    let pid = pid(cli).map_err(|text| (text, None))?;
    let command = trace::command(cli).map_err(|failure| (failure.to_string(), None))?;
    let program = command.map(|words| runtime::find_command(&words)).transpose();
    let program = program.map_err(|error| (error.to_string(), None))?;
    if cli.follow && pid.is_none() && cli.command.is_none() {
        let help = "name a process with `-p PID`, or start one with `-c COMMAND`";
        return Err(("`--follow` has no process to follow".to_owned(), Some(help.to_owned())));
    }
    let control_group = control_group(cli).map_err(|(text, help)| (text, Some(help)))?;
    let scope = Scope { descendants: cli.follow, control_group: control_group.is_some() };
    let target = Target { pid, child: cli.command.is_some(), scope };
    let command = program.and_then(|path| path.to_str().map(str::to_owned));
    Ok(Traced { target, command, control_group })
}

fn control_group(cli: &Cli) -> Result<Option<PathBuf>, (String, String)> {
    let path = cli.cgroup.as_deref().map(runtime::control_group).transpose()?;
    let container = cli.container.as_deref().map(runtime::container).transpose()?;
    Ok(path.or(container))
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
