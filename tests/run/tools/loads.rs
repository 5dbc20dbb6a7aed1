//! Which tools this kernel loads: the column of docs/tools/kernels.md. A cell is `loads` where the
//! tool is compiled, loaded and attached; where it is refused, it is what hawk says that the kernel
//! lacks. Some tools name a function by all the names that it had; what they were attached
//! without is a second table.

use std::process::Command;

use libtest_mimic::Failed;
use tests::kernels::{self, LEFT_OUT, TOOLS};

use super::Plan;
use crate::{
    harness::{self, Outcome, Running, programs},
    sheets::keep,
};

/// File systems that are modules have functions when they are loaded.
const MODULES: [&str; 3] = ["ext4", "xfs", "btrfs"];
/// What these lack, programs lack and not the kernel.
const OF_PROGRAMS: [&str; 3] = ["bashreadline", "gcpauses", "sslsnoop"];
/// What is said where a tool that may lack probes lacks all of them.
const IDLE: &str = "; nothing that the program waits for is left";

pub(super) fn all() -> Result<(), Failed> {
    if harness::is_guest() {
        // A kernel that has it built in, or not at all, is as good.
        let _ = Command::new("modprobe").arg("-a").args(MODULES).status();
    }
    let mut wrong = Vec::new();
    for name in kernels::tools() {
        if let Err(failed) = one(&name) {
            wrong.push(format!("{name}: {}", failed.message().unwrap_or_default()));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

fn one(name: &str) -> Result<(), Failed> {
    let row = kernels::tool_row(name);
    let outcome = dry_run(name, None)?;
    let lack = lack(&outcome)?;
    let is_of_programs = OF_PROGRAMS.contains(&name);
    if is_of_programs && lack.is_some() {
        return Ok(());
    }
    keep(TOOLS, &row, lack.as_deref().unwrap_or("loads"))?;
    let text = harness::run(["tools", "show", name])?.stdout;
    if is_of_programs || !text.contains("missing_probes") {
        return Ok(());
    }
    let outcome = dry_run(name, Some("warn"))?.expect_code(0)?;
    let left_out = left_out(&outcome);
    let cell = match lack {
        Some(_) => "all",
        None if left_out.is_empty() => "nothing",
        None => &left_out.join(", "),
    };
    keep(LEFT_OUT, &row, cell)
}

fn dry_run(name: &str, missing: Option<&str>) -> Result<Outcome, Failed> {
    let plan = Plan::of(name)?;
    let parameters = plan.options.iter().filter(|word| !word.starts_with("--"));
    let mut command = Command::new(harness::hawk().ok_or("no hawk")?);
    command.args(["tools", "run", "--dry-run", "-v", name]);
    command.args(parameters.map(|it| it.replace("{programs}", &programs().to_string_lossy())));
    if let Some(missing) = missing {
        command.env("HAWK_MISSING_PROBES", missing);
    }
    Running::start(&mut command, "")?.finish()
}

/// What the kernel lacks for a tool, in hawk's words.
fn lack(outcome: &Outcome) -> Result<Option<String>, Failed> {
    let errors = outcome.stderr.lines();
    // Features, and what the kernel's types are without: they were written for a kernel.
    let lacks = |line: &&str| {
        ["[E03", "[E0104] Error: struct ", "[E0106]"].iter().any(|it| line.starts_with(it))
            || line.contains(IDLE)
    };
    let told = errors.clone().find(lacks);
    let Some(told) = told else {
        return if outcome.code == 0 && waits(outcome) {
            Ok(None)
        } else {
            Err(outcome.wrong("it is not loaded, and nothing is said of the kernel"))
        };
    };
    // The label says it in short.
    let after = errors.skip_while(|line| *line != told);
    let label = after.clone().find_map(|line| line.split_once("─ needs "));
    Ok(Some(match label {
        Some((_, need)) => format!("needs {}", need.trim()),
        None => {
            let title = told.split_once(": ").map_or(told, |(_, title)| title);
            format!("refused: {}", title.trim_end_matches(IDLE))
        }
    }))
}

/// Whether something is attached that does not happen by itself, in the words of `-v`.
fn waits(outcome: &Outcome) -> bool {
    let points = outcome.stderr.lines().filter_map(|line| line.strip_prefix("Attach point: "));
    let by_itself = ["begin", "end", "interval:"];
    let mut points = points.map(str::to_lowercase);
    points.any(|point| !by_itself.iter().any(|it| point.starts_with(it)))
}

/// The attach points that are said to be skipped, sorted.
fn left_out(outcome: &Outcome) -> Vec<String> {
    let skipped = outcome.stderr.lines().filter(|line| line.ends_with("; it is skipped"));
    let mut names: Vec<_> = skipped
        .filter_map(|line| line.split('`').nth(1))
        .map(|name| format!("`{name}`"))
        .collect();
    names.sort();
    names.dedup();
    names
}
