//! `hawk fmt` and `--fmt`: programs in canonical layout.
//!
//! What is written is parsed again first, so that a mistake of the formatter can never reach
//! a file.

use std::{
    ffi::OsString,
    fs,
    io::{self, Read, Write},
    os::unix::fs::chown,
    path::{Path, PathBuf},
};

use clap::{CommandFactory, Parser, error::ErrorKind};
use diag::{Diagnostic, SourceId, Sources};

use crate::{
    cli::Cli,
    messages::{self, Manner, show, tell},
    pipeline::Failure,
    program,
};

/// Writes programs in canonical layout.
#[derive(Debug, Parser)]
#[command(name = "fmt", bin_name = "hawk fmt", after_help = EXAMPLES)]
struct Words {
    /// Programs; `-` is standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    /// Write each program back into its file
    #[arg(short, long)]
    in_place: bool,

    /// Write nothing but the names of files that would change; fail if there are any
    #[arg(long, conflicts_with = "in_place")]
    check: bool,
}

const EXAMPLES: &str = "Examples:
  hawk fmt tool.bt             print it
  hawk fmt -i tools/*.bt       rewrite the files
  hawk fmt --check tools/*.bt  for CI: exit code 1 if some are not formatted";

/// The command line of `hawk fmt`.
pub(crate) fn command() -> clap::Command {
    Words::command()
}

/// Whether the words of the command line ask for `hawk fmt`.
pub(crate) fn is_asked(words: &[OsString]) -> bool {
    words.get(1).is_some_and(|word| word == "fmt")
}

/// `hawk fmt FILE…`: the exit code.
pub(crate) fn files(words: &[OsString]) -> i32 {
    let words = match Words::try_parse_from(words.iter().skip(1)) {
        Ok(words) => words,
        Err(error) if error.kind() == ErrorKind::DisplayHelp => {
            show(&error.to_string());
            return 0;
        }
        Err(error) => {
            tell(&error.to_string());
            return 1;
        }
    };
    let mut code = 0;
    for path in &words.files {
        code = code.max(file(path, &words));
    }
    code
}

fn file(path: &Path, words: &Words) -> i32 {
    let shown = path.display();
    let is_input = path == Path::new("-");
    if is_input && words.in_place {
        tell("hawk: standard input can't be rewritten\n  help: leave `-i` out\n");
        return 1;
    }
    let bytes = match if is_input { read_input() } else { fs::read(path) } {
        Ok(bytes) => bytes,
        Err(error) => {
            tell(&format!("hawk: failed to open file '{shown}': {}\n", reason(&error)));
            return 1;
        }
    };
    let name = if is_input { "stdin".to_owned() } else { shown.to_string() };
    let (text, problem) = match grammar::decode(SourceId(0), bytes) {
        Ok(text) => (text, None),
        Err(wrong) => (wrong.text, Some(wrong.problem)),
    };
    let sources = Sources::new(name, text);
    let out = match format(&sources, problem, Manner { compat: false, warnings: true }) {
        Ok(out) => out,
        Err(code) => return code,
    };
    let changed = *out != *sources.get(SourceId(0)).text;
    match (words.check, words.in_place) {
        (true, _) if changed => {
            show(&format!("{}\n", sources.get(SourceId(0)).name));
            1
        }
        (false, true) if changed => write(path, &out),
        (false, false) => {
            show(&out);
            0
        }
        (true, _) | (_, true) => 0,
    }
}

/// `--fmt`: the program of the command line to standard output, or into the file of `-o`.
pub(crate) fn program(cli: &Cli, manner: Manner) -> i32 {
    let given = match program::read(cli) {
        Ok(given) => given,
        Err((text, help)) => {
            messages::refuse(&text, help.as_deref(), manner);
            return 1;
        }
    };
    match (format(&given.sources, given.problem, manner), &cli.output) {
        (Ok(out), Some(path)) => write(path, &out),
        (Ok(out), None) => {
            show(&out);
            0
        }
        (Err(code), _) => code,
    }
}

/// The first of `sources` in canonical layout, or the exit code.
fn format(
    sources: &Sources,
    problem: Option<Diagnostic>,
    manner: Manner,
) -> Result<String, i32> {
    let parsed = grammar::parse(sources, SourceId(0));
    // Of bytes that are no text nothing else is worth saying.
    let mut problems = problem.map_or_else(|| parsed.problems.clone(), |it| vec![it]);
    messages::problems(&mut problems, sources, manner);
    if diag::any_error(&problems) {
        return Err(1);
    }
    let out = grammar::format(sources, SourceId(0), &parsed);
    let copy = Sources::new("formatted", out.as_str());
    let again = grammar::parse(&copy, SourceId(0));
    let same = grammar::dump(&again.program) == grammar::dump(&parsed.program)
        && again.comments.len() == parsed.comments.len();
    if same {
        return Ok(out);
    }
    let failure = Failure::Bug("formatting would change the program".to_owned());
    Err(messages::failure(&failure, sources, manner, false))
}

fn read_input() -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    io::stdin().read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn write(path: &Path, text: &str) -> i32 {
    let Err(error) = replace(path, text) else { return 0 };
    tell(&format!("hawk: failed to write '{}': {}\n", path.display(), reason(&error)));
    1
}

/// Puts `text` into the file: all of it, or nothing.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    // `/dev/stdout` may be a file that others have open.
    if path.starts_with("/dev") || path.starts_with("/proc") {
        return fs::OpenOptions::new().write(true).open(path)?.write_all(text.as_bytes());
    }
    // What a link points to is replaced, not the link.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let old = fs::metadata(&path).ok();
    if old.as_ref().is_some_and(|it| !it.is_file()) {
        return fs::write(&path, text);
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let new = path.with_file_name(format!(".{name}.{}", std::process::id()));
    let written = fill(&new, text, old.as_ref()).and_then(|()| fs::rename(&new, &path));
    if written.is_err() {
        // It may not exist at all.
        let _ = fs::remove_file(&new);
    }
    written
}

/// Makes a file like the old one.
fn fill(path: &Path, text: &str, old: Option<&fs::Metadata>) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    let mut file = fs::File::create_new(path)?;
    file.write_all(text.as_bytes())?;
    if let Some(old) = old {
        // Only root may give files away; a file that one may write keeps its new owner then.
        let _ = chown(path, Some(old.uid()), Some(old.gid()));
        file.set_permissions(old.permissions())?;
    }
    file.sync_all()
}

/// The operating system's sentence alone: "No such file or directory".
fn reason(error: &io::Error) -> String {
    let reason = error.to_string();
    reason.split(" (os error").next().unwrap_or_default().to_owned()
}
