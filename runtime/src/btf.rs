//! As much of BTF as is needed to find the script's lines: strings, and records of `line_info`.

/// One record: where it starts, and the text of the line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line<'btf> {
    /// In the records' own unit.
    pub(crate) at: usize,
    pub(crate) text: &'btf str,
    pub(crate) number: u32,
}

/// The `u32` at byte `at`.
pub(crate) fn word(bytes: &[u8], at: usize) -> Option<usize> {
    let word = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes(word.try_into().ok()?) as usize)
}

/// The string section of BTF.
pub(crate) fn strings(btf: &[u8]) -> &[u8] {
    // struct btf_header: hdr_len at 4, str_off at 16, str_len at 20.
    let section = || {
        let start = word(btf, 4)?.checked_add(word(btf, 16)?)?;
        btf.get(start..start.checked_add(word(btf, 20)?)?)
    };
    section().unwrap_or_default()
}

/// The string that starts at byte `at` of the string section.
pub(crate) fn string(strings: &[u8], at: usize) -> &str {
    let rest = strings.get(at..).unwrap_or_default();
    let end = rest.iter().position(|byte| *byte == 0).unwrap_or(rest.len());
    std::str::from_utf8(&rest[..end]).unwrap_or_default()
}

/// Takes `struct bpf_line_info` records apart: offset, file, text and line with column.
pub(crate) fn lines<'btf>(records: &[u8], size: usize, strings: &'btf [u8]) -> Vec<Line<'btf>> {
    let line = |record: &[u8]| {
        let text = string(strings, word(record, 8)?).trim();
        // The lower ten bits are the column.
        Some(Line { at: word(record, 0)?, text, number: (word(record, 12)? >> 10) as u32 })
    };
    records.chunks_exact(size.max(16)).filter_map(line).collect()
}

/// The line records of `.BTF.ext` for the section called `section`, with offsets in bytes.
pub(crate) fn lines_of_section<'btf>(
    ext: &[u8],
    section: &str,
    strings: &'btf [u8],
) -> Vec<Line<'btf>> {
    // struct btf_ext_header: hdr_len at 4, line_info_off at 16, line_info_len at 20. The data are
    // the size of a record, then for each section its name, the number of records, and those.
    let found = || {
        let start = word(ext, 4)?.checked_add(word(ext, 16)?)?;
        let data = ext.get(start..start.checked_add(word(ext, 20)?)?)?;
        let size = word(data, 0)?;
        let mut at = 4;
        loop {
            let (name, count) = (word(data, at)?, word(data, at + 4)?);
            let length = count.checked_mul(size)?;
            let records = data.get(at + 8..(at + 8).checked_add(length)?)?;
            if string(strings, name) == section {
                return Some(lines(records, size, strings));
            }
            at += 8 + length;
        }
    };
    found().unwrap_or_default()
}
