//! The walk as a function of its own, for programs that take many stacks: the verifier then looks
//! at it once, which takes it 10,000 instructions, and not wherever a stack is taken.

use ir::{Builder, FunctionId, Inlining, Inst, Role, ValueKind};

use super::{Layout, Walk, follow, place};
use crate::Lower;

/// Follows the stack in the memory that it is given → 1 where the code is of 32 bits, which only
/// the caller can follow: it has the context.
pub(super) fn function(
    l: &mut dyn Lower,
    layout: &Layout,
    step: FunctionId,
    limit: u32,
) -> FunctionId {
    let name = format!("unwind_walk_{limit}");
    if let Some(known) = l.program().functions.position(|function| function.name == name) {
        return known;
    }
    let role = Role::Subprogram { parameters: vec![ValueKind::Ptr] };
    let mut b = Builder::new(name, role, l.b().span());
    b.set_inlining(Inlining::Apart { bytes: place::SIZE + 8 * limit });
    let walk = b.push(Inst::Parameter(0));
    let (null, given) = (b.block(), b.block());
    let is_null = b.is_null(walk);
    b.branch(is_null, null, given);
    b.switch_to(null);
    let nothing = b.constant(0);
    b.ret(nothing);
    b.switch_to(given);
    let environment = b.slot(8, 8);
    b.store64(environment, 0, walk);
    follow(&mut b, layout, &Walk { walk, environment, step, limit }, |b, _| {
        let narrow = b.constant(1);
        b.ret(narrow);
    });
    let followed = b.constant(0);
    b.ret(followed);
    l.program().functions.push(b.finish())
}
