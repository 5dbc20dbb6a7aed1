//! Watchpoints on memory whose address a function of a process is given: one is opened for each
//! address that a call brings, and a process that waits for it goes on.

use std::os::fd::{AsFd, BorrowedFd};

use ir::{Attach, Owner, WatchGiven};

use super::{
    Attached, Processes, Target, breakpoint,
    guard::{Guard, Watched},
    target,
};
use crate::{error::Error, ffi, load::Loaded};

/// What is to be watched once its address is known.
#[derive(Debug)]
pub(crate) struct Given {
    /// Which of the program's links it is.
    link: usize,
    /// The process that `-c` started.
    child: Option<u32>,
    /// As [`Target`] has it.
    links: bool,
}

impl Given {
    /// That of a link; none if it is of another kind.
    pub(super) fn of(
        program: &ir::Program,
        link: &ir::Link,
        (links, child): (bool, Option<u32>),
    ) -> Option<Self> {
        let is_given = matches!(link.attach, Attach::WatchGiven(_));
        let index = program.links.iter().position(|known| std::ptr::eq(known, link));
        index.filter(|_| is_given).map(|link| Self { link, child, links })
    }
}

/// Opens what calls have asked for since the last time, and lets the processes go on; says what
/// can't be watched.
pub(crate) fn follow(
    program: &ir::Program,
    loaded: &Loaded,
    attached: &mut Attached,
) -> Vec<String> {
    let mut complaints = Vec::new();
    let all = std::mem::take(&mut attached.given);
    for given in &all {
        let Some(link) = program.links.get(given.link) else { continue };
        let Attach::WatchGiven(what) = &link.attach else { continue };
        let nobody = Processes { child: given.child, control_group: None };
        let target = Target { links: given.links, ..target(program, loaded, link, &nobody) };
        let Some(map) = map(loaded, what) else { continue };
        for address in wanted(map) {
            complaints.extend(open(&target, what, address, attached));
            settle(map, address);
            go_on(given, what);
        }
    }
    attached.given = all;
    complaints
}

/// Who lets the processes go on that will be stopped, should this process be killed.
pub(super) fn guard(
    program: &ir::Program,
    loaded: &Loaded,
    processes: &Processes<'_>,
) -> Result<Option<Guard>, Error> {
    let what = "starting the process that lets others go on";
    let failed = |source| Error::System { what, source };
    let mut stopped = Vec::new();
    for link in &program.links {
        if let Attach::WatchGiven(what) = &link.attach
            && let Some(pid) = owner(processes.child, what).filter(|_| what.stops)
            && let Some(map) = map(loaded, what)
        {
            let map = map.try_clone_to_owned().map_err(failed)?;
            stopped.push(Watched { pid, map });
        }
    }
    if stopped.is_empty() {
        return Ok(None);
    }
    Guard::start(&stopped, loaded.shared.as_ref()).map(Some).map_err(failed)
}

/// Where the addresses of one attach point are.
fn map<'run>(loaded: &'run Loaded, what: &WatchGiven) -> Option<BorrowedFd<'run>> {
    what.map.map(|id| loaded.maps[id].as_fd())
}

/// Lets processes go on that wait for a watchpoint which is not opened any more.
pub(crate) fn release(program: &ir::Program, loaded: &Loaded, attached: &Attached) {
    for given in &attached.given {
        if let Some(Attach::WatchGiven(what)) =
            program.links.get(given.link).map(|it| &it.attach)
            && map(loaded, what).is_some_and(|map| !wanted(map).is_empty())
        {
            go_on(given, what);
        }
    }
}

/// The same when no program runs any more: nobody has to watch over them.
pub(crate) fn release_last(program: &ir::Program, loaded: &Loaded, attached: &mut Attached) {
    release(program, loaded, attached);
    if let Some(mut guard) = attached.guard.take() {
        guard.dismiss();
    }
}

/// Forgets that an address is watched: the next call that is given it asks again.
pub(crate) fn forget(program: &ir::Program, loaded: &Loaded, address: u64) {
    for link in &program.links {
        if let Attach::WatchGiven(WatchGiven { map: Some(map), .. }) = &link.attach {
            let _ = ffi::map_delete(loaded.maps[*map].as_fd(), &address.to_ne_bytes());
        }
    }
}

/// Addresses that calls have asked for and that nobody has seen to.
pub(super) fn wanted(map: BorrowedFd<'_>) -> Vec<u64> {
    let (mut found, mut key, mut next) = (Vec::new(), None::<[u8; 8]>, [0; 8]);
    while let Ok(true) =
        ffi::map_next_key(map, key.as_ref().map(<[u8; 8]>::as_slice), &mut next)
    {
        let mut state = [0; 4];
        let is_there = ffi::map_lookup(map, &next, &mut state).is_ok();
        if is_there && u32::from_ne_bytes(state) == WatchGiven::WANTED {
            found.push(u64::from_ne_bytes(next));
        }
        key = Some(next);
    }
    found
}

fn open(
    target: &Target<'_>,
    what: &WatchGiven,
    address: u64,
    attached: &mut Attached,
) -> Option<String> {
    // Another thread asked at the same time.
    if attached.watched.iter().any(|(watched, _)| *watched == address) {
        return None;
    }
    let mut descriptors = Vec::new();
    let memory = (address, what.length, what.mode);
    let opened = breakpoint::attach(target, memory, what.owner, &mut descriptors);
    attached.watched.extend(descriptors.into_iter().map(|it| (address, it)));
    let error = opened.err()?;
    Some(format!("{address:#x} can't be watched: {error}"))
}

/// Somebody has: the next call that is given the address doesn't ask.
pub(super) fn settle(map: BorrowedFd<'_>, address: u64) {
    let state = WatchGiven::WATCHED.to_ne_bytes();
    let _ = ffi::map_insert(map, &address.to_ne_bytes(), &state);
}

/// Whose memory is watched.
const fn owner(child: Option<u32>, what: &WatchGiven) -> Option<u32> {
    match what.owner {
        Owner::Kernel => None,
        Owner::Process(pid) => Some(pid),
        Owner::Child => child,
    }
}

fn go_on(given: &Given, what: &WatchGiven) {
    let pid = owner(given.child, what);
    if let Some(process) = pid.filter(|_| what.stops).and_then(|it| ffi::open_process(it).ok())
    {
        ffi::signal_process(process.as_fd(), libc::SIGCONT);
    }
}
