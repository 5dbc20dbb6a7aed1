//! Finds the files that a probe's pattern means.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    os::unix::fs::MetadataExt,
    path::Path,
};

use stdlib::{Answer, Unanswered};

use super::{
    library,
    mappings::{self, Mapping},
    matches, zip,
};

/// The files that `pattern` names, each once.
pub(super) fn find(
    pattern: &str,
    pid: Option<u32>,
    command: Option<&str>,
) -> Answer<Vec<String>> {
    if pattern.is_empty() {
        let found = match (pid, command) {
            (Some(pid), _) => executable(pid),
            (None, Some(command)) => interpreter(command),
            (None, None) => {
                return Err(Unanswered {
                    problem: "no program or library is named".to_owned(),
                    help: Some(
                        "name one, or the process with `-p PID` or `-c COMMAND`".to_owned(),
                    ),
                });
            }
        };
        return Ok(found.into_iter().collect());
    }
    if let (archive, Some(member)) = zip::split(pattern) {
        let archive = library::find(archive, pid);
        return Ok(archive.map(|archive| format!("{archive}!/{member}")).into_iter().collect());
    }
    if !pattern.contains('*') {
        return Ok(library::find(pattern, pid).into_iter().collect());
    }
    let found = if pattern == "*" {
        mapped(pid)
    } else if pattern.contains('/') {
        by_path(pattern)
    } else {
        library::by_pattern(pattern)
    };
    Ok(once(found))
}

/// The program that a process runs.
fn executable(pid: u32) -> Option<String> {
    let path = fs::read_link(format!("/proc/{pid}/exe")).ok()?;
    library::find(path.to_str()?, Some(pid))
}

/// What the kernel runs for a file: the file itself, or what its first line names.
fn interpreter(command: &str) -> Option<String> {
    let start = fs::read(command).ok()?;
    let line =
        start.strip_prefix(b"#!").and_then(|rest| rest.split(|byte| *byte == b'\n').next());
    let Some(line) = line else { return library::find(command, None) };
    let line = String::from_utf8_lossy(line).into_owned();
    let mut words = line.split_whitespace();
    let first = words.next()?;
    let by_path = Path::new(first).file_name().is_some_and(|name| name == "env");
    library::find(if by_path { words.next()? } else { first }, None)
}

/// What one process has mapped to execute, or all have.
fn mapped(pid: Option<u32>) -> Vec<String> {
    let processes: Vec<u32> = match pid {
        Some(pid) => vec![pid],
        None => {
            let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
            entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
        }
    };
    let mut paths = BTreeSet::new();
    for process in processes {
        let text = mappings::text(process).unwrap_or_default();
        let executable = mappings::parse(&text).filter(|mapping| mapping.executable);
        paths.extend(executable.filter_map(|Mapping { path, .. }| {
            let is_there = path.starts_with('/') && !path.ends_with(" (deleted)");
            is_there.then(|| library::find(&path, Some(process)))?
        }));
    }
    paths.into_iter().collect()
}

/// Paths that match, part by part.
fn by_path(pattern: &str) -> Vec<String> {
    let Ok(pattern) = std::path::absolute(pattern) else { return Vec::new() };
    let pattern = pattern.to_string_lossy();
    let mut found = vec![String::new()];
    for part in pattern.split('/').filter(|part| !part.is_empty()) {
        found = found.iter().flat_map(|folder| inside(folder, part)).collect();
    }
    found.retain(|path| Path::new(path).is_file() && library::is_native(path));
    found
}

fn inside(folder: &str, part: &str) -> Vec<String> {
    if !part.contains('*') {
        return vec![format!("{folder}/{part}")];
    }
    let entries = fs::read_dir(format!("{folder}/")).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let mut paths: Vec<_> = names
        .filter(|name| matches(part, name))
        .map(|name| format!("{folder}/{name}"))
        .collect();
    paths.sort();
    paths
}

/// One path for each file: a library has many names.
fn once(paths: Vec<String>) -> Vec<String> {
    let mut files = BTreeMap::new();
    for (order, path) in paths.into_iter().enumerate() {
        let Ok(file) = fs::metadata(&path) else { continue };
        files.entry((file.dev(), file.ino())).or_insert((order, path));
    }
    let mut found: Vec<_> = files.into_values().collect();
    found.sort();
    found.into_iter().map(|(_, path)| path).collect()
}
