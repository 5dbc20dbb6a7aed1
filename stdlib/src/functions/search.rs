//! `strcontains(text, part)`, `strstr(text, part)`: looking for a text in another.

use ir::{Bin, Sign, Ty, ValueId, Width};

use super::{Takes, Word, text};
use crate::{Arg, Call, Check, Literal, Lower, memory};

pub(super) const STRCONTAINS: Word = Word {
    name: "strcontains",
    usage: "strcontains(text, part)",
    summary: "Whether a text contains another one, of at most 64 bytes.",
    example: "tracepoint:syscalls:sys_enter_openat /strcontains(str(args.filename), \".so\")/ { @ = count(); }",
    arity: (2, 2),
    takes: Takes::Values,
    check: |c, call| check(c, call, Wanted::Whether),
    lower: |l, call| search(l, call, Wanted::Whether),
};

pub(super) const STRSTR: Word = Word {
    name: "strstr",
    usage: "strstr(text, part)",
    summary: "Where another text, of at most 64 bytes, first starts in a text; -1 if nowhere.",
    example: "tracepoint:syscalls:sys_enter_openat { @[strstr(str(args.filename), \"/lib\")] = count(); }",
    arity: (2, 2),
    takes: Takes::Values,
    check: |c, call| check(c, call, Wanted::Where),
    lower: |l, call| search(l, call, Wanted::Where),
};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Whether,
    Where,
}

/// Most bytes of the text that is looked for: each 8 of them are one word to compare at each place.
const LONGEST: u32 = 64;

fn check(c: &mut Check<'_>, call: &Call, wanted: Wanted) -> Ty {
    let texts = [text(c, call, 0), text(c, call, 1)];
    let [whole, part] = call.args.as_slice() else { return Ty::Void };
    if texts.contains(&false) {
        return Ty::Void;
    }
    let ty = if wanted == Wanted::Whether { Ty::Bool } else { Ty::I64 };
    if let (Some(whole), Some(part)) = (whole.text(), part.text()) {
        let mut places = whole.windows(part.len().max(1));
        let found = if part.is_empty() { Some(0) } else { places.position(|it| it == part) };
        let value = match wanted {
            Wanted::Whether => Literal::Bool(found.is_some()),
            Wanted::Where => Literal::Int(found.map_or(-1, |at| at as i64)),
        };
        return c.known(value, ty);
    }
    if part.ty.size() > LONGEST + 1 {
        let title = format!("`{}` looks for at most {LONGEST} bytes", call.name);
        let label = format!("may have {}", part.ty.size() - 1);
        let problem = diag::Diagnostic::new(diag::Code::WrongArgument, part.span, title, label);
        return c.refuse(problem.help(format!("read no more: `str(…, {LONGEST})`")));
    }
    ty
}

/// Compares at each place: a window of as many words as the part has, which moves by one byte.
fn search(l: &mut dyn Lower, call: &Call, wanted: Wanted) -> ValueId {
    let [whole, part] = call.args.as_slice() else { return l.b().constant(0) };
    let words = (part.ty.size() - 1).div_ceil(8).max(1);
    let (size, reach) = (whole.ty.size(), words * 8);
    let text = l.value(whole);
    let pattern = pattern(l, part, words);
    let window: Vec<_> = (0..words).map(|index| first(l, text, size, index)).collect();
    let b = l.b();
    let (at, result) = (b.slot(8, 8), b.slot(8, 8));
    let (zero, none) = (b.constant(0), b.constant(-1));
    b.store64(at, 0, zero);
    b.store64(result, 0, none);
    let (head, found, next, more, done) =
        (b.block(), b.block(), b.block(), b.block(), b.block());
    b.jump(head);
    b.switch_to(head);
    let mut differs = b.constant(0);
    for ((word, mask), slot) in pattern.into_iter().zip(&window) {
        let here = b.load64(*slot, 0);
        let here = b.bin(Bin::Xor, here, word);
        let here = b.bin(Bin::And, here, mask);
        differs = b.bin(Bin::Or, differs, here);
    }
    b.branch(differs, next, found);
    b.switch_to(found);
    let place = b.load64(at, 0);
    b.store64(result, 0, place);
    b.jump(done);
    // Where the text ends, nothing follows.
    b.switch_to(next);
    let low = b.load64(window[0], 0);
    let low = b.bin_const(Bin::And, low, 0xff);
    let place = b.load64(at, 0);
    let place = b.bin_const(Bin::Add, place, 1);
    b.store64(at, 0, place);
    let limit = b.constant(i64::from(size));
    let inside = b.bin(Bin::ULt, place, limit);
    let on = b.block();
    b.branch(low, on, done);
    b.switch_to(on);
    b.branch(inside, more, done);
    b.switch_to(more);
    let newest = following(l, text, (place, size, reach));
    shift(l, &window, newest);
    l.b().jump(head);
    l.b().switch_to(done);
    let found = l.b().load64(result, 0);
    match wanted {
        Wanted::Whether => l.b().bin_const(Bin::Ne, found, -1),
        Wanted::Where => memory::forget(l, found),
    }
}

/// The words of what is looked for, and which of their bits count.
fn pattern(l: &mut dyn Lower, part: &Arg, words: u32) -> Vec<(ValueId, ValueId)> {
    if let Some(text) = part.text() {
        let word = |index: u32| {
            let bytes = text.chunks(8).nth(index as usize).unwrap_or_default();
            let (mut word, mut mask) = ([0; 8], [0; 8]);
            word[..bytes.len()].copy_from_slice(bytes);
            mask[..bytes.len()].fill(0xff);
            (l.b().constant(i64::from_le_bytes(word)), l.b().constant(i64::from_le_bytes(mask)))
        };
        return (0..words).map(word).collect();
    }
    let memory = l.memory(words * 8 + 8, 8);
    l.b().zero(memory, 0, words * 8 + 8, 8);
    l.value_at(part, memory, &part.ty);
    let word = |index: u32| {
        let b = l.b();
        let word = b.load64(memory, index as i32 * 8);
        // The top bit of each byte that is not zero, then all bits of these.
        let low = b.bin_const(Bin::And, word, 0x7f7f_7f7f_7f7f_7f7f);
        let carried = b.bin_const(Bin::Add, low, 0x7f7f_7f7f_7f7f_7f7f);
        let any = b.bin(Bin::Or, carried, word);
        let ones = b.shr(any, 7);
        let ones = b.bin_const(Bin::And, ones, 0x0101_0101_0101_0101);
        let mask = b.bin_const(Bin::Mul, ones, 0xff);
        (word, mask)
    };
    (0..words).map(word).collect()
}

/// A slot with word `index` of the first window; zeros where the text's memory ends.
fn first(l: &mut dyn Lower, text: ValueId, size: u32, index: u32) -> ValueId {
    let b = l.b();
    let slot = b.slot(8, 8);
    let mut word = b.constant(0);
    let have = size.saturating_sub(index * 8).min(8);
    for (at, width) in memory::words(have) {
        let piece = b.load(text, (index * 8 + at) as i32, width, Sign::Unsigned);
        let piece = b.bin_const(Bin::Shl, piece, i64::from(at) * 8);
        word = b.bin(Bin::Or, word, piece);
    }
    b.store64(slot, 0, word);
    slot
}

/// The byte that the window reaches at `place`; 0 behind the text's memory.
fn following(
    l: &mut dyn Lower,
    text: ValueId,
    (place, size, reach): (ValueId, u32, u32),
) -> ValueId {
    let b = l.b();
    let slot = b.slot(8, 8);
    let zero = b.constant(0);
    b.store64(slot, 0, zero);
    if size >= reach {
        let index = b.bin_const(Bin::Add, place, i64::from(reach) - 1);
        let limit = b.constant(i64::from(size));
        let inside = b.bin(Bin::ULt, index, limit);
        let (read, done) = (b.block(), b.block());
        b.branch(inside, read, done);
        b.switch_to(read);
        let from = b.push(ir::Inst::Offset(text, index));
        let byte = b.load(from, 0, Width::W8, Sign::Unsigned);
        b.store64(slot, 0, byte);
        b.jump(done);
        b.switch_to(done);
    }
    b.load64(slot, 0)
}

/// Moves the window by one byte.
fn shift(l: &mut dyn Lower, window: &[ValueId], newest: ValueId) {
    let b = l.b();
    for (index, slot) in window.iter().enumerate() {
        let word = b.load64(*slot, 0);
        let word = b.shr(word, 8);
        let incoming = match window.get(index + 1) {
            Some(next) => b.load64(*next, 0),
            None => newest,
        };
        let top = b.bin_const(Bin::Shl, incoming, 56);
        let word = b.bin(Bin::Or, word, top);
        b.store64(*slot, 0, word);
    }
}
