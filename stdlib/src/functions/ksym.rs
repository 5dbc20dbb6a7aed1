//! `ksym(address)`

use ir::{Coded, Ty};

use super::{Takes, Word};

pub(super) const KSYM: Word = Word {
    name: "ksym",
    usage: "ksym(address)",
    summary: "The kernel's function or variable at an address, shown by name.",
    example: "profile:hz:99 { @[ksym(reg(\"ip\"))] = count(); }",
    arity: (1, 1),
    takes: Takes::Values,
    check: |c, call| super::usym::address(c, call, Ty::Coded(Coded::KernelSymbol)),
    lower: |l, call| match call.args.first() {
        Some(arg) => l.value(arg),
        None => l.b().constant(0),
    },
};
