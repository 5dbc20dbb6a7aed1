//! What the probe types may ask about the places that the machine lets be traced. Like [`Kernel`],
//! real in `runtime` and recorded in `tests`.
//!
//! [`Kernel`]: crate::Kernel

use serde::{Deserialize, Serialize};

use crate::{Answer, Symbol};

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

/// One place of a static probe that a program's author put there (USDT).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaticProbe {
    /// Whose it is: usually the program's name.
    pub provider: String,
    /// Its name. Several places may have the same.
    pub name: String,
    /// Where its instruction is in the file, in bytes.
    pub offset: u64,
    /// Where the counter of its users is in the file; 0 if it has none.
    pub semaphore: u64,
    /// Its operands as the assembler wrote them: `8@%rdi -4@-20(%rbp) 4@$5`.
    pub operands: String,
}

/// What lies at an address of a file as it is mapped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddressPlace {
    /// Where it is in the file, in bytes.
    pub offset: u64,
    /// The function that it is in, and how far behind its start.
    pub function: Option<(String, u64)>,
}

/// What a list describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Described<'a> {
    /// A function of the kernel.
    Function {
        /// The module that has it; none where any will do.
        module: Option<&'a str>,
        /// Its name.
        name: &'a str,
    },
    /// A raw tracepoint, by its name.
    RawTracepoint(&'a str),
    /// An iterator, by its name.
    Iterator(&'a str),
}

/// What a place takes and gives, in C as the kernel's source has it: for people to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    /// `struct file * file`
    pub parameters: Vec<String>,
    /// The type of what it returns.
    pub returns: Option<String>,
}

/// What a function of a program takes and gives, by its debug information.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UserFunction {
    /// In order.
    pub parameters: Vec<Parameter>,
    /// What it returns.
    pub returns: ir::Ty,
}

/// A parameter of such a function.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Its type. Structs that pointers point to are [`ir::Ty::Opaque`], and their names tell the
    /// file: `struct point@/usr/bin/draw`.
    pub ty: ir::Ty,
    /// Where it is when the function is entered.
    pub held: Held,
}

/// A variable or parameter at one instruction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Local {
    /// Its name.
    pub name: String,
    /// Its type, as that of a [`Parameter`].
    pub ty: ir::Ty,
    /// Where it is when the instruction is reached.
    pub held: Held,
    /// Why it cannot be read there; empty if it can.
    pub why: String,
    /// Lines of the source where it can be read, first and last of each part.
    pub lines: Vec<(u32, u32)>,
}

/// Where a value is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Held {
    /// In registers, of which each has a piece.
    Pieces(Vec<Piece>),
    /// In memory, so many bytes from where the stack pointer points.
    Stack(u32),
    /// In memory, at the address in this register.
    Behind(String),
    /// In memory, so many bytes from the address in a register.
    At {
        /// By its name in `reg()`.
        register: String,
        /// In bytes.
        offset: i32,
    },
    /// In what cannot be read, or it is not known.
    Nowhere,
}

/// Bytes of a value that are in one register, the lowest ones of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    /// Where in the value, in bytes.
    pub at: u32,
    /// In bytes.
    pub size: u32,
    /// By its name in `reg()`.
    pub register: String,
}

/// A line of a source file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SourceLine {
    /// The last parts of the file's path.
    pub file: String,
    /// Counted from 1.
    pub line: u32,
    /// Counted from 1; none for all of the line.
    pub column: Option<u32>,
}

/// Where the code of a line is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinePlaces {
    /// In the file, in bytes: one for each function that has code of it, inlined ones too.
    pub offsets: Vec<u64>,
    /// The next line that has code.
    pub next: Option<u32>,
    /// Whether anything was compiled from the source file.
    pub is_known: bool,
}

/// The instructions of a function, in bytes from its start.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Code {
    /// Where each starts, up to the first that is not understood.
    pub starts: Vec<u64>,
    /// Those of them that return from the function.
    pub returns: Vec<u64>,
    /// Where it goes on when Go has seen that the stack is large enough for it; 0 if it does not
    /// look. From before it, a call starts again when the stack was enlarged.
    pub body: u64,
}

/// How functions are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Convention {
    /// As C does.
    C,
    /// As Go does since 1.18: in registers of its own choice.
    Go,
    /// As Go did before: on the stack.
    GoOnStack,
}

/// Something in an executable or library that has a name, and where it will be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// Its address as the file has it.
    pub address: u64,
    /// In bytes.
    pub size: u64,
    /// Whether that is its address in every process.
    pub is_fixed: bool,
    /// What of the file is mapped: where it is in the file, in bytes, how much, and its address.
    pub mapped: Vec<(u64, u64, u64)>,
}

impl Named {
    /// How far it is behind the code at `offset` of the file.
    pub fn behind(&self, offset: u64) -> Option<i64> {
        let inside = |(start, size, _): &&(u64, u64, u64)| {
            offset.checked_sub(*start).is_some_and(|into| into < *size)
        };
        let (start, _, address) = self.mapped.iter().find(inside)?;
        Some(self.address.wrapping_sub(address + (offset - start)).cast_signed())
    }
}

/// A function of the kernel's code, as a program might call it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KernelCall {
    /// Its number among the kernel's types, by which programs call it.
    pub id: u32,
    /// What it takes and gives.
    pub prototype: Prototype,
    /// The kinds of programs that the kernel lets call it (kfuncs, Linux 5.13); most functions
    /// have none.
    pub kinds: Vec<ir::ProgramKind>,
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
    /// The files that a probe names: of a pattern all that match, of `*` all that are mapped by
    /// the process of `-p` or by any, of nothing the one that the process of `-p` runs.
    fn binaries(&self, pattern: &str) -> Answer<Vec<String>>;
    /// Functions of the file at `path` whose name as the programmer wrote it matches, with that
    /// name; a pattern without `(` is compared with the name without parameters.
    fn demangled(&self, path: &str, pattern: &str) -> Answer<Vec<(Symbol, String)>>;
    /// What lies at `address` of the file at `path`.
    fn at_address(&self, path: &str, address: u64) -> Answer<Option<AddressPlace>>;
    /// The instructions of the function `symbol` of the file at `path`.
    fn code(&self, path: &str, symbol: &Symbol) -> Answer<Code>;
    /// Where the code of a line of its source is in the file at `path`.
    fn line(&self, path: &str, source: &SourceLine) -> Answer<LinePlaces>;
    /// Where copies of the functions called `name` start that the compiler put in place of calls, in
    /// bytes of the file at `path`.
    fn inlined(&self, path: &str, name: &str) -> Answer<Vec<u64>>;
    /// What the function `symbol` of the file at `path` takes and gives; none if no debug
    /// information tells.
    fn user_function(&self, path: &str, symbol: &Symbol) -> Answer<Option<UserFunction>>;
    /// The variables that are in scope at an instruction of the file at `path`; none if no debug
    /// information tells.
    fn locals(&self, path: &str, offset: u64) -> Answer<Option<Vec<Local>>>;
    /// How the functions of the file at `path` that its main compiler made are called.
    fn convention(&self, path: &str) -> Answer<Convention>;
    /// The kernel's iterators whose name matches, sorted.
    fn iterators(&self, pattern: &str) -> Answer<Vec<String>>;
    /// The static probes of the file at `path`.
    fn static_probes(&self, path: &str) -> Answer<Vec<StaticProbe>>;
    /// What a place takes and gives, for lists; nothing depends on it when a program is compiled,
    /// so that machines from files need not tell it.
    fn declared(&self, _what: Described<'_>) -> Answer<Option<Declared>> {
        Ok(None)
    }
    /// The variable or function `name` of the file at `path`; `Ok(None)` if it has none.
    fn named(&self, path: &str, name: &str) -> Answer<Option<Named>>;
    /// The kernel's function `name`, as programs may call it; `Ok(None)` if it has none, or only
    /// a module has it.
    fn kernel_call(&self, name: &str) -> Answer<Option<KernelCall>>;
    /// What raw tracepoint `name` passes.
    fn tracepoint_prototype(&self, name: &str) -> Answer<Option<Prototype>>;
}
