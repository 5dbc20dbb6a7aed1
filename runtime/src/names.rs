//! Names for numbers that programs send instead of them: attach points and kernel addresses.

mod groups;
mod users;

use std::{
    borrow::Cow,
    cell::RefCell,
    fs,
    net::{Ipv4Addr, Ipv6Addr},
    os::fd::{AsFd, OwnedFd, RawFd},
    path::{Path, PathBuf},
    sync::OnceLock,
};

pub use groups::{Hierarchy, hierarchies};
pub use users::Users;

use ir::{Coded, Id, IdVec, MapId, Packed, Program, SiteId, Stack, Width};

use crate::{
    clock::{self, History},
    ffi,
    symbols::{Batch, Followed, Frame, Lines, Place, Role, Symbols},
    unwind::Maker,
    value::load,
};

/// Far more bytes than any function has.
const LONGEST_FUNCTION: u64 = 1 << 20;

/// Who can name coded numbers.
pub trait Names {
    /// The name that `number` stands for, if it is known.
    fn name(&self, coded: Coded, number: u64) -> Option<Cow<'_, str>>;

    /// What a value of several numbers is shown as, if that is known.
    fn packed(&self, packed: Packed, bytes: &[u8]) -> Option<Cow<'_, str>>;

    /// A stack as it is printed.
    fn stack(&self, stack: Stack, bytes: &[u8]) -> Lines<'_>;

    /// Finds the names of many stacks out at once, before they are asked for.
    fn prepare(&self, stacks: &[(Stack, &[u8])]);

    /// Calls `each` for the frames of a stack, the innermost first: with the address and with the
    /// functions there, of which the innermost inlined one comes first.
    fn follow(
        &self,
        stack: Stack,
        bytes: &[u8],
        each: &mut dyn FnMut(u64, &[Frame]),
    ) -> Followed;

    /// Nanoseconds since 1970 at a moment of the clock of time series.
    fn wall_clock(&self, nanoseconds: i128) -> i128;
}

/// The names of one compiled program on this machine.
#[derive(Debug)]
pub struct ProgramNames<'p> {
    program: &'p Program,
    kernel: OnceLock<Functions>,
    users: OnceLock<Users>,
    groups: RefCell<groups::Groups>,
    clock: History,
    maps: &'p IdVec<MapId, OwnedFd>,
    symbols: OnceLock<Symbols>,
    debug_folders: Vec<PathBuf>,
}

impl<'p> ProgramNames<'p> {
    /// Reads nothing yet: the kernel's symbols are read when the first one is asked for.
    pub fn new(program: &'p Program, maps: &'p IdVec<MapId, OwnedFd>) -> Self {
        Self {
            program,
            kernel: OnceLock::new(),
            users: OnceLock::new(),
            groups: RefCell::default(),
            clock: History::default(),
            maps,
            symbols: OnceLock::new(),
            debug_folders: Vec::new(),
        }
    }

    /// Looks for debug information in these folders too.
    pub(crate) fn with_debug_folders(mut self, folders: &[PathBuf]) -> Self {
        self.debug_folders = folders.to_vec();
        self
    }

    /// Starts to note what is mapped where, if the program will need it; of process `only` if it is
    /// given. `program` is what the child will be.
    pub(crate) fn watch_processes(&mut self, only: Option<u32>, program: Option<&Path>) {
        if self.program.names_processes {
            self.symbols();
            let maker = self.table_maker();
            if let Some(symbols) = self.symbols.get_mut() {
                if let Some(maker) = maker {
                    symbols.make_tables(maker);
                }
                symbols.watch(only, program);
            }
        }
    }

    /// Who makes the tables by which the program follows stacks, if it does so.
    fn table_maker(&self) -> Option<Maker> {
        let unwind = self.program.unwind?;
        let map = |id: MapId| self.maps[id].try_clone().ok();
        // Without it no stack can be followed, and each says so.
        Maker::start(map(unwind.files)?, map(unwind.tables)?, map(unwind.wanted)?).ok()
    }

    /// Readable when a process has mapped something.
    pub(crate) fn descriptors(&self) -> impl Iterator<Item = RawFd> {
        self.symbols.get().into_iter().flat_map(Symbols::descriptors)
    }

    /// Takes in what processes have mapped since the last time.
    pub(crate) fn update_processes(&mut self) {
        if let Some(symbols) = self.symbols.get_mut() {
            symbols.update();
        }
    }

    /// Notes what the clocks say, for moments that are shown later.
    pub(crate) fn note_clocks(&mut self) {
        let program = self.program;
        let shows = !program.time_formats.is_empty() || program.captures.is_some();
        if shows || program.tai_ahead != 0 {
            self.clock.note();
        }
    }
}

impl ProgramNames<'_> {
    /// The wall clock's nanoseconds since 1970 at a moment of the boot clock.
    pub(crate) fn since_epoch(&self, moment: u64) -> i128 {
        self.clock.since_epoch(moment)
    }

    /// The name of an attach point.
    fn site(&self, number: u64) -> Option<&str> {
        let index = u32::try_from(number).ok()?;
        self.program
            .sites
            .get(SiteId::from_index(index as usize))
            .map(|site| site.name.as_str())
    }
}

impl ProgramNames<'_> {
    fn symbols(&self) -> &Symbols {
        self.symbols.get_or_init(|| Symbols::new(self.program.naming, &self.debug_folders))
    }

    /// What was taken of a stack, its frames looked up in their map.
    fn taken(&self, stack: Stack, bytes: &[u8]) -> Taken {
        let number = load(bytes, Width::W64);
        let word =
            |at: i32| load(bytes.get(at as usize..).unwrap_or_default(), Width::W32) as u32;
        let (count, process) = (word(Stack::FRAMES), word(Stack::PROCESS));
        let unfinished = count & Stack::UNFINISHED != 0;
        let count = count & !Stack::UNFINISHED;
        let size = stack.frames_size();
        let map =
            self.program.stacks.iter().find(|id| self.program.maps[**id].value_size == size);
        let mut frames = vec![0; size as usize];
        let found = map.is_some_and(|map| {
            number != 0
                && ffi::map_lookup(self.maps[*map].as_fd(), &number.to_le_bytes(), &mut frames)
                    .is_ok()
        });
        frames.truncate(count as usize * stack.frame_size() as usize);
        Taken { process, count, unfinished, frames: found.then_some(frames) }
    }

    /// `name`, or the address where there is none.
    fn user_symbol(&self, bytes: &[u8]) -> String {
        let address = load(bytes, Width::W64);
        let process = load(bytes.get(8..).unwrap_or_default(), Width::W32) as u32;
        let frames = self.symbols().frames(Place::Process(process), Role::Exact, address);
        match frames.last() {
            Some(frame) => frame.name.clone(),
            None => format!("0x{address:x}"),
        }
    }
}

/// A stack that a program took.
struct Taken {
    process: u32,
    count: u32,
    /// Whether there were callers that could not be found.
    unfinished: bool,
    /// Its frames; none if there is none, or if they are not there any more.
    frames: Option<Vec<u8>>,
}

impl Names for ProgramNames<'_> {
    fn name(&self, coded: Coded, number: u64) -> Option<Cow<'_, str>> {
        match coded {
            Coded::Site => Some(Cow::Borrowed(self.site(number)?)),
            Coded::SiteFunction => {
                let name = self.site(number)?;
                // Names of C++ have colons themselves.
                let function = name
                    .split_once(":cpp:")
                    .or_else(|| name.rsplit_once(':'))
                    .map_or(name, |(_, function)| function);
                Some(Cow::Borrowed(function))
            }
            Coded::KernelSymbol => {
                self.kernel.get_or_init(Functions::read).name(number).map(Cow::Borrowed)
            }
            Coded::Mac => Some(Cow::Owned(mac(number))),
            Coded::ControlGroup(wanted) => {
                self.groups.borrow_mut().path(number, wanted).map(Cow::Owned)
            }
            Coded::Process => {
                let name = fs::read_to_string(format!("/proc/{number}/comm"));
                Some(Cow::Owned(name.unwrap_or_default().trim_end_matches('\n').to_owned()))
            }
            Coded::User => {
                let users = self.users.get_or_init(Users::read);
                users.name(u32::try_from(number).ok()?).map(Cow::Borrowed)
            }
        }
    }

    fn packed(&self, packed: Packed, bytes: &[u8]) -> Option<Cow<'_, str>> {
        match packed {
            Packed::Inet => inet(bytes).map(Cow::Owned),
            Packed::Time => {
                let format = load(bytes.get(8..)?, Width::W64).checked_sub(1)?;
                let format = self.program.time_formats.get(usize::try_from(format).ok()?)?;
                let moment = self.clock.since_epoch(load(bytes, Width::W64));
                clock::since_epoch(moment, format).map(Cow::Owned)
            }
            Packed::Stack(_) => None,
            Packed::UserSymbol => Some(Cow::Owned(self.user_symbol(bytes))),
        }
    }

    fn stack(&self, stack: Stack, bytes: &[u8]) -> Lines<'_> {
        let taken = self.taken(stack, bytes);
        match &taken.frames {
            Some(frames) => {
                self.symbols().stack(stack, taken.process, frames, taken.unfinished)
            }
            None if taken.count == 0 => "\n".into(),
            None => format!("\n        <{} frames lost>\n", taken.count).into(),
        }
    }

    fn prepare(&self, stacks: &[(Stack, &[u8])]) {
        let mut batch = Batch::default();
        for (stack, bytes) in stacks {
            let taken = self.taken(*stack, bytes);
            if let Some(frames) = &taken.frames {
                self.symbols().gather(&mut batch, *stack, taken.process, frames);
            }
        }
        self.symbols().look_up(batch);
    }

    fn follow(
        &self,
        stack: Stack,
        bytes: &[u8],
        each: &mut dyn FnMut(u64, &[Frame]),
    ) -> Followed {
        let taken = self.taken(stack, bytes);
        match &taken.frames {
            Some(frames) => {
                let whose = (stack, taken.process);
                self.symbols().follow(whose, frames, taken.unfinished, each)
            }
            None if taken.count == 0 => Followed::Whole,
            None => Followed::Lost,
        }
    }

    fn wall_clock(&self, nanoseconds: i128) -> i128 {
        match self.program.tai_ahead {
            // The clock is a map of the script.
            0 => nanoseconds,
            ahead => self.clock.of_interval(nanoseconds, ahead),
        }
    }
}

/// `XX:XX:XX:XX:XX:XX`
fn mac(number: u64) -> String {
    let bytes = number.to_le_bytes();
    bytes[..6].iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
}

/// An internet address, as people write it; none if its family is unknown.
fn inet(bytes: &[u8]) -> Option<String> {
    // `AF_INET` and `AF_INET6`.
    match load(bytes, Width::W64) {
        2 => Some(Ipv4Addr::from(*bytes.get(8..)?.first_chunk::<4>()?).to_string()),
        10 => Some(Ipv6Addr::from(*bytes.get(8..)?.first_chunk::<16>()?).to_string()),
        _ => None,
    }
}

/// The functions of the running kernel, sorted by address.
#[derive(Debug, Default)]
pub struct Functions {
    text: String,
    /// Address, and where in `text` the name is.
    symbols: Vec<(u64, u32, u32)>,
}

impl Functions {
    /// Reads `/proc/kallsyms`. Where it is unreadable or hides addresses, nothing has a name.
    pub fn read() -> Self {
        fs::read_to_string("/proc/kallsyms").map(Self::parse).unwrap_or_default()
    }

    /// Reads text in the form of `/proc/kallsyms`: address, kind, name, perhaps a module.
    pub fn parse(text: String) -> Self {
        let mut symbols = Vec::new();
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            if let Some((address, at, length)) = function(line) {
                symbols.push((address, (start + at) as u32, length as u32));
            }
            start += line.len();
        }
        symbols.sort_unstable_by_key(|&(address, ..)| address);
        Self { text, symbols }
    }

    /// The function that `address` lies in.
    pub fn name(&self, address: u64) -> Option<&str> {
        let after = self.symbols.partition_point(|&(start, ..)| start <= address);
        let &(start, at, length) = self.symbols.get(after.checked_sub(1)?)?;
        // No function is that long: the address lies behind the last one.
        if address - start > LONGEST_FUNCTION {
            return None;
        }
        self.text.get(at as usize..(at + length) as usize)
    }
}

/// The address of a function and where in `line` its name is.
fn function(line: &str) -> Option<(u64, usize, usize)> {
    let (address, rest) = line.split_once(' ')?;
    let kind = rest.chars().next()?;
    let name = rest.get(2..)?.split(['\t', '\n']).next()?;
    let address = u64::from_str_radix(address, 16).ok()?;
    let at = line.len() - rest.len() + 2;
    (matches!(kind, 't' | 'T' | 'w' | 'W') && address != 0).then_some((address, at, name.len()))
}
