//! The event ring, read in place. It knows the kernel's protocol, not what records mean.
//!
//! Our own reader, and not libbpf's, because a drain must be able to end where the ring stood when
//! it began: behind a flood, libbpf's would not come back.

use std::{io, os::fd::BorrowedFd};

use crate::ffi::{self, Access, Mapping};

/// Set in a record's length while the program still writes it.
const BUSY: u32 = 1 << 31;
/// Set when the program took the record back.
const DISCARD: u32 = 1 << 30;
/// A record's length and its distance to the ring's first page.
const HEADER: u64 = 8;
/// After so many bytes the programs are told that there is room again.
const RELEASE: u64 = 64 * 1024;

/// The reading end of a `BPF_MAP_TYPE_RINGBUF`.
#[derive(Debug)]
pub(crate) struct Ring {
    consumer: Mapping,
    producer: Mapping,
    page: usize,
    size: u64,
    position: u64,
}

/// Why a drain came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Drained {
    /// It has read as far as the ring went when it began.
    All,
    /// A program is still writing the next record.
    Busy,
}

impl Ring {
    /// Maps a ring of `size` bytes: its consumer's page, then its producer's, then the data twice
    /// in a row, so that no record is ever broken.
    pub(crate) fn new(map: BorrowedFd<'_>, size: u32) -> io::Result<Self> {
        let page = ffi::page_size();
        let consumer = Mapping::of_map(map, 0, page, Access::Write)?;
        let length = page + 2 * size as usize;
        let producer = Mapping::of_map(map, page, length, Access::Read)?;
        let position = consumer.load(0);
        Ok(Self { consumer, producer, page, size: u64::from(size), position })
    }

    /// Bytes of the ring.
    pub(crate) const fn size(&self) -> u64 {
        self.size
    }

    /// Bytes that have not been read yet.
    pub(crate) fn filled(&self) -> u64 {
        self.producer.load(0).saturating_sub(self.position)
    }

    /// Reads every record that is there now. After an error of `see` the record that caused it
    /// counts as read.
    pub(crate) fn drain<E>(
        &mut self,
        mut see: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<Drained, E> {
        let end = self.producer.load(0);
        let mut released = self.position;
        let mut result = Ok(Drained::All);
        while self.position < end {
            let at = self.page + (self.position & (self.size - 1)) as usize;
            let header = self.producer.load(at) as u32;
            if header & BUSY != 0 {
                result = Ok(Drained::Busy);
                break;
            }
            let length = u64::from(header & !DISCARD);
            let start = at + HEADER as usize;
            let record = self.producer.as_slice().get(start..start + length as usize);
            self.position += (HEADER + length).next_multiple_of(8);
            if header & DISCARD == 0
                && let Some(record) = record
                && let Err(error) = see(record)
            {
                result = Err(error);
                break;
            }
            if self.position - released >= RELEASE {
                self.consumer.store(0, self.position);
                released = self.position;
            }
        }
        if self.position != released {
            self.consumer.store(0, self.position);
        }
        result
    }
}
