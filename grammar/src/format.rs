//! Tree to text: the one layout in which programs are written.
//!
//! What a program means never changes: parsing the text again gives the same tree.
//! Literals, attach points and C are copied from the source as they stand there.

mod comments;
mod exprs;
mod items;
mod layout;
mod places;
mod stmts;
mod types;

use diag::{SourceId, Sources};

use crate::Parsed;
use comments::Writer;

/// The program `parsed`, which is the text called `id`, in canonical layout.
///
/// A program with errors comes back as it stands: parts of it are missing in its tree.
pub fn format(sources: &Sources, id: SourceId, parsed: &Parsed) -> String {
    let source = &*sources.get(id).text;
    if diag::any_error(&parsed.problems) {
        return source.to_owned();
    }
    let doc = Writer::new(source, &parsed.comments).program(&parsed.program);
    layout::render(&doc)
}
