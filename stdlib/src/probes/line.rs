//! `uprobe:BINARY@FILE:LINE[:COLUMN]`: where the code of a line of a source file is.

use diag::{Code, Diagnostic};
use ir::When;

use super::{Expand, Expanded, Request, binary};
use crate::{SourceLine, Symbol};

/// Which line an attach point names, if it names one.
pub(super) fn is_named(request: &Request<'_>) -> bool {
    request.parts.last().is_some_and(|part| part.source)
}

/// The places of a line, by `one`.
pub(super) fn expand(
    x: &mut Expand<'_>,
    request: &Request<'_>,
    when: When,
    one: &dyn Fn(&str, Symbol, String) -> Expanded,
) -> Vec<Expanded> {
    let last = request.parts.len().saturating_sub(1);
    let at = request.at(last);
    let wrong =
        |title: &str, label: &str| Diagnostic::new(Code::BadAttachPoint, at, title, label);
    if when == When::Return {
        let help = "write `uprobe` for a line, or name the function";
        return x.refuse(wrong("a line does not return", "a line").help(help));
    }
    let Some(source) = source(request.text(last)) else {
        let help = "write `uprobe:BINARY@FILE:LINE` or `uprobe:BINARY@FILE:LINE:COLUMN`";
        return x.refuse(wrong("this names no line of a file", "here").help(help));
    };
    let target = if last == 0 { "" } else { request.text(0) };
    let Some(files) = binary::files(x, request, target) else { return Vec::new() };
    let mut sites = Vec::new();
    let (mut next, mut is_known) = (None, false);
    for path in &files {
        let answer = x.kernel.places().line(path, &source);
        let Some(found) = x.answer(request.span, answer) else { return Vec::new() };
        next = next.or(found.next);
        is_known |= found.is_known;
        let shown = format!("{path}@{}", request.text(last));
        sites.extend(found.offsets.into_iter().map(|offset| {
            let name = request.text(last).to_owned();
            one(path, Symbol { name, offset, size: 0 }, shown.clone())
        }));
    }
    if sites.is_empty() {
        let SourceLine { file, line, .. } = &source;
        let (title, help) = match (is_known, next) {
            (true, Some(next)) => (
                format!("line {line} of `{file}` has no code in `{target}`"),
                format!("the next line with code is {next}"),
            ),
            (true, None) => (
                format!("line {line} of `{file}` has no code in `{target}`"),
                "no later line has any either".to_owned(),
            ),
            (false, _) => (
                format!("`{target}` tells of no source file `{file}`"),
                "compile it with `-g`, or install its debug symbols".to_owned(),
            ),
        };
        let problem = Diagnostic::new(Code::NoMatch, at, title, "not found");
        let compat =
            format!("No matches for {} {target}@{}.", request.row.name, request.text(last));
        return x.refuse(problem.help(help).compat(compat));
    }
    sites
}

/// `main.c:12` or `main.c:12:5`
fn source(text: &str) -> Option<SourceLine> {
    let (rest, last) = text.rsplit_once(':')?;
    let last = last.parse().ok()?;
    let (file, line, column) = match rest.rsplit_once(':') {
        Some((file, line)) => (file, line.parse().ok()?, Some(last)),
        None => (rest, last, None),
    };
    (!file.is_empty()).then(|| SourceLine { file: file.to_owned(), line, column })
}
