//! Patterns of `-l`, taken apart.

/// The patterns of a list: commas inside of brackets and quotes are a name's own.
pub(super) fn several(text: &str) -> Vec<&str> {
    split(text, ',')
}

/// The parts of one pattern, without quotes. Names of C++ have colons themselves, so that after
/// `cpp` all is one part.
pub(super) fn parts(text: &str) -> Vec<String> {
    let plain = |part: &str| part.replace('"', "");
    let mut parts: Vec<_> = split(text, ':').into_iter().map(plain).collect();
    if parts.get(2).is_some_and(|part| part == "cpp") && parts.len() > 4 {
        let name = parts.split_off(3).join(":");
        parts.push(name);
    }
    parts
}

fn split(text: &str, separator: char) -> Vec<&str> {
    let mut found = Vec::new();
    let (mut start, mut depth, mut quoted) = (0, 0, false);
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '(' | '<' if !quoted => depth += 1,
            ')' | '>' if !quoted => depth -= 1,
            c if c == separator && !quoted && depth <= 0 => {
                found.push(&text[start..at]);
                start = at + c.len_utf8();
            }
            _ => {}
        }
    }
    found.push(&text[start..]);
    found
}

#[cfg(test)]
mod tests {
    use super::{parts, several};

    #[test]
    fn names_keep_their_own_commas_and_colons() {
        assert_eq!(several("iter:*,software:*"), ["iter:*", "software:*"]);
        assert_eq!(several("u:a:cpp:f(int, char)"), ["u:a:cpp:f(int, char)"]);
        let name = "uprobe:/bin/x:cpp:\"a::b<c, d>::e(int)\"";
        assert_eq!(several(name), [name]);
        assert_eq!(parts(name), ["uprobe", "/bin/x", "cpp", "a::b<c, d>::e(int)"]);
        assert_eq!(parts("uprobe:x:cpp:a::b*"), ["uprobe", "x", "cpp", "a::b*"]);
        assert_eq!(parts("vfs_*"), ["vfs_*"]);
    }
}
