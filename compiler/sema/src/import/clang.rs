//! What clang says of a program in C, in the place that it means.

use diag::{Code, Diagnostic, Origin, Source, SourceId, Sources, Span};
use stdlib::{Content, Kernel};

/// A complaint of clang's, `FILE:LINE:COLUMN: error: TEXT`, in the file that it is about. That one
/// was imported at `span`, or something that it includes.
pub(super) fn placed(
    said: &str,
    span: Span,
    sources: &mut Sources,
    kernel: &dyn Kernel,
) -> Option<Diagnostic> {
    let (place, text) = said.split_once(" error: ")?;
    let place = place.trim_end_matches(" fatal").trim_end_matches(':');
    let (place, column) = place.rsplit_once(':')?;
    let (file, line) = place.rsplit_once(':')?;
    let file = file.rsplit_once(": ").map_or(file, |(_, file)| file).trim_start_matches("./");
    let (line, column): (usize, usize) = (line.parse().ok()?, column.parse().ok()?);
    let Content::Bytes(bytes) = kernel.file(file).ok()??.content else { return None };
    let content = String::from_utf8(bytes).ok()?;
    let lines = content.split_inclusive('\n');
    let start = lines.take(line.checked_sub(1)?).map(str::len).sum::<usize>();
    let at = start + column.checked_sub(1)?;
    let rest = content.get(at..)?;
    let is_word = |it: char| it.is_alphanumeric() || it == '_';
    let length = rest.find(|it| !is_word(it)).filter(|length| *length > 0);
    let first = rest.chars().next().filter(|it| *it != '\n').map_or(0, char::len_utf8);
    let end = at + length.unwrap_or(first);
    let source = SourceId(sources.iter().count() as u32);
    let (name, origin) = (file.to_owned(), Origin::Import(span));
    sources.add(Source { name, text: content.into(), origin });
    let here = Span { source, start: at as u32, end: end as u32 };
    let title = format!("clang refuses it: {}", text.trim_end());
    Some(Diagnostic::new(Code::CannotImport, here, title, "says clang"))
}
