//! Pieces of manual pages.

use clap_mangen::roff::{Inline, Roff, bold, roman};

pub(super) fn section(roff: &mut Roff, title: &str) {
    roff.control("SH", [title]);
}

/// A term and, indented, what it means.
pub(super) fn entry(roff: &mut Roff, term: &str, what: &str) {
    roff.control("TP", []);
    roff.text([bold(term)]);
    roff.text(inlines(what));
}

pub(super) fn paragraph(roff: &mut Roff, text: &str) {
    roff.control("PP", []);
    roff.text(inlines(text));
}

/// Lines as they are, so far from the margin.
pub(super) fn example(roff: &mut Roff, text: &str, indent: &str) {
    roff.control("sp", []);
    roff.control("RS", [indent]);
    roff.control("nf", []);
    for line in text.trim().lines() {
        roff.text([roman(line)]);
    }
    roff.control("fi", []);
    roff.control("RE", []);
}

/// Text in which what stands in backticks is bold.
pub(super) fn inlines(text: &str) -> Vec<Inline> {
    let pieces = text.split('`').enumerate();
    pieces.map(|(at, it)| if at % 2 == 1 { bold(it) } else { roman(it) }).collect()
}
