//! Watches over processes that stop until a watchpoint is there: a small process that lets them go
//! on if this one is killed before it could.

use std::{
    fs,
    io::{self, PipeWriter, Write},
    os::fd::{AsFd, OwnedFd},
    thread,
    time::Duration,
};

use crate::{
    ffi::{self, Fork},
    reaper::close_all_but,
};

/// Programs that ran when this process was killed stop theirs within this.
const ROUNDS: u32 = 100;
const PAUSE: Duration = Duration::from_millis(10);

/// The other process, as long as it is needed.
#[derive(Debug)]
pub(crate) struct Guard {
    /// Its other end is closed when this process is no more, whatever ended it.
    pipe: PipeWriter,
}

impl Guard {
    /// Starts it, before anything can stop one of `processes`.
    pub(super) fn start(processes: &[u32]) -> io::Result<Self> {
        let (wait, pipe) = io::pipe()?;
        let processes: Vec<_> = processes
            .iter()
            .filter_map(|pid| Some((*pid, ffi::open_process(*pid).ok()?)))
            .collect();
        match ffi::fork()? {
            Fork::Parent(_) => Ok(Self { pipe }),
            Fork::Child => stand(OwnedFd::from(wait), processes),
        }
    }

    /// Nobody is stopped any more, and nobody will be.
    pub(super) fn dismiss(&mut self) {
        let _ = self.pipe.write_all(&[1]);
    }
}

fn stand(wait: OwnedFd, processes: Vec<(u32, OwnedFd)>) -> ! {
    ffi::new_session();
    let (pids, mut kept): (Vec<_>, Vec<_>) = processes.into_iter().unzip();
    kept.push(wait);
    close_all_but(&kept);
    let _ = std::env::set_current_dir("/");
    if kept.pop().is_some_and(|wait| ffi::wait_readable(wait.as_fd())) {
        ffi::exit_now(0);
    }
    for _ in 0..ROUNDS {
        for (pid, process) in pids.iter().zip(&kept) {
            if is_stopped(*pid) {
                ffi::signal_process(process.as_fd(), libc::SIGCONT);
            }
        }
        thread::sleep(PAUSE);
    }
    ffi::exit_now(0)
}

/// `123 (name) T …`: the name may have anything in it.
fn is_stopped(pid: u32) -> bool {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    text.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('T'))
}
