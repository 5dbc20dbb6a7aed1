//! `software`

use diag::{Code, Diagnostic};
use ir::{Attach, Cpus, Phase, ProgramKind, Rate};

use super::{Expand, Expanded, Listing, Offers, ProbeType, Request, no_match};
use crate::nearest;

pub(super) const SOFTWARE: ProbeType = ProbeType {
    name: "software",
    aliases: &["s"],
    usage: "software:EVENT[:COUNT]",
    summary: "Once for so many events that the kernel itself counts, such as page faults.",
    example: "software:page-faults:100 { @[comm] = count(); }",
    parts: (1, 2),
    expand,
    list: |_, parts| {
        let pattern = parts.first().copied().unwrap_or("*");
        let known = EVENTS.iter().filter(|event| super::matches(pattern, event.name));
        Ok(known.map(|event| format!("software:{}:", event.name)).collect())
    },
    listing: Listing::Always,
};

/// One event that the kernel counts.
struct SoftwareEvent {
    name: &'static str,
    /// `enum perf_sw_ids` in `linux/perf_event.h`.
    number: u64,
    /// Events for one firing, when the attach point doesn't say.
    period: u64,
}

macro_rules! events {
    ($( $name:literal $number:literal $period:literal; )+) => {
        &[$( SoftwareEvent { name: $name, number: $number, period: $period }, )+]
    };
}

#[rustfmt::skip]
const EVENTS: &[SoftwareEvent] = events! {
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

fn expand(x: &mut Expand<'_>, request: &Request<'_>) -> Vec<Expanded> {
    let wanted = request.text(0);
    let Some(event) = EVENTS.iter().find(|event| event.name == wanted) else {
        let near = nearest(wanted, EVENTS.iter().map(|event| event.name));
        let near = near.map(str::to_owned);
        return x.refuse(no_match(request, 0, "software event", near));
    };
    let period = match request.parts.get(1) {
        None => Some(event.period),
        Some(part) if part.text.is_empty() => Some(event.period),
        Some(part) => part.text.parse().ok().filter(|count| *count > 0),
    };
    let Some(period) = period else {
        let title = format!("`{}` is no positive number", request.text(1));
        let compat = format!("Invalid count for software probe: {}", request.text(1));
        let problem = Diagnostic::new(Code::BadRate, request.at(1), title, "the count");
        let help = format!("write `software:{wanted}:{}`", event.period);
        return x.refuse(problem.help(help).compat(compat));
    };
    vec![Expanded {
        name: format!("software:{wanted}:{period}"),
        attach: Attach::Perf {
            kind: TYPE,
            config: event.number,
            rate: Rate::Period(period),
            cpus: Cpus::All,
            pid: None,
        },
        cheaper: None,
        phase: Phase::Trace,
        offers: Offers::plain(ProgramKind::PerfEvent, "software"),
    }]
}
