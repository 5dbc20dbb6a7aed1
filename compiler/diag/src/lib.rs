//! Source texts, spans, the diagnostic type, and the registry of diagnostic codes.
//!
//! This crate is the leaf of the workspace: every other crate may depend on it,
//! and it depends on none of them.

mod codes;
mod compat;
mod render;
mod source;

pub use codes::Code;
pub use compat::render_compat;
pub use render::render;
pub use source::{Origin, Source, SourceId, Sources, Span};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The program runs, but probably not as meant.
    Warning,
    /// The program is refused.
    Error,
}

/// A note that points at a piece of source text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// Where the label points.
    pub span: Span,
    /// What is said there.
    pub text: String,
    /// bpftrace's words for it. Places for which it has none are not shown in compatibility mode.
    pub compat: Option<String>,
}

/// One problem in the user's program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Whether it stops the program.
    pub level: Level,
    /// Which rule was broken.
    pub code: Code,
    /// The headline: one sentence fragment, lower case, no final full stop.
    pub title: String,
    /// The place to fix.
    pub primary: Label,
    /// Places that explain why.
    pub related: Vec<Label>,
    /// What to type instead.
    pub help: Option<String>,
    /// The same said in bpftrace's words, for compatibility mode, without its
    /// `FILE:LINE:COL: ERROR:` prefix. Without it the title serves.
    pub compat: Option<String>,
    /// The same for the help.
    pub compat_help: Option<String>,
}

impl Diagnostic {
    /// Starts an error that points at `span`.
    pub fn new(
        code: Code,
        span: Span,
        title: impl Into<String>,
        label: impl Into<String>,
    ) -> Self {
        Self {
            level: Level::Error,
            code,
            title: title.into(),
            primary: Label { span, text: label.into(), compat: None },
            related: Vec::new(),
            help: None,
            compat_help: None,
            compat: None,
        }
    }

    /// Makes it a warning.
    #[must_use]
    pub fn warning(mut self) -> Self {
        self.level = Level::Warning;
        self
    }

    /// Adds a place that explains why.
    #[must_use]
    pub fn related(mut self, span: Span, text: impl Into<String>) -> Self {
        self.related.push(Label { span, text: text.into(), compat: None });
        self
    }

    /// Gives bpftrace's words for the place that was added last.
    #[must_use]
    pub fn related_compat(mut self, text: impl Into<String>) -> Self {
        if let Some(last) = self.related.last_mut() {
            last.compat = Some(text.into());
        }
        self
    }

    /// Says what to type instead.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    /// Says what to type where bpftrace is expected, for what differs there.
    #[must_use]
    pub fn compat_help(mut self, text: impl Into<String>) -> Self {
        self.compat_help = Some(text.into());
        self
    }

    /// Gives bpftrace's words for it.
    #[must_use]
    pub fn compat(mut self, text: impl Into<String>) -> Self {
        self.compat = Some(text.into());
        self
    }
}

/// Sorts `problems` as a reader meets them: by source text, then by place.
pub fn sort(problems: &mut [Diagnostic]) {
    problems.sort_by_key(|problem| problem.primary.span);
}

/// Whether any of `problems` stops the program.
pub fn any_error(problems: &[Diagnostic]) -> bool {
    problems.iter().any(|problem| problem.level == Level::Error)
}
