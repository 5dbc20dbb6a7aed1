//! `tseries(n, interval, count [, mode])`

use diag::{Code, Diagnostic};
use ir::{Bin, Helper, Keep, Reduce, Series};

use super::{Aggregation, Moment, Update, interval::put, sample};
use crate::{Call, Check, Lower, Unstable};

/// Most intervals.
const MOST: i64 = 1_000_000;

pub(super) const TSERIES: Aggregation = Aggregation {
    name: "tseries",
    usage: "tseries(number, interval, count [, \"avg\" | \"max\" | \"min\" | \"sum\"])",
    summary: "Keeps one value for each of the last `count` intervals: by default the last sample.",
    example: "tracepoint:syscalls:sys_exit_read /args.ret > 0/ { @ = tseries(args.ret, 1s, 60, \"sum\"); }",
    arity: (3, 4),
    check,
    update: Update::Interval { now, put },
};

fn check(c: &mut Check<'_>, call: &Call) -> Option<Reduce> {
    let sign = sample(c, call)?;
    stability(c, call);
    let help = "write `tseries(number, 1s, 60)`";
    let mut sizes = [0; 2];
    for (size, arg) in sizes.iter_mut().zip(call.args.iter().skip(1)) {
        let Some(value) = arg.int() else {
            c.wrong_type(call, arg, "an int literal", help);
            return None;
        };
        *size = value;
    }
    let keep = match call.args.get(3).map(|arg| (arg, arg.text())) {
        None => Keep::Last,
        Some((_, Some(b"avg"))) => Keep::Mean,
        Some((_, Some(b"max"))) => Keep::Max,
        Some((_, Some(b"min"))) => Keep::Min,
        Some((_, Some(b"sum"))) => Keep::Sum,
        Some((arg, _)) => {
            let title = "`tseries` does not know this way to sum up an interval";
            let problem = Diagnostic::new(Code::WrongArgument, arg.span, title, "unknown");
            let compat = "tseries() expects one of the following aggregation functions: avg, max, min, sum";
            let help = "there are \"avg\", \"max\", \"min\" and \"sum\"; without one the last sample is kept";
            c.refuse(problem.help(help).compat(compat));
            return None;
        }
    };
    let [interval, count] = sizes;
    let problem = if interval < 1 {
        Some((
            1,
            format!("an interval of {interval} nanoseconds"),
            "give at least 1, e.g. `1s`",
        ))
    } else if !(1..=MOST).contains(&count) {
        Some((2, format!("{count} intervals"), "give 1 to 1,000,000"))
    } else {
        None
    };
    if let Some((index, title, help)) = problem {
        let span = call.args[index].span;
        let problem = Diagnostic::new(Code::OutOfRange, span, title, "out of range");
        c.refuse(problem.help(help));
        return None;
    }
    let (interval, count) = (interval.cast_unsigned(), count as u32);
    Some(Reduce::Series(Series { interval, count, keep, sign }))
}

/// `unstable_tseries` may forbid it. By default it is not warned of but where bpftrace is expected.
fn stability(c: &mut Check<'_>, call: &Call) {
    let (title, label) = ("the settings of this run don't allow `tseries`", "not allowed");
    let problem = Diagnostic::new(Code::NotSupported, call.name_span, title, label)
        .help("set `unstable_tseries=enable`");
    match c.config.unstable_tseries {
        Unstable::Error => {
            let compat = "Script is using an unstable feature: tseries. To allow this feature you must explicitly enable it in the config e.g. unstable_tseries=enable";
            c.refuse(problem.compat(compat));
        }
        Unstable::Warn if c.config.compat => {
            let compat = "Script is using an unstable feature: tseries. To prevent this warning you must explicitly enable it in the config e.g. unstable_tseries=enable";
            c.problems.push(problem.warning().compat(compat));
        }
        Unstable::Warn | Unstable::Enable => {}
    }
}

/// The interval that it is now, by the clock of `nsecs(sw_tai)`, or by a map that a test sets.
fn now(l: &mut dyn Lower, reduce: Reduce) -> Moment {
    let now = match dummy(l) {
        Some(now) => now,
        None => {
            let ahead = l.kernel().tai_ahead();
            l.program().tai_ahead = ahead;
            let b = l.b();
            let boot = b.call(Helper::KTIME_GET_BOOT_NS, &[]);
            b.bin_const(Bin::Add, boot, ahead)
        }
    };
    let b = l.b();
    let Reduce::Series(Series { interval, count, .. }) = reduce else {
        return Moment { now, number: now, index: now };
    };
    let number = b.bin_const(Bin::UDiv, now, interval.cast_signed());
    let index = b.bin_const(Bin::UMod, number, i64::from(count));
    Moment { now, number, index }
}

/// What the map of `BPFTRACE_DUMMY_TS_MAP` holds, if there is one.
fn dummy(l: &mut dyn Lower) -> Option<ir::ValueId> {
    let name = l.config().clock_map.clone()?;
    let known = l.program().tables.values().find(|it| it.name == name && it.key.is_none());
    let map = known?.map;
    let b = l.b();
    let (key, slot) = (b.slot(4, 4), b.slot(8, 8));
    b.zero(key, 0, 4, 4);
    let zero = b.constant(0);
    b.store64(slot, 0, zero);
    let map = b.map(map);
    let found = b.call(Helper::MAP_LOOKUP_ELEM, &[map, key]);
    let is_null = b.is_null(found);
    let (there, done) = (b.block(), b.block());
    b.branch(is_null, done, there);
    b.switch_to(there);
    let value = b.load64(found, 0);
    b.store64(slot, 0, value);
    b.jump(done);
    b.switch_to(done);
    Some(b.load64(slot, 0))
}
