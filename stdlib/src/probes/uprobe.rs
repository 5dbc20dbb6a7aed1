//! `uprobe`

use diag::{Code, Diagnostic};
use ir::{Attach, FilePlace, Phase, ProgramKind, Space, When};

use super::{
    Arguments, Expand, Expanded, Form, Listing, Offers, ProbeType, Request, binary, form::form,
    kprobe, no_match, nothing_more,
};
use crate::{Answer, Kernel, Symbol, nearest};

pub(super) const UPROBE: ProbeType = ProbeType {
    name: "uprobe",
    aliases: &["u"],
    usage: "uprobe:BINARY:[cpp:]FUNCTION[+OFFSET] or uprobe:BINARY:ADDRESS",
    summary: "Entry of a function in a program or library.",
    example: "uprobe:libc:getenv { @[arg0] = count(); }",
    parts: (1, 3),
    expand: |x, request| expand(x, request, When::Entry),
    list: |kernel, parts| list(kernel, parts, "uprobe"),
    listing: Listing::OfFiles,
    details: nothing_more,
    forms: FORMS,
};

#[rustfmt::skip]
const FORMS: &[Form] = &[
        form("uprobe:PATH:FUNCTION"),
        form("uprobe:RELATIVE_PATH:FUNCTION"),
        form("uprobe:COMMAND:FUNCTION"),
        form("uprobe:LIBRARY:FUNCTION"),
        form("uprobe:GLOB:FUNCTION"),
        form("uprobe:BINARY:GLOB"),
        form("uprobe:BINARY:FUNCTION+OFFSET"),
        form("uprobe:BINARY:ADDRESS"),
        form("uprobe:BINARY:cpp:FUNCTION"),
        form("uprobe:BINARY:cpp:GLOB"),
        form("uprobe:ARCHIVE!/MEMBER:FUNCTION"),
        form("uprobe::FUNCTION"),
        form("uprobe:*:FUNCTION"),
];

/// Expands `uprobe` and `uretprobe`.
pub(super) fn expand(x: &mut Expand<'_>, request: &Request<'_>, when: When) -> Vec<Expanded> {
    let (target, target_text) = match request.parts {
        // With `-p`, the program that the process runs.
        [function] => ("", function.text.as_str()),
        [binary, function] => (binary.text.as_str(), function.text.as_str()),
        _ => (request.text(0), request.text(2)),
    };
    let last = request.parts.len().saturating_sub(1);
    let demangles = request.parts.len() == 3;
    if demangles && request.text(1) != "cpp" {
        let title = format!("`{}` is no language: there is only `cpp`", request.text(1));
        let problem = Diagnostic::new(Code::BadAttachPoint, request.at(1), title, "here");
        return x.refuse(problem.help(format!("write `{}`", request.row.usage)));
    }
    let Some(files) = binary::files(x, request, target) else { return Vec::new() };
    if let Some(address) = address(target_text).filter(|_| !demangles) {
        return at_address(x, request, (&files, address), when);
    }
    let split =
        if demangles { Ok((target_text, 0)) } else { kprobe::split_offset(target_text) };
    let Ok((pattern, offset)) = split else {
        let title = "the offset is no number";
        let problem = Diagnostic::new(Code::BadAttachPoint, request.at(last), title, "here");
        return x.refuse(problem.help("write `uprobe:binary:function+4`"));
    };
    if when == When::Return && offset > 0 {
        let title = "a uretprobe fires at the return and takes no offset";
        let problem =
            Diagnostic::new(Code::BadAttachPoint, request.at(last), title, "an offset");
        return x.refuse(problem.compat("Offset not allowed"));
    }
    if offset > 0 && !may_be_inside(x, request, last) {
        return Vec::new();
    }
    let mut sites = Vec::new();
    for path in &files {
        let found = match functions(x.kernel, path, (pattern, demangles)) {
            // Of many files, some have no symbols.
            Err(_) if binary::is_many(target) => continue,
            answer => answer,
        };
        let Some(found) = x.answer(request.span, found) else { return Vec::new() };
        let pid = x.kernel.only_pid();
        let one = |(symbol, shown)| one(request, path, (symbol, shown), (offset, when, pid));
        sites.extend(found.into_iter().map(one));
    }
    if sites.is_empty() {
        let all = files.iter().flat_map(|path| x.kernel.symbols(path, "*").unwrap_or_default());
        let all: Vec<_> = all.map(|symbol| symbol.name).collect();
        let near = nearest(pattern, all.iter().map(String::as_str));
        let near = near.map(|near| format!("{target}:{near}"));
        return x.refuse(no_match(request, last, "function", near));
    }
    sites
}

/// Functions that match, each with how it is shown.
fn functions(
    kernel: &dyn Kernel,
    path: &str,
    (pattern, demangles): (&str, bool),
) -> Answer<Vec<(Symbol, String)>> {
    if demangles {
        let found = kernel.places().demangled(path, pattern)?;
        return Ok(found
            .into_iter()
            .map(|(symbol, name)| (symbol, format!("cpp:{name}")))
            .collect());
    }
    let found = kernel.symbols(path, pattern)?;
    let shown = found.into_iter().filter(|symbol| {
        // Pieces that the compiler split off are no calls of the function.
        !pattern.contains('*') || !symbol.name.contains(".part.")
    });
    Ok(shown.map(|symbol| (symbol.clone(), symbol.name)).collect())
}

/// Whether places inside of functions are allowed; reports it if not.
fn may_be_inside(x: &mut Expand<'_>, request: &Request<'_>, part: usize) -> bool {
    let is_allowed = x.config.allow_unsafe;
    if !is_allowed {
        let title =
            "an offset that is not where an instruction starts breaks the traced program";
        let problem = Diagnostic::new(Code::NeedsUnsafe, request.at(part), title, "an offset");
        let help = "look the instruction up with `objdump -d`, then say `--unsafe`";
        x.refuse(problem.help(help));
    }
    is_allowed
}

/// `0x1234`
fn address(text: &str) -> Option<u64> {
    u64::from_str_radix(text.strip_prefix("0x")?, 16).ok()
}

fn at_address(
    x: &mut Expand<'_>,
    request: &Request<'_>,
    (files, address): (&[String], u64),
    when: When,
) -> Vec<Expanded> {
    let last = request.parts.len().saturating_sub(1);
    let mut sites = Vec::new();
    for path in files {
        let answer = x.kernel.places().at_address(path, address);
        let Some(found) = x.answer(request.span, answer) else { return Vec::new() };
        let Some(place) = found else { continue };
        let is_start = matches!(place.function, Some((_, 0)));
        if !is_start && !may_be_inside(x, request, last) {
            return Vec::new();
        }
        let symbol = Symbol { name: format!("{address:#x}"), offset: place.offset, size: 0 };
        let shown = symbol.name.clone();
        let pid = x.kernel.only_pid();
        sites.push(one(request, path, (symbol, shown), (0, when, pid)));
    }
    if sites.is_empty() {
        let target = request.text(0);
        let title = format!("`{target}` has no code at {address:#x}");
        let problem = Diagnostic::new(Code::NoMatch, request.at(last), title, "not found");
        let compat = format!("Could not resolve address: {target}:{address:#x}");
        let help = "give the address as `nm` and `objdump` show it";
        return x.refuse(problem.help(help).compat(compat));
    }
    sites
}

fn one(
    request: &Request<'_>,
    path: &str,
    (symbol, shown): (Symbol, String),
    (offset, when, pid): (u64, When, Option<u32>),
) -> Expanded {
    let mut name = format!("{}:{path}:{shown}", request.row.name);
    if offset > 0 {
        name += &format!("+{offset}");
    }
    let offers = Offers {
        arguments: if when == When::Entry { Arguments::Registers } else { Arguments::None },
        returns: Some(when),
        space: Space::User,
        ..Offers::plain(ProgramKind::Uprobe, request.row.name)
    };
    let attach = Attach::Uprobe {
        binary: path.to_owned(),
        symbol: symbol.name,
        place: FilePlace { offset: symbol.offset + offset, semaphore: 0 },
        when,
        pid,
    };
    Expanded { name, attach, cheaper: None, phase: Phase::Trace, offers }
}

/// Lists `uprobe` and `uretprobe` of the files that are named.
pub(super) fn list(kernel: &dyn Kernel, parts: &[&str], name: &str) -> Answer<Vec<String>> {
    let (target, pattern, demangles) = match parts {
        [] => ("*", "*", false),
        [binary] => (*binary, "*", false),
        [binary, "cpp", pattern, ..] => (*binary, *pattern, true),
        [binary, pattern, ..] => (*binary, *pattern, false),
    };
    let mut lines = Vec::new();
    for path in binary::listed(kernel, target)? {
        let found = match functions(kernel, &path, (pattern, demangles)) {
            Err(_) if binary::is_many(target) => continue,
            answer => answer?,
        };
        lines.extend(found.into_iter().map(|(_, shown)| match shown.strip_prefix("cpp:") {
            Some(shown) if demangles => format!("{name}:{path}:cpp:\"{shown}\""),
            Some(_) | None => format!("{name}:{path}:{shown}"),
        }));
    }
    lines.dedup();
    Ok(lines)
}
