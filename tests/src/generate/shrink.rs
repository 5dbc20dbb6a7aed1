//! Makes a failing program small: leaves out what is not needed for the failure. It knows no
//! grammar: what it makes is mostly wrong, and then it does not fail in the same way.

use std::{
    ops::Range,
    time::{Duration, Instant},
};

use super::mutate::tokens;

/// What is left out, and what comes in its place.
type Change = (Range<usize>, String);

/// The smallest program found that still `fails`.
pub fn shrunk(text: &str, time: Duration, fails: impl Fn(&str) -> bool) -> String {
    let started = Instant::now();
    let mut best = text.to_owned();
    loop {
        let before = best.len();
        let mut run = |candidates: &dyn Fn(&str) -> Vec<Change>| {
            pass(&mut best, candidates, &|text| started.elapsed() < time && fails(text));
        };
        run(&lines);
        run(&brackets);
        run(&stretches);
        if best.len() >= before || started.elapsed() > time {
            return best;
        }
    }
}

/// Tries each candidate; what is left of the program has others, and those behind go on.
fn pass(
    best: &mut String,
    candidates: &dyn Fn(&str) -> Vec<Change>,
    fails: &dyn Fn(&str) -> bool,
) {
    let mut tried = 0;
    let mut list = candidates(best);
    while let Some((range, with)) = list.get(tried).cloned() {
        let mut shorter = best.clone();
        shorter.replace_range(range, &with);
        if shorter.len() < best.len() && fails(&shorter) {
            *best = shorter;
            list = candidates(best);
        } else {
            tried += 1;
        }
    }
}

/// Lines, with the block that they open.
fn lines(text: &str) -> Vec<(Range<usize>, String)> {
    let mut found = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let mut end = at + line.len();
        if line.trim_end().ends_with('{')
            && let Some(open) = line.rfind('{')
            && let Some(close) = closing(text.as_bytes(), at + open)
        {
            let inside =
                text[close..].find('\n').map_or(text.len(), |length| close + length + 1);
            found.push((at..inside, String::new()));
            end = inside;
        }
        found.push((at..end, String::new()));
        at += line.len();
    }
    found
}

/// What stands in brackets, with and without them.
fn brackets(text: &str) -> Vec<(Range<usize>, String)> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    for token in tokens(bytes) {
        if matches!(bytes[token.start], b'(' | b'[' | b'{')
            && let Some(close) = closing(bytes, token.start)
        {
            let inside = text[token.start + 1..close].to_owned();
            for with in [inside.as_str(), "", "1", "\"\"", "nsecs", "comm"] {
                found.push((token.start..close + 1, with.to_owned()));
            }
        }
    }
    found
}

/// Tokens behind each other.
fn stretches(text: &str) -> Vec<(Range<usize>, String)> {
    let tokens = tokens(text.as_bytes());
    let mut found = Vec::new();
    for length in [32, 16, 8, 4, 3, 2, 1] {
        for window in tokens.windows(length) {
            let range = window[0].start..window[length - 1].end;
            found.push((range, String::new()));
        }
    }
    found
}

fn closing(bytes: &[u8], open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for token in tokens(&bytes[open..]) {
        match bytes[open + token.start] {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => {
                depth -= 1;
                if depth == 0 {
                    return Some(open + token.start);
                }
            }
            _ => {}
        }
    }
    None
}
