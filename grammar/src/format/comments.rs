//! Where comments go. They are in no node, so each is put before the token that follows it,
//! or behind what it follows on its line.
//!
//! A place that is chosen here must be the place where the next run finds the comment.

use crate::ast::{Comment, CommentKind};
use crate::format::layout::{Doc, text};
use crate::words;

/// Writes a program from its tree, comments in between.
pub(super) struct Writer<'s> {
    pub(super) source: &'s str,
    comments: &'s [Comment],
    /// The first comment that is not written yet.
    next: usize,
    /// Whether a bare `{` would be taken for the probe's action.
    pub(super) in_predicate: bool,
}

/// Things that stand one below the other: items, statements, settings.
pub(super) struct Sequence {
    /// Where the last of them ends in the source.
    end: u32,
    /// What separates the next from it.
    gap: Separation,
}

/// What separates a thing from the one above it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Separation {
    /// Nothing is above it.
    First,
    /// A comment on the same line.
    Glued,
    /// A line end, and an empty line if there was one.
    AsWritten,
    /// An empty line.
    Blank,
}

impl Sequence {
    /// One whose first thing follows `end`.
    pub(super) fn new(end: u32, gap: Separation) -> Self {
        Self { end, gap }
    }

    /// Asks for an empty line before the next.
    pub(super) fn separate(&mut self) {
        if self.gap == Separation::AsWritten {
            self.gap = Separation::Blank;
        }
    }
}

impl<'s> Writer<'s> {
    pub(super) fn new(source: &'s str, comments: &'s [Comment]) -> Self {
        Self { source, comments, next: 0, in_predicate: false }
    }

    /// The next comment, if it begins before `end`.
    fn peek(&self, end: u32) -> Option<Comment> {
        self.comments.get(self.next).copied().filter(|it| it.span.start < end)
    }

    /// Whether a comment that is not written yet begins before `end`.
    pub(super) fn has_comment(&self, end: u32) -> bool {
        self.peek(end).is_some()
    }

    /// Where the token stands that follows `at`.
    pub(super) fn token_after(&self, at: u32) -> u32 {
        let rest = self.source.get(at as usize..).unwrap_or_default();
        (self.source.len() - words::skip_blanks(rest).len()) as u32
    }

    fn between(&self, start: u32, end: u32) -> &'s str {
        self.source.get(start as usize..end as usize).unwrap_or_default()
    }

    fn starts_line(&self, it: Comment) -> bool {
        let before = self.between(0, it.span.start).trim_end_matches([' ', '\t']);
        before.is_empty() || before.ends_with('\n')
    }

    /// What follows `it` and the comments behind it on its line.
    fn after(&self, it: Comment) -> &'s str {
        let mut rest = self.source.get(it.span.end as usize..).unwrap_or_default();
        loop {
            rest = rest.trim_start_matches([' ', '\t', '\r']);
            if !rest.starts_with("/*") {
                return rest;
            }
            rest = words::skip_comment(rest);
        }
    }

    fn ends_line(&self, it: Comment) -> bool {
        let rest = self.after(it);
        it.kind == CommentKind::Line
            || rest.is_empty()
            || rest.starts_with(['\n'])
            || rest.starts_with("//")
    }

    /// Whether not even a comment stands behind it on its line.
    fn is_alone_to_the_right(&self, it: Comment) -> bool {
        let rest = self.source.get(it.span.end as usize..).unwrap_or_default();
        let rest = rest.trim_start_matches([' ', '\t', '\r']);
        rest.is_empty() || rest.starts_with('\n')
    }

    /// Whether it is a block comment with code behind it on its line.
    fn is_inline(&self, it: Comment) -> bool {
        !self.ends_line(it)
    }

    /// The comment's text.
    fn body(&self, it: Comment) -> Doc {
        let lines: Vec<_> =
            self.between(it.span.start, it.span.end).lines().map(str::trim_end).collect();
        let starred = lines.iter().skip(1).all(|line| line.trim_start().starts_with('*'));
        if lines.len() < 2 || !starred {
            return text(lines.join("\n"));
        }
        let mut docs = Vec::with_capacity(2 * lines.len());
        for (at, line) in lines.iter().enumerate() {
            if at > 0 {
                docs.push(Doc::Hard);
            }
            docs.push(if at > 0 {
                text(format!(" {}", line.trim_start()))
            } else {
                text(*line)
            });
        }
        Doc::List(docs)
    }

    fn note(&self, it: Comment) -> Doc {
        let shown = self.between(it.span.start, it.span.end).trim_end();
        if shown.contains('\n') {
            return Doc::List(vec![self.body(it), Doc::Hard]);
        }
        Doc::Note(shown.to_owned())
    }

    /// The next comment in the middle of something.
    fn flow(&mut self, it: Comment, docs: &mut Vec<Doc>) {
        self.next += 1;
        let starts = self.starts_line(it);
        let ends = self.is_alone_to_the_right(it);
        if it.kind == CommentKind::Line {
            docs.extend([
                if starts { Doc::Hard } else { Doc::Space },
                self.note(it),
                Doc::Hard,
            ]);
        } else if starts && ends {
            docs.extend([Doc::Hard, self.body(it), Doc::Hard]);
        } else {
            docs.extend([Doc::Space, self.body(it), Doc::Space]);
        }
    }

    /// The comments before `end`.
    pub(super) fn before(&mut self, end: u32) -> Vec<Doc> {
        let mut docs = Vec::new();
        while let Some(it) = self.peek(end) {
            self.flow(it, &mut docs);
        }
        docs
    }

    /// The comments before `end`, up to the first that has nothing behind it on its line.
    pub(super) fn inline_before(&mut self, end: u32) -> Vec<Doc> {
        let mut docs = Vec::new();
        while let Some(it) = self.peek(end).filter(|&it| self.is_inline(it)) {
            self.flow(it, &mut docs);
        }
        docs
    }

    /// The comments before the operator at `operator`, and those behind it which end their
    /// line and stand before `end`: they go to the end of the line before.
    pub(super) fn around(&mut self, operator: u32, end: u32) -> Vec<Doc> {
        let mut docs = self.before(operator);
        let rest = self.comments.get(self.next..).unwrap_or_default();
        let rest = rest.iter().take_while(|it| it.span.start < end);
        if let Some(&last) = rest.filter(|&&it| !self.is_inline(it)).last() {
            docs.extend(self.before(last.span.end));
        }
        docs
    }

    /// The comments behind an element of a list, and its comma, up to the line's end.
    pub(super) fn behind_comma(&mut self, end: u32, next: u32) -> Vec<Doc> {
        let comma = self.token_after(end);
        let mut docs = self.inline_before(comma);
        docs.push(text(","));
        while let Some(it) = self.peek(next)
            && !self.is_inline(it)
            && !self.between(comma, it.span.start).contains('\n')
        {
            self.flow(it, &mut docs);
            if matches!(docs.last(), Some(Doc::Hard)) || self.is_last(it) {
                break;
            }
        }
        docs
    }

    // ── things below each other ──

    /// What stands between the last thing of `seq` and one that begins at `start`.
    pub(super) fn separator(&self, seq: &Sequence, start: u32) -> Doc {
        let empty = || {
            let mut lines = self.between(seq.end, start).split('\n');
            lines.next();
            lines.next_back();
            lines.any(|line| line.trim().is_empty())
        };
        match seq.gap {
            Separation::Glued => Doc::Space,
            Separation::Blank => Doc::Blank,
            Separation::AsWritten if empty() => Doc::Blank,
            Separation::First | Separation::AsWritten => Doc::Hard,
        }
    }

    /// The comments before `end`, each where a thing could stand.
    pub(super) fn above(&mut self, seq: &mut Sequence, end: u32) -> Vec<Doc> {
        let mut docs = Vec::new();
        while let Some(it) = self.peek(end) {
            self.next += 1;
            docs.push(self.separator(seq, it.span.start));
            let glued = it.kind == CommentKind::Block && !self.is_alone_to_the_right(it);
            docs.push(if it.kind == CommentKind::Line { self.note(it) } else { self.body(it) });
            seq.gap = if glued { Separation::Glued } else { Separation::AsWritten };
            seq.end = it.span.end;
        }
        docs
    }

    /// The comments behind a thing that ends at `end`, on its line.
    pub(super) fn notes(&mut self, seq: &mut Sequence, end: u32) -> Vec<Doc> {
        let mut docs = Vec::new();
        (seq.end, seq.gap) = (end, Separation::AsWritten);
        while let Some(it) = self.peek(u32::MAX).filter(|&it| self.belongs_to(it, seq.end)) {
            self.next += 1;
            docs.extend([Doc::Space, self.note(it)]);
            seq.end = seq.end.max(it.span.end);
            if self.is_last(it) {
                break;
            }
        }
        docs
    }

    /// The comments behind the `{` at `open`, on its line, and one that stood before it.
    pub(super) fn behind_brace(&mut self, seq: &mut Sequence, open: u32) -> Vec<Doc> {
        let mut docs = Vec::new();
        (seq.end, seq.gap) = (open + 1, Separation::First);
        while let Some(it) = self.peek(u32::MAX) {
            let blank =
                self.between(seq.end, it.span.start).trim_matches([' ', '\t']).is_empty();
            if self.is_inline(it) || !blank {
                break;
            }
            self.next += 1;
            docs.extend([Doc::Space, self.note(it)]);
            seq.end = seq.end.max(it.span.end);
            if self.is_last(it) {
                break;
            }
        }
        docs
    }

    /// Whether no other comment can stand behind it on its line.
    fn is_last(&self, it: Comment) -> bool {
        it.kind == CommentKind::Line || self.between(it.span.start, it.span.end).contains('\n')
    }

    /// Whether nothing but punctuation stands between a thing's end and the comment, and nothing
    /// but that behind the comment.
    fn belongs_to(&self, it: Comment, end: u32) -> bool {
        if it.span.start < end {
            return true;
        }
        let blank = |c: char| matches!(c, ' ' | '\t' | ';');
        let touches = self.between(end, it.span.start).chars().all(blank);
        touches && (self.ends_line(it) || self.after(it).starts_with([';', '}']))
    }
}
