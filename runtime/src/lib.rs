//! Everything that touches the kernel: what it can tell, loading, attaching, polling, reading
//! maps, and the end of a run. It does not know the language, only `ir::Program`.

mod act;
mod announce;
mod attach;
mod btf;
mod bytecode;
mod child;
pub mod clock;
pub mod decode;
pub mod disasm;
mod ending;
mod error;
mod events;
mod ffi;
mod flight;
mod forest;
pub mod format;
pub mod frequent;
mod groups;
mod kernel;
mod ledger;
mod listing;
mod load;
mod maps;
pub mod names;
pub mod output;
mod pacing;
mod packets;
mod page_flags;
mod perf_ring;
pub mod pictures;
mod progress;
mod reaper;
pub mod reduce;
mod ring;
pub mod series;
mod session;
mod settle;
mod sketch;
mod state;
mod stock;
pub mod symbols;
mod trials;
mod unwind;
pub mod value;
mod verifier;
mod warnings;

pub use announce::Announce;
pub use bytecode::{describe, disassemble_object, instruction_counts};
pub use child::{Status, find_command, split_command};
pub use error::{Capability, Error, check_permission, lockdown};
pub use groups::{container, control_group};
pub use kernel::{
    Btf, BtfKind, Machine, Prototype, Target, TypeId, online_cpus, possible_cpus,
};
pub use listing::Listing;
pub use load::{Collect, LoadOptions, Loaded, load};
pub use maps::{Entries, Maps};
pub use session::{Ended, RunOptions, run};
pub use state::Shared;
pub use trials::{run_benches, run_tests};
pub use warnings::Warnings;
