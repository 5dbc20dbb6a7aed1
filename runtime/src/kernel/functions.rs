//! Functions of the kernel and of BPF programs: which there are, what they take and give, and why
//! some can't be traced.

use std::{
    collections::HashSet,
    fs,
    os::fd::{AsFd, OwnedFd},
};

use stdlib::{Answer, BpfFunction, Kernel, Prototype, Untraceable};

use super::{Btf, BtfKind, Machine, TypeId, btf::KernelBtf, kallsyms, matches};
use crate::ffi;

/// Functions that the kernel's BTF and that of its modules describe and that can be traced.
pub(super) fn typed(
    machine: &Machine,
    module: Option<&str>,
    pattern: &str,
) -> Answer<Vec<(String, String)>> {
    let vmlinux = machine.btf.vmlinux()?;
    let wanted = |name: &str| module.is_none_or(|module| matches(module, name));
    if !pattern.contains('*') {
        // The kernel itself says whether it can be traced, when the program is loaded.
        let found = |btf: &Btf| btf.find(pattern, BtfKind::Function).is_some();
        if wanted("vmlinux") && found(vmlinux) {
            return Ok(vec![("vmlinux".to_owned(), pattern.to_owned())]);
        }
        let modules = machine.btf.modules().filter(|(name, btf)| wanted(name) && found(btf));
        return Ok(modules.map(|(name, _)| (name.to_owned(), pattern.to_owned())).collect());
    }
    let traceable = machine.functions(module, pattern)?;
    let traceable: HashSet<(&str, &str)> = traceable
        .iter()
        .map(|(module, name)| (module.as_deref().unwrap_or("vmlinux"), name.as_str()))
        .collect();
    let mut all = Vec::new();
    let mut add = |module: &str, btf: &Btf| {
        let names = btf.all(BtfKind::Function).into_iter().map(|(_, name)| name);
        let names = names.filter(|name| traceable.contains(&(module, *name)));
        all.extend(names.map(|name| (module.to_owned(), name.to_owned())));
    };
    if wanted("vmlinux") {
        add("vmlinux", vmlinux);
    }
    for (name, btf) in machine.btf.modules().filter(|(name, _)| wanted(name)) {
        add(name, btf);
    }
    all.sort_unstable();
    all.dedup();
    Ok(all)
}

/// What a function takes and gives.
pub(super) fn prototype(
    btf: &KernelBtf,
    module: Option<&str>,
    name: &str,
) -> Answer<Option<Prototype>> {
    let vmlinux = btf.vmlinux()?;
    let of = |btf: &Btf| btf.prototype(btf.find(name, BtfKind::Function)?);
    let wanted = |found: &str| module.is_none_or(|module| module == found);
    if let Some(found) = wanted("vmlinux").then(|| of(vmlinux)).flatten() {
        return Ok(Some(found));
    }
    Ok(btf.modules().filter(|(name, _)| wanted(name)).find_map(|(_, btf)| of(btf)))
}

/// What a raw tracepoint passes: the parameters of functions that the kernel makes for it, after
/// the first, which is its own.
pub(super) fn tracepoint_prototype(btf: &KernelBtf, name: &str) -> Answer<Option<Prototype>> {
    let vmlinux = btf.vmlinux()?;
    let of = |btf: &Btf| {
        let named =
            ["__bpf_trace_", "__traceiter_", "__probestub_"].iter().find_map(|prefix| {
                btf.prototype(btf.find(&format!("{prefix}{name}"), BtfKind::Function)?)
            });
        let mut found = named.or_else(|| {
            // A pointer to the function: it has types, but no names.
            let id = btf.find(&format!("btf_trace_{name}"), BtfKind::Typedef)?;
            btf.pointed_prototype(id)
        })?;
        (!found.parameters.is_empty()).then(|| {
            found.parameters.remove(0);
            found
        })
    };
    let found = of(vmlinux).or_else(|| btf.modules().find_map(|(_, btf)| of(btf)));
    Ok(found)
}

/// What the kernel iterates over: it has a struct for what it hands to each program.
pub(super) fn iterators(btf: &KernelBtf, pattern: &str) -> Answer<Vec<String>> {
    const PREFIX: &str = "bpf_iter__";
    let vmlinux = btf.vmlinux()?;
    let all = || std::iter::once(&**vmlinux).chain(btf.modules().map(|(_, btf)| btf));
    // Programs are bound to a function beside the struct; the verifier's own structs have none.
    if !pattern.contains('*') {
        let name = format!("{PREFIX}{pattern}");
        let found = all().any(|btf| btf.find(&name, BtfKind::Struct).is_some());
        return Ok(found.then(|| pattern.to_owned()).into_iter().collect());
    }
    let names: HashSet<&str> = all().flat_map(|btf| btf.names_after("bpf_iter_")).collect();
    let structs = names.iter().filter_map(|name| name.strip_prefix('_'));
    let mut found: Vec<_> = structs
        .filter(|name| names.contains(name) && matches(pattern, name))
        .map(str::to_owned)
        .collect();
    found.sort();
    found.dedup();
    Ok(found)
}

/// The function that stands for an iterator when a program is bound to it.
pub(crate) fn bound_iterator(name: &str) -> Option<Bound> {
    let function = format!("bpf_iter_{name}");
    let kernel = bound(&ir::Host::Kernel(None), &function);
    kernel.or_else(|| {
        let btf = KernelBtf::default();
        let mut modules = btf.modules().map(|(name, _)| name.to_owned());
        modules.find_map(|module| bound(&ir::Host::Kernel(Some(module)), &function))
    })
}

/// Functions of loaded BPF programs, by the names that their BTF has.
pub(super) fn of_bpf(pattern: &str) -> Vec<BpfFunction> {
    let mut found: Vec<_> = ffi::program_ids()
        .into_iter()
        .filter_map(|id| Some((id, ffi::program_by_id(id).ok()?)))
        .flat_map(|(id, program)| {
            let names = bpf_names(&program).into_iter().map(|(_, name)| name);
            let names: Vec<_> = names.filter(|name| matches(pattern, name)).collect();
            names.into_iter().map(move |name| BpfFunction { program: id, name })
        })
        .collect();
    found.sort();
    found
}

fn bpf_names(program: &OwnedFd) -> Vec<(u32, String)> {
    let names = || {
        let info = ffi::program_info(program.as_fd()).ok()?;
        let btf = Btf::from_bytes(ffi::btf_by_id(info.btf_id).ok()?, None)?;
        let functions = ffi::program_functions(program.as_fd()).ok()?;
        let name = |id: u32| Some((id, btf.name(TypeId::new(id))?.to_owned()));
        Some(functions.into_iter().filter_map(name).collect())
    };
    names().unwrap_or_default()
}

/// Why `name` is not among the functions that can be traced.
pub(super) fn untraceable(module: Option<&str>, name: &str) -> Untraceable {
    if let Some(module) = module.filter(|module| !module.contains('*') && *module != "vmlinux")
    {
        let modules = fs::read_to_string("/proc/modules").unwrap_or_default();
        if !modules.lines().any(|line| line.split(' ').next() == Some(module)) {
            return Untraceable::NoModule;
        }
    }
    let blacklist = fs::read_to_string("/sys/kernel/debug/kprobes/blacklist");
    let listed = |line: &str| line.split_ascii_whitespace().nth(1) == Some(name);
    if blacklist.is_ok_and(|list| list.lines().any(listed)) {
        return Untraceable::Blacklisted;
    }
    let symbols = kallsyms::Kallsyms::read();
    let copies: Vec<_> = symbols
        .names_after(&format!("{name}."))
        .filter(|rest| !rest.starts_with("cold"))
        .map(|rest| format!("{name}.{rest}"))
        .collect();
    if symbols.names_after(name).any(str::is_empty) {
        return Untraceable::NoTrace;
    }
    if copies.is_empty() { Untraceable::Unknown } else { Untraceable::Changed(copies) }
}

/// What a program is bound to when it is loaded: a function's number in BTF, and whose that is.
#[derive(Debug)]
pub(crate) struct Bound {
    pub(crate) id: u32,
    pub(crate) host: Option<HostDescriptor>,
}

/// The owner of a function, unless that is the kernel proper.
#[derive(Debug)]
pub(crate) enum HostDescriptor {
    /// The BTF of a module.
    Module(OwnedFd),
    /// A BPF program.
    Program(OwnedFd),
}

/// Finds the function that a program is bound to; none if there is no such.
pub(crate) fn bound(host: &ir::Host, function: &str) -> Option<Bound> {
    let btf = KernelBtf::default();
    match host {
        ir::Host::Kernel(None) => {
            let id = btf.vmlinux().ok()?.find(function, BtfKind::Function)?;
            Some(Bound { id: id.number(), host: None })
        }
        ir::Host::Kernel(Some(module)) => {
            let (_, found) = btf.modules().find(|(name, _)| name == module)?;
            let id = found.find(function, BtfKind::Function)?;
            let host = Some(HostDescriptor::Module(ffi::btf_of_module(module)?));
            Some(Bound { id: id.number(), host })
        }
        ir::Host::Bpf(id) => {
            let program = ffi::program_by_id(*id).ok()?;
            let names = bpf_names(&program);
            let (id, _) = names.into_iter().find(|(_, name)| name == function)?;
            Some(Bound { id, host: Some(HostDescriptor::Program(program)) })
        }
    }
}
