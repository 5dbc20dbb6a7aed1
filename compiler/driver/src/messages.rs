//! What the user is told, and where.

use std::io::{self, IsTerminal, Write};

use diag::{Code, Diagnostic, Level, Sources};

use crate::{environment, pipeline::Failure};

/// A bug of ours (`EX_SOFTWARE` of `sysexits.h`).
const BUG: i32 = 70;

/// How messages are shown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Manner {
    /// In bpftrace's words.
    pub(crate) compat: bool,
    /// Warnings too.
    pub(crate) warnings: bool,
}

/// Shows problems of the script, in its order.
pub(crate) fn problems(problems: &mut [Diagnostic], texts: &Sources, manner: Manner) {
    diag::sort(problems);
    let failed = diag::any_error(problems);
    let color = is_colored();
    for problem in problems {
        let is_warning = problem.level == Level::Warning;
        if is_warning && !manner.warnings {
            continue;
        }
        if manner.compat {
            let text = colored(diag::render_compat(problem, texts), color);
            // bpftrace's warnings of a program that runs go to standard output.
            if is_warning && !failed { show(&text) } else { tell(&text) }
        } else {
            tell(&diag::render(problem, texts, color));
        }
    }
}

/// Shows why nothing came of it, and gives the exit code.
pub(crate) fn failure(
    failure: &Failure,
    texts: &Sources,
    manner: Manner,
    verbose: bool,
) -> i32 {
    match failure {
        Failure::Script => 1,
        Failure::File { .. } | Failure::Command | Failure::NoCommand => {
            refuse(&failure.to_string(), None, manner);
            1
        }
        Failure::Listing { text, help } | Failure::Picture { text, help } => {
            refuse(text, Some(help), manner);
            1
        }
        Failure::Bitcode(_) => {
            let help = "install the clang of LLVM 22: `apt install clang-22`";
            refuse(&failure.to_string(), Some(help), manner);
            1
        }
        Failure::TooLong => {
            let help = "divide it into several probes of the same name, or repeat less: \
                        `for ($i : 0..10) { … }` (Linux 5.17) instead of `unroll (10) { … }`";
            refuse(&failure.to_string(), Some(help), manner);
            1
        }
        Failure::Options { given, known } => {
            let text = if manner.compat {
                failure.to_string()
            } else {
                format!("this program does not read {given}")
            };
            refuse(&text, Some(known.trim_end()), manner);
            1
        }
        Failure::Bug(what) => {
            tell(&format!(
                "hawk: this is a bug in hawk, not in your program: {what}\n  help: please report it, with the program\n"
            ));
            BUG
        }
        Failure::Machine(error) => {
            machine(error, texts, manner, verbose);
            error.exit_code()
        }
    }
}

fn machine(error: &runtime::Error, texts: &Sources, manner: Manner, verbose: bool) {
    let help = error.help();
    let refused = matches!(error, runtime::Error::Refused { .. });
    if let Some(span) = error.span() {
        let code = if refused { Code::Refused } else { Code::CannotAttach };
        let label = if refused { "this was refused" } else { "asked for here" };
        let mut problem = Diagnostic::new(code, span, error.to_string(), label);
        problem.help = help;
        problems(&mut [problem], texts, manner);
    } else {
        refuse(&error.to_string(), help.as_deref(), manner);
    }
    if let runtime::Error::Refused { log, .. } | runtime::Error::Load { log, .. } = error {
        if verbose {
            tell(&format!("{}\n", log.trim_end()));
        } else if refused {
            tell("  `-v` shows the verifier's log. This is a bug in hawk: please report it.\n");
        }
    }
}

/// Says why nothing can be done, where no place in the program is at fault.
pub(crate) fn refuse(text: &str, help: Option<&str>, manner: Manner) {
    say(("hawk: ", "ERROR: "), text, help, manner);
}

/// Warns of what is not in the program.
pub(crate) fn warn(text: &str, help: Option<&str>, manner: Manner) {
    if manner.warnings {
        say(("hawk: warning: ", "WARNING: "), text, help, manner);
    }
}

fn say((ours, theirs): (&str, &str), text: &str, help: Option<&str>, manner: Manner) {
    let (prefix, hint) = if manner.compat { (theirs, "HINT: ") } else { (ours, "  help: ") };
    let help = help.map(|help| format!("{hint}{help}\n")).unwrap_or_default();
    tell(&colored(format!("{prefix}{text}\n{help}"), manner.compat && is_colored()));
}

/// Whether messages have colours: asked for, or else on a terminal.
pub(crate) fn is_colored() -> bool {
    let asked = environment::variable("COLOR");
    match asked.as_deref().and_then(|value| value.to_str()) {
        Some("always") => true,
        Some("never") => false,
        Some(_) | None => {
            io::stderr().is_terminal()
                && io::stdout().is_terminal()
                && std::env::var_os("NO_COLOR").is_none()
        }
    }
}

/// bpftrace's colours for its own words: red and yellow.
fn colored(text: String, color: bool) -> String {
    if !color {
        return text;
    }
    text.replacen("ERROR:", "\x1b[31mERROR:\x1b[0m", 1).replacen(
        "WARNING:",
        "\x1b[33mWARNING:\x1b[0m",
        1,
    )
}

/// Writes to standard error; there is nobody to tell if that fails.
pub(crate) fn tell(text: &str) {
    let _ = io::stderr().write_all(text.as_bytes());
}

/// Writes to standard output; a reader that has gone wants no more.
pub(crate) fn show(text: &str) {
    let _ = io::stdout().write_all(text.as_bytes());
}
