//! Names as programmers wrote them, out of the names that linkers see.

use cpp_demangle::DemangleOptions;

/// A function's name with its parameters and without them.
pub(super) struct Written {
    pub(super) whole: String,
    pub(super) bare: String,
}

/// The name as it was written in C++ or Rust; none if it is not mangled.
pub(super) fn demangle(name: &str) -> Option<Written> {
    if let Ok(found) = rustc_demangle::try_demangle(name) {
        // Without the hash.
        let whole = format!("{found:#}");
        return Some(Written { bare: plain(&whole), whole });
    }
    if !name.starts_with("_Z") {
        return None;
    }
    let symbol = cpp_demangle::Symbol::new(name).ok()?;
    let options = DemangleOptions::new();
    let whole = symbol.demangle_with_options(&options).ok()?;
    let bare = symbol.demangle_with_options(&options.no_params().no_return_type()).ok()?;
    Some(Written { whole, bare })
}

/// A name of Rust as one writes it at a call: the two ways to mangle differ in `<shape::Square>::area`
/// for `shape::Square::area`, and in whether there are arguments for types, `larger::<i32>`.
fn plain(whole: &str) -> String {
    let mut name = whole.to_owned();
    if let Some((ty, rest)) = inside(whole, 0)
        && !ty.contains(" as ")
    {
        name = format!("{ty}{rest}");
    }
    while let Some(at) = name.find("::<") {
        let Some((_, rest)) = inside(&name, at + 2) else { break };
        name = format!("{}{rest}", &name[..at]);
    }
    name
}

/// What is between the `<` at `start` and its `>`, and what follows.
fn inside(text: &str, start: usize) -> Option<(&str, &str)> {
    let inner = text.get(start..)?.strip_prefix('<')?;
    let mut depth = 1;
    for (at, c) in inner.char_indices() {
        match c {
            '<' => depth += 1,
            // `->` is no bracket.
            '>' if !inner[..at].ends_with('-') => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some((&inner[..at], &inner[at + 1..]));
        }
    }
    None
}

/// Whether a mangled name can be what `pattern` means: the words of the pattern are in it as they
/// are, so that most names need not be taken apart.
pub(super) fn may_match(pattern: &str, name: &str) -> bool {
    let words = pattern.split('(').next().unwrap_or_default();
    let mut words = words
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        // `std` and operators are abbreviated.
        .filter(|word| word.len() > 3 && !word.starts_with("operator") && !STD.contains(word));
    words.all(|word| name.contains(word))
}

/// Words that the C++ ABI abbreviates.
const STD: &[&str] = &[
    "allocator",
    "basic_string",
    "string",
    "istream",
    "ostream",
    "iostream",
    "unsigned",
    "char",
    "short",
    "long",
    "float",
    "double",
    "bool",
    "const",
    "anonymous",
    "namespace",
];

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn names_of_rust_are_as_at_a_call() {
        for (whole, expected) in [
            ("<shape::Square>::area", "shape::Square::area"),
            ("shape::larger::<i32>", "shape::larger"),
            (
                "<a::B<fn(u8) -> c::D>>::new::<e::F<G>>::{closure#0}",
                "a::B<fn(u8) -> c::D>::new::{closure#0}",
            ),
            ("<a::B as c::D>::e", "<a::B as c::D>::e"),
            ("a::b", "a::b"),
            ("a::<b", "a::<b"),
        ] {
            assert_eq!(plain(whole), expected);
        }
    }
}
