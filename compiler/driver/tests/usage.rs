//! What is said of command lines that are wrong: hawk's words, and those of `getopt` when it is
//! started as `bpftrace`.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{os::unix::process::CommandExt, process::Command};

/// Runs the command under a name; its code and what it prints to which stream.
fn run(name: &str, words: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hawk"));
    let output = command.arg0(name).args(words).env_remove("NO_COLOR").output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
}

/// Words, the first line that bpftrace's users know, and whether the usage comes with it.
const WRONG: [(&[&str], &str, bool); 10] = [
    (&["--no-such"], "bpftrace: unrecognized option '--no-such'", true),
    (&["-z", "x.bt"], "bpftrace: invalid option -- 'z'", true),
    (&["-e"], "bpftrace: option requires an argument -- 'e'", true),
    (&["--pid"], "bpftrace: option '--pid' requires an argument", true),
    (
        &["--quiet=yes", "-e", "begin { }"],
        "bpftrace: option '--quiet' doesn't allow an argument",
        true,
    ),
    (&["-f", "xml", "-e", "begin { }"], "ERROR: Invalid output format \"xml\"", false),
    (
        &["-B", "some", "-e", "begin { }"],
        "ERROR: USAGE: -B must be either 'line', 'full' or 'none'.",
        false,
    ),
    (
        &["-p", "1", "-c", "true", "-e", "begin { }"],
        "ERROR: USAGE: the argument '--pid <PID>' cannot be used with '--cmd <COMMAND>'",
        false,
    ),
    (&["-q"], "ERROR: USAGE: filename or -e 'program' required.", false),
    (&[], "USAGE:", true),
];

#[test]
fn wrong_options_are_told_as_getopt_does() {
    for (words, first, usage) in WRONG {
        let (code, stdout, stderr) = run("/usr/bin/bpftrace", words);
        assert_eq!((code, stdout.as_str()), (1, ""), "{words:?}");
        assert_eq!(stderr.lines().next(), Some(first), "{words:?}");
        assert_eq!(
            stderr.contains("bpftrace [options] filename"),
            usage,
            "{words:?}\n{stderr}"
        );
        assert!(!stderr.contains("For more information"), "{words:?}\n{stderr}");
        // Hawk's own words are other ones.
        let (_, _, own) = run("hawk", words);
        assert_ne!(own, stderr, "{words:?}");
        assert!(!own.contains("bpftrace"), "{words:?}\n{own}");
    }
}

#[test]
fn an_option_of_the_script_is_shown_where_it_belongs() {
    let (_, _, said) = run("hawk", &["-q", "slow.bt", "7", "--us=0"]);
    assert!(said.contains("behind `--`: `hawk slow.bt -- --us=0`"), "{said}");
    assert!(!said.contains("--unsafe"), "{said}");
    // Before the script, and of a program in the line, it is hawk's.
    for words in [&["--unsaf", "slow.bt"][..], &["-e", "begin { }", "--unsaf"]] {
        let (_, _, said) = run("hawk", words);
        assert!(said.contains("--unsafe") && !said.contains("behind"), "{said}");
    }
}

#[test]
fn help_begins_with_the_usage() {
    let (code, stdout, stderr) = run("bpftrace", &["-h"]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    assert!(stdout.starts_with("USAGE:\n    bpftrace [options] filename"), "{stdout}");
    assert!(stdout.contains("\nOptions:\n") && stdout.contains("--dry-run"), "{stdout}");
    assert!(!stdout.contains("hawk [OPTIONS]"), "{stdout}");
}

#[test]
fn executables_are_refused() {
    let file = std::env::temp_dir().join(format!("hawk-aot-{}", std::process::id()));
    let words = ["--aot", file.to_str().unwrap(), "-e", "begin { }"];
    for name in ["hawk", "bpftrace"] {
        let (code, stdout, stderr) = run(name, &words);
        assert_eq!((code, stdout.as_str()), (1, ""), "{stderr}");
        assert!(stderr.contains("writes no executables"), "{stderr}");
        assert!(stderr.contains("copy hawk and the script"), "{stderr}");
        assert!(!file.exists());
    }
}
