//! Rates and periods as `interval` and `profile` take them: `hz:99`, `s:1`, `ms:100`, `1s`.

use diag::{Code, Diagnostic};
use ir::{Attach, Cpus, Phase, ProgramKind, Rate};

use super::{Expand, Expanded, Offers, Request};

/// Nanoseconds in the units of both spellings.
const UNITS: &[(&str, u64)] = &[
    ("ns", 1),
    ("us", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
    ("d", 86_400_000_000_000),
];

/// Shortest period: shorter ones would keep a CPU busy with nothing else.
const SHORTEST: u64 = 1_000;

/// `PERF_TYPE_SOFTWARE` and `PERF_COUNT_SW_CPU_CLOCK`.
const SOFTWARE: u32 = 1;
const CPU_CLOCK: u64 = 0;

/// A timer on these CPUs.
pub(super) fn expand(x: &mut Expand<'_>, request: &Request<'_>, cpus: Cpus) -> Vec<Expanded> {
    let Some((rate, name)) = read(x, request) else { return Vec::new() };
    vec![Expanded {
        name,
        attach: Attach::Perf { kind: SOFTWARE, config: CPU_CLOCK, rate, cpus, pid: None },
        cheaper: None,
        phase: Phase::Trace,
        offers: Offers::plain(ProgramKind::PerfEvent, request.row.name),
    }]
}

/// Reads the rate of an attach point, and the name of the attach point in canonical form.
fn read(x: &mut Expand<'_>, request: &Request<'_>) -> Option<(Rate, String)> {
    let name = request.row.name;
    let read = if request.parts.len() == 1 { short(request) } else { long(request) };
    let rate = match read {
        Ok(rate) => rate,
        Err(problem) => {
            x.problems.push(problem);
            return None;
        }
    };
    let parts: Vec<_> = request.parts.iter().map(|part| part.text.as_str()).collect();
    let canonical = format!("{name}:{}", parts.join(":"));
    let period = match rate {
        Rate::Hertz(hertz) => 1_000_000_000 / hertz,
        Rate::Period(period) => period,
    };
    if period < SHORTEST {
        let title = format!("`{canonical}` fires more often than once a microsecond");
        let compat = format!(
            "Invalid rate of {name} probe. Minimum is 1000 or 1us. Found: {period} nanoseconds"
        );
        let problem = Diagnostic::new(Code::BadRate, request.span, title, "too often");
        x.problems.push(problem.help(format!("write `{name}:us:1` or slower")).compat(compat));
        return None;
    }
    Some((rate, canonical))
}

/// `99` is what follows `hz:`, `s:` and so on.
fn long(request: &Request<'_>) -> Result<Rate, Diagnostic> {
    let unit = request.text(0);
    let count = request.text(1).parse::<u64>().ok().filter(|count| *count > 0);
    let Some(count) = count else {
        let title = format!("`{}` is no positive number", request.text(1));
        return Err(bad(request, 1, title));
    };
    if unit == "hz" {
        return Ok(Rate::Hertz(count));
    }
    let scale = UNITS.iter().find(|(name, _)| *name == unit && unit.len() <= 2 && unit != "ns");
    let scale = scale.filter(|(name, _)| ["s", "ms", "us"].contains(name));
    match scale.and_then(|(_, scale)| count.checked_mul(*scale)) {
        Some(period) => Ok(Rate::Period(period)),
        None => Err(bad(request, 0, format!("`{unit}` is no unit of a rate"))),
    }
}

/// `100ms`; a bare number is nanoseconds.
fn short(request: &Request<'_>) -> Result<Rate, Diagnostic> {
    let text = request.text(0);
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (count, unit) = text.split_at(digits);
    let scale = match unit {
        "" => Some(1),
        _ => UNITS.iter().find(|(name, _)| *name == unit).map(|(_, scale)| *scale),
    };
    let period = count.parse::<u64>().ok().zip(scale).and_then(|(a, b)| a.checked_mul(b));
    match period.filter(|period| *period > 0) {
        Some(period) => Ok(Rate::Period(period)),
        None => Err(bad(request, 0, format!("`{text}` is no period"))),
    }
}

fn bad(request: &Request<'_>, index: usize, title: String) -> Diagnostic {
    let name = request.row.name;
    // The first of two parts is the unit.
    let what = |text: &str| if index == 0 { text.to_owned() } else { not_a_number(text) };
    let compat = format!("Invalid rate of {name} probe: {}", what(request.text(index)));
    Diagnostic::new(Code::BadRate, request.at(index), title, "not understood")
        .help(format!("write `{name}:1s`, `{name}:ms:100` or `{name}:hz:99`"))
        .compat(compat)
}

/// bpftrace's words for a text that should be a number.
pub(super) fn not_a_number(text: &str) -> String {
    let is_number = text.parse::<u64>().is_ok();
    if is_number { text.to_owned() } else { format!("invalid trailing bytes: {text}") }
}
