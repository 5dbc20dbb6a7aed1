//! Texts with patterns: what a run prints is known but for ids, times and counts.
//!
//! `<int>` stands for digits with an optional sign, `<hex>` for hexadecimal digits, `<any>` for
//! any text of one line; a line `<lines>` alone for any number of lines. Everything else stands for itself.

/// Whether `found` is what `expected` describes; the first line that is not, otherwise.
///
/// # Errors
///
/// Returns the number of the line (from 1) in `found` at which it goes wrong.
pub fn matches(expected: &str, found: &str) -> Result<(), usize> {
    let expected: Vec<_> = expected.trim_end_matches('\n').lines().collect();
    let found: Vec<_> = found.trim_end_matches('\n').lines().collect();
    lines(&expected, &found, 1)
}

fn lines(expected: &[&str], found: &[&str], number: usize) -> Result<(), usize> {
    let Some((first, rest)) = expected.split_first() else {
        return if found.is_empty() { Ok(()) } else { Err(number) };
    };
    if *first == "<lines>" {
        let from =
            (0..=found.len()).find(|&skip| lines(rest, &found[skip..], number + skip).is_ok());
        return from.map(|_| ()).ok_or(number);
    }
    match found.split_first() {
        Some((line, others)) if line_matches(first, line) => lines(rest, others, number + 1),
        Some(_) | None => Err(number),
    }
}

fn line_matches(pattern: &str, line: &str) -> bool {
    let marks = ["<int>", "<hex>", "<any>"];
    let next = marks.iter().filter_map(|mark| Some((pattern.find(mark)?, *mark))).min();
    let Some((at, mark)) = next else { return pattern == line };
    let Some(line) = line.strip_prefix(&pattern[..at]) else { return false };
    let rest = &pattern[at + mark.len()..];
    let fits = |text: &str| match mark {
        "<int>" => {
            let digits = text.strip_prefix('-').unwrap_or(text);
            !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
        }
        "<hex>" => !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit()),
        _ => true,
    };
    let mut ends = line.char_indices().map(|(end, _)| end).chain([line.len()]);
    ends.any(|end| fits(&line[..end]) && line_matches(rest, &line[end..]))
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns_stand_for_what_varies() {
        for (expected, found, result) in [
            ("@: <int>\n", "@: 42\n", Ok(())),
            ("@: <int>", "@: x", Err(1)),
            ("pid <int> of <any>!", "pid 7 of a b!", Ok(())),
            ("a\n<lines>\nz", "a\nb\nc\nz", Ok(())),
            ("a\n<lines>\nz", "a\nz", Ok(())),
            ("a\nb", "a", Err(2)),
            ("a", "a\nb", Err(2)),
            ("0x<hex>", "0xffffc0de", Ok(())),
            ("<int>", "-3", Ok(())),
        ] {
            assert_eq!(matches(expected, found), result, "{expected:?} {found:?}");
        }
    }
}
