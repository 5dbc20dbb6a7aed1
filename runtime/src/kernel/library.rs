//! Finds the file that a probe means: a path, a command of `PATH`, or a library by its name.

use std::{env, fs, os::unix::fs::PermissionsExt, path::Path};

/// Where libraries are, besides what the dynamic linker's cache lists.
const DIRECTORIES: [&str; 10] = [
    "/lib64",
    "/usr/lib64",
    "/lib/x86_64-linux-gnu",
    "/usr/lib/x86_64-linux-gnu",
    "/lib/aarch64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
    "/lib",
    "/usr/lib",
    "/usr/local/lib",
    "/usr/local/lib64",
];

/// The full path of `name`, as process `pid` sees it, if there is one.
pub(super) fn find(name: &str, pid: Option<u32>) -> Option<String> {
    if name.contains('/') {
        return absolute(name, pid);
    }
    from_path(name).or_else(|| library(name))
}

/// A path as it is; one that only the traced process sees is reached through its root.
fn absolute(name: &str, pid: Option<u32>) -> Option<String> {
    let path = std::path::absolute(name).ok()?;
    let seen = pid.map(|pid| format!("/proc/{pid}/root{}", path.display()));
    let here = path.into_os_string().into_string().ok()?;
    [Some(here), seen].into_iter().flatten().find(|path| Path::new(path).is_file())
}

fn from_path(name: &str) -> Option<String> {
    let directories = env::var_os("PATH")?;
    env::split_paths(&directories).map(|directory| directory.join(name)).find_map(|path| {
        let file = fs::metadata(&path).ok()?;
        let runs = file.is_file() && file.permissions().mode() & 0o111 != 0;
        runs.then(|| path.into_os_string().into_string().ok())?
    })
}

/// The library that the dynamic linker takes for the name in a program: a path, or the name of a
/// file.
pub(crate) fn needed(name: &str) -> Option<String> {
    if name.contains('/') { Some(name.to_owned()) } else { library(name) }
}

/// `libc`, `libc.so` or `libc.so.6`: the library of exactly this name, or its newest version.
fn library(name: &str) -> Option<String> {
    if !name.starts_with("lib") {
        return None;
    }
    let mut candidates: Vec<(String, String)> =
        cached().into_iter().filter(|(found, _)| rank(name, found).is_some()).collect();
    if candidates.is_empty() {
        candidates = DIRECTORIES.iter().flat_map(|directory| listed(directory, name)).collect();
    }
    // The first of the best: the cache lists the dynamic linker's own choice first.
    candidates.sort_by_key(|(found, _)| std::cmp::Reverse(rank(name, found)));
    candidates.into_iter().map(|(_, path)| path).find(|path| is_native(path))
}

/// How well the file name `found` fits `name`: exactly, without a version, by version.
fn rank(name: &str, found: &str) -> Option<(u8, Vec<u32>)> {
    if found == name {
        return Some((2, Vec::new()));
    }
    let rest = found.strip_prefix(name)?;
    let rest = if name.ends_with(".so") { rest } else { rest.strip_prefix(".so")? };
    if rest.is_empty() {
        return Some((1, Vec::new()));
    }
    let version: Result<_, _> = rest.strip_prefix('.')?.split('.').map(str::parse).collect();
    version.ok().map(|version| (0, version))
}

/// Commands of `PATH` and libraries whose names match.
pub(super) fn by_pattern(pattern: &str) -> Vec<String> {
    let commands = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(&commands).map(|folder| folder.display().to_string());
    let mut found: Vec<_> = folders
        .flat_map(|folder| fs::read_dir(folder).into_iter().flatten().flatten())
        .filter(|entry| super::matches(pattern, &entry.file_name().to_string_lossy()))
        .filter_map(|entry| entry.path().into_os_string().into_string().ok())
        .collect();
    let stem = |name: &str| name.split(".so").next().unwrap_or_default().to_owned();
    let libraries = cached().into_iter().filter(|(name, _)| {
        super::matches(pattern, name) || super::matches(pattern, &stem(name))
    });
    found.extend(libraries.map(|(_, path)| path));
    found.retain(|path| is_native(path));
    found
}

fn listed(directory: &str, name: &str) -> Vec<(String, String)> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|found| rank(name, found).is_some())
        .map(|found| {
            let path = format!("{directory}/{found}");
            (found, path)
        })
        .collect()
}

/// Whether it is an executable or library of this machine, and not, say, a linker's script.
pub(super) fn is_native(path: &str) -> bool {
    let mut head = [0u8; 20];
    let read = fs::File::open(path)
        .and_then(|mut file| std::io::Read::read_exact(&mut file, &mut head));
    let machine = match env::consts::ARCH {
        "aarch64" => object::elf::EM_AARCH64,
        _ => object::elf::EM_X86_64,
    };
    read.is_ok()
        && head.starts_with(b"\x7fELF\x02")
        && u16::from_le_bytes([head[18], head[19]]) == machine
}

/// Name and path of every library in the dynamic linker's cache.
fn cached() -> Vec<(String, String)> {
    fs::read("/etc/ld.so.cache").ok().and_then(|bytes| parse_cache(&bytes)).unwrap_or_default()
}

/// glibc's `cache_file_new`: after the magic and version (20 bytes) the number of entries; from
/// byte 48 on entries of 24 bytes, with the offsets of name and path at 4 and 8. An older cache
/// may stand before it.
fn parse_cache(bytes: &[u8]) -> Option<Vec<(String, String)>> {
    let magic = b"glibc-ld.so.cache1.1";
    let start = bytes.windows(magic.len()).position(|window| window == magic)?;
    let cache = &bytes[start..];
    let word = |at: usize| {
        let word = cache.get(at..at + 4)?;
        Some(u32::from_le_bytes(word.try_into().ok()?) as usize)
    };
    let text = |at: usize| {
        let rest = cache.get(at..)?;
        let end = rest.iter().position(|byte| *byte == 0)?;
        String::from_utf8(rest[..end].to_vec()).ok()
    };
    let entry = |index: usize| {
        let at = 48 + index * 24;
        Some((text(word(at + 4)?)?, text(word(at + 8)?)?))
    };
    Some((0..word(20)?).map_while(entry).collect())
}

#[cfg(test)]
mod tests {
    use super::rank;

    #[test]
    fn newest_version_of_the_named_library() {
        assert!(rank("libc", "libc.so.6") > rank("libc", "libc.so.5"));
        assert!(rank("libc", "libc.so") > rank("libc", "libc.so.6"));
        assert!(rank("libc.so.6", "libc.so.6") > rank("libc", "libc.so"));
        assert!(rank("libm", "libm.so.10") > rank("libm", "libm.so.6"));
        assert_eq!(rank("libc", "libcap.so.2"), None);
        assert_eq!(rank("libc", "libc.so.6-old"), None);
    }
}
