//! `kfunc_exist("name")`, `kfunc_allowed("name")`: functions of the kernel that programs may call.

use ir::Ty;

use super::{Takes, Word};
use crate::{Call, Check, KernelCall, Literal};

pub(super) const KFUNC_EXIST: Word = Word {
    name: "kfunc_exist",
    usage: "kfunc_exist(\"name\")",
    summary: "Whether the kernel has a function of that name, as its types tell; known before the program runs.",
    example: "begin { print(kfunc_exist(\"bpf_task_from_pid\")); exit(); }",
    arity: (1, 1),
    takes: Takes::Values,
    check: |c, call| check(c, call, |_, found| found.is_some()),
    lower: |l, _| l.b().constant(0),
};

pub(super) const KFUNC_ALLOWED: Word = Word {
    name: "kfunc_allowed",
    usage: "kfunc_allowed(\"name\")",
    summary: "Whether the kernel lets this type of probe call its function of that name; known before the program runs.",
    example: "begin { print(kfunc_allowed(\"bpf_rcu_read_lock\")); exit(); }",
    arity: (1, 1),
    takes: Takes::Values,
    check: |c, call| {
        check(c, call, |c, found| found.is_some_and(|it| it.kinds.contains(&c.offers.kind)))
    },
    lower: |l, _| l.b().constant(0),
};

fn check(
    c: &mut Check<'_>,
    call: &Call,
    is_so: impl Fn(&Check<'_>, Option<KernelCall>) -> bool,
) -> Ty {
    let Some(arg) = call.args.first() else { return Ty::Void };
    let Some(name) = arg.text() else {
        let help = format!("write `{}(\"bpf_task_from_pid\")`", call.name);
        return c.wrong_type(call, arg, "a literal string", &help);
    };
    let name = String::from_utf8_lossy(name).into_owned();
    // A kernel that does not tell its types lets nobody call its functions either.
    let found = c.kernel.places().kernel_call(&name).ok().flatten();
    let so = is_so(c, found);
    c.known(Literal::Bool(so), Ty::Bool)
}
