//! Functions of executables and libraries, and where they start in the file.

use std::{collections::BTreeMap, fs::File};

use object::{
    Endianness,
    elf::{FileHeader64, STB_LOCAL, STT_FUNC, STT_GNU_IFUNC, Sym64},
    read::elf::{ElfFile64, ProgramHeader, Sym, SymbolTable, VersionTable},
};
use stdlib::{Answer, Symbol, Unanswered};

use crate::ffi;

type Header = FileHeader64<Endianness>;

/// Every function of the file at `path`, sorted by name; one for each name.
pub(super) fn functions(path: &str) -> Answer<Vec<Symbol>> {
    let unreadable = |why: &dyn std::fmt::Display| Unanswered {
        problem: format!("`{path}` cannot be read: {why}"),
        help: None,
    };
    let file = File::open(path).map_err(|error| unreadable(&error))?;
    let bytes = ffi::Mapping::of_file(&file).map_err(|error| unreadable(&error))?;
    let elf = ElfFile64::<Endianness>::parse(bytes.as_slice()).map_err(|_| Unanswered {
        problem: format!("`{path}` is not a 64-bit executable or library"),
        help: Some("scripts are not executables: probe their interpreter".to_owned()),
    })?;
    let mut found = Found { elf: &elf, best: BTreeMap::new() };
    found.table(elf.elf_symbol_table(), None);
    let versions = elf.elf_section_table().versions(elf.endian(), elf.data());
    found.table(elf.elf_dynamic_symbol_table(), versions.ok().flatten().as_ref());
    if found.best.is_empty() {
        return Err(Unanswered {
            problem: format!("`{path}` has no symbols"),
            help: Some("install its debug symbols, or give the address".to_owned()),
        });
    }
    Ok(found.best.into_values().map(|(_, symbol)| symbol).collect())
}

/// Which of the functions of one name is meant; the greater wins, the first among equals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// Private to one compilation unit.
    Local,
    /// Exported for programs that were linked long ago.
    OldVersion,
    /// What the linker would take.
    Global,
}

struct Found<'file, 'data> {
    elf: &'file ElfFile64<'data, Endianness>,
    best: BTreeMap<String, (Rank, Symbol)>,
}

impl Found<'_, '_> {
    fn table(
        &mut self,
        table: &SymbolTable<'_, Header>,
        versions: Option<&VersionTable<'_, Header>>,
    ) {
        let endian = self.elf.endian();
        for (index, symbol) in table.enumerate() {
            if !matches!(symbol.st_type(), STT_FUNC | STT_GNU_IFUNC)
                || symbol.is_undefined(endian)
            {
                continue;
            }
            let hidden =
                versions.is_some_and(|all| all.version_index(endian, index).is_hidden());
            let rank = match symbol.st_bind() {
                STB_LOCAL => Rank::Local,
                _ if hidden => Rank::OldVersion,
                _ => Rank::Global,
            };
            let Ok(name) = table.symbol_name(endian, symbol) else { continue };
            // In `.symtab` a version is part of the name: `memcpy@@GLIBC_2.14`, `memcpy@GLIBC_2.2.5`.
            let name = String::from_utf8_lossy(name);
            let (name, rank) = match name.split_once('@') {
                Some((name, version)) if version.starts_with('@') => (name, rank),
                Some((name, _)) => (name, rank.min(Rank::OldVersion)),
                None => (&*name, rank),
            };
            self.add(name, rank, symbol);
        }
    }

    fn add(&mut self, name: &str, rank: Rank, symbol: &Sym64<Endianness>) {
        if name.is_empty() || self.best.get(name).is_some_and(|(best, _)| *best >= rank) {
            return;
        }
        let endian = self.elf.endian();
        let Some(offset) = self.file_offset(symbol.st_value(endian)) else { return };
        let symbol = Symbol { name: name.to_owned(), offset, size: symbol.st_size(endian) };
        self.best.insert(symbol.name.clone(), (rank, symbol));
    }

    /// Where the code at `address` lies in the file. Segments are what the kernel maps; files of
    /// debug symbols have them without content, so that their sections are not asked.
    fn file_offset(&self, address: u64) -> Option<u64> {
        let endian = self.elf.endian();
        self.elf.elf_program_headers().iter().find_map(|segment| {
            let start = segment.p_vaddr(endian);
            let inside = segment.p_type(endian) == object::elf::PT_LOAD
                && (start..start.checked_add(segment.p_filesz(endian))?).contains(&address);
            inside.then(|| address - start + segment.p_offset(endian))
        })
    }
}
