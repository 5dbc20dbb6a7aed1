//! Tables for programs that follow stacks without frame pointers: made of each file's `.eh_frame`
//! by a thread of its own: before tracing begins those of the C library and of what the user
//! traces, and all others when a stack first meets them.
//!
//! All tables together have at most [`MOST_ROWS`] rows of 8 bytes; what comes after has none, and
//! stacks end there, unfinished.

mod archive;
mod arm64;
mod cfi;
mod go;
mod index;

use std::{
    collections::HashSet,
    fs::{self, File},
    io,
    os::{
        fd::{AsFd, OwnedFd},
        unix::fs::FileExt,
    },
    path::{Path, PathBuf},
    sync::mpsc::{self, Receiver, RecvTimeoutError, Sender},
    thread,
    time::{Duration, Instant},
};

use ir::{FrameRule, Rule, Unwind};
use libbpf_rs::{MapCore, MapFlags, MapHandle, MapType, libbpf_sys as sys};
use object::{
    LittleEndian, ReadCache, ReadRef,
    read::elf::{Dyn, ElfFile64, ProgramHeader},
};

use crate::{
    ffi::{self, Mapping},
    kernel::{self, mappings},
};
use cfi::Table;
use index::Index;

/// 64 MiB.
const MOST_ROWS: usize = 8 << 20;
/// Entries that are given to the kernel at once.
const AT_ONCE: usize = 64 << 10;
/// How often programs are asked what they miss.
const ASK: Duration = Duration::from_millis(20);
/// The longest wait for tables before tracing begins.
const PATIENCE: Duration = Duration::from_secs(30);

/// A file, as programs know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    /// Its inode, or [`Unwind::VDSO`].
    pub(crate) inode: u64,
    /// The device as the kernel counts it: `major << 20 | minor`.
    pub(crate) device: u32,
}

impl Key {
    /// The code that the kernel maps into every process.
    pub(crate) const VDSO: Self = Self { inode: Unwind::VDSO, device: 0 };

    /// That of the file at `path`. File systems in layers show another one in its metadata than
    /// where it is mapped, so it is mapped.
    fn of(path: &Path) -> Option<Self> {
        let mapping = Mapping::of_file(&File::open(path).ok()?).ok()?;
        let start = mapping.as_slice().as_ptr() as u64;
        let text = mappings::text("self")?;
        let found = mappings::parse(&text).find(|found| found.start == start)?;
        Some(Self { inode: found.inode, device: found.device })
    }

    fn bytes(self) -> Vec<u8> {
        let mut bytes = self.inode.to_le_bytes().to_vec();
        bytes.extend(u64::from(self.device).to_le_bytes());
        bytes
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let inode = u64::from_le_bytes(*bytes.first_chunk()?);
        let device = u32::from_le_bytes(*bytes.get(8..)?.first_chunk()?);
        Some(Self { inode, device })
    }
}

/// What the thread is asked to do.
#[derive(Debug)]
enum Request {
    /// Make the table of a file.
    File { key: Key, path: PathBuf },
    /// Make the tables of a program and of the libraries that it is linked to.
    Program(PathBuf),
    /// Say that all that was asked for before is done.
    Tell(Sender<()>),
}

/// Makes tables until it is dropped.
#[derive(Debug)]
pub(crate) struct Maker {
    requests: Sender<Request>,
    files: OwnedFd,
    tables: OwnedFd,
}

impl Maker {
    /// Starts the thread that fills these maps.
    pub(crate) fn start(files: OwnedFd, tables: OwnedFd, wanted: OwnedFd) -> io::Result<Self> {
        let (requests, received) = mpsc::channel();
        let maker = Self { requests, files: files.try_clone()?, tables: tables.try_clone()? };
        let mut work =
            Work { files, tables, wanted, known: HashSet::new(), tables_made: 0, rows: 0 };
        thread::Builder::new().name("unwind tables".to_owned()).spawn(move || {
            work.add_vdso();
            work.run(&received);
        })?;
        Ok(maker)
    }

    /// Asks for the table of a file.
    pub(crate) fn ask(&self, key: Key, path: PathBuf) {
        // The thread ends only after this.
        let _ = self.requests.send(Request::File { key, path });
    }

    /// Asks for the tables of a program and of the libraries that it is linked to.
    pub(crate) fn ask_for_program(&self, path: PathBuf) {
        let _ = self.requests.send(Request::Program(path));
    }

    /// Waits until all tables are there that were asked for.
    pub(crate) fn wait(&self) {
        let (tell, told) = mpsc::channel();
        if self.requests.send(Request::Tell(tell)).is_ok() {
            // Too long, or somebody ends the run: stacks end where tables are missing, and say so.
            let deadline = Instant::now() + PATIENCE;
            while told.recv_timeout(ASK) == Err(RecvTimeoutError::Timeout)
                && Instant::now() < deadline
                && !ffi::signal_is_pending()
            {}
        }
    }
}

/// How the caller of a frame is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Caller {
    /// By the frame pointer.
    ByFramePointer,
    /// There is none.
    None,
    /// Otherwise, or nobody knows.
    Elsewhere,
}

impl Maker {
    /// How the caller is found of what is at this place of a file, to which `path` leads; waits
    /// for its table.
    pub(crate) fn caller(&self, file: Key, path: PathBuf, offset: u64) -> Caller {
        if self.is_missing(file) {
            self.ask(file, path);
            self.wait();
        }
        let rule = self.rule(file, offset).unwrap_or(Rule::UNKNOWN.encode());
        match rule & Rule::KIND {
            kind if kind == FrameRule::Outermost.number() => Caller::None,
            kind if kind == FrameRule::FramePointer.number() => Caller::ByFramePointer,
            _ if rule == Rule::FRAME_POINTER.encode() => Caller::ByFramePointer,
            _ => Caller::Elsewhere,
        }
    }

    fn is_missing(&self, file: Key) -> bool {
        let mut value = [0; Unwind::FILE_SIZE as usize];
        ffi::map_lookup(self.files.as_fd(), &file.bytes(), &mut value).is_err()
    }

    /// The rule for a place, as a program finds it.
    fn rule(&self, file: Key, offset: u64) -> Option<u32> {
        let mut value = [0; Unwind::FILE_SIZE as usize];
        ffi::map_lookup(self.files.as_fd(), &file.bytes(), &mut value).ok()?;
        let word = |at: usize| Some(u32::from_le_bytes(*value.get(at..)?.first_chunk()?));
        let (table, blocks, first) = (word(0)?, word(4)?, word(8)?);
        if table == Unwind::FRAME_POINTERS {
            return Some(FrameRule::FramePointer.number());
        }
        let index = table.checked_sub(Unwind::FIRST_TABLE)?;
        let mut id = [0; 4];
        ffi::map_lookup(self.tables.as_fd(), &index.to_le_bytes(), &mut id).ok()?;
        let table = MapHandle::from_map_id(u32::from_le_bytes(id)).ok()?;
        let row = |index: u32| {
            let mut row = [0; 8];
            ffi::map_lookup(table.as_fd(), &index.to_le_bytes(), &mut row).ok()?;
            Some(u64::from_le_bytes(row))
        };
        let block = u32::try_from(offset >> Unwind::BLOCK_SHIFT).ok()?.checked_sub(first)?;
        let range = (block < blocks).then(|| row(block))??;
        let (mut low, mut high, mut rule) = (range as u32, (range >> 32) as u32, None);
        while low < high {
            let middle = low.midpoint(high);
            let row = row(middle)?;
            if row >> 32 <= offset {
                (low, rule) = (middle + 1, Some(row as u32));
            } else {
                high = middle;
            }
        }
        rule
    }
}

struct Work {
    files: OwnedFd,
    tables: OwnedFd,
    wanted: OwnedFd,
    known: HashSet<Key>,
    tables_made: u32,
    rows: usize,
}

impl Work {
    fn run(&mut self, requests: &Receiver<Request>) {
        loop {
            match requests.recv_timeout(ASK) {
                Ok(Request::File { key, path }) => self.add_file(key, &path),
                Ok(Request::Program(path)) => self.add_program(&path),
                Ok(Request::Tell(tell)) => drop(tell.send(())),
                Err(RecvTimeoutError::Timeout) => self.add_wanted(),
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn add_file(&mut self, key: Key, path: &Path) {
        if self.known.contains(&key) {
            return;
        }
        // A file that has gone may be seen again elsewhere.
        let Ok(file) = File::open(path) else { return };
        // Read and not mapped: who writes over a library in place would end us with it.
        let cache = ReadCache::new(file);
        self.add(key, &archive::table(&cache).unwrap_or_else(|| cfi::table(&cache)));
    }

    /// What is not found here is mapped, and so seen, when the program runs.
    fn add_program(&mut self, path: &Path) {
        let mut paths = vec![path.to_owned()];
        let mut seen = HashSet::new();
        while let Some(path) = paths.pop() {
            let Ok(path) = fs::canonicalize(path) else { continue };
            if !seen.insert(path.clone()) {
                continue;
            }
            if let Some(key) = Key::of(&path) {
                self.add_file(key, &path);
            }
            if let Ok(file) = File::open(&path) {
                let names = libraries(&ReadCache::new(file)).unwrap_or_default();
                paths.extend(
                    names.iter().filter_map(|name| kernel::needed(name)).map(PathBuf::from),
                );
            }
        }
    }

    /// The code that the kernel maps into every process, read from this one.
    fn add_vdso(&mut self) {
        if let Some(image) = vdso() {
            self.add(Key::VDSO, &cfi::table(&*image));
        }
    }

    /// Files that programs have met and that nobody has named before.
    fn add_wanted(&mut self) {
        let mut key = [0; Unwind::KEY_SIZE as usize];
        while let Ok(true) = ffi::map_next_key(self.wanted.as_fd(), None, &mut key) {
            let mut place = [0; Unwind::WANTED_SIZE as usize];
            let found = ffi::map_lookup(self.wanted.as_fd(), &key, &mut place);
            if found.is_ok()
                && let Some(known) = Key::read(&key)
            {
                let word = |at: usize| place.get(at..).and_then(|rest| rest.first_chunk());
                let word = |at| word(at).map_or(0, |bytes| u64::from_le_bytes(*bytes));
                let path = format!("/proc/{}/map_files/{:x}-{:x}", word(0), word(8), word(16));
                self.add_file(known, Path::new(&path));
            }
            if ffi::map_delete(self.wanted.as_fd(), &key).is_err() {
                return;
            }
        }
    }

    /// Puts a table where programs find it.
    fn add(&mut self, key: Key, table: &Table) {
        self.known.insert(key);
        let (table, blocks, first) = match table {
            Table::FramePointers => (Unwind::FRAME_POINTERS, 0, 0),
            Table::Unusable => (Unwind::UNKNOWN, 0, 0),
            Table::Rows(rows) => {
                let index = Index::of(rows);
                match self.insert(&index.entries, rows) {
                    Ok(number) => (number, index.entries.len() as u32, index.first),
                    Err(_) => (Unwind::UNKNOWN, 0, 0),
                }
            }
        };
        let value: Vec<u8> =
            [table, blocks, first, 0].into_iter().flat_map(u32::to_le_bytes).collect();
        // Without room the file stays unknown: its stacks say that they are unfinished.
        let _ = ffi::map_insert(self.files.as_fd(), &key.bytes(), &value);
    }

    fn insert(&mut self, index: &[u64], rows: &[u64]) -> io::Result<u32> {
        let length = index.len() + rows.len();
        let total = self.rows + length;
        if total > MOST_ROWS || self.tables_made == Unwind::TABLES {
            return Err(io::ErrorKind::OutOfMemory.into());
        }
        let table = new_table(length as u32)?;
        for first in (0..length).step_by(AT_ONCE) {
            let entries: Vec<u64> =
                index.iter().chain(rows).skip(first).take(AT_ONCE).copied().collect();
            let count = entries.len() as u32;
            let first = first as u32;
            let keys: Vec<u8> = (first..first + count).flat_map(u32::to_le_bytes).collect();
            let values: Vec<u8> =
                entries.iter().flat_map(|entry| entry.to_le_bytes()).collect();
            table
                .update_batch(&keys, &values, count, MapFlags::ANY, MapFlags::ANY)
                .map_err(io::Error::other)?;
        }
        let index = self.tables_made;
        let descriptor = std::os::fd::AsRawFd::as_raw_fd(&table.as_fd()).cast_unsigned();
        ffi::map_insert(self.tables.as_fd(), &index.to_le_bytes(), &descriptor.to_le_bytes())?;
        self.tables_made += 1;
        self.rows = total;
        Ok(Unwind::FIRST_TABLE + index)
    }
}

/// What the kernel is told when it loads the map of tables.
pub(crate) fn empty_table() -> io::Result<OwnedFd> {
    new_table(1)?.as_fd().try_clone_to_owned()
}

fn new_table(rows: u32) -> io::Result<MapHandle> {
    let options = sys::bpf_map_create_opts {
        sz: size_of::<sys::bpf_map_create_opts>() as sys::size_t,
        // Tables differ in size.
        map_flags: sys::BPF_F_INNER_MAP,
        ..Default::default()
    };
    MapHandle::create(MapType::Array, Some("unwind_table"), 4, 8, rows, &options)
        .map_err(io::Error::other)
}

/// The names of the libraries that an ELF file is linked to, and its interpreter.
fn libraries<'d>(data: impl ReadRef<'d>) -> Option<Vec<String>> {
    let elf = ElfFile64::<LittleEndian, _>::parse(data).ok()?;
    let endian = LittleEndian;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut names = Vec::new();
    for header in elf.elf_program_headers() {
        if let Ok(Some(interpreter)) = header.interpreter(endian, data) {
            names.push(text(interpreter));
        }
    }
    let sections = elf.elf_section_table();
    let (entries, strings) = sections.dynamic(endian, data).ok()??;
    let strings = sections.strings(endian, data, strings).ok()?;
    let needed =
        entries.iter().filter(|entry| entry.tag32(endian) == Some(object::elf::DT_NEEDED));
    for entry in needed {
        let name = entry.val32(endian).and_then(|at| strings.get(at).ok());
        names.extend(name.map(text));
    }
    Some(names)
}

fn vdso() -> Option<Vec<u8>> {
    let text = mappings::text("self")?;
    let found = mappings::parse(&text).find(|found| found.path == "[vdso]")?;
    let mut image = vec![0; usize::try_from(found.end.checked_sub(found.start)?).ok()?];
    File::open("/proc/self/mem").ok()?.read_exact_at(&mut image, found.start).ok()?;
    Some(image)
}
