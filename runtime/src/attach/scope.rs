//! What limits tracing to some processes: before anything else is attached, the programs that
//! keep count of descendants are, and the maps that all programs ask are filled.

use std::{
    fs::File,
    os::fd::{AsFd, AsRawFd},
};

use diag::Span;
use ir::Forest;
use stdlib::Kernel;

use super::{Attached, Processes, Target, one};
use crate::{error::Error, ffi, forest, kernel::Machine, load::Loaded};

pub(super) fn prepare(
    program: &ir::Program,
    loaded: &Loaded,
    machine: &Machine,
    (processes, attached): (&Processes<'_>, &mut Attached),
) -> Result<(), Error> {
    if let (Some(map), Some(path)) = (program.control_group, processes.control_group) {
        let failed = |source| Error::System { what: "opening the control group", source };
        let group = File::open(path).map_err(failed)?;
        let value = group.as_raw_fd().to_ne_bytes();
        ffi::map_insert(loaded.maps[map].as_fd(), &[0; 4], &value).map_err(failed)?;
    }
    let Some(forest) = &program.forest else { return Ok(()) };
    let unsupported = |what: &str, help: &str| Error::Unsupported {
        what: what.to_owned(),
        help: help.to_owned(),
    };
    if machine.pid_namespace().is_some() {
        return Err(unsupported(
            "way to follow processes from inside of a process id namespace",
            "run hawk outside of the container, or in one with the host's process ids (`--pid=host`)",
        ));
    }
    if forest.keepers.len() < Forest::KEEPERS {
        return Err(unsupported(
            "way to tell of new processes: it has neither BTF nor tracepoints in tracefs",
            "mount tracefs: `mount -t tracefs none /sys/kernel/tracing`",
        ));
    }
    for (keeper, attach) in &forest.keepers {
        let target = Target {
            links: true,
            program: loaded.programs[*keeper].as_fd(),
            child: None,
            cookies: Vec::new(),
            cookie: 0,
            name: &program.programs[*keeper].name,
            span: Span::default(),
        };
        one(&target, attach, machine, &mut attached.descriptors)?;
        attached.is_slow |= matches!(attach, ir::Attach::Tracepoint { .. });
    }
    forest::fill(forest, loaded, processes.child)
}
