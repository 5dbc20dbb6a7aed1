//! hawk-language(7), made of the vocabulary's rows.

use clap_mangen::roff::{Roff, bold, roman};
use stdlib::{Config, settings};

use super::{
    source,
    text::{entry, example, inlines, paragraph, section},
};
use crate::help::{self, Entry};

/// The page.
pub(super) fn page() -> String {
    let mut roff = Roff::new();
    roff.control("TH", ["hawk-language", "7", "", &source(), "hawk"]);
    section(&mut roff, "NAME");
    roff.text([roman("hawk-language - the language of hawk, word by word")]);
    section(&mut roff, "SYNOPSIS");
    example(&mut roff, "PROBE[, PROBE…] [/CONDITION/] { STATEMENTS }", "0");
    section(&mut roff, "DESCRIPTION");
    paragraph(&mut roff, ABOUT);
    example(&mut roff, EXAMPLE, "4");
    paragraph(&mut roff, NAMES);
    let entries = help::entries();
    for (kind, title) in [
        ("probe", "PROBE TYPES"),
        ("builtin", "BUILTINS"),
        ("function", "FUNCTIONS"),
        ("aggregation", "AGGREGATIONS"),
    ] {
        section(&mut roff, title);
        for word in entries.iter().filter(|it| it.kind == kind) {
            one(&mut roff, word);
        }
    }
    section(&mut roff, "SETTINGS");
    paragraph(&mut roff, SETTINGS);
    let config = Config::default();
    for row in settings::ALL {
        let (takes, default) = (row.takes(), row.value(&config));
        let text = format!("{} Takes {takes}; default: `{default}`.", row.summary);
        entry(&mut roff, row.name, &text);
    }
    section(&mut roff, "SEE ALSO");
    paragraph(&mut roff, "`hawk`(1)");
    roff.to_roff()
}

const ABOUT: &str = "A program is a list of probes, each with what is done when it fires. Probes that fire at the \
    same moment on several CPUs run at the same moment. Maps (`@name`, `@name[key]`) are shared by all of them and printed \
    at the end; variables (`$name`) belong to one run of one probe.";
const EXAMPLE: &str = "tracepoint:syscalls:sys_enter_read { @start[tid] = nsecs; }\n\
    tracepoint:syscalls:sys_exit_read /@start[tid]/ {\n  \
    @ns[comm] = hist(nsecs - @start[tid]);\n  delete(@start, tid);\n}";
const NAMES: &str = "`hawk help WORD` shows one of the words below, `hawk explain CODE` what a diagnostic means.";
const SETTINGS: &str = "A program sets them before its probes, `config = { max_strlen = 64 }`; the environment wins: \
    `HAWK_MAX_STRLEN=64`.";

fn one(roff: &mut Roff, word: &Entry) {
    roff.control("TP", []);
    roff.text([bold(word.usage)]);
    roff.text(inlines(word.summary));
    if !word.aliases.is_empty() {
        roff.text(inlines(&format!("Also written `{}`.", word.aliases.join("`, `"))));
    }
    example(roff, word.example, "11");
}
