//! `hawk tools`: the scripts of `examples/`, which are part of the command. It lists them, shows
//! one, and rewrites `hawk tools run NAME` to the command line that runs a file.

mod options;

use std::{ffi::OsString, fmt::Write as _};

pub(crate) use self::options::{Choice, of as options};
use crate::messages::{show, tell};

/// A ready script.
#[derive(Debug)]
pub(crate) struct Tool {
    /// The folder in `examples/`: what is asked about.
    pub(crate) group: &'static str,
    pub(crate) name: &'static str,
    pub(crate) text: &'static str,
}

/// All tools, by group and name.
pub(crate) const ALL: &[Tool] = include!(concat!(env!("OUT_DIR"), "/tools.rs"));

const USAGE: &str = "Usage:
  hawk tools [WORD]            list the tools, or those with the word in name, group or question
  hawk tools show NAME         print one: `hawk tools show NAME > my.bt` to change it
  hawk tools run NAME [-- OPTIONS]
                               run one; `hawk tools run NAME -- --help` lists its options;
                               hawk's own options go before the name\n";

/// What the manual says of it.
pub(crate) const MANUAL: &[(&str, &str)] = &[
    (
        "hawk tools [WORD]",
        "Ready tools, with the question that each answers; those with the word in name, group or question.",
    ),
    (
        "hawk tools run NAME [-- OPTIONS]",
        "Runs a tool. Its options follow `--`, and `--help` there lists them; hawk's own go before the name.",
    ),
    ("hawk tools show NAME", "Prints a tool's text, to read or to change."),
];

impl Tool {
    /// The question that it answers: the first comment.
    pub(crate) fn question(&self) -> &'static str {
        let comment = self.text.lines().find_map(|line| line.strip_prefix("// "));
        comment.unwrap_or_default()
    }

    /// Whether the place to trace is its first parameter.
    fn takes_probe(&self) -> bool {
        self.text.lines().any(|line| line.starts_with("$1 "))
    }

    /// Whether its text asks for a process, because it costs each process much that it sees.
    fn is_for_one_process(&self) -> bool {
        self.text.contains("\n// Give the process with hawk's own -p:")
    }

    fn has(&self, word: &str) -> bool {
        let words = format!("{} {} {}", self.group, self.name, self.question());
        words.to_lowercase().contains(&word.to_lowercase())
    }
}

/// What became of the words of a command line.
pub(crate) enum Asked {
    /// They do not ask for tools.
    Nothing(Vec<OsString>),
    /// All is done; the exit code.
    Done(i32),
    /// The command line that runs a tool.
    Run(Vec<OsString>),
}

/// Reads `hawk tools …`.
pub(crate) fn read(words: Vec<OsString>) -> Asked {
    let text = |place: usize| words.get(place).map(|word| word.to_string_lossy());
    if text(1).as_deref() != Some("tools") {
        return Asked::Nothing(words);
    }
    match (text(2).as_deref(), text(3).as_deref()) {
        (None, _) => list(""),
        (Some("-h" | "--help"), _) => {
            show(USAGE);
            Asked::Done(0)
        }
        (Some("show"), Some(name)) => match find(name) {
            Ok(tool) => {
                show(tool.text);
                Asked::Done(0)
            }
            Err(sentence) => refuse(sentence),
        },
        (Some("run"), Some(_)) => run(&words[0], &words[3..]),
        (Some("show" | "run"), None) => {
            tell(USAGE);
            Asked::Done(1)
        }
        (Some(word), _) => list(word),
    }
}

/// Runs the tool that the words name, or shows its help.
fn run(command: &OsString, words: &[OsString]) -> Asked {
    let mut line = vec![command.clone(), "--tool".into()];
    let named = words.iter().enumerate().find_map(|(place, word)| {
        let before = place.checked_sub(1).and_then(|before| words.get(before));
        if before.is_some_and(|it| options::wants_value(it)) {
            return None;
        }
        let word = word.to_str()?.trim_end_matches(".bt");
        Some((place, ALL.iter().find(|tool| tool.name == word)?))
    });
    // Where none is named, what is wrong is said when the command line has been read.
    let Some((place, tool)) = named else {
        line.extend_from_slice(words);
        return Asked::Run(line);
    };
    let (before, behind) = words.split_at(place + 1);
    if options::ask_for_help(behind) {
        show(&options::help(tool));
        return Asked::Done(0);
    }
    let words = options::sort(tool, behind);
    if tool.takes_probe() && words.first().is_none_or(|word| word == "--") {
        return refuse((
            format!("`{}` needs a probe", tool.name),
            format!(
                "give it behind the name: `hawk tools run {} 'uprobe:libc:get*'`",
                tool.name
            ),
        ));
    }
    if tool.is_for_one_process() && !before.iter().any(options::names_processes) {
        tell(&format!(
            "hawk: `{0}` traces every process now\n  help: give one: `hawk tools run -p PID {0}`\n",
            tool.name
        ));
    }
    line.extend_from_slice(before);
    line.extend(words);
    Asked::Run(line)
}

/// The tool of that name.
///
/// # Errors
///
/// Returns what is wrong and which name is near.
pub(crate) fn find(name: &str) -> Result<&'static Tool, (String, String)> {
    let short = name.trim_end_matches(".bt");
    if let Some(tool) = ALL.iter().find(|tool| tool.name == short) {
        return Ok(tool);
    }
    let help = match stdlib::nearest(short, ALL.iter().map(|tool| tool.name)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`hawk tools` lists all".to_owned(),
    };
    Err((format!("there is no tool `{name}`"), help))
}

fn refuse((text, help): (String, String)) -> Asked {
    tell(&format!("hawk: {text}\n  help: {help}\n"));
    Asked::Done(1)
}

fn list(word: &str) -> Asked {
    let found: Vec<_> = ALL.iter().filter(|tool| tool.has(word)).collect();
    if found.is_empty() {
        return find(word).map_or_else(refuse, |_| Asked::Done(0));
    }
    let mut out = String::new();
    let mut group = "";
    for tool in found {
        if tool.group != group {
            group = tool.group;
            // Writing to a string cannot fail.
            _ = writeln!(out, "{group}:");
        }
        _ = writeln!(out, "  {:<16} {}", tool.name, tool.question());
    }
    if word.is_empty() {
        out += "\n`hawk tools run NAME` runs one, `hawk tools run NAME -- --help` lists its options.\n";
    }
    show(&out);
    Asked::Done(0)
}
