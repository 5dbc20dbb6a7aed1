//! `bench`

use ir::Phase;

use super::{Form, Listing, ProbeType, form::form, nothing_more, nothing_to_list, test};

pub(super) const BENCH: ProbeType = ProbeType {
    name: "bench",
    aliases: &[],
    usage: "bench:NAME",
    summary: "With `--bench` only: runs until the time that it takes is known.",
    example: "bench:count { @[pid] = count(); }",
    parts: (1, 1),
    expand: |x, request| test::once(x, request, Phase::Bench),
    list: nothing_to_list,
    listing: Listing::Named,
    details: nothing_more,
    forms: FORMS,
};

#[rustfmt::skip]
const FORMS: &[Form] = &[
        form("bench:NAME"),
];
