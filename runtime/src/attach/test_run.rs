//! Runs a program once, without any event (5.10).

use std::os::fd::AsFd;

use ir::ProgramId;

use crate::{
    error::{Capability, Error},
    ffi,
    load::Loaded,
};

/// Runs `program` once; what it returned.
pub(crate) fn run(loaded: &Loaded, program: ProgramId, name: &str) -> Result<u32, Error> {
    let what = format!("running `{name}`");
    match ffi::test_run(loaded.programs[program].as_fd()) {
        Ok(returned) => Ok(returned),
        Err(error) => {
            let needs = [Capability::BPF, Capability::PERFMON];
            Err(Error::from_refusal(what, &error, &needs)
                .unwrap_or(Error::System { what: "running a probe once", source: error }))
        }
    }
}
