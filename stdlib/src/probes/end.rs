//! `end`

use ir::{Attach, Phase, ProgramKind};

use super::{
    Expanded, Form, Listing, Offers, ProbeType, form::form, nothing_more, nothing_to_list,
};

pub(super) const END: ProbeType = ProbeType {
    name: "end",
    aliases: &[],
    usage: "end",
    summary: "Runs once, after tracing, before the maps are printed.",
    example: "end { printf(\"hello\\n\"); }",
    parts: (0, 0),
    expand: |_, _| {
        vec![Expanded {
            name: "end".to_owned(),
            attach: Attach::TestRun,
            cheaper: None,
            phase: Phase::End,
            offers: Offers::plain(ProgramKind::TestRun, "end"),
        }]
    },
    list: nothing_to_list,
    listing: Listing::Named,
    details: nothing_more,
    forms: FORMS,
};

#[rustfmt::skip]
const FORMS: &[Form] = &[
        form("end"),
];
