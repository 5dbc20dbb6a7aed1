//! `strncmp(a, b, n)`

use ir::{Bin, Sign, Ty, ValueId, Width};

use super::{Takes, Word, count, text};
use crate::{Call, Check, Literal, Lower, memory};

pub(super) const STRNCMP: Word = Word {
    name: "strncmp",
    usage: "strncmp(text, text, length)",
    summary: "Compares the first bytes of two texts: 0 if they are the same or both have ended, else 1.",
    example: "profile:hz:99 /strncmp(comm, \"ksoft\", 5) == 0/ { @[comm] = count(); }",
    arity: (3, 3),
    takes: Takes::Values,
    check,
    lower,
};

fn check(c: &mut Check<'_>, call: &Call) -> Ty {
    let texts = [text(c, call, 0), text(c, call, 1)];
    let Some(length) = count(c, call, 2) else { return Ty::Void };
    if texts.contains(&false) {
        return Ty::Void;
    }
    if let (Some(a), Some(b)) = (call.args[0].text(), call.args[1].text()) {
        let first = |text: &[u8]| text[..text.len().min(length as usize)].to_vec();
        return c.known(Literal::Int(i64::from(first(a) != first(b))), Ty::U64);
    }
    Ty::U64
}

fn lower(l: &mut dyn Lower, call: &Call) -> ValueId {
    let [first, second, length] = call.args.as_slice() else { return l.b().constant(0) };
    let wanted = length.int().unwrap_or_default() as u32;
    let (a, b) = (l.value(first), l.value(second));
    let (a_size, b_size) = (first.ty.size(), second.ty.size());
    // What follows a text is zeros, so equal bytes mean equal texts.
    let both = wanted.min(a_size).min(b_size);
    let mut difference = memory::difference(l, a, b, both);
    if wanted > both && a_size != b_size {
        // The shorter memory is full: the other text has to end there too.
        let longer = if a_size > b_size { a } else { b };
        let next = l.b().load(longer, both as i32, Width::W8, Sign::Unsigned);
        difference = l.b().bin(Bin::Or, difference, next);
    }
    l.b().bin_const(Bin::Ne, difference, 0)
}
