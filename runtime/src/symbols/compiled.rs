//! Names for code that processes made themselves: just-in-time compilers write them to
//! `/tmp/perf-PID.map` (`tools/perf/Documentation/jit-interface.txt` of the kernel). The file is
//! looked for where the process sees it, under the id that it has there, and is kept open when the
//! process ends.

use std::{
    collections::HashMap,
    fs::{self, File, OpenOptions},
    io::Read,
    os::{
        fd::AsRawFd,
        unix::fs::{MetadataExt, OpenOptionsExt},
    },
};

use super::Frame;

/// Bytes of a file of names, at most; what is behind is not read.
const LONGEST: u64 = 256 << 20;

/// The processes that have such code.
#[derive(Debug, Default)]
pub(crate) struct Compiled {
    processes: HashMap<u32, Process>,
}

#[derive(Debug)]
struct Process {
    /// Where it sees files, while it is there.
    view: Option<View>,
    /// Its id in its own namespace.
    id: u32,
    /// The file, if it was kept.
    kept: Option<File>,
    names: Vec<Name>,
    /// Length and time of change of what was read.
    version: (u64, i64, i64),
}

/// The mount namespace of a process.
#[derive(Debug)]
struct View {
    root: File,
    /// Keeps what is mounted there, until the process's end has been seen.
    _namespace: File,
}

/// A function.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Name {
    start: u64,
    end: u64,
    name: String,
}

/// Whether a mapping with this path can have such code: memory without a name, or with one that is
/// no file's.
pub(crate) fn can_be_at(path: &str) -> bool {
    path.is_empty()
        || path.starts_with("//anon")
        || path.starts_with("[anon")
        || path.starts_with("/memfd:")
}

impl Compiled {
    /// Notes that process `id` has code of its own.
    pub(crate) fn note(&mut self, id: u32) {
        if self.processes.contains_key(&id) {
            return;
        }
        let mut options = OpenOptions::new();
        // O_PATH: it is only a place to start from.
        let root = options.read(true).custom_flags(libc::O_PATH | libc::O_DIRECTORY);
        let root = root.open(format!("/proc/{id}/root"));
        let namespace = File::open(format!("/proc/{id}/ns/mnt"));
        let (Ok(root), Ok(namespace)) = (root, namespace) else { return };
        let process = Process {
            view: Some(View { root, _namespace: namespace }),
            id: inner_id(id).unwrap_or(id),
            kept: None,
            names: Vec::new(),
            version: (0, 0, 0),
        };
        self.processes.insert(id, process);
    }

    /// Process `id` ends: its file may go too.
    pub(crate) fn keep(&mut self, id: u32) {
        if let Some(process) = self.processes.get_mut(&id) {
            process.kept = process.open();
            process.view = None;
        }
    }

    /// Forgets process `id`, because it has gone or executes something else.
    pub(crate) fn forget(&mut self, id: u32) {
        self.processes.remove(&id);
    }

    /// The function at an address of process `id`.
    pub(crate) fn find(&mut self, id: u32, address: u64) -> Option<Frame> {
        let process = self.processes.get_mut(&id)?;
        process.read();
        let found = name_at(&process.names, address)?;
        Some(Frame {
            name: found.name.clone(),
            module: Some(format!("/tmp/perf-{}.map", process.id)),
            offset: Some(address - found.start),
            line: None,
        })
    }
}

impl Process {
    fn open(&self) -> Option<File> {
        let root = self.view.as_ref()?.root.as_raw_fd();
        let path = format!("/proc/self/fd/{root}/tmp/perf-{}.map", self.id);
        // It is somebody else's: no links out of there, and nothing that waits.
        let flags = libc::O_NOFOLLOW | libc::O_NONBLOCK;
        let file = OpenOptions::new().read(true).custom_flags(flags).open(path).ok()?;
        file.metadata().ok()?.is_file().then_some(file)
    }

    /// Reads the file, unless it is as it was.
    fn read(&mut self) {
        let Some(file) = self.open().or_else(|| self.kept.as_ref()?.try_clone().ok()) else {
            return;
        };
        let Ok(data) = file.metadata() else { return };
        let version = (data.len(), data.mtime(), data.mtime_nsec());
        if version == self.version {
            return;
        }
        let mut bytes = Vec::new();
        if file.take(LONGEST).read_to_end(&mut bytes).is_ok() {
            self.names = parse(&String::from_utf8_lossy(&bytes));
            self.version = version;
        }
    }
}

/// `7f0c10000000 40 name of the function` a line, in the order of their starts; of those with the
/// same start the last is the one that counts.
fn parse(text: &str) -> Vec<Name> {
    let number = |text: &str| u64::from_str_radix(text.trim_start_matches("0x"), 16).ok();
    let line = |line: &str| {
        let (start, rest) = line.split_once(' ')?;
        let (size, name) = rest.split_once(' ')?;
        let start = number(start)?;
        Some(Name { start, end: start.checked_add(number(size)?)?, name: name.to_owned() })
    };
    let mut names: Vec<Name> = text.lines().filter_map(line).collect();
    names.sort_by_key(|name| name.start);
    names
}

fn name_at(names: &[Name], address: u64) -> Option<&Name> {
    let behind = names.partition_point(|name| name.start <= address);
    names[..behind].last().filter(|name| address < name.end)
}

/// The id that a process has in its own namespace.
fn inner_id(id: u32) -> Option<u32> {
    let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let ids = status.lines().find_map(|line| line.strip_prefix("NSpid:"))?;
    ids.split_whitespace().last()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{name_at, parse};

    #[test]
    fn names_are_read() {
        let names =
            parse("2000 10 b\n0x1000 20 LazyCompile:~f a.js:1\nnonsense\n2000 8 later\n");
        let at = |address| name_at(&names, address).map(|name| name.name.as_str());
        assert_eq!(at(0x1000), Some("LazyCompile:~f a.js:1"));
        assert_eq!(at(0x101f), Some("LazyCompile:~f a.js:1"));
        assert_eq!(at(0x1020), None);
        assert_eq!(at(0x2004), Some("later"));
        assert_eq!(at(0xfff), None);
    }
}
