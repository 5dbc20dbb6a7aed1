//! `tseries(n, interval, count [, mode])`

use diag::{Code, Diagnostic};
use ir::{Bin, Helper, Inst, Keep, Reduce, Series, ValueId};

use super::{Aggregation, Cell, Moment, Sharing, Update, add, raise, sample};
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
fn dummy(l: &mut dyn Lower) -> Option<ValueId> {
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

/// Where the words of a bucket are: the interval, the value, and one more.
const VALUE: i32 = 8;
const EXTRA: i32 = 16;

fn put(l: &mut dyn Lower, sample: ValueId, moment: Moment, cell: Cell, reduce: Reduce) {
    let Reduce::Series(Series { keep, .. }) = reduce else { return };
    let b = l.b();
    let mark = b.bin_const(Bin::Add, moment.number, 1);
    if keep == Keep::Last {
        b.store64(cell.ptr, VALUE, sample);
        b.store64(cell.ptr, EXTRA, moment.now);
        b.store64(cell.ptr, 0, mark);
        return;
    }
    begin(l, mark, cell, keep);
    match keep {
        Keep::Max | Keep::Min => {
            let ptr = l.b().offset(cell.ptr, i64::from(VALUE));
            raise(l, sample, Cell { ptr, ..cell }, reduce);
        }
        Keep::Mean => {
            add(l, cell, VALUE, sample);
            let one = l.b().constant(1);
            add(l, cell, EXTRA, one);
        }
        Keep::Sum | Keep::Last => add(l, cell, VALUE, sample),
    }
}

/// Empties the bucket if it belongs to an older interval.
fn begin(l: &mut dyn Lower, mark: ValueId, cell: Cell, keep: Keep) {
    let b = l.b();
    let (other, done) = (b.block(), b.block());
    let old = b.load64(cell.ptr, 0);
    let differs = b.bin(Bin::Ne, old, mark);
    b.branch(differs, other, done);
    b.switch_to(other);
    match cell.sharing {
        Sharing::Exclusive => {
            b.zero(cell.ptr, VALUE, 16, 8);
            b.store64(cell.ptr, 0, mark);
        }
        Sharing::Shared => begin_shared(b, (old, mark), cell.ptr, keep),
    }
    b.jump(done);
    b.switch_to(done);
}

/// Whoever moves the bucket to the new interval takes the old samples out, by taking away what
/// was there before, so that samples of rivals that come meanwhile stay.
fn begin_shared(
    b: &mut ir::Builder,
    (old, mark): (ValueId, ValueId),
    ptr: ValueId,
    keep: Keep,
) {
    let (value, extra) = (b.load64(ptr, VALUE), b.load64(ptr, EXTRA));
    let found = b.push(Inst::CompareExchange { ptr, expected: old, new: mark });
    let won = b.bin(Bin::Eq, found, old);
    let (winner, done) = (b.block(), b.block());
    b.branch(won, winner, done);
    b.switch_to(winner);
    let zero = b.constant(0);
    if matches!(keep, Keep::Max | Keep::Min) {
        let ptr = b.offset(ptr, i64::from(VALUE));
        b.push(Inst::CompareExchange { ptr, expected: value, new: zero });
    } else {
        for (offset, stale) in [(VALUE, value), (EXTRA, extra)] {
            let less = b.bin(Bin::Sub, zero, stale);
            b.atomic_add(ptr, offset, less);
        }
    }
    b.jump(done);
    b.switch_to(done);
}
