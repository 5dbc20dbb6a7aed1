//! What the probe types of counted events have in common.

use diag::{Code, Diagnostic};
use ir::{Attach, Cpus, Phase, ProgramKind, Rate};

use super::{Expand, Expanded, Offers, Request, matches, no_match, rate::not_a_number};
use crate::nearest;

/// One event that the kernel or the CPU counts.
pub(super) struct Counted {
    pub(super) name: &'static str,
    /// Its number among those of its type in `linux/perf_event.h`.
    pub(super) number: u64,
    /// Events for one firing, when the attach point doesn't say.
    pub(super) period: u64,
}

macro_rules! events {
    ($( $name:literal $number:literal $period:literal; )+) => {
        &[$( Counted { name: $name, number: $number, period: $period }, )+]
    };
}
pub(super) use events;

/// The events whose names match.
pub(super) fn list(row: &str, known: &[Counted], parts: &[&str]) -> Vec<String> {
    let pattern = parts.first().copied().unwrap_or("*");
    let wanted = known.iter().filter(|event| matches(pattern, event.name));
    wanted.map(|event| format!("{row}:{}:", event.name)).collect()
}

/// Expands an attach point of events of this type.
pub(super) fn expand(
    x: &mut Expand<'_>,
    request: &Request<'_>,
    (kind, known): (u32, &[Counted]),
) -> Vec<Expanded> {
    let row = request.row.name;
    let wanted = request.text(0);
    let Some(event) = known.iter().find(|event| event.name == wanted) else {
        let near = nearest(wanted, known.iter().map(|event| event.name));
        let near = near.map(str::to_owned);
        return x.refuse(no_match(request, 0, &format!("{row} event"), near));
    };
    let period = match request.parts.get(1) {
        None => Some(event.period),
        Some(part) if part.text.is_empty() => Some(event.period),
        Some(part) => part.text.parse().ok().filter(|count| *count > 0),
    };
    let Some(period) = period else {
        let title = format!("`{}` is no positive number", request.text(1));
        let compat =
            format!("Invalid count for {row} probe: {}", not_a_number(request.text(1)));
        let problem = Diagnostic::new(Code::BadRate, request.at(1), title, "the count");
        let help = format!("write `{row}:{wanted}:{}`", event.period);
        return x.refuse(problem.help(help).compat(compat));
    };
    vec![Expanded {
        name: format!("{row}:{wanted}:{period}"),
        attach: Attach::Perf {
            kind,
            config: event.number,
            rate: Rate::Period(period),
            cpus: Cpus::All,
            pid: None,
        },
        cheaper: None,
        phase: Phase::Trace,
        offers: Offers::plain(ProgramKind::PerfEvent, row),
    }]
}
