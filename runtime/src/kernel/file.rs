//! Files that a program imports or includes.

use std::{fs, io, os::unix::fs::PermissionsExt, path::Path};

use stdlib::{Answer, Content, File, Unanswered};

/// The largest file that is read: no program is as large as this.
const LARGEST: u64 = 64 << 20;

/// The permission of everybody to write.
const WORLD_WRITABLE: u32 = 0o002;

/// What is at `path`.
pub(super) fn read(path: &str) -> Answer<Option<File>> {
    let failed = |error: io::Error| Unanswered { problem: reason(&error), help: None };
    let full = match fs::canonicalize(path) {
        Ok(full) => full,
        Err(error) if is_missing(&error) => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let found = fs::metadata(&full).map_err(failed)?;
    let content = if found.is_dir() {
        let world_writable = found.permissions().mode() & WORLD_WRITABLE != 0;
        Content::Directory { names: names(&full).map_err(failed)?, world_writable }
    } else if !found.is_file() {
        let problem = "it is no regular file".to_owned();
        return Err(Unanswered { problem, help: None });
    } else if found.len() > LARGEST {
        let problem = format!("it is larger than {} MiB", LARGEST >> 20);
        return Err(Unanswered { problem, help: None });
    } else {
        Content::Bytes(fs::read(&full).map_err(failed)?)
    };
    Ok(Some(File { path: full.to_string_lossy().into_owned(), content }))
}

fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn names(folder: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        // What is not text can't be named in a program either.
        names.extend(entry?.file_name().into_string());
    }
    names.sort();
    Ok(names)
}

/// The operating system's sentence alone: "Permission denied".
fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}
