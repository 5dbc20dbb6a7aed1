//! Packets that programs copy out, written to pcap files: the classic format with nanoseconds,
//! whose packets begin with the header of the internet protocol (`LINKTYPE_RAW`).

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    os::fd::{AsFd, AsRawFd, OwnedFd, RawFd},
    path::Path,
};

use ir::{Captures, IdVec, MapId};

use crate::{error::Error, ffi, kernel::online_cpus, perf_ring::PerfRing};

/// Pages of one CPU's ring, a power of two: 2 MiB, a thousand packets of an ethernet.
const PAGES: usize = 512;
/// After so many bytes the reader is woken, a quarter of the ring.
const MARK: u32 = 512 * 1024;
/// `PERF_RECORD_SAMPLE`
const SAMPLE: u32 = 9;
/// The first four bytes of a file whose times have nanoseconds.
const MAGIC: u32 = 0xa1b2_3c4d;
/// `LINKTYPE_RAW`
const RAW: u32 = 101;
const SECOND: i128 = 1_000_000_000;
/// Nanoseconds after which a packet is surely in its ring: programs take the time before they copy
/// the packet, and may be interrupted between the two.
const SETTLING: u64 = 10_000_000;

/// The files, and the rings that packets come by.
#[derive(Debug)]
pub(crate) struct Packets {
    rings: Vec<PerfRing>,
    files: Vec<BufWriter<File>>,
    paths: Vec<String>,
    /// What has come but isn't written: an earlier packet may still be on its way on another CPU.
    held: Vec<Held>,
}

/// A packet, and its time in nanoseconds since 1970.
type Held = (Packet, i128);

/// What a program has sent.
#[derive(Debug, PartialEq, Eq)]
struct Packet {
    moment: u64,
    file: usize,
    length: u32,
    bytes: Vec<u8>,
}

impl Packets {
    /// Makes the files and opens the rings, if the program writes any packets.
    pub(crate) fn open(
        program: &ir::Program,
        maps: &IdVec<MapId, OwnedFd>,
    ) -> Result<Option<Self>, Error> {
        let Some(captures) = &program.captures else { return Ok(None) };
        let files =
            captures.files.iter().map(|path| create(path).map_err(|it| named(path, &it)));
        let files = files.collect::<io::Result<Vec<_>>>().map_err(Error::Output)?;
        let map = maps[captures.map].as_fd();
        let ring = |cpu: u32| {
            let event = ffi::perf_samples_open(cpu, MARK)?;
            ffi::map_insert(map, &cpu.to_ne_bytes(), &event.as_raw_fd().to_ne_bytes())?;
            PerfRing::new(event, PAGES)
        };
        let rings = online_cpus().into_iter().map(ring).collect::<io::Result<_>>();
        let what = "opening the rings that packets come by";
        let rings = rings.map_err(|source| Error::System { what, source })?;
        Ok(Some(Self { rings, files, paths: captures.files.clone(), held: Vec::new() }))
    }

    /// Readable when a ring is well filled.
    pub(crate) fn descriptors(&self) -> impl Iterator<Item = RawFd> {
        self.rings.iter().map(PerfRing::descriptor)
    }

    /// Writes what has come, in the order of time. `wall` tells the wall clock's nanoseconds since
    /// 1970 at a moment of the boot clock.
    pub(crate) fn drain(&mut self, wall: impl Fn(u64) -> i128) -> io::Result<()> {
        // Rings are read one after the other: what comes meanwhile waits for the next time.
        let until = ffi::boot_time().saturating_sub(SETTLING);
        let held = &mut self.held;
        for ring in &self.rings {
            ring.drain(&mut |record| {
                held.extend(parse(record).map(|packet| {
                    let time = wall(packet.moment);
                    (packet, time)
                }));
            });
        }
        self.write_before(until)
    }

    /// Writes what is still held back.
    pub(crate) fn finish(&mut self) -> io::Result<()> {
        self.write_before(u64::MAX)
    }

    fn write_before(&mut self, until: u64) -> io::Result<()> {
        let packets = take_before(&mut self.held, until);
        for (packet, time) in &packets {
            if let Some(file) = self.files.get_mut(packet.file) {
                write(file, packet, *time)
                    .map_err(|error| named(&self.paths[packet.file], &error))?;
            }
        }
        if packets.is_empty() {
            return Ok(());
        }
        // Whoever looks at a file while it grows sees whole packets.
        let mut files = self.files.iter_mut().zip(&self.paths);
        files.try_for_each(|(file, path)| file.flush().map_err(|error| named(path, &error)))
    }
}

impl Drop for Packets {
    /// A run that ended by an error, standard output closed for one, has its packets too.
    fn drop(&mut self) {
        let _ = self.finish();
    }
}

/// Takes the packets of before a moment of the boot clock, in the order of time.
fn take_before(held: &mut Vec<Held>, until: u64) -> Vec<Held> {
    held.sort_by_key(|(packet, _)| packet.moment);
    let count = held.partition_point(|(packet, _)| packet.moment < until);
    held.drain(..count).collect()
}

fn named(path: &str, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{path}: {error}"))
}

/// A file with the header of all.
fn create(path: impl AsRef<Path>) -> io::Result<BufWriter<File>> {
    let mut file = BufWriter::new(File::create(path)?);
    // Version 2.4, times in UTC.
    let words = [MAGIC, 2 | 4 << 16, 0, 0, Captures::LONGEST, RAW];
    words.iter().try_for_each(|word| file.write_all(&word.to_ne_bytes()))?;
    file.flush()?;
    Ok(file)
}

fn write(file: &mut impl Write, packet: &Packet, moment: i128) -> io::Result<()> {
    let (seconds, nanoseconds) = (moment.div_euclid(SECOND), moment.rem_euclid(SECOND));
    let words = [seconds as u32, nanoseconds as u32, packet.bytes.len() as u32, packet.length];
    words.iter().try_for_each(|word| file.write_all(&word.to_ne_bytes()))?;
    file.write_all(&packet.bytes)
}

/// A record of the ring: `struct perf_event_header`, the size of what follows (`u32`), and that.
fn parse(record: &[u8]) -> Option<Packet> {
    let half = |at: usize| Some(u32::from_ne_bytes(*record.get(at..)?.first_chunk()?));
    if half(0)? != SAMPLE {
        return None;
    }
    let sent = record.get(12..)?;
    let half = |at: i32| Some(u32::from_ne_bytes(*sent.get(at as usize..)?.first_chunk()?));
    let moment = sent.get(Captures::MOMENT as usize..)?.first_chunk()?;
    let (first, end) = (half(Captures::SKIPPED)? as usize, half(Captures::SENT)? as usize);
    let bytes = sent.get(Captures::HEADER as usize..)?;
    Some(Packet {
        moment: u64::from_ne_bytes(*moment),
        file: half(Captures::FILE)? as usize,
        length: half(Captures::LENGTH)?,
        bytes: bytes.get(first..end).unwrap_or_default().to_vec(),
    })
}

#[cfg(test)]
mod tests {
    use super::{Packet, parse, take_before, write};

    /// A sample as the kernel writes it: 20 bytes of a packet of 1,000, of which 14 are left out.
    fn record() -> Vec<u8> {
        let mut record = vec![9, 0, 0, 0, 0, 0, 64, 0];
        record.extend(52u32.to_ne_bytes());
        record.extend(77u64.to_ne_bytes());
        for half in [1u32, 14, 986, 20] {
            record.extend(half.to_ne_bytes());
        }
        record.extend(100..120);
        record.extend([0; 8]);
        record
    }

    #[test]
    fn a_sample_is_read() {
        let bytes = (114..120).collect();
        let packet = Packet { moment: 77, file: 1, length: 986, bytes };
        assert_eq!(parse(&record()), Some(packet));
        for cut in 0..record().len() {
            // Whatever is missing, nothing breaks.
            let _ = parse(&record()[..cut]);
        }
        // A note that samples were lost: programs count those themselves.
        let mut other = record();
        other[0] = 2;
        assert_eq!(parse(&other), None);
    }

    #[test]
    fn a_later_packet_waits_for_earlier_ones_of_other_rings() {
        let held = |moment| (Packet { moment, file: 0, length: 0, bytes: Vec::new() }, 0);
        let moments = |taken: Vec<super::Held>| -> Vec<u64> {
            taken.iter().map(|(packet, _)| packet.moment).collect()
        };
        // The second ring was read after the moment 10.
        let mut all: Vec<_> = [3, 8, 5, 12].map(held).into();
        assert_eq!(moments(take_before(&mut all, 10)), [3, 5, 8]);
        // What had come to the first ring by then.
        all.push(held(11));
        assert_eq!(moments(take_before(&mut all, 12)), [11]);
        assert_eq!(moments(take_before(&mut all, u64::MAX)), [12]);
        assert_eq!(all, []);
    }

    #[test]
    fn a_packet_is_written_with_its_time_and_its_lengths() {
        let packet = Packet { moment: 77, file: 0, length: 986, bytes: vec![7, 8] };
        let mut file = Vec::new();
        write(&mut file, &packet, 3_000_000_005).unwrap();
        let words = [3u32, 5, 2, 986].map(u32::to_ne_bytes).concat();
        assert_eq!(file, [words, vec![7, 8]].concat());
    }
}
