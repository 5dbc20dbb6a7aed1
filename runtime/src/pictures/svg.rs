//! The little of SVG that pictures of our own need.

use std::io::Write;

use super::Caption;

// Writing to a vector can't fail.

/// The start of a picture: a white sheet with its title.
pub(super) fn open(out: &mut Vec<u8>, (width, height): (f64, f64), caption: &Caption) {
    _ = write!(
        out,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n"
    );
    text(out, (width / 2.0, 22.0), ("middle", 16), &caption.title);
}

/// Its end.
pub(super) fn close(out: &mut Vec<u8>) {
    out.extend_from_slice(b"</svg>\n");
}

/// A picture that says only why there is none.
pub(super) fn empty(out: &mut Vec<u8>, caption: &Caption, why: &str) {
    open(out, (600.0, 80.0), caption);
    text(out, (300.0, 52.0), ("middle", 12), why);
    close(out);
}

/// A line of text at a place: its anchor (`start`, `middle`, `end`) and its size.
pub(super) fn text(
    out: &mut Vec<u8>,
    (x, y): (f64, f64),
    (anchor, size): (&str, u32),
    words: &str,
) {
    let words = escaped(words);
    _ = writeln!(
        out,
        "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" font-size=\"{size}\">{words}</text>"
    );
}

/// Text as XML has it; control characters, which it has not, become blanks.
pub(super) fn escaped(words: &str) -> String {
    let mut text = String::with_capacity(words.len());
    for character in words.chars() {
        match character {
            '&' => text += "&amp;",
            '<' => text += "&lt;",
            '>' => text += "&gt;",
            '"' => text += "&quot;",
            character if character.is_control() => text.push(' '),
            '\u{fffe}' | '\u{ffff}' => text.push(' '),
            character => text.push(character),
        }
    }
    text
}
