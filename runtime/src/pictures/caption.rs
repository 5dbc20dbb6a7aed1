//! What is written beside a picture: it comes from the script's own text.

use ir::{Program, Reduce, Table, TableId, Ty};

use crate::value::has_stack;

/// Words for a picture.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Caption {
    /// The map as the script writes it, with its key.
    pub title: String,
    /// What is counted.
    pub unit: String,
    /// The parts of the key that are no stacks.
    pub labels: Vec<String>,
}

impl Caption {
    /// Words for this map.
    pub fn of(program: &Program, id: TableId) -> Self {
        let table = &program.tables[id];
        let unit = if matches!(table.value, Ty::Reduced(Reduce::Count)) {
            "samples"
        } else {
            table.name.trim_start_matches('@')
        };
        let unit = if unit.is_empty() { "total" } else { unit };
        let source = program.sources.get(table.span.source);
        let text = source.text.get(table.span.start as usize..).unwrap_or_default();
        let key = text.strip_prefix(table.name.as_str()).and_then(key).unwrap_or_default();
        let title = if key.is_empty() {
            table.name.clone()
        } else {
            format!("{}[{}]", table.name, key.join(", "))
        };
        let labels = labels(table, &key);
        Self { title, unit: unit.to_owned(), labels }
    }

    /// What the part of the key that is called so is called.
    pub(super) fn label(&self, index: usize) -> String {
        self.labels.get(index).cloned().unwrap_or_else(|| format!("key{}", index + 1))
    }
}

/// Of the parts of a key those that are no stacks; none if its type has not as many.
fn labels(table: &Table, key: &[String]) -> Vec<String> {
    let parts = match &table.key {
        Some(Ty::Tuple(items)) => items.as_slice(),
        Some(other) => std::slice::from_ref(other),
        None => &[],
    };
    // A tuple within the key has several labels.
    let is_plain = |ty: &Ty| !matches!(ty, Ty::Tuple(_)) && !has_stack(ty);
    if parts.len() != key.len() || parts.iter().any(|ty| !is_plain(ty) && !is_stack(ty)) {
        return Vec::new();
    }
    let with_name = parts.iter().zip(key).filter(|(ty, _)| is_plain(ty));
    with_name.map(|(_, name)| name.clone()).collect()
}

const fn is_stack(ty: &Ty) -> bool {
    matches!(ty, Ty::Packed(ir::Packed::Stack(_)))
}

/// The parts of the key at the start of `text`: what is between its brackets, by commas.
fn key(text: &str) -> Option<Vec<String>> {
    let text = text.trim_start().strip_prefix('[')?;
    let (mut parts, mut part) = (Vec::new(), String::new());
    let (mut depth, mut quoted, mut escaped) = (0, false, false);
    for character in text.chars() {
        let in_text = quoted;
        match character {
            _ if escaped => escaped = false,
            '\\' if in_text => escaped = true,
            '"' => quoted = !quoted,
            '[' | '(' | '{' if !in_text => depth += 1,
            ']' if !in_text && depth == 0 => {
                parts.push(words(&part));
                return Some(parts);
            }
            ']' | ')' | '}' if !in_text => depth -= 1,
            ',' if !in_text && depth == 0 => {
                parts.push(words(&part));
                part.clear();
                continue;
            }
            _ => {}
        }
        part.push(character);
    }
    None
}

/// Text with one blank where there were several, or line breaks.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::key;

    #[test]
    fn keys_are_read_as_they_are_written() {
        let parts = |text| key(text).map(|parts| parts.join(" | "));
        assert_eq!(parts("[kstack, comm] = 1").as_deref(), Some("kstack | comm"));
        assert_eq!(parts("[a[1], f(x,\n  y)]").as_deref(), Some("a[1] | f(x, y)"));
        assert_eq!(parts(r#"["a,]\"", b]"#).as_deref(), Some(r#""a,]\"" | b"#));
        assert_eq!(parts(" = 1"), None);
        assert_eq!(parts("[a, b"), None);
    }
}
