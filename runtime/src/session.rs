//! A run: begin, attach, trace, end. It knows the order of things, not how any is done.

mod iterate;

use std::{
    io::{self, ErrorKind},
    os::fd::{AsFd, AsRawFd, OwnedFd},
    path::PathBuf,
    time::Duration,
};

use ir::{Link, Phase};

use crate::child::Status;
use crate::{
    announce::Announce,
    attach::{self, Attached},
    child::Child,
    ending,
    error::Error,
    events::Events,
    ffi::{self, Waiter, Watch},
    flight,
    kernel::Machine,
    listing::Listing,
    load::Loaded,
    output::Output,
    pictures::Picture,
    progress::Progress,
    reaper,
    ring::Drained,
    stock,
    warnings::Warnings,
};

/// What a run is to do besides tracing.
#[derive(Debug, Clone, Default)]
pub struct RunOptions {
    /// The command of `-c`, in words (see [`crate::split_command`]).
    pub command: Option<Vec<String>>,
    /// The process of `-p`: the run ends with it.
    pub pid: Option<u32>,
    /// The control group whose processes are traced, if only those are.
    pub control_group: Option<PathBuf>,
    /// Attach everything, then end without having traced.
    pub dry_run: bool,
    /// How maps are printed.
    pub listing: Listing,
    /// Whether the maps are not printed at the end.
    pub keep_maps: bool,
    /// Whether losses are not listed by place at the end.
    pub no_ledger: bool,
    /// Whether results go to a file, so that standard output may be closed.
    pub to_file: bool,
    /// What is drawn instead of being printed at the end.
    pub picture: Option<Picture>,
    /// Where debug information in files of its own is looked for too.
    pub debug_folders: Vec<PathBuf>,
    /// What is said as it happens.
    pub warnings: Warnings,
    /// Who is told of start and end.
    pub announce: Announce,
}

/// A run that has ended; what is attached has stopped but is still there.
#[derive(Debug)]
pub struct Ended {
    /// The exit code that the script asked for, or 0.
    pub code: i32,
    /// How the command of `-c` ended, if it did before the run.
    pub child: Option<Status>,
    attached: Attached,
}

impl Ended {
    /// Ends the process at once, with [`Self::code`]; another one detaches.
    pub fn leave(self) -> ! {
        let code = self.code;
        self.leave_with(code)
    }

    /// The same with another exit code.
    pub fn leave_with(self, code: i32) -> ! {
        reaper::leave(self.attached, code)
    }
}

/// Runs a loaded program to its end.
///
/// # Errors
///
/// Returns what went wrong before tracing began, and what the output could not take. Then nothing
/// is left attached.
pub fn run(
    mut loaded: Loaded,
    program: &ir::Program,
    machine: &Machine,
    output: &mut dyn Output,
    options: &RunOptions,
) -> Result<Ended, Error> {
    let signals = ffi::catch_signals()
        .map_err(|source| Error::System { what: "catching signals", source })?;
    let ring = loaded.ring.take();
    let mut session = Session {
        program,
        loaded: &loaded,
        events: Events::new((program, &loaded), ring, output, options)?,
        child: options.command.as_deref().map(Child::new).transpose()?,
        target: options.pid.map(open_target).transpose()?,
        signals,
    };
    let mut attached = Attached::default();
    let result = session.until_end(machine, options, &mut attached);
    let child = session.child.as_ref().and_then(Child::status);
    if child.is_none()
        && let Some(child) = &session.child
    {
        child.terminate();
    }
    match result {
        Ok(code) => Ok(Ended { code, child, attached }),
        // No noise.
        Err(error) if is_closed(&error) => Ok(Ended { code: session.code(), child, attached }),
        Err(error) => Err(error),
    }
}

/// Whether the script has a probe for the user's signal.
fn listens(program: &ir::Program) -> bool {
    program.links.iter().any(|link| link.phase == Phase::Signal)
}

fn open_target(pid: u32) -> Result<OwnedFd, Error> {
    ffi::open_process(pid).map_err(|_| Error::NoProcess { pid })
}

/// Whether it is only that the reader of our output has gone.
fn is_closed(error: &Error) -> bool {
    matches!(error, Error::Output(error) if error.kind() == ErrorKind::BrokenPipe)
}

struct Session<'run> {
    program: &'run ir::Program,
    loaded: &'run Loaded,
    events: Events<'run>,
    child: Option<Child>,
    target: Option<OwnedFd>,
    signals: OwnedFd,
}

/// What [`Waiter::wait`] reports.
mod token {
    pub(super) const SIGNAL: u64 = 0;
    pub(super) const CHILD: u64 = 1;
    pub(super) const TARGET: u64 = 2;
    pub(super) const RING: u64 = 3;
    pub(super) const OUTPUT: u64 = 4;
}

impl Session<'_> {
    /// Everything from begin to the last line printed; the exit code.
    fn until_end(
        &mut self,
        machine: &Machine,
        options: &RunOptions,
        attached: &mut Attached,
    ) -> Result<i32, Error> {
        if options.dry_run {
            *attached = self.attach(machine, options)?;
            self.stop();
            return Ok(0);
        }
        if attach::pin(self.program, self.loaded, self.events.output)? {
            return Ok(0);
        }
        if let Some(shared) = &self.loaded.shared {
            shared.set_started(ffi::boot_time());
            shared.set_child(self.child.as_ref().map_or(0, |child| child.pid));
        }
        let traced =
            self.run_all(Phase::Begin).and_then(|()| self.trace(machine, options, attached));
        self.stop();
        attach::release(self.program, self.loaded, attached);
        options.announce.stopping();
        // If nobody listens any more, end probes may do more than print, and a picture is no text.
        let ended = match traced {
            Err(error) if is_closed(&error) => self.run_all(Phase::End).and(Err(error)),
            other => other.and_then(|()| self.end(options)),
        };
        if ended.as_ref().is_err_and(is_closed) {
            self.events.draw().map_err(Error::Output)?;
        }
        ended?;
        // A program may have been at work when the end came.
        attach::release_last(self.program, self.loaded, attached);
        Ok(self.code())
    }

    fn code(&self) -> i32 {
        self.exit_requested().unwrap_or(0)
    }

    fn exit_requested(&self) -> Option<i32> {
        self.loaded.shared.as_ref().and_then(crate::Shared::exit_requested)
    }

    /// Programs do nothing from now on. Begin and end are not asked.
    fn stop(&self) {
        if let Some(shared) = &self.loaded.shared {
            shared.stop();
        }
    }

    /// Runs the probes of one phase that belong to no event; `exit()` in one skips the others of
    /// begin.
    fn run_all(&self, phase: Phase) -> Result<(), Error> {
        let links = self.program.links.iter().filter(|link| link.phase == phase);
        for link in links {
            if phase == Phase::Begin && self.exit_requested().is_some() {
                break;
            }
            attach::run_once(self.loaded, link.program, self.name(link))?;
        }
        Ok(())
    }

    fn name(&self, link: &Link) -> &str {
        let site = link.sites.first().and_then(|site| self.program.sites.get(*site));
        site.map_or("", |site| site.name.as_str())
    }

    fn drain(&mut self) -> Result<Drained, Error> {
        self.events.drain().map_err(Error::Output)
    }

    fn trace(
        &mut self,
        machine: &Machine,
        options: &RunOptions,
        attached: &mut Attached,
    ) -> Result<(), Error> {
        let sites = self.program.links.iter().map(|link| link.sites.len()).sum();
        let traces = self.program.links.iter().any(|link| link.phase == Phase::Trace)
            || listens(self.program);
        if !traces || self.exit_requested().is_some() {
            return self.say_attached(sites, options).map_err(Error::Output);
        }
        let program = self.child.as_ref().and_then(Child::program);
        self.events.watch_processes(options.pid, program.as_deref());
        *attached = match self.attach(machine, options) {
            Ok(attached) => attached,
            Err(error) => {
                self.drain()?;
                return Err(error);
            }
        };
        if attached.is_stopped {
            return Ok(());
        }
        self.events.report(attached.left_out.clone()).map_err(Error::Output)?;
        let sites: usize = sites - attached.left_out.len();
        self.say_attached(sites, options).map_err(Error::Output)?;
        // What `begin` said comes after that, as bpftrace has it: what it starts is traced.
        self.drain()?;
        let waiter =
            self.waiter(options).map_err(|source| Error::System { what: "polling", source })?;
        if let Some(child) = &mut self.child {
            child.start()?;
        }
        let iterators = std::mem::take(&mut attached.iterators);
        let mut links = self.program.links.iter().filter(|link| link.phase == Phase::Trace);
        let only_iterates = !iterators.is_empty()
            && links.all(|link| matches!(link.attach, ir::Attach::Iter { .. }));
        for iterator in iterators {
            self.iterate(iterator)?;
        }
        if only_iterates && self.child.is_none() && !listens(self.program) {
            return Ok(());
        }
        self.poll(&waiter, attached)
    }

    fn attach(&self, machine: &Machine, options: &RunOptions) -> Result<Attached, Error> {
        let processes = attach::Processes {
            child: self.child.as_ref().map(|child| child.pid),
            control_group: options.control_group.as_deref(),
        };
        let links = self.program.links.iter().filter(|link| link.phase == Phase::Trace);
        let total = links.map(|link| link.sites.len()).sum();
        stock::fill(self.program, self.loaded);
        let progress = Progress::new(total, self.signals.as_fd());
        attach::attach(self.program, self.loaded, machine, (&processes, progress))
    }

    fn say_attached(&mut self, sites: usize, options: &RunOptions) -> io::Result<()> {
        self.events.tracing_begins();
        self.events.output.attached(sites)?;
        self.events.output.drained()?;
        options.announce.attached()
    }

    fn waiter(&self, options: &RunOptions) -> io::Result<Waiter> {
        let waiter = Waiter::new()?;
        waiter.add(self.signals.as_raw_fd(), Watch::Readable, token::SIGNAL)?;
        if let Some(child) = &self.child {
            waiter.add(child.descriptor(), Watch::Readable, token::CHILD)?;
        }
        if let Some(target) = &self.target {
            waiter.add(target.as_raw_fd(), Watch::Readable, token::TARGET)?;
        }
        for records in self.events.descriptors() {
            waiter.add(records, Watch::Readable, token::RING)?;
        }
        if let Some(ring) = self.program.ring {
            let ring = self.loaded.maps[ring].as_raw_fd();
            waiter.add(ring, Watch::Notified, token::RING)?;
        }
        if !options.to_file {
            // Where standard output is a file it can't be watched, and needn't be.
            let _ = waiter.add(io::stdout().as_raw_fd(), Watch::Closed, token::OUTPUT);
        }
        Ok(waiter)
    }

    /// Until something ends the run. Records come without notification, unless the ring is past
    /// its mark or the script wants to end; the timer finds the others, and an end whose
    /// notification was lost.
    fn poll(&mut self, waiter: &Waiter, attached: &mut Attached) -> Result<(), Error> {
        loop {
            self.drain()?;
            for address in self.events.take_unwatched() {
                attached.unwatch(address);
                attach::forget(self.program, self.loaded, address);
            }
            let unwatched = attach::follow(self.program, self.loaded, attached);
            self.events.report(unwatched).map_err(Error::Output)?;
            if self.exit_requested().is_some() {
                return Ok(());
            }
            for happened in waiter.wait(self.events.interval()) {
                match happened {
                    token::SIGNAL if !self.take_signals()? => {}
                    token::RING => {}
                    _ => return Ok(()),
                }
            }
        }
    }

    /// Takes all signals that are there; whether one of them ends the run. SIGUSR1 prints the maps.
    fn take_signals(&mut self) -> Result<bool, Error> {
        let (mut ends, mut prints) = (false, false);
        while let Some(signal) = ffi::next_signal(self.signals.as_fd()) {
            if signal == libc::SIGUSR1 {
                prints = true;
            } else {
                ends = true;
            }
        }
        if prints && !ends && listens(self.program) {
            self.run_all(Phase::Signal)?;
            self.drain()?;
        } else if prints && !ends {
            self.drain()?;
            self.events.print_maps_by_signal().map_err(Error::Output)?;
        }
        Ok(ends)
    }

    /// After the programs were told to stop: what they still sent, end probes, maps, losses.
    fn end(&mut self, options: &RunOptions) -> Result<(), Error> {
        // One that came with what ends the run, as Ctrl-C does to the command of `-c` too.
        while ffi::next_signal(self.signals.as_fd()).is_some() {}
        ending::begin();
        flight::wait();
        let drained = match self.drain_to_the_end() {
            Err(error) if !is_closed(&error) => return Err(error),
            before => self.run_all(Phase::End).and(before),
        };
        let drained = drained.and_then(|()| self.drain_to_the_end());
        ending::print();
        let result = drained.and_then(|()| self.events.finish(options).map_err(Error::Output));
        ffi::release_signals();
        result
    }

    /// A program that was preempted while it wrote a record holds up those after it: it gets a
    /// few milliseconds.
    fn drain_to_the_end(&mut self) -> Result<(), Error> {
        for _ in 0..20 {
            if self.drain()? == Drained::All {
                break;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    }
}
