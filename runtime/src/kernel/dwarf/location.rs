//! Where debug information itself says that a value is.
#![expect(clippy::wildcard_enum_match_arm, reason = "asks about few operations of many")]

use gimli::Operation;
use stdlib::{Held, Piece};

use super::reader::{Die, Reader, Slice};

/// Registers by their numbers in DWARF, as `reg()` names them.
#[cfg(target_arch = "x86_64")]
const REGISTERS: &[&str] = &[
    "ax", "dx", "cx", "bx", "si", "di", "bp", "sp", "r8", "r9", "r10", "r11", "r12", "r13",
    "r14", "r15",
];
#[cfg(target_arch = "aarch64")]
const REGISTERS: &[&str] = &[
    "r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11", "r12", "r13",
    "r14", "r15", "r16", "r17", "r18", "r19", "r20", "r21", "r22", "r23", "r24", "r25", "r26",
    "r27", "r28", "r29", "r30", "sp",
];
/// Where the frame of the caller ends when a function is entered, from the stack pointer.
const FRAME: i64 = if cfg!(target_arch = "x86_64") { 8 } else { 0 };

/// Where a parameter is when the function at `address` is entered, if it is told for that place;
/// what is the same everywhere is told for behind the prologue.
pub(super) fn at_entry<'d>(reader: &Reader<'d>, die: &Die<'d>, address: u64) -> Option<Held> {
    let value = die.entry.attr_value(gimli::DW_AT_location)?;
    if let gimli::AttributeValue::Exprloc(expression) = value {
        // The same place in all of the function; on the stack only behind the prologue.
        return held(die, expression)
            .filter(|it| !matches!(it, Held::Stack(_) | Held::Nowhere));
    }
    let mut list = reader.dwarf.attr_locations(&die.unit, value).ok()??;
    while let Ok(Some(entry)) = list.next() {
        if (entry.range.begin..entry.range.end).contains(&address) {
            return held(die, entry.data);
        }
    }
    None
}

/// One register, or pieces of which each is in one or not to be read; or on the stack.
fn held(die: &Die<'_>, expression: gimli::Expression<Slice<'_>>) -> Option<Held> {
    let mut operations = expression.operations(die.unit.encoding());
    let mut pieces = Vec::new();
    let mut at = 0;
    let mut last = None;
    while let Some(operation) = operations.next().ok()? {
        match operation {
            Operation::Register { register } => last = Some(register),
            Operation::Piece { size_in_bits, bit_offset: None } => {
                let size = u32::try_from(size_in_bits / 8).ok()?;
                let register = last.take().and_then(name);
                pieces.extend(register.map(|register| Piece { at, size, register }));
                at += size;
            }
            // An argument that is passed by its address.
            Operation::RegisterOffset { register, offset: 0, .. }
                if at == 0 && operations_end(&mut operations) =>
            {
                return name(register).map(Held::Behind);
            }
            Operation::FrameOffset { offset } if at == 0 && operations_end(&mut operations) => {
                return Some(Held::Stack(u32::try_from(FRAME + offset).ok()?));
            }
            _ => return None,
        }
    }
    if let Some(register) = last {
        let register = name(register)?;
        return Some(Held::Pieces(vec![Piece { at: 0, size: 8, register }]));
    }
    Some(if pieces.is_empty() { Held::Nowhere } else { Held::Pieces(pieces) })
}

fn operations_end(operations: &mut gimli::OperationIter<Slice<'_>>) -> bool {
    matches!(operations.next(), Ok(None))
}

/// As `reg()` calls it.
pub(super) fn name(register: gimli::Register) -> Option<String> {
    REGISTERS.get(usize::from(register.0)).map(|name| (*name).to_owned())
}
