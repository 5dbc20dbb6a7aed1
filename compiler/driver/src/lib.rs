//! The command `hawk`: its command line, and the order in which things happen.

mod bench;
mod cli;
mod debug;
pub mod emit;
mod environment;
mod fmt;
mod help;
mod info;
mod list;
mod listing;
mod manual;
mod messages;
mod old;
pub mod pages;
mod pictures;
pub mod pipeline;
mod program;
mod restrict;
mod scope;
mod start;
mod tools;
mod trace;
mod trials;
mod usage;

pub use cli::StageName;
pub use start::main;
