//! Whatever the text is: no panic, no overflow, no endless loop, spans inside of the text.
#![expect(clippy::disallowed_methods, reason = "tests read their cases from disk")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::time::{Duration, Instant};

use diag::{Code, SourceId, Sources, Span};
use grammar::Parsed;

/// A small generator of numbers that look random and are the same in every run.
struct Random(u64);

impl Random {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % below.max(1) as u64) as usize
    }
}

/// Pieces that break things.
#[rustfmt::skip]
const PIECES: &[&str] = &[
    "{", "}", "(", ")", "[", "]", "/", "\"", "\\", "'", "/*", "*/", "//", ";", ",", ":", "@",
    "$", "#", "=", "==", "?", "?:", "..", ".", "->", "++", "--", "!", "~", "-", "*", "&", "0",
    "08", "1e", "1.5", "0x", "$1", "$#", "@x", "$x", "x", "_", "if", "else", "for", "while",
    "unroll", "let", "return", "struct", "enum", "typeof", "comptime", "config", "macro",
    "fn", "import", "kprobe:f", "BEGIN", "\n", " ", "\t", "\r\n", "\u{0}", "ü", "“", "”",
    "\u{feff}", "\u{a0}", "#define X", "__attribute__", "(struct s *)", "(uint64)", "sizeof(",
    "\\x", "\\777", "@x[1]", "if (1) {", "} else {", "99999999999999999999",
];

fn parse(text: &str) -> Parsed {
    let sources = Sources::new("fuzz.bt", text);
    let parsed = grammar::parse(&sources, SourceId(0));
    for problem in &parsed.problems {
        let places = problem.related.iter().chain(std::iter::once(&problem.primary));
        for Span { start, end, .. } in places.map(|label| label.span) {
            assert!(start <= end && end as usize <= text.len(), "{problem:?} in {text:?}");
            assert!(text.is_char_boundary(start as usize), "{problem:?} in {text:?}");
            assert!(text.is_char_boundary(end as usize), "{problem:?} in {text:?}");
        }
        diag::render(problem, &sources, false);
        assert!(problem.compat.is_some(), "{problem:?}");
    }
    grammar::dump(&parsed.program);
    grammar::dump_tokens(&sources, SourceId(0));
    parsed
}

fn seeds() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let paths = std::fs::read_dir(folder).unwrap().map(|it| it.unwrap().path());
    let mut paths: Vec<_> = paths.collect();
    paths.sort();
    let texts = paths.iter().map(|path| std::fs::read_to_string(path).unwrap());
    texts.map(|text| text.split("\n--- ").next().unwrap().to_owned()).collect()
}

fn mutate(text: &str, random: &mut Random) -> String {
    let mut text = text.to_owned();
    for _ in 0..=random.next(6) {
        let at = text.floor_char_boundary(random.next(text.len() + 1));
        let end = text.ceil_char_boundary((at + random.next(12)).min(text.len()));
        match random.next(4) {
            0 => text.insert_str(at, PIECES[random.next(PIECES.len())]),
            1 => text.replace_range(at..end, ""),
            2 => text.replace_range(at..end, PIECES[random.next(PIECES.len())]),
            _ => {
                let copy = text[at..end].to_owned();
                text.insert_str(text.floor_char_boundary(random.next(text.len() + 1)), &copy);
            }
        }
    }
    text
}

#[test]
fn mutated_programs() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let seeds = seeds();
    for round in 0..6_000 {
        parse(&mutate(&seeds[round % seeds.len()], &mut random));
    }
}

#[test]
fn random_pieces() {
    let mut random = Random(0xd1b5_4a32_d192_ed03);
    for _ in 0..6_000 {
        let count = random.next(40);
        let text: String = (0..count).map(|_| PIECES[random.next(PIECES.len())]).collect();
        parse(&text);
        let spaced = text.replace(' ', "").replace(['{', '}'], " ");
        parse(&format!("begin {{ {spaced} }}"));
    }
}

#[test]
fn random_bytes() {
    let mut random = Random(0x0123_4567_89ab_cdef);
    for _ in 0..3_000 {
        let count = random.next(200);
        let bytes: Vec<u8> = (0..count).map(|_| random.next(256) as u8).collect();
        let text = match grammar::decode(SourceId(0), bytes) {
            Ok(text) => text,
            Err(refused) => {
                let Span { start, end, .. } = refused.problem.primary.span;
                assert!(refused.text.get(start as usize..end as usize).is_some());
                refused.text
            }
        };
        parse(&text);
    }
}

#[test]
fn deep_nesting_is_one_clear_error() {
    for piece in [
        "(", "[", "{", "!", "-", "~", "++", "*", "&", "1+", "a?", "a?:", "$x.", "if a {", "(x)",
    ] {
        for (before, after) in [("begin { $x = ", ""), ("begin { $x = ", "1; }"), ("", "")] {
            let text = format!("{before}{}{after}", piece.repeat(100_000));
            let parsed = parse(&text);
            assert!(!parsed.problems.is_empty(), "{piece}");
            assert!(parsed.problems.len() < 110, "{piece}");
        }
    }
    for piece in ["+1", ".a", "[1]", "++", " || 1", " ? 1 : 2", " * -1", "->x"] {
        let text = format!("begin {{ $x = $y{}; }}", piece.repeat(100_000));
        let problems = parse(&text).problems;
        assert_eq!(problems[0].code, Code::TooDeep, "{piece}");
        assert_eq!(problems.len(), 1, "{piece}");
    }
}

#[test]
fn flat_programs_may_be_long() {
    let pieces = [
        "print(1); ",
        "if ($x) { print(1); } else if ($y) { } ",
        "@x[1, 2]++; ",
        "{ } ",
        "$x = f(1, 2, 3, (4, 5)); ",
        "while (1) { } ",
    ];
    for piece in pieces {
        let text = format!("begin {{ {} }}", piece.repeat(3_000));
        assert_eq!(parse(&text).problems, [], "{piece}");
    }
    let chain = format!("begin {{ if (1) {{ }}{} }}", " else if (1) { }".repeat(3_000));
    assert_eq!(parse(&chain).problems, []);
    let probes = "kprobe:f /pid == 1/ { @x = count(); }\n".repeat(3_000);
    assert_eq!(parse(&probes).problems, []);
}

/// The promise is 2 s for 10 MB in a release build; in others the text is shorter.
#[test]
fn long_lines_are_read_at_once() {
    let mut slow = Vec::new();
    let (size, limit) = if cfg!(debug_assertions) { (50_000, 20) } else { (10_000_000, 2) };
    #[rustfmt::skip]
    let pieces = [
        "a", "1", " ", "\"", "'", "\\", "/", "/*", "//", "(", "{", "}", ")", ";", "@", "#",
        "%", "x:", "x,", "ü", "$x = 1; ", "print(1) ", "f(1);", "1+", "kprobe:f{}",
        "kprobe:f ", "\u{0}", "{}", "{}{", "struct s{}", "#x\n", "/**/", "let @a = hash(1) ",
        "import \"x\" ", "\"a\" ", "a b", "{\"\n",
    ];
    for piece in pieces {
        for before in ["", "begin { ", "begin /"] {
            let text = format!("{before}{}", piece.repeat(size / piece.len()));
            let sources = Sources::new("long.bt", text.as_str());
            let start = Instant::now();
            let parsed = grammar::parse(&sources, SourceId(0));
            let time = start.elapsed();
            assert!(parsed.problems.len() <= 100, "{before}{piece}");
            if time > Duration::from_secs(limit) {
                slow.push(format!("{before}{piece:?}… took {time:?}"));
            }
        }
    }
    assert!(slow.is_empty(), "{slow:#?}");
}
