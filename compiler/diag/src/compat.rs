//! Diagnostics in the form that bpftrace gives them, for compatibility mode
//! (the dialect reference, section 1.7: `FILE:LINE:COL-ENDCOL: ERROR: text`).

use crate::{Diagnostic, Level, Sources};

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
    if let Some(help) = &problem.help {
        out += &format!("HINT: {help}\n");
    }
    out
}
