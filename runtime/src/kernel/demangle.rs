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
        return Some(Written { bare: whole.clone(), whole });
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
