//! `hawk help`: the rows of the vocabulary on the terminal.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::{Command, Output};

fn hawk(words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_hawk")).args(words).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_word_is_shown_with_usage_and_example() {
    let shown = hawk(&["help", "nsecs"]);
    assert!(shown.status.success());
    let shown = text(&shown.stdout);
    for part in ["nsecs (builtin)", "nsecs(clock)", "Nanoseconds", "Example:"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    // Words of the prelude, numbered ones, and other spellings of probes are words too.
    assert!(text(&hawk(&["help", "ppid"]).stdout).contains("ppid([task])"));
    assert!(text(&hawk(&["help", "arg3"]).stdout).contains("argN (builtin)"));
    assert!(text(&hawk(&["help", "t"]).stdout).contains("tracepoint (probe)"));
}

#[test]
fn without_a_word_all_are_listed() {
    let shown = text(&hawk(&["help"]).stdout);
    let words = stdlib::functions::ALL.iter().chain(stdlib::builtins::ALL);
    for name in words.map(|row| row.name) {
        assert!(shown.contains(&format!("\n  {name} ")), "{name}");
    }
}

#[test]
fn a_word_that_is_none_is_an_error_with_the_nearest() {
    let shown = hawk(&["help", "prinf"]);
    assert_eq!(shown.status.code(), Some(1));
    assert!(text(&shown.stderr).contains("did you mean `print"), "{}", text(&shown.stderr));
}
