//! `usdt`

use ir::{Attach, FilePlace, Phase, ProgramKind, Space, When};

use super::{
    Arguments, Expand, Expanded, Form, Listing, Offers, ProbeType, Request, binary, details,
    form::form, matches, no_match, operand,
};
use crate::{Answer, Kernel, StaticProbe, nearest};

pub(super) const USDT: ProbeType = ProbeType {
    name: "usdt",
    aliases: &["U"],
    usage: "usdt:BINARY:[PROVIDER:]NAME",
    summary: "A static probe that a program's author put there, with its arguments as arg0, arg1 and so on.",
    example: "usdt:target:hawk:numbers { @[arg0] = count(); }",
    parts: (2, 3),
    expand,
    list,
    listing: Listing::OfFiles,
    details: details::static_probe,
    forms: FORMS,
};

#[rustfmt::skip]
const FORMS: &[Form] = &[
        form("usdt:BINARY:NAME"),
        form("usdt:BINARY:PROVIDER:NAME"),
        form("usdt:BINARY:GLOB:GLOB"),
        form("usdt:GLOB:PROVIDER:NAME"),
        form("usdt::PROVIDER:NAME"),
];

fn expand(x: &mut Expand<'_>, request: &Request<'_>) -> Vec<Expanded> {
    let target = request.text(0);
    let Some(files) = binary::files(x, request, target) else { return Vec::new() };
    let (provider, name) = match request.parts {
        [_, name] => ("*", name.text.as_str()),
        _ => (request.text(1), request.text(2)),
    };
    let mut found = Vec::new();
    let mut all = Vec::new();
    for path in &files {
        let probes = match x.kernel.places().static_probes(path) {
            Ok(probes) => probes,
            // Of many files some may be unreadable.
            Err(_) if binary::is_many(target) => continue,
            refused @ Err(_) => {
                x.answer(request.at(0), refused);
                return Vec::new();
            }
        };
        for probe in probes {
            if matches(provider, &probe.provider) && matches(name, &probe.name) {
                found.push(one(x.kernel, path, &probe));
            } else {
                all.push(format!("{}:{}", probe.provider, probe.name));
            }
        }
    }
    if found.is_empty() {
        let wanted = format!("{provider}:{name}");
        let near = nearest(&wanted, all.iter().map(String::as_str));
        let near = near.map(|near| format!("{target}:{near}"));
        let last = request.parts.len() - 1;
        return x.refuse(no_match(request, last, "static probe", near));
    }
    found
}

fn one(kernel: &dyn Kernel, path: &str, probe: &StaticProbe) -> Expanded {
    let name = format!("{}:{}", probe.provider, probe.name);
    let attach = Attach::Uprobe {
        binary: path.to_owned(),
        symbol: name.clone(),
        place: FilePlace { offset: probe.offset, semaphore: probe.semaphore },
        when: When::Entry,
        pid: kernel.only_pid(),
    };
    let offers = Offers {
        arguments: Arguments::Operands,
        operands: operand::operands(kernel, &probe.operands),
        space: Space::User,
        binary: Some(path.into()),
        ..Offers::plain(ProgramKind::Uprobe, "usdt")
    };
    let name = format!("usdt:{path}:{name}");
    Expanded { name, attach, cheaper: None, phase: Phase::Trace, offers }
}

fn list(kernel: &dyn Kernel, parts: &[&str]) -> Answer<Vec<String>> {
    let (target, provider, name) = match parts {
        [] => ("*", "*", "*"),
        [target] => (*target, "*", "*"),
        [target, name] => (*target, "*", *name),
        [target, provider, name, ..] => (*target, *provider, *name),
    };
    let mut lines = Vec::new();
    for path in binary::listed(kernel, target)? {
        let Ok(probes) = kernel.places().static_probes(&path) else { continue };
        let wanted = probes
            .iter()
            .filter(|it| matches(provider, &it.provider) && matches(name, &it.name));
        lines.extend(wanted.map(|it| format!("usdt:{path}:{}:{}", it.provider, it.name)));
    }
    lines.sort();
    lines.dedup();
    Ok(lines)
}
