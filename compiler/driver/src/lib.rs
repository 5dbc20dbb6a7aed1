//! The command `hawk`: its command line, and the order in which things happen.

mod cli;
pub mod emit;
mod fmt;
mod help;
mod list;
mod messages;
pub mod pipeline;
mod program;
mod start;

pub use cli::StageName;
pub use start::main;
