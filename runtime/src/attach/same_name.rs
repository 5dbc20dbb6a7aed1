//! Names that several functions of the kernel have: the kernel refuses a probe on such a name, but
//! takes the address of each.

use std::{collections::BTreeSet, os::fd::OwnedFd};

use ir::SameName;

use super::{
    Target,
    kprobe::{Function, event},
};
use crate::{error::Error, kernel::function_starts};

/// Functions of one name: where each starts, and in which module.
type Starts = Vec<(Option<String>, u64)>;

/// Those of the function's name.
pub(super) fn starts(function: &Function<'_>) -> Starts {
    let (module, name) = split(function.name);
    let mut starts = function_starts(name);
    starts.retain(|(found, _)| match module {
        Some(module) => found.as_deref() == Some(module),
        None => found.is_none() || function.same_name != SameName::EachInKernel,
    });
    starts
}

/// `module:function`
fn split(name: &str) -> (Option<&str>, &str) {
    match name.split_once(':') {
        Some((module, name)) => (Some(module), name),
        None => (None, name),
    }
}

/// Attaches to each of them if a pattern found the name; what is left out, in words.
pub(super) fn attach(
    target: &Target<'_>,
    (kind, function): (u32, &Function<'_>),
    starts: &Starts,
    descriptors: &mut Vec<OwnedFd>,
) -> Result<Option<String>, Error> {
    if function.same_name == SameName::Refused {
        return Err(which(target, split(function.name).1, starts));
    }
    let mut failed = 0;
    for (_, start) in starts {
        let at = Function { name: "", offset: start + function.offset, ..*function };
        failed += usize::from(target.perf(&event(kind, &at), descriptors).is_err());
    }
    let (all, name) = (starts.len(), function.name);
    Ok(match (all, failed) {
        (0, _) => Some(format!(
            "`{name}` is left out: several functions of the kernel are called so, and it does \
             not tell where they are"
        )),
        (_, 0) => None,
        _ if failed == all => Some(format!(
            "`{name}` is left out: the kernel lets none of the {all} functions of that name be \
             probed"
        )),
        _ => Some(format!(
            "{failed} of the {all} functions called `{name}` are left out: the kernel does not \
             let them be probed"
        )),
    })
}

/// The script must say which function it means.
fn which(target: &Target<'_>, name: &str, starts: &[(Option<String>, u64)]) -> Error {
    let modules: BTreeSet<_> = starts.iter().map(|(module, _)| module.as_deref()).collect();
    let shown = starts.iter().take(3);
    let choices: Vec<_> = if modules.len() == starts.len() && !modules.contains(&None) {
        shown
            .map(|(module, _)| {
                format!("`kprobe:{}:{name}`", module.as_deref().unwrap_or_default())
            })
            .collect()
    } else {
        shown.map(|(_, start)| format!("`kprobe:{start:#x}`")).collect()
    };
    let flag = if choices.iter().any(|choice| choice.contains("0x")) {
        " with `--unsafe`"
    } else {
        ""
    };
    let help = match choices.as_slice() {
        [] => format!("write a pattern, `kprobe:{name}*`: it takes each of them"),
        _ => format!(
            "for one of them write {}{flag}; for each of them a pattern, `kprobe:{name}*`",
            choices.join(" or ")
        ),
    };
    let what = format!("single kernel function `{name}`: {} are called so", starts.len());
    Error::NoTarget { what, help: Some(help), span: target.span }
}
