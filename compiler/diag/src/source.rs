//! The texts that a program is made of, and places in them.

use std::{collections::BTreeMap, sync::Arc};

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
    pub text: Arc<str>,
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
    /// Texts that are there once more, by the number of the copy.
    copies: BTreeMap<SourceId, SourceId>,
}

impl Sources {
    /// One root text.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        let text = Arc::from(text.into());
        let root = Source { name: name.into(), text, origin: Origin::Root };
        Self { list: vec![root], copies: BTreeMap::new() }
    }

    /// Adds a text.
    pub fn add(&mut self, source: Source) -> SourceId {
        self.list.push(source);
        SourceId(self.list.len() as u32 - 1)
    }

    /// Adds the text called `id` once more, as what the call at `call` brought.
    pub fn expand(&mut self, id: SourceId, call: Span) -> SourceId {
        let Source { name, text, .. } = self.get(id).clone();
        let copy = self.add(Source { name, text, origin: Origin::Expansion(call) });
        self.copies.insert(copy, self.original(id));
        copy
    }

    /// The text that `id` is a copy of: itself, if it is none.
    pub fn original(&self, id: SourceId) -> SourceId {
        self.copies.get(&id).copied().unwrap_or(id)
    }

    /// Texts that are there once more, by the number of the copy.
    pub const fn copies(&self) -> &BTreeMap<SourceId, SourceId> {
        &self.copies
    }

    /// The places that brought the text called `id`, the nearest first.
    pub fn origins(&self, mut id: SourceId) -> Vec<Origin> {
        let mut chain = Vec::new();
        loop {
            let origin = self.get(id).origin;
            match origin {
                Origin::Root => return chain,
                Origin::Import(from) | Origin::Expansion(from) => id = from.source,
            }
            chain.push(origin);
        }
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
