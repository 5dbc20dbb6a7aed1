//! `usym(address)`

use ir::{Packed, Ty, Width};

use super::{Takes, Word};
use crate::{Call, Check};

pub(super) const USYM: Word = Word {
    name: "usym",
    usage: "usym(address)",
    summary: "The function or variable of the current process at an address, shown by name.",
    example: "profile:hz:99 { @[usym(reg(\"ip\"))] = count(); }",
    arity: (1, 1),
    takes: Takes::Values,
    check: |c, call| address(c, call, Ty::Packed(Packed::UserSymbol)),
    lower: |l, call| {
        let to = l.place(&Ty::Packed(Packed::UserSymbol));
        let address = match call.args.first() {
            Some(arg) => l.value(arg),
            None => l.b().constant(0),
        };
        l.program().names_processes = true;
        let process = crate::builtins::process_id(l);
        let b = l.b();
        let nothing = b.constant(0);
        b.store64(to, 0, address);
        b.store(to, 8, Width::W32, process);
        b.store(to, 12, Width::W32, nothing);
        to
    },
};

/// `ty` if the argument is an address.
pub(super) fn address(c: &mut Check<'_>, call: &Call, ty: Ty) -> Ty {
    match call.args.first() {
        Some(arg) if arg.is_integer() || matches!(arg.ty, Ty::Ptr(..) | Ty::Coded(_)) => ty,
        Some(arg) => {
            let help = format!("write `{}(arg0)` or another address", call.name);
            c.wrong_type(call, arg, "an address", &help)
        }
        None => Ty::Void,
    }
}
