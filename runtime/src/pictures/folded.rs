//! Folded stacks: a line each, `caller;callee;… count`, as tools for flame graphs read them.

use std::collections::BTreeMap;

use ir::Side;

use super::samples::{Sample, Samples};

/// The lines, ordered; stacks that differ only in addresses are one. Other parts of the key are
/// the outermost frames. Functions of the kernel end with `_[k]` and inlined ones with `_[i]`,
/// which tools show by colours.
pub fn folded(samples: &Samples) -> String {
    let mut text = String::new();
    for (stack, count) in lines(samples) {
        text += &stack;
        text.push(' ');
        text += &count.to_string();
        text.push('\n');
    }
    text
}

/// The same, not yet text.
pub(super) fn lines(samples: &Samples) -> BTreeMap<String, u64> {
    let names: Vec<[String; 2]> = samples
        .functions
        .iter()
        .map(|function| {
            let name = frame(&function.name);
            let plain = match function.side {
                Side::Kernel => format!("{name}_[k]"),
                Side::User => name.clone(),
            };
            [plain, format!("{name}_[i]")]
        })
        .collect();
    let mut lines = BTreeMap::new();
    for entry in &samples.entries {
        let count: &mut u64 = lines.entry(line(samples, &names, entry)).or_default();
        *count = count.saturating_add(entry.value);
    }
    lines
}

fn line(samples: &Samples, names: &[[String; 2]], entry: &Sample) -> String {
    let mut text = String::new();
    for label in &entry.labels {
        text += &frame(label);
        text.push(';');
    }
    for place in &entry.stack {
        for line in &samples.places[*place].lines {
            text += &names[line.function][usize::from(line.inlined)];
            text.push(';');
        }
    }
    text.pop();
    text
}

/// Text that can be one frame: without what ends a frame or a line, and without a number behind a
/// blank, which would be taken for the count.
fn frame(name: &str) -> String {
    let clean = |character: char| match character {
        ';' => ':',
        character if character.is_control() => ' ',
        character => character,
    };
    let text: String = name.chars().map(clean).collect();
    let text = text.trim();
    match text.rsplit_once(' ') {
        Some((head, tail)) if tail.starts_with(|first: char| first.is_ascii_digit()) => {
            format!("{head}_{tail}")
        }
        Some(_) | None if text.is_empty() => "[no name]".to_owned(),
        Some(_) | None => text.to_owned(),
    }
}
