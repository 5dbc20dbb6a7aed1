//! Files whose symbols and debug information are being read. What is parsed of a file can be many
//! times as much as is asked for, so only some are kept open, and none for long.

use std::{
    cell::RefCell,
    collections::{BTreeMap, VecDeque},
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    ops::Range,
    os::fd::AsRawFd,
    path::{Path, PathBuf},
};

use blazesym::symbolize::Symbolizer;
use ir::Naming;

use super::files::FileId;
use crate::{
    ffi::memory_file,
    kernel::{Folders, inner_symbols, zip::Member},
};

/// Where distributions put debug information.
const USUAL_FOLDERS: [&str; 2] = ["/usr/lib/debug", "/lib/debug"];
/// The most files that are kept open.
const MOST_FILES: usize = 4;
/// Bytes of debug information of all open files, at most, unless one alone has more.
const MOST_BYTES: u64 = 64 << 20;
/// Places that are looked up before a file is closed and opened again: each may have made much be
/// parsed that stays in memory.
pub(super) const MOST_PLACES: usize = 1024;

/// The files that are open now.
pub(super) struct Open {
    naming: Naming,
    /// Where debug information in files of its own is looked for.
    folders: Folders,
    directories: Vec<PathBuf>,
    files: VecDeque<Reader>,
}

/// One of them.
pub(super) struct Reader {
    file: FileId,
    pub(super) symbolizer: Symbolizer,
    /// The symbols that are compressed in the file itself, or in a member of it.
    inner: RefCell<BTreeMap<PathBuf, Option<File>>>,
    /// Copies of members of the file by where they start: blazesym reads only archives that are laid
    /// out as Android wants them.
    members: RefCell<BTreeMap<u64, File>>,
    bytes: u64,
    places: usize,
}

impl Reader {
    /// A path to the symbols that are compressed in the file at `path`: this one, or a member of it.
    pub(super) fn inner(&self, path: &Path) -> Option<PathBuf> {
        let mut inner = self.inner.borrow_mut();
        let found = inner.entry(path.to_owned()).or_insert_with(|| inner_symbols(path));
        found.as_ref().map(path_to)
    }

    /// A path to a member of the archive that is at `path`.
    pub(super) fn member(&self, path: &Path, member: &Member<'_>) -> Option<PathBuf> {
        let mut members = self.members.borrow_mut();
        let Range { start, end } = member.range;
        if let Some(known) = members.get(&start) {
            return Some(path_to(known));
        }
        let mut archive = File::open(path).ok()?;
        archive.seek(SeekFrom::Start(start)).ok()?;
        let mut copy = memory_file().ok()?;
        io::copy(&mut archive.take(end - start), &mut copy).ok()?;
        let path = path_to(&copy);
        members.insert(start, copy);
        Some(path)
    }
}

fn path_to(file: &File) -> PathBuf {
    format!("/proc/self/fd/{}", file.as_raw_fd()).into()
}

impl Open {
    pub(super) fn new(naming: Naming, folders: &[PathBuf]) -> Self {
        let usual = USUAL_FOLDERS.map(PathBuf::from);
        Self {
            naming,
            folders: Folders::absolutes(folders),
            directories: folders.iter().cloned().chain(usual).collect(),
            files: VecDeque::new(),
        }
    }

    /// One that has read nothing yet.
    pub(super) fn symbolizer(&self, lines: bool) -> Symbolizer {
        Symbolizer::builder()
            .set_debug_dirs(Some(&self.directories))
            .enable_code_info(lines)
            .enable_inlined_fns(lines && self.naming.inlined)
            .enable_demangling(self.naming.demangle)
            .build()
    }

    /// Who reads the file, which is at `path`, for so many places; and where its debug information
    /// is looked for, if it is in a file of its own.
    pub(super) fn reader(
        &mut self,
        file: FileId,
        path: &Path,
        places: usize,
    ) -> (&Reader, &Folders) {
        let found = self.files.iter().position(|open| open.file == file);
        let kept = found.and_then(|at| self.files.remove(at));
        let kept = kept.filter(|open| open.places + places <= MOST_PLACES);
        let mut reader = kept.unwrap_or_else(|| Reader {
            file,
            symbolizer: self.symbolizer(self.naming.lines),
            inner: RefCell::default(),
            members: RefCell::default(),
            bytes: self.folders.debug_bytes(path),
            places: 0,
        });
        reader.places += places;
        while self.files.len() + 1 > MOST_FILES || self.bytes() + reader.bytes > MOST_BYTES {
            if self.files.pop_back().is_none() {
                break;
            }
        }
        self.files.push_front(reader);
        (&self.files[0], &self.folders)
    }

    /// Forgets what was read.
    pub(super) fn close(&mut self) {
        self.files.clear();
    }

    fn bytes(&self) -> u64 {
        self.files.iter().map(|open| open.bytes).sum()
    }
}
