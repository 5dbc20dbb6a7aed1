//! Well-known constants of the kernel and of the C library, which scripts take from headers that
//! no machine need have. The tables come from the headers of Linux and glibc that each names;
//! what only the kernel's own headers define has not changed since Linux 5.10. A test compares
//! them with the headers of the machine.

mod errno;
mod file;
mod limits;
mod memory;
mod network;
mod process;
mod signal;
mod socket;
mod tcp;

/// Whether programs are made for arm64, which numbers some flags of `open` in its own way.
const ARM64: bool = cfg!(target_arch = "aarch64");

type Table = [(&'static str, i128)];

const TABLES: &[&Table] = &[
    errno::ALL,
    file::ALL,
    limits::ALL,
    memory::ALL,
    network::ALL,
    process::ALL,
    signal::ALL,
    socket::ALL,
    tcp::ALL,
    PAGES,
];

/// Sizes of pages are chosen with the kernel's configuration on arm64, and there is one on x86-64.
const PAGES: &Table = if ARM64 { &[] } else { &[("PAGE_SHIFT", 12), ("PAGE_SIZE", 4096)] };

/// The value of a constant, which 64 bits hold, with or without a sign.
pub fn find(name: &str) -> Option<i128> {
    let row = |table: &&Table| {
        let at = table.binary_search_by(|(known, _)| (*known).cmp(name)).ok()?;
        table.get(at).map(|(_, value)| *value)
    };
    TABLES.iter().find_map(row)
}

/// The enumerator of the kernel that numbers the bit which `name` stands for: of `REQ_SYNC` (since
/// Linux 4.8) `__REQ_SYNC`, of `__GFP_IO` (since 6.10) `___GFP_IO_BIT`.
pub fn numbered_by(name: &str) -> Option<String> {
    if let Some(rest) = name.strip_prefix("__GFP_") {
        return Some(format!("___GFP_{rest}_BIT"));
    }
    name.strip_prefix("REQ_").map(|rest| format!("__REQ_{rest}"))
}

/// Every constant with its value.
pub fn all() -> impl Iterator<Item = (&'static str, i128)> {
    TABLES.iter().flat_map(|table| table.iter().copied())
}
