//! `config`

use ir::Ty;

use crate::{
    functions::{Takes, Word},
    settings,
};

pub(super) const CONFIG: Word = Word {
    name: "config",
    usage: "config",
    summary: "A record of all settings as they are in this run, known before it starts: `config.max_strlen`.",
    example: "begin { print(config.max_strlen); exit(); }",
    arity: (0, 0),
    takes: Takes::Values,
    check: |c, call| {
        if !call.args.is_empty() {
            return Ty::Void;
        }
        let config = c.config;
        let fields = settings::ALL.iter().map(|row| (row.name, row.literal(config)));
        c.known_record(fields.collect())
    },
    // Known before it runs.
    lower: |l, _| l.b().constant(0),
};
