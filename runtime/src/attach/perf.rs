//! Perf events that sample: clocks, software and hardware counters.

use std::os::fd::OwnedFd;

use ir::{Cpus, Rate};

use super::Target;
use crate::{
    error::Error,
    ffi::PerfEvent,
    kernel::{first_online_cpu, online_cpus},
};

/// What is sampled, how often and where.
pub(super) struct Sampling {
    pub(super) kind: u32,
    pub(super) config: u64,
    pub(super) rate: Rate,
    pub(super) cpus: Cpus,
    pub(super) pid: Option<u32>,
}

pub(super) fn attach(
    target: &Target<'_>,
    sampling: &Sampling,
    descriptors: &mut Vec<OwnedFd>,
) -> Result<(), Error> {
    let cpus: Vec<Option<u32>> = match (sampling.cpus, sampling.pid) {
        // An event of one process follows it from CPU to CPU.
        (Cpus::All, Some(_)) => vec![None],
        (Cpus::All, None) => online_cpus().into_iter().map(Some).collect(),
        (Cpus::First, _) => vec![Some(first_online_cpu())],
    };
    let (sample, by_frequency) = match sampling.rate {
        Rate::Hertz(rate) => (rate, true),
        Rate::Period(period) => (period, false),
    };
    let mut opened = 0;
    for cpu in cpus {
        let event = PerfEvent {
            kind: sampling.kind,
            config: sampling.config,
            sample,
            by_frequency,
            pid: sampling.pid,
            cpu,
            ..PerfEvent::default()
        };
        match target.perf(&event, descriptors) {
            Ok(()) => opened += 1,
            // The CPU went offline after it was listed.
            Err(error) if error.raw_os_error() == Some(libc::ENODEV) && opened > 0 => {}
            Err(error) => {
                return Err(match (error.raw_os_error(), sampling.pid) {
                    (Some(libc::ENOENT | libc::EOPNOTSUPP | libc::ENODEV), _) => {
                        Error::Unsupported {
                            what: format!(
                                "`{}`: this machine has no such counter",
                                target.name
                            ),
                            help: "virtual machines often have none; try `software:cpu-clock`"
                                .to_owned(),
                        }
                    }
                    (Some(libc::ESRCH), Some(pid)) => Error::NoProcess { pid },
                    _ => target.failed(error),
                });
            }
        }
    }
    Ok(())
}
