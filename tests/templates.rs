//! Holds the corpus to its table of bpftrace's messages: each has a program for which
//! compatibility mode says it word for word, or a reason why none can.

use std::{collections::BTreeSet, fs};

use regex::Regex;
use tests::{Case, files, folder};

/// Chapters of the table, and how many messages each has: none may be dropped in silence.
const CHAPTERS: &[(&str, usize)] = &[
    ("Parser", 32),
    ("Attach points", 30),
    ("Matching and attaching", 18),
    ("Types", 55),
    ("Macros", 8),
    ("Warnings", 13),
    ("Settings", 12),
];

struct Row {
    /// What a line of the section `compat` looks like.
    line: Regex,
    /// As the table has it.
    text: String,
    place: Place,
}

/// Where a message is shown.
enum Place {
    Program(String),
    /// Nowhere, for this reason.
    Nowhere(String),
}

/// A line of the table: `KIND | MESSAGE | PROGRAM`, or `KIND | MESSAGE | - REASON`, where `{}`
/// in the message stands for what differs.
fn row(line: &str) -> Result<Row, String> {
    let (kind, rest) = line.split_once(" | ").ok_or(line)?;
    let (text, place) = rest.rsplit_once(" | ").ok_or(line)?;
    let before = match kind.trim() {
        "error" => r"\S+:[\d:-]+: ERROR: ",
        "warning" => r"\S+:[\d:-]+: WARNING: ",
        "place" => r"\S+:[\d:-]+: ",
        "hint" => "HINT: ",
        other => return Err(format!("`{other}` is no kind of message: {line}")),
    };
    let words = regex::escape(text.trim()).replace(r"\{\}", ".+");
    let line = Regex::new(&format!("(?m)^{before}{words}$")).map_err(|it| it.to_string())?;
    let place = match place.trim().strip_prefix("- ") {
        Some(reason) => Place::Nowhere(reason.to_owned()),
        None => Place::Program(place.trim().to_owned()),
    };
    Ok(Row { line, text: format!("{} {}", kind.trim(), text.trim()), place })
}

/// The chapters with their rows.
fn table() -> Result<Vec<(String, Vec<Row>)>, String> {
    let path = folder().join("corpus/TEMPLATES");
    let text = fs::read_to_string(path).map_err(|it| it.to_string())?;
    let mut chapters: Vec<(String, Vec<Row>)> = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with("# ")) {
        if let Some(chapter) = line.strip_prefix("## ") {
            chapters.push((chapter.to_owned(), Vec::new()));
        } else {
            let (_, rows) = chapters.last_mut().ok_or("a row before the first chapter")?;
            rows.push(row(line)?);
        }
    }
    Ok(chapters)
}

#[test]
fn every_message_is_shown() -> Result<(), String> {
    let mut said = String::new();
    let stages = ["check", "errors", "expand", "lower", "parse"];
    for path in stages.iter().flat_map(|stage| files(&folder().join("corpus").join(stage))) {
        if let Some(compat) =
            Case::read(&path).ok().as_ref().and_then(|it| it.section("compat"))
        {
            said += compat;
        }
    }
    let mut wrong = Vec::new();
    for Row { line, text, place } in table()?.iter().flat_map(|(_, rows)| rows) {
        match place {
            Place::Program(name) => {
                let path = folder().join("corpus").join(format!("{name}.bt"));
                match Case::read(&path) {
                    Err(why) => wrong.push(format!("{text}: {why}")),
                    Ok(case) if !line.is_match(case.section("compat").unwrap_or_default()) => {
                        wrong.push(format!("{text}: {name} does not show it"));
                    }
                    Ok(_) => {}
                }
            }
            Place::Nowhere(reason) if reason.len() < 10 => {
                wrong.push(format!("{text}: no program and no reason"));
            }
            Place::Nowhere(_) if line.is_match(&said) => {
                wrong.push(format!("{text}: a program shows it after all"));
            }
            Place::Nowhere(_) => {}
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}

#[test]
fn no_message_is_dropped() -> Result<(), String> {
    let table = table()?;
    let counts: Vec<_> = table.iter().map(|(name, rows)| (name.as_str(), rows.len())).collect();
    assert_eq!(counts, CHAPTERS);
    let texts = || table.iter().flat_map(|(_, rows)| rows).map(|row| &row.text);
    assert_eq!(texts().count(), texts().collect::<BTreeSet<_>>().len(), "one stands twice");
    Ok(())
}
