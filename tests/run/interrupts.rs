//! Signals that come while a run ends already: one is taken for the same Ctrl-C, and only where maps
//! are being printed does it cut the output, which is said.

use std::{
    io::{BufRead, BufReader, Read},
    process::{Command, Stdio},
};

use libtest_mimic::Failed;

use crate::{Guests, Test, harness};

pub(crate) fn all() -> Vec<Test> {
    let needs = "root linux-5.17";
    vec![
        Test::new("interrupts::before_maps_are_printed", needs, Guests::All, before),
        Test::new("interrupts::while_maps_are_printed", needs, Guests::All, amid),
    ]
}

/// The shell that `end` starts interrupts the tracer, once: everything is printed.
fn before() -> Result<(), Failed> {
    let script = "begin { @a = 5; exit(); } end { system(\"kill -s INT $PPID\"); }";
    let outcome = harness::run(["-q", "--unsafe", "-e", script])?.expect_code(0)?;
    if outcome.stdout.contains("@a: 5\n") {
        return Ok(());
    }
    Err(outcome.wrong("a map is lost"))
}

/// More than a pipe takes, of which one line is read: so it is in the middle of printing.
fn amid() -> Result<(), Failed> {
    let script = "begin { for ($i : 0..4000) { @entries_of_a_long_name[$i] = $i; } exit(); }";
    let hawk = harness::hawk().ok_or("no hawk")?;
    let mut child = Command::new(hawk)
        .args(["-q", "-e", script])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut stdout = BufReader::new(child.stdout.take().ok_or("no pipe")?);
    let mut line = String::new();
    while !line.starts_with('@') {
        line.clear();
        if stdout.read_line(&mut line)? == 0 {
            return Err("it prints no map".into());
        }
    }
    harness::signal(child.id(), "INT")?;
    let code = child.wait()?.code();
    let mut stderr = String::new();
    child.stderr.take().ok_or("no pipe")?.read_to_string(&mut stderr)?;
    if code == Some(130) && stderr.contains("what it printed is not all") {
        return Ok(());
    }
    Err(format!("code {code:?}\n{stderr}").into())
}
