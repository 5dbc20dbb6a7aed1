//! Watches over processes that stop until a watchpoint is there: a small process that lets them go
//! on if this one is killed before it could. Those that somebody else has stopped stay so.

use std::{
    io::{self, PipeWriter, Write},
    os::fd::{AsFd, OwnedFd},
    thread,
    time::Duration,
};

use super::given::{settle, wanted};
use crate::{
    ffi::{self, Fork},
    flight,
    reaper::close_all_but,
    state::Shared,
};

/// Programs that were in the middle when this process was killed stop theirs within this: so often
/// nobody is found that waits, one look after the other.
const QUIET: u32 = 100;
const PAUSE: Duration = Duration::from_millis(10);

/// A process that is stopped, and the map where the addresses are for which it waits.
pub(super) struct Watched {
    pub(super) pid: u32,
    pub(super) map: OwnedFd,
}

/// The other process, as long as it is needed.
#[derive(Debug)]
pub(crate) struct Guard {
    /// Its other end is closed when this process is no more, whatever ended it.
    pipe: PipeWriter,
}

impl Guard {
    /// Starts it, before anything can stop one of `processes`.
    pub(super) fn start(processes: &[Watched], shared: Option<&Shared>) -> io::Result<Self> {
        let (wait, pipe) = io::pipe()?;
        let processes: Vec<_> = processes
            .iter()
            .filter_map(|it| Some((ffi::open_process(it.pid).ok()?, it.map.try_clone().ok()?)))
            .collect();
        match ffi::fork()? {
            Fork::Parent(_) => Ok(Self { pipe }),
            Fork::Child => stand(OwnedFd::from(wait), processes, shared),
        }
    }

    /// Nobody is stopped any more, and nobody will be.
    pub(super) fn dismiss(&mut self) {
        let _ = self.pipe.write_all(&[1]);
    }
}

fn stand(wait: OwnedFd, processes: Vec<(OwnedFd, OwnedFd)>, shared: Option<&Shared>) -> ! {
    ffi::new_session();
    let mut kept: Vec<_> = processes.into_iter().flat_map(<[OwnedFd; 2]>::from).collect();
    kept.push(wait);
    close_all_but(&kept);
    let _ = std::env::set_current_dir("/");
    if kept.pop().is_some_and(|wait| ffi::wait_readable(wait.as_fd())) {
        ffi::exit_now(0);
    }
    // What this process had attached is detached one by one, which takes as long as it takes.
    if let Some(shared) = shared {
        shared.stop();
    }
    flight::wait();
    let mut quiet = 0;
    while quiet < QUIET {
        quiet += 1;
        for pair in kept.chunks_exact(2) {
            let [process, map] = pair else { continue };
            // The script's programs note an address for each process that they stop.
            for address in wanted(map.as_fd()) {
                settle(map.as_fd(), address);
                ffi::signal_process(process.as_fd(), libc::SIGCONT);
                quiet = 0;
            }
        }
        thread::sleep(PAUSE);
    }
    ffi::exit_now(0)
}
