//! What lists show: types of the kernel, and what functions and iterators take, as C writes it.

use std::collections::BTreeSet;

use stdlib::{Answer, Declared, Described, probes};

use super::{
    Btf, BtfKind, Machine,
    btf::{self, KernelBtf},
};

/// The words that types begin with in C.
const KEYWORDS: &[(&str, BtfKind)] = &[
    ("struct", BtfKind::Struct),
    ("union", BtfKind::Union),
    ("enum", BtfKind::Enum),
    ("typedef", BtfKind::Typedef),
];

impl Machine {
    /// The names of the types that `pattern` (`struct task_*`) means, sorted, each with its word;
    /// none if that is no pattern of types.
    pub fn types(&self, pattern: &str) -> Option<Answer<Vec<String>>> {
        let (word, kind, pattern) = type_pattern(pattern)?;
        let names = || {
            let mut found = BTreeSet::new();
            for (_, btf) in everywhere(&self.btf)? {
                let names = each(btf, kind, pattern).into_iter();
                found.extend(names.map(|(_, name)| format!("{word} {name}")));
            }
            Ok(found.into_iter().collect())
        };
        Some(names())
    }

    /// The definitions of those types, each after the name of what has it: `vmlinux` or a module.
    pub fn type_definitions(&self, pattern: &str) -> Option<Answer<Vec<String>>> {
        let (_, kind, pattern) = type_pattern(pattern)?;
        let texts = || {
            let mut found = Vec::new();
            for (owner, btf) in everywhere(&self.btf)? {
                for (id, name) in each(btf, kind, pattern) {
                    let text = btf.definition(id).unwrap_or_default();
                    found.push((name.to_owned(), format!("{owner}: {text}")));
                }
            }
            found.sort_by(|(a, _), (b, _)| a.cmp(b));
            Ok(found.into_iter().map(|(_, text)| text).collect())
        };
        Some(texts())
    }
}

/// `struct task_*`: the word, what it means, and the pattern of names.
fn type_pattern(text: &str) -> Option<(&'static str, BtfKind, &str)> {
    let (word, pattern) = text.trim().split_once(' ')?;
    let (word, kind) = KEYWORDS.iter().find(|(known, _)| *known == word)?;
    Some((word, *kind, pattern.trim()))
}

fn everywhere(btf: &KernelBtf) -> Answer<Vec<(&str, &Btf)>> {
    let mut all: Vec<(&str, &Btf)> = vec![("vmlinux", btf.vmlinux()?)];
    all.extend(btf.modules());
    Ok(all)
}

fn each<'a>(btf: &'a Btf, kind: BtfKind, pattern: &str) -> Vec<(btf::TypeId, &'a str)> {
    if !pattern.contains('*') {
        let found = btf.find(pattern, kind).and_then(|id| Some((id, btf.name(id)?)));
        return found.into_iter().collect();
    }
    let mut all = btf.all(kind);
    all.retain(|(_, name)| probes::matches(pattern, name));
    all
}

/// What a place takes and gives.
pub(super) fn declared(machine: &Machine, what: Described<'_>) -> Answer<Option<Declared>> {
    let vmlinux = machine.btf.vmlinux()?;
    let found = |of: &dyn Fn(&Btf) -> Option<Declared>, module: Option<&str>| {
        let wanted = |name: &str| module.is_none_or(|module| module == name);
        let own = wanted("vmlinux").then(|| of(vmlinux)).flatten();
        own.or_else(|| {
            machine.btf.modules().filter(|(name, _)| wanted(name)).find_map(|(_, btf)| of(btf))
        })
    };
    Ok(match what {
        Described::Function { module, name } => found(
            &|btf| {
                let (parameters, returns) =
                    btf.declaration(btf.find(name, BtfKind::Function)?)?;
                Some(Declared { parameters, returns })
            },
            module,
        ),
        Described::RawTracepoint(name) => found(&|btf| raw_tracepoint(btf, name), None),
        Described::Iterator(name) => found(&|btf| iterator(btf, name), None),
    })
}

/// The parameters after the first, which is the kernel's own; of functions that have names for
/// them, where there is one.
fn raw_tracepoint(btf: &Btf, name: &str) -> Option<Declared> {
    let named = ["__bpf_trace_", "__traceiter_", "__probestub_"].iter().find_map(|prefix| {
        btf.declaration(btf.find(&format!("{prefix}{name}"), BtfKind::Function)?)
    });
    let (mut parameters, _) = named.or_else(|| {
        btf.declaration(btf.find(&format!("btf_trace_{name}"), BtfKind::Typedef)?)
    })?;
    if !parameters.is_empty() {
        parameters.remove(0);
    }
    Some(Declared { parameters, returns: None })
}

/// The members of what an iterator hands to its programs, without what says where it is.
fn iterator(btf: &Btf, name: &str) -> Option<Declared> {
    let id = btf.find(&format!("bpf_iter__{name}"), BtfKind::Struct)?;
    let members = btf.members(id)?;
    let shown = members.iter().map(|text| unwrapped(text));
    let parameters = shown.filter(|text| !text.ends_with(" meta")).collect();
    Some(Declared { parameters, returns: None })
}

/// Members are wrapped in unions of one, which pad them to 8 bytes.
fn unwrapped(text: &str) -> String {
    let inside = text.strip_prefix("union {\n").and_then(|rest| rest.strip_suffix("}"));
    match inside.map(|inside| inside.trim().trim_end_matches(';')) {
        Some(member) if !member.contains(';') => match member.rsplit_once('*') {
            Some((ty, name)) => format!("{ty}* {name}"),
            None => member.to_owned(),
        },
        Some(_) | None => text.to_owned(),
    }
}
