//! `uprobe`

use diag::{Code, Diagnostic};
use ir::{Attach, FilePlace, Phase, ProgramKind, Space, When};

use super::{
    ArgsSource, Arguments, CodePlace, Expand, Expanded, Form, Listing, Offers, ProbeType,
    Request, binary, details, form::form, go, inside, kprobe, line, no_match,
};
use crate::{Answer, Convention, Kernel, Symbol, nearest};

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
    details: details::user_function,
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
        form("uprobe:BINARY@FILE:LINE"),
        form("uprobe:BINARY@FILE:LINE:COLUMN"),
        form("uprobe:BINARY:cpp:FUNCTION"),
        form("uprobe:BINARY:cpp:GLOB"),
        form("uprobe:ARCHIVE!/MEMBER:FUNCTION"),
        form("uprobe::FUNCTION"),
        form("uprobe:*:FUNCTION"),
];

/// Expands `uprobe` and `uretprobe`.
pub(super) fn expand(x: &mut Expand<'_>, request: &Request<'_>, when: When) -> Vec<Expanded> {
    if line::is_named(request) {
        return at_line(x, request, when);
    }
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
    let wrong =
        |title, label| Diagnostic::new(Code::BadAttachPoint, request.at(last), title, label);
    let Ok((pattern, offset)) = split else {
        let problem = wrong("the offset is no number", "here");
        return x.refuse(problem.help("write `uprobe:binary:function+4`"));
    };
    if when == When::Return && offset > 0 {
        let problem = wrong("a uretprobe fires at the return and takes no offset", "an offset");
        return x.refuse(problem.compat("Offset not allowed"));
    }
    let mut sites = Vec::new();
    for path in &files {
        let found = match functions(x.kernel, path, (pattern, demangles)) {
            // Of many files, some have no symbols.
            Err(_) if binary::is_many(target) => continue,
            answer => answer,
        };
        let Some(found) = x.answer(request.span, found) else { return Vec::new() };
        let convention = match found.iter().any(|(symbol, _)| go::is_go(&symbol.name)) {
            true => x.kernel.places().convention(path).unwrap_or(Convention::C),
            false => Convention::C,
        };
        for found in found {
            sites.extend(in_function(x, request, (path, convention), found, (offset, when)));
        }
    }
    if !x.problems.is_empty() || !sites.is_empty() {
        return if x.problems.is_empty() { sites } else { Vec::new() };
    }
    let plain = !demangles && offset == 0 && !pattern.contains('*');
    let copies = match files.as_slice() {
        [path] if plain => inlined(x, request, (path, pattern), when),
        _ => Vec::new(),
    };
    if copies.is_empty() && x.problems.is_empty() {
        return not_found(x, request, &files, (target, pattern));
    }
    copies
}

/// Copies of a function that has no code of its own, as the compiler put it in place of every call.
fn inlined(
    x: &mut Expand<'_>,
    request: &Request<'_>,
    (path, function): (&str, &str),
    when: When,
) -> Vec<Expanded> {
    // What has no debug information has no such copies either.
    let Ok(places) = x.kernel.places().inlined(path, function) else { return Vec::new() };
    if when == When::Return && !places.is_empty() {
        let title = format!("`{function}` is inlined at every call, and does not return");
        let at = request.at(request.parts.len().saturating_sub(1));
        let problem =
            Diagnostic::new(Code::BadAttachPoint, at, title, "has no code of its own");
        let help = "write `uprobe`, or name the function that it is inlined in";
        return x.refuse(problem.help(help));
    }
    let pid = x.kernel.only_pid();
    let place = |offset| {
        let symbol = Symbol { name: function.to_owned(), offset, size: 0 };
        let mut site = one(request, path, (symbol, function.to_owned()), (0, when, pid));
        // Its arguments may be anywhere.
        (site.offers.args, site.offers.arguments) = (None, Arguments::None);
        site
    };
    places.into_iter().map(place).collect()
}

/// `uprobe:BINARY@FILE:LINE`
fn at_line(x: &mut Expand<'_>, request: &Request<'_>, when: When) -> Vec<Expanded> {
    let pid = x.kernel.only_pid();
    let place = |path: &str, symbol: Symbol, shown: String| {
        let offset = symbol.offset;
        let mut site = one(request, path, (symbol, shown.clone()), (0, when, pid));
        site.offers.locals = Some(CodePlace { path: path.to_owned(), offset });
        site.name = format!("{}:{shown}", request.row.name);
        // In the middle of a function arguments may be anywhere.
        site.offers.args = None;
        site
    };
    line::expand(x, request, when, &place)
}

/// No function matches: says which is near, or that the file names none.
fn not_found(
    x: &mut Expand<'_>,
    request: &Request<'_>,
    files: &[String],
    (target, pattern): (&str, &str),
) -> Vec<Expanded> {
    // Of one file; all that is mapped has millions.
    let all = match files {
        [path] => x.kernel.symbols(path, "*"),
        _ => Ok(Vec::new()),
    };
    let Some(all) = x.answer(request.span, all) else { return Vec::new() };
    let near = nearest(pattern, all.iter().map(|symbol| symbol.name.as_str()));
    let near = near.map(|near| format!("{target}:{near}"));
    let last = request.parts.len().saturating_sub(1);
    x.refuse(no_match(request, last, "function", near))
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

/// The sites of one function.
fn in_function(
    x: &mut Expand<'_>,
    request: &Request<'_>,
    (path, convention): (&str, Convention),
    (symbol, shown): (Symbol, String),
    (offset, when): (u64, When),
) -> Vec<Expanded> {
    if !inside::is_start(x, request, (path, &symbol), offset) {
        return Vec::new();
    }
    let pid = x.kernel.only_pid();
    let mut site = one(request, path, (symbol.clone(), shown), (offset, when, pid));
    if convention == Convention::C || !go::is_go(&symbol.name) {
        return vec![site];
    }
    go::offers(x.kernel, &mut site.offers, (convention, &symbol.name));
    match when {
        When::Entry => {
            if convention == Convention::Go && offset == 0 {
                go::once_a_call(x.kernel, path, &symbol, &mut site);
            }
            vec![site]
        }
        When::Return => go::returns(x, request, (path, &symbol), &site),
    }
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
        if !inside::is_start_at(x, request, path, place.function.as_ref()) {
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
    // Of which the debug information tells where they are at the start.
    let args = (when == When::Entry && offset == 0)
        .then(|| ArgsSource::User { path: path.to_owned(), symbol: symbol.clone() });
    let offers = Offers {
        args,
        arguments: if when == When::Entry { Arguments::Registers } else { Arguments::None },
        returns: Some(when),
        space: Space::User,
        binary: Some(path.into()),
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
