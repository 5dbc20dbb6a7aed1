//! `watchpoint`

use diag::{Code, Diagnostic};
use ir::{Attach, Owner, Phase, ProgramKind, WatchGiven, When};

use super::{
    Expand, Expanded, Form, Listing, Offers, Part, ProbeType, Request,
    fields::REGISTERS,
    form::form,
    nothing_more, nothing_to_list,
    rate::not_a_number,
    uprobe::{self, UPROBE},
};

pub(super) const WATCHPOINT: ProbeType = ProbeType {
    name: "watchpoint",
    aliases: &["w"],
    usage: "watchpoint:ADDRESS:LENGTH:MODE or watchpoint:FUNCTION+argN:LENGTH:MODE",
    summary: "The CPU reads (`r`), writes (`w`) or executes (`x`) memory at an address.",
    example: "watchpoint:0xffffffff81000000:8:rw { @[cpu] = count(); }",
    parts: (2, 3),
    expand,
    list: nothing_to_list,
    listing: Listing::Named,
    details: nothing_more,
    forms: FORMS,
};

#[rustfmt::skip]
const FORMS: &[Form] = &[
        form("watchpoint:ADDRESS:LENGTH:MODE"),
        form("watchpoint:KERNEL_ADDRESS:LENGTH:MODE"),
        form("watchpoint:FUNCTION+argN:LENGTH:MODE"),
];

pub(super) const ASYNCWATCHPOINT: ProbeType = ProbeType {
    name: "asyncwatchpoint",
    aliases: &["aw"],
    usage: "asyncwatchpoint:FUNCTION+argN:LENGTH:MODE",
    summary: "A watchpoint on what a function is given, for which the process does not wait.",
    example: "asyncwatchpoint:0xffffffff81000000:8:rw { @[cpu] = count(); }",
    parts: (2, 3),
    expand: |x, request| expand_either(x, request, Waits::No),
    list: nothing_to_list,
    listing: Listing::Named,
    details: nothing_more,
    forms: ASYNC_FORMS,
};

#[rustfmt::skip]
const ASYNC_FORMS: &[Form] = &[
        form("asyncwatchpoint:FUNCTION+argN:LENGTH:MODE"),
];

/// Ways to access memory that the CPU can watch for, with `HW_BREAKPOINT_*` of
/// `linux/hw_breakpoint.h`.
#[cfg(target_arch = "x86_64")]
const MODES: &[(&str, u32)] = &[("rw", 3), ("w", 2), ("x", 4)];
#[cfg(target_arch = "aarch64")]
const MODES: &[(&str, u32)] = &[("r", 1), ("rw", 3), ("w", 2), ("x", 4)];

/// Whether the process waits until a new address is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Waits {
    Yes,
    No,
}

fn expand(x: &mut Expand<'_>, request: &Request<'_>) -> Vec<Expanded> {
    expand_either(x, request, Waits::Yes)
}

fn expand_either(x: &mut Expand<'_>, request: &Request<'_>, waits: Waits) -> Vec<Expanded> {
    let [address, length, mode] = request.parts else {
        let title =
            format!("`{}` takes what is watched, a length and a mode", request.row.name);
        let problem = Diagnostic::new(Code::BadAttachPoint, request.span, title, "incomplete");
        let compat = format!("Invalid function/address argument: {}", request.text(0));
        return x.refuse(problem.help(format!("write `{}`", request.row.usage)).compat(compat));
    };
    let Some((length_value, (shown, bits))) = how(x, length, mode) else { return Vec::new() };
    // x86 takes instructions by the length of a word.
    let watched = if bits == 4 { 8 } else { length_value };
    let name = |of: &str| format!("{}:{of}:{length_value}:{shown}", request.row.name);
    let offers = || Offers::plain(ProgramKind::PerfEvent, request.row.name);
    let site = |name, attach| Expanded {
        name,
        attach,
        cheaper: None,
        phase: Phase::Trace,
        offers: offers(),
    };
    if let Some((function, argument)) = address.text.rsplit_once("+arg") {
        let found = given(x, request, (function, argument), (watched, bits));
        let stops = waits == Waits::Yes;
        return found
            .into_iter()
            .map(|it| site(name(&address.text), Attach::WatchGiven(WatchGiven { stops, ..it })))
            .collect();
    }
    let Some(at) = number(&address.text) else {
        let title = format!("`{}` is no address", address.text);
        let problem = Diagnostic::new(Code::BadAttachPoint, address.span, title, "here");
        let compat =
            format!("Invalid function/address argument: {}", not_a_number(&address.text));
        let help = "write it as `nm` shows it, with 0x: `watchpoint:0x404028:8:w`, or as a function's argument: `watchpoint:increment+arg0:8:w`";
        return x.refuse(problem.help(help).compat(compat));
    };
    if !at.is_multiple_of(length_value) {
        let title = format!("{at:#x} is no multiple of {length_value}");
        let problem = Diagnostic::new(Code::BadAttachPoint, request.at(0), title, "here");
        return x.refuse(problem.help("the CPU watches aligned memory only"));
    }
    let Some(owner) = owner(x, request, at) else { return Vec::new() };
    let attach = Attach::Breakpoint { address: at, length: watched, mode: bits, owner };
    vec![site(name(&format!("{at:#x}")), attach)]
}

/// How many bytes are watched, and the name and number of the mode.
fn how(x: &mut Expand<'_>, length: &Part, mode: &Part) -> Option<(u64, (&'static str, u32))> {
    let length_value = number(&length.text).filter(|length| matches!(length, 1 | 2 | 4 | 8));
    let Some(length_value) = length_value else {
        let title = format!("the CPU watches 1, 2, 4 or 8 bytes, not `{}`", length.text);
        let problem = Diagnostic::new(Code::BadAttachPoint, length.span, title, "here");
        let compat = format!("Invalid length argument: {}", not_a_number(&length.text));
        x.refuse(problem.compat(compat));
        return None;
    };
    let Some(known) = MODES.iter().find(|(name, _)| sorted(name) == sorted(&mode.text)) else {
        let title = format!("the CPU does not watch for `{}`", mode.text);
        let names: Vec<_> = MODES.iter().map(|(name, _)| format!("`{name}`")).collect();
        let problem = Diagnostic::new(Code::BadAttachPoint, mode.span, title, "here");
        x.refuse(problem.help(format!("modes are {}", names.join(", "))));
        return None;
    };
    Some((length_value, *known))
}

/// What a function of the process is given.
fn given(
    x: &mut Expand<'_>,
    request: &Request<'_>,
    (function, argument): (&str, &str),
    (length, mode): (u64, u32),
) -> Vec<WatchGiven> {
    let at = request.at(0);
    let index: Option<usize> = argument.parse().ok();
    let register = index.and_then(|index| REGISTERS.get(index));
    let Some(argument) = register.and_then(|name| x.kernel.register(name)) else {
        let title = format!("`arg{argument}` is in no register");
        let problem = Diagnostic::new(Code::BadAttachPoint, at, title, "this argument");
        x.refuse(
            problem.help("functions have their first arguments in registers: `arg0` to `arg5`"),
        );
        return Vec::new();
    };
    let Some(owner) = owner(x, request, 0) else { return Vec::new() };
    // The probe that finds the address is one of the program that the process runs.
    let part = Part { text: function.to_owned(), span: at, source: false };
    let inner =
        Request { row: &UPROBE, span: request.span, parts: std::slice::from_ref(&part) };
    let found = uprobe::expand(x, &inner, When::Entry).into_iter();
    let place = |site: Expanded| {
        let Attach::Uprobe { binary, place, .. } = site.attach else { return None };
        Some((binary, place))
    };
    let one = |(binary, place)| WatchGiven {
        binary,
        function: function.to_owned(),
        place,
        argument,
        length,
        mode,
        owner,
        stops: true,
        map: None,
    };
    found.filter_map(place).map(one).collect()
}

/// Whose memory it is: the upper half of addresses is the kernel's.
fn owner(x: &mut Expand<'_>, request: &Request<'_>, address: u64) -> Option<Owner> {
    if address >> 63 == 1 {
        return Some(Owner::Kernel);
    }
    if let Some(pid) = x.kernel.target_pid() {
        return Some(Owner::Process(pid));
    }
    if x.kernel.has_child() {
        return Some(Owner::Child);
    }
    let title = "this is an address of a process, and no process is named";
    let problem = Diagnostic::new(Code::BadAttachPoint, request.at(0), title, "which one's?");
    x.refuse(problem.help("name it with `-p PID`, or start it with `-c COMMAND`"));
    None
}

fn number(text: &str) -> Option<u64> {
    match text.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16).ok(),
        None => text.parse().ok(),
    }
}

/// The letters of a mode, in any order.
fn sorted(mode: &str) -> Vec<u8> {
    let mut letters = mode.as_bytes().to_vec();
    letters.sort_unstable();
    letters
}
