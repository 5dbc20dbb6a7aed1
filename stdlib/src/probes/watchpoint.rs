//! `watchpoint`

use diag::{Code, Diagnostic};
use ir::{Attach, Owner, Phase, ProgramKind};

use super::{
    Expand, Expanded, Form, Listing, Offers, ProbeType, Request, form::form, nothing_more,
    nothing_to_list,
};

pub(super) const WATCHPOINT: ProbeType = ProbeType {
    name: "watchpoint",
    aliases: &["w"],
    usage: "watchpoint:ADDRESS:LENGTH:MODE",
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
];

/// Ways to access memory that the CPU can watch for, with `HW_BREAKPOINT_*` of
/// `linux/hw_breakpoint.h`.
#[cfg(target_arch = "x86_64")]
const MODES: &[(&str, u32)] = &[("rw", 3), ("w", 2), ("x", 4)];
#[cfg(target_arch = "aarch64")]
const MODES: &[(&str, u32)] = &[("r", 1), ("rw", 3), ("w", 2), ("x", 4)];

fn expand(x: &mut Expand<'_>, request: &Request<'_>) -> Vec<Expanded> {
    let [address, length, mode] = request.parts else {
        let title = "watchpoints on what functions are given are no more";
        let problem = Diagnostic::new(Code::BadAttachPoint, request.span, title, "a function");
        let help = "read the address with `uprobe:…:FUNCTION { printf(\"%p\", arg0); }`, then write `watchpoint:ADDRESS:LENGTH:MODE`";
        return x.refuse(
            problem
                .help(help)
                .compat(format!("Invalid function/address argument: {}", request.text(0))),
        );
    };
    let Some(address) = number(&address.text) else {
        let title = format!("`{}` is no address", address.text);
        let problem = Diagnostic::new(Code::BadAttachPoint, address.span, title, "here");
        let compat = format!("Invalid function/address argument: {}", address.text);
        let help = "write it as `nm` shows it, with 0x: `watchpoint:0x404028:8:w`";
        return x.refuse(problem.help(help).compat(compat));
    };
    let length_value = number(&length.text).filter(|length| matches!(length, 1 | 2 | 4 | 8));
    let Some(length_value) = length_value else {
        let title = format!("the CPU watches 1, 2, 4 or 8 bytes, not `{}`", length.text);
        let problem = Diagnostic::new(Code::BadAttachPoint, length.span, title, "here");
        let compat = format!("Invalid length argument: {}", length.text);
        return x.refuse(problem.compat(compat));
    };
    let Some((shown, bits)) = MODES.iter().find(|(name, _)| sorted(name) == sorted(&mode.text))
    else {
        let title = format!("the CPU does not watch for `{}`", mode.text);
        let names: Vec<_> = MODES.iter().map(|(name, _)| format!("`{name}`")).collect();
        let problem = Diagnostic::new(Code::BadAttachPoint, mode.span, title, "here");
        return x.refuse(problem.help(format!("modes are {}", names.join(", "))));
    };
    if !address.is_multiple_of(length_value) {
        let title = format!("{address:#x} is no multiple of {length_value}");
        let problem = Diagnostic::new(Code::BadAttachPoint, request.at(0), title, "here");
        return x.refuse(problem.help("the CPU watches aligned memory only"));
    }
    let Some(owner) = owner(x, request, address) else { return Vec::new() };
    // x86 takes instructions by the length of a word.
    let watched = if *bits == 4 { 8 } else { length_value };
    vec![Expanded {
        name: format!("watchpoint:{address:#x}:{length_value}:{shown}"),
        attach: Attach::Breakpoint { address, length: watched, mode: *bits, owner },
        cheaper: None,
        phase: Phase::Trace,
        offers: Offers::plain(ProgramKind::PerfEvent, "watchpoint"),
    }]
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
