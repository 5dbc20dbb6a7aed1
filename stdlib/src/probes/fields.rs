//! The fields of `args`, wherever they come from, and what a function returns.

use ir::{Access, Field, Space, Ty, Width};

use super::{ArgsSource, Arguments, Offers, tracepoint_fields, user};
use crate::{Answer, Kernel, Prototype};

/// Registers of the first arguments, by their names in `reg()`: the System V calling convention.
#[cfg(target_arch = "x86_64")]
pub(crate) const REGISTERS: &[&str] = &["di", "si", "dx", "cx", "r8", "r9"];
/// The same for the AArch64 procedure call standard.
#[cfg(target_arch = "aarch64")]
pub(crate) const REGISTERS: &[&str] = &["r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7"];

/// The fields that `args` has in probes that offer this, with their places in the context.
///
/// # Errors
///
/// Returns why the machine does not tell them.
pub fn fields(kernel: &dyn Kernel, offers: &Offers) -> Answer<Vec<Field>> {
    let prototype = match &offers.args {
        None => return Ok(Vec::new()),
        Some(source @ ArgsSource::Tracepoint { category, event }) => {
            let format = kernel.tracepoint_format(category, event)?;
            let fields = format.map(|format| tracepoint_fields(&format, source));
            return Ok(fields.unwrap_or_default());
        }
        Some(ArgsSource::Function { module, function }) => {
            kernel.places().prototype(module.as_deref(), function)?
        }
        Some(ArgsSource::User { path, symbol }) => {
            let function = kernel.places().user_function(path, symbol)?;
            let function = function.ok_or_else(|| user::without(path, &symbol.name))?;
            return Ok(user::fields(kernel, &function));
        }
        Some(ArgsSource::RawTracepoint { name }) => {
            kernel.places().tracepoint_prototype(name)?
        }
    };
    let Some(prototype) = prototype else { return Ok(Vec::new()) };
    Ok(parameters(kernel, &prototype, offers.arguments))
}

/// What the traced function returns, and its byte in the context; none if it returns nothing or
/// is not known.
///
/// # Errors
///
/// Returns why the machine does not tell.
pub fn returned(kernel: &dyn Kernel, offers: &Offers) -> Answer<Option<Field>> {
    let Some(ArgsSource::Function { module, function }) = &offers.args else { return Ok(None) };
    let Some(prototype) = kernel.places().prototype(module.as_deref(), function)? else {
        return Ok(None);
    };
    if prototype.returns == Ty::Void {
        return Ok(None);
    }
    let words: u32 = prototype.parameters.iter().map(|(_, ty)| words(ty)).sum();
    Ok(Some(field("retval".to_owned(), prototype.returns, words * 8)))
}

fn parameters(kernel: &dyn Kernel, prototype: &Prototype, place: Arguments) -> Vec<Field> {
    let mut fields = Vec::new();
    let mut word = 0;
    for (index, (name, ty)) in prototype.parameters.iter().enumerate() {
        let name = if name.is_empty() { format!("arg{index}") } else { name.clone() };
        let at = match place {
            Arguments::Array => Some(word * 8),
            // Values of two words lie in registers that are not side by side.
            Arguments::Registers if words(ty) == 1 => {
                let register = REGISTERS.get(word as usize);
                register.and_then(|register| kernel.register(register))
            }
            Arguments::Registers | Arguments::Operands | Arguments::None => None,
        };
        word += words(ty);
        fields.extend(at.map(|at| field(name, ty.clone(), at)));
    }
    fields
}

/// How many words of 8 bytes an argument takes.
fn words(ty: &Ty) -> u32 {
    ty.size().div_ceil(8).max(1)
}

/// Pointers that the kernel's functions take are the kernel's, unless their type says otherwise.
fn field(name: String, mut ty: Ty, offset: u32) -> Field {
    if let Ty::Ptr(_, space @ Space::Unknown) = &mut ty {
        *space = Space::Kernel;
    }
    if ty == Ty::Void {
        // A type that has no shape here.
        ty = Ty::Int(Width::W64, ir::Sign::Unsigned);
    }
    Field { name, ty, offset, bits: None, access: Access::Plain }
}
