//! The formatter on generated programs: the same tree, and nothing left to do.

use diag::{SourceId, Sources};
use libtest_mimic::Failed;
use tests::generate::{Broken, caught};

use crate::{Effort, machine, none, report};

pub(crate) fn loses_nothing(effort: Effort) -> Result<(), Failed> {
    let machine = machine();
    let generator = effort.generator(&machine);
    let mut failures = Vec::new();
    for seed in effort.seed..effort.seed + effort.formatted {
        let text = generator.program(seed);
        if let Some(broken) = wrong(&text) {
            failures.push(report(seed, &text, &broken, wrong));
        }
        if failures.len() > 3 {
            break;
        }
    }
    none(&failures)
}

/// What is wrong with the formatted program.
fn wrong(text: &str) -> Option<Broken> {
    let of_kind = |kind: &str, text: String| Some(Broken { kind: kind.to_owned(), text });
    match caught(|| formatted(text)) {
        Err(broken) => Some(broken),
        // Not a program.
        Ok(None) => None,
        Ok(Some((once, twice))) => {
            if tree(text) != tree(&once) {
                return of_kind("formatting changed the program", once);
            }
            (once != twice).then(|| of_kind("formatting is not done at once", twice))?
        }
    }
}

/// The program formatted once and twice.
fn formatted(text: &str) -> Option<(String, String)> {
    let once = format(text)?;
    let twice = format(&once).unwrap_or_default();
    Some((once, twice))
}

fn format(text: &str) -> Option<String> {
    let sources = Sources::new("generated.bt", text);
    let parsed = grammar::parse(&sources, SourceId(0));
    parsed.problems.is_empty().then(|| grammar::format(&sources, SourceId(0), &parsed))
}

/// The tree without places.
fn tree(text: &str) -> String {
    let parsed = grammar::parse(&Sources::new("generated.bt", text), SourceId(0));
    grammar::dump(&parsed.program)
}
