//! "Did you mean": the known word that is nearest to a mistyped one.

/// The word of `known` that is most like `word`, if any is like it at all.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = word.to_lowercase();
    let scored = known.into_iter().map(|candidate| {
        (strsim::damerau_levenshtein(&wanted, &candidate.to_lowercase()), candidate)
    });
    let limit = (word.chars().count() / 3).clamp(1, 4);
    scored.filter(|(distance, _)| *distance <= limit).min().map(|(_, candidate)| candidate)
}
