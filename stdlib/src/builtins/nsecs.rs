//! `nsecs`, `nsecs(clock)`

use diag::{Code, Diagnostic};
use ir::{Bin, Helper, Ty, ValueId};

use crate::{
    Call, Check, Clock, Feature, Lower,
    functions::{Takes, Word},
};

pub(super) const NSECS: Word = Word {
    name: "nsecs",
    usage: "nsecs, nsecs(clock)",
    summary: "Nanoseconds of a clock: `boot` (since the machine started), `monotonic`, `tai`, `sw_tai`.",
    example: "profile:hz:99 { @last[cpu] = nsecs; }",
    arity: (0, 1),
    takes: Takes::Names,
    check,
    lower,
};

fn check(c: &mut Check<'_>, call: &Call) -> Ty {
    let arg = call.args.first();
    c.clock = clock(call);
    match (arg, c.clock) {
        (Some(_), Some(Clock::Tai)) => {
            let help = "`nsecs(sw_tai)` works on every kernel; it does not follow leap seconds";
            c.needs(call, Feature::TaiClock, "Linux 6.1", help);
            Ty::U64
        }
        (None, _) | (_, Some(_)) => Ty::U64,
        (Some(arg), None) => {
            let given = arg.text().unwrap_or_default();
            let title = "`nsecs` takes the name of a clock";
            let problem = Diagnostic::new(Code::WrongArgument, arg.span, title, "no clock");
            let help = "clocks are `boot`, `monotonic`, `tai` and `sw_tai`";
            let given = String::from_utf8_lossy(given).into_owned();
            let compat = format!("Invalid timestamp mode: {given}");
            c.refuse(problem.help(help).compat(compat))
        }
    }
}

/// The clock that is asked for, if there is one of that name.
fn clock(call: &Call) -> Option<Clock> {
    let Some(arg) = call.args.first() else { return Some(Clock::Boot) };
    match arg.text().unwrap_or_default() {
        b"boot" => Some(Clock::Boot),
        b"monotonic" => Some(Clock::Monotonic),
        b"tai" => Some(Clock::Tai),
        b"sw_tai" => Some(Clock::SwTai),
        _ => None,
    }
}

fn lower(l: &mut dyn Lower, call: &Call) -> ValueId {
    match clock(call).unwrap_or(Clock::Boot) {
        Clock::Boot => l.b().call(Helper::KTIME_GET_BOOT_NS, &[]),
        Clock::Monotonic => l.b().call(Helper::KTIME_GET_NS, &[]),
        Clock::Tai => l.b().call(Helper::KTIME_GET_TAI_NS, &[]),
        Clock::SwTai => {
            let ahead = l.kernel().tai_ahead();
            let b = l.b();
            let boot = b.call(Helper::KTIME_GET_BOOT_NS, &[]);
            b.bin_const(Bin::Add, boot, ahead)
        }
    }
}

/// A moment of `clock` in a form that user space can date. The monotonic clock leaves out the time
/// for which the machine slept, and its moments look like those of the boot clock: they become such.
pub(crate) fn to_date(l: &mut dyn Lower, moment: ValueId, clock: Clock) -> ValueId {
    match clock {
        Clock::Boot | Clock::Tai | Clock::SwTai => moment,
        Clock::Monotonic => {
            let b = l.b();
            let now = b.call(Helper::KTIME_GET_NS, &[]);
            let ago = b.bin(Bin::Sub, now, moment);
            let boot = b.call(Helper::KTIME_GET_BOOT_NS, &[]);
            b.bin(Bin::Sub, boot, ago)
        }
    }
}
