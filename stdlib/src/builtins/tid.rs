//! `tid`

use ir::Ty;

use super::pid::{Id, id};
use crate::functions::{Takes, Word};

pub(super) const TID: Word = Word {
    name: "tid",
    usage: "tid",
    summary: "Thread id of the current task, in the process id namespace of hawk.",
    example: "profile:hz:99 { @[tid] = count(); }",
    arity: (0, 0),
    takes: Takes::Values,
    check: |_, _| Ty::U32,
    lower: |l, _| id(l, Id::Thread),
};
