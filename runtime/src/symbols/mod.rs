//! Names for addresses, by blazesym: functions of the kernel and of processes, with source lines
//! and inlined functions where there is debug information. Each address is looked up once.

mod frame;

use std::{
    collections::HashMap,
    fmt,
    path::Path,
    sync::{Mutex, PoisonError},
};

use blazesym::{
    Pid,
    symbolize::{
        Input, Symbolized, Symbolizer,
        cache::{self, Cache},
        source::{Kernel, Process, Source},
    },
};
use ir::{Side, Stack, StackMode};

pub use frame::Frame;

/// Where an address lies: the kernel, or a process by its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// The kernel, with its modules and BPF programs.
    Kernel,
    /// The process with this id, in hawk's own namespace.
    Process(u32),
}

/// Whether an address was executed when it was recorded, or is where a call returns to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// The next instruction is at the address, or it is data.
    Exact,
    /// The call is the instruction before it, which may be the last of its function.
    Return,
}

type Known = HashMap<(Place, Role, u64), Vec<Frame>>;

/// Looks addresses up and remembers what it found.
pub struct Symbols {
    inner: Mutex<Inner>,
}

struct Inner {
    symbolizer: Symbolizer,
    known: Known,
    /// Processes whose mappings are cached.
    processes: Vec<u32>,
}

impl fmt::Debug for Symbols {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Symbols").finish_non_exhaustive()
    }
}

impl Default for Symbols {
    fn default() -> Self {
        let symbolizer = Symbolizer::builder()
            .enable_code_info(true)
            .enable_inlined_fns(true)
            .enable_demangling(true)
            .build();
        let inner = Inner { symbolizer, known: Known::new(), processes: Vec::new() };
        Self { inner: Mutex::new(inner) }
    }
}

impl Symbols {
    /// The functions at `address`: where some are inlined the innermost comes first, and the last is
    /// the one that the machine code belongs to. Empty if nothing is known.
    pub fn frames(&self, place: Place, role: Role, address: u64) -> Vec<Frame> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).frames(place, role, address)
    }

    /// A stack as it is printed: a line break, then each frame on a line of its own.
    pub fn stack(&self, shape: Stack, process: u32, frames: &[u8]) -> String {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let mut text = String::from("\n");
        if shape.mode == StackMode::BuildId {
            frame::build_ids(&mut text, frames);
            return text;
        }
        let place = match shape.side {
            Side::Kernel => Place::Kernel,
            Side::User => Place::Process(process),
        };
        let words = frames.chunks_exact(8).filter_map(|word| word.try_into().ok());
        let addresses: Vec<u64> = words.map(u64::from_le_bytes).collect();
        if shape.mode == StackMode::Raw {
            frame::raw(&mut text, &addresses);
            return text;
        }
        inner.look_up(place, &addresses);
        for (index, address) in addresses.iter().enumerate() {
            let role = if index == 0 { Role::Exact } else { Role::Return };
            let known = inner.known.get(&(place, role, *address));
            let frames = known.map(Vec::as_slice).unwrap_or_default();
            match shape.mode {
                StackMode::Perf => frame::perf(&mut text, *address, frames),
                StackMode::Bpftrace | StackMode::Raw | StackMode::BuildId => {
                    frame::plain(&mut text, *address, frames);
                }
            }
        }
        text
    }
}

impl Inner {
    fn frames(&mut self, place: Place, role: Role, address: u64) -> Vec<Frame> {
        let key = (place, role, address);
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        self.resolve(place, role, &[address]);
        self.known.get(&key).cloned().unwrap_or_default()
    }

    /// Looks all frames of a stack up that are not known yet, in two calls.
    fn look_up(&mut self, place: Place, addresses: &[u64]) {
        let Some((first, rest)) = addresses.split_first() else { return };
        for (role, some) in [(Role::Exact, std::slice::from_ref(first)), (Role::Return, rest)] {
            let unknown = |address: &&u64| !self.known.contains_key(&(place, role, **address));
            let unknown: Vec<u64> = some.iter().filter(unknown).copied().collect();
            if !unknown.is_empty() {
                self.resolve(place, role, &unknown);
            }
        }
    }

    /// Asks blazesym. What it can't tell is known to be unknown.
    fn resolve(&mut self, place: Place, role: Role, addresses: &[u64]) {
        let back = u64::from(role == Role::Return);
        let inputs: Vec<u64> = addresses.iter().map(|at| at.saturating_sub(back)).collect();
        let source = self.source(place);
        let found = self.symbolizer.symbolize(&source, Input::AbsAddr(&inputs));
        let found = found.unwrap_or_default();
        for (index, address) in addresses.iter().enumerate() {
            let frames = match found.get(index) {
                Some(Symbolized::Sym(symbol)) => frame::of(symbol, back),
                Some(Symbolized::Unknown(_)) | None => Vec::new(),
            };
            self.known.insert((place, role, *address), frames);
        }
    }

    fn source(&mut self, place: Place) -> Source<'static> {
        match place {
            Place::Kernel => Source::Kernel(Kernel::default()),
            Place::Process(id) => {
                let pid = Pid::from(id);
                if !self.processes.contains(&id) && Path::new(&format!("/proc/{id}")).exists() {
                    self.processes.push(id);
                    // Without the cache the mappings are read for each look-up.
                    let process = Cache::Process(cache::Process::new(pid));
                    let _ = self.symbolizer.cache(&process);
                }
                Source::Process(Process::new(pid))
            }
        }
    }
}
