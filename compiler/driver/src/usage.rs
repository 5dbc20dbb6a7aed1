//! What compatibility mode says of a command line that is wrong: the words of `getopt`, which
//! bpftrace's users and harnesses know, and a short usage. It knows no option's meaning.

use std::{ffi::OsString, path::Path};

use clap::error::{ContextKind, ContextValue, ErrorKind};

/// The usage, for whoever started us as `name`.
fn usage(name: &str) -> String {
    format!(
        "USAGE:\n    {name} [options] filename [parameters]\n    {name} [options] - [parameters], \
         the program from standard input\n    {name} [options] -e 'program' [parameters]\n    \
         {name} -l [pattern|filename]\n"
    )
}

/// Where the options are described.
fn hint(name: &str) -> String {
    format!("\nall options: {name} --help\n")
}

/// The help, which begins with the usage.
pub(crate) fn help(text: &str, words: &[OsString]) -> String {
    let options = text.find("\nOptions:").map_or(text, |at| &text[at..]);
    format!("{}{options}", usage(name(words)))
}

/// What is said where there are no words at all.
pub(crate) fn nothing(words: &[OsString]) -> String {
    let name = name(words);
    usage(name) + &hint(name)
}

/// An option that hawk has not, behind a script's name, is most likely the script's own.
pub(crate) fn with_way_out(mut error: clap::Error, words: &[OsString]) -> clap::Error {
    let Some(ContextValue::String(option)) = error.get(ContextKind::InvalidArg) else {
        return error;
    };
    let texts = words.iter().map(|word| word.to_string_lossy());
    let mut behind = texts.skip_while(|word| word.starts_with('-') || !word.ends_with(".bt"));
    let (script, mut behind) = (behind.next(), behind);
    let given = behind.find(|word| word.split('=').next() == Some(option));
    let (ErrorKind::UnknownArgument, Some(script), Some(given)) = (error.kind(), script, given)
    else {
        return error;
    };
    let tip = format!("options of the script stand behind `--`: `hawk {script} -- {given}`");
    // It is like one of hawk's by chance.
    error.remove(ContextKind::SuggestedArg);
    error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
    error
}

/// What is wrong with `words`, the first of which is the command's name.
pub(crate) fn refusal(error: &clap::Error, words: &[OsString]) -> String {
    let name = name(words);
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    let option = context(ContextKind::InvalidArg).unwrap_or_default();
    let value = context(ContextKind::InvalidValue).unwrap_or_default();
    let kind = error.kind();
    let is_value = kind == ErrorKind::InvalidValue;
    let said = if kind == ErrorKind::UnknownArgument {
        unknown(name, option)
    } else if kind == ErrorKind::TooManyValues {
        let option = option.split([' ', '=']).next().unwrap_or_default();
        format!("{name}: option '{option}' doesn't allow an argument")
    } else if is_value && value.is_empty() {
        missing(name, words)
    } else if is_value && option.starts_with("--format") {
        return format!(
            "ERROR: Invalid output format \"{value}\"\nValid formats: text, json\n"
        );
    } else if is_value && option.starts_with("-B") {
        return "ERROR: USAGE: -B must be either 'line', 'full' or 'none'.\n".to_owned();
    } else {
        let text = error.to_string();
        let first = text.lines().next().unwrap_or_default();
        return format!("ERROR: USAGE: {}\n", first.trim_start_matches("error: "));
    };
    format!("{said}\n{}{}", usage(name), hint(name))
}

/// What the command is called.
fn name(words: &[OsString]) -> &str {
    let name = words.first().map(Path::new).and_then(Path::file_name);
    name.and_then(|name| name.to_str()).unwrap_or("bpftrace")
}

fn unknown(name: &str, option: &str) -> String {
    match option.strip_prefix("--") {
        Some(_) => format!("{name}: unrecognized option '{option}'"),
        None => {
            let letter = option.trim_start_matches('-').chars().next().unwrap_or('-');
            format!("{name}: invalid option -- '{letter}'")
        }
    }
}

/// An option that is the last word and wants another.
fn missing(name: &str, words: &[OsString]) -> String {
    let last = words.last().and_then(|word| word.to_str()).unwrap_or_default();
    if last.starts_with("--") {
        return format!("{name}: option '{last}' requires an argument");
    }
    let letter = last.chars().next_back().unwrap_or('-');
    format!("{name}: option requires an argument -- '{letter}'")
}
