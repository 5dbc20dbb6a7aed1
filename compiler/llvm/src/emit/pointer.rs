//! Pointers: where they come from, and what is done with them besides reading and writing.

use inkwell::{
    intrinsics::Intrinsic,
    values::{BasicValueEnum, IntValue, PointerValue},
};
use ir::{FunctionId, GlobalId, IdVec, Inst, MapId, Sign, SlotId, ValueId};

use super::{arithmetic, call};
use crate::{Error, ffi, function::Body};

type Ptr<'c> = Result<PointerValue<'c>, Error>;

/// Reserves the stack of a function. All slots are aligned for the widest access, since the
/// verifier refuses unaligned ones on the stack whatever the machine can do.
pub(crate) fn slots<'c>(body: &Body<'_, 'c>) -> Result<IdVec<SlotId, PointerValue<'c>>, Error> {
    let builder = &body.unit.builder;
    let mut slots = IdVec::default();
    for slot in body.function.slots.values() {
        let ty = body.unit.types.byte.array_type(slot.size.max(1));
        let address = builder.build_alloca(ty, "")?;
        if let Some(inst) = address.as_instruction() {
            let aligned = inst.set_alignment(slot.align.max(8));
            aligned.map_err(|error| body.malformed(&error.to_string()))?;
        }
        slots.push(address);
    }
    Ok(slots)
}

/// The null pointer.
pub(super) fn null<'c>(body: &Body<'_, 'c>) -> PointerValue<'c> {
    body.unit.types.ptr.const_null()
}

/// The address of a slot.
pub(super) fn slot<'c>(body: &Body<'_, 'c>, slot: SlotId) -> PointerValue<'c> {
    body.slots[slot]
}

/// The address of a map.
pub(super) fn map<'c>(body: &Body<'_, 'c>, map: MapId) -> PointerValue<'c> {
    body.unit.data.maps[map].as_pointer_value()
}

/// The address of a global variable.
pub(super) fn global<'c>(body: &Body<'_, 'c>, global: GlobalId) -> PointerValue<'c> {
    body.unit.data.globals[global].as_pointer_value()
}

/// The address of a subprogram.
pub(super) fn function<'c>(body: &Body<'_, 'c>, function: FunctionId) -> PointerValue<'c> {
    body.unit.functions[function].value.as_global_value().as_pointer_value()
}

/// The program's context. The verifier wants a constant offset in each access of it; the mark
/// keeps LLVM from merging two accesses into one whose offset depends on the way there.
pub(super) fn context<'c>(body: &Body<'_, 'c>) -> Ptr<'c> {
    let context = parameter(body, 0)?;
    let mark = Intrinsic::find("llvm.preserve.static.offset")
        .and_then(|mark| mark.get_declaration(&body.unit.module, &[]))
        .ok_or_else(|| body.malformed("LLVM has no preserve.static.offset"))?;
    let call = body.unit.builder.build_call(mark, &[context.into()], "")?;
    let value = call::result(body, call)?;
    value.try_into().map_err(|()| body.malformed("the context is no pointer"))
}

/// A parameter of a subprogram.
pub(super) fn parameter<'c>(
    body: &Body<'_, 'c>,
    index: u32,
) -> Result<BasicValueEnum<'c>, Error> {
    let parameter = body.declared.value.get_nth_param(index);
    parameter.ok_or_else(|| body.malformed(&format!("there is no parameter {index}")))
}

/// `ptr + bytes`
pub(super) fn offset<'c>(body: &Body<'_, 'c>, ptr: ValueId, bytes: ValueId) -> Ptr<'c> {
    let known = body.constant(bytes).is_some();
    let start = if known { body.ptr(ptr)? } else { unaligned(body, ptr)? };
    Ok(ffi::offset(&body.unit.builder, body.unit.types.byte, start, body.int(bytes)?)?)
}

/// A pointer of which LLVM does not know that it is aligned: where it does, it may add a small
/// number by `|`, which the verifier allows on no pointer.
fn unaligned<'c>(body: &Body<'_, 'c>, ptr: ValueId) -> Ptr<'c> {
    let value = body.ptr(ptr)?;
    let mut start = ptr;
    while let Inst::Offset(base, _) = body.function.insts[start] {
        start = base;
    }
    if !matches!(body.function.insts[start], Inst::Slot(_) | Inst::Global(_)) {
        return Ok(value);
    }
    let ty = body.unit.types.ptr.fn_type(&[body.unit.types.ptr.into()], false);
    let same = call::identity(body, ty, value.into())?;
    same.try_into().map_err(|()| body.malformed("an identity gives no pointer"))
}

/// Whether a pointer is null, as 0 or 1.
pub(super) fn is_null<'c>(body: &Body<'_, 'c>, ptr: ValueId) -> Result<IntValue<'c>, Error> {
    let bit = body.unit.builder.build_is_null(body.ptr(ptr)?, "")?;
    arithmetic::widen(body, bit, Sign::Unsigned)
}

/// The pointer as a number.
pub(super) fn address<'c>(body: &Body<'_, 'c>, ptr: ValueId) -> Result<IntValue<'c>, Error> {
    let (ptr, long) = (body.ptr(ptr)?, body.unit.types.long);
    Ok(body.unit.builder.build_ptr_to_int(ptr, long, "")?)
}
