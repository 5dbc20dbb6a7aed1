//! `software`

use super::{
    Form, Listing, ProbeType,
    count::{self, Counted, events},
    form::form,
    nothing_more,
};

pub(super) const SOFTWARE: ProbeType = ProbeType {
    name: "software",
    aliases: &["s"],
    usage: "software:EVENT[:COUNT]",
    summary: "Once for so many events that the kernel itself counts, such as page faults.",
    example: "software:page-faults:100 { @[comm] = count(); }",
    parts: (1, 2),
    expand: |x, request| count::expand(x, request, (TYPE, EVENTS)),
    list: |_, parts| Ok(count::list("software", EVENTS, parts)),
    listing: Listing::Always,
    details: nothing_more,
    forms: FORMS,
};

#[rustfmt::skip]
const FORMS: &[Form] = &[
        form("software:EVENT"),
        form("software:EVENT:COUNT"),
];

#[rustfmt::skip]
const EVENTS: &[Counted] = events! {
    "alignment-faults" 7         1;
    "bpf-output"      10         1;
    "context-switches" 3     1_000;
    "cs"               3     1_000;
    "cpu-clock"        0 1_000_000;
    "cpu"              0 1_000_000;
    "cpu-migrations"   4         1;
    "dummy"            9         1;
    "emulation-faults" 8         1;
    "major-faults"     6         1;
    "minor-faults"     5       100;
    "page-faults"      2       100;
    "faults"           2       100;
    "task-clock"       1         1;
};

/// `PERF_TYPE_SOFTWARE`
const TYPE: u32 = 1;
