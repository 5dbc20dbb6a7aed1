//! Stacks as values: a small record in maps and events that names the frames, which lie once in a
//! map of their own.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Whose stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Side {
    /// The kernel's.
    Kernel,
    /// That of the process.
    User,
}

/// How a stack is shown, and for build ids also what is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum StackMode {
    /// `name+offset` a line.
    Bpftrace,
    /// As `perf script` does: address, name, module.
    Perf,
    /// Addresses.
    Raw,
    /// The build id of the file and the offset in it.
    BuildId,
}

impl StackMode {
    /// Every mode with its name.
    pub const NAMES: [(&'static str, Self); 4] = [
        ("bpftrace", Self::Bpftrace),
        ("perf", Self::Perf),
        ("raw", Self::Raw),
        ("build_id", Self::BuildId),
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, mode)| *mode == self).map_or("", |(name, _)| name)
    }
}

/// What is said of an address besides its function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Naming {
    /// Names of C++ and Rust as they are written, not as linkers know them.
    pub demangle: bool,
    /// File and line, where there is debug information.
    pub lines: bool,
    /// The functions that the compiler put into the one that is called.
    pub inlined: bool,
}

impl Default for Naming {
    fn default() -> Self {
        Self { demangle: true, lines: true, inlined: true }
    }
}

/// A stack's type. A value is [`Stack::SIZE`] bytes: its number (`u64`, 0 for an empty stack), the
/// count of its frames (`u32`, with [`Stack::UNFINISHED`]) and the process (`u32`, 0 for the kernel's).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Stack {
    /// Whose it is.
    pub side: Side,
    /// How it is shown.
    pub mode: StackMode,
    /// The most frames.
    pub limit: u32,
}

impl Stack {
    /// Bytes of a value.
    pub const SIZE: u32 = 16;
    /// Byte offset of the count of frames.
    pub const FRAMES: i32 = 8;
    /// In that word: there are callers that could not be found.
    pub const UNFINISHED: u32 = 1 << 31;
    /// Byte offset of the process.
    pub const PROCESS: i32 = 12;

    /// Bytes that the kernel writes for one frame: an address, or `struct bpf_stack_build_id`.
    pub const fn frame_size(self) -> u32 {
        match self.mode {
            StackMode::BuildId => 32,
            StackMode::Bpftrace | StackMode::Perf | StackMode::Raw => 8,
        }
    }

    /// Bytes of all frames, at most.
    pub const fn frames_size(self) -> u32 {
        self.frame_size() * self.limit
    }
}

impl fmt::Display for Stack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = match self.side {
            Side::Kernel => "kstack",
            Side::User => "ustack",
        };
        write!(f, "{side}_{}_{}", self.mode.name(), self.limit)
    }
}
