//! Reading and writing memory. The kernel has no `memcpy` and no `memset` to call, so that
//! everything becomes loads and stores.

use inkwell::{
    attributes::AttributeLoc,
    intrinsics::Intrinsic,
    types::BasicTypeEnum,
    values::{BasicValue, FunctionValue, InstructionValue, IntValue, PointerValue},
};
use ir::{Inst, Sign, ValueId, Width};

use super::{
    arithmetic::{constant, integer, truncate, widen},
    call,
};
use crate::{Error, Slots, ffi, function::Body};

/// A pointer and bytes to be added to it.
pub(super) type Place = (ValueId, i32);

/// How many stores the back end makes of one `memset` or `memcpy`, before it calls a function.
const STORES: u32 = 128;
/// How many stores are few.
const FEW: u32 = 32;

/// The address of a place.
pub(super) fn at<'c>(body: &Body<'_, 'c>, place: Place) -> Result<PointerValue<'c>, Error> {
    beyond(body, body.ptr(place.0)?, place.1.into())
}

/// Reads an integer and extends it.
pub(super) fn load<'c>(
    body: &Body<'_, 'c>,
    place: Place,
    width: Width,
    sign: Sign,
) -> Result<IntValue<'c>, Error> {
    let ty = integer(body, width);
    let value = body.unit.builder.build_load(ty, at(body, place)?, "")?;
    align(body, value.as_instruction_value(), access_alignment(body, place, width))?;
    keep(body, value.as_instruction_value(), place.0)?;
    let value = value.try_into().map_err(|()| body.malformed("a load gives no integer"))?;
    widen(body, value, sign)
}

/// Reads a pointer.
pub(super) fn load_ptr<'c>(
    body: &Body<'_, 'c>,
    ptr: ValueId,
) -> Result<PointerValue<'c>, Error> {
    let value = body.unit.builder.build_load(body.unit.types.ptr, body.ptr(ptr)?, "")?;
    // Wherever it is read from: each place in scratch memory is an address worked out of this
    // one, and those that LLVM works out once for several uses are what most stack goes to.
    again(body, value.as_instruction_value())?;
    value.try_into().map_err(|()| body.malformed("a load gives no pointer"))
}

/// Writes the low bits of an integer, or a pointer.
pub(super) fn store(
    body: &Body<'_, '_>,
    place: Place,
    width: Width,
    value: ValueId,
) -> Result<(), Error> {
    let to = at(body, place)?;
    let what = body.value(value)?;
    let store = if what.is_pointer_value() {
        body.unit.builder.build_store(to, steady(body, value)?)?
    } else {
        body.unit.builder.build_store(to, truncate(body, body.int(value)?, width)?)?
    };
    keep(body, Some(store), place.0)?;
    align(body, Some(store), access_alignment(body, place, width))
}

/// Writes constant bytes, up to 8 at once.
pub(super) fn store_bytes(
    body: &Body<'_, '_>,
    place: Place,
    bytes: &[u8],
    known: u32,
) -> Result<(), Error> {
    let known = alignment(body, place, known);
    store_constant(body, place, bytes, known)
}

fn store_constant(
    body: &Body<'_, '_>,
    place: Place,
    bytes: &[u8],
    known: u32,
) -> Result<(), Error> {
    let start = at(body, place)?;
    let mut rest = bytes;
    while !rest.is_empty() {
        let done = bytes.len() - rest.len();
        let width = match rest.len() {
            8.. => Width::W64,
            4.. => Width::W32,
            2.. => Width::W16,
            0.. => Width::W8,
        };
        let (head, tail) = rest.split_at(width.bytes() as usize);
        let number = head.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte));
        let what = integer(body, width).const_int(number, false);
        let store = body.unit.builder.build_store(beyond(body, start, done as i64)?, what)?;
        align(body, Some(store), common_alignment(done as i64, known))?;
        rest = tail;
    }
    Ok(())
}

/// Writes zeros: few by plain stores, which LLVM can remove one by one, more by `memset`, which
/// must be volatile, or LLVM merges neighbours to one that is too large.
pub(super) fn zero(
    body: &Body<'_, '_>,
    place: Place,
    size: u32,
    known: u32,
) -> Result<(), Error> {
    let known = alignment(body, place, known);
    if size.div_ceil(known) <= FEW {
        return store_constant(body, place, &vec![0; size as usize], known);
    }
    let unit = body.unit;
    let start = at(body, place)?;
    let types = [unit.types.ptr.into(), unit.types.long.into()];
    let memset = intrinsic(body, "llvm.memset", &types)?;
    let zero = unit.types.byte.const_zero();
    let volatile = unit.context.bool_type().const_int(1, false);
    for (done, length) in pieces(size, known) {
        let to = beyond(body, start, done.into())?;
        let length = constant(body, length.into());
        let arguments = [to.into(), zero.into(), length.into(), volatile.into()];
        let call = unit.builder.build_call(memset, &arguments, "")?;
        call.set_alignment_attribute(AttributeLoc::Param(0), known);
    }
    Ok(())
}

/// Copies bytes.
pub(super) fn copy(
    body: &Body<'_, '_>,
    to: ValueId,
    from: ValueId,
    size: u32,
    known: u32,
) -> Result<(), Error> {
    let known = alignment(body, (to, 0), known).min(alignment(body, (from, 0), known));
    let (to, from) = (body.ptr(to)?, body.ptr(from)?);
    let unit = body.unit;
    let types = [unit.types.ptr.into(), unit.types.ptr.into(), unit.types.long.into()];
    let memcpy = intrinsic(body, "llvm.memcpy", &types)?;
    // Of a copy of a copy LLVM makes `memmove`, which reads all before it writes: what has no
    // register by then is on the stack.
    let steady =
        unit.context.bool_type().const_int((unit.slots == Slots::InMemory).into(), false);
    for (done, length) in pieces(size, known) {
        let (to, from) = (beyond(body, to, done.into())?, beyond(body, from, done.into())?);
        let length = constant(body, length.into());
        let arguments = [to.into(), from.into(), length.into(), steady.into()];
        let call = unit.builder.build_call(memcpy, &arguments, "")?;
        call.set_alignment_attribute(AttributeLoc::Param(0), known);
        call.set_alignment_attribute(AttributeLoc::Param(1), known);
    }
    Ok(())
}

fn intrinsic<'c>(
    body: &Body<'_, 'c>,
    name: &str,
    types: &[BasicTypeEnum<'c>],
) -> Result<FunctionValue<'c>, Error> {
    Intrinsic::find(name)
        .and_then(|intrinsic| intrinsic.get_declaration(&body.unit.module, types))
        .ok_or_else(|| body.malformed(&format!("LLVM has no {name}")))
}

/// A pointer that is about to be stored. Where ways meet that store different pointers, LLVM
/// makes a `select` of them and computes both before it. For an offset from what may be null the
/// verifier refuses that, unless LLVM can't look into it. It costs no instruction.
fn steady<'c>(body: &Body<'_, 'c>, value: ValueId) -> Result<PointerValue<'c>, Error> {
    let ptr = body.ptr(value)?;
    if !matches!(body.function.insts[value], Inst::Offset(..)) {
        return Ok(ptr);
    }
    let ty = body.unit.types.ptr.fn_type(&[body.unit.types.ptr.into()], false);
    let same = call::identity(body, ty, ptr.into())?;
    same.try_into().map_err(|()| body.malformed("an identity gives no pointer"))
}

fn beyond<'c>(
    body: &Body<'_, 'c>,
    ptr: PointerValue<'c>,
    bytes: i64,
) -> Result<PointerValue<'c>, Error> {
    if bytes == 0 {
        return Ok(ptr);
    }
    let bytes = constant(body, bytes);
    Ok(ffi::offset(&body.unit.builder, body.unit.types.byte, ptr, bytes)?)
}

/// Makes an access to the stack one that LLVM leaves where it is, if all are to stay there.
fn keep(
    body: &Body<'_, '_>,
    inst: Option<InstructionValue<'_>>,
    mut ptr: ValueId,
) -> Result<(), Error> {
    while let Inst::Offset(base, _) = body.function.insts[ptr] {
        ptr = base;
    }
    let on_stack = matches!(body.function.insts[ptr], Inst::Slot(_));
    if on_stack { again(body, inst) } else { Ok(()) }
}

/// Makes a load one that LLVM repeats wherever it is asked for, where stack is scarce.
fn again(body: &Body<'_, '_>, inst: Option<InstructionValue<'_>>) -> Result<(), Error> {
    let Some(inst) = inst.filter(|_| body.unit.slots == Slots::InMemory) else {
        return Ok(());
    };
    inst.set_volatile(true).map_err(|error| body.malformed(&error.to_string()))
}

fn align(
    body: &Body<'_, '_>,
    inst: Option<InstructionValue<'_>>,
    bytes: u32,
) -> Result<(), Error> {
    let aligned = inst.map_or(Ok(()), |inst| inst.set_alignment(bytes));
    aligned.map_err(|error| body.malformed(&error.to_string()))
}

/// The alignment of an integer in memory: not more than its width. A variable offset is taken to
/// be a multiple of it, or the access would be taken to pieces; whether the machine can do
/// without, the verifier says.
fn access_alignment(body: &Body<'_, '_>, place: Place, width: Width) -> u32 {
    alignment(body, place, width.bytes()).min(width.bytes())
}

/// The alignment of an access of which `claimed` is known, at most 8. A constant offset from the
/// start of memory tells all; with a variable one the claim holds.
fn alignment(body: &Body<'_, '_>, place: Place, claimed: u32) -> u32 {
    let claimed = claimed.clamp(1, 8);
    let (mut ptr, mut total) = (place.0, i64::from(place.1));
    while let Inst::Offset(base, bytes) = body.function.insts[ptr] {
        let Some(bytes) = body.constant(bytes) else { return claimed };
        total += bytes;
        ptr = base;
    }
    match body.function.insts[ptr] {
        // Helpers give map values and ring records.
        Inst::Slot(_) | Inst::Context | Inst::Call(..) => common_alignment(total, 8),
        Inst::Global(id) => {
            let start = body.unit.data.globals[id].get_alignment();
            common_alignment(total, start.min(8))
        }
        Inst::Const(_)
        | Inst::Null
        | Inst::Bin(..)
        | Inst::Extend(..)
        | Inst::Map(_)
        | Inst::Function(_)
        | Inst::Parameter(_)
        | Inst::Offset(..)
        | Inst::IsNull(_)
        | Inst::Address(_)
        | Inst::Load { .. }
        | Inst::LoadPtr(_)
        | Inst::Store { .. }
        | Inst::StoreBytes { .. }
        | Inst::Zero { .. }
        | Inst::Copy { .. }
        | Inst::AtomicAdd { .. }
        | Inst::AtomicFetch { .. }
        | Inst::CompareExchange { .. }
        | Inst::CallFunction(..)
        | Inst::CallExtern(..)
        | Inst::CallKernel(..)
        | Inst::Opaque(_) => claimed,
    }
}

/// The largest power of two that divides both.
const fn common_alignment(offset: i64, align: u32) -> u32 {
    let bits = offset | align as i64;
    1 << bits.trailing_zeros()
}

/// How many bytes are written by at most [`STORES`] stores.
fn piece(known: u32) -> u32 {
    STORES * known
}

/// Starts and lengths of the pieces of `size` bytes.
fn pieces(size: u32, known: u32) -> impl Iterator<Item = (u32, u32)> {
    let piece = piece(known);
    (0..size.div_ceil(piece)).map(move |index| {
        let start = index * piece;
        (start, piece.min(size - start))
    })
}
