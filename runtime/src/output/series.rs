//! Time series: one row for each interval, with a mark where its value is.

use std::io::Write;

use super::number::wide;
use crate::{clock, series::Timeline};

/// Columns of the graph, both edges included.
const GRAPH: usize = 53;
/// Columns of the least value above the graph.
const LEAST: usize = 21;

/// Appends the graph of the intervals up to `newest`, the last one of the whole table.
pub(super) fn show(out: &mut Vec<u8>, timeline: &Timeline, newest: u64) {
    let first = newest.saturating_sub(timeline.count.saturating_sub(1));
    let shown = || timeline.points.range(first..=newest);
    let values = || shown().map(|(_, value)| *value);
    let (Some(least), Some(most)) = (values().min(), values().max()) else {
        out.extend_from_slice(b"<no data>\n");
        return;
    };
    let (least, most) = if least == most { (least - 1, most + 1) } else { (least, most) };
    let unit = Unit::of(timeline.interval);
    let bounds = |out: &mut Vec<u8>| {
        let (indent, right) = (unit.columns + 1, GRAPH - LEAST);
        let line = format!("{:indent$}{least:<LEAST$}{most:>right$}\n", "");
        out.extend_from_slice(line.as_bytes());
    };
    bounds(out);
    let (header, columns) = (unit.header, unit.columns);
    let line = "_".repeat(GRAPH - 2);
    // Writing to a vector can't fail.
    _ = writeln!(out, "{header:<columns$} |{line}|");
    let start = shown().next().map_or(newest, |(number, _)| *number);
    let scale = Scale { least, most };
    for number in start..=newest {
        let time = clock::since_epoch(timeline.start(number), unit.format).unwrap_or_default();
        _ = write!(out, "{time:<columns$} ");
        row(out, scale, timeline.points.get(&number).copied());
    }
    _ = writeln!(out, "{:columns$} v{line}v", "");
    bounds(out);
}

/// Values at the edges of the graph.
#[derive(Clone, Copy)]
struct Scale {
    least: i128,
    most: i128,
}

impl Scale {
    fn column(self, value: i128) -> Option<usize> {
        let columns = GRAPH as i128 - 1;
        let (distance, width) = (value.checked_sub(self.least)?, self.most - self.least);
        let column = distance.checked_mul(columns)?.checked_div(width)?;
        usize::try_from(column).ok().filter(|column| *column < GRAPH)
    }
}

fn row(out: &mut Vec<u8>, scale: Scale, value: Option<i128>) {
    let mut graph = [b' '; GRAPH];
    if scale.least < 0
        && scale.most > 0
        && let Some(zero) = scale.column(0)
    {
        graph[zero] = b'.';
    }
    (graph[0], graph[GRAPH - 1]) = (b'|', b'|');
    if let Some(column) = value.and_then(|value| scale.column(value)) {
        graph[column] = b'*';
    }
    out.extend_from_slice(&graph);
    out.push(b' ');
    match value {
        Some(value) => wide(out, value),
        None => out.push(b'-'),
    }
    out.push(b'\n');
}

/// How precisely times are shown.
#[derive(Clone, Copy)]
struct Unit {
    header: &'static str,
    format: &'static str,
    columns: usize,
}

impl Unit {
    /// As precisely as intervals of so many nanoseconds need.
    const fn of(interval: u64) -> Self {
        let (header, format, columns) = if interval.is_multiple_of(1_000_000_000) {
            ("hh:mm:ss", "%H:%M:%S", 8)
        } else if interval.is_multiple_of(1_000_000) {
            ("hh:mm:ss.ms", "%H:%M:%S.%l", 12)
        } else if interval.is_multiple_of(1000) {
            ("hh:mm:ss.us", "%H:%M:%S.%f", 15)
        } else {
            ("hh:mm:ss.ns", "%H:%M:%S.%k", 18)
        };
        Self { header, format, columns }
    }
}
