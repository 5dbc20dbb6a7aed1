//! What must hold of every formatted program; shared by the tests of the formatter.

use diag::{SourceId, Sources};
use grammar::Parsed;

/// Parses `text`.
pub(crate) fn parse(text: &str) -> Parsed {
    grammar::parse(&Sources::new("case.bt", text), SourceId(0))
}

fn once(text: &str) -> (String, Parsed) {
    let sources = Sources::new("case.bt", text);
    let parsed = grammar::parse(&sources, SourceId(0));
    (grammar::format(&sources, SourceId(0), &parsed), parsed)
}

/// Formats a program that has no problems, and says what is wrong with the result.
pub(crate) fn formatted(text: &str) -> Result<String, String> {
    let (out, before) = once(text);
    let (again, after) = once(&out);
    let show = |what: &str| Err(format!("{what}\n--- from ---\n{text}\n--- to ---\n{out}"));
    if let Some(problem) = before.problems.first() {
        return Err(format!("the program itself is wrong: {}", problem.title));
    }
    if let Some(problem) = after.problems.first() {
        return show(&format!("the result is wrong: {}", problem.title));
    }
    let trees = (grammar::dump(&before.program), grammar::dump(&after.program));
    if trees.0 != trees.1 {
        return show(&format!("the tree differs\n{}---\n{}", trees.0, trees.1));
    }
    if words(text, &before) != words(&out, &after) {
        return show("comments differ");
    }
    if out != again {
        let same = out.lines().zip(again.lines()).take_while(|(a, b)| a == b).count();
        let line = |text: &str| text.lines().nth(same).unwrap_or_default().to_owned();
        let (first, second) = (line(&out), line(&again));
        return show(&format!("the second run differs in line {same}\n{first}\n{second}"));
    }
    let trailing = |line: &str| line.ends_with([' ', '\t']);
    if before.program.items.iter().all(|it| !matches!(it, grammar::ast::Item::C(_)))
        && (out.lines().any(trailing) || out.contains("\n\n\n"))
    {
        return show("blanks at a line's end, or two empty lines");
    }
    Ok(out)
}

/// The comments, sorted, without their blanks.
fn words(text: &str, parsed: &Parsed) -> Vec<String> {
    let spans = parsed.comments.iter().map(|it| it.span);
    let texts = spans.map(|it| &text[it.start as usize..it.end as usize]);
    let mut found: Vec<_> =
        texts.map(|it| it.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    found.sort();
    found
}
