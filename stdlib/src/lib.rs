//! The vocabulary of the language: builtins, functions, aggregations and probe types.
//!
//! Each word is one file that holds its row (name, usage, summary, example) with its type rule and
//! its lowering. Nothing here knows LLVM, libbpf or the parser.

pub mod aggregations;
pub mod builtins;
mod check;
mod config;
pub mod constants;
mod event;
mod forest;
pub mod functions;
pub mod hash;
pub mod headers;
mod kernel;
mod lower;
mod memory;
pub mod needs;
mod places;
pub mod prelude;
pub mod probes;
pub mod record;
mod reference;
pub mod settings;
mod stack;
mod suggest;
mod syscalls;
mod unwind;

pub use check::{
    Arg, ArgKind, Call, Check, Clock, Gate, Given, Literal, MapArg, Uses, article,
    help_for_late_name,
};
pub use config::{Config, Missing, Origins, Purpose, Unstable, UserSymbols, Watch};
pub use event::{Payload, send, send_bytes};
pub use forest::{descends, in_control_group, trees_of_current};
pub use kernel::{
    Answer, CProgram, Content, Feature, File, Kernel, PerCpuVariable, PidNamespace, Scope,
    Symbol, TracepointField, TracepointFormat, Unanswered, no_clang, version_code,
};
pub use lower::{Lower, call_map, cell, count_loss, look_up, lose_if, zeros};
pub use memory::{any, difference};
pub use places::{
    AddressPlace, BpfFunction, Code, Convention, Declared, Described, Held, KernelCall,
    LinePlaces, Local, Named, Parameter, Piece, Places, Prototype, SourceLine, StaticProbe,
    Untraceable, UserFunction,
};
pub use reference::reference;
pub use suggest::nearest;
pub use syscalls::{SYSCALL_ARGUMENTS, SYSCALL_NUMBER, syscall_number, tracepoint_of_call};
