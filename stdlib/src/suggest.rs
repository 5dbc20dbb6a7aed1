//! "Did you mean": the known word that is nearest to a mistyped one.

/// The word of `known` that is most like `word`, if any is like it at all.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = word.to_lowercase();
    let limit = (word.chars().count() / 3).clamp(1, 4);
    let letters = histogram(&wanted);
    let known: Vec<_> = known.into_iter().collect();
    // Written without its vowels, as many do: `cnt` is `count`, though `cat` is nearer.
    let short = known.iter().filter(|known| wanted.len() > 2 && is_short_for(&wanted, known));
    if let Some(long) = short.min_by_key(|known| known.len()) {
        return Some(long);
    }
    // Of words equally near, the one that begins the same: first letters are seldom wrong. Then the
    // one of equal length: letters are swapped more often than added.
    let scored = known.into_iter().filter_map(|candidate| {
        let lower = candidate.to_lowercase();
        // A kernel has 40,000 functions: most are ruled out by their letters alone.
        if wanted.is_ascii() && lower.is_ascii() && least(&letters, &histogram(&lower)) > limit
        {
            return None;
        }
        let distance = strsim::damerau_levenshtein(&wanted, &lower);
        let begins = lower.chars().next() != wanted.chars().next();
        Some((distance, begins, candidate.len().abs_diff(wanted.len()), candidate))
    });
    scored.filter(|(distance, ..)| *distance <= limit).min().map(|(.., candidate)| candidate)
}

/// Whether a word is another one without its vowels.
fn is_short_for(word: &str, long: &str) -> bool {
    let mut letters = long.chars().map(|letter| letter.to_ascii_lowercase());
    let is_vowel = |letter: &char| "aeiou".contains(*letter);
    let mut wanted = word.chars();
    word.len() < long.len()
        && letters.all(|letter| is_vowel(&letter) || wanted.next() == Some(letter))
        && wanted.next().is_none()
}

/// How often each letter comes in a word of ASCII.
fn histogram(word: &str) -> [u16; 128] {
    let mut found = [0_u16; 128];
    for byte in word.bytes() {
        let count = &mut found[usize::from(byte & 127)];
        *count = count.saturating_add(1);
    }
    found
}

/// No fewer changes make the one word of the other: each takes away one letter at most, and adds one.
fn least(one: &[u16; 128], other: &[u16; 128]) -> usize {
    let both = one.iter().zip(other);
    let more: usize = both.clone().map(|(a, b)| usize::from(a.saturating_sub(*b))).sum();
    let less: usize = both.map(|(a, b)| usize::from(b.saturating_sub(*a))).sum();
    more.max(less)
}
