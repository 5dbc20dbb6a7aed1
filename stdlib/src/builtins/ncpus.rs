//! `ncpus`

use ir::Ty;

use crate::{
    Literal,
    functions::{Takes, Word},
};

pub(super) const NCPUS: Word = Word {
    name: "ncpus",
    usage: "ncpus",
    summary: "Number of CPUs that the machine may have.",
    example: "begin { printf(\"%d CPUs\\n\", ncpus); exit(); }",
    arity: (0, 0),
    takes: Takes::Values,
    check: |c, _| c.known(Literal::Int(i64::from(c.kernel.possible_cpus())), Ty::U64),
    lower: |l, _| l.b().constant(0),
};
