//! `time()`: formats of `strftime`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::ffi::CString;

use jiff::{Timestamp, Zoned, tz};
use runtime::clock;

fn moment() -> Zoned {
    let zone = tz::offset(2).to_time_zone();
    Timestamp::from_nanosecond(1_700_000_000_012_345_678).unwrap().to_zoned(zone)
}

#[test]
fn formats() {
    #[rustfmt::skip]
    let cases = [
        ("%H:%M:%S\n", "00:13:20\n"),
        ("%Y-%m-%d %H:%M:%S.%f", "2023-11-15 00:13:20.012345"),
        ("%F %T %%f %z", "2023-11-15 00:13:20 %f +0200"),
        ("%a %A %b %B %d %e %j %y", "Wed Wednesday Nov November 15 15 319 23"),
        ("%I:%M %p %s %n%t%%", "12:13 AM 1700000000 \n\t%"),
        ("%c|%x|%X|%r|%D|%R", "Wed Nov 15 00:13:20 2023|11/15/23|00:13:20|12:13:20 AM|11/15/23|00:13"),
        ("%Ey %Od", "23 15"),
        ("%", "%"),
        ("é%Q%!", "é%Q%!"),
        ("", ""),
    ];
    for (format, expected) in cases {
        assert_eq!(clock::at(&moment(), format), expected, "{format:?}");
    }
}

/// Every letter that C has, but those that depend on the zone of this machine.
#[test]
fn conversions_are_those_of_c() {
    let all = "aAbBcCdDeFgGhHIjklmMnNpPqQrRStTuUVwWxXyYzZ%!+";
    let letters = [
        ("", all),
        ("-", "dHIjklmMSUVWyY"),
        ("_", "dHIjmMSUVWyY"),
        ("0", "dHIjklmMSUVWyY"),
        ("^", "aAbBchpZ"),
        ("E", "cCxXyY"),
        ("O", "deHImMSuUVwWy"),
    ];
    for (flag, letters) in letters {
        for letter in letters.chars() {
            let format = format!("%{flag}{letter}");
            let found = clock::at(&moment(), &format);
            assert_eq!(found, libc_strftime(&format), "{format:?}");
        }
    }
}

#[expect(unsafe_code, reason = "calls the C function that this test compares with")]
fn libc_strftime(format: &str) -> String {
    let format = CString::new(format).unwrap();
    let zone = CString::new("+02").unwrap();
    let mut out = [0u8; 256];
    // SAFETY: `tm` is a structure of integers and one pointer; the pointers are valid for the
    // call, and the buffer has the size that is passed.
    let length = unsafe {
        let mut time: libc::tm = std::mem::zeroed();
        (time.tm_sec, time.tm_min, time.tm_hour) = (20, 13, 0);
        (time.tm_mday, time.tm_mon, time.tm_year) = (15, 10, 123);
        (time.tm_wday, time.tm_yday, time.tm_gmtoff) = (3, 318, 7200);
        time.tm_zone = zone.as_ptr();
        libc::strftime(out.as_mut_ptr().cast(), out.len(), format.as_ptr(), &time)
    };
    String::from_utf8(out[..length].to_vec()).unwrap()
}

#[test]
fn nanoseconds_count_from_1970() {
    assert_eq!(clock::since_epoch(1_500_000, "%s %f").as_deref(), Some("0 001500"));
    assert_eq!(clock::since_epoch(i128::MAX, "%s"), None);
}

#[test]
fn now_is_later_than_this_test() {
    assert!(clock::now("%s").parse::<u64>().unwrap() > 1_700_000_000);
}
