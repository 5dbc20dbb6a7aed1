//! `kptr(pointer)`, `uptr(pointer)`: whose memory a pointer points into.

use ir::{Space, Ty, ValueId};

use super::{Takes, Word};
use crate::{Call, Check, Lower};

pub(super) const KPTR: Word = Word {
    name: "kptr",
    usage: "kptr(pointer)",
    summary: "The same pointer, but into the kernel's memory.",
    example: "begin { $task = (uint64)curtask; print(kptr((struct task_struct *)$task).comm); exit(); }",
    arity: (1, 1),
    takes: Takes::Values,
    check: |c, call| check(c, call, Space::Kernel),
    lower,
};

pub(super) const UPTR: Word = Word {
    name: "uptr",
    usage: "uptr(pointer)",
    summary: "The same pointer, but into the memory of the current process.",
    example: "uprobe:libc:getenv { @[str(uptr(arg0))] = count(); }",
    arity: (1, 1),
    takes: Takes::Values,
    check: |c, call| check(c, call, Space::User),
    lower,
};

fn check(c: &mut Check<'_>, call: &Call, space: Space) -> Ty {
    let Some(arg) = call.args.first() else { return Ty::Void };
    if let Ty::Ptr(to, _) = &arg.ty {
        return Ty::Ptr(to.clone(), space);
    }
    if arg.ty.is_scalar() {
        return Ty::Ptr(Box::new(Ty::Void), space);
    }
    let help = format!("give it an address: `{}(arg0)`", call.name);
    c.wrong_type(call, arg, "a pointer", &help)
}

fn lower(l: &mut dyn Lower, call: &Call) -> ValueId {
    match call.args.first() {
        Some(arg) => l.value(arg),
        None => l.b().constant(0),
    }
}
