//! Checks a function's own rules: kinds of operands, and that every operand is defined before it
//! is used. A violation is a bug of the lowering.

use crate::{
    BlockId, Function, Helper, Inst, Program, Returns, Role, Terminator, ValueId, ValueKind,
};

/// Checks every function of `program`.
///
/// # Errors
///
/// Returns the first violation, as a sentence that names function and instruction.
pub fn verify(program: &Program) -> Result<(), String> {
    for function in program.functions.values() {
        check(function).map_err(|problem| format!("in `{}`: {problem}", function.name))?;
    }
    Ok(())
}

/// Largest function that is checked, in blocks: the check takes time by the square of it.
const LARGEST: usize = 512;

fn check(function: &Function) -> Result<(), String> {
    if function.blocks.len() > LARGEST {
        return Ok(());
    }
    let before = defined_before(function);
    for (id, block) in function.blocks.iter() {
        let mut defined = before[crate::Id::index(id)].clone();
        for inst in &block.insts {
            check_inst(function, *inst, &defined)?;
            defined[crate::Id::index(*inst)] = true;
        }
        if let Terminator::Return(value) | Terminator::Branch { condition: value, .. } =
            block.end
        {
            operand(function, value, ValueKind::Int, &defined)
                .map_err(|problem| format!("end of {id}: {problem}"))?;
        }
    }
    Ok(())
}

fn check_inst(function: &Function, id: ValueId, defined: &[bool]) -> Result<(), String> {
    let inst = &function.insts[id];
    for (value, kind) in inst.operands() {
        let found = match kind {
            Some(kind) => operand(function, value, kind, defined),
            None => is_defined(value, defined),
        };
        found.map_err(|problem| format!("{id} = {inst}: {problem}"))?;
    }
    Ok(())
}

fn operand(
    function: &Function,
    value: ValueId,
    kind: ValueKind,
    defined: &[bool],
) -> Result<(), String> {
    is_defined(value, defined)?;
    match function.kind(value) {
        Some(found) if found == kind => Ok(()),
        found => Err(format!("{value} is {found:?}, not {kind:?}")),
    }
}

fn is_defined(value: ValueId, defined: &[bool]) -> Result<(), String> {
    match defined.get(crate::Id::index(value)) {
        Some(true) => Ok(()),
        Some(false) | None => Err(format!("{value} is used before it is defined")),
    }
}

/// For each block, which values are defined on every way to its start.
fn defined_before(function: &Function) -> Vec<Vec<bool>> {
    let mut before: Vec<Option<Vec<bool>>> = vec![None; function.blocks.len()];
    if let Some(first) = before.first_mut() {
        *first = Some(vec![false; function.insts.len()]);
    }
    let mut todo: Vec<BlockId> = function.blocks.ids().take(1).collect();
    while let Some(id) = todo.pop() {
        let Some(mut after) = before[crate::Id::index(id)].clone() else { continue };
        for inst in &function.blocks[id].insts {
            after[crate::Id::index(*inst)] = true;
        }
        for next in function.blocks[id].end.targets() {
            let slot = &mut before[crate::Id::index(next)];
            if meet(slot, &after) {
                todo.push(next);
            }
        }
    }
    before
        .into_iter()
        .map(|set| set.unwrap_or_else(|| vec![true; function.insts.len()]))
        .collect()
}

/// Keeps in `known` what is also in `other`; whether that changed it.
fn meet(known: &mut Option<Vec<bool>>, other: &[bool]) -> bool {
    let Some(known) = known else {
        *known = Some(other.to_vec());
        return true;
    };
    let mut changed = false;
    for (known, other) in known.iter_mut().zip(other) {
        changed |= *known && !other;
        *known &= other;
    }
    changed
}

impl Terminator {
    /// The blocks that may come next.
    pub fn targets(self) -> impl Iterator<Item = BlockId> {
        let (first, second) = match self {
            Self::Jump(to) => (Some(to), None),
            Self::Branch { then, other, .. } => (Some(then), Some(other)),
            Self::Return(_) => (None, None),
        };
        first.into_iter().chain(second)
    }
}

impl Function {
    /// The kind of a value; none for instructions without a result.
    pub fn kind(&self, id: ValueId) -> Option<ValueKind> {
        match self.insts.get(id)? {
            Inst::Const(_)
            | Inst::Bin(..)
            | Inst::Extend(..)
            | Inst::IsNull(_)
            | Inst::Address(_)
            | Inst::Load { .. }
            | Inst::AtomicFetch { .. }
            | Inst::CompareExchange { .. }
            | Inst::CallFunction(..)
            | Inst::Opaque(_) => Some(ValueKind::Int),
            Inst::Null
            | Inst::Slot(_)
            | Inst::Map(_)
            | Inst::Global(_)
            | Inst::Function(_)
            | Inst::Context
            | Inst::Offset(..)
            | Inst::LoadPtr(_) => Some(ValueKind::Ptr),
            Inst::Parameter(index) => match &self.role {
                Role::Program(_) => None,
                Role::Subprogram { parameters } => parameters.get(*index as usize).copied(),
            },
            Inst::Call(helper, _) => Some(result(*helper)),
            Inst::Store { .. }
            | Inst::StoreBytes { .. }
            | Inst::Zero { .. }
            | Inst::Copy { .. }
            | Inst::AtomicAdd { .. } => None,
        }
    }
}

const fn result(helper: Helper) -> ValueKind {
    match helper.returns() {
        Returns::Int => ValueKind::Int,
        Returns::Ptr => ValueKind::Ptr,
    }
}

impl Inst {
    /// The values it reads, with the kind each must have, if only one kind will do.
    pub fn operands(&self) -> Vec<(ValueId, Option<ValueKind>)> {
        let int = |value: &ValueId| (*value, Some(ValueKind::Int));
        let ptr = |value: &ValueId| (*value, Some(ValueKind::Ptr));
        match self {
            Self::Const(_)
            | Self::Null
            | Self::Slot(_)
            | Self::Map(_)
            | Self::Global(_)
            | Self::Function(_)
            | Self::Context
            | Self::Parameter(_) => Vec::new(),
            Self::Bin(_, a, b) => vec![int(a), int(b)],
            Self::Extend(value, ..) | Self::Opaque(value) => vec![int(value)],
            Self::Offset(base, bytes) => vec![ptr(base), int(bytes)],
            Self::IsNull(value) | Self::Address(value) | Self::LoadPtr(value) => {
                vec![ptr(value)]
            }
            Self::Load { ptr: from, .. } => vec![ptr(from)],
            Self::Store { ptr: to, value, .. } => vec![ptr(to), (*value, None)],
            Self::StoreBytes { ptr: to, .. } | Self::Zero { ptr: to, .. } => vec![ptr(to)],
            Self::Copy { to, from, .. } => vec![ptr(to), ptr(from)],
            Self::AtomicAdd { ptr: to, value, .. }
            | Self::AtomicFetch { ptr: to, value, .. } => {
                vec![ptr(to), int(value)]
            }
            Self::CompareExchange { ptr: to, expected, new } => {
                vec![ptr(to), int(expected), int(new)]
            }
            Self::Call(_, arguments) | Self::CallFunction(_, arguments) => {
                arguments.iter().map(|value| (*value, None)).collect()
            }
        }
    }
}
