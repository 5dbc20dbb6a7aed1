//! `tid`

use super::pid::{self, Id};
use crate::functions::{Takes, Word};

pub(super) const TID: Word = Word {
    name: "tid",
    usage: "tid, tid(init)",
    summary: "Thread id of the current task, in hawk's process id namespace; `init`: the first one.",
    example: "profile:hz:99 { @[tid] = count(); }",
    arity: (0, 1),
    takes: Takes::Names,
    check: pid::check,
    lower: |l, call| pid::asked(l, call, Id::Thread),
};
