//! Files that hold BTF.

use std::{
    fs::{self, File},
    io,
    path::Path,
    rc::Rc,
};

use object::{Endianness, Object, ObjectSection, elf::FileHeader64, read::elf::ElfFile};
use stdlib::{Answer, Unanswered};

use super::{Btf, Bytes};
use crate::ffi::Mapping;

const FOLDER: &str = "/sys/kernel/btf";

/// What the kernel shows of itself or of a module.
pub(super) fn sysfs(name: &str, base: Option<Rc<Btf>>) -> Answer<Btf> {
    let path = format!("{FOLDER}/{name}");
    let bytes = read(&path).map_err(|error| {
        if error.kind() != io::ErrorKind::NotFound || base.is_some() {
            return unreadable(&path, &error);
        }
        no_btf()
    })?;
    Btf::new(bytes, base).ok_or_else(|| not_btf(&path))
}

/// Why there are no types of the kernel.
pub(super) fn no_btf() -> Unanswered {
    Unanswered {
        problem: "this kernel does not tell its types (it has no BTF)".to_owned(),
        help: Some("it needs a kernel with CONFIG_DEBUG_INFO_BTF".to_owned()),
    }
}

/// Maps the file, or reads it where the kernel doesn't map it (before Linux 6.16).
fn read(path: &str) -> io::Result<Bytes> {
    let file = File::open(path)?;
    match Mapping::of_file(&file) {
        Ok(mapping) => Ok(mapping.into()),
        Err(_) => Ok(fs::read(path)?.into()),
    }
}

/// A file that the user names: BTF as it is, or an ELF file that has it.
pub(super) fn file(path: &Path) -> Answer<Btf> {
    let name = path.display().to_string();
    let bytes = read(&name).map_err(|error| unreadable(&name, &error))?;
    match Btf::new(bytes, None) {
        Some(btf) => Ok(btf),
        None => elf(&name),
    }
}

/// Section `.BTF` of an ELF file.
pub(super) fn elf(path: &str) -> Answer<Btf> {
    let file = File::open(path).map_err(|error| unreadable(path, &error))?;
    let mapping = Mapping::of_file(&file).map_err(|error| unreadable(path, &error))?;
    let section = || {
        let elf = ElfFile::<FileHeader64<Endianness>>::parse(mapping.as_slice()).ok()?;
        let (start, size) = elf.section_by_name(".BTF")?.file_range()?;
        let start = usize::try_from(start).ok()?;
        Some(start..start.checked_add(usize::try_from(size).ok()?)?)
    };
    let part = section().ok_or_else(|| not_btf(path))?;
    Btf::new(Bytes::Mapped(mapping, part), None).ok_or_else(|| not_btf(path))
}

/// The modules that have BTF, sorted.
pub(super) fn module_names() -> Vec<String> {
    let entries = fs::read_dir(FOLDER).into_iter().flatten().flatten();
    let mut names: Vec<_> = entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| name != "vmlinux")
        .collect();
    names.sort_unstable();
    names
}

fn unreadable(path: &str, error: &io::Error) -> Unanswered {
    Unanswered { problem: format!("`{path}` cannot be read: {error}"), help: None }
}

fn not_btf(path: &str) -> Unanswered {
    Unanswered { problem: format!("`{path}` has no types that can be read (BTF)"), help: None }
}
