//! The variables and parameters that are in scope at one instruction, and where each is then.
#![expect(clippy::wildcard_enum_match_arm, reason = "asks about few operations of many")]

use std::rc::Rc;

use gimli::{
    AttributeValue, BaseAddresses, CfaRule, DebugFrame, EhFrame, LittleEndian, Operation,
    UnwindContext, UnwindSection,
};
use ir::Ty;
use object::{Endianness, Object, ObjectSection, read::elf::ElfFile64};
use stdlib::{Held, Local, Piece};

use super::{
    lines::is_before_body,
    location::name,
    reader::{Die, Reader, Slice, Unit},
    types,
};

/// A register and what is added to it.
type Base = (gimli::Register, i64);

/// What places in memory are counted from.
#[derive(Clone, Copy)]
struct Bases {
    /// What the function says.
    function: Option<Base>,
    /// The end of the caller's frame.
    caller: Option<Base>,
}

impl Bases {
    /// Where nothing is asked but whether there is a place.
    fn or_any(self) -> Self {
        let any = Some((gimli::Register(7), 0));
        Self { function: self.function.or(any), caller: self.caller.or(any) }
    }
}

/// Where the frames of functions are, in the file that is executed and in its debug information.
pub(super) struct Frames<'e, 'd> {
    pub(super) executed: &'e ElfFile64<'d, Endianness>,
    pub(super) debug: &'e ElfFile64<'d, Endianness>,
}

/// What is in scope at an address; none if no function is known there. What the innermost block
/// has hides what is outside of it.
pub(super) fn at<'d>(
    reader: &Reader<'d>,
    frames: &Frames<'_, '_>,
    address: u64,
) -> Option<Vec<Local>> {
    let (unit, function) = function_at(reader, address)?;
    let caller = frames.caller(address);
    let bases = Bases { function: frame_base(&function, caller), caller };
    let start = is_before_body(reader, &function, address);
    let mut found: Vec<Local> = Vec::new();
    let mut inner = function;
    loop {
        for die in reader.children(&inner) {
            let is_variable =
                matches!(die.tag(), gimli::DW_TAG_variable | gimli::DW_TAG_formal_parameter);
            if let (true, Some(name)) = (is_variable, reader.name(&die)) {
                let mut local = local(reader, &die, name, (address, bases));
                if let (Some(next), true) = (start, has_fixed_memory(reader, &die, &local)) {
                    local.held = Held::Nowhere;
                    "it is not stored yet, take the next line".clone_into(&mut local.why);
                    local.lines = next.map(|line| (line, line)).into_iter().collect();
                }
                found.retain(|outer| outer.name != local.name);
                found.push(local);
            }
        }
        let blocks = [gimli::DW_TAG_inlined_subroutine, gimli::DW_TAG_lexical_block];
        let next = reader
            .children(&inner)
            .into_iter()
            .find(|it| blocks.contains(&it.tag()) && covers(reader, &unit, it, address));
        let Some(next) = next else { return Some(found) };
        if next.tag() == gimli::DW_TAG_inlined_subroutine {
            // A function sees nothing of those that call it.
            found.clear();
        }
        inner = next;
    }
}

fn function_at<'d>(reader: &Reader<'d>, address: u64) -> Option<(Rc<Unit<'d>>, Die<'d>)> {
    reader.headers().iter().find_map(|header| {
        let unit = reader.unit(header)?;
        let mut ranges = reader.dwarf.unit_ranges(&unit).ok()?;
        let mut is_of_unit = false;
        while let Ok(Some(range)) = ranges.next() {
            is_of_unit |= (range.begin..range.end).contains(&address);
        }
        if !is_of_unit {
            return None;
        }
        let mut entries = unit.entries();
        while let Ok(Some(entry)) = entries.next_dfs() {
            if entry.tag() == gimli::DW_TAG_subprogram {
                let die = Die { unit: Rc::clone(&unit), entry: entry.clone() };
                if covers(reader, &unit, &die, address) {
                    return Some((unit, die));
                }
            }
        }
        None
    })
}

fn covers<'d>(reader: &Reader<'d>, unit: &Unit<'d>, die: &Die<'d>, address: u64) -> bool {
    let Ok(mut ranges) = reader.dwarf.die_ranges(unit, &die.entry) else { return false };
    while let Ok(Some(range)) = ranges.next() {
        if (range.begin..range.end).contains(&address) {
            return true;
        }
    }
    false
}

/// What variables on the stack are counted from.
fn frame_base(function: &Die<'_>, caller: Option<Base>) -> Option<Base> {
    let value = function.entry.attr_value(gimli::DW_AT_frame_base)?;
    let AttributeValue::Exprloc(expression) = value else { return None };
    let mut operations = expression.operations(function.unit.encoding());
    let base = match operations.next().ok()?? {
        Operation::CallFrameCFA => caller?,
        Operation::Register { register } => (register, 0),
        Operation::RegisterOffset { register, offset, .. } => (register, offset),
        _ => return None,
    };
    matches!(operations.next(), Ok(None)).then_some(base)
}

impl Frames<'_, '_> {
    /// Where the caller's frame ends, by what the file tells to those who follow stacks.
    fn caller(&self, address: u64) -> Option<Base> {
        let section = |elf: &ElfFile64<'_, Endianness>, name: &str| {
            let section = elf.section_by_name(name)?;
            let content = section.uncompressed_data().ok()?.into_owned();
            (!content.is_empty()).then(|| (section.address(), content))
        };
        if let Some((at, content)) = section(self.executed, ".eh_frame") {
            let mut frames = EhFrame::new(&content, LittleEndian);
            frames.set_address_size(8);
            let bases = BaseAddresses::default().set_eh_frame(at);
            if let Some(found) = rule(&frames, &bases, address) {
                return Some(found);
            }
        }
        let own = section(self.debug, ".debug_frame");
        let (_, content) = own.or_else(|| section(self.executed, ".debug_frame"))?;
        let mut frames = DebugFrame::new(&content, LittleEndian);
        frames.set_address_size(8);
        rule(&frames, &BaseAddresses::default(), address)
    }
}

fn rule<'s, S>(frames: &S, bases: &BaseAddresses, address: u64) -> Option<Base>
where
    S: UnwindSection<Slice<'s>>,
    S::Offset: gimli::UnwindOffset,
{
    let mut context = UnwindContext::new();
    let row = frames
        .unwind_info_for_address(bases, &mut context, address, S::cie_from_offset)
        .ok()?;
    match row.cfa() {
        CfaRule::RegisterAndOffset { register, offset } => Some((*register, *offset)),
        CfaRule::Expression(_) => None,
    }
}

/// Whether the variable has one place in memory for all of its function, also for the part of it
/// where nothing is stored there yet.
fn has_fixed_memory<'d>(reader: &Reader<'d>, die: &Die<'d>, local: &Local) -> bool {
    let value = reader.attribute(die, gimli::DW_AT_location);
    matches!(value, Some(AttributeValue::Exprloc(_))) && matches!(local.held, Held::At { .. })
}

/// Whether a value in several registers is none whose parts can be read one by one.
fn is_divided(ty: Option<&Ty>, held: &Held) -> bool {
    let (Some(ty), Held::Pieces(pieces)) = (ty, held) else { return false };
    !matches!(ty, Ty::Record(_))
        && !pieces.iter().any(|piece| piece.at == 0 && ty.size() <= piece.size)
}

/// Where a value is, or why it can't be read.
type Place = Result<Held, String>;

fn local<'d>(
    reader: &Reader<'d>,
    die: &Die<'d>,
    name: String,
    (address, bases): (u64, Bases),
) -> Local {
    let ty = types::of(reader, die);
    let owner = reader.owner(die, gimli::DW_AT_location);
    let value = owner.as_ref().and_then(|it| it.entry.attr_value(gimli::DW_AT_location));
    let mut there = Vec::new();
    let place = match value {
        None if reader.attribute(die, gimli::DW_AT_const_value).is_some() => {
            Err(match reader.number(die, gimli::DW_AT_const_value) {
                Some(value) => format!("it is always {}", value.cast_signed()),
                None => "it is always the same".to_owned(),
            })
        }
        None => Err("the compiler has removed it".to_owned()),
        Some(AttributeValue::Exprloc(expression)) => held(die, expression, bases),
        Some(value) => in_list(reader, (die, ty.as_ref()), value, (address, bases), &mut there),
    };
    let (held, mut why) = match place {
        Ok(held) if is_divided(ty.as_ref(), &held) => {
            (Held::Nowhere, "it is in several registers".to_owned())
        }
        Ok(held) => (held, String::new()),
        Err(why) => (Held::Nowhere, why),
    };
    if ty.is_none() {
        "its type is none that can be read".clone_into(&mut why);
    }
    let lines = if why.is_empty() { Vec::new() } else { lines(&die.unit, &there) };
    Local { name, ty: ty.unwrap_or(Ty::Void), held, why, lines }
}

/// By a list of places for parts of the code; in `there` are those where the value can be read.
fn in_list<'d>(
    reader: &Reader<'d>,
    (die, ty): (&Die<'d>, Option<&Ty>),
    value: AttributeValue<Slice<'d>>,
    (address, bases): (u64, Bases),
    there: &mut Vec<gimli::Range>,
) -> Place {
    let mut here = Err("the compiler keeps it nowhere at this point".to_owned());
    let list = reader.dwarf.attr_locations(&die.unit, value);
    let Ok(Some(mut list)) = list else { return here };
    while let Ok(Some(entry)) = list.next() {
        // The frame may have another base there, but it has one.
        let place = held(die, entry.data, bases.or_any());
        if place.is_ok_and(|held| !is_divided(ty, &held)) {
            there.push(entry.range);
        }
        if (entry.range.begin..entry.range.end).contains(&address) {
            here = held(die, entry.data, bases);
        }
    }
    here
}

/// By one expression.
fn held<'d>(die: &Die<'d>, expression: gimli::Expression<Slice<'d>>, bases: Bases) -> Place {
    let mut operations = expression.operations(die.unit.encoding());
    let mut all = Vec::new();
    while let Ok(Some(operation)) = operations.next() {
        all.push(operation);
    }
    let unknown = || "it is not in a register and not in memory".to_owned();
    let whole = |register| {
        let register = name(register).ok_or_else(unknown)?;
        Ok(Held::Pieces(vec![Piece { at: 0, size: 8, register }]))
    };
    let memory = |register, offset: i64| {
        let register = name(register).ok_or_else(unknown)?;
        let offset = i32::try_from(offset).map_err(|_| unknown())?;
        Ok(Held::At { register, offset })
    };
    let frame_unknown = || "the frame of its function is not known".to_owned();
    match all.as_slice() {
        [] => Err("the compiler has removed it".to_owned()),
        [Operation::Register { register }] => whole(*register),
        // The value itself, not where it is.
        [Operation::RegisterOffset { register, offset: 0, .. }, Operation::StackValue] => {
            whole(*register)
        }
        [Operation::RegisterOffset { register, offset, .. }] => memory(*register, *offset),
        [Operation::FrameOffset { offset }] => {
            let (register, start) = bases.function.ok_or_else(frame_unknown)?;
            memory(register, start + offset)
        }
        // Go's parameters, where the caller has made room for them.
        [Operation::CallFrameCFA] => {
            let (register, start) = bases.caller.ok_or_else(frame_unknown)?;
            memory(register, start)
        }
        [Operation::UnsignedConstant { value }, Operation::StackValue] => {
            Err(format!("it is always {value} here"))
        }
        [Operation::SignedConstant { value }, Operation::StackValue] => {
            Err(format!("it is always {value} here"))
        }
        [Operation::Address { .. } | Operation::AddressIndex { .. }] => {
            Err("it is a static variable: `uaddr(\"name\")` is its address".to_owned())
        }
        pieces if pieces.iter().any(|it| matches!(it, Operation::Piece { .. })) => {
            in_pieces(pieces).ok_or_else(|| "it is in pieces that are not all there".to_owned())
        }
        _ => Err("it is nowhere as such, only what it can be computed from".to_owned()),
    }
}

/// Parts in registers; what is in none is left out.
fn in_pieces(operations: &[Operation<Slice<'_>>]) -> Option<Held> {
    let (mut pieces, mut at, mut last) = (Vec::new(), 0, None);
    for operation in operations {
        match operation {
            Operation::Register { register } => last = Some(*register),
            Operation::Piece { size_in_bits, bit_offset: None } => {
                let size = u32::try_from(size_in_bits / 8).ok()?;
                let register = last.take().and_then(name);
                pieces.extend(register.map(|register| Piece { at, size, register }));
                at += size;
            }
            Operation::FrameOffset { .. }
            | Operation::RegisterOffset { .. }
            | Operation::UnsignedConstant { .. }
            | Operation::StackValue => last = None,
            _ => return None,
        }
    }
    (!pieces.is_empty()).then_some(Held::Pieces(pieces))
}

/// The lines of these parts of the code, first and last of each, without those within others.
fn lines(unit: &Unit<'_>, there: &[gimli::Range]) -> Vec<(u32, u32)> {
    let Some(program) = unit.line_program.clone() else { return Vec::new() };
    let mut found: Vec<Option<(u32, u32)>> = vec![None; there.len()];
    let mut rows = program.rows();
    while let Ok(Some((_, row))) = rows.next_row() {
        let line = row.line().and_then(|line| u32::try_from(line.get()).ok());
        let Some(line) = line.filter(|_| !row.end_sequence() && row.is_stmt()) else {
            continue;
        };
        for (range, found) in there.iter().zip(&mut found) {
            if (range.begin..range.end).contains(&row.address()) {
                let (first, last) = found.unwrap_or((line, line));
                *found = Some((first.min(line), last.max(line)));
            }
        }
    }
    let mut found: Vec<_> = found.into_iter().flatten().collect();
    found.sort_unstable();
    found.dedup();
    let all = found.clone();
    found.retain(|(first, last)| {
        !all.iter()
            .any(|other| other != &(*first, *last) && other.0 <= *first && *last <= other.1)
    });
    found
}
