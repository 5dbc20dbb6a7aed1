//! Calls of functions in C. They are part of the program in the end, and the verifier follows what
//! they do with what they get: addresses of the program's own memory are passed as pointers.

use ir::{Bin, Extern, ExternId, Inst, Sign, Space, Ty, ValueId, Width};

use super::body::BodyLowering;
use crate::typed::{ExprId, ExprKind, Target};

impl BodyLowering<'_> {
    pub(super) fn invoke_imported(
        &mut self,
        name: &str,
        args: &[ExprId],
        returns: &Ty,
    ) -> ValueId {
        self.destination = None;
        let types: Vec<_> = self
            .typed
            .own
            .imported(name)
            .map(|it| it.parameters.iter().map(|(_, ty)| ty.clone()).collect())
            .unwrap_or_default();
        let mut values = Vec::new();
        for (arg, ty) in args.iter().zip(&types) {
            let is_pointer = matches!(ty, Ty::Ptr(..));
            let value = if is_pointer { self.pointer(*arg) } else { self.scalar(*arg) };
            values.push(value);
        }
        let sign = returns.scalar().map_or(Sign::Signed, |(_, sign)| sign);
        let id = self.external(name, sign);
        let value = self.b.push(Inst::CallExtern(id, values));
        if *returns == Ty::Bool { self.b.bin_const(Bin::And, value, 1) } else { value }
    }

    /// A function of the kernel. What it takes by address is passed as the pointer that it is, so
    /// that the verifier sees it.
    pub(super) fn invoke_kernel(
        &mut self,
        callee: &stdlib::KernelCall,
        args: &[ExprId],
    ) -> ValueId {
        self.destination = None;
        let mut values = Vec::new();
        for (arg, (_, ty)) in args.iter().zip(&callee.prototype.parameters) {
            let is_pointer = matches!(ty, Ty::Ptr(..));
            values.push(if is_pointer { self.pointer(*arg) } else { self.scalar(*arg) });
        }
        let value = self.b.push(Inst::CallKernel(callee.id, values));
        match callee.prototype.returns.scalar() {
            // The rest of the register may hold anything.
            Some((width, sign)) if width != Width::W64 => self.b.extend(value, width, sign),
            Some(_) | None => value,
        }
    }

    fn external(&mut self, name: &str, sign: Sign) -> ExternId {
        let externs = &mut self.program.externs;
        let known = externs.position(|it| it.name == name);
        known.unwrap_or_else(|| externs.push(Extern { name: name.to_owned(), sign }))
    }

    /// A pointer that the function may use as C does, where it points to memory of the program.
    fn pointer(&mut self, id: ExprId) -> ValueId {
        let body = self.body;
        let expr = body.expr(id);
        match (&expr.kind, &expr.ty) {
            (ExprKind::Address(Target::Variable(variable)), _) => {
                self.trail.read(*variable);
                self.variable_memory(*variable)
            }
            (ExprKind::Address(Target::Entry(entry)), _) => {
                let table = self.table_of(entry);
                let key = self.entry_key(entry);
                self.find(&table, key)
            }
            (ExprKind::AddressOfMap(name), _) => {
                let map = self.map_of(name);
                self.b.map(map)
            }
            (_, Ty::Ptr(_, Space::Context)) => stdlib::Lower::context(self),
            (_, ty) if !ty.is_scalar() => {
                let ty = ty.clone();
                self.materialize(id, &ty)
            }
            _ => self.scalar(id),
        }
    }
}
