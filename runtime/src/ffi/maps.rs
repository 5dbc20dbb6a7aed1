//! BPF maps.

use std::{
    io, mem,
    os::fd::{AsRawFd, BorrowedFd},
    ptr,
};

use libbpf_rs::libbpf_sys as sys;

use super::check_libbpf;

/// Reads the value of `key`.
pub(crate) fn map_lookup(map: BorrowedFd<'_>, key: &[u8], value: &mut [u8]) -> io::Result<()> {
    let value = value.as_mut_ptr().cast();
    // SAFETY: callers pass a key of the map's key size and room for its value on every CPU.
    let result =
        unsafe { sys::bpf_map_lookup_elem(map.as_raw_fd(), key.as_ptr().cast(), value) };
    check_libbpf(result).map(drop)
}

/// Writes the value of `key`, which must exist.
pub(crate) fn map_replace(map: BorrowedFd<'_>, key: &[u8], value: &[u8]) -> io::Result<()> {
    map_write(map, key, value, sys::BPF_EXIST)
}

/// Writes the value of `key`, whether it exists or not.
pub(crate) fn map_insert(map: BorrowedFd<'_>, key: &[u8], value: &[u8]) -> io::Result<()> {
    map_write(map, key, value, sys::BPF_ANY)
}

fn map_write(map: BorrowedFd<'_>, key: &[u8], value: &[u8], flags: u32) -> io::Result<()> {
    let (key, value, flags) = (key.as_ptr().cast(), value.as_ptr().cast(), u64::from(flags));
    // SAFETY: callers pass a key of the map's key size and values for every CPU.
    let result = unsafe { sys::bpf_map_update_elem(map.as_raw_fd(), key, value, flags) };
    check_libbpf(result).map(drop)
}

/// Removes `key`.
pub(crate) fn map_delete(map: BorrowedFd<'_>, key: &[u8]) -> io::Result<()> {
    // SAFETY: callers pass a key of the map's key size.
    let result = unsafe { sys::bpf_map_delete_elem(map.as_raw_fd(), key.as_ptr().cast()) };
    check_libbpf(result).map(drop)
}

/// Writes the key after `key` (or the first) to `next`; whether there is one.
pub(crate) fn map_next_key(
    map: BorrowedFd<'_>,
    key: Option<&[u8]>,
    next: &mut [u8],
) -> io::Result<bool> {
    let key = key.map_or(ptr::null(), |key| key.as_ptr().cast());
    let next = next.as_mut_ptr().cast();
    // SAFETY: callers pass keys of the map's key size; a null key asks for the first.
    match check_libbpf(unsafe { sys::bpf_map_get_next_key(map.as_raw_fd(), key, next) }) {
        Ok(_) => Ok(true),
        Err(error) if error.raw_os_error() == Some(libc::ENOENT) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Where a batched look-up stands: a bucket's number in hashes, a key in arrays. Both have 4 bytes.
pub(crate) type Mark = [u8; 8];

/// Reads up to `room` entries from `mark` on and moves it; how many there were, and whether there
/// may be more.
pub(crate) fn map_lookup_batch(
    map: BorrowedFd<'_>,
    mark: &mut Option<Mark>,
    keys: &mut [u8],
    values: &mut [u8],
    room: u32,
) -> io::Result<(u32, bool)> {
    let mut count = room;
    let mut after = Mark::default();
    let before = mark.as_mut().map_or(ptr::null_mut(), |mark| mark.as_mut_ptr().cast());
    let size = mem::size_of::<sys::bpf_map_batch_opts>() as _;
    let options = sys::bpf_map_batch_opts { sz: size, ..Default::default() };
    // SAFETY: callers give room for `room` keys and values (of every CPU), and pass hashes and
    // arrays only, whose marks fit.
    let result = unsafe {
        sys::bpf_map_lookup_batch(
            map.as_raw_fd(),
            before,
            after.as_mut_ptr().cast(),
            keys.as_mut_ptr().cast(),
            values.as_mut_ptr().cast(),
            &raw mut count,
            &raw const options,
        )
    };
    match check_libbpf(result) {
        Ok(_) => {
            *mark = Some(after);
            Ok((count, true))
        }
        Err(error) if error.raw_os_error() == Some(libc::ENOENT) => Ok((count, false)),
        Err(error) => Err(error),
    }
}

/// The number by which the kernel calls a map.
pub(crate) fn map_id(map: BorrowedFd<'_>) -> io::Result<u32> {
    let mut length = mem::size_of::<sys::bpf_map_info>() as u32;
    let mut info = sys::bpf_map_info::default();
    let fd = map.as_raw_fd();
    // SAFETY: `info` is `length` bytes long.
    check_libbpf(unsafe { sys::bpf_map_get_info_by_fd(fd, &raw mut info, &raw mut length) })?;
    Ok(info.id)
}
