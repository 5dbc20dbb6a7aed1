//! A perf event on an instruction of the kernel.

use std::{fs, os::fd::OwnedFd};

use ir::{SameName, When};
use stdlib::{Feature, Kernel};

use super::{Target, same_name};
use crate::{
    error::Error,
    ffi::PerfEvent,
    kernel::{Machine, events_near, first_online_cpu},
};

/// An instruction of the kernel.
pub(super) struct Function<'run> {
    /// As `module:function` if the module was given.
    pub(super) name: &'run str,
    pub(super) offset: u64,
    pub(super) when: When,
    pub(super) same_name: SameName,
}

/// Attaches; what is left out, in words.
pub(super) fn attach(
    target: &Target<'_>,
    machine: &Machine,
    function: &Function<'_>,
    descriptors: &mut Vec<OwnedFd>,
) -> Result<Option<String>, Error> {
    let Some(kind) = pmu("kprobe", "type") else {
        return Err(Error::Unsupported {
            what: "kprobes (CONFIG_KPROBES is off)".to_owned(),
            help: instead(machine, function.name),
        });
    };
    let name = function.name;
    // Before 6.7 (and where its fix was not brought back) the kernel takes the first of them.
    if name.contains(':') && machine.is_ambiguous_in_module(name) {
        let starts = same_name::starts(function);
        return same_name::attach(target, (kind, function), &starts, descriptors);
    }
    let event = event(kind, function);
    let error = match target.perf(&event, descriptors) {
        Ok(()) => return Ok(None),
        Err(error) => error,
    };
    match error.raw_os_error() {
        Some(libc::ENOENT) => Err(no_function(target, machine, name)),
        // 6.7, and older ones that were given it since: a name that several functions have.
        Some(libc::EADDRNOTAVAIL) => {
            let starts = same_name::starts(function);
            if starts.len() == 1 {
                return Err(target.failed(error));
            }
            same_name::attach(target, (kind, function), &starts, descriptors)
        }
        Some(libc::EINVAL) => Err(Error::NoTarget {
            what: format!("probe possible on `{name}`"),
            help: Some(
                "the kernel marks it as not traceable, or the offset is inside of an \
                 instruction; probe a function that calls it"
                    .to_owned(),
            ),
            span: target.span,
        }),
        _ => Err(target.failed(error)),
    }
}

/// What the kernel is asked for.
pub(super) fn event(kind: u32, function: &Function<'_>) -> PerfEvent {
    PerfEvent {
        kind,
        // See the tracepoint's.
        disabled: true,
        config: match function.when {
            When::Entry => 0,
            When::Return => return_bit("kprobe"),
        },
        // Without a name, the offset is an address.
        text: (!function.name.is_empty()).then(|| function.name.to_owned()),
        offset: function.offset,
        cpu: Some(first_online_cpu()),
        ..PerfEvent::default()
    }
}

fn no_function(target: &Target<'_>, machine: &Machine, name: &str) -> Error {
    let function = name.rsplit(':').next().unwrap_or(name);
    // Compilers make `NAME.isra.0`, `NAME.constprop.0` of functions.
    let copies = machine.functions(None, &format!("{function}.*")).unwrap_or_default();
    let copies: Vec<_> = copies.iter().map(|(_, name)| format!("`{name}`")).take(3).collect();
    let help = if copies.is_empty() {
        "it is inlined everywhere, or called something else in this kernel".to_owned()
    } else {
        format!("the compiler made {} of it", copies.join(", "))
    };
    Error::NoTarget {
        what: format!("kernel function `{name}`"),
        help: Some(help),
        span: target.span,
    }
}

/// What would serve on a kernel without kprobes.
fn instead(machine: &Machine, function: &str) -> String {
    let events = events_near(machine, function);
    if machine.has(Feature::Fentry) {
        return format!("`fentry:{function}` does the same on this kernel");
    }
    match events.as_slice() {
        [] => "probe a tracepoint instead: `hawk -l 'tracepoint:*'` lists them".to_owned(),
        [one] => format!("probe `{one}` instead"),
        [one, rest @ ..] => format!("probe `{one}` instead, or `{}`", rest.join("`, `")),
    }
}

/// A number that the kernel gives for a kind of probe.
pub(super) fn pmu(kind: &str, file: &str) -> Option<u32> {
    let path = format!("/sys/bus/event_source/devices/{kind}/{file}");
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

/// The bit that makes a probe one of the return: `config:0` in the kernel's words.
pub(super) fn return_bit(kind: &str) -> u64 {
    let path = format!("/sys/bus/event_source/devices/{kind}/format/retprobe");
    let text = fs::read_to_string(path).unwrap_or_default();
    let bit = text.trim().strip_prefix("config:").and_then(|bit| bit.parse::<u32>().ok());
    1 << bit.unwrap_or(0)
}
