//! How often the ring is read.

use std::time::Duration;

/// The longest that a record waits: what terminals are promised.
pub(crate) const SLOWEST: Duration = Duration::from_millis(50);
/// The shortest: below it the reader would cost more than it helps.
const FASTEST: Duration = Duration::from_millis(1);
/// In one interval at most this part of the ring is to fill.
const SHARE: u64 = 16;

/// The interval in which about its share of a ring of `size` bytes would come, if they come as fast
/// as the `filled` ones did in the last.
pub(crate) fn next(last: Duration, filled: u64, size: u64) -> Duration {
    let Some(times) = (size / SHARE * 1024).checked_div(filled) else { return SLOWEST };
    let wanted = last.as_micros() as u64 * times.min(1024 * 1024) / 1024;
    Duration::from_micros(wanted).clamp(FASTEST, SLOWEST)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::next;

    #[test]
    fn drains_as_often_as_needed() {
        let ms = Duration::from_millis;
        assert_eq!(next(ms(50), 0, 1 << 20), ms(50));
        assert_eq!(next(ms(50), 100, 1 << 20), ms(50));
        assert_eq!(next(ms(50), 1 << 17, 1 << 20), ms(25));
        assert_eq!(next(ms(50), 1 << 30, 1 << 20), ms(1));
        assert_eq!(next(ms(1), 1 << 15, 1 << 20), ms(2));
    }
}
