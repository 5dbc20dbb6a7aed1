//! The command line: what is printed where, and how it ends. Nothing here needs root: programs are
//! refused, or only compiled.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    os::unix::process::CommandExt,
    process::{Command, Output},
};

fn told(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
}

/// Runs the command under a name, with variables and words.
fn run(name: &str, variables: &[(&str, &str)], words: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hawk"));
    command.arg0(name).args(words).env_remove("NO_COLOR");
    told(&command.envs(variables.iter().copied()).output().unwrap())
}

fn hawk(words: &[&str]) -> (i32, String, String) {
    run("hawk", &[], words)
}

fn bpftrace(words: &[&str]) -> (i32, String, String) {
    run("bpftrace", &[], words)
}

#[test]
fn each_mode_has_its_words_and_codes() {
    for (words, ours, theirs) in [
        (
            ["-d", "nope", "-e", "begin {}"],
            (1, "hawk: `-d` has no stage `nope`\n"),
            (1, "ERROR: USAGE: invalid option for -d: nope\n"),
        ),
        (
            ["-q", "/no/such", "--", "x"],
            (1, "hawk: failed to open file '/no/such': No such file or directory\n"),
            (1, "ERROR: failed to open file '/no/such': No such file or directory\n"),
        ),
        (
            ["-p", "a1111", "-e", "begin {}"],
            (1, "hawk: Failed to parse pid: invalid integer: a1111\n"),
            (1, "ERROR: Failed to parse pid: invalid integer: a1111\n"),
        ),
        (
            ["-p", "111a1", "-e", "begin {}"],
            (1, "hawk: Failed to parse pid: invalid trailing bytes: 111a1\n"),
            (1, "ERROR: Failed to parse pid: invalid trailing bytes: 111a1\n"),
        ),
        (
            ["-p", "5000000", "-e", "begin {}"],
            (1, "hawk: Pid out of range: 5000000\n"),
            (1, "ERROR: Pid out of range: 5000000\n"),
        ),
    ] {
        let (code, out, err) = hawk(&words);
        assert_eq!((code, out.as_str()), (ours.0, ""), "{words:?}");
        assert!(err.starts_with(ours.1), "{words:?}: {err}");
        let (code, out, err) = bpftrace(&words);
        assert_eq!((code, out.as_str()), (theirs.0, ""), "{words:?}");
        assert!(err.starts_with(theirs.1), "{words:?}: {err}");
    }
}

#[test]
fn usage_goes_where_it_belongs() {
    let (code, out, err) = hawk(&["-h"]);
    assert!(code == 0 && out.contains("Usage:") && err.is_empty(), "{out}{err}");
    let (code, out, err) = hawk(&[]);
    assert!(code == 1 && err.contains("Usage:") && out.is_empty(), "{out}{err}");
    let (code, _, err) = hawk(&["--no-such-option"]);
    assert!(code == 1 && err.contains("Usage:"), "{err}");
    let (code, out, _) = bpftrace(&["-V"]);
    assert!(code == 0 && out.starts_with("bpftrace v0."), "{out}");
    let (code, _, err) = bpftrace(&["-q"]);
    assert!(code == 1 && err.starts_with("ERROR: USAGE: filename or -e 'program' required."));
    let (code, _, err) = bpftrace(&["-f", "x", "-e", "begin {}"]);
    assert!(code == 1 && err.starts_with("ERROR: Invalid output format \"x\"\n"), "{err}");
}

#[test]
fn the_environment_is_read_first() {
    let wrong = [("BPFTRACE_MAX_STRLEN", "x")];
    let (code, _, err) = run("bpftrace", &wrong, &["-e", "begin {}"]);
    assert_eq!(
        (code, err.as_str()),
        (2, "ERROR: BPFTRACE_MAX_STRLEN: expecting a number, got x\n")
    );
    let (code, _, err) = run("hawk", &wrong, &["-e", "begin {}"]);
    assert_eq!(code, 1);
    assert!(err.contains("takes a number from 1 to 1048576, not `x`"), "{err}");
}

#[test]
fn compatibility_is_one_setting() {
    let program = ["-e", "begin { x }"];
    let theirs = "stdin:1:9-10: ERROR: Unknown identifier: 'x'\n";
    for (_, _, err) in [
        bpftrace(&["--mode", "codegen", program[0], program[1]]),
        run("hawk", &[("HAWK_COMPAT", "1")], &["--mode", "codegen", program[0], program[1]]),
        hawk(&["--mode", "codegen", "-e", "config = { compat = true }\nbegin { x }"]),
    ] {
        assert!(err.replace(":2:", ":1:").starts_with(theirs), "{err}");
    }
    let (_, _, err) = hawk(&["--mode", "codegen", "-e", "begin { x }"]);
    assert!(err.starts_with("[E0102]"), "{err}");
}

#[test]
fn colours_are_as_asked_for() {
    let words = ["--mode", "codegen", "-e", "begin { x }"];
    let red = "\x1b[31mERROR:\x1b[0m";
    let (_, _, err) = run("bpftrace", &[("BPFTRACE_COLOR", "always")], &words);
    assert!(err.contains(red), "{err:?}");
    let (_, _, err) = run("bpftrace", &[("BPFTRACE_COLOR", "never")], &words);
    assert!(!err.contains('\x1b'), "{err:?}");
    let (_, _, err) = bpftrace(&words);
    assert!(!err.contains('\x1b'), "{err:?}");
}

#[test]
fn old_command_lines_work_and_say_so() {
    let (code, _, err) = hawk(&["-d", "-e", "begin { }"]);
    assert_eq!(code, 0, "{err}");
    let start = "hawk: warning: `-d` is an old spelling\n  help: write `--mode codegen -d ";
    assert!(err.starts_with(start), "{err}");
    assert!(err.contains("at begin") && err.contains("source_filename"), "{err}");
    let (code, _, err) = hawk(&["-dd", "-e", "begin { }", "--no-warnings"]);
    assert!(code == 0 && !err.contains("old spelling"), "{err}");
    let (code, _, err) = hawk(&["--strict", "-dd", "-e", "begin { }"]);
    assert!(code == 1 && err.starts_with("hawk: `-dd` is an old spelling"), "{err}");
}

#[test]
fn options_of_the_program_are_read_behind_two_dashes() {
    let program = "begin { print(getopt(\"top\", 3, \"how many\")); }";
    let words = |last| ["--mode", "codegen", "-e", program, "--", last];
    let (code, out, _) = hawk(&words("--help"));
    assert_eq!(
        (code, out.as_str()),
        (0, "expected program options:\n    --top  how many [default: 3]\n")
    );
    let (code, _, err) = bpftrace(&words("--tip=4"));
    let start = "ERROR: unexpected program command line options: --tip\nHINT: expected program";
    assert!(code == 1 && err.starts_with(start), "{err}");
    let (code, _, err) = bpftrace(&words("--top=x"));
    let said = "program command line option --top invalid integer (value: x)";
    assert!(code == 1 && err.contains(said), "{err}");
    let (code, _, err) = hawk(&words("--top=4"));
    assert_eq!((code, err.as_str()), (0, ""));
}

#[test]
fn pages_are_shown() {
    let (code, out, _) = hawk(&["explain", "e0102"]);
    assert!(code == 0 && out.starts_with("# E0102: unknown name\n"), "{out}");
    let (code, _, err) = hawk(&["explain", "E9999"]);
    assert!(code == 1 && err.starts_with("hawk: there is no page about `E9999`"), "{err}");
    let (code, out, _) = hawk(&["help", "settings"]);
    assert!(code == 0 && out.contains("\nmax_strlen\n"), "{out}");
}
