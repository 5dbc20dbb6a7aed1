//! A histogram over time as a picture: time from left to right, values from below to above, and
//! the darker the more samples in each second.

use std::{io::Write, time::Duration};

use super::{Column, HeatMap};
use crate::{
    output::bucket_label,
    pictures::{Caption, svg},
    reduce::Reduced,
};

/// The width of the plot.
const WIDTH: f64 = 960.0;
/// Its greatest height, and that of a row.
const HEIGHT: f64 = 480.0;
const TALLEST: f64 = 22.0;
/// The most rows: more buckets are shown several in a row.
const ROWS: usize = 240;
/// What is around the plot.
const LEFT: f64 = 130.0;
const RIGHT: f64 = 40.0;
const TOP: f64 = 58.0;
const BELOW: f64 = 84.0;
/// The least height of a row with a label.
const LABEL: f64 = 13.0;

/// From few to many.
const COLORS: [[u8; 3]; 5] =
    [[254, 232, 200], [253, 187, 132], [252, 141, 89], [215, 48, 31], [103, 0, 13]];

/// The picture, as SVG.
pub fn draw(heat: &HeatMap, caption: &Caption) -> Vec<u8> {
    let mut out = Vec::new();
    let used = || heat.columns.iter().flat_map(|column| column.counts.keys().copied());
    let (Some(shape), Some(first), Some(last)) = (&heat.shape, used().min(), used().max())
    else {
        svg::empty(&mut out, caption, "no samples");
        return out;
    };
    let each = (last - first + 1).div_ceil(ROWS);
    let rows = (last - first + 1).div_ceil(each);
    let height = (HEIGHT / rows as f64).min(TALLEST);
    let end = heat.columns.last().map_or(Duration::ZERO, |column| column.end);
    let plot = Plot {
        shape,
        first,
        last,
        each,
        rows,
        height,
        seconds: end.as_secs_f64().max(f64::MIN_POSITIVE),
    };
    svg::open(&mut out, (LEFT + WIDTH + RIGHT, plot.bottom() + BELOW), caption);
    let most = plot.most(&heat.columns);
    plot.subtitle(&mut out, &heat.columns);
    plot.values(&mut out);
    plot.times(&mut out);
    for column in &heat.columns {
        plot.column(&mut out, column, most);
    }
    plot.legend(&mut out, most);
    svg::close(&mut out);
    out
}

/// The area that columns are drawn in.
struct Plot<'h> {
    shape: &'h Reduced,
    /// The first and the last bucket that has samples.
    first: usize,
    last: usize,
    /// How many buckets are in a row.
    each: usize,
    rows: usize,
    /// Of a row.
    height: f64,
    /// Of all columns.
    seconds: f64,
}

impl Plot<'_> {
    fn bottom(&self) -> f64 {
        TOP + self.height * self.rows as f64
    }

    fn across(&self, time: Duration) -> f64 {
        LEFT + WIDTH * time.as_secs_f64() / self.seconds
    }

    /// The top of a row; the first row is the lowest.
    fn top(&self, row: usize) -> f64 {
        self.bottom() - self.height * (row + 1) as f64
    }

    /// The samples in each row of a column that has any.
    fn cells(&self, column: &Column) -> Vec<(usize, u64)> {
        let mut cells: Vec<(usize, u64)> = Vec::new();
        for (bucket, count) in &column.counts {
            let row = (bucket - self.first) / self.each;
            match cells.last_mut() {
                Some((last, sum)) if *last == row => *sum = sum.saturating_add(*count),
                Some(_) | None => cells.push((row, *count)),
            }
        }
        cells
    }

    /// The most samples in a second that any cell has.
    fn most(&self, columns: &[Column]) -> f64 {
        let rates = columns.iter().flat_map(|column| {
            self.cells(column).into_iter().map(move |(_, count)| rate(column, count))
        });
        rates.fold(0.0, f64::max)
    }

    fn subtitle(&self, out: &mut Vec<u8>, columns: &[Column]) {
        let samples: u64 = columns.iter().flat_map(|column| column.counts.values()).sum();
        let (many, seconds) = (columns.len(), self.seconds);
        let words = format!("{samples} samples in {seconds:.1} s, columns: {many}");
        svg::text(out, (LEFT + WIDTH / 2.0, 42.0), ("middle", 12), &words);
    }

    /// What a row's buckets have in common: the bounds of the first, or of the first and the last.
    fn label(&self, row: usize) -> String {
        let first = self.first + row * self.each;
        let last = (first + self.each - 1).min(self.last);
        let label = bucket_label(self.shape, first);
        if last == first {
            return label;
        }
        format!("{label} … {}", bucket_label(self.shape, last))
    }

    fn values(&self, out: &mut Vec<u8>) {
        let step = (LABEL / self.height).ceil().max(1.0) as usize;
        for row in (0..self.rows).step_by(step) {
            let y = self.top(row) + self.height / 2.0 + 4.0;
            let label = bucket_label(self.shape, self.first + row * self.each);
            svg::text(out, (LEFT - 8.0, y), ("end", 11), &label);
        }
    }

    fn times(&self, out: &mut Vec<u8>) {
        let (bottom, step) = (self.bottom(), round_step(self.seconds / 8.0));
        // Writing to a vector can't fail.
        _ = writeln!(
            out,
            "<path d=\"M{LEFT} {TOP}V{bottom:.1}H{:.1}\" fill=\"none\" stroke=\"#888888\"/>",
            LEFT + WIDTH
        );
        let mut number = 0.0;
        while number * step <= self.seconds {
            let seconds = number * step;
            let x = LEFT + WIDTH * seconds / self.seconds;
            _ = writeln!(out, "<path d=\"M{x:.1} {bottom:.1}v5\" stroke=\"#888888\"/>");
            svg::text(out, (x, bottom + 18.0), ("middle", 11), &time(seconds, step));
            number += 1.0;
        }
    }

    fn column(&self, out: &mut Vec<u8>, column: &Column, most: f64) {
        let (left, right) = (self.across(column.start), self.across(column.end));
        let (start, end) = (column.start.as_secs_f64(), column.end.as_secs_f64());
        for (row, count) in self.cells(column) {
            let color = color(rate(column, count), most);
            let samples = if count == 1 { "sample" } else { "samples" };
            let label = svg::escaped(&self.label(row));
            _ = writeln!(
                out,
                "<rect class=\"cell\" x=\"{left:.2}\" y=\"{:.2}\" width=\"{:.2}\" \
                 height=\"{:.2}\" fill=\"{color}\"><title>{count} {samples} in {label}, \
                 {start:.1}–{end:.1} s</title></rect>",
                self.top(row),
                right - left,
                self.height,
            );
        }
    }

    /// Which colour means what.
    fn legend(&self, out: &mut Vec<u8>, most: f64) {
        const STEPS: u32 = 48;
        let (width, y) = (240.0 / f64::from(STEPS), self.bottom() + 46.0);
        svg::text(out, (LEFT, y + 10.0), ("start", 11), "samples per second:");
        for step in 0..STEPS {
            let part = f64::from(step) / f64::from(STEPS - 1);
            let color = mixed(part);
            let x = LEFT + 130.0 + width * f64::from(step);
            _ = writeln!(
                out,
                "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"12\" fill=\"{color}\"/>"
            );
        }
        for part in [0.0, 0.5, 1.0_f64] {
            // The inverse of what chooses the colour.
            let value = (part * most.ln_1p()).exp_m1();
            let x = LEFT + 130.0 + 240.0 * part;
            let words =
                if value < 10.0 { format!("{value:.1}") } else { format!("{value:.0}") };
            svg::text(out, (x, y + 26.0), ("middle", 11), &words);
        }
    }
}

/// Samples in each second of a column.
fn rate(column: &Column, count: u64) -> f64 {
    let seconds = column.end.saturating_sub(column.start).as_secs_f64();
    count as f64 / seconds.max(1e-9)
}

/// By the logarithm, so that what is rare is seen beside what is frequent.
fn color(rate: f64, most: f64) -> String {
    mixed(rate.ln_1p() / most.ln_1p())
}

/// The colour at this part of the way from few to many.
fn mixed(part: f64) -> String {
    let place = part.clamp(0.0, 1.0) * (COLORS.len() - 1) as f64;
    let index = (place as usize).min(COLORS.len() - 2);
    let rest = place - index as f64;
    let [from, to] = [COLORS[index], COLORS[index + 1]];
    let channel = |at: usize| {
        let (from, to) = (f64::from(from[at]), f64::from(to[at]));
        (from + (to - from) * rest).round() as u8
    };
    format!("#{:02x}{:02x}{:02x}", channel(0), channel(1), channel(2))
}

/// The least of 1, 2, 5, 10, … (also below 1, and in whole minutes above one) that is not less.
fn round_step(least: f64) -> f64 {
    const STEPS: [f64; 17] = [
        0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0,
        600.0, 1800.0,
    ];
    let step = STEPS.iter().copied().find(|step| *step >= least);
    step.unwrap_or_else(|| (least / 3600.0).ceil() * 3600.0)
}

/// `1.5s`, `30s`, `2m30s`, `1h05m`
fn time(seconds: f64, step: f64) -> String {
    if step < 1.0 {
        let digits = if step < 0.1 { 2 } else { 1 };
        return format!("{seconds:.digits$}s");
    }
    let seconds = seconds.round() as u64;
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds}s"),
        (0, minutes, seconds) => format!("{minutes}m{seconds:02}s"),
        (hours, minutes, _) => format!("{hours}h{minutes:02}m"),
    }
}
