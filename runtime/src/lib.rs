//! Everything that touches the kernel: what it can tell, loading, attaching, polling, reading
//! maps, and the end of a run. It does not know the language, only `ir::Program`.

pub mod clock;
pub mod decode;
mod attach;
mod error;
mod ffi;
pub mod format;
mod kernel;
mod load;
mod maps;
mod ring;
mod state;
mod verifier;
pub mod names;
pub mod output;
pub mod reduce;
pub mod value;

pub use error::{Capability, Error, check_permission};
pub use kernel::{Machine, Target, online_cpus, possible_cpus};
pub use load::{Collect, LoadOptions, Loaded, load};
pub use maps::{Entries, Maps};
pub use state::Shared;
