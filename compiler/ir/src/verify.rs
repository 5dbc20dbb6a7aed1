//! Checks a function's own rules: kinds of operands, and that every operand is defined before it
//! is used. A violation is a bug of the lowering.

use crate::{
    BlockId, Function, Helper, Id, Inst, Program, Returns, Role, Terminator, ValueId,
    ValueKind, dominators::Dominators,
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

fn check(function: &Function) -> Result<(), String> {
    let values = Values::of(function);
    for (block, content) in function.blocks.iter() {
        for (at, inst) in content.insts.iter().enumerate() {
            check_inst(function, *inst, &values, (block, at))?;
        }
        if let Terminator::Return(value) | Terminator::Branch { condition: value, .. } =
            content.end
        {
            let place = (block, content.insts.len());
            operand(function, value, ValueKind::Int, values.is_defined(value, place))
                .map_err(|problem| format!("end of {block}: {problem}"))?;
        }
    }
    Ok(())
}

fn check_inst(
    function: &Function,
    id: ValueId,
    values: &Values,
    place: Place,
) -> Result<(), String> {
    let inst = &function.insts[id];
    for (value, kind) in inst.operands() {
        let defined = values.is_defined(value, place);
        let found = match kind {
            Some(kind) => operand(function, value, kind, defined),
            None => defined,
        };
        found.map_err(|problem| format!("{id} = {inst}: {problem}"))?;
    }
    Ok(())
}

fn operand(
    function: &Function,
    value: ValueId,
    kind: ValueKind,
    defined: Result<(), String>,
) -> Result<(), String> {
    defined?;
    match function.kind(value) {
        Some(found) if found == kind => Ok(()),
        found => Err(format!("{value} is {found:?}, not {kind:?}")),
    }
}

/// A block, and how many instructions of it come before.
type Place = (BlockId, usize);

/// Where each value of a function is defined.
struct Values {
    dominators: Dominators,
    places: Vec<Option<Place>>,
}

impl Values {
    fn of(function: &Function) -> Self {
        let mut places = vec![None; function.insts.len()];
        for (block, content) in function.blocks.iter() {
            for (at, inst) in content.insts.iter().enumerate() {
                places[inst.index()] = Some((block, at));
            }
        }
        Self { dominators: Dominators::of(function), places }
    }

    /// Whether a value is there on every way to `place`.
    fn is_defined(&self, value: ValueId, (block, at): Place) -> Result<(), String> {
        let defined = match self.places.get(value.index()).copied().flatten() {
            Some((same, before)) if same == block => before < at,
            Some((other, _)) => self.dominators.dominates(other, block),
            None => false,
        };
        if defined { Ok(()) } else { Err(format!("{value} is used before it is defined")) }
    }
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
            | Inst::CallExtern(..)
            | Inst::CallKernel(..)
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
            Self::Call(_, arguments)
            | Self::CallFunction(_, arguments)
            | Self::CallExtern(_, arguments)
            | Self::CallKernel(_, arguments) => {
                arguments.iter().map(|value| (*value, None)).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use diag::Span;

    use super::check;
    use crate::{Builder, Function, Inst, ProgramKind, Role};

    fn builder() -> Builder {
        Builder::new("f", Role::Program(ProgramKind::TestRun), Span::default())
    }

    /// A value of one arm of a branch, used behind both.
    fn of_one_arm() -> Function {
        let mut b = builder();
        let (yes, no, done) = (b.block(), b.block(), b.block());
        let condition = b.constant(1);
        b.branch(condition, yes, no);
        b.switch_to(yes);
        let value = b.constant(2);
        b.jump(done);
        b.switch_to(no);
        b.jump(done);
        b.switch_to(done);
        b.ret(value);
        b.finish()
    }

    #[test]
    fn a_value_must_be_there_on_every_way() {
        assert_eq!(
            check(&of_one_arm()),
            Err("end of b3: v1 is used before it is defined".to_owned())
        );
    }

    #[test]
    fn a_value_must_be_there_before_its_use_in_a_block() {
        let mut b = builder();
        let first = b.constant(1);
        let second = b.constant(2);
        let sum = b.add(first, second);
        b.ret(sum);
        let mut function = b.finish();
        function.blocks.values_mut().for_each(|block| block.insts.reverse());
        assert_eq!(
            check(&function),
            Err("v2 = add v0, v1: v0 is used before it is defined".to_owned())
        );
    }

    #[test]
    fn an_integer_is_no_pointer() {
        let mut b = builder();
        let value = b.constant(1);
        let read = b.load64(value, 0);
        b.ret(read);
        assert!(check(&b.finish()).is_err_and(|problem| problem.contains("not Ptr")));
    }

    /// 100,000 blocks, with a value of the first used in the last: by the square of it this would
    /// take minutes.
    #[test]
    fn long_functions_are_checked_too() {
        let mut b = builder();
        let value = b.push(Inst::Const(1));
        for _ in 0..50_000 {
            let (yes, no) = (b.block(), b.block());
            b.branch(value, yes, no);
            b.switch_to(yes);
            b.jump(no);
            b.switch_to(no);
        }
        b.ret(value);
        assert_eq!(check(&b.finish()), Ok(()));
    }
}
