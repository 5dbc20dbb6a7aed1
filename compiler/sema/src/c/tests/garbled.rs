//! Texts that were written wrong: something is said about them, nothing panics, nothing takes
//! long.

use super::{
    generate::{BEFORE, Random, declaration},
    read,
};

const BITS: &[&str] = &[
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    ";",
    ",",
    ":",
    "*",
    "=",
    "#",
    "##",
    "\n#if 1 +\n",
    "\n#else\n",
    "\n#endif\n",
    "\n#define struct enum\n",
    "\n#define f1 f1 f1\n",
    "struct",
    "union",
    "enum",
    "typedef",
    "sizeof",
    "__attribute__((",
    "aligned(3)",
    "0x",
    "'",
    "\"",
    "/*",
    "*/",
    "//",
    "\\",
    "\\\n",
    "é",
    "\0",
    "999999999999999999999",
    "-1",
    "1 / 0",
    "long long long",
    "void",
    "...",
    "\n#pragma pack(",
    "\n#include <",
    "?",
    "struct s0",
    "(((((((",
    "defined",
];

#[test]
fn garbled_texts_are_survived() {
    let mut random = Random(0x0123_4567_89ab_cdef);
    for round in 0..3000 {
        let mut others = Vec::new();
        for number in 0..3 {
            let next = declaration(&mut random, number, &others);
            others.push(next);
        }
        let mut text = if round % 2 == 0 { BEFORE.to_owned() } else { String::new() };
        for it in &others {
            text.push_str(&it.text);
        }
        for _ in 0..=random.below(4) {
            let mut at = random.below(text.len() + 1);
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            match random.below(4) {
                0 => text.truncate(at),
                1 => {
                    let mut end = (at + random.below(40)).min(text.len());
                    while !text.is_char_boundary(end) {
                        end += 1;
                    }
                    text.replace_range(at..end, "");
                }
                _ => text.insert_str(at, BITS[random.below(BITS.len())]),
            }
        }
        let (_, problems) = read(&text);
        for problem in problems {
            let span = problem.primary.span;
            assert!(span.start <= span.end && span.end as usize <= text.len(), "{text}");
        }
    }
}

#[test]
fn what_grows_without_end_is_stopped() {
    let deep = 100_000;
    let doubling: String =
        (1..60).map(|n| format!("#define A{n} A{} A{}\n", n - 1, n - 1)).collect();
    let calls: String = (1..60).map(|n| format!("#define F{n}(x) F{}(x x)\n", n - 1)).collect();
    let chain: String = (1..deep).map(|n| format!("#define C{n} C{}\n", n - 1)).collect();
    let texts = [
        format!("{doubling}int a[A59];\n"),
        format!("{calls}int a[F59(1)];\n"),
        format!("{chain}int a[C{}];\n", deep - 1),
        format!("int a[{}1{}];\n", "(".repeat(deep), ")".repeat(deep)),
        format!("int a[{}1];\n", "-".repeat(deep)),
        format!("int {}a{};\n", "(*".repeat(deep), ")".repeat(deep)),
        format!("int {}a;\n", "*".repeat(deep)),
        format!("{}int x;{}\n", "struct { ".repeat(deep), "} a;".repeat(deep)),
        format!("struct s {{ int a{}; }};\n", "[1000]".repeat(20)),
        format!("#define F(x) x\nint a[{}1{}];\n", "F(".repeat(deep), ")".repeat(deep)),
        "#if 1\n".repeat(deep),
        "#include \"own.h\"\n".repeat(100),
    ];
    for text in texts {
        let (_, _) = read(&text);
    }
}

#[test]
fn long_texts_take_time_in_proportion() {
    let mut text = String::new();
    for number in 0..20_000 {
        text.push_str(&format!("struct s{number} {{ int a; struct s{number} *next; }};\n"));
        text.push_str(&format!("#define M{number} ({number} + 1)\n"));
    }
    let (found, problems) = read(&text);
    assert!(problems.is_empty());
    assert_eq!(found.types.len(), 20_000);
    assert_eq!(found.macros.len(), 20_001);
}
