//! Where the program comes from.

use std::{
    fs,
    io::{self, Read},
};

use diag::{Diagnostic, SourceId, Sources};

use crate::{cli::Cli, tools};

/// A program and its parameters.
pub(crate) struct Given {
    pub(crate) sources: Sources,
    pub(crate) parameters: Vec<String>,
    /// What is wrong with the text before it is read, if it is not text.
    pub(crate) problem: Option<Diagnostic>,
}

/// What is wrong, and what to do about it.
type Sentence = (String, Option<String>);

/// Reads the program that the command line names.
///
/// # Errors
///
/// Returns a sentence for the user.
pub(crate) fn read(cli: &Cli) -> Result<Given, Sentence> {
    if let Some(program) = &cli.program {
        return Ok(given("stdin", program.clone().into_bytes(), &cli.words));
    }
    let Some((file, parameters)) = cli.words.split_first() else {
        let help = "give a file, or a program with -e 'PROGRAM'";
        let text = "USAGE: filename or -e 'program' required.";
        return Err((text.to_owned(), Some(help.to_owned())));
    };
    if cli.tool {
        let (text, help) = match tools::find(file) {
            Ok(tool) => {
                let name = format!("{}.bt", tool.name);
                return Ok(given(&name, tool.text.as_bytes().to_vec(), parameters));
            }
            Err(sentence) => sentence,
        };
        return Err((text, Some(help)));
    }
    if file == "-" {
        let mut bytes = Vec::new();
        let read = io::stdin().read_to_end(&mut bytes);
        read.map_err(|error| (format!("failed to read standard input: {error}"), None))?;
        return Ok(given("stdin", bytes, parameters));
    }
    let bytes = fs::read(file).map_err(|error| cannot_open(file, &error))?;
    Ok(given(file, bytes, parameters))
}

fn cannot_open(file: &str, error: &io::Error) -> Sentence {
    // The operating system's sentence alone: "No such file or directory".
    let reason = error.to_string();
    let reason = reason.split(" (os error").next().unwrap_or_default();
    let looks_like_program = file.contains(['{', ' ']);
    let help = looks_like_program.then(|| "to run a program given as text, use -e".to_owned());
    (format!("failed to open file '{file}': {reason}"), help)
}

fn given(name: &str, bytes: Vec<u8>, parameters: &[String]) -> Given {
    let (text, problem) = match grammar::decode(SourceId(0), bytes) {
        Ok(text) => (text, None),
        Err(wrong) => (wrong.text, Some(wrong.problem)),
    };
    Given { sources: Sources::new(name, text), parameters: parameters.to_vec(), problem }
}
