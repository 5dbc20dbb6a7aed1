//! Files that appear whole or not at all: written beside their place, then put there.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    process,
};

/// Whether a picture could be written to `path`, found out before anything is traced.
///
/// # Errors
///
/// Returns why not.
pub fn check(path: &Path) -> io::Result<()> {
    if is_special(path) {
        return OpenOptions::new().write(true).open(path).map(|_| ());
    }
    let place = real(path);
    if place.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    let beside = beside(&place);
    create(&beside)?;
    fs::remove_file(beside)
}

/// Writes `bytes` to `path`. Who reads it meanwhile sees the old file or the new one.
///
/// # Errors
///
/// Returns why that failed; then the old file is still there.
pub(super) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if is_special(path) {
        return OpenOptions::new().write(true).open(path)?.write_all(bytes);
    }
    let place = real(path);
    let beside = beside(&place);
    let written = create(&beside).and_then(|mut file| {
        file.write_all(bytes)?;
        if let Ok(old) = fs::metadata(&place) {
            file.set_permissions(old.permissions())?;
        }
        fs::rename(&beside, &place)
    });
    if written.is_err() {
        // What failed is told; the rest of it has no use.
        let _ = fs::remove_file(&beside);
    }
    written
}

/// Whether it is a device or a pipe, which is written to and not replaced.
fn is_special(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|data| !data.is_file() && !data.is_dir())
}

/// What a link leads to, so that the file is replaced and not the link.
fn real(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

/// A name in the same folder that nobody else has.
fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}.part", process::id()))
}

/// A new file: one that is there already may be somebody's trap.
fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).custom_flags(libc::O_NOFOLLOW).open(path)
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::symlink, path::PathBuf};

    use super::{check, write};

    struct Folder(PathBuf);

    impl Drop for Folder {
        fn drop(&mut self) {
            fs::remove_dir_all(&self.0).unwrap();
        }
    }

    #[test]
    fn files_are_replaced_whole() {
        let name = format!("hawk-pictures-{}", std::process::id());
        let folder = Folder(std::env::temp_dir().join(name));
        fs::create_dir_all(folder.0.join("real")).unwrap();
        let (file, link) = (folder.0.join("real/a.svg"), folder.0.join("link.svg"));
        check(&file).unwrap();
        assert!(!file.exists());
        write(&file, b"first").unwrap();
        symlink(&file, &link).unwrap();
        write(&link, b"second").unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"second");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert!(check(&folder.0.join("none/a.svg")).is_err());
        assert!(check(&folder.0).is_err());
        write(&PathBuf::from("/dev/null"), b"third").unwrap();
        let left = fs::read_dir(folder.0.join("real")).unwrap().count();
        assert_eq!(left, 1, "nothing is left beside it");
    }
}
