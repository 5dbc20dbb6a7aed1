//! Flame graphs, drawn by inferno.

use std::io;

use inferno::flamegraph::{self, Options, Palette, TextTruncateDirection, color::MultiPalette};

use super::{Caption, folded, samples::Samples};

/// The width of a picture.
const WIDTH: usize = 1200;

/// A flame graph as SVG, with a search and a zoom of its own in browsers.
///
/// # Errors
///
/// Returns what inferno could not do.
pub fn flame(samples: &Samples, caption: &Caption) -> io::Result<Vec<u8>> {
    let mut options = Options::default();
    options.title.clone_from(&caption.title);
    options.subtitle = Some(format!("{} {}", samples.total(), caption.unit));
    options.count_name.clone_from(&caption.unit);
    options.name_type = "Function:".to_owned();
    options.colors = Palette::Multi(MultiPalette::Java);
    // Equal runs make equal pictures.
    options.hash = true;
    options.deterministic = true;
    options.image_width = Some(WIDTH);
    options.text_truncate_direction = TextTruncateDirection::Right;
    let mut svg = Vec::new();
    if samples.entries.is_empty() {
        super::svg::empty(&mut svg, caption, "nothing was counted");
        return Ok(svg);
    }
    let lines: Vec<_> = folded::lines(samples)
        .into_iter()
        .map(|(stack, count)| format!("{stack} {count}"))
        .collect();
    flamegraph::from_lines(&mut options, lines.iter().map(String::as_str), &mut svg)?;
    Ok(svg)
}
