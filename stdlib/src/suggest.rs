//! "Did you mean": the known word that is nearest to a mistyped one.

/// The word of `known` that is most like `word`, if any is like it at all.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = word.to_lowercase();
    // Of words equally near, the one that begins the same: first letters are seldom wrong. Then the
    // one of equal length: letters are swapped more often than added.
    let scored = known.into_iter().map(|candidate| {
        let distance = strsim::damerau_levenshtein(&wanted, &candidate.to_lowercase());
        let begins = candidate.to_lowercase().chars().next() != wanted.chars().next();
        (distance, begins, candidate.len().abs_diff(wanted.len()), candidate)
    });
    let limit = (word.chars().count() / 3).clamp(1, 4);
    scored.filter(|(distance, ..)| *distance <= limit).min().map(|(.., candidate)| candidate)
}
