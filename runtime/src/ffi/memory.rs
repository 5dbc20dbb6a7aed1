//! Memory that is mapped from files and BPF maps.

use std::{
    ffi::{c_int, c_void},
    fs::File,
    io,
    os::fd::{AsFd, AsRawFd, BorrowedFd},
    ptr::{self, NonNull},
    sync::atomic::{AtomicU64, Ordering},
};

/// Bytes of a page.
pub(crate) fn page_size() -> usize {
    // SAFETY: takes a number and reads a constant of the machine.
    usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap_or(4096)
}

/// A file in memory, without a name.
pub(crate) fn memory_file() -> io::Result<File> {
    // SAFETY: reads a C string.
    let file = unsafe { libc::memfd_create(c"hawk".as_ptr(), libc::MFD_CLOEXEC) };
    super::check(file).map(super::owned).map(File::from)
}

/// Memory that is mapped from a file or a BPF map; unmapped when dropped.
#[derive(Debug)]
pub(crate) struct Mapping {
    start: NonNull<c_void>,
    length: usize,
}

impl Mapping {
    /// Maps a whole file for reading. What is cut off it meanwhile is read as zeros.
    pub(crate) fn of_file(file: &File) -> io::Result<Self> {
        let length = file.metadata()?.len() as usize;
        super::survive_cut_files();
        Self::new(file.as_fd(), length, 0, libc::PROT_READ, libc::MAP_PRIVATE)
    }

    /// Maps part of a BPF map that the kernel shares.
    pub(crate) fn of_map(
        map: BorrowedFd<'_>,
        offset: usize,
        length: usize,
        access: Access,
    ) -> io::Result<Self> {
        let protection = match access {
            Access::Read => libc::PROT_READ,
            Access::Write => libc::PROT_READ | libc::PROT_WRITE,
        };
        Self::new(map, length, offset, protection, libc::MAP_SHARED)
    }

    fn new(
        fd: BorrowedFd<'_>,
        length: usize,
        offset: usize,
        protection: c_int,
        flags: c_int,
    ) -> io::Result<Self> {
        let (fd, offset) = (fd.as_raw_fd(), offset as libc::off_t);
        // SAFETY: a new mapping at an address that the kernel chooses touches no memory in use.
        let start =
            unsafe { libc::mmap(ptr::null_mut(), length, protection, flags, fd, offset) };
        match NonNull::new(start) {
            Some(start) if start.as_ptr() != libc::MAP_FAILED => Ok(Self { start, length }),
            Some(_) | None => Err(io::Error::last_os_error()),
        }
    }

    /// All of it.
    pub(crate) fn as_slice(&self) -> &[u8] {
        // SAFETY: the mapping is that long, readable (where a file was cut short, by `bus`), and lives
        // as long as `self`. Records that were submitted are not written meanwhile; of a file that
        // is, nothing is taken for certain that was not looked at since.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr().cast(), self.length) }
    }

    fn word(&self, offset: usize) -> Option<&AtomicU64> {
        if !offset.is_multiple_of(8) || offset + 8 > self.length {
            return None;
        }
        // SAFETY: within the mapping and aligned (mappings start at a page); other writers are
        // the kernel's programs, which write whole words.
        Some(unsafe { AtomicU64::from_ptr(self.start.as_ptr().byte_add(offset).cast()) })
    }

    /// The `u64` at `offset`, with everything that was written before it; 0 outside.
    pub(crate) fn load(&self, offset: usize) -> u64 {
        self.word(offset).map_or(0, |word| word.load(Ordering::Acquire))
    }

    /// Stores a `u64` at `offset`, after everything that was read before. Only for mappings that
    /// were made for writing.
    pub(crate) fn store(&self, offset: usize, value: u64) {
        if let Some(word) = self.word(offset) {
            word.store(value, Ordering::SeqCst);
        }
    }
}

/// What a mapping of a BPF map is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    Write,
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: this very mapping, which no reference outlives.
        unsafe { libc::munmap(self.start.as_ptr(), self.length) };
    }
}
