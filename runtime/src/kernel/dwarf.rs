//! DWARF: what debug information tells of functions, types and lines of programs. A file is opened
//! when something is asked of it; what was found is remembered, the file is not kept.

mod convention;
mod function;
mod inlined;
mod leaves;
mod lines;
mod locals;
mod location;
mod reader;
mod record;
mod types;

use std::{
    cell::{OnceCell, RefCell},
    collections::BTreeMap,
};

use ir::Ty;
use object::{Endianness, Object, read::elf::ElfFile64};
use stdlib::{Answer, LinePlaces, Local, SourceLine, Symbol, Unanswered, UserFunction};

use super::{elf::Image, separate::Folders};
use reader::Reader;

/// What is known of places in files, and of which nothing is.
type ByPlace<T> = RefCell<BTreeMap<(String, u64), Option<T>>>;

/// What was found in files.
#[derive(Debug, Default)]
pub(super) struct Dwarf {
    functions: ByPlace<UserFunction>,
    locals: ByPlace<Vec<Local>>,
    types: RefCell<BTreeMap<String, Option<Ty>>>,
    places: Places,
}

/// Where the types that pointers point to are defined: file and name (`struct point`) to the place
/// in `.debug_info`.
type Places = RefCell<BTreeMap<(String, String), usize>>;

/// What separates a type's name from the file that defines it: `struct point@/usr/bin/draw`.
const OF: char = '@';

impl Dwarf {
    /// What the function `symbol` of the file at `path` takes and gives; none if the file's debug
    /// information does not have it.
    pub(super) fn function(
        &self,
        path: &str,
        symbol: &Symbol,
        folders: &Folders,
    ) -> Answer<Option<UserFunction>> {
        let key = (path.to_owned(), symbol.offset);
        if let Some(known) = self.functions.borrow().get(&key) {
            return Ok(known.clone());
        }
        let found = self.ask(path, folders, |image, reader| {
            let address = image.address(symbol.offset)?;
            function::at(reader, address, &symbol.name)
        })?;
        self.functions.borrow_mut().insert(key, found.clone());
        Ok(found)
    }

    /// Whether there is any for the file at `path`.
    pub(super) fn describes(&self, path: &str, folders: &Folders) -> Answer<bool> {
        let found = self.ask(path, folders, |_, reader| {
            reader.dwarf.units().next().ok().flatten().map(|_| ())
        })?;
        Ok(found.is_some())
    }

    /// Where the code of a line is in the file at `path`.
    pub(super) fn line(
        &self,
        path: &str,
        source: &SourceLine,
        folders: &Folders,
    ) -> Answer<LinePlaces> {
        let found = self.ask(path, folders, |image, reader| {
            let lines::Found { addresses, next, is_known } = lines::at(reader, source);
            let places = addresses.into_iter().filter_map(|it| image.offset(it)).collect();
            Some(LinePlaces { offsets: places, next, is_known })
        })?;
        Ok(found.unwrap_or_default())
    }

    /// The variables that are in scope where this byte of the file at `path` is executed.
    pub(super) fn locals(
        &self,
        path: &str,
        offset: u64,
        folders: &Folders,
    ) -> Answer<Option<Vec<Local>>> {
        let key = (path.to_owned(), offset);
        if let Some(known) = self.locals.borrow().get(&key) {
            return Ok(known.clone());
        }
        let found = self.ask_with(path, folders, |image, reader, debug| {
            let executed = image.elf().ok()?;
            let frames = locals::Frames { executed: &executed, debug };
            locals::at(reader, &frames, image.address(offset)?)
        })?;
        self.locals.borrow_mut().insert(key, found.clone());
        Ok(found)
    }

    /// Where copies of the functions called `name` start that were put in place of calls.
    pub(super) fn inlined(
        &self,
        path: &str,
        name: &str,
        folders: &Folders,
    ) -> Answer<Vec<u64>> {
        let found = self.ask(path, folders, |image, reader| {
            let addresses = inlined::of(reader, name).into_iter();
            Some(addresses.filter_map(|it| image.offset(it)).collect())
        })?;
        Ok(found.unwrap_or_default())
    }

    /// The type of `name` as the file that it names after `@` defines it; none if it names none.
    pub(super) fn c_type(&self, name: &str, folders: &Folders) -> Option<Answer<Option<Ty>>> {
        let (bare, path) = name.split_once(OF)?;
        if let Some(known) = self.types.borrow().get(name) {
            return Some(Ok(known.clone()));
        }
        let found = self.ask(path, folders, |_, reader| types::named(reader, bare));
        if let Ok(found) = &found {
            self.types.borrow_mut().insert(name.to_owned(), found.clone());
        }
        Some(found)
    }

    /// Asks the debug information of the file at `path`.
    fn ask<T>(
        &self,
        path: &str,
        folders: &Folders,
        question: impl FnOnce(&Image<'_>, &Reader<'_>) -> Option<T>,
    ) -> Answer<Option<T>> {
        self.ask_with(path, folders, |image, reader, _| question(image, reader))
    }

    /// The same, with the file that has the debug information.
    fn ask_with<T>(
        &self,
        path: &str,
        folders: &Folders,
        question: impl FnOnce(&Image<'_>, &Reader<'_>, &ElfFile64<'_, Endianness>) -> Option<T>,
    ) -> Answer<Option<T>> {
        let image = Image::open(path)?;
        let elf = image.elf()?;
        let separate = match elf.section_by_name(".debug_info") {
            Some(_) => None,
            None => folders.find(path, &elf),
        };
        let other = separate.as_deref().map(Image::open).transpose()?;
        let elf = other.as_ref().map_or(Ok(elf), Image::elf)?;
        let sections = reader::sections(&elf).map_err(|error| Unanswered {
            problem: format!("the debug information of `{path}` cannot be read: {error}"),
            help: None,
        })?;
        let reader = Reader {
            path,
            dwarf: sections
                .borrow(|section| gimli::EndianSlice::new(section, gimli::LittleEndian)),
            places: &self.places,
            units: RefCell::default(),
            headers: OnceCell::new(),
        };
        Ok(question(&image, &reader, &elf))
    }
}
