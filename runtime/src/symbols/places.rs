//! What blazesym is asked: for places in files, in the kernel's code for processes, and in memory.

use std::{
    fs::File,
    path::{Path, PathBuf},
};

use blazesym::{
    Pid,
    symbolize::{
        Input, Symbolized, Symbolizer,
        cache::{self, Cache},
        source::{Elf, Kernel, Process, Source},
    },
};
use object::{ReadCache, ReadRef};

use super::{
    Frame, Inner, Place,
    files::{self, FileId},
    frame,
    open::Reader,
    processes::Processes,
};
use crate::kernel::{self, Folders, mappings, zip};

/// Places in a file, which had this name where it was executed.
struct At<'a> {
    name: &'a str,
    offsets: &'a [u64],
}

impl Inner {
    /// The functions at these places of a file.
    pub(super) fn in_file(
        &mut self,
        processes: &Processes,
        file: FileId,
        offsets: &[u64],
    ) -> Vec<Vec<Frame>> {
        let name = processes.files().name(file);
        let mut found = if name == files::VDSO {
            self.in_vdso(offsets)
        } else if let Some(path) = processes.files().path(file) {
            if let Some(found) = self.in_archive(file, &path, &At { name, offsets }) {
                return found;
            }
            let (reader, folders) = self.open.reader(file, &path, offsets.len());
            in_elf(reader, folders, path, &At { name, offsets })
        } else {
            Vec::new()
        };
        for frame in found.iter_mut().flatten() {
            frame.module = Some(name.to_owned());
        }
        found
    }

    /// The same if the file is a ZIP archive: of the members in which the places are.
    fn in_archive(
        &mut self,
        file: FileId,
        path: &Path,
        at: &At<'_>,
    ) -> Option<Vec<Vec<Frame>>> {
        let archive = ReadCache::new(File::open(path).ok()?);
        archive
            .read_bytes_at(0, zip::MAGIC.len() as u64)
            .ok()
            .filter(|it| *it == zip::MAGIC)?;
        let members = zip::members(&archive)?;
        let (reader, folders) = self.open.reader(file, path, at.offsets.len());
        let mut all = vec![Vec::new(); at.offsets.len()];
        for member in members.iter().filter(|member| member.is_stored) {
            let inside = |at: &(usize, &u64)| member.range.contains(at.1);
            let (indices, offsets): (Vec<usize>, Vec<u64>) = at
                .offsets
                .iter()
                .enumerate()
                .filter(inside)
                .map(|(index, offset)| (index, offset - member.range.start))
                .unzip();
            let copy = if offsets.is_empty() { None } else { reader.member(path, member) };
            let Some(copy) = copy else { continue };
            let name = zip::join(at.name, &String::from_utf8_lossy(member.name));
            let found = in_elf(reader, folders, copy, &At { name: &name, offsets: &offsets });
            for (index, mut frames) in indices.into_iter().zip(found) {
                frames.iter_mut().for_each(|frame| frame.module = Some(name.clone()));
                all[index] = frames;
            }
        }
        Some(all)
    }

    /// The code that the kernel maps into every process: it is in this one too.
    fn in_vdso(&self, offsets: &[u64]) -> Vec<Vec<Frame>> {
        let text = mappings::text("self").unwrap_or_default();
        let own = mappings::parse(&text).find(|mapping| mapping.path == files::VDSO);
        let Some(own) = own else { return Vec::new() };
        let addresses: Vec<u64> = offsets.iter().map(|offset| own.start + offset).collect();
        ask(
            &self.symbolizer,
            &Source::Process(Process::new(Pid::Slf)),
            Input::AbsAddr(&addresses),
        )
    }

    /// The functions at these addresses of the kernel, or of a process that is still there.
    pub(super) fn in_memory(&mut self, place: Place, addresses: &[u64]) -> Vec<Vec<Frame>> {
        if addresses.is_empty() {
            return Vec::new();
        }
        let source = match place {
            Place::Kernel => Source::Kernel(Kernel::default()),
            Place::Process(id) => {
                let pid = Pid::from(id);
                if !self.cached.contains(&id) {
                    self.cached.push(id);
                    // Without the cache the mappings are read for each look-up.
                    let process = Cache::Process(cache::Process::new(pid));
                    let _ = self.symbolizer.cache(&process);
                }
                let mut process = Process::new(pid);
                // Where it is in a namespace of its own, its names are elsewhere: they are looked up
                // here.
                process.perf_map = false;
                Source::Process(process)
            }
        };
        ask(&self.symbolizer, &source, Input::AbsAddr(addresses))
    }
}

/// The functions at these places of an executable or library.
fn in_elf(reader: &Reader, folders: &Folders, path: PathBuf, at: &At<'_>) -> Vec<Vec<Frame>> {
    let mut elf = Elf::new(path);
    let input = Input::FileOffset(at.offsets);
    if let Ok(found) = reader.symbolizer.symbolize(&Source::Elf(elf.clone()), input) {
        let found = frames_of(&found);
        if found.iter().all(|frames| !frames.is_empty()) {
            return found;
        }
        let found = in_separate(reader, folders, &elf.path, at).unwrap_or(found);
        return with_inner(found, reader, &elf.path, at);
    }
    // Its debug information can't be read: its symbols may be there.
    elf.debug_syms = false;
    ask(&reader.symbolizer, &Source::Elf(elf), input)
}

/// The same from the file's debug information by its build id: blazesym looks for it only where
/// the file names another, and only where the file is now.
fn in_separate(
    reader: &Reader,
    folders: &Folders,
    path: &Path,
    at: &At<'_>,
) -> Option<Vec<Vec<Frame>>> {
    let separate = folders.separate(path, at.name)?;
    by_address(reader, Elf::new(separate), &kernel::addresses(path, at.offsets)?)
}

/// What has no name yet, by the symbols that are compressed in the file itself.
fn with_inner(
    mut found: Vec<Vec<Frame>>,
    reader: &Reader,
    path: &Path,
    at: &At<'_>,
) -> Vec<Vec<Frame>> {
    found.resize(at.offsets.len(), Vec::new());
    let named = || {
        let inner = Elf::new(reader.inner(path)?);
        by_address(reader, inner, &kernel::addresses(path, at.offsets)?)
    };
    if found.iter().any(Vec::is_empty)
        && let Some(named) = named()
    {
        let nameless = found.iter_mut().zip(named).filter(|(found, _)| found.is_empty());
        nameless.for_each(|(found, named)| *found = named);
    }
    found
}

fn by_address(reader: &Reader, elf: Elf, addresses: &[u64]) -> Option<Vec<Vec<Frame>>> {
    let input = Input::VirtOffset(addresses);
    Some(frames_of(&reader.symbolizer.symbolize(&Source::Elf(elf), input).ok()?))
}

fn ask(reader: &Symbolizer, source: &Source<'_>, input: Input<&[u64]>) -> Vec<Vec<Frame>> {
    frames_of(&reader.symbolize(source, input).unwrap_or_default())
}

fn frames_of(found: &[Symbolized<'_>]) -> Vec<Vec<Frame>> {
    let frames = |found: &Symbolized<'_>| match found {
        Symbolized::Sym(symbol) => frame::of(symbol),
        Symbolized::Unknown(_) => Vec::new(),
    };
    found.iter().map(frames).collect()
}
