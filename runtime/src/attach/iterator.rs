//! Kernel iterators: a file, and reading it runs the program for each thing it meets.

use std::{fs, io, os::fd::OwnedFd, path::Path};

use super::Target;
use crate::{
    error::Error,
    ffi::{self, Over},
};

/// Opens the iterator that the program is bound to.
pub(super) fn open(
    target: &Target<'_>,
    (name, pid): (&str, Option<u32>),
) -> Result<OwnedFd, Error> {
    let link = ffi::link_iterator(target.program, over(name, pid));
    link.map_err(|error| refused(target, name, error))
}

/// The kernel wants to be told where to begin with control groups.
fn over(name: &str, pid: Option<u32>) -> Over {
    match pid {
        Some(pid) => Over::Process(pid),
        None if name == "cgroup" => Over::Groups,
        None => Over::All,
    }
}

fn refused(target: &Target<'_>, name: &str, error: io::Error) -> Error {
    if error.raw_os_error() != Some(libc::EBADF) {
        return target.failed(error);
    }
    Error::NoTarget {
        what: format!("map for `iter:{name}`, which goes over one"),
        help: Some("`bpftool map dump` prints maps of other programs".to_owned()),
        span: target.span,
    }
}

/// Keeps the iterator at `path` for others to read.
pub(super) fn pin(
    target: &Target<'_>,
    (name, pid): (&str, Option<u32>),
    path: &str,
) -> Result<(), Error> {
    ffi::pin_iterator(target.program, over(name, pid), path).map_err(|error| {
        let folder = Path::new(path).parent().unwrap_or(Path::new("/"));
        let what = format!("way to pin to `{path}`: {error}");
        let help = match error.raw_os_error() {
            Some(libc::EEXIST) => format!("remove what is there: `rm {path}`"),
            Some(libc::ENOENT) if !is_mounted(folder) => MOUNT.to_owned(),
            Some(libc::ENOENT) => format!("make its folder: `mkdir -p {}`", folder.display()),
            Some(libc::EPERM) if folder.is_dir() && !is_mounted(folder) => MOUNT.to_owned(),
            _ => return refused(target, name, error),
        };
        Error::NoTarget { what, help: Some(help), span: target.span }
    })
}

const MOUNT: &str =
    "only a file system of BPF objects takes it: `mount -t bpf none /sys/fs/bpf`";

/// Whether a folder is below where a file system of BPF objects is mounted.
fn is_mounted(folder: &Path) -> bool {
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    mounts.lines().any(|line| {
        let mut words = line.split(' ').skip(1);
        let place = words.next().unwrap_or_default();
        words.next() == Some("bpf") && folder.starts_with(place)
    })
}
