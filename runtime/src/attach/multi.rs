//! One link to many functions of the kernel, or to many instructions of a file.

use std::{io, os::fd::OwnedFd};

use ir::{FilePlace, When};

use super::Target;
use crate::{error::Error, ffi, kernel::split_archive};

/// Links to functions of the kernel.
pub(super) fn kprobes(
    target: &Target<'_>,
    (functions, when): (&[String], When),
    descriptors: &mut Vec<OwnedFd>,
) -> Result<(), Error> {
    let link = ffi::link_kprobes(target.program, functions, &target.cookies, when);
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
    (when, pid): (When, Option<u32>),
    descriptors: &mut Vec<OwnedFd>,
) -> Result<(), Error> {
    let (binary, _) = split_archive(binary);
    let link =
        ffi::link_uprobes(target.program, binary, (places, &target.cookies), (when, pid));
    let link = link.map_err(|error: io::Error| match (error.raw_os_error(), pid) {
        (Some(libc::ESRCH), Some(pid)) => Error::NoProcess { pid },
        _ => target.failed(error),
    })?;
    descriptors.push(link);
    Ok(())
}
