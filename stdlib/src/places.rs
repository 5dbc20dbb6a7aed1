//! What the probe types may ask about the places that the machine lets be traced. Like [`Kernel`],
//! real in `runtime` and recorded in `tests`.
//!
//! [`Kernel`]: crate::Kernel

use serde::{Deserialize, Serialize};

use crate::Answer;

/// What a function of the kernel takes and gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prototype {
    /// Names and types, in order; names may be empty.
    pub parameters: Vec<(String, ir::Ty)>,
    /// Whether more arguments may follow.
    pub variadic: bool,
    /// What it returns.
    pub returns: ir::Ty,
}

/// A function of a loaded BPF program.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct BpfFunction {
    /// The program's number.
    pub program: u32,
    /// The function's name.
    pub name: String,
}

/// Why a function of the kernel can't be traced, as far as the machine knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Untraceable {
    /// The kernel has no function of this name: it is inlined everywhere, or called otherwise.
    Unknown,
    /// The compiler made others of it (`NAME.isra.0`).
    Changed(Vec<String>),
    /// The kernel forbids probes on it, since the probes themselves need it.
    Blacklisted,
    /// It is marked `notrace`, or comes before the function tracer can follow.
    NoTrace,
    /// Its module is not loaded.
    NoModule,
}

/// What can be traced. In patterns only `*` is special.
pub trait Places {
    /// Functions of the kernel whose types it tells, which fentry can trace, and whose name
    /// matches, as (module, function), sorted; the module of the kernel proper is `vmlinux`.
    fn typed_functions(
        &self,
        module: Option<&str>,
        pattern: &str,
    ) -> Answer<Vec<(String, String)>>;
    /// Functions of loaded BPF programs that fentry can trace, sorted.
    fn bpf_functions(&self, pattern: &str) -> Answer<Vec<BpfFunction>>;
    /// Why function `name` is not among those that [`Kernel::functions`](crate::Kernel::functions) gives.
    fn untraceable(&self, module: Option<&str>, name: &str) -> Untraceable;
    /// What function `name` takes and gives; the module is none for all of them.
    fn prototype(&self, module: Option<&str>, name: &str) -> Answer<Option<Prototype>>;
    /// What raw tracepoint `name` passes.
    fn tracepoint_prototype(&self, name: &str) -> Answer<Option<Prototype>>;
}
