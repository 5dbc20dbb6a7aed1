//! The reference manual, made of the rows.

use std::fmt::Write as _;

use crate::{Config, aggregations, builtins, functions, prelude, probes, settings};

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
    settings_table(&mut out);
    out
}

fn settings_table(out: &mut String) {
    heading(out, "Settings");
    line(
        out,
        "\nA script sets them before its probes, `config = { max_strlen = 64; missing_probes = \
         warn }`; the environment wins: `HAWK_MAX_STRLEN=64`, or `BPFTRACE_MAX_STRLEN=64`.",
    );
    let config = Config::default();
    for row in settings::ALL {
        let (name, takes, default) = (row.name, row.takes(), row.value(&config));
        let text =
            format!("\n### {name}\n\n{}\n\nTakes {takes}; default: `{default}`.", row.summary);
        line(out, &text);
    }
    let quoted = |names: &[&str]| format!("`{}`", names.join("`, `"));
    let (dead, outside) =
        (quoted(settings::WITHOUT_EFFECT), quoted(settings::ENVIRONMENT_ONLY));
    line(out, &format!("\nWithout effect, with a warning: {dead}."));
    line(out, &format!("\nOnly in the environment: {outside}."));
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
