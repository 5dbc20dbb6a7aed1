//! Takes a program through the stages up to the kernel, and says how far it came. Nothing is
//! attached.

use std::{
    cell::RefCell,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Once,
};

use diag::{Diagnostic, Sources};
use driver::pipeline::{self, Failure, Input};
use runtime::LoadOptions;
use stdlib::{Config, Kernel, Unstable};

/// Where an attempt ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// At the intermediate representation.
    Lowered,
    /// At the object.
    Compiled,
    /// In the kernel.
    Loaded,
}

/// How far a program came.
#[derive(Debug)]
pub enum Outcome {
    /// As far as it should.
    Fine(Box<ir::Program>),
    /// The front end refused it.
    Refused(Vec<Diagnostic>),
    /// This machine can't do it, whatever the program is.
    Unable(String),
    /// It must not happen: a panic, a bug that a stage reports, a refusal of the kernel.
    Broken(Broken),
}

/// What must not happen.
#[derive(Debug, Clone)]
pub struct Broken {
    /// What is the same for all programs that show the same bug.
    pub kind: String,
    /// All that is known.
    pub text: String,
}

/// What `$1` and `$2` are in generated programs.
pub(super) const PARAMETERS: [&str; 2] = ["7", "word"];

thread_local! {
    static PANIC: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Keeps what panics say from standard error, where attempts are expected to panic.
fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if is_attempt() {
                PANIC.with_borrow_mut(|text| *text = info.to_string());
            } else {
                before(info);
            }
        }));
    });
}

thread_local! {
    static ATTEMPTS: RefCell<usize> = const { RefCell::new(0) };
}

fn is_attempt() -> bool {
    ATTEMPTS.with_borrow(|count| *count > 0)
}

/// Runs `act`; a panic becomes what is broken.
///
/// # Errors
///
/// Returns what the panic said.
pub fn caught<T>(act: impl FnOnce() -> T) -> Result<T, Broken> {
    listen();
    ATTEMPTS.with_borrow_mut(|count| *count += 1);
    let result = catch_unwind(AssertUnwindSafe(act));
    ATTEMPTS.with_borrow_mut(|count| *count -= 1);
    result.map_err(|_| {
        let text = PANIC.with_borrow(String::clone);
        let place = text.lines().next().unwrap_or_default();
        Broken { kind: place.to_owned(), text: text.clone() }
    })
}

/// The settings of an attempt: nothing is run, so that all words are allowed.
pub fn settings() -> Config {
    Config {
        allow_unsafe: true,
        max_map_keys: 64,
        unstable_typeinfo: Unstable::Enable,
        ..Config::default()
    }
}

/// What the compiler is given for `text`.
pub fn input(text: &str, config: &Config) -> Input {
    Input {
        sources: Sources::new("generated.bt", text),
        parameters: PARAMETERS.map(str::to_owned).to_vec(),
        config: config.clone(),
        cpu: llvm::Cpu::default(),
    }
}

/// Compiles `text`, and loads it if that is asked for.
pub fn attempt(text: &str, kernel: &dyn Kernel, config: &Config, until: Until) -> Outcome {
    let mut input = input(text, config);
    match caught(|| stages(&mut input, kernel, until)) {
        Ok(outcome) => outcome,
        Err(broken) => Outcome::Broken(broken),
    }
}

fn stages(input: &mut Input, kernel: &dyn Kernel, until: Until) -> Outcome {
    let mut problems = Vec::new();
    let typed = match pipeline::analyse(input, kernel, &mut problems) {
        Ok(typed) => typed,
        Err(Failure::Script) => return Outcome::Refused(problems),
        Err(failure) => return broken(&failure),
    };
    let built = if until == Until::Lowered {
        let lowered = pipeline::lower(input, &typed, kernel, &mut problems);
        lowered.map(|program| (program, Vec::new()))
    } else {
        pipeline::build(input, &typed, kernel, &mut problems)
    };
    let mut built = match built {
        Ok(built) => built,
        Err(Failure::Script) => return Outcome::Refused(problems),
        Err(failure) => return broken(&failure),
    };
    // Also in builds that leave it out.
    if let Err(text) = ir::verify(&built.0) {
        return broken(&Failure::Bug(text));
    }
    if until == Until::Loaded
        && let Err(failure) =
            pipeline::load(&mut built, (input, &typed), kernel, &LoadOptions::default())
    {
        return broken(&failure);
    }
    Outcome::Fine(Box::new(built.0))
}

fn broken(failure: &Failure) -> Outcome {
    if let Failure::Machine(
        error @ (runtime::Error::Permission { .. } | runtime::Error::Lockdown { .. }),
    ) = failure
    {
        return Outcome::Unable(error.to_string());
    }
    if let Failure::Machine(runtime::Error::Refused { reason, log, program, .. }) = failure {
        let lines: Vec<_> = log.lines().collect();
        let tail = lines[lines.len().saturating_sub(60)..].join("\n");
        return Outcome::Broken(Broken {
            kind: format!("verifier: {}", without_numbers(reason)),
            text: format!("{program}: {reason}\n{tail}"),
        });
    }
    let mut text = failure.to_string();
    if let Failure::Machine(runtime::Error::Load { log, .. }) = failure {
        text = format!("{text}\n{log}");
    }
    let first = text.lines().next().unwrap_or_default();
    Outcome::Broken(Broken { kind: without_numbers(first), text })
}

/// Registers, offsets and sizes differ between programs with the same bug.
fn without_numbers(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        let c = if c.is_ascii_digit() { '#' } else { c };
        if c != '#' || !out.ends_with('#') {
            out.push(c);
        }
    }
    out
}
