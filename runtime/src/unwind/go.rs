//! Go's own code, which `.eh_frame` knows nothing of: Go's table of functions (`.gopclntab`, as
//! `src/debug/gosym/pclntab.go` reads it) says where the stack pointer is at each instruction. Its
//! frame pointers say less: functions that call nothing keep none, so their callers' callers would
//! be missed.

use ir::{FrameRule, Rule, SavedRule};
use object::{Object, ObjectSection, ReadRef, read::elf::ElfFile64};

use super::cfi::Functions;

/// The table's first word since Go 1.18 and 1.20. Older ones keep frame pointers.
const MAGIC: [u32; 2] = [0xffff_fff0, 0xffff_fff1];
/// Bytes before the words of its head.
const HEAD: usize = 8;
/// The words of its head: how many functions, where code starts, and, as offsets in the table,
/// names, tables of instructions, and functions.
const FUNCTIONS: usize = 0;
const TEXT: usize = 2;
const NAMES: usize = 3;
const TABLES: usize = 6;
const ENTRIES: usize = 7;
/// Byte offsets in what is said of a function (`_func` in `src/runtime/runtime2.go`).
const NAME: usize = 4;
const STACK: usize = 16;
/// `flag`, behind `startLine` since Go 1.20.
const FLAG: [usize; 2] = [37, 41];
/// Bits of `flag`: nothing called it; it changes to another stack.
const OUTERMOST: u8 = 1;
const LEAVES: u8 = 2;
/// What signal handlers return to, by its names.
const TRAMPOLINES: [&[u8]; 2] = [b"runtime.sigreturn\0", b"runtime.sigreturn__sigaction\0"];

/// Whether the file has code of Go.
pub(super) fn is_in<'d, R: ReadRef<'d>>(elf: &ElfFile64<'d, object::LittleEndian, R>) -> bool {
    elf.sections().any(|section| is_table(&section))
}

fn is_table<'d>(section: &impl ObjectSection<'d>) -> bool {
    matches!(section.name(), Ok(".gopclntab" | ".data.rel.ro.gopclntab"))
}

/// Adds Go's functions, as far as the table can be read.
pub(super) fn functions<'d, R: ReadRef<'d>>(
    elf: &ElfFile64<'d, object::LittleEndian, R>,
    all: &mut Functions,
) {
    let section = elf.sections().find(is_table);
    let Some(content) = section.and_then(|section| section.uncompressed_data().ok()) else {
        return;
    };
    let Some(mut table) = Table::of(&content) else { return };
    if table.text == 0 {
        // It is filled in when the program is loaded.
        table.text = elf.section_by_name(".text").map_or(0, |section| section.address());
    }
    for function in (0..table.count).map_while(|index| table.function(index)) {
        all.add(function.start, function.end, &function.rules);
    }
}

struct Function {
    start: u64,
    end: u64,
    rules: Vec<(u64, Rule)>,
}

struct Table<'d> {
    bytes: &'d [u8],
    count: usize,
    text: u64,
    names: usize,
    tables: usize,
    entries: usize,
    flag: usize,
}

impl<'d> Table<'d> {
    fn of(bytes: &'d [u8]) -> Option<Self> {
        let version = MAGIC.iter().position(|magic| half(bytes, 0) == Some(*magic))?;
        // The smallest instruction, and the size of a pointer.
        if bytes.get(6..HEAD)? != [1, 8] {
            return None;
        }
        let word = |index: usize| {
            let bytes = bytes.get(HEAD + 8 * index..)?.first_chunk()?;
            Some(u64::from_le_bytes(*bytes))
        };
        let place = |index: usize| usize::try_from(word(index)?).ok();
        Some(Self {
            bytes,
            count: place(FUNCTIONS)?,
            text: word(TEXT)?,
            names: place(NAMES)?,
            tables: place(TABLES)?,
            entries: place(ENTRIES)?,
            flag: FLAG[version],
        })
    }

    fn function(&self, index: usize) -> Option<Function> {
        let functions = self.bytes.get(self.entries..)?;
        let start = self.text + u64::from(half(functions, 8 * index)?);
        let end = self.text + u64::from(half(functions, 8 * index + 8)?);
        let about = functions.get(half(functions, 8 * index + 4)? as usize..)?;
        let name = self.names.checked_add(half(about, NAME)? as usize)?;
        let is_trampoline = self
            .bytes
            .get(name..)
            .is_some_and(|name| TRAMPOLINES.iter().any(|it| name.starts_with(it)));
        let flag = *about.get(self.flag)?;
        let only = |frame| vec![(start, Rule { frame, saved: SavedRule::Same })];
        if is_trampoline {
            // It is returned to but called by nobody: the byte before it is looked up.
            let rules = vec![(start - 1, only(FrameRule::Signal)[0].1)];
            return Some(Function { start: start - 1, end, rules });
        }
        let rules = if flag & OUTERMOST != 0 {
            only(FrameRule::Outermost)
        } else if flag & LEAVES != 0 {
            only(FrameRule::FramePointer)
        } else {
            let table = self.tables.checked_add(half(about, STACK)? as usize)?;
            depths(self.bytes.get(table..)?)
                .into_iter()
                .map(|(offset, depth)| (start + offset, rule(depth)))
                .collect()
        };
        Some(Function { start, end, rules })
    }
}

/// How far the stack pointer is below the return address, from each of these bytes of the function
/// on.
fn depths(mut bytes: &[u8]) -> Vec<(u64, i64)> {
    let mut all = Vec::new();
    let (mut at, mut depth) = (0, -1);
    while let Some(change) = number(&mut bytes) {
        if change == 0 && at > 0 {
            break;
        }
        // Signed, with the sign in the lowest bit.
        depth += (change >> 1).cast_signed() ^ -((change & 1).cast_signed());
        let Some(length) = number(&mut bytes) else { break };
        all.push((at, depth));
        at += length;
    }
    all
}

/// A number of seven bits a byte, the lowest first.
fn number(bytes: &mut &[u8]) -> Option<u64> {
    let (mut value, mut shift) = (0, 0);
    loop {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(first & 0x7f).checked_shl(shift)?;
        if first & 0x80 == 0 {
            return Some(value);
        }
        shift += 7;
    }
}

fn rule(depth: i64) -> Rule {
    let Some(words) = (depth % 8 == 0).then_some(depth / 8 + 1) else { return Rule::UNKNOWN };
    let Ok(words) = u16::try_from(words) else { return Rule::UNKNOWN };
    let saved = if depth == 0 { SavedRule::Same } else { SavedRule::Below(2) };
    Rule { frame: FrameRule::Stack(words), saved }
}

fn half(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

#[cfg(test)]
mod tests {
    use super::depths;

    #[test]
    fn a_table_of_depths_is_read() {
        // 0 up to byte 14, 40 from there to 210, and 0 again: from -1 by 1, 40 and -40.
        let table = [2, 14, 80, 0xc4, 1, 79, 1, 0, 99];
        assert_eq!(depths(&table), [(0, 0), (14, 40), (210, 0)]);
        assert_eq!(depths(&[2]), []);
    }
}
