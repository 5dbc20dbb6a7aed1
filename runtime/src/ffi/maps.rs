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

/// Writes the value of `key`.
pub(crate) fn map_update(map: BorrowedFd<'_>, key: &[u8], value: &[u8]) -> io::Result<()> {
    let (key, value) = (key.as_ptr().cast(), value.as_ptr().cast());
    // SAFETY: callers pass a key of the map's key size and values for every CPU.
    check_libbpf(unsafe { sys::bpf_map_update_elem(map.as_raw_fd(), key, value, 0) }).map(drop)
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

/// Where a batched look-up stands, and room for what it finds.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    pub(crate) keys: Vec<u8>,
    pub(crate) values: Vec<u8>,
    /// The kernel's own mark: for hashes a bucket's number, for arrays a key.
    pub(crate) mark: Option<Vec<u8>>,
}

/// Reads up to `room` entries from where `batch` stands; how many there were, and whether there
/// may be more.
pub(crate) fn map_lookup_batch(
    map: BorrowedFd<'_>,
    batch: &mut Batch,
    room: u32,
) -> io::Result<(u32, bool)> {
    let mut count = room;
    let mut after = vec![0u8; batch.mark.as_ref().map_or(64, Vec::len)];
    let before = batch.mark.as_mut().map_or(ptr::null_mut(), |mark| mark.as_mut_ptr().cast());
    let size = mem::size_of::<sys::bpf_map_batch_opts>() as _;
    let options = sys::bpf_map_batch_opts { sz: size, ..Default::default() };
    let (keys, values) = (batch.keys.as_mut_ptr(), batch.values.as_mut_ptr());
    // SAFETY: callers give room for `room` keys and values (of every CPU); the mark takes 4 bytes
    // or a key, of which callers have at most 64 here (`maps::BATCH_KEY`).
    let result = unsafe {
        sys::bpf_map_lookup_batch(
            map.as_raw_fd(),
            before,
            after.as_mut_ptr().cast(),
            keys.cast(),
            values.cast(),
            &raw mut count,
            &raw const options,
        )
    };
    batch.mark = Some(after);
    match check_libbpf(result) {
        Ok(_) => Ok((count, true)),
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
