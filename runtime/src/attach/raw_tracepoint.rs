//! `BPF_RAW_TRACEPOINT_OPEN`.

use std::{
    io,
    os::fd::{AsFd, AsRawFd, OwnedFd},
};

use ir::{MapId, ProgramId};
use stdlib::{Feature, Kernel};

use super::Target;
use crate::{error::Error, ffi, kernel::Machine, load::Loaded};

/// Fills the tables from which programs of system calls go on.
pub(super) fn fill(loaded: &Loaded, steps: &[(MapId, u16, ProgramId)]) -> Result<(), Error> {
    for (table, number, program) in steps {
        let key = u32::from(*number).to_ne_bytes();
        let program = loaded.programs[*program].as_raw_fd().to_ne_bytes();
        ffi::map_insert(loaded.maps[*table].as_fd(), &key, &program).map_err(|source| {
            Error::System { what: "filling the table of system calls", source }
        })?;
    }
    Ok(())
}

/// A tracepoint that doesn't exist is [`Error::NoTarget`], so that the caller can choose another
/// mechanism.
pub(super) fn attach(
    target: &Target<'_>,
    (machine, name): (&Machine, &str),
    descriptors: &mut Vec<OwnedFd>,
) -> Result<(), Error> {
    let takes_cookie = target.cookie != 0 && machine.has(Feature::RawCookie);
    let cookie = if takes_cookie { target.cookie } else { 0 };
    match ffi::raw_tracepoint_open(target.program, name, cookie) {
        Ok(link) => descriptors.push(link),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(Error::NoTarget {
                what: format!("raw tracepoint `{name}`"),
                help: Some(format!("`hawk -l 'rawtracepoint:*{name}*'` lists similar ones")),
                span: target.span,
            });
        }
        // The kernel knows how many arguments the tracepoint has.
        Err(error) if error.raw_os_error() == Some(libc::EINVAL) => {
            return Err(Error::Attach {
                what: format!("`{}`, which has fewer arguments than are read", target.name),
                source: error,
                span: target.span,
            });
        }
        Err(error) => return Err(target.failed(error)),
    }
    Ok(())
}
