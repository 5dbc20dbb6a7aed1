//! `uprobe`

use diag::{Code, Diagnostic};
use ir::{Attach, FilePlace, Phase, ProgramKind, Space, When};

use super::{
    Arguments, Expand, Expanded, Listing, Offers, ProbeType, Request, kprobe, no_match,
};
use crate::{Kernel, Symbol, Unanswered, nearest};

pub(super) const UPROBE: ProbeType = ProbeType {
    name: "uprobe",
    aliases: &["u"],
    usage: "uprobe:BINARY:FUNCTION[+OFFSET]",
    summary: "Entry of a function in a program or library.",
    example: "uprobe:libc:getenv { @[arg0] = count(); }",
    parts: (2, 2),
    expand: |x, request| expand(x, request, When::Entry),
    list: |kernel, parts| list(kernel, parts, "uprobe"),
    listing: Listing::Named,
};

/// Expands `uprobe` and `uretprobe`.
pub(super) fn expand(x: &mut Expand<'_>, request: &Request<'_>, when: When) -> Vec<Expanded> {
    let answer = x.kernel.binary(request.text(0));
    let Some(path) = x.answer(request.at(0), answer) else { return Vec::new() };
    let Some(path) = path else {
        let title = format!("no program or library `{}`", request.text(0));
        let problem = Diagnostic::new(Code::NoMatch, request.at(0), title, "not found");
        let help = "give its full path, a name in PATH, or `libNAME`";
        return x.refuse(problem.help(help));
    };
    let Ok((pattern, offset)) = kprobe::split_offset(request.text(1)) else {
        let title = "the offset is no number";
        let problem = Diagnostic::new(Code::BadAttachPoint, request.at(1), title, "here");
        return x.refuse(problem.help("write `uprobe:binary:function+4`"));
    };
    if when == When::Return && offset > 0 {
        let title = "a uretprobe fires at the return and takes no offset";
        let problem = Diagnostic::new(Code::BadAttachPoint, request.at(1), title, "an offset");
        return x.refuse(problem.compat("Offset not allowed"));
    }
    let is_allowed = offset == 0 || x.config.allow_unsafe;
    if !is_allowed {
        let title =
            "an offset that is not where an instruction starts breaks the traced program";
        let problem = Diagnostic::new(Code::NeedsUnsafe, request.at(1), title, "an offset");
        let help = "look the instruction up with `objdump -d`, then say `--unsafe`";
        return x.refuse(problem.help(help));
    }
    let answer = x.kernel.symbols(&path, pattern);
    let Some(symbols) = x.answer(request.span, answer) else { return Vec::new() };
    if symbols.is_empty() {
        let all = x.kernel.symbols(&path, "*").unwrap_or_default();
        let near = nearest(pattern, all.iter().map(|symbol| symbol.name.as_str()));
        let near = near.map(|near| format!("{}:{near}", request.text(0)));
        return x.refuse(no_match(request, 1, "function", near));
    }
    let pid = x.kernel.target_pid();
    symbols.into_iter().map(|symbol| one(request, &path, symbol, (offset, when, pid))).collect()
}

fn one(
    request: &Request<'_>,
    path: &str,
    symbol: Symbol,
    (offset, when, pid): (u64, When, Option<u32>),
) -> Expanded {
    let mut name = format!("{}:{path}:{}", request.row.name, symbol.name);
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

/// Lists `uprobe` and `uretprobe` of one binary.
pub(super) fn list(
    kernel: &dyn Kernel,
    parts: &[&str],
    name: &str,
) -> Result<Vec<String>, Unanswered> {
    let [binary, rest @ ..] = parts else { return Ok(Vec::new()) };
    let Some(path) = kernel.binary(binary)? else { return Ok(Vec::new()) };
    let symbols = kernel.symbols(&path, rest.first().copied().unwrap_or("*"))?;
    Ok(symbols.into_iter().map(|symbol| format!("{name}:{path}:{}", symbol.name)).collect())
}
