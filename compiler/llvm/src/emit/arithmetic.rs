//! Integers. What BPF defines and LLVM leaves undefined (division by zero, wide shifts) is
//! spelled out.

use inkwell::{IntPredicate, types::IntType, values::IntValue};
use ir::{Bin, Sign, ValueId, Width};

use super::call;
use crate::{Cpu, Error, function::Body};

type Int<'c> = Result<IntValue<'c>, Error>;

/// A constant.
pub(super) fn constant<'c>(body: &Body<'_, 'c>, value: i64) -> IntValue<'c> {
    body.unit.types.long.const_int(value.cast_unsigned(), false)
}

/// Whether a value is not zero, as a single bit.
pub(crate) fn is_not_zero<'c>(body: &Body<'_, 'c>, value: ValueId) -> Int<'c> {
    let (value, zero) = (body.int(value)?, constant(body, 0));
    Ok(body.unit.builder.build_int_compare(IntPredicate::NE, value, zero, "")?)
}

/// `a op b`
pub(super) fn bin<'c>(body: &Body<'_, 'c>, op: Bin, a: ValueId, b: ValueId) -> Int<'c> {
    let divisor = body.constant(b);
    let amount = b;
    let (a, b) = (body.int(a)?, body.int(b)?);
    let builder = &body.unit.builder;
    Ok(match op {
        Bin::Add => builder.build_int_add(a, b, "")?,
        Bin::Sub => builder.build_int_sub(a, b, "")?,
        Bin::Mul => builder.build_int_mul(a, b, "")?,
        Bin::UDiv => divide(body, (Part::Quotient, Sign::Unsigned), (a, b), divisor)?,
        Bin::UMod => divide(body, (Part::Remainder, Sign::Unsigned), (a, b), divisor)?,
        Bin::SDiv => divide(body, (Part::Quotient, Sign::Signed), (a, b), divisor)?,
        Bin::SMod => divide(body, (Part::Remainder, Sign::Signed), (a, b), divisor)?,
        Bin::And => builder.build_and(a, b, "")?,
        Bin::Or => builder.build_or(a, b, "")?,
        Bin::Xor => builder.build_xor(a, b, "")?,
        Bin::Shl => builder.build_left_shift(a, shift(body, amount)?, "")?,
        Bin::Shr => builder.build_right_shift(a, shift(body, amount)?, false, "")?,
        Bin::Sar => builder.build_right_shift(a, shift(body, amount)?, true, "")?,
        Bin::Eq => compare(body, IntPredicate::EQ, a, b)?,
        Bin::Ne => compare(body, IntPredicate::NE, a, b)?,
        Bin::ULt => compare(body, IntPredicate::ULT, a, b)?,
        Bin::ULe => compare(body, IntPredicate::ULE, a, b)?,
        Bin::SLt => compare(body, IntPredicate::SLT, a, b)?,
        Bin::SLe => compare(body, IntPredicate::SLE, a, b)?,
    })
}

/// Keeps the low bits and extends them to 64.
pub(super) fn extend<'c>(
    body: &Body<'_, 'c>,
    value: ValueId,
    width: Width,
    sign: Sign,
) -> Int<'c> {
    let low = truncate(body, body.int(value)?, width)?;
    widen(body, low, sign)
}

/// The low bits.
pub(super) fn truncate<'c>(body: &Body<'_, 'c>, value: IntValue<'c>, width: Width) -> Int<'c> {
    if width == Width::W64 {
        return Ok(value);
    }
    let ty = integer(body, width);
    Ok(body.unit.builder.build_int_truncate(value, ty, "")?)
}

/// LLVM's integer of a width.
pub(super) fn integer<'c>(body: &Body<'_, 'c>, width: Width) -> IntType<'c> {
    match width {
        Width::W8 => body.unit.types.byte,
        Width::W16 => body.unit.context.i16_type(),
        Width::W32 => body.unit.types.int,
        Width::W64 => body.unit.types.long,
    }
}

/// All 64 bits of a narrower integer.
pub(super) fn widen<'c>(body: &Body<'_, 'c>, value: IntValue<'c>, sign: Sign) -> Int<'c> {
    let (builder, long) = (&body.unit.builder, body.unit.types.long);
    if value.get_type() == long {
        return Ok(value);
    }
    Ok(match sign {
        Sign::Unsigned => builder.build_int_z_extend(value, long, "")?,
        Sign::Signed => builder.build_int_s_extend(value, long, "")?,
    })
}

/// The same number, of which the optimizer knows nothing.
pub(super) fn opaque<'c>(body: &Body<'_, 'c>, value: ValueId) -> Int<'c> {
    let value = body.int(value)?;
    let ty = body.unit.types.long.fn_type(&[body.unit.types.long.into()], false);
    let same = call::identity(body, ty, value.into())?;
    same.try_into().map_err(|()| body.malformed("an identity gives no integer"))
}

/// A comparison, as 0 or 1.
fn compare<'c>(
    body: &Body<'_, 'c>,
    predicate: IntPredicate,
    a: IntValue<'c>,
    b: IntValue<'c>,
) -> Int<'c> {
    let bit = body.unit.builder.build_int_compare(predicate, a, b, "")?;
    widen(body, bit, Sign::Unsigned)
}

/// The amount of a shift: BPF takes its low 6 bits, LLVM leaves larger ones undefined.
fn shift<'c>(body: &Body<'_, 'c>, amount: ValueId) -> Int<'c> {
    let value = body.int(amount)?;
    match body.constant(amount) {
        Some(0..=63) => Ok(value),
        Some(_) | None => {
            let mask = constant(body, 63);
            Ok(body.unit.builder.build_and(value, mask, "")?)
        }
    }
}

/// What a division gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Quotient,
    Remainder,
}

/// A division as BPF has it: by 0 the quotient is 0 and the remainder `a`; a signed one wraps, and
/// its remainder has the sign of `a`.
fn divide<'c>(
    body: &Body<'_, 'c>,
    (part, sign): (Part, Sign),
    (a, b): (IntValue<'c>, IntValue<'c>),
    divisor: Option<i64>,
) -> Int<'c> {
    if sign == Sign::Signed && body.unit.cpu < Cpu::V4 {
        return divide_by_unsigned(body, part, (a, b), divisor);
    }
    let by_zero = match part {
        Part::Quotient => constant(body, 0),
        Part::Remainder => a,
    };
    match (divisor, sign) {
        (Some(0), _) => Ok(by_zero),
        (Some(-1), Sign::Signed) | (None, _) => {
            let (is_zero, b) = replace_by_one(body, b, 0)?;
            let value = match sign {
                Sign::Unsigned => plain(body, (part, sign), (a, b))?,
                Sign::Signed => divide_wrapping(body, part, (a, b))?,
            };
            select(body, is_zero, by_zero, value)
        }
        (Some(_), _) => plain(body, (part, sign), (a, b)),
    }
}

/// A signed division by what is not 0. LLVM leaves undefined what the smallest number gives when it
/// is divided by -1.
fn divide_wrapping<'c>(
    body: &Body<'_, 'c>,
    part: Part,
    (a, b): (IntValue<'c>, IntValue<'c>),
) -> Int<'c> {
    let (is_minus, b) = replace_by_one(body, b, -1)?;
    let value = plain(body, (part, Sign::Signed), (a, b))?;
    match part {
        Part::Quotient => {
            let negated = body.unit.builder.build_int_neg(a, "")?;
            select(body, is_minus, negated, value)
        }
        // By -1 as by 1: nothing remains.
        Part::Remainder => Ok(value),
    }
}

/// A signed division below v4, which has only unsigned ones.
fn divide_by_unsigned<'c>(
    body: &Body<'_, 'c>,
    part: Part,
    (a, b): (IntValue<'c>, IntValue<'c>),
    divisor: Option<i64>,
) -> Int<'c> {
    let (sign_a, sign_b) = (sign(body, a)?, sign(body, b)?);
    let (a, b) = (flip(body, a, sign_a)?, flip(body, b, sign_b)?);
    let value = divide(body, (part, Sign::Unsigned), (a, b), divisor)?;
    let sign = match part {
        Part::Quotient => body.unit.builder.build_xor(sign_a, sign_b, "")?,
        Part::Remainder => sign_a,
    };
    flip(body, value, sign)
}

/// The instruction itself.
fn plain<'c>(
    body: &Body<'_, 'c>,
    (part, sign): (Part, Sign),
    (a, b): (IntValue<'c>, IntValue<'c>),
) -> Int<'c> {
    let builder = &body.unit.builder;
    Ok(match (part, sign) {
        (Part::Quotient, Sign::Unsigned) => builder.build_int_unsigned_div(a, b, "")?,
        (Part::Quotient, Sign::Signed) => builder.build_int_signed_div(a, b, "")?,
        (Part::Remainder, Sign::Unsigned) => builder.build_int_unsigned_rem(a, b, "")?,
        (Part::Remainder, Sign::Signed) => builder.build_int_signed_rem(a, b, "")?,
    })
}

/// Whether `b` is `bad`, and a divisor that is not.
fn replace_by_one<'c>(
    body: &Body<'_, 'c>,
    b: IntValue<'c>,
    bad: i64,
) -> Result<(IntValue<'c>, IntValue<'c>), Error> {
    let bad = constant(body, bad);
    let is_bad = body.unit.builder.build_int_compare(IntPredicate::EQ, b, bad, "")?;
    Ok((is_bad, select(body, is_bad, constant(body, 1), b)?))
}

fn select<'c>(
    body: &Body<'_, 'c>,
    condition: IntValue<'c>,
    then: IntValue<'c>,
    other: IntValue<'c>,
) -> Int<'c> {
    let value = body.unit.builder.build_select(condition, then, other, "")?;
    value.try_into().map_err(|()| body.malformed("a choice gives no integer"))
}

/// All bits of it are the sign of `value`.
fn sign<'c>(body: &Body<'_, 'c>, value: IntValue<'c>) -> Int<'c> {
    let last = constant(body, 63);
    Ok(body.unit.builder.build_right_shift(value, last, true, "")?)
}

/// `value`, negated if `sign` is -1.
fn flip<'c>(body: &Body<'_, 'c>, value: IntValue<'c>, sign: IntValue<'c>) -> Int<'c> {
    let flipped = body.unit.builder.build_xor(value, sign, "")?;
    Ok(body.unit.builder.build_int_sub(flipped, sign, "")?)
}
