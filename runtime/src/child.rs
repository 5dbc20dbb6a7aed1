//! The process that `-c` starts: made before anything is attached, so that its id is known, and
//! let go when everything is.

use std::{
    ffi::CString,
    fs,
    io::{self, PipeReader, PipeWriter, Read, Write},
    os::{
        fd::{AsFd, AsRawFd, OwnedFd, RawFd},
        unix::fs::PermissionsExt,
    },
    path::PathBuf,
    str::Chars,
};

use crate::{
    error::Error,
    ffi::{self, Fork},
};

/// A process that waits to become the command.
#[derive(Debug)]
pub(crate) struct Child {
    pub(crate) pid: u32,
    command: String,
    process: OwnedFd,
    /// One byte lets it go; when it is closed, the child knows that we are gone.
    release: Option<PipeWriter>,
    /// Closed by a successful exec; else the error's number comes out of it.
    failure: PipeReader,
}

/// How a child ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// By itself, with this code.
    Exited(i32),
    /// By this signal.
    Killed(i32),
}

/// The file that a command starts. Says what is wrong with it before anything is compiled for it:
/// that there is no such program, or none that can be run.
///
/// # Errors
///
/// Returns what starting it would return.
pub fn find_command(words: &[String]) -> Result<PathBuf, Error> {
    let command = words.first().map_or("", String::as_str);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<_> = if command.contains('/') {
        vec![PathBuf::new()]
    } else {
        std::env::split_paths(&path).collect()
    };
    let mut found = io::ErrorKind::NotFound;
    for folder in folders {
        let file = folder.join(command);
        match fs::metadata(&file) {
            Ok(found) if found.is_file() && found.permissions().mode() & 0o111 != 0 => {
                return Ok(file);
            }
            Ok(_) => found = io::ErrorKind::PermissionDenied,
            Err(_) => {}
        }
    }
    let number = if found == io::ErrorKind::NotFound { libc::ENOENT } else { libc::EACCES };
    let source = io::Error::from_raw_os_error(number);
    Err(Error::Command { command: command.to_owned(), source })
}

impl Child {
    /// Makes the process.
    pub(crate) fn new(words: &[String]) -> Result<Self, Error> {
        let command = words.first().cloned().unwrap_or_default();
        let cannot = |source| Error::Command { command: command.clone(), source };
        let words: Result<Vec<_>, _> = words.iter().map(|word| CString::new(&**word)).collect();
        let words = words.map_err(|error| cannot(error.into()))?;
        let (wait, release) = io::pipe().map_err(cannot)?;
        let (failure, report) = io::pipe().map_err(cannot)?;
        match ffi::fork().map_err(cannot)? {
            Fork::Child => {
                drop(release);
                become_command(wait, report, &words)
            }
            Fork::Parent(pid) => {
                let process = ffi::open_process(pid).map_err(cannot)?;
                Ok(Self { pid, command, process, release: Some(release), failure })
            }
        }
    }

    /// The file of the program that it will become, if that is known.
    pub(crate) fn program(&self) -> Option<PathBuf> {
        find_command(std::slice::from_ref(&self.command)).ok()
    }

    /// Lets it become the command; comes back when it has.
    pub(crate) fn start(&mut self) -> Result<(), Error> {
        let cannot = |source| Error::Command { command: self.command.clone(), source };
        if let Some(mut release) = self.release.take() {
            release.write_all(&[0]).map_err(cannot)?;
        }
        let mut number = Vec::new();
        self.failure.read_to_end(&mut number).map_err(cannot)?;
        match <[u8; 4]>::try_from(number.as_slice()) {
            Ok(number) => Err(cannot(io::Error::from_raw_os_error(i32::from_ne_bytes(number)))),
            Err(_) => Ok(()),
        }
    }

    /// What becomes readable when it ends.
    pub(crate) fn descriptor(&self) -> RawFd {
        self.process.as_raw_fd()
    }

    /// How it ended, if it has.
    pub(crate) fn status(&self) -> Option<Status> {
        let status = ffi::reap(self.pid)?;
        // As `WIFEXITED`, `WEXITSTATUS` and `WTERMSIG` take it apart.
        Some(match status & 0x7f {
            0 => Status::Exited(status >> 8 & 0xff),
            signal => Status::Killed(signal),
        })
    }

    /// Asks it to end.
    pub(crate) fn terminate(&self) {
        ffi::signal_process(self.process.as_fd(), libc::SIGTERM);
    }
}

/// In the new process. Only calls that are safe after a fork of one thread.
fn become_command(wait: PipeReader, mut report: PipeWriter, words: &[CString]) -> ! {
    ffi::default_signals();
    // Nothing is read: who traces reads in the command would see that one too.
    if !ffi::wait_readable(wait.as_fd()) {
        ffi::exit_now(1);
    }
    let error = ffi::exec(words);
    let number = error.raw_os_error().unwrap_or(libc::EINVAL);
    // If it can't be reported, the exit code tells.
    let _ = report.write_all(&number.to_ne_bytes());
    ffi::exit_now(127)
}

/// Splits a command line as a shell does, with quotes and backslashes; none where a quote is not
/// closed or nothing is left.
pub fn split_command(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match character {
            ' ' | '\t' | '\n' => words.extend(word.take()),
            '\'' | '"' => {
                quoted(&mut characters, character, word.get_or_insert_default())?;
            }
            '\\' => word.get_or_insert_default().push(characters.next()?),
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    (!words.is_empty()).then_some(words)
}

/// Takes what stands between quotes. Between double ones a backslash makes some characters plain.
fn quoted(from: &mut Chars<'_>, quote: char, word: &mut String) -> Option<()> {
    loop {
        match from.next()? {
            end if end == quote => return Some(()),
            '\\' if quote == '"' => {
                let next = from.next()?;
                if !matches!(next, '"' | '\\' | '$' | '`') {
                    word.push('\\');
                }
                word.push(next);
            }
            inside => word.push(inside),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::split_command;

    #[test]
    fn splits_as_a_shell_does() {
        let split = |line| split_command(line).unwrap_or_default();
        assert_eq!(split(" dd if=/dev/zero  count=10 "), ["dd", "if=/dev/zero", "count=10"]);
        assert_eq!(split("sh -c 'a \"b\" c'"), ["sh", "-c", "a \"b\" c"]);
        assert_eq!(split(r#"echo "a\"b\n" c\ d ''"#), ["echo", "a\"b\\n", "c d", ""]);
        assert_eq!(split_command("echo 'open"), None);
        assert_eq!(split_command("  "), None);
    }
}
