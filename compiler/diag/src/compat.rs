//! Diagnostics in the form that bpftrace gives them, for compatibility mode
//! (the dialect reference, section 1.7: `FILE:LINE:COL-ENDCOL: ERROR: text`).

use crate::{Diagnostic, Level, Origin, Sources, Span};

/// Renders `problem` as bpftrace would.
pub fn render_compat(problem: &Diagnostic, texts: &Sources) -> String {
    let span = problem.primary.span;
    let source = texts.get(span.source);
    let (first, column, text) = source.position(span.start);
    let (last, end, _) = source.position(span.end);
    let kind = match problem.level {
        Level::Error => "ERROR",
        Level::Warning => "WARNING",
    };
    let words = problem.compat.as_ref().unwrap_or(&problem.title);
    let mut out = String::new();
    if first == last {
        let width = end.max(column + 1) - column;
        out += &format!("{}:{first}:{column}-{end}: {kind}: {words}\n", source.name);
        out += &format!("{}\n", text.replace('\t', "    "));
        let before = text.get(..column as usize - 1).unwrap_or(text).replace('\t', "    ");
        out += &format!("{}{}\n", " ".repeat(before.len()), "~".repeat(width as usize));
    } else {
        out += &format!("{}:{first}-{last}: {kind}: {words}\n", source.name);
        let lines = source.text.lines().skip(first as usize - 1);
        for line in lines.take((last - first) as usize + 1) {
            out += &format!("{}\n", line.replace('\t', "    "));
        }
    }
    for origin in texts.origins(span.source) {
        if let Origin::Expansion(call) = origin {
            out += &place(call, "expanded from", texts);
        }
    }
    for related in &problem.related {
        if let Some(words) = &related.compat {
            out += &place(related.span, words, texts);
        }
    }
    if let Some(help) = problem.compat_help.as_ref().or(problem.help.as_ref()) {
        out += &format!("HINT: {help}\n");
    }
    out
}

/// Another place that has to do with it, and how.
fn place(at: Span, words: &str, texts: &Sources) -> String {
    let source = texts.get(at.source);
    let (line, column, text) = source.position(at.start);
    let (last, end, _) = source.position(at.end);
    let end = if last == line { end.max(column + 1) } else { text.len() as u32 + 1 };
    let before = text.get(..column as usize - 1).unwrap_or(text).replace('\t', "    ");
    let marks = "~".repeat((end - column) as usize);
    format!(
        "{}:{line}:{column}-{end}: {words}\n{}\n{}{marks}\n",
        source.name,
        text.replace('\t', "    "),
        " ".repeat(before.len())
    )
}
