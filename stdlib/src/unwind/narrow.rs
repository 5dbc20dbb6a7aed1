//! Stacks of code of 32 bits: by frame pointers, as the kernel does it.

use ir::{Bin, Builder, FunctionId, Helper, Inst, Role, ValueId};

use super::{PARAMETERS, place};
use crate::{Lower, stack};

/// The body of the loop that works out the number for the frames: of a frame each turn. (As straight
/// code it would cost the verifier as much as all the rest, for what is rare.)
pub(super) fn function(l: &mut dyn Lower, limit: u32) -> FunctionId {
    let name = format!("unwind_narrow_{limit}");
    if let Some(known) = l.program().functions.position(|function| function.name == name) {
        return known;
    }
    let role = Role::Subprogram { parameters: PARAMETERS.to_vec() };
    let mut b = Builder::new(name, role, l.b().span());
    let (turn, environment) = (b.push(Inst::Parameter(0)), b.push(Inst::Parameter(1)));
    let walk = b.push(Inst::LoadPtr(environment));
    let done = b.block();
    let count = b.load64(walk, place::COUNT);
    // The verifier has to see this bound, whatever the optimizer knows of the other.
    let turn = b.push(Inst::Opaque(turn));
    let more = b.bin(Bin::ULt, turn, count);
    b.leave_unless(more, done);
    let most = b.constant(i64::from(limit));
    let fits = b.bin(Bin::ULt, turn, most);
    b.leave_unless(fits, done);
    let bytes = b.bin_const(Bin::Mul, turn, 8);
    let frames = b.offset(walk, i64::from(place::SIZE));
    let at = b.push(Inst::Offset(frames, bytes));
    let (frame, before) = (b.load64(at, 0), b.load64(walk, place::SUM));
    let sum = stack::mix(&mut b, before, frame);
    b.store64(walk, place::SUM, sum);
    let go_on = b.constant(0);
    b.ret(go_on);
    b.switch_to(done);
    let stop = b.constant(1);
    b.ret(stop);
    l.program().functions.push(b.finish())
}

/// Takes the frames, and their number with the body `sum`.
pub(super) fn take(
    b: &mut Builder,
    [context, walk, environment]: [ValueId; 3],
    sum: FunctionId,
    limit: u32,
) {
    let frames = b.offset(walk, i64::from(place::SIZE));
    let (size, flags) = (b.constant(8 * i64::from(limit)), b.constant(stack::USER_STACK));
    let taken = b.call(Helper::GET_STACK, &[context, frames, size, flags]);
    let (zero, one, done) = (b.constant(0), b.constant(1), b.block());
    b.store64(walk, place::WHOLE, one);
    let some = b.bin(Bin::SLt, zero, taken);
    b.leave_unless(some, done);
    let count = b.shr(taken, 3);
    b.store64(walk, place::COUNT, count);
    let (turns, body) = (b.constant(i64::from(limit)), b.push(Inst::Function(sum)));
    b.call(Helper::LOOP, &[turns, body, environment, zero]);
    b.jump(done);
    b.switch_to(done);
}
