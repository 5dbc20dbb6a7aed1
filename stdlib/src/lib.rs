//! The vocabulary of the language: builtins, functions, aggregations and probe types.
//!
//! Each word is one file that holds its row (name, usage, summary, example) with its type rule and
//! its lowering. Nothing here knows LLVM, libbpf or the parser.

pub mod aggregations;
pub mod builtins;
mod check;
mod config;
pub mod functions;
mod kernel;
mod lower;
pub mod probes;
mod reference;
mod suggest;

pub use check::{Arg, ArgKind, Call, Check, Literal, MapArg, Uses, article};
pub use config::Config;
pub use kernel::{
    Answer, Feature, Kernel, PidNamespace, Symbol, TracepointField, TracepointFormat,
    Unanswered,
};
pub use lower::{Lower, Payload, cell, count_loss, lose_if, send};
pub use reference::reference;
pub use suggest::nearest;
