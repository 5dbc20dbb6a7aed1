//! `ratelimit(n)`, `sample(n)`: predicates that let only some events through.

use diag::{Code, Diagnostic};
use ir::{Bin, Builder, Fetch, Helper, Inst, Map, MapId, MapKind, Ty, ValueId};

use super::{Takes, Word};
use crate::{Call, Check, Feature, Lower};

pub(super) const RATELIMIT: Word = Word {
    name: "ratelimit",
    usage: "ratelimit(number)",
    summary: "True at most so many times in each second, on all CPUs together; each use counts by itself.",
    example: "tracepoint:syscalls:sys_enter_read { if (ratelimit(10)) { printf(\"%s\\n\", comm); } }",
    arity: (1, 1),
    takes: Takes::Values,
    check: |c, call| check(c, call, MOST),
    lower: ratelimit,
};

pub(super) const SAMPLE: Word = Word {
    name: "sample",
    usage: "sample(number)",
    summary: "True for one of so many events, by chance.",
    example: "tracepoint:raw_syscalls:sys_enter /sample(100)/ { @[comm] = count(); }",
    arity: (1, 1),
    takes: Takes::Values,
    check: |c, call| check(c, call, i64::from(u32::MAX)),
    lower: |l, call| {
        let Some(arg) = call.args.first() else { return l.b().constant(0) };
        let number = arg.int().unwrap_or(1);
        let b = l.b();
        let chance = b.call(Helper::GET_PRANDOM_U32, &[]);
        let rest = b.bin_const(Bin::UMod, chance, number);
        b.bin_const(Bin::Eq, rest, 0)
    },
};

/// Bits of the word of a limit that count; the others are the second.
const COUNT_BITS: u32 = 24;
/// The highest limit; as many others may count beyond it before they see that it is reached.
const MOST: i64 = (1 << (COUNT_BITS - 1)) - 1;
const MAP: &str = "limits";

fn check(c: &mut Check<'_>, call: &Call, most: i64) -> Ty {
    let Some(arg) = call.args.first() else { return Ty::Void };
    let Some(number) = arg.int() else {
        let help = format!("write `{}(100)`", call.name);
        return c.wrong_type(call, arg, "a literal number", &help);
    };
    if !(1..=most).contains(&number) {
        let title = format!("`{}` takes 1 to {most}, not {number}", call.name);
        let problem = Diagnostic::new(Code::OutOfRange, arg.span, title, "out of range");
        return c.refuse(problem.help(format!("write `{}(100)`", call.name)));
    }
    Ty::Bool
}

/// One word for each use: the second, and how many came in it.
fn word_of_limit(l: &mut dyn Lower) -> (MapId, i64) {
    let program = l.program();
    if let Some(id) = program.maps.position(|map| map.name == MAP) {
        let map = &mut program.maps[id];
        map.max_entries += 1;
        return (id, i64::from(map.max_entries) - 1);
    }
    let map = Map {
        name: MAP.to_owned(),
        kind: MapKind::Array,
        key_size: 4,
        value_size: 8,
        max_entries: 1,
        flags: 0,
    };
    (program.maps.push(map), 0)
}

fn ratelimit(l: &mut dyn Lower, call: &Call) -> ValueId {
    let limit = call.args.first().and_then(crate::Arg::int).unwrap_or(1);
    let (map, index) = word_of_limit(l);
    let atomic = l.kernel().has(Feature::FetchAtomics);
    let b = l.b();
    let (key, result, done) = (b.slot(8, 8), b.slot(8, 8), b.block());
    let (zero, number) = (b.constant(0), b.constant(index));
    b.store64(result, 0, zero);
    b.store64(key, 0, number);
    let map = b.map(map);
    let word = b.call(Helper::MAP_LOOKUP_ELEM, &[map, key]);
    let missing = b.is_null(word);
    let found = b.block();
    b.branch(missing, done, found);
    b.switch_to(found);
    let now = b.call(Helper::KTIME_GET_NS, &[]);
    let second = b.bin_const(Bin::UDiv, now, 1_000_000_000);
    let start = b.bin_const(Bin::Shl, second, i64::from(COUNT_BITS));
    if atomic {
        new_second(b, word, start);
    }
    count(b, (word, start), (limit, result), (atomic, done));
    b.switch_to(done);
    b.load64(result, 0)
}

/// Starts to count anew if the word is of an earlier second. Only one of several does it.
fn new_second(b: &mut Builder, word: ValueId, start: ValueId) {
    let (renew, go) = (b.block(), b.block());
    let old = b.load64(word, 0);
    let earlier = b.bin(Bin::ULt, old, start);
    b.branch(earlier, renew, go);
    b.switch_to(renew);
    b.push(Inst::CompareExchange { ptr: word, expected: old, new: start });
    b.jump(go);
    b.switch_to(go);
}

/// Counts this event, unless the limit is reached, and says whether it is within the limit.
fn count(
    b: &mut Builder,
    (word, start): (ValueId, ValueId),
    (limit, result): (i64, ValueId),
    (atomic, done): (bool, ir::BlockId),
) {
    let mask = (1 << COUNT_BITS) - 1;
    let old = b.load64(word, 0);
    let have = b.bin_const(Bin::And, old, mask);
    let free = if atomic {
        have
    } else {
        // Without atomic exchange (before 5.12) some may be let through beyond the limit.
        let earlier = b.bin(Bin::ULt, old, start);
        let same = b.bin_const(Bin::Eq, earlier, 0);
        b.bin(Bin::Mul, have, same)
    };
    let bound = b.constant(limit);
    let within = b.bin(Bin::ULt, free, bound);
    let take = b.block();
    b.branch(within, take, done);
    b.switch_to(take);
    let one = b.constant(1);
    let had = if atomic {
        let had = b.atomic_fetch(Fetch::Add, word, one);
        b.bin_const(Bin::And, had, mask)
    } else {
        let new = b.add(start, free);
        let new = b.add(new, one);
        b.store64(word, 0, new);
        free
    };
    let within = b.bin(Bin::ULt, had, bound);
    b.store64(result, 0, within);
    b.jump(done);
}
