//! Expressions: scalars as values, everything else as the address of its memory.

use ir::{Bin, LossKind, Space, Ty, ValueId};
use stdlib::Lower;

use super::{body::BodyLowering, scratch::Memory};
use crate::typed::{ExprId, ExprKind, Given, Target, VariableId, Wanted};

impl BodyLowering<'_> {
    /// The value of a scalar as a number; a pointer into the context as its address.
    pub(super) fn scalar(&mut self, id: ExprId) -> ValueId {
        let wanted = self.destination.take();
        let body = self.body;
        let expr = body.expr(id);
        let is_context = matches!(expr.ty, Ty::Ptr(_, Space::Context));
        let value = if is_context && matches!(expr.kind, ExprKind::Word(..)) {
            let context = Lower::context(self);
            self.address(context)
        } else {
            self.value(id)
        };
        self.destination = wanted;
        value
    }

    /// Evaluates an expression.
    pub(super) fn value(&mut self, id: ExprId) -> ValueId {
        let body = self.body;
        let expr = body.expr(id);
        let outer = self.b.set_span(expr.span);
        let value = match &expr.kind {
            ExprKind::Nothing | ExprKind::Type | ExprKind::WholeMap(_) => self.b.constant(0),
            ExprKind::Int(value) => self.b.constant(*value),
            ExprKind::Bool(value) => self.b.constant(i64::from(*value)),
            ExprKind::Str(_) | ExprKind::Tuple(_) => {
                let to = self.make_place(&expr.ty);
                self.store(id, to, &expr.ty);
                to
            }
            ExprKind::Variable(variable) => self.read_variable(*variable),
            ExprKind::Entry(entry) => self.read_entry(entry),
            ExprKind::Negate(operand) => {
                let value = self.scalar(*operand);
                let zero = self.b.constant(0);
                self.b.bin(Bin::Sub, zero, value)
            }
            ExprKind::Complement(operand) => {
                let value = self.scalar(*operand);
                self.b.bin_const(Bin::Xor, value, -1)
            }
            ExprKind::Not(operand) => {
                let value = self.condition(*operand);
                self.invert(value)
            }
            ExprKind::Binary(op, left, right) => self.binary(*op, *left, *right),
            ExprKind::SameBytes(left, right, wanted) => self.same_bytes(*left, *right, *wanted),
            ExprKind::And(left, right) => self.short_circuit(*left, *right, Wanted::Same),
            ExprKind::Or(left, right) => self.short_circuit(*left, *right, Wanted::Different),
            ExprKind::Choose(condition, then, other) => {
                self.choose(*condition, (*then, *other), &expr.ty)
            }
            ExprKind::Otherwise(value, other) => self.otherwise(*value, *other),
            ExprKind::Step(target, by, given) => self.step(target, *by, *given),
            ExprKind::Word(row, call) => (row.lower)(self, call),
            ExprKind::Address(target) => self.address_of_target(target),
            ExprKind::AddressOfMap(name) => self.address_of_map(name),
            ExprKind::InvokeC(name, args) => self.invoke_imported(name, args, &expr.ty),
            ExprKind::InvokeKernel(callee, args) => self.invoke_kernel(callee, args),
            ExprKind::Invoke(index, args) => self.invoke(*index, args),
            ExprKind::Cast(operand) => self.cast(*operand, &expr.ty),
            ExprKind::Dereference(_) | ExprKind::Part(..) | ExprKind::Element(..) => {
                self.read_part(id)
            }
            ExprKind::Block(stmts, value) => {
                self.statements(stmts);
                self.value(*value)
            }
        };
        self.b.set_span(outer);
        value
    }

    /// A variable's memory: 8 bytes for a scalar.
    pub(super) fn variable_memory(&mut self, variable: VariableId) -> ValueId {
        match self.variables[variable.0] {
            Some(Memory::Stack(slot)) => return slot,
            // The address is found anew: what found it before need not have run.
            Some(Memory::Frame(offset)) => return self.in_frame(offset),
            None => {}
        }
        let known = &self.body.variables[variable.0];
        let size = if known.ty.is_scalar() { 8 } else { known.ty.size() };
        if let Some(memory) = self.variable_in_frame(variable, size) {
            // Not kept: each function has its own name for the address.
            return memory;
        }
        let memory = self.permanent(size, known.starts_as_zero);
        self.variables[variable.0] = Some(memory);
        self.variable_memory(variable)
    }

    fn read_variable(&mut self, variable: VariableId) -> ValueId {
        self.trail.read(variable);
        let memory = self.variable_memory(variable);
        if self.body.variables[variable.0].ty.is_scalar() {
            return self.b.load64(memory, 0);
        }
        memory
    }

    fn binary(&mut self, op: Bin, left: ExprId, right: ExprId) -> ValueId {
        let a = self.scalar(left);
        let b = self.scalar(right);
        match op {
            Bin::UDiv | Bin::SDiv | Bin::UMod | Bin::SMod => {
                let b = self.tested(right, b);
                self.divide(op, a, b)
            }
            // As the kernel's CPUs do it: C, and LLVM with it, have no result for 64 and more.
            Bin::Shl | Bin::Shr | Bin::Sar if self.b.as_constant(b).is_none() => {
                let b = self.b.bin_const(Bin::And, b, 63);
                self.b.bin(op, a, b)
            }
            Bin::Eq | Bin::Ne | Bin::ULt | Bin::ULe | Bin::SLt | Bin::SLe => {
                let (a, b) = (self.tested(left, a), self.tested(right, b));
                self.b.bin(op, a, b)
            }
            Bin::Add
            | Bin::Sub
            | Bin::Mul
            | Bin::And
            | Bin::Or
            | Bin::Xor
            | Bin::Shl
            | Bin::Shr
            | Bin::Sar => self.b.bin(op, a, b),
        }
    }

    /// Division and remainder by zero give 1, as scripts know it from bpftrace, and are counted.
    fn divide(&mut self, op: Bin, a: ValueId, b: ValueId) -> ValueId {
        // bpftrace divides without sign.
        let op = match (self.typed.config.divides_unsigned(), op) {
            (true, Bin::SDiv) => Bin::UDiv,
            (true, Bin::SMod) => Bin::UMod,
            (_, op) => op,
        };
        if self.b.as_constant(b).is_some_and(|value| value != 0) {
            return self.b.bin(op, a, b);
        }
        let slot = self.b.slot(8, 8);
        let one = self.b.constant(1);
        self.b.store64(slot, 0, one);
        let (divide, none, done) = (self.b.block(), self.b.block(), self.b.block());
        self.b.branch(b, divide, none);
        self.b.switch_to(none);
        stdlib::count_loss(self, LossKind::Division, None);
        self.b.jump(done);
        self.b.switch_to(divide);
        let value = self.b.bin(op, a, b);
        self.b.store64(slot, 0, value);
        self.b.jump(done);
        self.b.switch_to(done);
        self.b.load64(slot, 0)
    }

    /// `left && right` for [`Wanted::Same`], `left || right` for [`Wanted::Different`].
    fn short_circuit(&mut self, left: ExprId, right: ExprId, kind: Wanted) -> ValueId {
        let slot = self.b.slot(8, 8);
        let first = self.scalar(left);
        self.b.store64(slot, 0, first);
        let first = self.tested(left, first);
        let (more, done) = (self.b.block(), self.b.block());
        match kind {
            Wanted::Same => self.b.branch(first, more, done),
            Wanted::Different => self.b.branch(first, done, more),
        }
        self.b.switch_to(more);
        let second = self.scalar(right);
        self.b.store64(slot, 0, second);
        self.b.jump(done);
        self.b.switch_to(done);
        self.b.load64(slot, 0)
    }

    fn otherwise(&mut self, value: ExprId, other: ExprId) -> ValueId {
        let slot = self.b.slot(8, 8);
        let first = self.scalar(value);
        self.b.store64(slot, 0, first);
        let first = self.tested(value, first);
        let (again, done) = (self.b.block(), self.b.block());
        self.b.branch(first, done, again);
        self.b.switch_to(again);
        let second = self.scalar(other);
        self.b.store64(slot, 0, second);
        self.b.jump(done);
        self.b.switch_to(done);
        self.b.load64(slot, 0)
    }

    fn choose(
        &mut self,
        condition: ExprId,
        (then, other): (ExprId, ExprId),
        ty: &Ty,
    ) -> ValueId {
        let memory = if ty.is_scalar() {
            self.b.slot(8, 8)
        } else {
            // Not where it is wanted in the end: an arm may read what is there.
            self.destination = None;
            self.temporary(ty.size(), ty.align())
        };
        let condition = self.condition(condition);
        let (yes, no, done) = (self.b.block(), self.b.block(), self.b.block());
        self.b.branch(condition, yes, no);
        for (block, arm) in [(yes, then), (no, other)] {
            self.b.switch_to(block);
            if ty.is_scalar() {
                let value = self.scalar(arm);
                self.b.store64(memory, 0, value);
            } else {
                self.store(arm, memory, ty);
            }
            self.b.jump(done);
        }
        self.b.switch_to(done);
        if ty.is_scalar() { self.b.load64(memory, 0) } else { memory }
    }

    fn step(&mut self, target: &Target, by: i64, given: Given) -> ValueId {
        let variable = match target {
            Target::Entry(entry) => return self.step_entry(entry, by, given),
            Target::Variable(variable) => *variable,
        };
        self.trail.read(variable);
        self.trail.set(variable);
        let memory = self.variable_memory(variable);
        let old = self.b.load64(memory, 0);
        let mut new = self.b.bin_const(Bin::Add, old, by);
        let known = &self.body.variables[variable.0];
        if let (true, Some((width, sign))) = (known.declared, known.ty.scalar()) {
            new = self.b.extend(new, width, sign);
        }
        self.b.store64(memory, 0, new);
        if given == Given::Old { old } else { new }
    }
}
