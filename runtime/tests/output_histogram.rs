//! Histograms in text and JSON, to the byte.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use common::{both, keyed, samples, scalar};
use ir::{Reduce, Ty, log2_range};
use runtime::{output::Limits, value::Value};

const HIST: Reduce = Reduce::Log2 { bits: 0 };

fn print(kind: Reduce, values: &[i64], div: u64) -> (String, String) {
    let ty = Ty::Reduced(kind);
    let view = scalar("@", &ty, samples(kind, values));
    both(|output| output.table(&view, Limits { div, ..Limits::default() }))
}

fn labels(kind: Reduce, values: &[i64]) -> Vec<String> {
    let (text, _) = print(kind, values, 0);
    let rows = text.lines().filter_map(|line| Some(line.get(..16)?.trim_end().to_owned()));
    rows.collect()
}

#[test]
fn the_hist_of_the_reference() {
    assert_eq!(
        print(HIST, &[-1, 2, 3, 4, 16], 0).0,
        "\
@:
(..., 0)               1 |@@@@@@@@@@@@@@@@@@@@@@@@@@                          |
[0]                    0 |                                                    |
[1]                    0 |                                                    |
[2, 4)                 2 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@|
[4, 8)                 1 |@@@@@@@@@@@@@@@@@@@@@@@@@@                          |
[8, 16)                0 |                                                    |
[16, 32)               1 |@@@@@@@@@@@@@@@@@@@@@@@@@@                          |

"
    );
}

#[test]
fn the_lhist_of_the_reference() {
    let kind = Reduce::Linear { min: 0, max: 10, step: 2 };
    let (text, json) = print(kind, &[-1, 2, 3, 6, 10], 0);
    assert_eq!(
        text,
        "\
@:
(..., 0)               1 |@@@@@@@@@@@@@@@@@@@@@@@@@@                          |
[0, 2)                 0 |                                                    |
[2, 4)                 2 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@|
[4, 6)                 0 |                                                    |
[6, 8)                 1 |@@@@@@@@@@@@@@@@@@@@@@@@@@                          |
[8, 10)                0 |                                                    |
[10, ...)              1 |@@@@@@@@@@@@@@@@@@@@@@@@@@                          |

"
    );
    assert_eq!(
        json,
        "{\"type\": \"hist\", \"data\": {\"@\": [{\"max\": -1, \"count\": 1},\
         {\"min\": 0, \"max\": 1, \"count\": 0},{\"min\": 2, \"max\": 3, \"count\": 2},\
         {\"min\": 4, \"max\": 5, \"count\": 0},{\"min\": 6, \"max\": 7, \"count\": 1},\
         {\"min\": 8, \"max\": 9, \"count\": 0},{\"min\": 10, \"count\": 1}]}}\n"
    );
}

#[test]
fn keyed_ones_have_a_header_each() {
    let ty = Ty::Reduced(HIST);
    let rows = [(Value::Int(2), samples(HIST, &[5, 7])), (Value::Int(1), samples(HIST, &[5]))];
    let view = keyed("@h", &ty, rows);
    let (text, json) = both(|output| output.table(&view, Limits::default()));
    assert_eq!(
        text,
        "\
@h[1]:
[4, 8)                 1 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@|

@h[2]:
[4, 8)                 2 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@|

"
    );
    assert_eq!(
        json,
        "{\"type\": \"hist\", \"data\": {\"@h\": {\"1\": [{\"min\": 4, \"max\": 7, \
         \"count\": 1}], \"2\": [{\"min\": 4, \"max\": 7, \"count\": 2}]}}}\n"
    );
}

#[test]
fn counts_of_a_hist_are_divided_and_those_of_an_lhist_are_not() {
    let (text, json) = print(HIST, &[1, 8, 8, 16], 2);
    assert_eq!(
        text,
        "\
@:
[1]                    0 |                                                    |
[2, 4)                 0 |                                                    |
[4, 8)                 0 |                                                    |
[8, 16)                1 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@|
[16, 32)               0 |                                                    |

"
    );
    assert!(json.contains("{\"min\": 8, \"max\": 15, \"count\": 1}"), "{json}");
    let (text, _) = print(Reduce::Linear { min: 0, max: 4, step: 4 }, &[1, 1], 2);
    assert!(text.contains("[0, 4)                 2 |@"), "{text}");
}

#[test]
fn units_of_hist() {
    let found = labels(HIST, &[0, i64::MAX]);
    let units = ["", "K", "M", "G", "T", "P", "E"];
    let bound = |power: usize| format!("{}{}", 1u64 << (power % 10), units[power / 10]);
    let mut expected = vec!["[0]".to_owned(), "[1]".to_owned()];
    expected.extend((1..63).map(|power| format!("[{}, {})", bound(power), bound(power + 1))));
    assert_eq!(found, expected);
}

#[test]
fn units_of_hist_with_bits() {
    let found = labels(Reduce::Log2 { bits: 2 }, &[0, 1_500_000]);
    #[rustfmt::skip]
    let parts = [
        &["[0]", "[1]", "[2]", "[3]", "[4]", "[5]", "[6]", "[7]", "[8, 10)", "[10, 12)"][..],
        &["[768, 896)", "[896, 1024)", "[1024, 1280)", "[1280, 1536)"],
        &["[3072, 3584)", "[3584, 4K)", "[4K, 5K)", "[5K, 6K)", "[6K, 7K)", "[7K, 8K)", "[8K, 10K)"],
        &["[896K, 1024K)", "[1024K, 1280K)", "[1280K, 1536K)"],
    ];
    for part in parts {
        let is_there = found.windows(part.len()).any(|labels| labels == part);
        assert!(is_there, "{part:?} in {found:?}");
    }
    assert_eq!(found.last().map(String::as_str), Some("[1280K, 1536K)"));
}

/// Whatever the bits, rows go on where the last one ended, and JSON has the bounds themselves.
#[test]
fn buckets_follow_each_other() {
    for bits in 0..=5 {
        let kind = Reduce::Log2 { bits };
        let (_, json) = print(kind, &[-1, i64::MAX], 0);
        let value: serde_json::Value = serde_json::from_str(&json).unwrap();
        let rows = value["data"]["@"].as_array().unwrap();
        assert_eq!(rows.len() as u32, ir::log2_bucket(i64::MAX, bits) + 1);
        for (index, row) in rows.iter().enumerate().skip(1) {
            let (first, last) = log2_range(index as u32, bits);
            assert_eq!(number(&row["min"]), first);
            assert_eq!(number(&row["max"]), last);
        }
    }
}

fn number(value: &serde_json::Value) -> i64 {
    value.as_i64().or_else(|| value.as_str()?.parse().ok()).unwrap()
}

#[test]
fn units_of_lhist() {
    let linear = |min, max, step| Reduce::Linear { min, max, step };
    #[rustfmt::skip]
    let cases = [
        (linear(0, 4096, 1024), vec![-1, 5000], "(..., 0) [0, 1K) [1K, 2K) [2K, 3K) [3K, 4K) [4K, ...)"),
        (linear(0, 8_388_608, 1_048_576), vec![3_145_728], "[3M, 4M)"),
        (linear(0, 2_097_152, 1024), vec![1_047_552, 1_048_576], "[1023K, 1M) [1M, 1025K)"),
        (linear(0, 2048, 512), vec![1, 1024], "[0, 512) [512, 1024) [1024, 1536)"),
        (linear(0, 8000, 1000), vec![3000], "[3000, 4000)"),
        (linear(-4, 4, 1), vec![-5, -3], "(..., -4) [-4, -3) [-3, -2)"),
        // A last step that is not whole ends at the upper bound.
        (linear(0, 10, 3), vec![6, 9, 10], "[6, 9) [9, 10) [10, ...)"),
        (linear(1000, 2000, 100), vec![0, 2000], "(..., 1000) [1000, 1100) [1100, 1200) [1200, 1300) \
            [1300, 1400) [1400, 1500) [1500, 1600) [1600, 1700) [1700, 1800) [1800, 1900) [1900, 2000) [2000, ...)"),
    ];
    for (kind, values, expected) in cases {
        assert_eq!(labels(kind, &values).join(" "), expected);
    }
}

#[test]
fn bars_are_cut_down_not_rounded() {
    let (text, _) = print(HIST, &[1, 2, 2, 2, 4, 4], 0);
    let bars: Vec<usize> = text.lines().map(|line| line.matches('@').count()).collect();
    // The first line is the table's name.
    assert_eq!(bars, [1, 17, 52, 34, 0]);
}
