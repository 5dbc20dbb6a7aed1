//! Which file is mapped where in which process, also after the process has gone: read once from
//! `/proc` for processes that are there, and from the kernel's own records for what comes later.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    fs,
    sync::Arc,
};

use super::{
    Frame,
    compiled::{self, Compiled},
    files::{FileId, Files, Origin},
    records::Record,
};
use crate::kernel::mappings::{self, Mapping};

/// Processes that have gone and are still remembered.
const MOST_GONE: usize = 4096;

/// Programs that one process has executed before and that are still remembered.
const MOST_EARLIER: usize = 4;

/// Part of a file in the memory of a process, to be executed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mapped {
    /// The address after its last byte.
    pub(crate) end: u64,
    /// Where in the file its first byte is.
    pub(crate) offset: u64,
    /// The file; none for code that the process made itself.
    pub(crate) file: Option<FileId>,
}

/// The mappings of one process by their first address.
type Map = BTreeMap<u64, Mapped>;

/// What one process has executed.
#[derive(Debug, Clone, Default)]
struct Life {
    /// Shared between a process and its forks until one of them changes its own.
    now: Arc<Map>,
    /// Before it executed something else, the latest last: stacks of then may be named later.
    earlier: Vec<Arc<Map>>,
}

/// The processes of the machine.
#[derive(Debug, Default)]
pub(crate) struct Processes {
    lives: HashMap<u32, Life>,
    gone: VecDeque<u32>,
    files: Files,
    compiled: Compiled,
}

/// An address as a place in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct InFile {
    /// The file.
    pub(crate) file: FileId,
    /// Bytes from the file's start.
    pub(crate) offset: u64,
}

impl Processes {
    /// Notes what is mapped in process `id` now; nothing if it has gone.
    pub(crate) fn note(&mut self, id: u32) {
        let Some(text) = mappings::text(id) else { return };
        let mut map = Map::new();
        for mapping in mappings::parse(&text).filter(|mapping| mapping.executable) {
            let Mapping { start, end, offset, device, inode, .. } = mapping;
            let path = &*mapping.path;
            if compiled::can_be_at(path) {
                self.compiled.note(id);
            }
            let file = self.files.add(&Origin { path, device, inode, process: id, start, end });
            map.insert(start, Mapped { end, offset, file });
        }
        self.lives.insert(id, Life { now: Arc::new(map), earlier: Vec::new() });
    }

    /// The same, unless something is known of it already.
    pub(crate) fn note_once(&mut self, id: u32) {
        if !self.lives.contains_key(&id) {
            self.note(id);
        }
    }

    /// Where the byte at `address` of process `id` comes from.
    pub(crate) fn find(&self, id: u32, address: u64) -> Option<InFile> {
        let life = self.lives.get(&id)?;
        let mut maps = std::iter::once(&life.now).chain(life.earlier.iter().rev());
        maps.find_map(|map| {
            let (start, mapped) = map.range(..=address).next_back()?;
            let offset = address - start + mapped.offset;
            let file = mapped.file.filter(|_| address < mapped.end)?;
            Some(InFile { file, offset })
        })
    }

    /// Whether `address` of process `id` can be code; unknown where nothing is known of it.
    pub(crate) fn executes(&self, id: u32, address: u64) -> Option<bool> {
        let life = self.lives.get(&id)?;
        let mut maps = std::iter::once(&life.now).chain(&life.earlier).peekable();
        maps.peek().filter(|map| !map.is_empty())?;
        Some(maps.any(|map| {
            let found = map.range(..=address).next_back();
            found.is_some_and(|(_, mapped)| address < mapped.end)
        }))
    }

    /// The files that process `id` has mapped now.
    pub(crate) fn files_of(&self, id: u32) -> Vec<FileId> {
        let mapped = self.lives.get(&id).into_iter().flat_map(|life| life.now.values());
        mapped.filter_map(|mapped| mapped.file).collect()
    }

    /// The files.
    pub(crate) const fn files(&self) -> &Files {
        &self.files
    }

    /// Whether code in this file may have been made by the process that mapped it.
    pub(crate) fn may_be_made(&self, file: FileId) -> bool {
        compiled::can_be_at(self.files.name(file))
    }

    /// The function at an address of process `id`, if the process made it itself.
    pub(crate) fn made(&mut self, id: u32, address: u64) -> Option<Frame> {
        self.compiled.find(id, address)
    }

    /// Takes in what has happened.
    pub(crate) fn apply(&mut self, record: Record) {
        match record {
            Record::Map { process, start, length, offset, device, inode, path } => {
                if compiled::can_be_at(&path) {
                    self.compiled.note(process);
                }
                let end = start + length;
                let origin = Origin { path: &path, device, inode, process, start, end };
                let file = self.files.add(&origin);
                let life = self.lives.entry(process).or_default();
                let map = Arc::make_mut(&mut life.now);
                insert(map, start, Mapped { end: start + length, offset, file });
            }
            Record::Exec { process } => {
                self.compiled.forget(process);
                let life = self.lives.entry(process).or_default();
                let before = std::mem::take(&mut life.now);
                if life.earlier.len() == MOST_EARLIER {
                    life.earlier.remove(0);
                }
                life.earlier.push(before);
            }
            Record::Fork { process, parent } => {
                self.note_once(parent);
                if let Some(parent) = self.lives.get(&parent) {
                    let life = Life { now: Arc::clone(&parent.now), earlier: Vec::new() };
                    self.lives.insert(process, life);
                }
            }
            Record::Exit { process } => {
                self.compiled.keep(process);
                self.gone.push_back(process);
                if self.gone.len() > MOST_GONE
                    && let Some(oldest) = self.gone.pop_front()
                    && !fs::exists(format!("/proc/{oldest}")).unwrap_or(false)
                {
                    self.lives.remove(&oldest);
                    self.compiled.forget(oldest);
                }
            }
        }
    }
}

/// The ids of all processes.
pub(crate) fn all() -> Vec<u32> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    let id = |entry: fs::DirEntry| entry.file_name().to_str()?.parse().ok();
    entries.filter_map(Result::ok).filter_map(id).collect()
}

/// Puts a mapping in, over what was there.
fn insert(map: &mut Map, start: u64, mapped: Mapped) {
    let end = mapped.end;
    let covered: Vec<u64> = map
        .range(..end)
        .rev()
        .take_while(|(_, old)| old.end > start)
        .map(|(start, _)| *start)
        .collect();
    for old_start in covered {
        let Some(old) = map.remove(&old_start) else { continue };
        if old_start < start {
            map.insert(old_start, Mapped { end: start, ..old });
        }
        if old.end > end {
            map.insert(end, Mapped { offset: old.offset + (end - old_start), ..old });
        }
    }
    map.insert(start, mapped);
}

#[cfg(test)]
mod tests {
    use super::{Map, Mapped, Processes, insert};
    use crate::symbols::{files::FileId, records::Record};

    #[test]
    fn a_later_mapping_covers_earlier_ones() {
        let at = |end, offset, file| Mapped { end, offset, file: Some(FileId(file)) };
        let mut map = Map::new();
        insert(&mut map, 0x1000, at(0x9000, 0, 1));
        insert(&mut map, 0x3000, at(0x5000, 0x40, 2));
        let all: Vec<_> = map.into_iter().collect();
        let expected = [
            (0x1000, at(0x3000, 0, 1)),
            (0x3000, at(0x5000, 0x40, 2)),
            (0x5000, at(0x9000, 0x4000, 1)),
        ];
        assert_eq!(all, expected);
    }

    #[test]
    fn a_fork_keeps_what_its_parent_had_and_an_exec_does_not() {
        let mut processes = Processes::default();
        let path = std::env::current_exe().unwrap().display().to_string();
        let map = |process| Record::Map {
            process,
            start: 0x1000,
            length: 0x1000,
            offset: 0x20,
            device: 0,
            inode: 0,
            path: path.clone(),
        };
        let (parent, child) = (u32::MAX, u32::MAX - 1);
        processes.apply(map(parent));
        processes.apply(Record::Fork { process: child, parent });
        processes.apply(Record::Exec { process: parent });
        assert_eq!(processes.find(child, 0x1010).map(|it| it.offset), Some(0x30));
        assert_eq!(processes.find(child, 0x2000), None);
        assert!(processes.find(parent, 0x1010).is_some(), "it is what it was before");
        processes.apply(map(parent));
        processes.apply(Record::Exit { process: child });
        assert!(processes.find(child, 0x1010).is_some(), "it is gone, but remembered");
    }

    #[test]
    fn this_process_is_known() {
        let mut processes = Processes::default();
        processes.note(std::process::id());
        let here = this_process_is_known as fn() as usize as u64;
        let found = processes.find(std::process::id(), here).unwrap();
        let name = processes.files().name(found.file).to_owned();
        assert_eq!(name, std::env::current_exe().unwrap().display().to_string());
    }
}
