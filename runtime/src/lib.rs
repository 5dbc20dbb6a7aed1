//! Everything that touches the kernel: what it can tell, loading, attaching, polling, reading
//! maps, and the end of a run. It does not know the language, only `ir::Program`.

mod error;
mod ffi;
mod kernel;

pub use error::{Capability, Error, check_permission};
pub use kernel::{Machine, Target, online_cpus, possible_cpus};
