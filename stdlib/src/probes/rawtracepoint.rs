//! `rawtracepoint`

use ir::{Attach, Phase, ProgramKind, Space};

use super::{Arguments, Expand, Expanded, Listing, Offers, ProbeType, Request, no_match};
use crate::nearest;

pub(super) const RAWTRACEPOINT: ProbeType = ProbeType {
    name: "rawtracepoint",
    aliases: &["rt"],
    usage: "rawtracepoint:EVENT",
    summary: "A tracepoint without its record: cheaper, with the raw arguments as arg0, arg1 and so on.",
    example: "rawtracepoint:sched_switch { @[cpu] = count(); }",
    parts: (1, 1),
    expand,
    list: |kernel, parts| {
        let names = kernel.raw_tracepoints(parts.last().copied().unwrap_or("*"))?;
        Ok(names.into_iter().map(|name| format!("rawtracepoint:{name}")).collect())
    },
    listing: Listing::Always,
};

fn expand(x: &mut Expand<'_>, request: &Request<'_>) -> Vec<Expanded> {
    let pattern = request.text(0);
    let answer = x.kernel.raw_tracepoints(pattern);
    let Some(names) = x.answer(request.span, answer) else { return Vec::new() };
    if names.is_empty() {
        let all = x.kernel.raw_tracepoints("*").unwrap_or_default();
        let near = nearest(pattern, all.iter().map(String::as_str)).map(str::to_owned);
        return x.refuse(no_match(request, 0, "raw tracepoint", near));
    }
    let offers = Offers {
        arguments: Arguments::Array,
        space: Space::Kernel,
        ..Offers::plain(ProgramKind::RawTracepoint, "rawtracepoint")
    };
    let expanded = names.into_iter().map(|name| Expanded {
        name: format!("rawtracepoint:{name}"),
        attach: Attach::RawTracepoint { name },
        cheaper: None,
        phase: Phase::Trace,
        offers: offers.clone(),
    });
    expanded.collect()
}
