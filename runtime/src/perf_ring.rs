//! The ring of one perf event, read in place. It knows the kernel's protocol, not what records
//! mean.

use std::{
    io,
    os::fd::{AsFd, AsRawFd, OwnedFd, RawFd},
};

use crate::ffi::{self, Access, Mapping};

/// Where the ring's first page has its positions (`struct perf_event_mmap_page`).
const HEAD: usize = 1024;
const TAIL: usize = 1032;

/// A perf event and its ring.
#[derive(Debug)]
pub(crate) struct PerfRing {
    memory: Mapping,
    event: OwnedFd,
    size: usize,
}

impl PerfRing {
    /// Gives an event a ring of so many pages, a power of two.
    pub(crate) fn new(event: OwnedFd, pages: usize) -> io::Result<Self> {
        let page = ffi::page_size();
        let memory = Mapping::of_map(event.as_fd(), 0, (pages + 1) * page, Access::Write)?;
        Ok(Self { memory, event, size: pages * page })
    }

    /// Readable when the event's mark has been passed.
    pub(crate) fn descriptor(&self) -> RawFd {
        self.event.as_raw_fd()
    }

    /// Shows every record that is there now: `struct perf_event_header` and what follows it.
    pub(crate) fn drain(&self, see: &mut impl FnMut(&[u8])) {
        let (size, data) = (self.size, &self.memory.as_slice()[ffi::page_size()..]);
        let (head, mut tail) = (self.memory.load(HEAD), self.memory.load(TAIL));
        let mut whole = Vec::new();
        while tail < head {
            let at = tail as usize % size;
            // struct perf_event_header { u32 type; u16 misc; u16 size; }
            let length = usize::from(u16::from_le_bytes([data[at + 6], data[at + 7]]));
            if length < 8 {
                break;
            }
            let first = length.min(size - at);
            whole.clear();
            whole.extend_from_slice(&data[at..at + first]);
            whole.extend_from_slice(&data[..length - first]);
            see(&whole);
            tail += length as u64;
        }
        self.memory.store(TAIL, head);
    }
}
