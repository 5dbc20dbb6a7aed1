//! Command lines from before bpftrace 0.22: `-d` and `-dd` without a stage, and `-kk`. They work,
//! and the new spelling is said.

use std::{ffi::OsString, path::Path};

use crate::debug;

/// A command line as it is written now.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Modern {
    /// Its words.
    pub(crate) words: Vec<OsString>,
    /// What was old: as it was written, and how it is written now.
    pub(crate) old: Vec<(&'static str, &'static str)>,
}

/// Options before the program or between its parameters; those of `--` belong to the script.
pub(crate) fn modern(words: Vec<OsString>) -> Modern {
    let mut out = Modern { words: Vec::new(), old: Vec::new() };
    let mut rest = words.into_iter().peekable();
    out.words.extend(rest.next());
    while let Some(word) = rest.next() {
        match word.to_str() {
            Some("--") => {
                out.words.push(word);
                break;
            }
            Some("-d") if rest.peek().is_none_or(|next| !is_stage(next)) => {
                out.old.push(("-d", "--mode codegen -d ast,codegen-opt"));
                let new = ["--mode", "codegen", "-d", "ast,codegen-opt"];
                out.words.extend(new.map(OsString::from));
            }
            Some("-dd") => {
                out.old.push(("-dd", "--mode codegen -d ast,types,codegen,codegen-opt"));
                let new = ["--mode", "codegen", "-d", "ast,types,codegen,codegen-opt"];
                out.words.extend(new.map(OsString::from));
            }
            Some("-kk") => {
                out.old.push(("-kk", "-k"));
                out.words.push("-k".into());
            }
            // Its value may look like any of these.
            Some("-e" | "-c" | "--cmd" | "-o" | "--output" | "-p" | "--pid") => {
                out.words.push(word);
                out.words.extend(rest.next());
            }
            Some(_) | None => out.words.push(word),
        }
    }
    out.words.extend(rest);
    out
}

/// Whether the word behind `-d` is its value. A word that can only be an option, a program or a
/// file is not; any other is a stage, if a mistyped one.
fn is_stage(word: &OsString) -> bool {
    let text = word.to_string_lossy();
    let is_known = text.split(',').all(|name| debug::NAMES.contains(&name));
    is_known
        || !(text.starts_with('-')
            || text.contains(['.', '/', '{', ' '])
            || Path::new(word).exists())
}

#[cfg(test)]
mod tests {
    use super::modern;

    fn read(line: &str) -> (String, usize) {
        let words = line.split(' ').map(Into::into).collect();
        let modern = modern(words);
        let words: Vec<_> = modern.words.iter().map(|word| word.to_string_lossy()).collect();
        (words.join(" "), modern.old.len())
    }

    #[test]
    fn old_options_become_new_ones() {
        let opt = "--mode codegen -d ast,codegen-opt";
        let all = "--mode codegen -d ast,types,codegen,codegen-opt";
        for (given, expected, old) in [
            ("hawk -d x.bt", format!("hawk {opt} x.bt"), 1),
            ("hawk -d -e p", format!("hawk {opt} -e p"), 1),
            ("hawk -dd -e p", format!("hawk {all} -e p"), 1),
            ("hawk -kk x.bt", "hawk -k x.bt".to_owned(), 1),
            ("hawk -d ast x.bt", "hawk -d ast x.bt".to_owned(), 0),
            ("hawk -d ast,types x.bt", "hawk -d ast,types x.bt".to_owned(), 0),
            ("hawk -d nonsense x.bt", "hawk -d nonsense x.bt".to_owned(), 0),
            ("hawk -e -d x", "hawk -e -d x".to_owned(), 0),
            ("hawk x.bt -- -d -kk", "hawk x.bt -- -d -kk".to_owned(), 0),
            ("hawk x.bt -d", format!("hawk x.bt {opt}"), 1),
        ] {
            assert_eq!(read(given), (expected, old), "{given}");
        }
    }
}
