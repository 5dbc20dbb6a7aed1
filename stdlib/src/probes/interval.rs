//! `interval`

use ir::Cpus;

use super::{Form, Listing, ProbeType, form::form, nothing_more, rate};

pub(super) const INTERVAL: ProbeType = ProbeType {
    name: "interval",
    aliases: &["i"],
    usage: "interval:UNIT:COUNT with unit hz, s, ms or us; or interval:PERIOD, such as interval:100ms",
    summary: "On one CPU, at regular intervals.",
    example: "interval:s:1 { time(); exit(); }",
    parts: (1, 2),
    expand: |x, request| rate::expand(x, request, Cpus::First),
    list: |_, _| Ok(["hz", "us", "ms", "s"].map(|unit| format!("interval:{unit}:")).to_vec()),
    listing: Listing::Named,
    details: nothing_more,
    forms: FORMS,
};

#[rustfmt::skip]
const FORMS: &[Form] = &[
        form("interval:hz:COUNT"),
        form("interval:UNIT:COUNT"),
        form("interval:PERIOD"),
];
