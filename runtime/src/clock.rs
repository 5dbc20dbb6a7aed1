//! The wall clock as text, for `time()` and `strftime()`.

use crate::ffi;

use jiff::{Timestamp, Zoned, fmt::strtime, tz::TimeZone};

/// The time now, in the zone of this machine, by a `strftime` format.
pub fn now(format: &str) -> String {
    at(&Zoned::now(), format)
}

/// The time so many nanoseconds after 1970 began, in the zone of this machine; none where no
/// calendar reaches. Beside C's conversions there are `%f` (microseconds), `%k` (nanoseconds) and
/// `%l` (milliseconds).
pub fn since_epoch(nanoseconds: i128, format: &str) -> Option<String> {
    let time = Timestamp::from_nanosecond(nanoseconds).ok()?;
    Some(moment(&time.to_zoned(TimeZone::system()), format))
}

/// `time` by a format of `strftime()`.
pub fn moment(time: &Zoned, format: &str) -> String {
    if !format.contains("%k") && !format.contains("%l") {
        return at(time, format);
    }
    let mut plain = String::new();
    let mut rest = format;
    while let Some(start) = rest.find('%') {
        plain += &rest[..start];
        rest = &rest[start..];
        let conversion = &rest[..length(rest)];
        rest = &rest[conversion.len()..];
        match conversion {
            "%k" => plain += &format!("{:09}", time.subsec_nanosecond()),
            "%l" => plain += &format!("{:03}", time.subsec_nanosecond() / 1_000_000),
            _ => plain += conversion,
        }
    }
    at(time, &(plain + rest))
}

/// No machine runs for so many nanoseconds (36 years): a greater number counts from 1970.
const LONGEST_UPTIME: u64 = 1 << 60;
/// A change of the wall clock that matters, in nanoseconds: less is drift within an interval.
const STEP: i128 = 20_000;
const SECOND: i128 = 1_000_000_000;
/// So many changes are remembered.
const MOST_CHANGES: usize = 1024;

/// By how much the wall clock was ahead of the boot clock, and since when. Programs send moments
/// of the boot clock; they are shown by the wall clock as it was then, so that a clock that was
/// set meanwhile does not move them.
#[derive(Debug, Default)]
pub(crate) struct History {
    /// Boot clock and distance, in the order of time.
    changes: Vec<(u64, i128)>,
    /// By how much international atomic time is ahead of the wall clock.
    tai: i128,
}

impl History {
    /// Notes the distance as it is now.
    pub(crate) fn note(&mut self) {
        let (boot, wall, tai) = (ffi::boot_time(), ffi::wall_time(), ffi::atomic_time());
        // Whole seconds; the rest is what passed between the two readings.
        self.tai = (i128::from(tai) - i128::from(wall)) / SECOND * SECOND;
        self.add(boot, i128::from(wall) - i128::from(boot));
    }

    fn add(&mut self, boot: u64, distance: i128) {
        let same = |&(_, last): &(u64, i128)| (distance - last).abs() < STEP;
        if self.changes.last().is_some_and(same) {
            return;
        }
        if self.changes.len() == MOST_CHANGES {
            self.changes.remove(0);
        }
        self.changes.push((boot, distance));
    }

    /// The wall clock's nanoseconds since 1970 at a moment of the boot clock, or of atomic time.
    pub(crate) fn since_epoch(&self, nanoseconds: u64) -> i128 {
        if nanoseconds >= LONGEST_UPTIME {
            return i128::from(nanoseconds) - self.tai;
        }
        let after = self.changes.partition_point(|&(since, _)| since <= nanoseconds);
        let known = self.changes.get(after.saturating_sub(1));
        i128::from(nanoseconds) + known.map_or(0, |&(_, distance)| distance)
    }

    /// The same at the start of an interval of time series, whose clock was found to be `ahead` of
    /// the boot clock. Unless the clock was set, it shows a whole number of intervals then: what
    /// differs is what passed between readings of the clocks.
    pub(crate) fn of_interval(&self, nanoseconds: i128, ahead: i64) -> i128 {
        let Ok(boot) = u64::try_from(nanoseconds - i128::from(ahead)) else {
            return nanoseconds;
        };
        let (wall, whole) = (self.since_epoch(boot), nanoseconds - self.tai);
        if (wall - whole).abs() < STEP { whole } else { wall }
    }
}

/// `time` by a `strftime` format, in which `%f` are microseconds. Like C's own, it leaves
/// conversions that it does not know as they are.
pub fn at(time: &Zoned, format: &str) -> String {
    let mut text = String::new();
    let mut rest = format;
    while let Some(start) = rest.find('%') {
        text += &rest[..start];
        rest = &rest[start..];
        let conversion = &rest[..length(rest)];
        rest = &rest[conversion.len()..];
        text += &convert(time, conversion);
    }
    text + rest
}

fn convert(time: &Zoned, conversion: &str) -> String {
    let format = match conversion.bytes().last() {
        Some(b'f') => return format!("{:06}", time.subsec_nanosecond() / 1000),
        // The formatter knows these, C does not.
        Some(b'N' | b'Q' | b'q') => return conversion.to_owned(),
        // The formatter's own differ from those of the C locale.
        Some(b'c') => "%a %b %e %H:%M:%S %Y",
        Some(b'x') => "%m/%d/%y",
        // Other calendars and digits, which the C locale has none of.
        _ => &conversion.replace(['E', 'O'], ""),
    };
    let text = strtime::format(format, time).unwrap_or_else(|_| conversion.to_owned());
    if conversion.contains('^') { text.to_uppercase() } else { text }
}

/// The bytes of the conversion that `text` starts with: `%`, flags, width, `E` or `O`, colons of
/// `%:z`, and a letter.
fn length(text: &str) -> usize {
    let is_letter =
        |(at, character): &(usize, char)| *at > 0 && !"-_0^#123456789.:EO".contains(*character);
    let letter = text.char_indices().find(is_letter);
    letter.map_or(text.len(), |(at, character)| at + character.len_utf8())
}

#[cfg(test)]
mod tests {
    use super::{History, MOST_CHANGES, SECOND};

    #[test]
    fn moments_keep_the_clock_of_their_time() {
        let mut history = History { tai: 37_000, ..History::default() };
        assert_eq!(history.since_epoch(5), 5);
        history.add(1000, 1_000_000_000);
        history.add(2000, 1_000_000_010);
        // The clock is set back while tracing.
        history.add(3000, 500_000_000);
        assert_eq!(history.since_epoch(500), 1_000_000_500);
        assert_eq!(history.since_epoch(2999), 1_000_002_999);
        assert_eq!(history.since_epoch(3000), 500_003_000);
        assert_eq!(history.since_epoch(1_700_000_000_000_000_000), 1_699_999_999_999_963_000);
    }

    #[test]
    fn intervals_begin_where_the_clock_has_whole_ones() {
        let mut history = History { tai: 37 * SECOND, ..History::default() };
        let ahead = 1_000 * SECOND + 37 * SECOND;
        history.add(0, 1_000 * SECOND + 551);
        let start = 2_000 * SECOND + 37 * SECOND;
        assert_eq!(history.of_interval(start, ahead as i64), 2_000 * SECOND);
        // The clock is set.
        history.add(500_000_000, 1_005 * SECOND);
        assert_eq!(history.of_interval(start, ahead as i64), 2_005 * SECOND);
    }

    #[test]
    fn a_clock_that_keeps_changing_takes_no_more_memory() {
        let mut history = History::default();
        for change in 0..5000 {
            history.add(change, i128::from(change) * 1_000_000);
        }
        assert_eq!(history.changes.len(), MOST_CHANGES);
        assert_eq!(history.since_epoch(4999), 4999 + 4_999_000_000);
    }
}
