//! Debug information in a file of its own: where distributions put it, or where `--debuginfo` says;
//! and the symbols that some keep compressed in the executable itself (`.gnu_debugdata`).

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use object::{Endianness, Object, ObjectSection, ObjectSegment, read::elf::ElfFile64};

use super::zip;

/// Where separate files are looked for.
#[derive(Debug, Clone)]
pub(crate) struct Folders {
    entries: Vec<String>,
    /// Whether the sum of a file is compared even where its build id is.
    sums: bool,
}

impl Default for Folders {
    /// Beside the file, in `.debug` beside it, and where distributions put them.
    fn default() -> Self {
        let entries = ["", ".debug", "/usr/lib/debug"].map(str::to_owned).into();
        Self { entries, sums: false }
    }
}

impl Folders {
    /// Looks into `lists` of folders first, each as `DIR[:DIR]`; one that begins with `+` wants
    /// sums compared. What is no absolute path is beside the file itself.
    pub(super) fn with(lists: &[String]) -> Self {
        let usual = Self::default();
        let sums = lists.iter().any(|list| list.starts_with('+'));
        let all = lists.iter().flat_map(|list| list.trim_start_matches('+').split(':'));
        let entries = all.map(str::to_owned).chain(usual.entries).collect();
        Self { entries, sums }
    }

    /// Those that are not beside the file.
    pub(super) fn absolute(&self) -> Vec<PathBuf> {
        let absolute = self.entries.iter().filter(|entry| entry.starts_with('/'));
        absolute.map(PathBuf::from).collect()
    }

    /// These and the usual ones.
    pub(crate) fn absolutes(folders: &[PathBuf]) -> Self {
        let usual = Self::default();
        let given = folders.iter().map(|folder| folder.display().to_string());
        Self { entries: given.chain(usual.entries).collect(), sums: false }
    }

    /// The separate file of the executable or library that is at `path` now, and that had this name
    /// where it was executed.
    pub(crate) fn separate(&self, path: &Path, name: &str) -> Option<String> {
        let file =
            fs::File::open(path).and_then(|it| crate::ffi::Mapping::of_file(&it)).ok()?;
        self.find(name, &ElfFile64::<Endianness>::parse(file.as_slice()).ok()?)
    }

    /// Bytes of debug information that belong to the file at `path`, compressed or not, there and in
    /// its separate file.
    pub(crate) fn debug_bytes(&self, path: &Path) -> u64 {
        let open = |path: &Path| {
            fs::File::open(path).and_then(|it| crate::ffi::Mapping::of_file(&it)).ok()
        };
        let Some(file) = open(path) else { return 0 };
        let Ok(elf) = ElfFile64::<Endianness>::parse(file.as_slice()) else { return 0 };
        let separate = path.to_str().and_then(|path| self.find(path, &elf));
        let separate = separate.and_then(|path| open(Path::new(&path)));
        let other = separate.as_ref().and_then(|it| ElfFile64::parse(it.as_slice()).ok());
        debug_bytes(&elf) + other.map_or(0, |other| debug_bytes(&other))
    }

    /// The separate file of the executable or library at `path`.
    pub(super) fn find(&self, path: &str, elf: &ElfFile64<'_, Endianness>) -> Option<String> {
        let id = elf.build_id().ok().flatten();
        let link = elf.gnu_debuglink().ok().flatten();
        let own = Path::new(zip::split(path).0);
        let by_id = id.into_iter().flat_map(|id| self.by_id(id));
        let by_link = link.into_iter().flat_map(|(name, _)| self.by_link(own, name));
        let sum = link.map(|(_, sum)| sum);
        let found = by_id.chain(by_link).find(|file| {
            file.as_path() != own && self.belongs(file, id, sum.filter(|_| link.is_some()))
        });
        found?.into_os_string().into_string().ok()
    }

    /// `.build-id/ab/cdef….debug` in each folder.
    fn by_id(&self, id: &[u8]) -> Vec<PathBuf> {
        let [first, rest @ ..] = id else { return Vec::new() };
        let rest: String = rest.iter().map(|byte| format!("{byte:02x}")).collect();
        let name = format!(".build-id/{first:02x}/{rest}.debug");
        let folders = self.entries.iter().filter(|entry| entry.starts_with('/'));
        folders.map(|folder| Path::new(folder).join(&name)).collect()
    }

    /// The file that the executable names, in each folder.
    fn by_link(&self, own: &Path, name: &[u8]) -> Vec<PathBuf> {
        let (Ok(name), Some(beside)) = (std::str::from_utf8(name), own.parent()) else {
            return Vec::new();
        };
        let inside = |entry: &String| match entry.strip_prefix('/') {
            None => vec![beside.join(entry).join(name)],
            Some(_) => {
                let below = beside.strip_prefix("/").unwrap_or(beside);
                vec![Path::new(entry).join(below).join(name), Path::new(entry).join(name)]
            }
        };
        self.entries.iter().flat_map(inside).collect()
    }

    /// Whether `file` is of the same build.
    fn belongs(&self, file: &Path, id: Option<&[u8]>, sum: Option<u32>) -> bool {
        let Ok(bytes) = fs::File::open(file).and_then(|it| crate::ffi::Mapping::of_file(&it))
        else {
            return false;
        };
        let Ok(elf) = ElfFile64::<Endianness>::parse(bytes.as_slice()) else { return false };
        let same = match (id, elf.build_id().ok().flatten()) {
            (Some(id), Some(other)) => Some(id == other),
            _ => None,
        };
        match (same, sum) {
            (Some(false), _) => false,
            (Some(true), Some(sum)) if self.sums => crc32fast::hash(bytes.as_slice()) == sum,
            (Some(true), _) => true,
            (None, Some(sum)) => crc32fast::hash(bytes.as_slice()) == sum,
            (None, None) => false,
        }
    }
}

/// The executable of symbols only that is compressed inside of the file at `path`, if there is one, as
/// a file without a name.
pub(crate) fn inner_symbols(path: &Path) -> Option<fs::File> {
    let file = fs::File::open(path).and_then(|it| crate::ffi::Mapping::of_file(&it)).ok()?;
    let elf = ElfFile64::<Endianness>::parse(file.as_slice()).ok()?;
    let mut unnamed = crate::ffi::memory_file().ok()?;
    unnamed.write_all(&inner(&elf)?).ok()?;
    Some(unnamed)
}

/// The addresses that places in the file at `path` have when it is mapped.
pub(crate) fn addresses(path: &Path, offsets: &[u64]) -> Option<Vec<u64>> {
    let file = fs::File::open(path).and_then(|it| crate::ffi::Mapping::of_file(&it)).ok()?;
    let elf = ElfFile64::<Endianness>::parse(file.as_slice()).ok()?;
    offsets.iter().map(|offset| address(&elf, *offset)).collect()
}

/// Where a byte of the file is when it is mapped.
fn address(elf: &ElfFile64<'_, Endianness>, offset: u64) -> Option<u64> {
    elf.segments().find_map(|segment| {
        let (start, size) = segment.file_range();
        let within = offset.checked_sub(start).filter(|within| *within < size)?;
        Some(segment.address() + within)
    })
}

fn debug_bytes(elf: &ElfFile64<'_, Endianness>) -> u64 {
    let is_debug = |name: &str| name.starts_with(".debug_") || name.starts_with(".zdebug_");
    let sections = elf.sections().filter(|section| section.name().is_ok_and(is_debug));
    sections.map(|section| section.size()).sum()
}

/// Whether the file's own symbols are only those that it shows to others.
pub(super) fn is_stripped(elf: &ElfFile64<'_, Endianness>) -> bool {
    elf.elf_symbol_table().is_empty()
}

/// The small executable of symbols only that is compressed inside.
pub(super) fn inner(elf: &ElfFile64<'_, Endianness>) -> Option<Vec<u8>> {
    let section = elf.section_by_name(".gnu_debugdata")?;
    let mut compressed = section.data().ok()?;
    let mut bytes = Vec::new();
    lzma_rs::xz_decompress(&mut compressed, &mut bytes).ok()?;
    Some(bytes)
}
