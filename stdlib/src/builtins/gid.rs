//! `gid`

use ir::{Helper, Ty};

use crate::functions::{Takes, Word};

pub(super) const GID: Word = Word {
    name: "gid",
    usage: "gid",
    summary: "Real group id of the current task, in the initial user namespace.",
    example: "profile:hz:99 { @[gid] = count(); }",
    arity: (0, 0),
    takes: Takes::Values,
    check: |_, _| Ty::U64,
    lower: |l, _| {
        let b = l.b();
        let both = b.call(Helper::GET_CURRENT_UID_GID, &[]);
        b.shr(both, 32)
    },
};
