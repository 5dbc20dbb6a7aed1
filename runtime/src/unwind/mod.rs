//! Tables for programs that follow stacks without frame pointers: made of each file's `.eh_frame`
//! by a thread of its own, when the file is seen mapped or a program asks for it.
//!
//! All tables together have at most [`MOST_ROWS`] rows of 8 bytes; what comes after has none, and
//! stacks end there, unfinished.

mod cfi;

use std::{
    collections::HashSet,
    fs::{self, File},
    io,
    os::{
        fd::{AsFd, OwnedFd},
        unix::fs::{FileExt, MetadataExt},
    },
    path::{Path, PathBuf},
    sync::mpsc::{self, Receiver, RecvTimeoutError, Sender},
    thread,
    time::Duration,
};

use ir::Unwind;
use libbpf_rs::{MapCore, MapFlags, MapHandle, MapType, libbpf_sys as sys};
use object::{
    LittleEndian, ReadCache, ReadRef,
    read::elf::{Dyn, ElfFile64, ProgramHeader},
};

use crate::{ffi, kernel};
use cfi::Table;

/// 64 MiB.
const MOST_ROWS: usize = 8 << 20;
/// How often programs are asked what they miss.
const ASK: Duration = Duration::from_millis(50);
/// The longest wait for tables before tracing begins.
const PATIENCE: Duration = Duration::from_secs(5);

/// A file, as programs know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    /// Its inode, or [`Unwind::VDSO`].
    pub(crate) inode: u64,
    /// The device as the kernel counts it: `major << 20 | minor`.
    pub(crate) device: u32,
}

impl Key {
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
pub(crate) enum Request {
    /// Make the table of a file.
    File {
        /// How programs know it.
        key: Key,
        /// A path that leads to it.
        path: PathBuf,
    },
    /// Make the tables of a program and of the libraries that it is linked to.
    Program(PathBuf),
    /// Say that all that was asked for before is done.
    Tell(Sender<()>),
}

/// Makes tables until it is dropped.
#[derive(Debug)]
pub(crate) struct Maker {
    requests: Sender<Request>,
}

impl Maker {
    /// Starts the thread that fills these maps.
    pub(crate) fn start(files: OwnedFd, tables: OwnedFd, wanted: OwnedFd) -> io::Result<Self> {
        let (requests, received) = mpsc::channel();
        let mut work = Work { files, tables, wanted, known: HashSet::new(), tables_made: 0, rows: 0 };
        thread::Builder::new().name("unwind tables".to_owned()).spawn(move || {
            work.add_vdso();
            work.run(&received);
        })?;
        Ok(Self { requests })
    }

    /// Where requests go.
    pub(crate) fn requests(&self) -> Sender<Request> {
        self.requests.clone()
    }

    /// Waits until all tables are there that were asked for, and those of a program that will run.
    pub(crate) fn prepare(&self, program: Option<&Path>) {
        if let Some(program) = program {
            // The thread ends only after this.
            let _ = self.requests.send(Request::Program(program.to_owned()));
        }
        let (tell, told) = mpsc::channel();
        if self.requests.send(Request::Tell(tell)).is_ok() {
            // Too long: stacks end where tables are missing, and say so.
            let _ = told.recv_timeout(PATIENCE);
        }
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
        let cache = ReadCache::new(file);
        self.add(key, &cfi::table(&cache));
    }

    /// What is not found here is mapped, and so seen, when the program runs.
    fn add_program(&mut self, path: &Path) {
        let mut paths = vec![path.to_owned()];
        let mut seen = HashSet::new();
        while let Some(path) = paths.pop() {
            let (Ok(file), Ok(path)) = (fs::metadata(&path), fs::canonicalize(&path)) else {
                continue;
            };
            let device = libc::major(file.dev()) << 20 | libc::minor(file.dev());
            if !seen.insert(path.clone()) {
                continue;
            }
            self.add_file(Key { inode: file.ino(), device }, &path);
            if let Ok(file) = File::open(&path) {
                let names = libraries(&ReadCache::new(file)).unwrap_or_default();
                paths.extend(names.iter().filter_map(|name| kernel::needed(name)).map(PathBuf::from));
            }
        }
    }

    /// The code that the kernel maps into every process, read from this one.
    fn add_vdso(&mut self) {
        let key = Key { inode: Unwind::VDSO, device: 0 };
        if let Some(image) = vdso() {
            self.add(key, &cfi::table(&*image));
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
        let (table, rows) = match table {
            Table::FramePointers => (Unwind::FRAME_POINTERS, 0),
            Table::Unusable => (Unwind::UNKNOWN, 0),
            Table::Rows(rows) => match self.insert(rows) {
                Ok(number) => (number, rows.len() as u32),
                Err(_) => (Unwind::UNKNOWN, 0),
            },
        };
        let mut value = table.to_le_bytes().to_vec();
        value.extend(rows.to_le_bytes());
        // Without room the file stays unknown: its stacks say that they are unfinished.
        let _ = ffi::map_insert(self.files.as_fd(), &key.bytes(), &value);
    }

    fn insert(&mut self, rows: &[u64]) -> io::Result<u32> {
        let total = self.rows + rows.len();
        if total > MOST_ROWS || self.tables_made == Unwind::TABLES {
            return Err(io::ErrorKind::OutOfMemory.into());
        }
        let table = new_table(rows.len() as u32)?;
        let keys: Vec<u8> = (0..rows.len() as u32).flat_map(u32::to_le_bytes).collect();
        let values: Vec<u8> = rows.iter().flat_map(|row| row.to_le_bytes()).collect();
        table
            .update_batch(&keys, &values, rows.len() as u32, MapFlags::ANY, MapFlags::ANY)
            .map_err(io::Error::other)?;
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
    let needed = entries.iter().filter(|entry| entry.tag32(endian) == Some(object::elf::DT_NEEDED));
    for entry in needed {
        let name = entry.val32(endian).and_then(|at| strings.get(at).ok());
        names.extend(name.map(text));
    }
    Some(names)
}

fn vdso() -> Option<Vec<u8>> {
    let maps = fs::read_to_string("/proc/self/maps").ok()?;
    let line = maps.lines().find(|line| line.ends_with("[vdso]"))?;
    let (start, end) = line.split_whitespace().next()?.split_once('-')?;
    let number = |text| u64::from_str_radix(text, 16).ok();
    let (start, end) = (number(start)?, number(end)?);
    let mut image = vec![0; usize::try_from(end.checked_sub(start)?).ok()?];
    File::open("/proc/self/mem").ok()?.read_exact_at(&mut image, start).ok()?;
    Some(image)
}
