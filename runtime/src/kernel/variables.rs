//! Operands of static probes that name a variable of the program, `4@counter(%rip)` and
//! `8@$table`: here the names become numbers, by the file's symbols.

use object::{Endianness, Object, ObjectSymbol, read::elf::ElfFile64};

/// The operands of a probe at `location`, without names. Those whose variables the file does not
/// know stay as they are.
pub(super) fn without_names(
    elf: &ElfFile64<'_, Endianness>,
    operands: &str,
    location: u64,
) -> String {
    let known = |operand: &str| numbered(elf, operand, location);
    let each = operands.split(' ').map(|it| known(it).unwrap_or_else(|| it.to_owned()));
    each.collect::<Vec<_>>().join(" ")
}

/// Relative to the instruction pointer, `NAME(%rip)` means the variable itself: it is as far from
/// the instruction as it is in the file.
fn numbered(elf: &ElfFile64<'_, Endianness>, operand: &str, location: u64) -> Option<String> {
    let (size, place) = operand.split_once('@').unwrap_or(("8", operand));
    if let Some(name) = place.strip_suffix("(%rip)") {
        let distance = address(elf, name)?.wrapping_sub(location).cast_signed();
        return Some(format!("{size}@{distance}(%rip)"));
    }
    let name = place.strip_prefix('$')?;
    Some(format!("{size}@${}", address(elf, name)?))
}

/// The address of `variable`, `variable+4` or `4+variable`.
fn address(elf: &ElfFile64<'_, Endianness>, text: &str) -> Option<u64> {
    let number = |text: &str| text.parse::<i64>().ok();
    let split = text.rfind(['+', '-']).filter(|at| *at > 0);
    let (name, offset) = match split.map(|at| (&text[..at], &text[at..])) {
        None => (text, 0),
        Some((name, offset)) => match (number(offset), number(name)) {
            (Some(offset), None) => (name, offset),
            (None, Some(offset)) => (offset_name(text)?, offset),
            (Some(_), Some(_)) | (None, None) => return None,
        },
    };
    if number(name).is_some() {
        return None;
    }
    let all = elf.symbols().chain(elf.dynamic_symbols());
    let symbol = { all }.find(|symbol| symbol.is_definition() && symbol.name() == Ok(name))?;
    Some(symbol.address().wrapping_add_signed(offset))
}

/// What follows the sum's sign: `4+pair`.
fn offset_name(text: &str) -> Option<&str> {
    text.split_once('+').map(|(_, name)| name)
}
