//! `hawk help`: what the rows of the vocabulary say of a word, or the list of all words.

use std::{ffi::OsString, fmt::Write as _};

use stdlib::{aggregations, builtins, functions, prelude, probes};

use crate::messages::{show, tell};

/// What there is to say of one word.
pub(crate) struct Entry {
    pub(crate) kind: &'static str,
    pub(crate) name: &'static str,
    pub(crate) usage: &'static str,
    pub(crate) summary: &'static str,
    pub(crate) example: &'static str,
    pub(crate) aliases: &'static [&'static str],
}

/// Whether the words of the command line ask for `hawk help`.
pub(crate) fn is_asked(words: &[OsString]) -> bool {
    words.get(1).is_some_and(|word| word == "help")
}

/// `hawk help [WORD…]`: the exit code.
pub(crate) fn words(words: &[OsString]) -> i32 {
    let asked: Vec<_> = words.iter().skip(2).map(|word| word.to_string_lossy()).collect();
    let entries = entries();
    if asked.is_empty() {
        show(&index(&entries));
        return 0;
    }
    let mut code = 0;
    for (place, word) in asked.iter().enumerate() {
        let word = word.trim_end_matches(['(', ')']);
        let found: Vec<_> = entries.iter().filter(|entry| entry.is(word)).collect();
        if found.is_empty() {
            let near = stdlib::nearest(word, entries.iter().map(|entry| entry.name));
            let help = match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => "`hawk help` lists all words".to_owned(),
            };
            tell(&format!("there is no word `{word}`\n  help: {help}\n"));
            code = 1;
        }
        if place > 0 && !found.is_empty() {
            show("\n");
        }
        found.into_iter().for_each(|entry| show(&entry.page()));
    }
    code
}

impl Entry {
    fn is(&self, word: &str) -> bool {
        let numbered = self.name == "argN"
            && builtins::find(word).is_some_and(|row| row.name == self.name);
        self.name == word || numbered || self.aliases.contains(&word)
    }

    fn page(&self) -> String {
        let Self { kind, name, usage, summary, example, aliases } = self;
        let mut out = format!("{name} ({kind})\n  {usage}\n\n  {summary}\n");
        if !aliases.is_empty() {
            // Writing to a string cannot fail.
            _ = writeln!(out, "  Also written {}.", aliases.join(", "));
        }
        _ = writeln!(out, "\n  Example:\n    {}", example.trim().replace('\n', "\n    "));
        out
    }
}

/// Every word, by name.
pub(crate) fn entries() -> Vec<Entry> {
    let word = |kind, row: &functions::Word| Entry {
        kind,
        name: row.name,
        usage: row.usage,
        summary: row.summary,
        example: row.example,
        aliases: &[],
    };
    let mut all: Vec<_> = builtins::ALL.iter().map(|row| word("builtin", row)).collect();
    all.extend(functions::ALL.iter().map(|row| word("function", row)));
    all.extend(prelude::ALL.iter().map(|row| Entry {
        kind: "function",
        name: row.name,
        usage: row.usage(),
        summary: row.summary(),
        example: row.example(),
        aliases: &[],
    }));
    all.extend(aggregations::ALL.iter().map(|row| Entry {
        kind: "aggregation",
        name: row.name,
        usage: row.usage,
        summary: row.summary,
        example: row.example,
        aliases: &[],
    }));
    all.extend(probes::ALL.iter().map(|row| Entry {
        kind: "probe",
        name: row.name,
        usage: row.usage,
        summary: row.summary,
        example: row.example,
        aliases: row.aliases,
    }));
    all.sort_by_key(|entry| entry.name.to_lowercase());
    all
}

/// Every word with its summary, by kind.
fn index(entries: &[Entry]) -> String {
    let mut out = String::new();
    for (kind, title) in [
        ("probe", "Probes"),
        ("builtin", "Builtins"),
        ("function", "Functions"),
        ("aggregation", "Aggregations"),
    ] {
        _ = writeln!(out, "{title}:");
        for entry in entries.iter().filter(|entry| entry.kind == kind) {
            _ = writeln!(out, "  {:<18} {}", entry.name, entry.summary);
        }
        out.push('\n');
    }
    out += "`hawk help WORD` shows one of them with an example.\n";
    out
}
