//! `probe`

use ir::{Coded, Ty};

use crate::functions::{Takes, Word};

pub(super) const PROBE: Word = Word {
    name: "probe",
    usage: "probe",
    summary: "Full name of the attach point that fired.",
    example: "profile:hz:99, interval:ms:100 { @[probe] = count(); }",
    arity: (0, 0),
    takes: Takes::Values,
    check: |c, _| {
        c.uses.site = true;
        Ty::Coded(Coded::Site)
    },
    lower: |l, _| l.named_site(),
};
