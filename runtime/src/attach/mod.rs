//! Attaches programs, each mechanism in a file of its own. What is attached is two descriptors at
//! most, and closing them detaches: nothing is ever pinned.

mod breakpoint;
mod given;
mod guard;
mod iterator;
mod kprobe;
mod multi;
mod order;
mod perf;
mod raw_tracepoint;
mod same_name;
mod scope;
mod test_run;
mod tracepoint;
mod trampoline;
mod uprobe;

use std::{
    io,
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    path::Path,
};

use diag::Span;
use given::Given;
use ir::{Attach, Id, Link, SiteId, When};
use stdlib::Feature;

use crate::{
    error::{Capability, Error},
    ffi::{self, Calls, PerfEvent},
    kernel::Machine,
    load::Loaded,
    output::Output,
    progress::{Next, Progress},
};

pub(crate) use given::{follow, forget, release, release_last};
pub(crate) use test_run::run as run_once;

/// What keeps programs attached: dropping it detaches them.
#[derive(Debug, Default)]
pub(crate) struct Attached {
    /// Links before the events that they hold on to.
    pub(crate) descriptors: Vec<OwnedFd>,
    /// Whether the kernel takes its time to detach any of it.
    pub(crate) is_slow: bool,
    /// Watchpoints, by their address.
    pub(crate) watched: Vec<(u64, OwnedFd)>,
    /// What is watched once a call has told its address.
    pub(crate) given: Vec<Given>,
    /// Who lets processes go on that wait for those, if this process is killed.
    guard: Option<guard::Guard>,
    /// Iterators to be read once.
    pub(crate) iterators: Vec<OwnedFd>,
    /// What patterns matched that can't be attached, a sentence each.
    pub(crate) left_out: Vec<String>,
    /// Whether the user wanted the end before all was attached.
    pub(crate) is_stopped: bool,
}

impl Attached {
    /// Detaches the watchpoints at an address.
    pub(crate) fn unwatch(&mut self, address: u64) {
        self.watched.retain(|(watched, _)| *watched != address);
    }
}

/// The processes that the command line names.
#[derive(Debug)]
pub(crate) struct Processes<'run> {
    /// The one that `-c` starts.
    pub(crate) child: Option<u32>,
    /// Where the control group is whose processes are traced, if only those are.
    pub(crate) control_group: Option<&'run Path>,
}

/// Attaches everything that traces, or nothing, unless the user stops it.
pub(crate) fn attach(
    program: &ir::Program,
    loaded: &Loaded,
    machine: &Machine,
    (processes, mut progress): (&Processes<'_>, Progress<'_>),
) -> Result<Attached, Error> {
    let guard = given::guard(program, loaded, processes)?;
    let mut attached = Attached { guard, ..Attached::default() };
    scope::prepare(program, loaded, machine, (processes, &mut attached))?;
    for link in order::in_order(program, machine) {
        let target = Target {
            links: !machine.is_known_without(Feature::PerfLink),
            ..target(program, loaded, link, processes)
        };
        if let Attach::SystemCalls { steps, .. } = &link.attach {
            raw_tracepoint::fill(loaded, steps)?;
        }
        if progress.add(link.sites.len()) == Next::Stop {
            attached.is_stopped = true;
            break;
        }
        if let Attach::Iter { name, pid, pin: None } = &link.attach {
            attached.iterators.push(iterator::open(&target, (name, *pid))?);
            continue;
        }
        if let Some(given) = Given::of(program, link, (target.links, processes.child)) {
            attached.given.push(given);
            continue;
        }
        if let Attach::Breakpoint { address, length, mode, owner } = link.attach {
            let mut descriptors = Vec::new();
            breakpoint::attach(&target, (address, length, mode), owner, &mut descriptors)?;
            attached.watched.extend(descriptors.into_iter().map(|it| (address, it)));
            continue;
        }
        let left_out = one(&target, &link.attach, machine, &mut attached.descriptors)?;
        attached.left_out.extend(left_out);
        attached.is_slow |= is_slow(&link.attach);
    }
    Ok(attached)
}

/// Whether the kernel takes its time to detach it.
const fn is_slow(attach: &Attach) -> bool {
    match attach {
        Attach::Tracepoint { .. }
        | Attach::Kprobe { .. }
        | Attach::Trampoline { .. }
        | Attach::KprobeMulti { .. }
        | Attach::UprobeMulti { .. }
        | Attach::KprobeSession { .. }
        | Attach::UprobeSession { .. }
        | Attach::Uprobe { .. } => true,
        Attach::TestRun
        | Attach::RawTracepoint { .. }
        | Attach::SystemCalls { .. }
        | Attach::Iter { .. }
        | Attach::Breakpoint { .. }
        | Attach::WatchGiven(_)
        | Attach::Perf { .. } => false,
    }
}

/// Pins the iterators that are to outlive this process, and says so; whether there are any.
pub(crate) fn pin(
    program: &ir::Program,
    loaded: &Loaded,
    output: &mut dyn Output,
) -> Result<bool, Error> {
    let nobody = Processes { child: None, control_group: None };
    let mut any = false;
    for link in &program.links {
        if let Attach::Iter { name, pid, pin: Some(path) } = &link.attach {
            let target = target(program, loaded, link, &nobody);
            iterator::pin(&target, (name, *pid), path)?;
            let said = output.text("printf", &format!("Program pinned to {path}\n"));
            said.and_then(|()| output.flush()).map_err(Error::Output)?;
            any = true;
        }
    }
    Ok(any)
}

fn target<'run>(
    program: &'run ir::Program,
    loaded: &'run Loaded,
    link: &Link,
    processes: &Processes<'_>,
) -> Target<'run> {
    let site = program.sites.get(first(link));
    Target {
        links: true,
        program: loaded.programs[link.program].as_fd(),
        child: processes.child,
        cookies: link.sites.iter().map(|site| site.index() as u64).collect(),
        cookie: link.sites.first().map_or(0, |site| site.index() as u64),
        name: site.map_or("", |site| site.name.as_str()),
        span: site.map_or_else(Span::default, |site| site.span),
    }
}

fn first(link: &Link) -> SiteId {
    link.sites.first().copied().unwrap_or_else(|| SiteId::from_index(u32::MAX as usize))
}

/// What a mechanism must know of the attach point besides its own part.
struct Target<'run> {
    program: BorrowedFd<'run>,
    /// Perf events hold their programs by links, unless the kernel has none.
    links: bool,
    /// The process that `-c` starts.
    child: Option<u32>,
    /// What the program learns of who fired, where the kernel can tell it.
    cookie: u64,
    /// The same for each place of a link to many.
    cookies: Vec<u64>,
    /// The attach point's full name.
    name: &'run str,
    span: Span,
}

/// Attaches one link; what of it is left out, in words.
fn one(
    target: &Target<'_>,
    attach: &Attach,
    machine: &Machine,
    descriptors: &mut Vec<OwnedFd>,
) -> Result<Option<String>, Error> {
    if let Attach::Kprobe { function, offset, when, same_name } = attach {
        let (offset, when, same_name) = (*offset, *when, *same_name);
        let function = kprobe::Function { name: function, offset, when, same_name };
        return kprobe::attach(target, machine, &function, descriptors);
    }
    all_of(target, attach, machine, descriptors).map(|()| None)
}

fn all_of(
    target: &Target<'_>,
    attach: &Attach,
    machine: &Machine,
    descriptors: &mut Vec<OwnedFd>,
) -> Result<(), Error> {
    match attach {
        // Iterators are opened, not attached; watchpoints can be detached one by one; kprobes
        // were attached before.
        Attach::TestRun
        | Attach::Kprobe { .. }
        | Attach::Iter { .. }
        | Attach::Breakpoint { .. }
        | Attach::WatchGiven(_) => Ok(()),
        Attach::Tracepoint { category, event } => {
            tracepoint::attach(target, machine, (category, event), descriptors)
        }
        Attach::SystemCalls { when: When::Entry, .. } => {
            raw_tracepoint::attach(target, (machine, "sys_enter"), descriptors)
        }
        Attach::SystemCalls { when: When::Return, .. } => {
            raw_tracepoint::attach(target, (machine, "sys_exit"), descriptors)
        }
        Attach::RawTracepoint { name } => {
            raw_tracepoint::attach(target, (machine, name), descriptors)
        }
        Attach::Trampoline { function, .. } => {
            trampoline::attach(target, function, descriptors)
        }
        Attach::KprobeMulti { functions, when } => {
            multi::kprobes(target, functions, Calls::of(*when), descriptors)
        }
        Attach::UprobeMulti { binary, places, when, pid } => {
            multi::uprobes(target, (binary, places), (Calls::of(*when), *pid), descriptors)
        }
        Attach::KprobeSession { functions } => {
            multi::kprobes(target, functions, Calls::Both, descriptors)
        }
        Attach::UprobeSession { binary, places, pid } => {
            multi::uprobes(target, (binary, places), (Calls::Both, *pid), descriptors)
        }
        Attach::Uprobe { binary, place, when, pid, .. } => {
            let place = uprobe::Place { binary, place: *place, when: *when, pid: *pid };
            uprobe::attach(target, &place, descriptors)
        }
        Attach::Perf { kind, config, rate, cpus, pid } => {
            let event = perf::Sampling {
                kind: *kind,
                config: *config,
                rate: *rate,
                cpus: *cpus,
                pid: *pid,
            };
            perf::attach(target, &event, descriptors)
        }
    }
}

impl Target<'_> {
    /// Opens a perf event and makes it run the program.
    fn perf(&self, event: &PerfEvent, descriptors: &mut Vec<OwnedFd>) -> io::Result<()> {
        let event = ffi::perf_event_open(event)?;
        let link = self.links.then(|| ffi::link_perf(self.program, event.as_fd(), self.cookie));
        match link {
            Some(Ok(link)) => descriptors.push(link),
            Some(Err(error)) if error.raw_os_error() != Some(libc::EINVAL) => {
                return Err(error);
            }
            // Before 5.15 there were no such links: the event itself holds the program.
            None | Some(Err(_)) => ffi::perf_set_program(event.as_fd(), self.program)?,
        }
        descriptors.push(event);
        Ok(())
    }

    /// What a failure of attaching means.
    fn failed(&self, source: io::Error) -> Error {
        let what = format!("attaching to `{}`", self.name);
        let needs = [Capability::PERFMON, Capability::BPF];
        Error::from_refusal(what, &source, &needs).unwrap_or_else(|| Error::Attach {
            what: format!("`{}`", self.name),
            source,
            span: self.span,
        })
    }
}
