//! Files that are executed somewhere on the machine, each held open once: so they can be read after
//! they were deleted or replaced, and from other mount namespaces.

use std::{
    collections::HashMap,
    fs::{self, File},
    os::{fd::AsRawFd, unix::fs::MetadataExt},
    path::PathBuf,
};

use crate::unwind::Key;

/// The most files that are held open; what comes after is read by its name.
const MOST_OPEN: usize = 2048;

/// Which file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct FileId(pub(super) u32);

/// Where a file was seen.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Origin<'a> {
    /// Its path in the mount namespace of the process, or `[vdso]`.
    pub(crate) path: &'a str,
    /// The file system's, as the kernel counts it.
    pub(crate) device: u32,
    /// 0 if unknown.
    pub(crate) inode: u64,
    /// In which process it is mapped,
    pub(crate) process: u32,
    /// from here
    pub(crate) start: u64,
    /// to here.
    pub(crate) end: u64,
}

#[derive(Debug)]
struct Kept {
    device: u32,
    path: String,
    /// None if the path still leads there, or nothing does.
    file: Option<File>,
    inode: u64,
}

/// The files by number.
#[derive(Debug, Default)]
pub(crate) struct Files {
    kept: Vec<Kept>,
    known: HashMap<(u32, u64, String), FileId>,
    open: usize,
}

impl Files {
    /// The number of a file; none for what is no file (`[stack]`, memory without a name), the vDSO
    /// excepted.
    pub(crate) fn add(&mut self, origin: &Origin<'_>) -> Option<FileId> {
        let path = origin.path.strip_suffix(" (deleted)").unwrap_or(origin.path);
        if !path.starts_with('/') && path != VDSO || path.starts_with("//anon") {
            return None;
        }
        let key = (origin.device, origin.inode, path.to_owned());
        if let Some(known) = self.known.get(&key) {
            return Some(*known);
        }
        let file = if self.open < MOST_OPEN { open(origin, path) } else { None };
        self.open += usize::from(file.is_some());
        let id = FileId(self.kept.len() as u32);
        self.kept.push(Kept {
            device: origin.device,
            path: path.to_owned(),
            file,
            inode: origin.inode,
        });
        self.known.insert(key, id);
        Some(id)
    }

    /// Its name, as its process knew it.
    pub(crate) fn name(&self, id: FileId) -> &str {
        self.kept.get(id.0 as usize).map_or("", |kept| &kept.path)
    }

    /// How programs know it.
    pub(crate) fn key(&self, id: FileId) -> Option<Key> {
        let kept = self.kept.get(id.0 as usize)?;
        if kept.path == VDSO {
            return Some(Key::VDSO);
        }
        (kept.inode != 0).then_some(Key { inode: kept.inode, device: kept.device })
    }

    /// A path that leads to it now.
    pub(crate) fn path(&self, id: FileId) -> Option<PathBuf> {
        let kept = self.kept.get(id.0 as usize)?;
        if leads_to(&kept.path, kept.inode) {
            return Some(kept.path.clone().into());
        }
        let file = kept.file.as_ref()?;
        Some(format!("/proc/self/fd/{}", file.as_raw_fd()).into())
    }
}

/// How the kernel calls the code that it maps into every process.
pub(crate) const VDSO: &str = "[vdso]";

/// Whether `path` is the file with this inode, in our own mount namespace.
fn leads_to(path: &str, inode: u64) -> bool {
    fs::metadata(path).is_ok_and(|data| inode == 0 || data.ino() == inode)
}

/// Opens the file by its path if that leads to it, else through its process.
fn open(origin: &Origin<'_>, path: &str) -> Option<File> {
    let Origin { inode, process, start, end, .. } = *origin;
    let ways = [
        path.to_owned(),
        format!("/proc/{process}/root{path}"),
        format!("/proc/{process}/map_files/{start:x}-{end:x}"),
    ];
    // File systems in layers show other inodes through the process's root: what the mapping itself
    // leads to is right in any case.
    let (mapped, named) = ways.split_last()?;
    let named = named.iter().find(|way| leads_to(way, inode));
    named.and_then(|way| File::open(way).ok()).or_else(|| File::open(mapped).ok())
}
