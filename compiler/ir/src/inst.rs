//! Functions, blocks and instructions. Values are 64-bit integers or pointers; joins go through
//! slots, which LLVM turns back into registers, so that there are no phi nodes here.

use diag::Span;
use serde::{Deserialize, Serialize};

use crate::{
    BlockId, ExternId, FunctionId, GlobalId, Helper, IdVec, MapId, ProgramKind, Sign, SlotId,
    ValueId, Width,
};

/// One function: the body of a BPF program, or a subprogram.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Function {
    /// A C identifier, unique in the program.
    pub name: String,
    /// What may call it.
    pub role: Role,
    /// Whether its calls are calls in the end.
    pub inlining: Inlining,
    /// Every instruction; value `n` is the result of instruction `n`.
    pub insts: IdVec<ValueId, Inst>,
    /// Where in the script each instruction comes from.
    pub spans: IdVec<ValueId, Span>,
    /// The first block is the entry.
    pub blocks: IdVec<BlockId, Block>,
    /// Memory on the stack.
    pub slots: IdVec<SlotId, Slot>,
    /// Where in the script it starts.
    pub span: Span,
}

/// What a function is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Role {
    /// The kernel calls it with a context pointer; it returns a 32-bit integer.
    Program(ProgramKind),
    /// A program or a helper calls it: never inlined, returns a 64-bit integer.
    Subprogram {
        /// What its parameters are, at most 5.
        parameters: Vec<ValueKind>,
    },
}

/// Whether a subprogram's calls are calls in the end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Inlining {
    /// They are: the kernel runs at most 8 functions inside of each other.
    #[default]
    Never,
    /// Its body takes the place of each call.
    Always,
    /// They are, and the verifier looks at the body once, apart from all calls: a global function.
    /// Its only parameter points to so many bytes, or is null for all that the verifier knows.
    Apart {
        /// Of the memory that the parameter points to.
        bytes: u32,
    },
}

/// The two kinds of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ValueKind {
    /// 64 bits, of no sign: the operations have it.
    Int,
    /// A pointer that the verifier lets the program use: stack, map value, ring record, context.
    /// Addresses of kernel and user memory are `Int`.
    Ptr,
}

/// A basic block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// In the order of execution.
    pub insts: Vec<ValueId>,
    /// How it ends.
    pub end: Terminator,
    /// Where in the script its end comes from.
    pub span: Span,
}

/// The end of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Terminator {
    /// Goes on there.
    Jump(BlockId),
    /// Goes to `then` if `condition` is not zero, else to `other`.
    Branch {
        /// An integer.
        condition: ValueId,
        /// Taken when it is not zero.
        then: BlockId,
        /// Taken when it is.
        other: BlockId,
    },
    /// Leaves the function.
    Return(ValueId),
}

/// Memory on the stack of a function. Its content is undefined until it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    /// In bytes.
    pub size: u32,
    /// In bytes.
    pub align: u32,
}

/// What an arithmetic instruction does. Comparisons give 0 or 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are the usual ones")]
pub enum Bin {
    Add,
    Sub,
    Mul,
    /// Division by zero gives 0, as the hardware of BPF does.
    UDiv,
    /// Signed: truncates towards zero. Below CPU level v4 the emitter's caller lowers it to `UDiv`.
    SDiv,
    /// Remainder by zero gives the dividend.
    UMod,
    SMod,
    And,
    Or,
    Xor,
    Shl,
    /// Logical.
    Shr,
    /// Arithmetic.
    Sar,
    Eq,
    Ne,
    ULt,
    ULe,
    SLt,
    SLe,
}

/// An atomic operation that gives the old value; needs Linux 5.12 (CPU level v3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are the usual ones")]
pub enum Fetch {
    Add,
    Exchange,
}

/// No helper has so large a number.
pub const KERNEL_CALLS: u32 = 1 << 30;

/// One instruction. Operands are results of instructions that dominate it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Inst {
    /// A 64-bit constant → `Int`.
    Const(i64),
    /// The null pointer → `Ptr`.
    Null,
    /// `Int × Int → Int`
    Bin(Bin, ValueId, ValueId),
    /// Keeps the low bits and extends them to 64: `Int → Int`.
    Extend(ValueId, Width, Sign),
    /// The address of a slot → `Ptr`.
    Slot(SlotId),
    /// The address of a map, to be passed to helpers → `Ptr`.
    Map(MapId),
    /// The address of a global variable → `Ptr`.
    Global(GlobalId),
    /// The address of a subprogram, to be passed to helpers → `Ptr`.
    Function(FunctionId),
    /// The program's context → `Ptr`.
    Context,
    /// A parameter of a subprogram.
    Parameter(u32),
    /// `pointer + bytes`: `Ptr × Int → Ptr`.
    Offset(ValueId, ValueId),
    /// Whether a pointer is null: `Ptr → Int`.
    IsNull(ValueId),
    /// The pointer as a number: `Ptr → Int`.
    Address(ValueId),
    /// Reads an integer through a pointer and extends it → `Int`.
    Load {
        /// From where.
        ptr: ValueId,
        /// In bytes.
        offset: i32,
        /// How much.
        width: Width,
        /// How to extend it.
        sign: Sign,
    },
    /// Reads a pointer through a pointer → `Ptr`: only from a slot.
    LoadPtr(ValueId),
    /// Writes the low bits of an integer, or a pointer into a slot.
    Store {
        /// To where.
        ptr: ValueId,
        /// In bytes.
        offset: i32,
        /// How much.
        width: Width,
        /// What.
        value: ValueId,
    },
    /// Writes constant bytes.
    StoreBytes {
        /// To where.
        ptr: ValueId,
        /// In bytes.
        offset: i32,
        /// What.
        bytes: Vec<u8>,
        /// The alignment of `ptr + offset`, in bytes.
        align: u32,
    },
    /// Writes zeros.
    Zero {
        /// To where.
        ptr: ValueId,
        /// In bytes.
        offset: i32,
        /// How many.
        size: u32,
        /// The alignment of `ptr + offset`, in bytes.
        align: u32,
    },
    /// Copies bytes between memories that don't overlap.
    Copy {
        /// To where.
        to: ValueId,
        /// From where.
        from: ValueId,
        /// How many.
        size: u32,
        /// The alignment of both, in bytes.
        align: u32,
    },
    /// Adds atomically to the 8 bytes at `ptr + offset`.
    AtomicAdd {
        /// To where.
        ptr: ValueId,
        /// In bytes.
        offset: i32,
        /// What.
        value: ValueId,
    },
    /// Does so and gives the old value → `Int`.
    AtomicFetch {
        /// What to do.
        operation: Fetch,
        /// On which 8 bytes.
        ptr: ValueId,
        /// With what.
        value: ValueId,
    },
    /// Stores `new` in the 8 bytes at `ptr` if they are `expected`; gives the old value → `Int`.
    CompareExchange {
        /// On which 8 bytes.
        ptr: ValueId,
        /// What they must be.
        expected: ValueId,
        /// What they become.
        new: ValueId,
    },
    /// Calls a kernel helper, with at most 5 arguments → as [`Helper::returns`] says.
    Call(Helper, Vec<ValueId>),
    /// Calls a subprogram → `Int`.
    CallFunction(FunctionId, Vec<ValueId>),
    /// Calls a function of an imported program in C → `Int`.
    CallExtern(ExternId, Vec<ValueId>),
    /// Calls a function of the kernel (kfunc) by its number in BTF → `Int`. The object has a call of
    /// the helper [`KERNEL_CALLS`] + number: how such a call is written is settled when it is loaded.
    CallKernel(u32, Vec<ValueId>),
    /// An integer that the optimizer must take as it is and know nothing of: `Int → Int`.
    /// For bounds that the verifier has to see checked.
    Opaque(ValueId),
}
