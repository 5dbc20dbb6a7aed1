//! The wall clock as text, for `time()`.

use jiff::{Timestamp, Zoned, fmt::strtime, tz::TimeZone};

/// The time now, in the zone of this machine, by a `strftime` format.
pub fn now(format: &str) -> String {
    at(&Zoned::now(), format)
}

/// The time so many nanoseconds after 1970 began, in the zone of this machine; none where no
/// calendar reaches.
pub fn since_epoch(nanoseconds: i128, format: &str) -> Option<String> {
    let time = Timestamp::from_nanosecond(nanoseconds).ok()?;
    Some(at(&time.to_zoned(TimeZone::system()), format))
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
