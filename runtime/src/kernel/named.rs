//! Variables and functions of executables and libraries, with their addresses.

use object::{
    Object, ObjectSymbol, ObjectSymbolTable,
    elf::{ET_EXEC, PT_LOAD},
    read::elf::{FileHeader, ProgramHeader},
};
use stdlib::{Answer, Named};

use super::elf::Image;

/// The symbol `name` of the file at `path`. The dynamic table is asked last: it has less.
pub(super) fn find(path: &str, name: &str) -> Answer<Option<Named>> {
    let image = Image::open(path)?;
    let elf = image.elf()?;
    let endian = elf.endian();
    let tables = [elf.symbol_table(), elf.dynamic_symbol_table()];
    let found = tables.iter().flatten().find_map(|table| {
        table.symbols().find(|symbol| {
            // In `.symtab` a version is part of the name.
            let full = symbol.name().unwrap_or_default();
            symbol.is_definition() && full.split('@').next() == Some(name)
        })
    });
    let Some(symbol) = found else { return Ok(None) };
    let mapped = elf.elf_program_headers().iter();
    let mapped = mapped.filter(|segment| segment.p_type(endian) == PT_LOAD).map(|segment| {
        let offset = image.start() + segment.p_offset(endian);
        (offset, segment.p_filesz(endian), segment.p_vaddr(endian))
    });
    Ok(Some(Named {
        address: symbol.address(),
        size: symbol.size(),
        is_fixed: elf.elf_header().e_type(endian) == ET_EXEC,
        mapped: mapped.collect(),
    }))
}
