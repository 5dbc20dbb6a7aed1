//! The back end: `ir::Program` → LLVM module → optimized module → ELF object with BTF and line
//! information, ready for libbpf.
//!
//! It decides nothing: one IR instruction is one function in `src/emit`, and what a program
//! means was settled before it came here. No other crate sees LLVM.

mod data;
mod debug;
mod emit;
mod error;
mod ffi;
mod function;
mod link;
mod machine;
mod unit;

use std::mem;

use inkwell::module::Module;
use ir::Program;

use crate::{ffi::Session, machine::Machine};

pub use error::Error;

/// Which version of the BPF instruction set the object may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Cpu {
    /// Linux 3.18.
    V1,
    /// Linux 4.14: all comparisons.
    V2,
    /// Linux 5.1, fetching atomics 5.12: 32-bit operations.
    #[default]
    V3,
    /// Linux 6.6: signed division, sign-extending moves and loads, long jumps.
    V4,
}

impl Cpu {
    /// LLVM's name for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::V1 => "v1",
            Self::V2 => "v2",
            Self::V3 => "v3",
            Self::V4 => "v4",
        }
    }
}

/// Where the values of slots may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Slots {
    /// Wherever LLVM thinks best: in registers for the most part. Where many live long, those that
    /// find no register take more stack than there is; then the module is compiled again.
    #[default]
    Anywhere,
    /// On the stack, and nowhere else: all that is needed there is known before.
    InMemory,
}

/// What can be chosen about code generation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// The instruction set.
    pub cpu: Cpu,
    /// Whether LLVM checks the emitted module, which costs a little time and finds only bugs of
    /// this crate.
    pub verify: bool,
    /// How much stack is taken, for fewer instructions.
    pub slots: Slots,
}

/// Which form of the module is wanted as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// As it was emitted.
    Emit,
    /// After the optimizer.
    Optimize,
}

/// What comes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compiled {
    /// An ELF object for libbpf.
    pub object: Vec<u8>,
}

/// Which LLVM is linked in.
pub fn version() -> String {
    let (major, minor, patch) = inkwell::support::get_llvm_version();
    format!("{major}.{minor}.{patch}")
}

/// Compiles `program` to an object.
///
/// # Errors
///
/// Returns what LLVM objects to: a bug of ours, or a function that needs too much stack.
pub fn compile(program: &Program, options: &Options) -> Result<Compiled, Error> {
    let compile = |slots| {
        with_module(program, (options, slots), |module, machine, session| {
            machine.optimize(module, session)?;
            Ok(Compiled { object: machine.object(module, session)? })
        })
    };
    match compile(options.slots) {
        Err(Error::Stack { .. }) if options.slots == Slots::Anywhere => {
            compile(Slots::InMemory)
        }
        result => result,
    }
}

/// The module of `program` in LLVM's textual form, at `stage`.
///
/// # Errors
///
/// Returns what LLVM objects to.
pub fn text(program: &Program, options: &Options, stage: Stage) -> Result<String, Error> {
    with_module(program, (options, options.slots), |module, machine, session| {
        if stage == Stage::Optimize {
            machine.optimize(module, session)?;
        }
        Ok(module.print_to_string().to_string())
    })
}

fn with_module<T>(
    program: &Program,
    (options, slots): (&Options, Slots),
    then: impl Fn(&Module<'_>, &Machine, &Session) -> Result<T, Error>,
) -> Result<T, Error> {
    let session = Session::new();
    let machine = Machine::new(options.cpu)?;
    let module = unit::emit(program, (options, slots), &machine, &session)?;
    let result = then(&module, &machine, &session);
    if matches!(result, Err(Error::Fatal(_))) {
        // LLVM left them in the middle of its work.
        mem::forget(module);
        mem::forget(machine);
        mem::forget(session);
    }
    result
}
