//! A perf event on an instruction of a file, in every process that maps it or in one.

use std::os::fd::OwnedFd;

use ir::{FilePlace, When};

use super::{
    Target,
    kprobe::{pmu, return_bit},
};
use crate::{
    error::Error,
    ffi::PerfEvent,
    kernel::{first_online_cpu, split_archive},
};

/// An instruction of a file.
pub(super) struct Place<'run> {
    pub(super) binary: &'run str,
    pub(super) place: FilePlace,
    pub(super) when: When,
    pub(super) pid: Option<u32>,
}

pub(super) fn attach(
    target: &Target<'_>,
    place: &Place<'_>,
    descriptors: &mut Vec<OwnedFd>,
) -> Result<(), Error> {
    let Some(kind) = pmu("uprobe", "type") else {
        return Err(Error::Unsupported {
            what: "uprobes (CONFIG_UPROBE_EVENTS is off)".to_owned(),
            help: "use a kernel that has them".to_owned(),
        });
    };
    let event = PerfEvent {
        kind,
        // See the tracepoint's.
        disabled: true,
        config: semaphore(place.place)
            | match place.when {
                When::Entry => 0,
                When::Return => return_bit("uprobe"),
            },
        text: Some(split_archive(place.binary).0.to_owned()),
        offset: place.place.offset,
        pid: place.pid,
        // An event of one process follows it from CPU to CPU.
        cpu: place.pid.is_none().then(first_online_cpu),
        ..PerfEvent::default()
    };
    target.perf(&event, descriptors).map_err(|error| match (error.raw_os_error(), place.pid) {
        (Some(libc::ESRCH), Some(pid)) => Error::NoProcess { pid },
        _ => target.failed(error),
    })
}

/// `PERF_UPROBE_REF_CTR_OFFSET_SHIFT`: the upper half is the place of the counter.
const fn semaphore(place: FilePlace) -> u64 {
    place.semaphore << 32
}
