//! One function for each instruction of the IR.

mod arithmetic;
mod atomic;
mod call;
mod memory;
mod pointer;

use inkwell::values::BasicValueEnum;
use ir::Inst;

use crate::{Error, function::Body};

pub(crate) use arithmetic::is_not_zero;
pub(crate) use pointer::slots;

/// Emits `inst` at the end of the current block; gives its result, if it has one.
pub(crate) fn inst<'c>(
    body: &Body<'_, 'c>,
    inst: &Inst,
) -> Result<Option<BasicValueEnum<'c>>, Error> {
    let value = match inst {
        Inst::Const(value) => arithmetic::constant(body, *value).into(),
        Inst::Bin(op, a, b) => arithmetic::bin(body, *op, *a, *b)?.into(),
        Inst::Extend(value, width, sign) => {
            arithmetic::extend(body, *value, *width, *sign)?.into()
        }
        Inst::Opaque(value) => arithmetic::opaque(body, *value)?.into(),
        Inst::Null => pointer::null(body).into(),
        Inst::Slot(slot) => pointer::slot(body, *slot).into(),
        Inst::Map(map) => pointer::map(body, *map).into(),
        Inst::Global(global) => pointer::global(body, *global).into(),
        Inst::Function(function) => pointer::function(body, *function).into(),
        Inst::Context => pointer::context(body)?.into(),
        Inst::Parameter(index) => pointer::parameter(body, *index)?,
        Inst::Offset(ptr, bytes) => pointer::offset(body, *ptr, *bytes)?.into(),
        Inst::IsNull(ptr) => pointer::is_null(body, *ptr)?.into(),
        Inst::Address(ptr) => pointer::address(body, *ptr)?.into(),
        Inst::Load { ptr, offset, width, sign } => {
            memory::load(body, (*ptr, *offset), *width, *sign)?.into()
        }
        Inst::LoadPtr(ptr) => memory::load_ptr(body, *ptr)?.into(),
        Inst::AtomicFetch { operation, ptr, value } => {
            atomic::fetch(body, *operation, *ptr, *value)?.into()
        }
        Inst::CompareExchange { ptr, expected, new } => {
            atomic::compare_exchange(body, *ptr, *expected, *new)?.into()
        }
        Inst::Call(helper, arguments) => call::helper(body, *helper, arguments)?,
        Inst::CallExtern(function, arguments) => call::external(body, *function, arguments)?,
        Inst::CallKernel(id, arguments) => call::kernel(body, *id, arguments)?,
        Inst::CallFunction(function, arguments) => call::function(body, *function, arguments)?,
        Inst::Store { .. }
        | Inst::StoreBytes { .. }
        | Inst::Zero { .. }
        | Inst::Copy { .. }
        | Inst::AtomicAdd { .. } => {
            effect(body, inst)?;
            return Ok(None);
        }
    };
    Ok(Some(value))
}

/// The instructions without a result.
fn effect(body: &Body<'_, '_>, inst: &Inst) -> Result<(), Error> {
    match inst {
        Inst::Store { ptr, offset, width, value } => {
            memory::store(body, (*ptr, *offset), *width, *value)
        }
        Inst::StoreBytes { ptr, offset, bytes, align } => {
            memory::store_bytes(body, (*ptr, *offset), bytes, *align)
        }
        Inst::Zero { ptr, offset, size, align } => {
            memory::zero(body, (*ptr, *offset), *size, *align)
        }
        Inst::Copy { to, from, size, align } => memory::copy(body, *to, *from, *size, *align),
        Inst::AtomicAdd { ptr, offset, value } => atomic::add(body, (*ptr, *offset), *value),
        Inst::Const(_)
        | Inst::Null
        | Inst::Bin(..)
        | Inst::Extend(..)
        | Inst::Slot(_)
        | Inst::Map(_)
        | Inst::Global(_)
        | Inst::Function(_)
        | Inst::Context
        | Inst::Parameter(_)
        | Inst::Offset(..)
        | Inst::IsNull(_)
        | Inst::Address(_)
        | Inst::Load { .. }
        | Inst::LoadPtr(_)
        | Inst::AtomicFetch { .. }
        | Inst::CompareExchange { .. }
        | Inst::Call(..)
        | Inst::CallFunction(..)
        | Inst::CallExtern(..)
        | Inst::CallKernel(..)
        | Inst::Opaque(_) => Ok(()),
    }
}
