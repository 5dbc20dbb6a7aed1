//! Functions of executables and libraries, and where they start in the file.

use std::{collections::BTreeMap, fs::File};

use object::{
    Endianness, Object, ObjectSection,
    elf::{FileHeader64, STB_LOCAL, STT_FUNC, STT_GNU_IFUNC, Sym64},
    read::elf::{ElfFile64, ProgramHeader, Sym, SymbolTable, VersionTable},
};
use stdlib::{AddressPlace, Answer, StaticProbe, Symbol, Unanswered};

use super::{
    separate::{self, Folders},
    variables, zip,
};
use crate::ffi;

type Header = FileHeader64<Endianness>;

/// Every function of the file at `path`, sorted by name; one for each name. Or only the one of the
/// name that is `wanted`.
pub(super) fn functions(
    path: &str,
    wanted: Option<&str>,
    folders: &Folders,
) -> Answer<Vec<Symbol>> {
    let image = Image::open(path)?;
    let elf = image.elf()?;
    let mut found = Found { elf: &elf, start: image.start, wanted, best: BTreeMap::new() };
    found.table(elf.elf_symbol_table(), None);
    let versions = elf.elf_section_table().versions(elf.endian(), elf.data());
    found.table(elf.elf_dynamic_symbol_table(), versions.ok().flatten().as_ref());
    if separate::is_stripped(&elf) && (wanted.is_none() || found.best.is_empty()) {
        found.elsewhere(path, folders);
    }
    if found.best.is_empty() && wanted.is_none() {
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
    /// Where the executable starts in its file.
    start: u64,
    elf: &'file ElfFile64<'data, Endianness>,
    /// The only name to look for.
    wanted: Option<&'file str>,
    best: BTreeMap<String, (Rank, Symbol)>,
}

impl Found<'_, '_> {
    /// Adds the functions that a file of debug information knows, and those that are kept in the
    /// executable for debuggers.
    fn elsewhere(&mut self, path: &str, folders: &Folders) {
        if let Some(bytes) = separate::inner(self.elf)
            && let Ok(inner) = ElfFile64::parse(&*bytes)
        {
            self.table(inner.elf_symbol_table(), None);
        }
        if let Some(file) = folders.find(path, self.elf)
            && let Ok(image) = Image::open(&file)
            && let Ok(elf) = image.elf()
        {
            self.table(elf.elf_symbol_table(), None);
        }
    }

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
            if self.wanted.is_some_and(|wanted| !name.starts_with(wanted.as_bytes())) {
                continue;
            }
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
        if self.wanted.is_some_and(|wanted| wanted != name) {
            return;
        }
        if name.is_empty() || self.best.get(name).is_some_and(|(best, _)| *best >= rank) {
            return;
        }
        let endian = self.elf.endian();
        let Some(offset) = file_offset(self.elf, symbol.st_value(endian)) else { return };
        let offset = self.start + offset;
        let symbol = Symbol { name: name.to_owned(), offset, size: symbol.st_size(endian) };
        self.best.insert(symbol.name.clone(), (rank, symbol));
    }
}

/// Where what is mapped at `address` lies in the executable. Segments are what the kernel maps;
/// files of debug symbols have them without content, so that their sections are not asked.
fn file_offset(elf: &ElfFile64<'_, Endianness>, address: u64) -> Option<u64> {
    let endian = elf.endian();
    elf.elf_program_headers().iter().find_map(|segment| {
        let start = segment.p_vaddr(endian);
        let inside = segment.p_type(endian) == object::elf::PT_LOAD
            && (start..start.checked_add(segment.p_filesz(endian))?).contains(&address);
        inside.then(|| address - start + segment.p_offset(endian))
    })
}

/// What lies at `address`; `functions` are all of the file.
pub(super) fn at_address(
    path: &str,
    address: u64,
    functions: &[Symbol],
) -> Answer<Option<AddressPlace>> {
    let image = Image::open(path)?;
    let elf = image.elf()?;
    let Some(offset) = file_offset(&elf, address) else { return Ok(None) };
    let offset = image.start + offset;
    let inside = |symbol: &&Symbol| {
        let end = symbol.offset.saturating_add(symbol.size.max(1));
        (symbol.offset..end).contains(&offset)
    };
    // Aliases of one function: the one that starts here.
    let function = functions.iter().filter(inside).max_by_key(|symbol| symbol.offset);
    let function = function.map(|symbol| (symbol.name.clone(), offset - symbol.offset));
    Ok(Some(AddressPlace { offset, function }))
}

/// The static probes that notes tell of.
pub(super) fn static_probes(path: &str) -> Answer<Vec<StaticProbe>> {
    let image = Image::open(path)?;
    let elf = image.elf()?;
    let Some(notes) = elf.section_by_name(".note.stapsdt") else { return Ok(Vec::new()) };
    let data = notes.data().unwrap_or_default();
    // Where the linker put what the notes call their base: prelink moves it with the code.
    let base = elf.section_by_name(".stapsdt.base").map(|section| section.address());
    let mut found = Vec::new();
    let mut rest = data;
    while let Some((note, after)) = note(rest) {
        rest = after;
        found.extend(static_probe(&elf, (note, base), image.start));
    }
    Ok(found)
}

/// The content of the first note, and what follows it.
fn note(data: &[u8]) -> Option<(&[u8], &[u8])> {
    let word = |at: usize| {
        let word: [u8; 4] = data.get(at..at + 4)?.try_into().ok()?;
        Some(u32::from_ne_bytes(word) as usize)
    };
    let up = |size: usize| size.checked_next_multiple_of(4);
    let start = up(word(0)?)?.checked_add(12)?;
    let end = start.checked_add(word(4)?)?;
    let next = up(end)?.min(data.len());
    Some((data.get(start..end)?, data.get(next..)?))
}

/// Location, base and semaphore, then provider, name and operands as C strings.
fn static_probe(
    elf: &ElfFile64<'_, Endianness>,
    (note, base): (&[u8], Option<u64>),
    start: u64,
) -> Option<StaticProbe> {
    let word = |index: usize| {
        let word: [u8; 8] = note.get(index * 8..index * 8 + 8)?.try_into().ok()?;
        Some(u64::from_ne_bytes(word))
    };
    let moved = base.map_or(0, |base| base.wrapping_sub(word(1).unwrap_or(base)));
    let mut texts = note.get(24..)?.split(|byte| *byte == 0).map(String::from_utf8_lossy);
    let semaphore = match word(2)? {
        0 => 0,
        address => start + file_offset(elf, address.wrapping_add(moved))?,
    };
    let place = word(0)?.wrapping_add(moved);
    let (provider, name) = (texts.next()?.into_owned(), texts.next()?.into_owned());
    let operands = texts.next().unwrap_or_default();
    Some(StaticProbe {
        offset: start + file_offset(elf, place)?,
        semaphore,
        provider,
        name,
        operands: variables::without_names(elf, &operands, place),
    })
}

/// An executable or library, alone in its file or stored in a ZIP archive (`x.apk!/lib/y.so`).
pub(super) struct Image<'path> {
    path: &'path str,
    bytes: ffi::Mapping,
    /// Where it starts in the file.
    start: u64,
    size: usize,
}

impl<'path> Image<'path> {
    pub(super) fn open(path: &'path str) -> Answer<Self> {
        let unreadable = |why: &dyn std::fmt::Display| Unanswered {
            problem: format!("`{path}` cannot be read: {why}"),
            help: None,
        };
        let (archive, member) = zip::split(path);
        let file = File::open(archive).map_err(|error| unreadable(&error))?;
        let bytes = ffi::Mapping::of_file(&file).map_err(|error| unreadable(&error))?;
        let all = 0..bytes.as_slice().len();
        let range = match member {
            None => all,
            Some(member) => {
                zip::stored(bytes.as_slice(), member).map_err(|why| unreadable(&why))?
            }
        };
        Ok(Self { path, bytes, start: range.start as u64, size: range.len() })
    }

    /// Where what lies at `offset` of the file is mapped, by the file's own addresses.
    pub(super) fn address(&self, offset: u64) -> Option<u64> {
        let offset = offset.checked_sub(self.start)?;
        let elf = self.elf().ok()?;
        let endian = elf.endian();
        elf.elf_program_headers().iter().find_map(|segment| {
            let start = segment.p_offset(endian);
            let inside = segment.p_type(endian) == object::elf::PT_LOAD
                && (start..start.checked_add(segment.p_filesz(endian))?).contains(&offset);
            inside.then(|| offset - start + segment.p_vaddr(endian))
        })
    }

    /// Where it starts in the file.
    pub(super) const fn start(&self) -> u64 {
        self.start
    }

    /// Where what is mapped at `address` lies in the file.
    pub(super) fn offset(&self, address: u64) -> Option<u64> {
        Some(self.start + file_offset(&self.elf().ok()?, address)?)
    }

    pub(super) fn elf(&self) -> Answer<ElfFile64<'_, Endianness>> {
        let start = self.start as usize;
        let bytes = self.bytes.as_slice().get(start..start + self.size).unwrap_or_default();
        ElfFile64::parse(bytes).map_err(|_| Unanswered {
            problem: format!("`{}` is not a 64-bit executable or library", self.path),
            help: Some("scripts are not executables: probe their interpreter".to_owned()),
        })
    }
}
