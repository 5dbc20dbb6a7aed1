//! Turns diagnostics into text; the only user of `ariadne`.

use ariadne::{Config, IndexType, Label, Report, ReportKind, sources};

use crate::{Diagnostic, Level, Origin, SourceId, Sources, Span};

/// What ariadne shows of one line at the most, in bytes: a program may be one line of megabytes.
const LONGEST_LINE: usize = 400;

/// Renders `problem`, with colour when `color` says so.
pub fn render(problem: &Diagnostic, texts: &Sources, color: bool) -> String {
    let window = Window::around(problem, texts);
    let at = |span: Span| (window.name(span.source), window.range(span));
    let kind = match problem.level {
        Level::Error => ReportKind::Error,
        Level::Warning => ReportKind::Warning,
    };
    let config = Config::default().with_color(color).with_index_type(IndexType::Byte);
    let mut report = Report::build(kind, at(problem.primary.span))
        .with_config(config)
        .with_code(problem.code.id())
        .with_message(window.title(&problem.title, problem.primary.span))
        .with_label(Label::new(at(problem.primary.span)).with_message(&problem.primary.text));
    for label in &problem.related {
        report = report.with_label(Label::new(at(label.span)).with_message(&label.text));
    }
    for (span, text) in origins(problem.primary.span, texts) {
        report = report.with_label(Label::new(at(span)).with_message(text));
    }
    if let Some(help) = &problem.help {
        report = report.with_help(help);
    }
    let mut out = Vec::new();
    // Writing into a `Vec` cannot fail.
    let _ = report.finish().write(sources(window.texts()), &mut out);
    // `ariadne` pads lines; snapshots must not depend on invisible characters.
    let text = String::from_utf8_lossy(&out);
    text.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

/// The chain of imports and macro calls that lead to `span`.
fn origins(span: Span, texts: &Sources) -> Vec<(Span, &'static str)> {
    let chain = texts.origins(span.source).into_iter();
    let told = chain.filter_map(|origin| match origin {
        Origin::Root => None,
        Origin::Import(from) => Some((from, "imported here")),
        Origin::Expansion(call) => Some((call, "expanded from here")),
    });
    told.collect()
}

/// The texts as they are shown: over-long lines are cut to what lies around the primary label.
struct Window<'a> {
    texts: &'a Sources,
    cut: Option<Cut>,
}

/// One stretch of one text that stands for all of it.
struct Cut {
    source: SourceId,
    start: usize,
    end: usize,
}

impl<'a> Window<'a> {
    fn around(problem: &Diagnostic, texts: &'a Sources) -> Self {
        let span = problem.primary.span;
        let text: &str = &texts.get(span.source).text;
        let at = (span.start as usize).min(text.len());
        let start = text.as_bytes()[..at].iter().rposition(|&byte| byte == b'\n');
        let end = text.as_bytes()[at..].iter().position(|&byte| byte == b'\n');
        let (start, end) = (start.map_or(0, |i| i + 1), end.map_or(text.len(), |i| at + i));
        if end - start <= LONGEST_LINE {
            return Self { texts, cut: None };
        }
        let start = text.floor_char_boundary(at.saturating_sub(LONGEST_LINE / 2).max(start));
        let end = text.ceil_char_boundary((at + LONGEST_LINE / 2).min(end));
        let source = texts.original(span.source);
        Self { texts, cut: Some(Cut { source, start, end }) }
    }

    /// The title; with the place where what is shown is only a piece of a line.
    fn title(&self, title: &str, span: Span) -> String {
        if self.cut.is_none() {
            return title.to_owned();
        }
        let (line, column, _) = self.texts.get(span.source).position(span.start);
        format!("{title} (line {line}, column {column}; only the part around it is shown)")
    }

    fn name(&self, source: SourceId) -> String {
        // Copies of a text are shown as that text; two texts of one name are told apart by it.
        let source = self.texts.original(source);
        match self.texts.get(source).origin {
            Origin::Root | Origin::Import(_) => self.texts.get(source).name.clone(),
            Origin::Expansion(_) => format!("{}#{}", self.texts.get(source).name, source.0),
        }
    }

    fn range(&self, span: Span) -> std::ops::Range<usize> {
        let length = self.texts.get(span.source).text.len();
        let (start, end) = ((span.start as usize).min(length), (span.end as usize).min(length));
        match &self.cut {
            Some(cut) if cut.source == self.texts.original(span.source) => {
                let inside = |at: usize| at.clamp(cut.start, cut.end) - cut.start;
                inside(start)..inside(end).max(inside(start))
            }
            Some(_) | None => start..end.max(start),
        }
    }

    fn texts(&self) -> Vec<(String, String)> {
        let all = self.texts.iter().enumerate().map(|(index, it)| (SourceId(index as u32), it));
        let originals = all.filter(|(id, _)| self.texts.original(*id) == *id);
        originals
            .map(|(id, source)| {
                let text = match &self.cut {
                    Some(cut) if cut.source == id => source.text[cut.start..cut.end].to_owned(),
                    Some(_) | None => source.text.to_string(),
                };
                (self.name(id), text)
            })
            .collect()
    }
}
