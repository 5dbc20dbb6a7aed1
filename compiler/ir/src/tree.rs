//! Processes and their descendants, which the kernel's own tracepoints tell of.

use serde::{Deserialize, Serialize};

use crate::{Attach, MapId, ProgramId};

/// The process that a tree of processes starts with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Root {
    /// This process.
    Process(u32),
    /// The process that `-c` starts.
    Child,
}

/// The trees of processes that programs ask about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forest {
    /// From the number of a thread (`u32`, in the initial namespace) to the trees that it belongs
    /// to (`u64`): bit `n` is that of root `n`.
    pub map: MapId,
    /// At most [`Forest::MOST`] are told apart.
    pub roots: Vec<Root>,
    /// Programs that keep the map while processes fork, execute and exit, and what each is
    /// attached to: before everything else, and before the map is filled.
    pub keepers: Vec<(ProgramId, Attach)>,
}

impl Forest {
    /// The bits of a value of the map.
    pub const MOST: usize = 64;
    /// How many programs keep the map.
    pub const KEEPERS: usize = 3;
}
