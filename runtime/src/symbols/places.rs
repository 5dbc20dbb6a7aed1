//! What blazesym is asked: for places in files, in the kernel's code for processes, and in memory.

use std::path::{Path, PathBuf};

use blazesym::{
    Pid,
    symbolize::{
        Input, Symbolized, Symbolizer,
        cache::{self, Cache},
        source::{Elf, Kernel, Process, Source},
    },
};

use super::{
    Frame, Inner, Place,
    files::{self, FileId},
    frame,
    processes::Processes,
};
use crate::kernel::{Folders, by_inner_symbols, mappings};

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
            self.in_elf(file, path, offsets)
        } else {
            Vec::new()
        };
        for frame in found.iter_mut().flatten() {
            frame.module = Some(name.to_owned());
        }
        found
    }

    fn in_elf(&mut self, file: FileId, path: PathBuf, offsets: &[u64]) -> Vec<Vec<Frame>> {
        let mut elf = Elf::new(path);
        let input = Input::FileOffset(offsets);
        let (reader, folders) = self.open.reader(file, &elf.path, offsets.len());
        if let Ok(found) = reader.symbolize(&Source::Elf(elf.clone()), input) {
            let found = frames_of(&found);
            if found.iter().all(|frames| !frames.is_empty()) {
                return found;
            }
            let found = in_separate(reader, folders, &elf.path, offsets).unwrap_or(found);
            return with_inner(found, &elf.path, offsets);
        }
        // Its debug information can't be read: its symbols may be there.
        elf.debug_syms = false;
        ask(reader, &Source::Elf(elf), input)
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

/// The same from the file's debug information by its build id: blazesym looks for it only where
/// the file names another.
fn in_separate(
    reader: &Symbolizer,
    folders: &Folders,
    path: &Path,
    offsets: &[u64],
) -> Option<Vec<Vec<Frame>>> {
    let (separate, addresses) = folders.addresses(path, offsets)?;
    let source = Source::Elf(Elf::new(separate));
    let found = reader.symbolize(&source, Input::VirtOffset(&addresses)).ok()?;
    Some(frames_of(&found))
}

/// What has no name yet, by the symbols that are compressed in the file itself.
fn with_inner(mut found: Vec<Vec<Frame>>, path: &Path, offsets: &[u64]) -> Vec<Vec<Frame>> {
    found.resize(offsets.len(), Vec::new());
    if found.iter().any(Vec::is_empty)
        && let Some(functions) = by_inner_symbols(path, offsets)
    {
        for (found, function) in found.iter_mut().zip(functions).filter(|(it, _)| it.is_empty())
        {
            let frame =
                |(name, offset)| Frame { name, module: None, offset: Some(offset), line: None };
            found.extend(function.map(frame));
        }
    }
    found
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
