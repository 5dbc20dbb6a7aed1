//! `profile`

use ir::Cpus;

use super::{Form, Listing, ProbeType, form::form, nothing_more, rate};

pub(super) const PROFILE: ProbeType = ProbeType {
    name: "profile",
    aliases: &["p"],
    usage: "profile:UNIT:COUNT with unit hz, s, ms or us; or profile:PERIOD, such as profile:100ms",
    summary: "On every CPU, at regular intervals of its busy time.",
    example: "profile:hz:99 { @[comm] = count(); }",
    parts: (1, 2),
    expand: |x, request| rate::expand(x, request, Cpus::All),
    list: |_, _| Ok(["hz", "us", "ms", "s"].map(|unit| format!("profile:{unit}:")).to_vec()),
    listing: Listing::Named,
    details: nothing_more,
    forms: FORMS,
};

#[rustfmt::skip]
const FORMS: &[Form] = &[
        form("profile:hz:COUNT"),
        form("profile:UNIT:COUNT"),
        form("profile:PERIOD"),
];
