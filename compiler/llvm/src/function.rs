//! The body of a function: its blocks, in an order in which every value is there before its use.

use inkwell::{
    basic_block::BasicBlock,
    values::{BasicValueEnum, IntValue, PointerValue},
};
use ir::{BlockId, Function, Id, IdVec, Inst, Role, SlotId, Terminator, ValueId};

use crate::{
    Error, emit,
    unit::{Declared, Unit},
};

/// A function while it is emitted.
pub(crate) struct Body<'u, 'c> {
    /// What all functions share.
    pub(crate) unit: &'u Unit<'c>,
    /// What is emitted.
    pub(crate) function: &'u Function,
    /// Its place in the module.
    pub(crate) declared: &'u Declared<'c>,
    /// The addresses of its slots.
    pub(crate) slots: IdVec<SlotId, PointerValue<'c>>,
    /// The results so far.
    values: IdVec<ValueId, Option<BasicValueEnum<'c>>>,
    blocks: IdVec<BlockId, BasicBlock<'c>>,
}

impl<'u, 'c> Body<'u, 'c> {
    /// Starts the body of `function`.
    pub(crate) fn new(
        unit: &'u Unit<'c>,
        function: &'u Function,
        declared: &'u Declared<'c>,
    ) -> Self {
        let values = function.insts.ids().map(|_| None).collect();
        let (slots, blocks) = (IdVec::default(), IdVec::default());
        Self { unit, function, declared, slots, values, blocks }
    }

    /// Emits all of it.
    pub(crate) fn emit(mut self) -> Result<(), Error> {
        let value = self.declared.value;
        // LLVM's entry must not be jumped to, so it is a block of its own.
        let entry = self.unit.context.append_basic_block(value, "entry");
        let block = |id: BlockId| self.unit.context.append_basic_block(value, &id.to_string());
        self.blocks = self.function.blocks.ids().map(block).collect();
        self.unit.builder.position_at_end(entry);
        self.locate(self.function.span);
        self.slots = emit::slots(&self)?;
        let Some(first) = self.blocks.values().next() else {
            return Err(self.malformed("it has no block"));
        };
        self.unit.builder.build_unconditional_branch(*first)?;
        for id in reverse_postorder(self.function) {
            self.block(id)?;
        }
        self.remove_unreachable()
    }

    fn block(&mut self, id: BlockId) -> Result<(), Error> {
        let block = &self.function.blocks[id];
        self.unit.builder.position_at_end(self.blocks[id]);
        for id in &block.insts {
            self.locate(self.function.spans[*id]);
            self.values[*id] = emit::inst(self, &self.function.insts[*id])?;
        }
        self.locate(block.span);
        match block.end {
            Terminator::Jump(to) => {
                self.unit.builder.build_unconditional_branch(self.blocks[to])?;
            }
            Terminator::Branch { condition, then, other } => {
                let condition = emit::is_not_zero(self, condition)?;
                let (then, other) = (self.blocks[then], self.blocks[other]);
                self.unit.builder.build_conditional_branch(condition, then, other)?;
            }
            Terminator::Return(value) => self.ret(value)?,
        }
        Ok(())
    }

    fn ret(&self, value: ValueId) -> Result<(), Error> {
        let builder = &self.unit.builder;
        let mut value = self.int(value)?;
        match self.function.role {
            Role::Program(_) => {
                value = builder.build_int_truncate(value, self.unit.types.int, "")?;
            }
            Role::Subprogram { .. } => {}
        }
        builder.build_return(Some(&value))?;
        Ok(())
    }

    fn remove_unreachable(&self) -> Result<(), Error> {
        for block in self.blocks.values().filter(|block| block.get_terminator().is_none()) {
            self.unit.builder.position_at_end(*block);
            self.unit.builder.build_unreachable()?;
        }
        Ok(())
    }

    fn locate(&self, span: diag::Span) {
        let location = self.unit.debug.location(&self.declared.scope, span);
        self.unit.builder.set_current_debug_location(location);
    }

    /// A value of either kind.
    pub(crate) fn value(&self, id: ValueId) -> Result<BasicValueEnum<'c>, Error> {
        let value = self.values.get(id).copied().flatten();
        value.ok_or_else(|| self.malformed(&format!("{id} has no value where it is used")))
    }

    /// An integer.
    pub(crate) fn int(&self, id: ValueId) -> Result<IntValue<'c>, Error> {
        let value = self.value(id)?;
        value.try_into().map_err(|()| self.malformed(&format!("{id} is no integer")))
    }

    /// A pointer.
    pub(crate) fn ptr(&self, id: ValueId) -> Result<PointerValue<'c>, Error> {
        let value = self.value(id)?;
        value.try_into().map_err(|()| self.malformed(&format!("{id} is no pointer")))
    }

    /// The constant that a value is, if it is one.
    pub(crate) fn constant(&self, id: ValueId) -> Option<i64> {
        if let Some(Inst::Const(value)) = self.function.insts.get(id) {
            Some(*value)
        } else {
            None
        }
    }

    /// A violation of the IR's rules.
    pub(crate) fn malformed(&self, problem: &str) -> Error {
        Error::Malformed { function: self.function.name.clone(), problem: problem.to_owned() }
    }
}

/// The blocks that the entry reaches, each before those that it dominates.
fn reverse_postorder(function: &Function) -> Vec<BlockId> {
    let mut seen: IdVec<BlockId, bool> = function.blocks.ids().map(|_| false).collect();
    let mut order = Vec::new();
    let mut path: Vec<(BlockId, Vec<BlockId>)> = Vec::new();
    let next = |id: BlockId| function.blocks[id].end.targets().collect::<Vec<_>>();
    let entry = BlockId::from_index(0);
    seen[entry] = true;
    path.push((entry, next(entry)));
    while let Some((id, rest)) = path.last_mut() {
        match rest.pop() {
            Some(target) if !seen[target] => {
                seen[target] = true;
                path.push((target, next(target)));
            }
            Some(_) => {}
            None => {
                order.push(*id);
                path.pop();
            }
        }
    }
    order.reverse();
    order
}
