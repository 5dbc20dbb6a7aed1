//! The named options of a tool, which its text has as `getopt("name", default, "description")`.
//! What `--help` and completions show, and which words of a command line are the tool's own.

use std::{
    ffi::{OsStr, OsString},
    fmt::Write as _,
};

use clap::CommandFactory;

use super::Tool;
use crate::cli::Cli;

/// A named option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) name: &'static str,
    /// As it is written in the script.
    pub(crate) default: &'static str,
    pub(crate) description: &'static str,
}

impl Choice {
    /// Whether it is given without a value.
    pub(crate) fn is_flag(&self) -> bool {
        ["true", "false"].contains(&self.default)
    }
}

/// The options of a tool, in the order of its text.
pub(crate) fn of(tool: &Tool) -> Vec<Choice> {
    let mut found: Vec<Choice> = Vec::new();
    for call in tool.text.split("getopt(\"").skip(1) {
        let Some((name, rest)) = call.split_once('"') else { continue };
        let end = rest.find([',', ')']).filter(|end| rest[*end..].starts_with(','));
        let rest = end.map_or("", |end| &rest[end + 1..]);
        let end = rest.find([',', ')']).unwrap_or(0);
        let (default, rest) = (rest[..end].trim(), &rest[end..]);
        let described = rest.strip_prefix(',').and_then(|rest| rest.split('"').nth(1));
        let choice = Choice { name, default, description: described.unwrap_or_default() };
        match found.iter_mut().find(|it| it.name == name) {
            None => found.push(choice),
            // It is described once.
            Some(known) if known.description.is_empty() => *known = choice,
            Some(_) => {}
        }
    }
    found
}

/// What `hawk tools run NAME -- --help` shows: what the tool is for, and its options.
pub(super) fn help(tool: &Tool) -> String {
    let head = tool.text.lines().skip(1).map_while(|line| line.strip_prefix("// "));
    let mut out = head.fold(String::new(), |text, line| text + line + "\n");
    let place = if tool.text.contains("$1") { " PROBE" } else { "" };
    let choices = of(tool);
    let width = choices.iter().map(|it| it.name.len()).max().unwrap_or(0);
    // Writing to a string cannot fail.
    _ = write!(out, "\nUsage: hawk tools run [HAWK'S OPTIONS] {}{place}", tool.name);
    out += if choices.is_empty() { "\n" } else { " [-- OPTIONS]\n\nOptions:\n" };
    for choice in choices {
        let Choice { name, default, description } = choice;
        _ = writeln!(out, "    --{name:<width$}  {description} [default: {default}]");
    }
    out
}

/// Whether the word is an option of hawk's own whose value is the next word: a value is no tool's
/// name.
pub(super) fn wants_value(word: &OsStr) -> bool {
    let Some(text) = word.to_str().filter(|text| text.starts_with('-')) else { return false };
    Cli::command().get_arguments().any(|arg| {
        let is_long = arg.get_long().is_some_and(|long| text.strip_prefix("--") == Some(long));
        let is_short = arg.get_short().is_some_and(|short| text == format!("-{short}"));
        (is_long || is_short) && arg.get_action().takes_values() && !arg.is_require_equals_set()
    })
}

/// Whether the words behind a tool's name ask for help.
pub(super) fn ask_for_help(words: &[OsString]) -> bool {
    words.iter().any(|word| word == "--help" || word == "-h")
}

/// Whether a word of hawk's own says which processes to trace.
pub(super) fn names_processes(word: &OsString) -> bool {
    let text = word.to_string_lossy();
    let name = text.split('=').next().unwrap_or_default();
    let long = ["--pid", "--follow", "--container", "--cgroup"];
    text.starts_with("-p") || text.starts_with("-c") || long.contains(&name)
}

/// The words behind a tool's name, its options behind `--`: hawk has others, and takes what stands
/// before that for its own.
pub(super) fn sort(tool: &Tool, words: &[OsString]) -> Vec<OsString> {
    let choices = of(tool);
    let end = words.iter().position(|word| word == "--").unwrap_or(words.len());
    let (mut own, mut given) = (Vec::new(), Vec::new());
    let mut before = words[..end].iter();
    while let Some(word) = before.next() {
        let text = word.to_str().and_then(|text| text.strip_prefix("--")).unwrap_or_default();
        let (name, value) = text.split_once('=').map_or((text, None), |it| (it.0, Some(it.1)));
        match choices.iter().find(|choice| choice.name == name) {
            None => own.push(word.clone()),
            Some(choice) if choice.is_flag() || value.is_some() => given.push(word.clone()),
            Some(_) => {
                let mut joined = word.clone();
                if let Some(value) = before.next() {
                    joined.push("=");
                    joined.push(value);
                }
                given.push(joined);
            }
        }
    }
    given.extend_from_slice(words.get(end + 1..).unwrap_or_default());
    if !given.is_empty() {
        own.push("--".into());
        own.append(&mut given);
    }
    own
}
