//! Appends instructions to a function; what the vocabulary lowers with.

use diag::Span;

use crate::{
    Bin, Block, BlockId, Fetch, Function, FunctionId, GlobalId, Helper, IdVec, Inlining, Inst,
    MapId, Role, Sign, Slot, SlotId, Terminator, ValueId, ValueKind, Width,
};

/// Builds one function. Instructions go to the end of the current block and carry the current
/// span; what is appended after a block's end is unreachable and dropped.
#[derive(Debug)]
pub struct Builder {
    name: String,
    role: Role,
    inlining: Inlining,
    start: Span,
    insts: IdVec<ValueId, Inst>,
    spans: IdVec<ValueId, Span>,
    blocks: IdVec<BlockId, Open>,
    slots: IdVec<SlotId, Slot>,
    /// Slots that [`Builder::release`] may hand out again, in the order of use.
    in_use: Vec<(Slot, ValueId)>,
    free: Vec<(Slot, ValueId)>,
    current: BlockId,
    span: Span,
}

#[derive(Debug, Default)]
struct Open {
    insts: Vec<ValueId>,
    end: Option<(Terminator, Span)>,
}

impl Builder {
    /// Starts a function with an empty entry block.
    pub fn new(name: impl Into<String>, role: Role, span: Span) -> Self {
        let mut blocks = IdVec::default();
        let current = blocks.push(Open::default());
        Self {
            name: name.into(),
            role,
            inlining: Inlining::Never,
            start: span,
            insts: IdVec::default(),
            spans: IdVec::default(),
            blocks,
            slots: IdVec::default(),
            in_use: Vec::new(),
            free: Vec::new(),
            current,
            span,
        }
    }

    /// What the function is for.
    pub const fn role(&self) -> &Role {
        &self.role
    }

    /// Says what the parameters of a subprogram turned out to be.
    pub fn set_parameters(&mut self, parameters: Vec<ValueKind>) {
        self.role = Role::Subprogram { parameters };
    }

    /// Says whether the function's body takes the place of its calls.
    pub const fn set_inlining(&mut self, inlining: Inlining) {
        self.inlining = inlining;
    }

    /// The place in the script that the next instructions come from.
    pub const fn span(&self) -> Span {
        self.span
    }

    /// Says what place in the script the next instructions come from; gives the one before.
    pub const fn set_span(&mut self, span: Span) -> Span {
        std::mem::replace(&mut self.span, span)
    }

    /// A new, empty block.
    pub fn block(&mut self) -> BlockId {
        self.blocks.push(Open::default())
    }

    /// Where instructions go now.
    pub const fn current(&self) -> BlockId {
        self.current
    }

    /// Lets the next instructions go to the end of `block`.
    pub const fn switch_to(&mut self, block: BlockId) {
        self.current = block;
    }

    /// Whether the current block has its end, so that what follows is unreachable.
    pub fn is_ended(&self) -> bool {
        self.blocks[self.current].end.is_some()
    }

    /// Ends the current block, unless it has its end.
    pub fn end(&mut self, terminator: Terminator) {
        let span = self.span;
        self.blocks[self.current].end.get_or_insert((terminator, span));
    }

    /// Appends an instruction.
    pub fn push(&mut self, inst: Inst) -> ValueId {
        let id = self.insts.push(inst);
        self.spans.push(self.span);
        let block = &mut self.blocks[self.current];
        if block.end.is_none() {
            block.insts.push(id);
        }
        id
    }

    /// A constant.
    pub fn constant(&mut self, value: i64) -> ValueId {
        self.push(Inst::Const(value))
    }

    /// The value of `id`, if it is a constant.
    pub fn as_constant(&self, id: ValueId) -> Option<i64> {
        if let Inst::Const(value) = self.insts[id] { Some(value) } else { None }
    }

    /// Whether a value is what a comparison gives.
    pub fn is_comparison(&self, id: ValueId) -> bool {
        use Bin::{Eq, Ne, SLe, SLt, ULe, ULt};
        matches!(self.insts[id], Inst::Bin(Eq | Ne | ULt | ULe | SLt | SLe, ..))
    }

    /// `a op b`
    pub fn bin(&mut self, op: Bin, a: ValueId, b: ValueId) -> ValueId {
        self.push(Inst::Bin(op, a, b))
    }

    /// `a op constant`
    pub fn bin_const(&mut self, op: Bin, a: ValueId, b: i64) -> ValueId {
        let b = self.constant(b);
        self.bin(op, a, b)
    }

    /// `a + b`
    pub fn add(&mut self, a: ValueId, b: ValueId) -> ValueId {
        self.bin(Bin::Add, a, b)
    }

    /// `a >> bits`, with zeros.
    pub fn shr(&mut self, a: ValueId, bits: u32) -> ValueId {
        self.bin_const(Bin::Shr, a, i64::from(bits))
    }

    /// Keeps the low bits of `value` and extends them.
    pub fn extend(&mut self, value: ValueId, width: Width, sign: Sign) -> ValueId {
        if width == Width::W64 {
            return value;
        }
        self.push(Inst::Extend(value, width, sign))
    }

    /// Memory on the stack, until [`Builder::release`]; its address.
    pub fn slot(&mut self, size: u32, align: u32) -> ValueId {
        let slot = Slot { size: size.next_multiple_of(8), align: align.max(8) };
        let id = match self.free.iter().position(|(free, _)| *free == slot) {
            Some(index) => self.free.swap_remove(index).1,
            None => self.kept_slot(slot.size, slot.align),
        };
        self.in_use.push((slot, id));
        id
    }

    /// Memory on the stack that is never handed out again; its address.
    pub fn kept_slot(&mut self, size: u32, align: u32) -> ValueId {
        let slot = self.slots.push(Slot { size, align });
        // At the start of the entry block, so that it dominates every use.
        let id = self.insts.push(Inst::Slot(slot));
        self.spans.push(self.span);
        let entry = BlockId::default_entry();
        self.blocks[entry].insts.insert(0, id);
        id
    }

    /// Gives a slot its final size.
    pub fn resize_slot(&mut self, address: ValueId, size: u32) {
        if let Inst::Slot(slot) = self.insts[address] {
            self.slots[slot].size = size;
        }
    }

    /// How many slots are in use, for [`Builder::release`].
    pub const fn slots_in_use(&self) -> usize {
        self.in_use.len()
    }

    /// Gives back the slots that were taken since there were `mark` in use.
    pub fn release(&mut self, mark: usize) {
        self.free.extend(self.in_use.drain(mark.min(self.in_use.len())..));
    }

    /// Bytes of stack that the slots so far take.
    pub fn stack_size(&self) -> u32 {
        self.slots.values().map(|slot| slot.size.next_multiple_of(8)).sum()
    }

    /// The address of a map.
    pub fn map(&mut self, map: MapId) -> ValueId {
        self.push(Inst::Map(map))
    }

    /// The address of a global.
    pub fn global(&mut self, global: GlobalId) -> ValueId {
        self.push(Inst::Global(global))
    }

    /// The program's context.
    pub fn context(&mut self) -> ValueId {
        self.push(Inst::Context)
    }

    /// `ptr + bytes`
    pub fn offset(&mut self, ptr: ValueId, bytes: i64) -> ValueId {
        if bytes == 0 {
            return ptr;
        }
        let bytes = self.constant(bytes);
        self.push(Inst::Offset(ptr, bytes))
    }

    /// Reads an integer at `ptr + offset`.
    pub fn load(&mut self, ptr: ValueId, offset: i32, width: Width, sign: Sign) -> ValueId {
        self.push(Inst::Load { ptr, offset, width, sign })
    }

    /// Reads the 8 bytes at `ptr + offset`.
    pub fn load64(&mut self, ptr: ValueId, offset: i32) -> ValueId {
        self.load(ptr, offset, Width::W64, Sign::Unsigned)
    }

    /// Writes the low bits of `value` to `ptr + offset`.
    pub fn store(&mut self, ptr: ValueId, offset: i32, width: Width, value: ValueId) {
        self.push(Inst::Store { ptr, offset, width, value });
    }

    /// Writes the 8 bytes at `ptr + offset`.
    pub fn store64(&mut self, ptr: ValueId, offset: i32, value: ValueId) {
        self.store(ptr, offset, Width::W64, value);
    }

    /// The alignment that `ptr + offset` is known to have, in bytes, at most 8.
    pub fn alignment(&self, ptr: ValueId, offset: i64) -> u32 {
        let base = if let Inst::Offset(base, bytes) = self.insts[ptr] {
            match self.as_constant(bytes) {
                Some(bytes) => return self.alignment(base, bytes.wrapping_add(offset)),
                None => 1,
            }
        } else {
            // Slots, frames and what the kernel hands out start at multiples of 8.
            let known = matches!(
                self.insts[ptr],
                Inst::Slot(_) | Inst::LoadPtr(_) | Inst::Global(_) | Inst::Call(..)
            );
            if known { 8 } else { 1 }
        };
        let of_offset = if offset == 0 { 8 } else { 1 << offset.trailing_zeros().min(3) };
        base.min(of_offset)
    }

    /// Writes zeros.
    pub fn zero(&mut self, ptr: ValueId, offset: i32, size: u32, align: u32) {
        let align = align.max(self.alignment(ptr, i64::from(offset)));
        if size > 0 {
            self.push(Inst::Zero { ptr, offset, size, align });
        }
    }

    /// Writes constant bytes.
    pub fn store_bytes(&mut self, ptr: ValueId, offset: i32, bytes: Vec<u8>, align: u32) {
        let align = align.max(self.alignment(ptr, i64::from(offset)));
        if !bytes.is_empty() {
            self.push(Inst::StoreBytes { ptr, offset, bytes, align });
        }
    }

    /// Copies bytes.
    pub fn copy(&mut self, to: ValueId, from: ValueId, size: u32, align: u32) {
        let align = align.max(self.alignment(to, 0).min(self.alignment(from, 0)));
        if size > 0 && to != from {
            self.push(Inst::Copy { to, from, size, align });
        }
    }

    /// Adds atomically to the 8 bytes at `ptr + offset`.
    pub fn atomic_add(&mut self, ptr: ValueId, offset: i32, value: ValueId) {
        self.push(Inst::AtomicAdd { ptr, offset, value });
    }

    /// Does so and gives the old value.
    pub fn atomic_fetch(&mut self, operation: Fetch, ptr: ValueId, value: ValueId) -> ValueId {
        self.push(Inst::AtomicFetch { operation, ptr, value })
    }

    /// Whether `ptr` is null.
    pub fn is_null(&mut self, ptr: ValueId) -> ValueId {
        self.push(Inst::IsNull(ptr))
    }

    /// Calls a kernel helper.
    pub fn call(&mut self, helper: Helper, arguments: &[ValueId]) -> ValueId {
        self.push(Inst::Call(helper, arguments.to_vec()))
    }

    /// Calls a subprogram.
    pub fn call_function(&mut self, function: FunctionId, arguments: &[ValueId]) -> ValueId {
        self.push(Inst::CallFunction(function, arguments.to_vec()))
    }

    /// Whether a helper is given this function.
    pub fn has_address_of(&self, function: FunctionId) -> bool {
        self.insts.values().any(|inst| *inst == Inst::Function(function))
    }

    /// The finished function: blocks without an end return 0, unreachable ones are dropped.
    pub fn finish(mut self) -> Function {
        let zero = self.insts.push(Inst::Const(0));
        self.spans.push(self.start);
        for block in self.blocks.values_mut() {
            if block.end.is_none() {
                block.insts.push(zero);
                block.end = Some((Terminator::Return(zero), self.start));
            }
        }
        let blocks = self.blocks.values().map(|open| {
            let (end, span) = open.end.unwrap_or((Terminator::Return(zero), self.start));
            Block { insts: open.insts.clone(), end, span }
        });
        let blocks = reachable(blocks.collect());
        Function {
            name: self.name,
            role: self.role,
            inlining: self.inlining,
            insts: self.insts,
            spans: self.spans,
            blocks,
            slots: self.slots,
            span: self.start,
        }
    }
}

/// Keeps the blocks that the entry reaches, in their order, with new ids.
fn reachable(blocks: IdVec<BlockId, Block>) -> IdVec<BlockId, Block> {
    let mut seen: IdVec<BlockId, bool> = blocks.ids().map(|_| false).collect();
    let mut todo: Vec<BlockId> = blocks.ids().take(1).collect();
    while let Some(id) = todo.pop() {
        if std::mem::replace(&mut seen[id], true) {
            continue;
        }
        match blocks[id].end {
            Terminator::Jump(to) => todo.push(to),
            Terminator::Branch { then, other, .. } => todo.extend([then, other]),
            Terminator::Return(_) => {}
        }
    }
    let mut renamed: IdVec<BlockId, BlockId> = blocks.ids().collect();
    let mut kept = IdVec::default();
    for (id, block) in blocks.iter().filter(|(id, _)| seen[*id]) {
        renamed[id] = kept.push(block.clone());
    }
    for block in kept.values_mut() {
        block.end = match block.end {
            Terminator::Jump(to) => Terminator::Jump(renamed[to]),
            Terminator::Branch { condition, then, other } => {
                Terminator::Branch { condition, then: renamed[then], other: renamed[other] }
            }
            Terminator::Return(value) => Terminator::Return(value),
        };
    }
    kept
}

impl BlockId {
    fn default_entry() -> Self {
        crate::Id::from_index(0)
    }
}
