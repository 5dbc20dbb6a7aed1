//! The typed intermediate representation: the contract between the front end,
//! the LLVM back end and the runtime.
//!
//! It knows about BPF (maps, helpers, attach points, layouts) but not about the language
//! (no builtin or function names) and not about LLVM. All of it can be serialized.

mod attach;
mod builder;
mod capture;
mod dominators;
mod event;
mod flow;
mod format;
mod helper;
mod id;
mod inst;
mod loss;
mod print;
mod program;
mod reduce;
mod stack;
mod tree;
mod ty;
mod unwind;
mod verify;

pub use attach::{Attach, Cpus, FilePlace, Host, Owner, Rate, SameName, WatchGiven, When};
pub use builder::Builder;
pub use capture::Captures;
pub use event::{Action, Event, EventField, Place, Severity};
pub use format::{Conversion, Flags, Letter, Piece};
pub use helper::{Helper, Returns};
pub use id::{
    BlockId, EventId, ExternId, FunctionId, GlobalId, Id, IdVec, LossId, MapId, ProbeId,
    ProgramId, SiteId, SlotId, TableId, ValueId,
};
pub use inst::{
    Bin, Block, Fetch, Function, Inlining, Inst, KERNEL_CALLS, Role, Slot, Terminator,
    ValueKind,
};
pub use loss::{Loss, LossKind};
pub use program::{
    Bitcode, BpfProgram, Extern, Global, Link, Linking, Map, MapKind, Mutability, Phase, Probe,
    Program, ProgramKind, Short, Site, State, Table,
};
pub use reduce::{
    Keep, QUANTILE_BITS, REGISTER_BITS, REGISTERS, Reduce, Series, Top, log2_bucket, log2_range,
};
pub use stack::{Naming, Side, Stack, StackMode};
pub use tree::{Forest, Root};
pub use ty::{
    Access, Bits, Coded, Enum, Field, Packed, Record, Sign, Space, Ty, Width, align_up,
};
pub use unwind::{FrameRule, Rule, SavedRule, Unwind};
pub use verify::verify;
