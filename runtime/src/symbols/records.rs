//! The kernel's records of what processes map, fork, execute and when they exit: a perf event
//! without samples on each CPU.

use std::{io, os::fd::RawFd};

use crate::{ffi, kernel::online_cpus, perf_ring::PerfRing};

/// Pages of one CPU's ring, a power of two. A record of a mapping takes about 150 bytes.
const PAGES: usize = 16;
/// `PERF_RECORD_*`
const COMM: u32 = 3;
const EXIT: u32 = 4;
const FORK: u32 = 7;
const MMAP2: u32 = 10;
/// `PERF_RECORD_MISC_COMM_EXEC`
const IS_EXEC: u16 = 1 << 13;
/// `PROT_EXEC`
const EXECUTABLE: u32 = 4;

/// Something that happened to a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Record {
    /// Part of a file was mapped to be executed.
    Map {
        /// In which process.
        process: u32,
        /// The first address.
        start: u64,
        /// In bytes.
        length: u64,
        /// Where in the file it starts.
        offset: u64,
        /// The file system's, as the kernel counts it.
        device: u32,
        /// The file's.
        inode: u64,
        /// The file's, as the process sees it.
        path: String,
    },
    /// It executes another program: all of its mappings are gone.
    Exec {
        /// Which.
        process: u32,
    },
    /// It was made by `parent`.
    Fork {
        /// The new one.
        process: u32,
        /// The old one.
        parent: u32,
    },
    /// Its last thread has ended.
    Exit {
        /// Which.
        process: u32,
    },
}

/// The rings of all CPUs.
#[derive(Debug)]
pub(crate) struct Records {
    rings: Vec<PerfRing>,
}

impl Records {
    /// Starts to record for all processes.
    ///
    /// # Errors
    ///
    /// Returns what the kernel says, usually that it is not allowed.
    pub(crate) fn open() -> io::Result<Self> {
        let ring = |cpu: u32| PerfRing::new(ffi::perf_records_open(cpu)?, PAGES);
        let rings = online_cpus().into_iter().map(ring).collect::<io::Result<_>>()?;
        Ok(Self { rings })
    }

    /// Readable when something has happened.
    pub(crate) fn descriptors(&self) -> impl Iterator<Item = RawFd> {
        self.rings.iter().map(PerfRing::descriptor)
    }

    /// What has happened since the last time, in order.
    pub(crate) fn take(&mut self) -> Vec<Record> {
        let mut all: Vec<(u64, Record)> = Vec::new();
        for ring in &self.rings {
            ring.drain(&mut |bytes| all.extend(parse(bytes)));
        }
        all.sort_by_key(|(time, _)| *time);
        all.into_iter().map(|(_, record)| record).collect()
    }
}

/// A record with its time, which is its last 8 bytes.
fn parse(bytes: &[u8]) -> Option<(u64, Record)> {
    let half = |at: usize| Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?));
    let word = |at: usize| Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?));
    let end = bytes.len().checked_sub(8)?;
    let misc = u16::from_le_bytes(*bytes.get(4..)?.first_chunk()?);
    let process = half(8)?;
    let record = match half(0)? {
        COMM if misc & IS_EXEC != 0 => Record::Exec { process },
        // A thread is a fork whose process is its parent's.
        FORK if process != half(12)? => Record::Fork { process, parent: half(12)? },
        EXIT if process == half(16)? => Record::Exit { process },
        MMAP2 if half(64)? & EXECUTABLE != 0 => {
            let path = bytes.get(72..end)?;
            let path = path.split(|byte| *byte == 0).next().unwrap_or_default();
            Record::Map {
                process,
                start: word(16)?,
                length: word(24)?,
                offset: word(32)?,
                device: half(40)? << 20 | half(44)?,
                inode: word(48)?,
                path: String::from_utf8_lossy(path).into_owned(),
            }
        }
        _ => return None,
    };
    Some((word(end)?, record))
}

#[cfg(test)]
mod tests {
    use super::{Record, parse};

    #[test]
    fn a_mapping_is_read() {
        let mut bytes = vec![10, 0, 0, 0, 2, 0, 96, 0];
        bytes.extend(7u32.to_le_bytes());
        bytes.extend(8u32.to_le_bytes());
        for word in [0x1000u64, 0x2000, 0x3000, 5, 99, 0] {
            bytes.extend(word.to_le_bytes());
        }
        bytes.extend(5u32.to_le_bytes());
        bytes.extend(2u32.to_le_bytes());
        bytes.extend(b"/bin/a b\0\0\0\0\0\0\0\0");
        bytes.extend(77u64.to_le_bytes());
        let record = Record::Map {
            process: 7,
            start: 0x1000,
            length: 0x2000,
            offset: 0x3000,
            device: 5 << 20,
            inode: 99,
            path: "/bin/a b".to_owned(),
        };
        assert_eq!(parse(&bytes), Some((77, record)));
        for cut in 0..bytes.len() - 8 {
            // Whatever is missing, nothing breaks.
            let _ = parse(&bytes[..cut]);
        }
    }
}
