//! Calls: of kernel helpers, of subprograms, and of nothing.

use inkwell::{
    attributes::AttributeLoc,
    types::{BasicMetadataTypeEnum, FunctionType},
    values::{BasicValueEnum, CallSiteValue, ValueKind},
};
use ir::{FunctionId, Helper, Returns, ValueId};

use crate::{Error, function::Body};

type Value<'c> = Result<BasicValueEnum<'c>, Error>;

/// Calls a kernel helper, whose address is its number.
pub(super) fn helper<'c>(
    body: &Body<'_, 'c>,
    helper: Helper,
    arguments: &[ValueId],
) -> Value<'c> {
    let types = &body.unit.types;
    let arguments = values(body, arguments)?;
    let parameters: Vec<BasicMetadataTypeEnum> =
        arguments.iter().map(|value| value.get_type().into()).collect();
    let ty = match helper.returns() {
        Returns::Int => types.long.fn_type(&parameters, false),
        Returns::Ptr => types.ptr.fn_type(&parameters, false),
    };
    let address = types.long.const_int(helper.number().into(), false);
    let address = address.const_to_pointer(types.ptr);
    let arguments: Vec<_> = arguments.into_iter().map(Into::into).collect();
    let call = body.unit.builder.build_indirect_call(ty, address, &arguments, "")?;
    // Two calls with different maps made one would keep the kernel from inlining look-ups.
    call.add_attribute(AttributeLoc::Function, body.unit.named("nomerge"));
    result(body, call)
}

/// Calls a subprogram.
pub(super) fn function<'c>(
    body: &Body<'_, 'c>,
    function: FunctionId,
    arguments: &[ValueId],
) -> Value<'c> {
    let callee = body.unit.functions[function].value;
    let arguments: Vec<_> = values(body, arguments)?.into_iter().map(Into::into).collect();
    result(body, body.unit.builder.build_call(callee, &arguments, "")?)
}

/// Gives `value` back through assembly without an instruction, which the optimizer neither
/// looks into nor moves.
pub(super) fn identity<'c>(
    body: &Body<'_, 'c>,
    ty: FunctionType<'c>,
    value: BasicValueEnum<'c>,
) -> Value<'c> {
    let (nothing, same) = (String::new(), "=r,0".to_owned());
    let assembly =
        body.unit.context.create_inline_asm(ty, nothing, same, true, false, None, false);
    let builder = &body.unit.builder;
    result(body, builder.build_indirect_call(ty, assembly, &[value.into()], "")?)
}

fn values<'c>(body: &Body<'_, 'c>, ids: &[ValueId]) -> Result<Vec<BasicValueEnum<'c>>, Error> {
    ids.iter().map(|id| body.value(*id)).collect()
}

/// What a call gives.
pub(super) fn result<'c>(body: &Body<'_, 'c>, call: CallSiteValue<'c>) -> Value<'c> {
    match call.try_as_basic_value() {
        ValueKind::Basic(value) => Ok(value),
        ValueKind::Instruction(_) => Err(body.malformed("a call gives nothing")),
    }
}
