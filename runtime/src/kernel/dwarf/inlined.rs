//! Where copies of a function start that were put in place of its calls.

use std::rc::Rc;

use super::reader::{Die, Reader, Unit};

/// Addresses of the copies of the functions called `name`.
pub(super) fn of(reader: &Reader<'_>, name: &str) -> Vec<u64> {
    let mut found = Vec::new();
    for header in reader.headers() {
        let Some(unit) = reader.unit(header) else { continue };
        let mut entries = unit.entries();
        while let Ok(Some(entry)) = entries.next_dfs() {
            if entry.tag() != gimli::DW_TAG_inlined_subroutine {
                continue;
            }
            let die = Die { unit: Rc::clone(&unit), entry: entry.clone() };
            if reader.name(&die).is_some_and(|it| it == name) {
                found.extend(start(reader, &unit, &die));
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// Where one comes into a copy; of pieces, the compiler says which is first.
fn start<'d>(reader: &Reader<'d>, unit: &Rc<Unit<'d>>, die: &Die<'d>) -> Option<u64> {
    let mut ranges = reader.dwarf.die_ranges(unit, &die.entry).ok()?;
    let first = ranges.next().ok()??.begin;
    match die.entry.attr_value(gimli::DW_AT_entry_pc) {
        // From the start of the unit, or of the first piece.
        Some(value) if value.udata_value().is_some() => {
            let base = die.entry.has_attr(gimli::DW_AT_low_pc).then_some(first);
            Some(base.unwrap_or(first) + value.udata_value()?)
        }
        Some(value) => reader.dwarf.attr_address(unit, value).ok()?.or(Some(first)),
        None => Some(first),
    }
}
