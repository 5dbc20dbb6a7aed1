//! Names for addresses, by blazesym: functions of the kernel and of processes, with source lines
//! and inlined functions where there is debug information. Each address is looked up once.

mod assumed;
mod batch;
mod compiled;
mod files;
mod follow;
mod frame;
mod known;
mod lines;
mod marks;
mod open;
mod places;
mod processes;
mod records;

use std::{
    fmt,
    os::fd::RawFd,
    path::{Path, PathBuf},
    process,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
};

use blazesym::symbolize::Symbolizer;
use ir::{Naming, Side, Stack, StackMode};

pub(crate) use batch::Batch;
pub use follow::Followed;
pub use frame::Frame;
use known::{Known, Named};
pub use lines::Lines;
use marks::Walked;
use open::Open;

use crate::{ffi, unwind::Maker};
use files::FileId;
use processes::Processes;
use records::{Record, Records};

/// Where an address lies: the kernel, or a process by its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// The kernel, with its modules and BPF programs.
    Kernel,
    /// The process with this id, in hawk's own namespace.
    Process(u32),
}

/// Whether an address was executed when it was recorded, or is where a call returns to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// The next instruction is at the address, or it is data.
    Exact,
    /// The call is the instruction before it, which may be the last of its function.
    Return,
}

/// A program that is everywhere, and small.
const SHELL: &str = "/bin/sh";

/// Looks addresses up and remembers what it found.
pub struct Symbols {
    inner: Mutex<Inner>,
    processes: Arc<Mutex<Processes>>,
    records: Option<Records>,
    tables: Option<Maker>,
}

struct Inner {
    symbolizer: Symbolizer,
    /// The files that are being read.
    open: Open,
    known: Known,
    /// Processes whose mappings blazesym has cached.
    cached: Vec<u32>,
}

impl fmt::Debug for Symbols {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Symbols").finish_non_exhaustive()
    }
}

impl Symbols {
    /// Looks nothing up yet.
    /// Debug information that is in files of its own is looked for in `folders` too.
    pub fn new(naming: Naming, folders: &[PathBuf]) -> Self {
        // The files that blazesym maps may be written to meanwhile.
        ffi::survive_cut_files();
        let open = Open::new(naming, folders);
        let inner = Inner {
            symbolizer: open.symbolizer(naming.lines),
            open,
            known: Known::default(),
            cached: Vec::new(),
        };
        Self {
            inner: Mutex::new(inner),
            processes: Arc::default(),
            records: None,
            tables: None,
        }
    }

    /// Who makes the tables by which stacks are followed.
    pub(crate) fn make_tables(&mut self, maker: Maker) {
        self.tables = Some(maker);
    }

    /// Records from now on what processes map, so that their addresses can be named after they
    /// have gone. What is mapped already is read meanwhile: of process `only` if it is given, else
    /// of all. Tables for that process, and for a child that will be `program`, are complete when
    /// this returns.
    pub fn watch(&mut self, only: Option<u32>, program: Option<&Path>) {
        // Where the kernel gives no records, only what is there now is known.
        self.records = Records::open().ok();
        if let Some(process) = only {
            lock(&self.processes).note(process);
        }
        if let Some(tables) = &self.tables {
            self.prepare(tables, only, program);
        }
        if only.is_some() {
            return;
        }
        let processes = Arc::clone(&self.processes);
        // Without the thread each process is read when it is first asked for.
        let _ = thread::Builder::new().spawn(move || {
            let others = processes::all().into_iter().filter(|id| *id != process::id());
            for process in others {
                lock(&processes).note_once(process);
            }
        });
    }

    fn prepare(&self, tables: &Maker, only: Option<u32>, program: Option<&Path>) {
        if let Some(process) = only {
            let processes = lock(&self.processes);
            let files = processes.files();
            for file in processes.files_of(process) {
                if let (Some(key), Some(path)) = (files.key(file), files.path(file)) {
                    tables.ask(key, path);
                }
            }
        }
        if let Some(program) = program {
            tables.ask_for_program(program.to_owned());
        }
        if only.is_some() || program.is_some() {
            tables.wait();
        } else {
            // Everything is linked to the C library.
            tables.ask_for_program(Path::new(SHELL).to_owned());
        }
    }

    /// Readable when there is something for [`Self::update`].
    pub fn descriptors(&self) -> impl Iterator<Item = RawFd> {
        self.records.iter().flat_map(Records::descriptors)
    }

    /// Takes in what the kernel has recorded since the last time.
    pub fn update(&mut self) {
        let Some(records) = &mut self.records else { return };
        let (mut inner, mut processes) = (lock(&self.inner), lock(&self.processes));
        for record in records.take() {
            if let Record::Exec { process } | Record::Fork { process, .. } = record {
                // A new process, or an old one with another program.
                inner.known.forget(Place::Process(process));
                inner.cached.retain(|known| *known != process);
            }
            processes.apply(record);
        }
    }

    /// The functions at `address`: where some are inlined the innermost comes first, and the last is
    /// the one that the machine code belongs to. Empty if nothing is known.
    pub fn frames(&self, place: Place, role: Role, address: u64) -> Vec<Frame> {
        let mut inner = lock(&self.inner);
        let mut processes = lock(&self.processes);
        inner.look_up(&mut processes, place, &[address], &[role]);
        let found = inner.known.get(&processes, place, role, address);
        found.map_or_else(Vec::new, |named| named.frames.clone())
    }

    /// A stack as it is printed: a line break, then each frame on a line of its own. Says so if
    /// there were callers that could not be found.
    pub fn stack(
        &self,
        shape: Stack,
        process: u32,
        frames: &[u8],
        unfinished: bool,
    ) -> Lines<'static> {
        let mut text = String::from("\n");
        if shape.mode == StackMode::BuildId {
            frame::build_ids(&mut text, frames);
            return text.into();
        }
        let place = Place::of(shape, process);
        let Walked { addresses, roles, unfinished } = self.walked(place, frames, unfinished);
        if shape.mode == StackMode::Raw {
            frame::raw(&mut text, &addresses);
            if unfinished {
                text.push_str(frame::BROKEN);
            }
            return text.into();
        }
        let mut inner = lock(&self.inner);
        let mut processes = lock(&self.processes);
        inner.look_up(&mut processes, place, &addresses, &roles);
        let sound = sound(&processes, place, &addresses, &roles);
        let mut lines = Vec::with_capacity(sound.len() + 1);
        for (address, role) in sound.iter().zip(roles) {
            let named = inner.known.get(&processes, place, role, *address);
            lines.push(line(shape.mode, *address, named));
        }
        if unfinished || sound.len() < addresses.len() {
            lines.push(frame::BROKEN.into());
        }
        Lines::of(lines)
    }
}

/// The lines of one frame.
fn line(mode: StackMode, address: u64, named: Option<&Named>) -> Arc<str> {
    if mode == StackMode::Perf {
        let mut text = String::new();
        frame::perf(&mut text, address, named.map_or(&[], |named| &named.frames));
        return text.into();
    }
    match named {
        Some(named) if !named.frames.is_empty() => Arc::clone(&named.text),
        Some(_) | None => frame::nameless(address).into(),
    }
}

impl Place {
    /// Where the frames of a stack lie.
    pub(crate) const fn of(shape: Stack, process: u32) -> Self {
        match shape.side {
            Side::Kernel => Self::Kernel,
            Side::User => Self::Process(process),
        }
    }
}

impl Role {
    /// What is taken off an address before it is looked up.
    const fn back(self) -> u64 {
        match self {
            Self::Exact => 0,
            Self::Return => 1,
        }
    }
}

impl Inner {
    /// Looks all frames of a stack up that are not known yet.
    fn look_up(
        &mut self,
        processes: &mut Processes,
        place: Place,
        addresses: &[u64],
        roles: &[Role],
    ) {
        if let Place::Process(process) = place {
            processes.note_once(process);
        }
        for role in [Role::Exact, Role::Return] {
            let of_role = addresses.iter().zip(roles).filter(|(_, of)| **of == role);
            let unknown =
                |address: &u64| self.known.get(processes, place, role, *address).is_none();
            let unknown: Vec<u64> =
                of_role.map(|(address, _)| *address).filter(unknown).collect();
            if !unknown.is_empty() {
                self.resolve(processes, place, role, &unknown);
            }
        }
    }

    /// Asks blazesym. What it can't tell is known to be unknown.
    fn resolve(
        &mut self,
        processes: &mut Processes,
        place: Place,
        role: Role,
        addresses: &[u64],
    ) {
        let mut rest = addresses.to_vec();
        if let Place::Process(process) = place {
            for (file, addresses, offsets) in by_file(processes, process, role, addresses) {
                rest.retain(|address| !addresses.contains(address));
                let mut found = self.in_file(processes, file, &offsets);
                found.resize(offsets.len(), Vec::new());
                for ((address, offset), found) in addresses.iter().zip(offsets).zip(found) {
                    let own = if found.is_empty() {
                        processes.made(process, address.saturating_sub(role.back()))
                    } else {
                        None
                    };
                    match own {
                        Some(own) => self.known.keep_at(place, role, *address, vec![own]),
                        // Another process may have another name for it.
                        None if found.is_empty() && processes.may_be_made(file) => {
                            self.known.keep_at(place, role, *address, found);
                        }
                        None => self.known.keep_in(file, role, offset, found),
                    }
                }
            }
        }
        let inputs: Vec<u64> = rest.iter().map(|at| at.saturating_sub(role.back())).collect();
        let mut found = self.in_memory(place, &inputs);
        found.resize(rest.len(), Vec::new());
        for ((address, input), mut found) in rest.iter().zip(inputs).zip(found) {
            if let (Place::Process(process), true) = (place, found.is_empty()) {
                found.extend(processes.made(process, input));
            }
            self.known.keep_at(place, role, *address, found);
        }
    }
}

/// The frames of a stack up to the first that can't be one, because no code is there: what comes
/// of following frame pointers through code that keeps none.
fn sound<'a>(
    processes: &Processes,
    place: Place,
    addresses: &'a [u64],
    roles: &[Role],
) -> &'a [u64] {
    let Place::Process(id) = place else { return addresses };
    let wrong = |(address, role): (&u64, &Role)| {
        processes.executes(id, address.saturating_sub(role.back())) == Some(false)
    };
    // The first is where the process was, whatever is known of it.
    let end = addresses.iter().zip(roles).skip(1).position(wrong);
    &addresses[..end.map_or(addresses.len(), |at| at + 1)]
}

/// Addresses of a process that lie in files: the file, the addresses, and the places in the file.
fn by_file(
    processes: &Processes,
    process: u32,
    role: Role,
    addresses: &[u64],
) -> Vec<(FileId, Vec<u64>, Vec<u64>)> {
    let mut files: Vec<(FileId, Vec<u64>, Vec<u64>)> = Vec::new();
    for address in addresses {
        let place = processes.find(process, address.saturating_sub(role.back()));
        let Some(place) = place else { continue };
        match files.iter_mut().find(|(file, ..)| *file == place.file) {
            Some((_, addresses, offsets)) => {
                addresses.push(*address);
                offsets.push(place.offset);
            }
            None => files.push((place.file, vec![*address], vec![place.offset])),
        }
    }
    files
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
