//! `begin`

use ir::{Attach, Phase, ProgramKind};

use super::{
    Expanded, Form, Listing, Offers, ProbeType, form::form, nothing_more, nothing_to_list,
};

pub(super) const BEGIN: ProbeType = ProbeType {
    name: "begin",
    aliases: &[],
    usage: "begin",
    summary: "Runs once, before anything is attached.",
    example: "begin { printf(\"hello\\n\"); }",
    parts: (0, 0),
    expand: |_, _| {
        vec![Expanded {
            name: "begin".to_owned(),
            attach: Attach::TestRun,
            cheaper: None,
            phase: Phase::Begin,
            offers: Offers::plain(ProgramKind::TestRun, "begin"),
        }]
    },
    list: nothing_to_list,
    listing: Listing::Named,
    details: nothing_more,
    forms: FORMS,
};

#[rustfmt::skip]
const FORMS: &[Form] = &[
        form("begin"),
];
