//! A file's `.eh_frame` as a table that programs search. The instructions of that section are
//! described in DWARF 5, section 6.4, and the Linux Standard Base, section 10.6.

use gimli::{
    BaseAddresses, CfaRule, CieOrFde, EhFrame, EndianSlice, FrameDescriptionEntry,
    LittleEndian, RegisterRule, UnwindContext, UnwindExpression, UnwindSection, UnwindTableRow,
    Vendor, X86_64,
};
use ir::{FrameRule, Rule, SavedRule};
use object::{
    Architecture, Object, ObjectSection, ObjectSegment, ReadRef, read::elf::ElfFile64,
};

use super::{arm64, go};

/// Bytes between two functions that hold no code, at most.
const PADDING: u64 = 15;

/// How a file's code is followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Table {
    /// Rows, as [`ir::Unwind`] says.
    Rows(Vec<u64>),
    /// The file says nothing of it; what has no tables keeps frame pointers, if anything.
    FramePointers,
    /// It is no file for this machine.
    Unusable,
}

/// Makes a rule of a row, for one architecture.
type RuleOf = fn(&UnwindTableRow<usize>, &EhFrame<Slice<'_>>) -> Option<Rule>;
type Slice<'d> = EndianSlice<'d, LittleEndian>;

/// The table of an ELF file.
pub(super) fn table<'d>(data: impl ReadRef<'d>) -> Table {
    table_for(data, HERE)
}

/// The architecture of this machine's programs.
const HERE: Architecture =
    if cfg!(target_arch = "aarch64") { Architecture::Aarch64 } else { Architecture::X86_64 };

/// The table of an ELF file of a machine like this.
pub(super) fn table_for<'d>(data: impl ReadRef<'d>, machine: Architecture) -> Table {
    match rows(data, machine) {
        Some(rows) if rows.is_empty() => Table::FramePointers,
        Some(rows) => Table::Rows(rows),
        None => Table::Unusable,
    }
}

fn rows<'d>(data: impl ReadRef<'d>, machine: Architecture) -> Option<Vec<u64>> {
    let elf = ElfFile64::<object::LittleEndian, _>::parse(data).ok()?;
    if elf.architecture() != machine {
        return None;
    }
    // What of Go's code can't be read keeps frame pointers.
    let gap = Rule {
        frame: if go::is_in(&elf) { FrameRule::FramePointer } else { FrameRule::Unknown },
        saved: SavedRule::Same,
    };
    let segments: Vec<Segment> = elf.segments().map(|segment| Segment::of(&segment)).collect();
    let mut functions = described(&elf)?;
    go::functions(&elf, &mut functions);
    Some(functions.flatten(&segments, gap))
}

/// The functions of `.eh_frame`, if there is one.
fn described<'d, R: ReadRef<'d>>(
    elf: &ElfFile64<'d, object::LittleEndian, R>,
) -> Option<Functions> {
    let Some(section) = elf.section_by_name(".eh_frame") else {
        return Some(Functions::default());
    };
    let address = |name: &str| elf.section_by_name(name).map_or(0, |section| section.address());
    let bases = BaseAddresses::default()
        .set_eh_frame(section.address())
        .set_eh_frame_hdr(address(".eh_frame_hdr"))
        .set_text(address(".text"))
        .set_got(address(".got"));
    let content = section.uncompressed_data().ok()?;
    let mut frames = EhFrame::new(&content, LittleEndian);
    frames.set_address_size(8);
    let rule_of: RuleOf = if elf.architecture() == Architecture::Aarch64 {
        frames.set_vendor(Vendor::AArch64);
        |row, _| arm64::rule(row)
    } else {
        rule
    };
    functions(&frames, &bases, rule_of)
}

/// Where part of the file is in memory.
#[derive(Debug, Clone, Copy)]
struct Segment {
    address: u64,
    size: u64,
    offset: u64,
}

impl Segment {
    fn of<'d>(segment: &impl ObjectSegment<'d>) -> Self {
        let (offset, size) = segment.file_range();
        Self { address: segment.address(), size, offset }
    }

    fn place(&self, address: u64) -> Option<u64> {
        let within = address.checked_sub(self.address)?;
        (within < self.size).then_some(self.offset + within)
    }
}

/// Functions and the rules for their code. Large files have a million of them, so that neither has
/// memory of its own.
#[derive(Debug, Default)]
pub(super) struct Functions {
    entries: Vec<Entry>,
    /// For each from how many bytes behind the function's start, and the rule as programs read it.
    rules: Vec<(u32, u32)>,
}

#[derive(Debug)]
struct Entry {
    start: u64,
    end: u64,
    /// Its rules, the first and the one behind the last.
    rules: [u32; 2],
}

impl Functions {
    /// Adds a function with its rules, each from an address on.
    pub(super) fn add(&mut self, start: u64, end: u64, rules: &[(u64, Rule)]) {
        let first = self.rules.len() as u32;
        let rules = rules.iter().map(|(address, rule)| {
            (address.saturating_sub(start).try_into().unwrap_or(u32::MAX), rule.encode())
        });
        self.rules.extend(rules);
        self.entries.push(Entry { start, end, rules: [first, self.rules.len() as u32] });
    }
}

/// Every entry; those that can't be read are left out, so that stacks end there.
fn functions(
    frames: &EhFrame<Slice<'_>>,
    bases: &BaseAddresses,
    rule_of: RuleOf,
) -> Option<Functions> {
    let mut context = UnwindContext::new();
    let mut functions = Functions::default();
    let mut entries = frames.entries(bases);
    let mut found = Vec::new();
    while let Some(entry) = entries.next().ok()? {
        let CieOrFde::Fde(partial) = entry else { continue };
        let Ok(entry) = partial.parse(EhFrame::cie_from_offset) else { continue };
        // 0 is where the linker put what it threw away.
        if entry.initial_address() == 0 || entry.len() == 0 {
            continue;
        }
        found.clear();
        if rules(&entry, (frames, bases), rule_of, (&mut context, &mut found)).is_some() {
            functions.add(entry.initial_address(), entry.end_address(), &found);
        }
    }
    Some(functions)
}

fn rules<'d>(
    entry: &FrameDescriptionEntry<Slice<'d>>,
    (frames, bases): (&EhFrame<Slice<'d>>, &BaseAddresses),
    rule_of: RuleOf,
    (context, found): (&mut UnwindContext<usize>, &mut Vec<(u64, Rule)>),
) -> Option<()> {
    if entry.is_signal_trampoline() {
        let rule = Rule { frame: FrameRule::Signal, saved: SavedRule::Same };
        found.push((entry.initial_address(), rule));
        return Some(());
    }
    let mut table = entry.rows(frames, bases, context).ok()?;
    while let Some(row) = table.next_row().ok()? {
        let rule = rule_of(row, frames).unwrap_or(Rule::UNKNOWN);
        found.push((row.start_address(), rule));
    }
    Some(())
}

/// One row, if it is of a form that programs can follow.
fn rule(row: &UnwindTableRow<usize>, frames: &EhFrame<Slice<'_>>) -> Option<Rule> {
    match row.register(X86_64::RA) {
        Some(RegisterRule::Offset(-8)) => {}
        Some(RegisterRule::Undefined) | None => {
            return Some(Rule { frame: FrameRule::Outermost, saved: SavedRule::Same });
        }
        Some(_) => return None,
    }
    let frame = match row.cfa() {
        CfaRule::RegisterAndOffset { register, offset } => {
            let words = words(*offset)?;
            match *register {
                X86_64::RSP => FrameRule::Stack(words),
                X86_64::RBP => FrameRule::Frame(words),
                _ => return None,
            }
        }
        CfaRule::Expression(expression) => frame_of(bytes(expression, frames)?)?,
    };
    let saved = match row.register(X86_64::RBP) {
        None | Some(RegisterRule::Undefined | RegisterRule::SameValue) => SavedRule::Same,
        Some(RegisterRule::Offset(offset)) => {
            SavedRule::Below(words(offset.checked_neg()?)?.try_into().ok()?)
        }
        // `DW_OP_breg6 0`
        Some(RegisterRule::Expression(at)) if bytes(&at, frames)? == [0x76, 0] => {
            SavedRule::AtFrame
        }
        Some(_) => return None,
    };
    Some(Rule { frame, saved })
}

fn bytes<'d>(
    expression: &UnwindExpression<usize>,
    frames: &EhFrame<Slice<'d>>,
) -> Option<&'d [u8]> {
    Some(expression.get(frames).ok()?.0.slice())
}

/// The expressions that compilers and linkers write.
fn frame_of(expression: &[u8]) -> Option<FrameRule> {
    match expression {
        // breg7 8; breg16 0; lit15; and; litN; ge; lit3; shl; plus
        [0x77, 8, 0x80, 0, 0x3f, 0x1a, from @ 0x30..=0x3f, 0x2a, 0x33, 0x24, 0x22] => {
            Some(FrameRule::Linkage(u16::from(from - 0x30)))
        }
        // breg6 -n; deref
        [0x76, offset, 0x06] => Some(FrameRule::BelowFrame(words(-small(*offset)?)?)),
        // breg7 n; deref; plus_uconst 8
        [0x77, offset, 0x06, 0x23, 8] => Some(FrameRule::OnStack(words(small(*offset)?)?)),
        [0x77, low, high, 0x06, 0x23, 8] if low & 0x80 != 0 && high & 0xc0 == 0 => {
            let offset = i64::from(low & 0x7f) | i64::from(*high) << 7;
            Some(FrameRule::OnStack(words(offset)?))
        }
        _ => None,
    }
}

/// A signed number of one byte, as DWARF writes it.
fn small(byte: u8) -> Option<i64> {
    (byte & 0x80 == 0).then(|| i64::from((byte << 1).cast_signed() >> 1))
}

pub(super) fn words(offset: i64) -> Option<u16> {
    (offset % 8 == 0).then_some(offset / 8)?.try_into().ok()
}

impl Functions {
    /// The rows of all functions; equal neighbours are one.
    fn flatten(mut self, segments: &[Segment], gap: Rule) -> Vec<u64> {
        self.entries.sort_by_key(|function| function.start);
        let mut rows: Vec<u64> = Vec::with_capacity(self.rules.len());
        let mut push = |address: u64, rule: u32| {
            let place = segments.iter().find_map(|segment| segment.place(address));
            let Some(place) = place.and_then(|place| u32::try_from(place).ok()) else { return };
            let row = u64::from(place) << 32 | u64::from(rule);
            match rows.last() {
                Some(last) if *last as u32 == row as u32 => {}
                // Two entries for one place: the later one counts.
                Some(last) if *last >> 32 == row >> 32 => {
                    rows.pop();
                    rows.push(row);
                }
                _ => rows.push(row),
            }
        };
        for (index, Entry { start, end, rules: [first, last] }) in
            self.entries.iter().enumerate()
        {
            let rules = self.rules.get(*first as usize..*last as usize);
            for (offset, rule) in rules.unwrap_or_default() {
                push(start + u64::from(*offset), *rule);
            }
            let next = self.entries.get(index + 1).map_or(u64::MAX, |next| next.start);
            if next.saturating_sub(*end) > PADDING && next > *end {
                push(*end, gap.encode());
            }
        }
        rows.sort_unstable_by_key(|row| row >> 32);
        rows
    }
}

#[cfg(test)]
mod tests {
    use ir::FrameRule;

    use super::{Table, frame_of, table};

    #[test]
    fn expressions_of_compilers_and_linkers() {
        let linkage = [0x77, 8, 0x80, 0, 0x3f, 0x1a, 0x3b, 0x2a, 0x33, 0x24, 0x22];
        assert_eq!(frame_of(&linkage), Some(FrameRule::Linkage(11)));
        assert_eq!(frame_of(&[0x76, 0x78, 0x06]), Some(FrameRule::BelowFrame(1)));
        assert_eq!(frame_of(&[0x77, 0xd8, 0x00, 0x06, 0x23, 8]), Some(FrameRule::OnStack(11)));
        assert_eq!(frame_of(&[0x91, 0]), None);
    }

    #[test]
    fn this_program_has_a_sorted_table() {
        let content = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        let Table::Rows(rows) = table(&*content) else { panic!("no rows") };
        assert!(rows.len() > 1000, "{}", rows.len());
        assert!(rows.is_sorted_by_key(|row| row >> 32));
    }

    #[test]
    fn what_is_no_file_of_this_machine_has_none() {
        assert_eq!(table(&b"#!/bin/sh\n"[..]), Table::Unusable);
    }
}
