//! Members of ZIP archives, as Android's packages keep libraries: stored as they are, so that the
//! kernel maps them from there.

use std::ops::Range;

use object::ReadRef;

/// What separates the archive's path from the member's.
const SEPARATOR: &str = "!/";

/// Archive and member of `x.apk!/lib/y.so`; any other path is a file of its own.
pub(crate) fn split(path: &str) -> (&str, Option<&str>) {
    match path.split_once(SEPARATOR) {
        Some((archive, member)) => (archive, Some(member)),
        None => (path, None),
    }
}

/// The path that [`split`] takes apart.
pub(crate) fn join(archive: &str, member: &str) -> String {
    format!("{archive}{SEPARATOR}{member}")
}

/// What archives begin with.
pub(crate) const MAGIC: &[u8] = b"PK\x03\x04";

/// A file in an archive.
#[derive(Debug)]
pub(crate) struct Member<'d> {
    /// Its path in there.
    pub(crate) name: &'d [u8],
    /// Whether it is stored as it is.
    pub(crate) is_stored: bool,
    /// Where its content is.
    pub(crate) range: Range<u64>,
}

/// The members of an archive; none if it is damaged, or no archive.
pub(crate) fn members<'d>(archive: impl ReadRef<'d>) -> Option<Vec<Member<'d>>> {
    let length = archive.len().ok()?;
    // The end of the central directory: 22 bytes before a comment of at most 64 KiB.
    let last = length.saturating_sub(22 + 0xffff);
    let tail = archive.read_bytes_at(last, length - last).ok()?;
    let end = tail.get(memchr::memmem::rfind(tail, b"PK\x05\x06")?..)?;
    let mut at = word(end, 16)?;
    let mut members = Vec::new();
    for _ in 0..short(end, 10)? {
        let head = archive.read_bytes_at(at, 46).ok()?;
        let name_size = short(head, 28)?;
        let name = archive.read_bytes_at(at + 46, name_size).ok()?;
        let (size, start) = (word(head, 20)?, word(head, 42)?);
        let local = archive.read_bytes_at(start, 30).ok()?;
        let start = start + 30 + short(local, 26)? + short(local, 28)?;
        let range = start..start + size;
        if range.end > length {
            return None;
        }
        members.push(Member { name, is_stored: short(head, 10)? == 0, range });
        at += 46 + name_size + short(head, 30)? + short(head, 32)?;
    }
    Some(members)
}

fn short(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?).into())
}

fn word(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?).into())
}

/// Where the content of `member` is in the archive; why it can't be traced otherwise.
pub(super) fn stored(archive: &[u8], member: &str) -> Result<Range<usize>, &'static str> {
    let members = members(archive).ok_or("the archive is damaged, or no ZIP archive")?;
    let found = members.into_iter().find(|found| found.name == member.as_bytes());
    let found = found.ok_or("the archive has no such member")?;
    if !found.is_stored {
        return Err("it is compressed, so that the kernel cannot map it");
    }
    Ok(found.range.start as usize..found.range.end as usize)
}
