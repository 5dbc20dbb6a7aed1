//! What user space does because an event says so: messages, files, commands.

use std::{
    fs::File,
    io::{self, Read},
    process::{Command, Stdio},
};

use diag::{Sources, Span};
use ir::Severity;

use crate::{
    output::{Message, MessageKind, Output, say_at},
    value::Value,
};

/// Says a text of the script on standard error.
pub(crate) fn report(
    severity: Severity,
    text: &str,
    (sources, span): (&Sources, Span),
    output: &mut dyn Output,
) -> io::Result<()> {
    let kind = match severity {
        Severity::Error => MessageKind::Error,
        Severity::Warning => MessageKind::Warning,
    };
    say_at(output, (kind, text.trim_end_matches('\n')), sources, span)
}

/// Prints at most so many bytes of the file at `path`; one that can't be read is a message.
pub(crate) fn cat(path: &str, most: u32, output: &mut dyn Output) -> io::Result<()> {
    let mut bytes = Vec::new();
    let read = File::open(path)
        .and_then(|file| file.take(u64::from(most)).read_to_end(&mut bytes).map(|_| ()));
    match read {
        Ok(()) => output.text("cat", &String::from_utf8_lossy(&bytes)),
        Err(error) => {
            let text = format!("failed to open file '{path}': {}", reason(&error));
            cannot(&text, output)
        }
    }
}

/// Runs a command and prints its output.
pub(crate) fn run(command: &str, output: &mut dyn Output) -> io::Result<()> {
    // What was printed before has to come out before what the command says itself.
    output.flush()?;
    let shell = Command::new("sh").arg("-c").arg(command).stderr(Stdio::inherit()).output();
    match shell {
        Ok(found) => output.text("syscall", &String::from_utf8_lossy(&found.stdout)),
        Err(error) => cannot(&format!("failed to run '{command}': {}", reason(&error)), output),
    }
}

/// The texts in `texts`, each with its NUL.
pub(crate) fn joined(texts: &Value<'_>, separator: &str) -> String {
    let Value::Bytes(bytes) = texts else { return String::new() };
    let bytes = bytes.strip_suffix(b"\0").unwrap_or(bytes);
    let words = bytes.split(|byte| *byte == 0).map(String::from_utf8_lossy);
    words.collect::<Vec<_>>().join(separator)
}

fn cannot(text: &str, output: &mut dyn Output) -> io::Result<()> {
    output.message(&Message { kind: MessageKind::Error, text, position: None })
}

/// The operating system's sentence alone.
fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::{Value, joined};

    #[test]
    fn texts_are_joined() {
        for (bytes, line) in
            [(b"ls\0-l\0".as_slice(), "ls, -l"), (b"ls\0\0x\0", "ls, , x"), (b"", "")]
        {
            assert_eq!(joined(&Value::Bytes(bytes), ", "), line);
        }
    }
}
