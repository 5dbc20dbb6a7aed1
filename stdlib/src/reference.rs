//! The reference manual, made of the rows.

use std::fmt::Write as _;

use crate::{aggregations, builtins, functions, prelude, probes};

/// `stdlib/REFERENCE.md`, whole.
pub fn reference() -> String {
    let mut out = String::from(
        "# Reference\n\nMade from the rows in `stdlib/src`; `UPDATE=1 cargo test --workspace` \
         writes it anew.\n",
    );
    heading(&mut out, "Probe types");
    for row in probes::ALL {
        entry(&mut out, (row.name, row.usage), row.summary, row.example);
        if !row.aliases.is_empty() {
            line(&mut out, &format!("\nAlso written `{}`.", row.aliases.join("`, `")));
        }
    }
    heading(&mut out, "Builtins");
    for row in builtins::ALL {
        entry(&mut out, (row.name, row.usage), row.summary, row.example);
    }
    heading(&mut out, "Functions");
    for row in functions::ALL {
        entry(&mut out, (row.name, row.usage), row.summary, row.example);
    }
    for word in prelude::ALL {
        entry(&mut out, (word.name, word.usage()), word.summary(), word.example());
    }
    heading(&mut out, "Aggregations");
    line(&mut out, "\nThey stand alone on the right side of an assignment to a map.");
    for row in aggregations::ALL {
        entry(&mut out, (row.name, row.usage), row.summary, row.example);
    }
    out
}

fn heading(out: &mut String, text: &str) {
    line(out, &format!("\n## {text}"));
}

fn entry(out: &mut String, (name, usage): (&str, &str), summary: &str, example: &str) {
    line(out, &format!("\n### {name}\n\n`{usage}`\n\n{summary}\n\n```\n{example}\n```"));
}

fn line(out: &mut String, text: &str) {
    // Writing to a `String` cannot fail.
    let _ = writeln!(out, "{text}");
}
