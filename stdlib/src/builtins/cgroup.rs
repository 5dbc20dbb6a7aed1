//! `cgroup`

use ir::{Helper, Ty};

use crate::functions::{Takes, Word};

pub(super) const CGROUP: Word = Word {
    name: "cgroup",
    usage: "cgroup",
    summary: "Id of the current task's control group (version 2).",
    example: "profile:hz:99 { @[cgroup] = count(); }",
    arity: (0, 0),
    takes: Takes::Values,
    check: |_, _| Ty::U64,
    lower: |l, _| l.b().call(Helper::GET_CURRENT_CGROUP_ID, &[]),
};
