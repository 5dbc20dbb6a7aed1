//! `unwatch(address)`

use ir::{Action, Ty};

use super::{Takes, Word};
use crate::{Payload, send};

pub(super) const UNWATCH: Word = Word {
    name: "unwatch",
    usage: "unwatch(address)",
    summary: "Detaches the watchpoints at an address, when the event is read.",
    example: "watchpoint:0xffffffff81000000:8:rw { @first[kstack] = count(); unwatch(0xffffffff81000000); }",
    arity: (1, 1),
    takes: Takes::Values,
    check: |c, call| {
        let Some(address) = call.args.first() else { return Ty::Void };
        if !address.is_integer() && !matches!(address.ty, Ty::Ptr(..)) {
            return c.wrong_type(call, address, "an address", "write `unwatch(0x404028)`");
        }
        c.uses.events = true;
        Ty::Void
    },
    lower: |l, call| {
        if let Some(address) = call.args.first() {
            let address = l.value(address);
            send(l, call, Action::Unwatch, &[Payload::Int(address)]);
        }
        l.b().constant(0)
    },
};
