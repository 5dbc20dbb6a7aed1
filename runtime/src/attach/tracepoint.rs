//! A perf event on a tracepoint.

use std::os::fd::OwnedFd;

use stdlib::Kernel;

use super::Target;
use crate::{
    error::Error,
    ffi::PerfEvent,
    kernel::{Machine, first_online_cpu},
};

/// `PERF_TYPE_TRACEPOINT`
const TRACEPOINT: u32 = 2;

pub(super) fn attach(
    target: &Target<'_>,
    machine: &Machine,
    (category, event): (&str, &str),
    descriptors: &mut Vec<OwnedFd>,
) -> Result<(), Error> {
    let missing = |help: Option<String>| Error::NoTarget {
        what: format!("tracepoint `{category}:{event}`"),
        help,
        span: target.span,
    };
    let format = machine.tracepoint_format(category, event).map_err(|why| {
        missing(Some(format!("{}: {}", why.problem, why.help.unwrap_or_default())))
    })?;
    let format = format.ok_or_else(|| missing(None))?;
    // The program hangs on the event and not on the CPU that it is opened for: it runs wherever
    // the tracepoint is met.
    let event = PerfEvent {
        kind: TRACEPOINT,
        config: u64::from(format.id),
        // An event that is on is counted after the program: 250 ns on its CPU.
        disabled: true,
        cpu: Some(first_online_cpu()),
        ..PerfEvent::default()
    };
    target.perf(&event, descriptors).map_err(|error| target.failed(error))
}
