//! `uid`

use ir::{Bin, Helper, Ty};

use crate::functions::{Takes, Word};

pub(super) const UID: Word = Word {
    name: "uid",
    usage: "uid",
    summary: "Real user id of the current task, in the initial user namespace.",
    example: "profile:hz:99 { @[uid] = count(); }",
    arity: (0, 0),
    takes: Takes::Values,
    check: |_, _| Ty::U64,
    lower: |l, _| {
        let b = l.b();
        let both = b.call(Helper::GET_CURRENT_UID_GID, &[]);
        b.bin_const(Bin::And, both, 0xffff_ffff)
    },
};
