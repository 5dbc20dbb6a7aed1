//! The texts that a program is made of, and places in them.

use serde::{Deserialize, Serialize};

/// Which text a span lies in.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct SourceId(pub u32);

/// A half-open byte range of one source text.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Span {
    /// The text.
    pub source: SourceId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// From the start of `self` to the end of `other`, which lies in the same text.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self { source: self.source, start: self.start, end: other.end.max(self.start) }
    }

    /// The empty range right after `self`.
    #[must_use]
    pub fn after(self) -> Self {
        Self { source: self.source, start: self.end, end: self.end }
    }
}

/// How a text came into the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Origin {
    /// The user gave it: a file, `-e` or standard input.
    Root,
    /// An `import` at this place brought it.
    Import(Span),
    /// It is the body of a macro, copied for the call at this place.
    Expansion(Span),
}

/// One text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// What messages call it: the file's name as given, or `stdin`.
    pub name: String,
    /// The text itself.
    pub text: String,
    /// How it came into the program.
    pub origin: Origin,
}

impl Source {
    /// The 1-based line and column (in bytes) of byte `offset`, and that line's text.
    pub fn position(&self, offset: u32) -> (u32, u32, &str) {
        let offset = (offset as usize).min(self.text.len());
        let before = &self.text.as_bytes()[..offset];
        let line = before.iter().filter(|&&byte| byte == b'\n').count();
        let start = before.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
        let end = self.text.as_bytes()[start..].iter().position(|&byte| byte == b'\n');
        let end = end.map_or(self.text.len(), |length| start + length);
        let text = self.text.get(start..end).unwrap_or_default();
        (line as u32 + 1, (offset - start) as u32 + 1, text)
    }
}

/// Every text of a program.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sources {
    list: Vec<Source>,
}

impl Sources {
    /// One root text.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        let root = Source { name: name.into(), text: text.into(), origin: Origin::Root };
        Self { list: vec![root] }
    }

    /// Adds a text.
    pub fn add(&mut self, source: Source) -> SourceId {
        self.list.push(source);
        SourceId(self.list.len() as u32 - 1)
    }

    /// The text called `id`.
    pub fn get(&self, id: SourceId) -> &Source {
        &self.list[id.0 as usize]
    }

    /// What is written at `span`.
    pub fn text(&self, span: Span) -> &str {
        let text = &self.get(span.source).text;
        text.get(span.start as usize..span.end as usize).unwrap_or_default()
    }

    /// Every text, in the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = &Source> {
        self.list.iter()
    }
}
