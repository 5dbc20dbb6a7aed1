//! `-l`

use std::path::Path;

use runtime::Machine;
use stdlib::{
    Unanswered,
    probes::{self, Listing},
};

use crate::messages::{show, tell};

/// Lists attach points; the exit code.
pub(crate) fn list(pattern: &str, machine: &Machine) -> i32 {
    let mut failed = false;
    for pattern in pattern.split(',') {
        let answer = if pattern.is_empty() || pattern == "*" {
            all(machine, "*")
        } else {
            matching(machine, pattern)
        };
        match answer {
            Ok(lines) => {
                show(&lines.iter().map(|line| format!("{line}\n")).collect::<String>());
            }
            Err(unanswered) => {
                tell(&format!("hawk: {}\n", unanswered.problem));
                if let Some(help) = unanswered.help {
                    tell(&format!("  help: {help}\n"));
                }
                failed = true;
            }
        }
    }
    i32::from(failed)
}

fn matching(machine: &Machine, pattern: &str) -> Result<Vec<String>, Unanswered> {
    let mut parts: Vec<_> = pattern.split(':').collect();
    if parts.len() == 1 {
        if Path::new(pattern).extension().is_some_and(|extension| extension == "bt") {
            tell(&format!(
                "hawk: `{pattern}` looks like a file, but listing the probes of a script is not supported yet; it is taken as a pattern\n"
            ));
        }
        return all(machine, pattern);
    }
    let name = parts.remove(0);
    let rows = probes::ALL.iter().filter(|row| {
        std::iter::once(&row.name)
            .chain(row.aliases)
            .any(|known| probes::matches(&name.to_lowercase(), known))
    });
    let mut lines = Vec::new();
    let mut found = false;
    for row in rows {
        found = true;
        lines.extend((row.list)(machine, &parts)?);
    }
    if found {
        return Ok(lines);
    }
    let names: Vec<_> = probes::ALL.iter().map(|row| row.name).collect();
    Err(Unanswered {
        problem: format!("unknown probe type `{name}`"),
        help: Some(match stdlib::nearest(name, names.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("probe types are {}", names.join(", ")),
        }),
    })
}

/// Every attach point of the types that are listed without being named. What a machine cannot
/// list, such as functions where there are no kprobes, is left out unless nothing is left.
fn all(machine: &Machine, pattern: &str) -> Result<Vec<String>, Unanswered> {
    let mut lines = Vec::new();
    let mut problem = None;
    for row in probes::ALL.iter().filter(|row| row.listing == Listing::Always) {
        match (row.list)(machine, &[pattern]) {
            Ok(found) => lines.extend(found),
            Err(unanswered) => problem = problem.or(Some(unanswered)),
        }
    }
    match problem {
        Some(unanswered) if lines.is_empty() && pattern == "*" => Err(unanswered),
        Some(_) | None => Ok(lines),
    }
}
