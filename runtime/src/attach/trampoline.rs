//! A call that the kernel makes at a function's entry or return: the program knows where.

use std::os::fd::OwnedFd;

use super::Target;
use crate::{error::Error, ffi};

pub(super) fn attach(
    target: &Target<'_>,
    function: &str,
    descriptors: &mut Vec<OwnedFd>,
) -> Result<(), Error> {
    let link =
        ffi::attach_bound(target.program).map_err(|error| match error.raw_os_error() {
            Some(libc::E2BIG) => Error::NoTarget {
                what: format!(
                    "more programs on `{function}`: it has as many as the kernel allows"
                ),
                help: Some("end other tracers, or probe a function that calls it".to_owned()),
                span: target.span,
            },
            Some(libc::EINVAL | libc::EOPNOTSUPP | libc::EBUSY) => Error::NoTarget {
                what: format!("probe possible on `{function}`"),
                help: Some(
                    "the kernel does not let it be traced; probe a function that calls it"
                        .to_owned(),
                ),
                span: target.span,
            },
            _ => target.failed(error),
        })?;
    descriptors.push(link);
    Ok(())
}
