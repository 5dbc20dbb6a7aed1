//! Patterns of names.

/// Whether `text` matches `pattern`, in which only `*` is special.
pub fn matches(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(first) else { return false };
    let Some((middle, last)) = rest.rsplit_once('*') else { return text.ends_with(rest) };
    for piece in middle.split('*').filter(|piece| !piece.is_empty()) {
        let Some(at) = text.find(piece) else { return false };
        text = &text[at + piece.len()..];
    }
    text.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn stars_match_any_text() {
        for (pattern, text, expected) in [
            ("vfs_read", "vfs_read", true),
            ("vfs_*", "vfs_read", true),
            ("*read", "vfs_read", true),
            ("*_*", "vfs_read", true),
            ("v*r*d", "vfs_read", true),
            ("v*x*d", "vfs_read", false),
            ("*", "", true),
            ("ab*ba", "aba", false),
            ("vfs_reads", "vfs_read", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }
}
