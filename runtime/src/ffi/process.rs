//! Processes, signals, waiting, clocks and limits.

use std::{
    ffi::{CString, c_int},
    io, mem,
    os::fd::{AsRawFd, BorrowedFd, OwnedFd, RawFd},
    ptr,
    time::Duration,
};

use super::{check, owned};

/// Nanoseconds of `CLOCK_BOOTTIME`, as `bpf_ktime_get_boot_ns` counts them.
pub(crate) fn boot_time() -> u64 {
    clock(libc::CLOCK_BOOTTIME)
}

/// Nanoseconds since 1970.
pub(crate) fn wall_time() -> u64 {
    clock(libc::CLOCK_REALTIME)
}

/// The same of international atomic time, which has no leap seconds.
pub(crate) fn atomic_time() -> u64 {
    clock(libc::CLOCK_TAI)
}

fn clock(id: libc::clockid_t) -> u64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: writes one timespec; all of these clocks exist since 3.10.
    unsafe { libc::clock_gettime(id, &raw mut now) };
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}

/// Nanoseconds by which `CLOCK_TAI` is ahead of `CLOCK_BOOTTIME`.
pub(crate) fn tai_ahead() -> i64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: writes one timespec; the clock exists since 3.10.
    unsafe { libc::clock_gettime(libc::CLOCK_TAI, &raw mut now) };
    let tai = now.tv_sec * 1_000_000_000 + now.tv_nsec;
    tai - boot_time() as i64
}

/// Which process a fork came out in.
pub(crate) enum Fork {
    /// The new one.
    Child,
    /// The old one, with the new one's id.
    Parent(u32),
}

/// Makes a copy of this process that has only the thread that asks for it. Until it ends or becomes a
/// command it takes no lock that another thread may have held: no `println!`, no lock of ours, no
/// change of the environment.
pub(crate) fn fork() -> io::Result<Fork> {
    // SAFETY: other threads may make tables or read `/proc` meanwhile. The C library makes its own
    // locks usable again in the copy, those of memory and of threads too (glibc 2.24). The copies
    // made here (the child of `-c`, who detaches, and who watches stopped processes) close, wait,
    // send signals, read `/proc`, allocate, and start threads; `a_copy_can_do_what_copies_do` has
    // them do so beside threads that never rest.
    match check(unsafe { libc::fork() })? {
        0 => Ok(Fork::Child),
        pid => Ok(Fork::Parent(pid as u32)),
    }
}

/// Ends this process here and now: no destructors, nothing flushed.
pub(crate) fn exit_now(code: i32) -> ! {
    // SAFETY: has no preconditions; what is open is closed by the kernel.
    unsafe { libc::_exit(code) }
}

/// Replaces this process by a command; comes back only if that fails.
pub(crate) fn exec(words: &[CString]) -> io::Error {
    let mut pointers: Vec<_> = words.iter().map(|word| word.as_ptr()).collect();
    let Some(program) = pointers.first().copied() else {
        return io::Error::from(io::ErrorKind::InvalidInput);
    };
    pointers.push(ptr::null());
    // SAFETY: asks for a signal when the parent has gone, however it went; nothing is pointed to.
    unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGTERM) };
    // SAFETY: C strings and a null at the end, all of which live through the call.
    unsafe { libc::execvp(program, pointers.as_ptr()) };
    io::Error::last_os_error()
}

/// Waits until something can be read; false if whoever could write has gone. Safe after a fork.
pub(crate) fn wait_readable(pipe: BorrowedFd<'_>) -> bool {
    let mut watched = libc::pollfd { fd: pipe.as_raw_fd(), events: libc::POLLIN, revents: 0 };
    loop {
        // SAFETY: one entry, of this frame.
        let count = unsafe { libc::poll(&raw mut watched, 1, -1) };
        if count > 0 {
            return watched.revents & libc::POLLIN != 0;
        }
    }
}

/// A new session, out of the terminal's reach.
pub(crate) fn new_session() {
    // SAFETY: takes nothing; a failure leaves the session as it was.
    unsafe { libc::setsid() };
}

/// Lets the kernel end this process after so long.
pub(crate) fn end_after(limit: Duration) {
    // SAFETY: takes a number; SIGALRM's default is to end the process.
    unsafe {
        libc::signal(libc::SIGALRM, libc::SIG_DFL);
        libc::alarm(limit.as_secs() as u32);
    }
}

/// Closes descriptors `first..=last` (5.9).
pub(crate) fn close_range(first: u32, last: u32) {
    // SAFETY: callers own what they close, or are a process that needs none of it any more.
    unsafe { libc::syscall(libc::SYS_close_range, first, last, 0) };
}

/// Sends `signal` to a process.
pub(crate) fn signal_process(process: BorrowedFd<'_>, signal: c_int) {
    let (number, fd) = (libc::SYS_pidfd_send_signal, process.as_raw_fd());
    // SAFETY: takes numbers and a null for the signal's data; a process that is gone is fine.
    unsafe { libc::syscall(number, fd, signal, ptr::null::<libc::siginfo_t>(), 0) };
}

/// A descriptor that becomes readable when the process ends (5.3).
pub(crate) fn open_process(pid: u32) -> io::Result<OwnedFd> {
    // SAFETY: takes numbers.
    check(unsafe { libc::syscall(libc::SYS_pidfd_open, pid as libc::pid_t, 0) }).map(owned)
}

/// Takes the status of a child that has ended; none if it runs on.
pub(crate) fn reap(pid: u32) -> Option<c_int> {
    let mut status = 0;
    // SAFETY: writes one integer.
    let found = unsafe { libc::waitpid(pid as libc::pid_t, &raw mut status, libc::WNOHANG) };
    (found > 0).then_some(status)
}

/// The signals that end a run, and SIGUSR1.
const SIGNALS: [c_int; 3] = [libc::SIGINT, libc::SIGTERM, libc::SIGUSR1];

fn change_mask(how: c_int) -> io::Result<libc::sigset_t> {
    // SAFETY: a signal set is plain data that `sigemptyset` initializes; the calls only read
    // and write it.
    unsafe {
        let mut set: libc::sigset_t = mem::zeroed();
        libc::sigemptyset(&raw mut set);
        for signal in SIGNALS {
            libc::sigaddset(&raw mut set, signal);
        }
        check(libc::sigprocmask(how, &raw const set, ptr::null_mut()))?;
        Ok(set)
    }
}

/// Blocks the signals that end a run and gives a descriptor to read them from.
pub(crate) fn catch_signals() -> io::Result<OwnedFd> {
    let set = change_mask(libc::SIG_BLOCK)?;
    let flags = libc::SFD_CLOEXEC | libc::SFD_NONBLOCK;
    // SAFETY: reads the set and makes a descriptor.
    check(unsafe { libc::signalfd(-1, &raw const set, flags) }).map(owned)
}

/// Whether a signal that ends a run has come and has not been read yet.
pub(crate) fn signal_is_pending() -> bool {
    // SAFETY: a signal set is plain data; the calls write it and read it.
    unsafe {
        let mut set: libc::sigset_t = mem::zeroed();
        libc::sigpending(&raw mut set) == 0
            && [libc::SIGINT, libc::SIGTERM]
                .iter()
                .any(|one| libc::sigismember(&raw const set, *one) == 1)
    }
}

/// Reads one signal's number from the descriptor.
pub(crate) fn next_signal(signals: BorrowedFd<'_>) -> Option<c_int> {
    let mut buffer = [0u8; mem::size_of::<libc::signalfd_siginfo>()];
    // SAFETY: the buffer is as long as said.
    let read =
        unsafe { libc::read(signals.as_raw_fd(), buffer.as_mut_ptr().cast(), buffer.len()) };
    // `ssi_signo` comes first.
    (read > 0).then(|| c_int::from_ne_bytes([buffer[0], buffer[1], buffer[2], buffer[3]]))
}

/// Lets the signals do again what they do by default.
pub(crate) fn release_signals() {
    // SAFETY: setting a signal to its default has no preconditions.
    unsafe {
        for signal in [libc::SIGINT, libc::SIGTERM, libc::SIGPIPE] {
            libc::signal(signal, libc::SIG_DFL);
        }
    }
    // SAFETY: as above; a script knows nothing of SIGUSR1 any more when it ends.
    unsafe { libc::signal(libc::SIGUSR1, libc::SIG_IGN) };
    // Failing to unblock leaves them blocked, which is no worse than before.
    let _ = change_mask(libc::SIG_UNBLOCK);
}

/// Has `handler` called for the signals that end a run, wherever the process is then. It may call
/// only what is safe in a signal handler.
pub(crate) fn handle_signals(handler: extern "C" fn(c_int)) {
    // SAFETY: the function lives as long as the process, and does nothing that is not safe there.
    unsafe {
        for signal in [libc::SIGINT, libc::SIGTERM] {
            libc::signal(signal, handler as *const () as libc::sighandler_t);
        }
    }
    let _ = change_mask(libc::SIG_UNBLOCK);
}

/// Writes to standard error at once. Safe in a signal handler.
pub(crate) fn say_at_once(text: &[u8]) {
    // SAFETY: as many bytes as there are; whether they arrive is nothing that could be helped.
    let _ = unsafe { libc::write(2, text.as_ptr().cast(), text.len()) };
}

/// For a new process that becomes another program: signals as a shell would leave them.
pub(crate) fn default_signals() {
    release_signals();
    // SAFETY: as above.
    unsafe { libc::signal(libc::SIGUSR1, libc::SIG_DFL) };
}

/// What a watched descriptor is to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Watch {
    /// That there is something to read, as long as there is.
    Readable,
    /// That someone said there is something to read; not that there is.
    Notified,
    /// That its other end is closed.
    Closed,
}

/// Waits for several descriptors at once.
#[derive(Debug)]
pub(crate) struct Waiter(OwnedFd);

impl Waiter {
    /// Waits for nothing yet.
    pub(crate) fn new() -> io::Result<Self> {
        // SAFETY: takes a number.
        check(unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) }).map(|fd| Self(owned(fd)))
    }

    /// Watches one more descriptor; `token` is what [`Waiter::wait`] calls it.
    pub(crate) fn add(&self, fd: RawFd, watch: Watch, token: u64) -> io::Result<()> {
        let events = match watch {
            Watch::Readable => libc::EPOLLIN,
            Watch::Notified => libc::EPOLLIN | libc::EPOLLET,
            Watch::Closed => libc::EPOLLET,
        };
        let mut event = libc::epoll_event { events: events as u32, u64: token };
        let (epoll, add) = (self.0.as_raw_fd(), libc::EPOLL_CTL_ADD);
        // SAFETY: reads one event.
        check(unsafe { libc::epoll_ctl(epoll, add, fd, &raw mut event) }).map(drop)
    }

    /// Waits, but not longer than `limit`; the tokens of what happened.
    pub(crate) fn wait(&self, limit: Duration) -> Vec<u64> {
        let mut events = [libc::epoll_event { events: 0, u64: 0 }; 8];
        let (room, limit) = (events.len() as c_int, limit.as_millis() as c_int);
        // SAFETY: there is room for as many events as said.
        let count =
            unsafe { libc::epoll_wait(self.0.as_raw_fd(), events.as_mut_ptr(), room, limit) };
        events.iter().take(usize::try_from(count).unwrap_or(0)).map(|event| event.u64).collect()
    }
}

/// The CPUs that this thread may run on, as the kernel's bit mask.
pub(crate) fn affinity() -> io::Result<Vec<u64>> {
    let mut mask = vec![0u64; 1024];
    let (size, start) = (mem::size_of_val(&mask[..]), mask.as_mut_ptr());
    let number = libc::SYS_sched_getaffinity;
    // SAFETY: there is room for as many bytes as said; the call gives the bytes it wrote.
    let written = check(unsafe { libc::syscall(number, 0, size, start) })?;
    mask.truncate(written as usize / 8);
    Ok(mask)
}

/// Moves this thread to the CPUs of a bit mask.
pub(crate) fn set_affinity(mask: &[u64]) -> io::Result<()> {
    let (size, start) = (mem::size_of_val(mask), mask.as_ptr());
    // SAFETY: reads as many bytes as said.
    check(unsafe { libc::syscall(libc::SYS_sched_setaffinity, 0, size, start) }).map(drop)
}

/// Waits for a grace period of RCU.
pub(crate) fn wait_for_grace_period() -> io::Result<()> {
    const MEMBARRIER_CMD_GLOBAL: c_int = 1;
    // SAFETY: takes numbers.
    check(unsafe { libc::syscall(libc::SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0) }).map(drop)
}

/// Raises the soft limit of open files to `wanted`, as far as the hard limit goes.
pub(crate) fn raise_file_limit(wanted: u64) -> io::Result<()> {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: writes one limit.
    check(unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) })?;
    if wanted <= limit.rlim_cur {
        return Ok(());
    }
    limit.rlim_cur = wanted.min(limit.rlim_max);
    // SAFETY: reads one limit.
    check(unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) }).map(drop)
}

#[cfg(test)]
mod tests {
    use std::{
        fs,
        sync::atomic::{AtomicBool, Ordering},
        thread,
        time::Duration,
    };

    use super::{Fork, end_after, exit_now, fork, open_process, reap, wait_readable};

    /// What the three kinds of copies do; an alarm ends the one that waits for a lock.
    fn copy() -> ! {
        end_after(Duration::from_secs(50));
        let text = fs::read_to_string("/proc/self/stat").unwrap_or_default();
        let mut parts: Vec<String> = text.split(' ').map(str::to_owned).collect();
        thread::scope(|scope| {
            while !parts.is_empty() {
                let part = parts.split_off(parts.len().saturating_sub(4));
                scope.spawn(move || drop(part));
            }
        });
        let _ = std::env::set_current_dir("/");
        exit_now(if text.is_empty() { 1 } else { 0 })
    }

    #[test]
    fn a_copy_can_do_what_copies_do() {
        use std::os::fd::AsFd;
        let stop = AtomicBool::new(false);
        let busy = || {
            while !stop.load(Ordering::Relaxed) {
                let text = fs::read_to_string("/proc/self/maps").unwrap();
                let lines: Vec<String> = text.lines().map(str::to_owned).collect();
                thread::scope(|scope| scope.spawn(move || drop(lines)).join()).unwrap();
            }
        };
        let statuses: Vec<_> = thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(busy);
            }
            let statuses = (0..50).map(|_| match fork().unwrap() {
                Fork::Child => copy(),
                Fork::Parent(id) => {
                    let process = open_process(id).ok();
                    process.filter(|it| wait_readable(it.as_fd())).and_then(|_| reap(id))
                }
            });
            let statuses = statuses.collect();
            stop.store(true, Ordering::Relaxed);
            statuses
        });
        assert_eq!(statuses, vec![Some(0); 50]);
    }
}
