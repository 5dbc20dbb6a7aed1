//! `username`

use ir::{Bin, Coded, Helper, Ty};

use crate::functions::{Takes, Word};

pub(super) const USERNAME: Word = Word {
    name: "username",
    usage: "username",
    summary: "Name of the current user, looked up when it is printed.",
    example: "profile:hz:99 { @[username] = count(); }",
    arity: (0, 0),
    takes: Takes::Values,
    check: |_, _| Ty::Coded(Coded::User),
    lower: |l, _| {
        let b = l.b();
        let both = b.call(Helper::GET_CURRENT_UID_GID, &[]);
        b.bin_const(Bin::And, both, 0xffff_ffff)
    },
};
