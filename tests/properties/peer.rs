//! What the differential tests share: hawk, gcc, and the values of both side by side.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use libtest_mimic::Failed;

use crate::folder;

/// The program that is tested.
pub(crate) fn hawk() -> Result<PathBuf, Failed> {
    let path = std::env::var_os("HAWK").map(PathBuf::from);
    let path = path.unwrap_or_else(|| tests::root().join("target/release/hawk"));
    if path.exists() {
        return Ok(path);
    }
    Err("there is no hawk: `make build`, or HAWK=PATH".into())
}

/// Has gcc make `program` of this text, which is kept beside it.
pub(crate) fn compile(program: &Path, text: &str) -> Result<(), Failed> {
    let source = program.with_extension("c");
    fs::create_dir_all(folder())?;
    fs::write(&source, text)?;
    let compiled =
        Command::new("gcc").args(["-w", "-O1", "-o"]).arg(program).arg(&source).output()?;
    if compiled.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&compiled.stderr).into_owned().into())
}

/// Each line of what hawk found is what C has; `labels` say what the lines are the values of.
pub(crate) fn compare(
    what: &str,
    labels: &[String],
    (found, expected): (&str, &str),
) -> Result<(), Failed> {
    let found: Vec<_> = found.lines().filter(|line| !line.is_empty()).collect();
    let expected: Vec<_> = expected.lines().collect();
    if found.len() != expected.len() || expected.len() != labels.len() || labels.is_empty() {
        let (found, expected) = (found.len(), expected.len());
        return Err(format!("{what}: {found} values, C has {expected}").into());
    }
    let values = labels.iter().zip(found.into_iter().zip(expected));
    let mut wrong: Vec<_> = values
        .filter(|(_, (found, expected))| found != expected)
        .map(|(label, (found, expected))| format!("{found}, C has {expected}: {label}"))
        .collect();
    let count = wrong.len();
    if count == 0 {
        return Ok(());
    }
    // The shortest are the easiest to understand.
    wrong.sort_by_key(String::len);
    wrong.truncate(5);
    Err(format!("{what}: {count} values differ\n{}", wrong.join("\n")).into())
}
