//! Atomic operations on 8 bytes.

use inkwell::{AtomicOrdering, AtomicRMWBinOp, values::IntValue};
use ir::{Fetch, ValueId};

use super::memory::{Place, at};
use crate::{Cpu, Error, function::Body};

/// `lock *(u64 *)place += value`, which every kernel has. Its ordering is relaxed, or LLVM
/// would take the fetching instruction from v3 on.
pub(super) fn add(body: &Body<'_, '_>, place: Place, value: ValueId) -> Result<(), Error> {
    let (ptr, value) = (at(body, place)?, body.int(value)?);
    let (operation, ordering) = (AtomicRMWBinOp::Add, AtomicOrdering::Monotonic);
    body.unit.builder.build_atomicrmw(operation, ptr, value, ordering)?;
    Ok(())
}

/// Does it and gives the old value.
pub(super) fn fetch<'c>(
    body: &Body<'_, 'c>,
    operation: Fetch,
    ptr: ValueId,
    value: ValueId,
) -> Result<IntValue<'c>, Error> {
    require_v3(body)?;
    let operation = match operation {
        Fetch::Add => AtomicRMWBinOp::Add,
        Fetch::Exchange => AtomicRMWBinOp::Xchg,
    };
    let (ptr, value) = (body.ptr(ptr)?, body.int(value)?);
    let ordering = AtomicOrdering::SequentiallyConsistent;
    Ok(body.unit.builder.build_atomicrmw(operation, ptr, value, ordering)?)
}

/// Stores `new` if `expected` is there; gives what was there.
pub(super) fn compare_exchange<'c>(
    body: &Body<'_, 'c>,
    ptr: ValueId,
    expected: ValueId,
    new: ValueId,
) -> Result<IntValue<'c>, Error> {
    require_v3(body)?;
    let builder = &body.unit.builder;
    let (ptr, expected, new) = (body.ptr(ptr)?, body.int(expected)?, body.int(new)?);
    let ordering = AtomicOrdering::SequentiallyConsistent;
    let result = builder.build_cmpxchg(ptr, expected, new, ordering, ordering)?;
    let old = builder.build_extract_value(result, 0, "")?;
    old.try_into().map_err(|()| body.malformed("a comparison gives no integer"))
}

/// LLVM would end the process where the CPU level lacks some of these instructions.
fn require_v3(body: &Body<'_, '_>) -> Result<(), Error> {
    if body.unit.cpu >= Cpu::V3 {
        return Ok(());
    }
    let (function, message) = (body.function.name.clone(), "it needs CPU level v3".to_owned());
    Err(Error::Function { function, message })
}
