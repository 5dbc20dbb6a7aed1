//! `--mode compiler-bench`: how long each stage takes for one program.

use std::time::{Duration, Instant};

use stdlib::Kernel;

use crate::pipeline::{self, Failure, Input};

/// Enough for a median that does not jump.
const ROUNDS: usize = 21;

/// One line a stage: median and shortest time.
///
/// # Errors
///
/// Returns what is wrong with the program.
pub(crate) fn table(input: &mut Input, kernel: &dyn Kernel) -> Result<String, Failure> {
    let mut times: Vec<(&str, Vec<Duration>)> = Vec::new();
    for _ in 0..ROUNDS {
        for (stage, time) in round(&mut input.clone(), kernel)? {
            match times.iter_mut().find(|(name, _)| *name == stage) {
                Some((_, list)) => list.push(time),
                None => times.push((stage, vec![time])),
            }
        }
    }
    let mut out = format!("{:10} {:>12} {:>12}\n", "Stage", "Median(us)", "Least(us)");
    for (stage, mut list) in times {
        list.sort();
        let us = |time: Option<&Duration>| time.map_or(0, Duration::as_micros);
        let (median, least) = (us(list.get(list.len() / 2)), us(list.first()));
        out += &format!("{stage:10} {median:>12} {least:>12}\n");
    }
    Ok(out)
}

fn round(
    input: &mut Input,
    kernel: &dyn Kernel,
) -> Result<Vec<(&'static str, Duration)>, Failure> {
    let mut times = Vec::new();
    let mut problems = Vec::new();
    let mut started = Instant::now();
    let mut lap = |stage| {
        times.push((stage, started.elapsed()));
        started = Instant::now();
    };
    let parsed = pipeline::parse(input, &mut problems)?;
    lap("parse");
    let imported = pipeline::import(input, &parsed, kernel, &mut problems)?;
    lap("import");
    let resolved = pipeline::resolve(input, &imported, &mut problems)?;
    lap("resolve");
    let expansion = pipeline::expand(resolved, kernel, &mut problems);
    lap("expand");
    let typed = pipeline::check(expansion, kernel, &mut problems)?;
    lap("check");
    let program = pipeline::lower(input, &typed, kernel, &mut problems)?;
    lap("lower");
    pipeline::object(input, &program)?;
    lap("object");
    Ok(times)
}
