//! One link to many functions of the kernel, or to many instructions of a file.

use std::{io, os::fd::OwnedFd};

use ir::FilePlace;

use super::Target;
use crate::{
    error::Error,
    ffi::{self, Calls},
    kernel::split_archive,
};

/// Links to functions of the kernel.
pub(super) fn kprobes(
    target: &Target<'_>,
    functions: &[String],
    calls: Calls,
    descriptors: &mut Vec<OwnedFd>,
) -> Result<(), Error> {
    let link =
        ffi::link_kprobes(target.program, functions, cookies(target, functions.len()), calls);
    let link = link.map_err(|error| match error.raw_os_error() {
        Some(libc::ESRCH) => Error::NoTarget {
            what: "one of the kernel functions that the pattern matches".to_owned(),
            help: Some("a module was unloaded just now: try again".to_owned()),
            span: target.span,
        },
        _ => target.failed(error),
    })?;
    descriptors.push(link);
    Ok(())
}

/// Links to instructions of a file.
pub(super) fn uprobes(
    target: &Target<'_>,
    (binary, places): (&str, &[FilePlace]),
    (calls, pid): (Calls, Option<u32>),
    descriptors: &mut Vec<OwnedFd>,
) -> Result<(), Error> {
    let (binary, _) = split_archive(binary);
    let cookies = cookies(target, places.len());
    let link = ffi::link_uprobes(target.program, binary, (places, cookies), (calls, pid));
    let link = link.map_err(|error: io::Error| match (error.raw_os_error(), pid) {
        (Some(libc::ESRCH), Some(pid)) => Error::NoProcess { pid },
        _ => target.failed(error),
    })?;
    descriptors.push(link);
    Ok(())
}

/// Those of a link to so many places: sessions have the sites of the returns behind them.
fn cookies<'run>(target: &'run Target<'_>, count: usize) -> &'run [u64] {
    target.cookies.get(..count).unwrap_or(&target.cookies)
}
