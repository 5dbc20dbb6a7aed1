//! Calls: of kernel helpers, of subprograms, and of nothing.

use inkwell::{
    attributes::{Attribute, AttributeLoc},
    types::{BasicMetadataTypeEnum, BasicTypeEnum, FunctionType},
    values::{BasicValueEnum, CallSiteValue, ValueKind},
};
use ir::{Extern, ExternId, FunctionId, Helper, Returns, ValueId};

use super::arithmetic;
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

/// Calls a function of the kernel by its number.
pub(super) fn kernel<'c>(body: &Body<'_, 'c>, id: u32, arguments: &[ValueId]) -> Value<'c> {
    let types = &body.unit.types;
    let arguments = values(body, arguments)?;
    let parameters: Vec<BasicMetadataTypeEnum> =
        arguments.iter().map(|value| value.get_type().into()).collect();
    let ty = types.long.fn_type(&parameters, false);
    let address = types.long.const_int((ir::KERNEL_CALLS + id).into(), false);
    let address = address.const_to_pointer(types.ptr);
    let arguments: Vec<_> = arguments.into_iter().map(Into::into).collect();
    let call = body.unit.builder.build_indirect_call(ty, address, &arguments, "")?;
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

/// Calls a function of an imported program in C, whose types are those of C.
pub(super) fn external<'c>(
    body: &Body<'_, 'c>,
    id: ExternId,
    arguments: &[ValueId],
) -> Value<'c> {
    let Extern { name, sign } = &body.unit.externs[id];
    let callee = body.unit.module.get_function(name);
    let callee = callee.ok_or_else(|| body.malformed(&format!("there is no `{name}`")))?;
    let mut given = Vec::new();
    for (value, parameter) in values(body, arguments)?.into_iter().zip(callee.get_params()) {
        given.push(of_c(body, value, parameter.get_type())?.into());
    }
    let builder = &body.unit.builder;
    let call = builder.build_call(callee, &given, "")?;
    for index in 0..callee.count_params() {
        let place = AttributeLoc::Param(index);
        for name in ["signext", "zeroext"] {
            let kind = Attribute::get_named_enum_kind_id(name);
            if let Some(attribute) = callee.get_enum_attribute(place, kind) {
                call.add_attribute(place, attribute);
            }
        }
    }
    match call.try_as_basic_value() {
        ValueKind::Basic(BasicValueEnum::IntValue(value)) => {
            Ok(arithmetic::widen(body, value, *sign)?.into())
        }
        ValueKind::Basic(BasicValueEnum::PointerValue(value)) => {
            Ok(builder.build_ptr_to_int(value, body.unit.types.long, "")?.into())
        }
        ValueKind::Basic(_) => Err(body.malformed("a function gives no integer")),
        ValueKind::Instruction(_) => Ok(arithmetic::constant(body, 0).into()),
    }
}

/// A value as a parameter in C wants it: an integer of its width, or a pointer.
fn of_c<'c>(
    body: &Body<'_, 'c>,
    value: BasicValueEnum<'c>,
    wanted: BasicTypeEnum<'c>,
) -> Value<'c> {
    let builder = &body.unit.builder;
    match (value, wanted) {
        (BasicValueEnum::IntValue(value), BasicTypeEnum::IntType(ty)) => {
            Ok(builder.build_int_truncate_or_bit_cast(value, ty, "")?.into())
        }
        (BasicValueEnum::IntValue(value), BasicTypeEnum::PointerType(ty)) => {
            Ok(builder.build_int_to_ptr(value, ty, "")?.into())
        }
        (BasicValueEnum::PointerValue(value), BasicTypeEnum::IntType(ty)) => {
            Ok(builder.build_ptr_to_int(value, ty, "")?.into())
        }
        (value @ BasicValueEnum::PointerValue(_), BasicTypeEnum::PointerType(_)) => Ok(value),
        _ => Err(body.malformed("a function in C takes neither an integer nor a pointer")),
    }
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
