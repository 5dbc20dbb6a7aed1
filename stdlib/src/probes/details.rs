//! What `-lv` shows below an attach point: its parameters, as C writes them.

use super::{Names, operand};
use crate::{Declared, Described, Kernel};

/// A function of the kernel, with or without its module.
pub(super) fn function(kernel: &dyn Kernel, target: &str) -> Names {
    Ok(of_function(kernel, target)?.map(|it| it.parameters).unwrap_or_default())
}

/// The same, with what it returns.
pub(super) fn function_and_result(kernel: &dyn Kernel, target: &str) -> Names {
    let Some(found) = of_function(kernel, target)? else { return Ok(Vec::new()) };
    let mut lines = found.parameters;
    lines.extend(found.returns.map(|ty| format!("{ty} retval")));
    Ok(lines)
}

fn of_function(kernel: &dyn Kernel, target: &str) -> crate::Answer<Option<Declared>> {
    let (module, name) = match target.split_once(':') {
        // Functions of BPF programs are not described by the kernel's types.
        Some(("bpf", _)) => return Ok(None),
        Some((module, name)) => (Some(module), name),
        None => (None, target),
    };
    let name = name.split('+').next().unwrap_or_default();
    kernel.places().declared(Described::Function { module, name })
}

/// The fields of a tracepoint that are its own, as its format file declares them.
pub(super) fn tracepoint(kernel: &dyn Kernel, target: &str) -> Names {
    let (category, event) = target.split_once(':').unwrap_or_default();
    let format = kernel.tracepoint_format(category, event)?;
    let fields = format.map(|format| format.fields).unwrap_or_default().into_iter();
    let declarations = fields.map(|field| field.declaration);
    let is_own = |text: &String| !text.split([' ', '*']).any(|it| it.starts_with("common_"));
    Ok(declarations.filter(is_own).collect())
}

pub(super) fn raw_tracepoint(kernel: &dyn Kernel, target: &str) -> Names {
    let name = target.rsplit(':').next().unwrap_or_default();
    let found = kernel.places().declared(Described::RawTracepoint(name))?;
    Ok(found.map(|it| it.parameters).unwrap_or_default())
}

pub(super) fn iterator(kernel: &dyn Kernel, target: &str) -> Names {
    let name = target.split(':').next().unwrap_or_default();
    let found = kernel.places().declared(Described::Iterator(name))?;
    Ok(found.map(|it| it.parameters).unwrap_or_default())
}

/// A function of a program, as its debug information tells; nothing where there is none.
pub(super) fn user_function(kernel: &dyn Kernel, target: &str) -> Names {
    Ok(of_user_function(kernel, target)?.map(|(parameters, _)| parameters).unwrap_or_default())
}

/// The same, with what it returns.
pub(super) fn user_function_and_result(kernel: &dyn Kernel, target: &str) -> Names {
    let Some((mut lines, returns)) = of_user_function(kernel, target)? else {
        return Ok(Vec::new());
    };
    if returns != ir::Ty::Void {
        lines.push(format!("{} retval", spelled(&returns)));
    }
    Ok(lines)
}

fn of_user_function(
    kernel: &dyn Kernel,
    target: &str,
) -> crate::Answer<Option<(Vec<String>, ir::Ty)>> {
    let (path, name) = target.split_once(':').unwrap_or_default();
    let found = match name.strip_prefix("cpp:") {
        Some(name) => {
            let name = name.trim_matches('"');
            kernel.places().demangled(path, name)?.into_iter().map(|(it, _)| it).next()
        }
        None => kernel.symbols(path, name)?.into_iter().next(),
    };
    let Some(symbol) = found else { return Ok(None) };
    let function = kernel.places().user_function(path, &symbol)?;
    Ok(function.map(|function| {
        let parameters = function.parameters.iter();
        let lines = parameters.map(|it| format!("{} {}", spelled(&it.ty), it.name)).collect();
        (lines, function.returns)
    }))
}

/// The type's own name, without the file that it is looked up in.
fn spelled(ty: &ir::Ty) -> String {
    let text = ty.to_string();
    match text.split_once('@') {
        Some((name, rest)) => {
            // Of types that share a name, it has a number.
            let name = name.split('#').next().unwrap_or_default();
            format!("{name}{}", rest.find(' ').map_or("", |at| &rest[at..]))
        }
        None => text,
    }
}

/// The arguments of a static probe: what each is read as, and where the program keeps it. Several
/// places of one name may differ.
pub(super) fn static_probe(kernel: &dyn Kernel, target: &str) -> Names {
    let mut parts = target.rsplitn(3, ':');
    let (name, provider) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let path = parts.next().unwrap_or_default();
    let mut lines = Vec::new();
    let probes = kernel.places().static_probes(path)?;
    for probe in probes.iter().filter(|it| it.provider == provider && it.name == name) {
        let lines_of_one = operand::described(kernel, &probe.operands);
        for line in lines_of_one {
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
    }
    Ok(lines)
}
