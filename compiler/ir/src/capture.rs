//! Packets that programs copy out for files: where they are sent, and what goes before each.

use serde::{Deserialize, Serialize};

use crate::MapId;

/// The files that packets go to, and the way there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Captures {
    /// An array of perf events: one for each CPU, which the runtime opens.
    pub map: MapId,
    /// Paths of the files, each once.
    pub files: Vec<String>,
}

impl Captures {
    /// Bytes before each packet.
    pub const HEADER: u32 = 24;
    /// Where in them the moment is, as `CLOCK_BOOTTIME` has it: a `u64` of nanoseconds.
    pub const MOMENT: i32 = 0;
    /// Where the number of the file is (`u32`).
    pub const FILE: i32 = 8;
    /// Where it is said how many of the bytes that follow are left out (`u32`).
    pub const SKIPPED: i32 = 12;
    /// Where it is said how long the packet is without those (`u32`).
    pub const LENGTH: i32 = 16;
    /// Where it is said how many bytes follow, those left out among them (`u32`); the kernel may
    /// add a few.
    pub const SENT: i32 = 20;
    /// The most bytes of a packet: what is sent at once, with all that goes before it, has its
    /// length in 16 bits.
    pub const LONGEST: u32 = 65_472;
}
