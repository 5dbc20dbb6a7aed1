//! `probetype`

use ir::Ty;

use crate::{
    Literal,
    functions::{Takes, Word},
};

pub(super) const PROBETYPE: Word = Word {
    name: "probetype",
    usage: "probetype",
    summary: "Type of the probe as text; `special` for begin and end.",
    example: "profile:hz:99, interval:ms:100 { @[probetype] = count(); }",
    arity: (0, 0),
    takes: Takes::Values,
    check: |c, _| {
        let name = match c.offers.type_name {
            "begin" | "end" | "self" => "special",
            name => name,
        };
        c.known(Literal::Str(name.into()), Ty::Str(name.len() as u32 + 1))
    },
    lower: |l, _| l.b().constant(0),
};
