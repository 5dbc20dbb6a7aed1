//! What programs and runtime share to follow stacks of code without frame pointers: tables made
//! from `.eh_frame`, one for each file, which the programs search.
//!
//! A table is an array of `u64`. Its rows are sorted: the offset in the file in the high half, and
//! in the low half the [`Rule`] for the code from there on. Before them is an index: for each block
//! of [`Unwind::BLOCK`] bytes of the file the last row that starts before or with it (low half) and
//! the first that starts behind it (high half). Files are known by their [`key`](Unwind::KEY_SIZE).

use serde::{Deserialize, Serialize};

use crate::MapId;

/// The maps of a program that follows stacks with tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unwind {
    /// From a file to the number of its table, how many blocks that has, and the number of the
    /// first (`u32` each, and zeros).
    pub files: MapId,
    /// The tables by number: an array of maps.
    pub tables: MapId,
    /// Files that were met and are not in `files`, with process, start and end of the mapping
    /// (`u64` each).
    pub wanted: MapId,
}

impl Unwind {
    /// Bytes of a file's key: its inode (`u64`), and the file system's device as the kernel counts
    /// it (`u32`) and zeros.
    pub const KEY_SIZE: u32 = 16;
    /// The inode that stands for the code that the kernel maps into every process, of device 0.
    pub const VDSO: u64 = u64::MAX;
    /// Bytes of what `files` says of a file.
    pub const FILE_SIZE: u32 = 16;
    /// Bytes of what `wanted` says of a file.
    pub const WANTED_SIZE: u32 = 24;
    /// In place of a table: nothing is known, a stack ends here.
    pub const UNKNOWN: u32 = 0;
    /// In place of a table, within a program: it is not made yet.
    pub const PENDING: u32 = u32::MAX;
    /// The bit of a frame's address that says that its table was pending, so that its caller was
    /// found by the frame pointer, whether it keeps one or not.
    pub const ASSUMED: u64 = 1 << 63;
    /// The bit of a frame's address that says that it is not what it is otherwise: of the first
    /// that it is behind the instruction that is executed, a system call, and of others that they
    /// are no return addresses, but were interrupted or are where a signal's handler returns to.
    pub const UNUSUAL: u64 = 1 << 62;
    /// In place of a table: the code keeps frame pointers.
    pub const FRAME_POINTERS: u32 = 1;
    /// The number of the first table.
    pub const FIRST_TABLE: u32 = 2;
    /// Tables that there can be, and files.
    pub const TABLES: u32 = 1024;
    /// Bytes of a block, a power of two: small, because a search takes a step for each time that
    /// the rows of one can be halved.
    pub const BLOCK: u32 = 1 << Self::BLOCK_SHIFT;
    /// The same as bits.
    pub const BLOCK_SHIFT: u32 = 8;
    /// How often a search halves what is left: a block has a row for each byte, and one before.
    pub const STEPS: u32 = Self::BLOCK_SHIFT + 1;
}

/// How the caller's frame is found: 32 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rule {
    /// Where the caller's stack pointer comes from.
    pub frame: FrameRule,
    /// Where the caller's frame pointer is.
    pub saved: SavedRule,
}

/// Where the caller's stack pointer (`CFA`) comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FrameRule {
    /// Not known: a stack ends here, unfinished.
    Unknown,
    /// The stack pointer and so many words.
    Stack(u16),
    /// The frame pointer and so many words.
    Frame(u16),
    /// An entry of the procedure linkage table: the stack pointer and one word, or two from this
    /// byte of the entry on.
    Linkage(u16),
    /// What is so many words below the place to which the frame pointer points: after the stack
    /// was aligned.
    BelowFrame(u16),
    /// What is so many words above the place to which the stack pointer points, and one word.
    OnStack(u16),
    /// A signal handler returns: all registers are on the stack.
    Signal,
    /// There is no caller: the stack is whole.
    Outermost,
    /// The frame pointer leads to the caller's, as it does where compilers keep it.
    FramePointer,
}

/// Where the caller's frame pointer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SavedRule {
    /// Where it is now.
    Same,
    /// So many words below the caller's stack pointer. On arm64 the return address is in the word
    /// above it; where neither is saved it is in its register.
    Below(u8),
    /// Where it is now; only the return address is saved, so many words below the caller's stack
    /// pointer (arm64).
    AddressBelow(u8),
    /// Where the frame pointer points.
    AtFrame,
}

impl FrameRule {
    /// Its number in a row.
    pub const fn number(self) -> u32 {
        match self {
            Self::Unknown => 0,
            Self::Stack(_) => 1,
            Self::Frame(_) => 2,
            Self::Linkage(_) => 3,
            Self::BelowFrame(_) => 4,
            Self::OnStack(_) => 5,
            Self::Signal => 6,
            Self::Outermost => 7,
            Self::FramePointer => 8,
        }
    }
}

impl Rule {
    /// Nothing is known.
    pub const UNKNOWN: Self = Self { frame: FrameRule::Unknown, saved: SavedRule::Same };
    /// The bits of [`FrameRule::number`].
    pub const KIND: u32 = 0xf;
    /// The bit that says that the frame pointer is saved; the byte above has how many words below.
    pub const SAVED: u32 = 0x10;
    /// The bit that says that it is saved where the frame pointer points.
    pub const AT_FRAME: u32 = 0x20;
    /// The bit that says that only the return address is saved; the byte above has how many words
    /// below.
    pub const ADDRESS_SAVED: u32 = 0x40;
    /// Where that byte is.
    pub const BELOW_SHIFT: u32 = 8;
    /// Where the words of the frame's rule are, 16 bits.
    pub const WORDS_SHIFT: u32 = 16;

    /// What compilers write for code that keeps frame pointers.
    pub const FRAME_POINTER: Self =
        Self { frame: FrameRule::Frame(2), saved: SavedRule::Below(2) };

    /// The 32 bits.
    pub const fn encode(self) -> u32 {
        let words = match self.frame {
            FrameRule::Stack(words)
            | FrameRule::Frame(words)
            | FrameRule::BelowFrame(words)
            | FrameRule::Linkage(words)
            | FrameRule::OnStack(words) => words,
            FrameRule::Unknown
            | FrameRule::Signal
            | FrameRule::Outermost
            | FrameRule::FramePointer => 0,
        };
        let saved = match self.saved {
            SavedRule::Same => 0,
            SavedRule::AtFrame => Self::AT_FRAME,
            SavedRule::Below(words) => Self::SAVED | (words as u32) << Self::BELOW_SHIFT,
            SavedRule::AddressBelow(words) => {
                Self::ADDRESS_SAVED | (words as u32) << Self::BELOW_SHIFT
            }
        };
        self.frame.number() | saved | (words as u32) << Self::WORDS_SHIFT
    }
}
