//! Documents and how they are laid out in lines; not what they are documents of.
//!
//! A group stands on one line when it fits there, else all of its own breaks become line ends.

/// Lines are at most this long, where that is possible.
const WIDTH: usize = 96;

/// One step of indentation.
const STEP: usize = 2;

/// Text, and where it may be broken.
#[derive(Debug, Clone)]
pub(super) enum Doc {
    /// One token or comment. A comment may contain line ends, which are kept.
    Text(String),
    /// A comment at the end of a line, which must follow: it does not count when asking what fits on the line.
    Note(String),
    /// A blank.
    Space,
    /// A blank, or a line end in a broken group.
    Line,
    /// Nothing, or a line end in a broken group.
    Soft,
    /// A line end.
    Hard,
    /// A line end and an empty line.
    Blank,
    /// One after the other.
    List(Vec<Doc>),
    /// The same, one step further right.
    Indent(Vec<Doc>),
    /// On one line if it fits; `forced`: it can't.
    Group { docs: Vec<Doc>, forced: bool },
}

impl Doc {
    /// Whether no line can hold it.
    fn is_forced(&self) -> bool {
        match self {
            Self::Text(text) => text.contains('\n'),
            Self::Note(_) | Self::Hard | Self::Blank => true,
            Self::Space | Self::Line | Self::Soft => false,
            Self::List(docs) | Self::Indent(docs) => docs.iter().any(Self::is_forced),
            Self::Group { forced, .. } => *forced,
        }
    }
}

/// A token.
pub(super) fn text(it: impl Into<String>) -> Doc {
    Doc::Text(it.into())
}

/// What stands on one line if it fits.
pub(super) fn group(docs: Vec<Doc>) -> Doc {
    let forced = docs.iter().any(Doc::is_forced);
    Doc::Group { docs, forced }
}

/// `docs`, broken together, between brackets.
pub(super) fn bracketed(open: &str, docs: Vec<Doc>, close: &str) -> Doc {
    let mut inside = vec![Doc::Soft];
    inside.extend(docs);
    group(vec![text(open), Doc::Indent(inside), Doc::Soft, text(close)])
}

/// Lays `doc` out.
pub(super) fn render(doc: &Doc) -> String {
    let mut page = Page { out: String::new(), column: 0, gap: Gap::None };
    let mut todo = vec![Task { doc, indent: 0, mode: Mode::Broken }];
    while let Some(task) = todo.pop() {
        page.lay(task, &mut todo);
    }
    if !page.out.is_empty() {
        page.out.push('\n');
    }
    page.out
}

/// How a group is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Flat,
    Broken,
}

/// What stands between the last text and the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    None,
    Space,
    Newline,
    Blank,
}

#[derive(Debug, Clone, Copy)]
struct Task<'d> {
    doc: &'d Doc,
    indent: usize,
    mode: Mode,
}

struct Page {
    out: String,
    column: usize,
    gap: Gap,
}

impl Page {
    fn lay<'d>(&mut self, task: Task<'d>, todo: &mut Vec<Task<'d>>) {
        let Task { doc, indent, mode } = task;
        match doc {
            Doc::Text(it) | Doc::Note(it) => self.push(it, indent),
            Doc::Space => self.widen(Gap::Space),
            Doc::Line if mode == Mode::Flat => self.widen(Gap::Space),
            Doc::Soft if mode == Mode::Flat => {}
            Doc::Line | Doc::Soft | Doc::Hard => self.widen(Gap::Newline),
            Doc::Blank => self.widen(Gap::Blank),
            Doc::List(docs) => add(todo, docs, indent, mode),
            Doc::Indent(docs) => add(todo, docs, indent + STEP, mode),
            Doc::Group { docs, forced } => {
                let start = match self.gap {
                    Gap::None => self.column,
                    Gap::Space => self.column + 1,
                    Gap::Newline | Gap::Blank => indent,
                };
                let flat = !forced && (mode == Mode::Flat || fits(start, docs, todo));
                add(todo, docs, indent, if flat { Mode::Flat } else { Mode::Broken });
            }
        }
    }

    fn widen(&mut self, gap: Gap) {
        self.gap = self.gap.max(gap);
    }

    fn push(&mut self, it: &str, indent: usize) {
        let gap = std::mem::replace(&mut self.gap, Gap::None);
        let last = self.out.chars().next_back();
        match gap {
            _ if last.is_none() => {}
            Gap::None if merges(last, it) => self.out.push(' '),
            Gap::None => {}
            Gap::Space
                if matches!(last, Some('(' | '[')) || it.starts_with([')', ']', ',', ';']) => {}
            Gap::Space => {
                self.out.push(' ');
                self.column += 1;
            }
            Gap::Newline | Gap::Blank => {
                self.out.push_str(if gap == Gap::Blank { "\n\n" } else { "\n" });
                self.out.extend(std::iter::repeat_n(' ', indent));
                self.column = indent;
            }
        }
        self.out.push_str(it);
        self.column = match it.rfind('\n') {
            Some(at) => width(&it[at + 1..]),
            None => self.column + width(it),
        };
    }
}

/// Whether two tokens would become another one, or a comment, without a blank between them.
fn merges(last: Option<char>, next: &str) -> bool {
    match last {
        Some('/') => next.starts_with(['/', '*']),
        Some('-') => next.starts_with('-'),
        Some(_) | None => false,
    }
}

fn width(it: &str) -> usize {
    it.chars().count()
}

fn add<'d>(todo: &mut Vec<Task<'d>>, docs: &'d [Doc], indent: usize, mode: Mode) {
    todo.extend(docs.iter().rev().map(|doc| Task { doc, indent, mode }));
}

/// Whether `docs`, on one line from column `start`, and what follows up to the next possible
/// line end are no wider than a line.
fn fits(start: usize, docs: &[Doc], rest: &[Task<'_>]) -> bool {
    let Some(mut left) = WIDTH.checked_sub(start) else { return false };
    let mut todo: Vec<_> = docs.iter().rev().map(|doc| (doc, Mode::Flat)).collect();
    let mut rest = rest.iter().rev();
    loop {
        let Some((doc, mode)) = todo.pop().or_else(|| rest.next().map(|it| (it.doc, it.mode)))
        else {
            return true;
        };
        let used = match doc {
            Doc::Text(it) => width(it),
            Doc::Space => 1,
            Doc::Note(_) | Doc::Hard | Doc::Blank => return true,
            Doc::Line | Doc::Soft if mode == Mode::Broken => return true,
            Doc::Line => 1,
            Doc::Soft => 0,
            Doc::List(docs) | Doc::Indent(docs) | Doc::Group { docs, .. } => {
                todo.extend(docs.iter().rev().map(|doc| (doc, mode)));
                0
            }
        };
        let Some(now) = left.checked_sub(used) else { return false };
        left = now;
    }
}
