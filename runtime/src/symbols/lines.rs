//! A stack as it is printed. Many stacks share most of their lines, so each line is there once.

use std::{borrow::Cow, sync::Arc};

/// Text of several lines, with a line break before the first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lines<'a> {
    parts: Parts<'a>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Parts<'a> {
    Whole(Cow<'a, str>),
    /// One for each frame; the line break is not among them.
    Frames(Vec<Arc<str>>),
}

impl<'a> Lines<'a> {
    /// One for each frame, each ended by a line break.
    pub(crate) const fn of(frames: Vec<Arc<str>>) -> Self {
        Self { parts: Parts::Frames(frames) }
    }

    /// The parts of the text, in order.
    pub fn parts(&self) -> impl Iterator<Item = &str> {
        let (first, frames): (&str, &[Arc<str>]) = match &self.parts {
            Parts::Whole(text) => (text, &[]),
            Parts::Frames(frames) => ("\n", frames),
        };
        std::iter::once(first).chain(frames.iter().map(|frame| &**frame))
    }
}

impl<'a, T: Into<Cow<'a, str>>> From<T> for Lines<'a> {
    fn from(text: T) -> Self {
        Self { parts: Parts::Whole(text.into()) }
    }
}
