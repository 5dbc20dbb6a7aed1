//! Runs that trace nothing: the tests and the benchmarks of a script.

use std::{
    io::{self, Write},
    os::fd::AsFd,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use ir::{Link, Phase, ProgramId};

use crate::{
    attach,
    error::Error,
    events::Events,
    ffi,
    load::Loaded,
    output::{Buffering, Measured, Report, Sink, Style, Text, Verdict},
    session::RunOptions,
    warnings::Warnings,
};

/// A benchmark has run long enough when its program took so many nanoseconds.
const ENOUGH: u64 = 1_000_000;
/// Most runs of a benchmark.
const MOST_RUNS: u64 = 1 << 24;
/// Runs before the first that is measured.
const WARM_UP: u64 = 16;

/// Runs the tests; the exit code is 1 if one fails, and 0 otherwise.
///
/// # Errors
///
/// Returns what the kernel did not run, and what the output could not take.
pub fn run_tests(
    loaded: Loaded,
    program: &ir::Program,
    warnings: Warnings,
    report: &mut Report,
) -> Result<i32, Error> {
    alone(loaded, program, warnings, |trials, links| {
        report.tests(links.len()).map_err(Error::Output)?;
        for link in links {
            let name = trials.name(link);
            report.begins(&name).map_err(Error::Output)?;
            let verdict = trials.test(link.program, name)?;
            report.tested(&verdict).map_err(Error::Output)?;
        }
        let passed = report.all_tested().map_err(Error::Output)?;
        Ok(i32::from(!passed))
    })
}

/// Runs the benchmarks; the exit code.
///
/// # Errors
///
/// Returns what the kernel did not run, and what the output could not take.
pub fn run_benches(
    loaded: Loaded,
    program: &ir::Program,
    warnings: Warnings,
    report: &mut Report,
) -> Result<i32, Error> {
    alone(loaded, program, warnings, |trials, links| {
        let failed = |source| Error::System { what: "measuring programs", source };
        let _stats = ffi::enable_run_stats().map_err(failed)?;
        let floor = floor().map_err(failed)?;
        report.benches().map_err(Error::Output)?;
        for link in links {
            let name = trials.name(link);
            let measured = trials.bench(link.program, name, floor)?;
            report.measured(&measured).map_err(Error::Output)?;
        }
        Ok(0)
    })
}

/// Runs begin, then what is to be tried, then end. A begin that fails is the end of it.
fn alone(
    mut loaded: Loaded,
    program: &ir::Program,
    warnings: Warnings,
    act: impl FnOnce(&mut Trials<'_>, &[&Link]) -> Result<i32, Error>,
) -> Result<i32, Error> {
    let ring = loaded.ring.take();
    let printed = Printed::default();
    let sink = || Sink::new(Box::new(printed.clone()), Buffering::None);
    let mut output = Text::new(sink(), Box::new(printed.clone()), Style::default()).quiet(true);
    let options = RunOptions { warnings, ..RunOptions::default() };
    let events = Events::new((program, &loaded), ring, &mut output, &options)?;
    let mut trials = Trials { program, loaded: &loaded, events, printed: printed.clone() };
    if let Some(shared) = &loaded.shared {
        shared.set_started(ffi::boot_time());
    }
    let of = |phase: Phase| program.links.iter().filter(move |link| link.phase == phase);
    for link in of(Phase::Begin) {
        let begin = trials.test(link.program, trials.name(link))?;
        tell(&begin.output);
        if !begin.passed {
            return Ok(1);
        }
    }
    let tried: Vec<_> = of(Phase::Test).chain(of(Phase::Bench)).collect();
    let code = act(&mut trials, &tried)?;
    for link in of(Phase::End) {
        tell(&trials.test(link.program, trials.name(link))?.output);
    }
    Ok(code)
}

/// What begin and end print is no result: it goes where messages go.
fn tell(text: &str) {
    // Nobody to tell if that fails.
    let _ = io::stderr().write_all(text.as_bytes());
}

struct Trials<'run> {
    program: &'run ir::Program,
    loaded: &'run Loaded,
    events: Events<'run>,
    printed: Printed,
}

impl Trials<'_> {
    /// What comes after the probe's type, or the name that the script gives it.
    fn name(&self, link: &Link) -> String {
        let site = link.sites.first().and_then(|site| self.program.sites.get(*site));
        let name = site.map_or("", |site| site.name.as_str());
        name.split_once(':').map_or(name, |(_, name)| name).to_owned()
    }

    fn test(&mut self, program: ProgramId, name: String) -> Result<Verdict, Error> {
        let started = Instant::now();
        let returned = attach::run_once(self.loaded, program, &name)?;
        let duration = started.elapsed();
        let asked = self.collect()?;
        let passed = returned == 0 && asked.is_none_or(|code| code == 0);
        let mut output = self.printed.take();
        if returned != 0 {
            output += &format!("returned {}\n", returned as i32);
        }
        Ok(Verdict { name, duration, passed, output })
    }

    /// Twice as many runs each time, until they took long enough.
    fn bench(
        &mut self,
        program: ProgramId,
        name: String,
        floor: u64,
    ) -> Result<Measured, Error> {
        let failed = |source| Error::System { what: "measuring programs", source };
        let descriptor = self.loaded.programs[program].as_fd();
        let mut runs = WARM_UP;
        loop {
            let before = ffi::run_stats(descriptor).map_err(failed)?;
            for _ in 0..runs {
                attach::run_once(self.loaded, program, &name)?;
            }
            let after = ffi::run_stats(descriptor).map_err(failed)?;
            // What it prints is not looked at.
            self.collect()?;
            self.printed.take();
            let (time, count) = (after.0 - before.0, after.1 - before.1);
            if runs > WARM_UP && time >= ENOUGH || runs >= MOST_RUNS {
                let average = (time / count.max(1)).saturating_sub(floor);
                return Ok(Measured { name, average, iterations: count });
            }
            runs *= 2;
        }
    }

    /// Takes what was sent; the exit code that was asked for.
    fn collect(&mut self) -> Result<Option<i32>, Error> {
        self.events.drain().map_err(Error::Output)?;
        self.events.output.flush().map_err(Error::Output)?;
        let shared = self.loaded.shared.as_ref();
        let asked = shared.and_then(crate::Shared::exit_requested);
        if let Some(shared) = shared.filter(|_| asked.is_some()) {
            shared.go_on();
        }
        Ok(asked)
    }
}

/// What measuring itself costs: the time of a program that does nothing. The least of several
/// rounds, as disturbances only add to it.
fn floor() -> io::Result<u64> {
    const ROUND: u64 = 1000;
    let empty = ffi::load_nothing()?;
    let mut least = u64::MAX;
    for _ in 0..5 {
        let before = ffi::run_stats(empty.as_fd())?;
        for _ in 0..ROUND {
            ffi::test_run(empty.as_fd())?;
        }
        let after = ffi::run_stats(empty.as_fd())?;
        least = least.min((after.0 - before.0) / (after.1 - before.1).max(1));
    }
    Ok(least)
}

/// What was printed, by results and messages alike.
#[derive(Debug, Clone, Default)]
struct Printed(Arc<Mutex<Vec<u8>>>);

impl Printed {
    fn take(&self) -> String {
        let mut bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&std::mem::take(&mut *bytes)).into_owned()
    }
}

impl Write for Printed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
