//! The command `hawk`: its command line, and the order in which things happen.

mod cli;
mod emit;
mod list;
mod messages;
pub mod pipeline;
mod program;
mod start;

pub use start::main;
