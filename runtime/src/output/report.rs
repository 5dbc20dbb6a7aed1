//! What tests and benchmarks of a script came to, for people and for programs.

use std::{
    io::{self, Write},
    time::Duration,
};

use super::{
    Format, OutputOptions, Sink,
    json::{integer, string},
    open_sink,
};

/// How a test ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The test's name.
    pub name: String,
    /// How long it took.
    pub duration: Duration,
    /// Whether it returned 0 and ended by itself.
    pub passed: bool,
    /// What it printed.
    pub output: String,
}

/// How long a benchmark takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measured {
    /// The benchmark's name.
    pub name: String,
    /// Nanoseconds of one run.
    pub average: u64,
    /// How many runs were measured.
    pub iterations: u64,
}

/// Where results of tests and benchmarks go.
pub struct Report {
    sink: Sink,
    format: Format,
    color: bool,
    failed: Vec<String>,
    tested: usize,
}

/// Width of the columns of a table of benchmarks.
const NAME: usize = 41;
const TIME: usize = 15;

impl Report {
    /// Writes to where `options` say, with colours if `color`.
    ///
    /// # Errors
    ///
    /// Returns why the file cannot be made.
    pub fn open(options: &OutputOptions, color: bool) -> io::Result<Self> {
        let (sink, _) = open_sink(options)?;
        let (format, failed) = (options.format, Vec::new());
        Ok(Self { sink, format, color, failed, tested: 0 })
    }

    /// So many tests are about to run.
    pub(crate) fn tests(&mut self, count: usize) -> io::Result<()> {
        self.tag(Color::Green, "==========", &format!("Running {}.", tests(count)))
    }

    /// A test begins.
    pub(crate) fn begins(&mut self, name: &str) -> io::Result<()> {
        self.tag(Color::Green, " RUN      ", name)
    }

    /// A test has ended.
    pub(crate) fn tested(&mut self, verdict: &Verdict) -> io::Result<()> {
        self.tested += 1;
        if !verdict.passed {
            self.failed.push(verdict.name.clone());
        }
        if self.format == Format::Json {
            return self.object("test_result", &verdict.name, |out| {
                out.extend_from_slice(b"\"duration\": ");
                integer(out, verdict.duration.as_nanos() as i128);
                // Writing to a vector can't fail.
                _ = write!(out, ", \"passed\": {}, \"output\": ", verdict.passed);
                string(out, verdict.output.as_bytes());
            });
        }
        let text = format!("{} ({})", verdict.name, time(verdict.duration));
        if verdict.passed {
            return self.tag(Color::Green, "       OK ", &text);
        }
        self.sink.buffer().extend_from_slice(verdict.output.as_bytes());
        self.tag(Color::Red, "  FAILED  ", &text)
    }

    /// All tests have ended; whether all passed.
    pub(crate) fn all_tested(&mut self) -> io::Result<bool> {
        self.tag(Color::Green, "==========", &format!("{} ran.", tests(self.tested)))?;
        let failed = std::mem::take(&mut self.failed);
        let passed = self.tested - failed.len();
        self.tag(Color::Green, "  PASSED  ", &format!("{}.", tests(passed)))?;
        if !failed.is_empty() {
            let text = format!("{}, listed below:", tests(failed.len()));
            self.tag(Color::Red, "  FAILED  ", &text)?;
        }
        for name in &failed {
            self.tag(Color::Red, "  FAILED  ", name)?;
        }
        self.sink.flush()?;
        Ok(failed.is_empty())
    }

    /// Benchmarks are about to run.
    pub(crate) fn benches(&mut self) -> io::Result<()> {
        if self.format == Format::Json {
            return Ok(());
        }
        let out = self.sink.buffer();
        _ = writeln!(out, "{:NAME$}{:TIME$}Iterations", "Benchmark", "Time(ns)");
        _ = writeln!(out, "{}", "-".repeat(NAME + TIME + "Iterations".len()));
        self.sink.flush()
    }

    /// A benchmark has ended.
    pub(crate) fn measured(&mut self, measured: &Measured) -> io::Result<()> {
        let Measured { name, average, iterations } = measured;
        if self.format == Format::Json {
            return self.object("benchmark_result", name, |out| {
                _ = write!(out, "\"average\": {average}, \"iters\": {iterations}");
            });
        }
        _ = writeln!(self.sink.buffer(), "{name:NAME$}{average:<TIME$}{iterations}");
        self.sink.flush()
    }

    /// `{"type": KIND, "data": {NAME: {…}}}`
    fn object(
        &mut self,
        kind: &str,
        name: &str,
        fields: impl FnOnce(&mut Vec<u8>),
    ) -> io::Result<()> {
        let out = self.sink.buffer();
        _ = write!(out, "{{\"type\": \"{kind}\", \"data\": {{");
        string(out, name.as_bytes());
        out.extend_from_slice(b": {");
        fields(out);
        out.extend_from_slice(b"}}}\n");
        self.sink.flush()
    }

    fn tag(&mut self, color: Color, tag: &str, text: &str) -> io::Result<()> {
        if self.format == Format::Json {
            return Ok(());
        }
        let (on, off) = match (self.color, color) {
            (false, _) => ("", ""),
            (true, Color::Green) => ("\x1b[32m", "\x1b[0m"),
            (true, Color::Red) => ("\x1b[31m", "\x1b[0m"),
        };
        _ = writeln!(self.sink.buffer(), "{on}[{tag}]{off} {text}");
        self.sink.flush()
    }
}

#[derive(Clone, Copy)]
enum Color {
    Green,
    Red,
}

fn tests(count: usize) -> String {
    format!("{count} test{}", if count == 1 { "" } else { "s" })
}

/// With the unit in which it has few digits.
fn time(duration: Duration) -> String {
    match duration.as_nanos() {
        nanoseconds @ 0..10_000 => format!("{nanoseconds} ns"),
        nanoseconds @ 10_000..10_000_000 => format!("{} us", nanoseconds / 1000),
        nanoseconds => format!("{} ms", nanoseconds / 1_000_000),
    }
}
