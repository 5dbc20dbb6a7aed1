//! Kernel iterators: a file, and reading it runs the program for each thing it meets.

use std::os::fd::OwnedFd;

use super::Target;
use crate::{error::Error, ffi};

/// Opens the iterator that the program is bound to.
pub(super) fn open(target: &Target<'_>, pid: Option<u32>) -> Result<OwnedFd, Error> {
    ffi::link_iterator(target.program, pid).map_err(|error| target.failed(error))
}
