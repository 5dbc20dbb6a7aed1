//! Very long programs: 5,000 assignments to maps in one probe load, and compiling takes time in
//! proportion to their number.

use std::process::Command;

use libtest_mimic::Failed;

use crate::{
    Guests, Test,
    harness::{self, Folder},
};

pub(crate) fn all() -> Vec<Test> {
    vec![
        Test::new("lengths::long_programs_load", "root", Guests::None, loads),
        Test::new("lengths::time_grows_with_the_number", "", Guests::None, linear),
    ]
}

/// So many assignments, to scalar maps and to entries, with what they leave in `@m1`.
fn program(count: usize) -> String {
    let statements = (0..count).map(|number| match number % 2 {
        0 => format!("@k[{}] = {number};\n", number % 50),
        _ => format!("@m{} = {number};\n", number % 8),
    });
    format!("begin {{\n{}exit(); }}", statements.collect::<String>())
}

fn loads() -> Result<(), Failed> {
    let outcome = harness::run(["-e".to_owned(), program(5_000)])?;
    let last = |text: &str| outcome.stdout.lines().any(|line| line == text);
    if last("@m7: 4999") && last("@m1: 4993") && last("@k[48]: 4998") {
        return Ok(());
    }
    Err(format!("{}\n{}", outcome.stdout, outcome.stderr).into())
}

fn linear() -> Result<(), Failed> {
    let (few, many) = (compile_time(1_250)?, compile_time(5_000)?);
    // Four times the text in at most six times the time.
    if many <= 6.0 * few {
        return Ok(());
    }
    Err(format!("1,250 statements take {few} s of CPU, 5,000 take {many} s").into())
}

/// Seconds of CPU that compiling takes, the least of three.
fn compile_time(count: usize) -> Result<f64, Failed> {
    let folder = Folder::new()?;
    let path = folder.join("long.bt");
    std::fs::write(&path, program(count))?;
    let hawk = harness::hawk().ok_or("there is no hawk")?;
    let mut least = f64::INFINITY;
    for _ in 0..3 {
        // What the shell's `times` says of its children.
        let script = "\"$0\" --emit object \"$1\" > /dev/null && times";
        let output = Command::new("sh").args(["-c", script]).arg(&hawk).arg(&path).output()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        least = least.min(seconds(&text).ok_or_else(|| format!("no times in {text:?}"))?);
    }
    Ok(least)
}

/// `0m1.810000s 0m0.040000s` in the second line: user and system.
fn seconds(times: &str) -> Option<f64> {
    let user = times.lines().nth(1)?.split_whitespace().next()?;
    let (minutes, seconds) = user.strip_suffix('s')?.split_once('m')?;
    Some(minutes.parse::<f64>().ok()? * 60.0 + seconds.parse::<f64>().ok()?)
}
