//! `profile`

use ir::{Attach, Cpus, Phase, ProgramKind};

use super::{Expand, Expanded, Listing, Offers, ProbeType, Request, rate};

pub(super) const PROFILE: ProbeType = ProbeType {
    name: "profile",
    aliases: &["p"],
    usage: "profile:UNIT:COUNT with unit hz, s, ms or us; or profile:PERIOD, such as profile:100ms",
    summary: "On every CPU, at regular intervals of its busy time.",
    example: "profile:hz:99 { @[comm] = count(); }",
    parts: (1, 2),
    expand,
    list: |_, _| Ok(["hz", "us", "ms", "s"].map(|unit| format!("profile:{unit}:")).to_vec()),
    listing: Listing::Named,
};

/// `PERF_TYPE_SOFTWARE` and `PERF_COUNT_SW_CPU_CLOCK`.
const SOFTWARE: u32 = 1;
const CPU_CLOCK: u64 = 0;

fn expand(x: &mut Expand<'_>, request: &Request<'_>) -> Vec<Expanded> {
    let Some((rate, name)) = rate::read(x, request) else { return Vec::new() };
    vec![Expanded {
        name,
        attach: Attach::Perf {
            kind: SOFTWARE,
            config: CPU_CLOCK,
            rate,
            cpus: Cpus::All,
            pid: None,
        },
        cheaper: None,
        phase: Phase::Trace,
        offers: Offers::plain(ProgramKind::PerfEvent, "profile"),
    }]
}
