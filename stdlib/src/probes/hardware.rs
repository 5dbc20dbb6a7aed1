//! `hardware`

use super::{
    Form, Listing, ProbeType,
    count::{self, Counted, events},
    form::form,
    nothing_more,
};

pub(super) const HARDWARE: ProbeType = ProbeType {
    name: "hardware",
    aliases: &["h"],
    usage: "hardware:EVENT[:COUNT]",
    summary: "Once for so many events that the CPU counts, such as cache misses.",
    example: "hardware:cache-misses:1000000 { @[comm] = count(); }",
    parts: (1, 2),
    expand: |x, request| count::expand(x, request, (TYPE, EVENTS)),
    list: |_, parts| Ok(count::list("hardware", EVENTS, parts)),
    listing: Listing::Always,
    details: nothing_more,
    forms: FORMS,
};

#[rustfmt::skip]
const FORMS: &[Form] = &[
        form("hardware:EVENT"),
        form("hardware:EVENT:COUNT"),
];

/// `PERF_TYPE_HARDWARE`
const TYPE: u32 = 0;

/// `enum perf_hw_id` in `linux/perf_event.h`.
#[rustfmt::skip]
const EVENTS: &[Counted] = events! {
    "backend-stalls"      8 1_000_000;
    "branch-instructions" 4   100_000;
    "branches"            4   100_000;
    "branch-misses"       5   100_000;
    "bus-cycles"          6   100_000;
    "cache-misses"        3 1_000_000;
    "cache-references"    2 1_000_000;
    "cpu-cycles"          0 1_000_000;
    "cycles"              0 1_000_000;
    "frontend-stalls"     7 1_000_000;
    "instructions"        1 1_000_000;
    "ref-cycles"          9 1_000_000;
};
