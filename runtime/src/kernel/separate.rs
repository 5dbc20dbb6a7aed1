//! Debug information in a file of its own: where distributions put it, or where `--debuginfo` says;
//! and the symbols that some keep compressed in the executable itself (`.gnu_debugdata`).

use std::{
    fs,
    path::{Path, PathBuf},
};

use object::{Endianness, Object, ObjectSection, read::elf::ElfFile64};

use super::zip;

/// Where separate files are looked for.
#[derive(Debug, Clone)]
pub(super) struct Folders {
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
