//! `has_cpid`

use ir::Ty;

use crate::{
    Literal,
    functions::{Takes, Word},
};

pub(super) const HAS_CPID: Word = Word {
    name: "has_cpid",
    usage: "has_cpid",
    summary: "Whether `-c` starts a child.",
    example: "profile:hz:99 { if (has_cpid) { @ = count(); } }",
    arity: (0, 0),
    takes: Takes::Values,
    check: |c, _| c.known(Literal::Bool(c.kernel.has_child()), Ty::Bool),
    lower: |l, _| l.b().constant(0),
};
