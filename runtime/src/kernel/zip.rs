//! Members of ZIP archives, as Android's packages keep libraries: stored as they are, so that the
//! kernel maps them from there.

use std::ops::Range;

/// What separates the archive's path from the member's.
const SEPARATOR: &str = "!/";

/// Archive and member of `x.apk!/lib/y.so`; any other path is a file of its own.
pub(crate) fn split(path: &str) -> (&str, Option<&str>) {
    match path.split_once(SEPARATOR) {
        Some((archive, member)) => (archive, Some(member)),
        None => (path, None),
    }
}

/// Where the content of `member` is in the archive; why it can't be traced otherwise.
pub(super) fn stored(archive: &[u8], member: &str) -> Result<Range<usize>, &'static str> {
    const DAMAGED: &str = "the archive is damaged, or no ZIP archive";
    let short =
        |at: usize| Some(u16::from_le_bytes(archive.get(at..at + 2)?.try_into().ok()?).into());
    let word = |at: usize| {
        let word = archive.get(at..at + 4)?.try_into().ok()?;
        Some(u32::from_le_bytes(word) as usize)
    };
    // The end of the central directory: 22 bytes before a comment of at most 64 KiB.
    let last = archive.len().saturating_sub(22 + 0xffff);
    let tail = archive.get(last..).ok_or(DAMAGED)?;
    let end = memchr::memmem::rfind(tail, b"PK\x05\x06").ok_or(DAMAGED)? + last;
    let entries: usize = short(end + 10).ok_or(DAMAGED)?;
    let mut at = word(end + 16).ok_or(DAMAGED)?;
    for _ in 0..entries {
        let entry = || {
            let name: usize = short(at + 28)?;
            let skipped = name + short(at + 30)? + short(at + 32)?;
            Some((archive.get(at + 46..at + 46 + name)?, skipped))
        };
        let (name, skipped) = entry().ok_or(DAMAGED)?;
        if name != member.as_bytes() {
            at += 46 + skipped;
            continue;
        }
        if short(at + 10) != Some(0) {
            return Err("it is compressed, so that the kernel cannot map it");
        }
        let range = || {
            let (size, header) = (word(at + 24)?, word(at + 42)?);
            let start = header + 30 + short(header + 26)? + short(header + 28)?;
            archive.get(start..start.checked_add(size)?)?;
            Some(start..start + size)
        };
        return range().ok_or(DAMAGED);
    }
    Err("the archive has no such member")
}
