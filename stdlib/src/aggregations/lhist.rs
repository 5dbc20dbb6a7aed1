//! `lhist(n, min, max, step)`

use diag::{Code, Diagnostic};
use ir::{Bin, Reduce, ValueId};

use super::{Aggregation, Update, sample};
use crate::{Call, Check, Lower};

/// Most buckets between `min` and `max`.
const MOST: i64 = 1000;

pub(super) const LHIST: Aggregation = Aggregation {
    name: "lhist",
    usage: "lhist(number, min, max, step)",
    summary: "Counts samples by steps of equal width between two bounds.",
    example: "tracepoint:syscalls:sys_enter_read { @ = lhist(args.count, 0, 4096, 256); }",
    arity: (4, 4),
    check,
    update: Update::Bucket(bucket),
};

fn check(c: &mut Check<'_>, call: &Call) -> Option<Reduce> {
    sample(c, call)?;
    let mut bounds = [0; 3];
    for (bound, arg) in bounds.iter_mut().zip(call.args.iter().skip(1)) {
        let Some(value) = arg.int() else {
            c.wrong_type(call, arg, "an int literal", "write `lhist(number, 0, 100, 10)`");
            return None;
        };
        *bound = value;
    }
    let [min, max, step] = bounds;
    let problem = if step <= 0 {
        Some((3, format!("a step of {step}"), "give a step of at least 1"))
    } else if min < 0 {
        Some((1, format!("a negative lower bound, {min}"), "give 0 or more"))
    } else if min >= max {
        Some((
            2,
            format!("no room between {min} and {max}"),
            "give an upper bound above the lower one",
        ))
    } else if (max - min) / step > MOST {
        let title = format!("{} buckets, {MOST} at most", (max - min) / step);
        Some((3, title, "give a wider step"))
    } else {
        None
    };
    let Some((index, title, help)) = problem else {
        return Some(Reduce::Linear { min, max, step });
    };
    let problem =
        Diagnostic::new(Code::OutOfRange, call.args[index].span, title, "out of range");
    c.refuse(problem.help(help));
    None
}

/// Bucket 0 lies below `min`, the last at or above `max`.
fn bucket(l: &mut dyn Lower, sample: ValueId, reduce: Reduce) -> ValueId {
    let Reduce::Linear { min, max, step } = reduce else { return sample };
    let b = l.b();
    let index = b.slot(8, 8);
    let (above, inside, maybe, done) = (b.block(), b.block(), b.block(), b.block());
    let (zero, low, high) = (b.constant(0), b.constant(min), b.constant(max));
    b.store64(index, 0, zero);
    let below = b.bin(Bin::SLt, sample, low);
    b.branch(below, done, maybe);
    b.switch_to(maybe);
    let fits = b.bin(Bin::SLt, sample, high);
    b.branch(fits, inside, above);
    b.switch_to(above);
    let last = b.constant(i64::from(reduce.buckets()) - 1);
    b.store64(index, 0, last);
    b.jump(done);
    b.switch_to(inside);
    let distance = b.bin(Bin::Sub, sample, low);
    let number = b.bin_const(Bin::UDiv, distance, step);
    let number = b.bin_const(Bin::Add, number, 1);
    b.store64(index, 0, number);
    b.jump(done);
    b.switch_to(done);
    b.load64(index, 0)
}
