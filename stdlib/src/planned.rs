//! Words of bpftrace's language that have no row yet, so that a program with one is told so, and
//! not that there is no such word.

/// Builtins, functions and aggregations.
const WORDS: &[&str] = &["skboutput"];

/// Whether `name` is a word of the language that is not there yet.
pub fn is_word(name: &str) -> bool {
    WORDS.contains(&name)
}

#[cfg(test)]
mod tests {
    use crate::{aggregations, builtins, functions, prelude};

    #[test]
    fn nothing_has_a_row() {
        for name in super::WORDS {
            let known = builtins::find(name).is_some()
                || functions::find(name).is_some()
                || aggregations::find(name).is_some()
                || prelude::ALL.iter().any(|word| word.name == *name);
            assert!(!known, "{name}");
        }
    }
}
