//! `nsecs`, `nsecs(clock)`

use diag::{Code, Diagnostic};
use ir::{Bin, Helper, Ty, ValueId};

use crate::{
    Arg, Call, Check, Feature, Lower,
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
    let Some(arg) = call.args.first() else { return Ty::U64 };
    let given = arg.text().unwrap_or_default();
    match given {
        b"boot" | b"monotonic" | b"sw_tai" => Ty::U64,
        b"tai" => {
            let help = "`nsecs(sw_tai)` works on every kernel; it does not follow leap seconds";
            c.needs(call, Feature::TaiClock, "Linux 6.1", help);
            Ty::U64
        }
        _ => {
            let title = "`nsecs` takes the name of a clock";
            let problem = Diagnostic::new(Code::WrongArgument, arg.span, title, "no clock");
            let help = "clocks are `boot`, `monotonic`, `tai` and `sw_tai`";
            let given = String::from_utf8_lossy(given).into_owned();
            let compat = format!("Invalid timestamp mode: {given}");
            c.refuse(problem.help(help).compat(compat))
        }
    }
}

fn lower(l: &mut dyn Lower, call: &Call) -> ValueId {
    match call.args.first().and_then(Arg::text) {
        Some(b"monotonic") => l.b().call(Helper::KTIME_GET_NS, &[]),
        Some(b"tai") => l.b().call(Helper::KTIME_GET_TAI_NS, &[]),
        Some(b"sw_tai") => {
            let ahead = l.kernel().tai_ahead();
            let b = l.b();
            let boot = b.call(Helper::KTIME_GET_BOOT_NS, &[]);
            b.bin_const(Bin::Add, boot, ahead)
        }
        Some(_) | None => l.b().call(Helper::KTIME_GET_BOOT_NS, &[]),
    }
}
