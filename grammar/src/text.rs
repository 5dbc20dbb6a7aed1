//! Bytes to text: programs are UTF-8, and what is not is shown to the user.

use diag::{Code, Diagnostic, SourceId, Span};

/// Bytes that are no text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotText {
    /// The bytes as text for the message to show, each wrong sequence replaced by `\u{fffd}`.
    pub text: String,
    /// The message; its span lies in `text`.
    pub problem: Diagnostic,
}

/// The text that `bytes` are, which will be the source called `id`.
///
/// # Errors
///
/// Returns what to show when they are not UTF-8, or have a zero byte among them.
pub fn decode(id: SourceId, bytes: Vec<u8>) -> Result<String, Box<NotText>> {
    let (text, at) = match String::from_utf8(bytes) {
        Ok(text) => match text.find('\0') {
            None => return Ok(text),
            Some(at) => return Err(not_text(id, text, at, 1)),
        },
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            (String::from_utf8_lossy(error.as_bytes()).into_owned(), at)
        }
    };
    Err(not_text(id, text, at, '\u{fffd}'.len_utf8()))
}

fn not_text(source: SourceId, text: String, at: usize, length: usize) -> Box<NotText> {
    // A binary file is no fun to look at: what lies far behind the place is left out.
    let mut text = text;
    text.truncate(text.ceil_char_boundary((at + length).max(at + 200).min(text.len())));
    let span = Span { source, start: at as u32, end: (at + length) as u32 };
    let title = "the program is not text";
    let problem = Diagnostic::new(Code::NotText, span, title, "this is not UTF-8 text")
        .help("give a script; inside of a string write such bytes as `\\xHH`")
        .compat("syntax: unexpected input in block");
    Box::new(NotText { text, problem })
}
