//! What must hold for every program, tried on many that were made at random (`tests::generate`):
//! formatting loses nothing, no stage panics, and what the checker takes the kernel takes.
//!
//! Environment: `FUZZ=N` takes N programs, of which more are large, instead of a few thousand,
//! `FUZZ_SEED=N` starts at another one; what fails is made small and written to `target/fuzz`. `FUZZ_SHRINK=N` takes so many
//! seconds for that; `FUZZ_PRINT=N,…` only shows programs. `HAWK_PROGRAMS` as in
//! `run`; `HAWK_VM_SAMPLE` for few programs, in a guest.

mod differential;
mod format;
mod peer;
mod robust;
mod structs;
mod verifier;

use std::{fs, io::Write, path::PathBuf, process::ExitCode, sync::OnceLock, time::Duration};

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use runtime::{Machine, Target};
use tests::generate::{self, Broken, Generator, Vocabulary};

/// How many programs each property is tried on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Effort {
    /// The first one.
    pub(crate) seed: u64,
    /// That are loaded.
    pub(crate) loaded: u64,
    /// That are formatted.
    pub(crate) formatted: u64,
    /// That are changed.
    pub(crate) mutated: u64,
    /// Whether nearly all are small.
    pub(crate) is_brief: bool,
}

impl Effort {
    fn asked_for() -> Self {
        let seed = number("FUZZ_SEED").unwrap_or(1);
        match number("FUZZ") {
            Some(loaded) => Self {
                seed,
                loaded,
                formatted: loaded / 5,
                mutated: loaded * 2,
                is_brief: false,
            },
            None if is_sample() => {
                Self { seed, loaded: 60, formatted: 0, mutated: 0, is_brief: false }
            }
            None => Self { seed, loaded: 2000, formatted: 500, mutated: 1000, is_brief: true },
        }
    }

    /// What makes the programs.
    pub(crate) fn generator(self, machine: &Machine) -> Generator<'_> {
        let generator = Generator::new(vocabulary(), machine);
        if self.is_brief { generator.brief() } else { generator }
    }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

fn is_sample() -> bool {
    std::env::var_os("HAWK_VM_SAMPLE").is_some()
}

/// The machine that the programs are for.
pub(crate) fn machine() -> Machine {
    Machine::new(Target { child: true, ..Target::default() })
}

/// Its words, found once.
pub(crate) fn vocabulary() -> &'static Vocabulary {
    static FOUND: OnceLock<Vocabulary> = OnceLock::new();
    FOUND.get_or_init(|| Vocabulary::find(&machine()))
}

fn main() -> ExitCode {
    let effort = Effort::asked_for();
    if let Ok(seeds) = std::env::var("FUZZ_PRINT") {
        return show(&seeds);
    }
    let mut trials = vec![
        trial("verifier::loads_what_the_checker_takes", move || verifier::loads(effort)),
        trial("differential::arithmetic_agrees_with_c", move || {
            differential::arithmetic(effort)
        }),
        trial("differential::structs_agree_with_c", move || structs::fields(effort)),
    ];
    if !is_sample() {
        trials.push(trial("format::loses_nothing", move || format::loses_nothing(effort)));
        trials.push(trial("robust::wrong_programs_are_survived", move || {
            robust::survives(effort)
        }));
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// Prints the programs of these seeds, for a person.
fn show(seeds: &str) -> ExitCode {
    let machine = machine();
    let generator = Effort::asked_for().generator(&machine);
    for seed in seeds.split(',') {
        let Ok(number) = seed.parse() else { return ExitCode::FAILURE };
        let text = format!("// seed {seed}\n{}", generator.program(number));
        let _ = std::io::stdout().write_all(text.as_bytes());
    }
    ExitCode::SUCCESS
}

fn trial(name: &str, body: impl FnOnce() -> Result<(), Failed> + Send + 'static) -> Trial {
    Trial::ignorable_test(name, move || {
        if let Err(why) = runtime::check_permission() {
            return Ok(Completion::ignored_with(why.to_string()));
        }
        body().map(|()| Completion::Completed)
    })
}

/// Where failing programs are written.
pub(crate) fn folder() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    target.unwrap_or_else(|| tests::root().join("target")).join("fuzz")
}

/// Writes a program, so that it is there when the process is not.
pub(crate) fn keep(name: &str, text: &str) -> PathBuf {
    let path = folder().join(name);
    let written = fs::create_dir_all(folder()).and_then(|()| fs::write(&path, text));
    if let Err(error) = written {
        return PathBuf::from(format!("(not written: {error})"));
    }
    path
}

/// What to say about a program that fails: it is made small and kept.
pub(crate) fn report(
    seed: u64,
    text: &str,
    broken: &Broken,
    fails: impl Fn(&str) -> Option<Broken>,
) -> String {
    let same = |text: &str| fails(text).is_some_and(|it| it.kind == broken.kind);
    let small =
        generate::shrunk(text, Duration::from_secs(number("FUZZ_SHRINK").unwrap_or(10)), same);
    let path = keep(&format!("{seed}.bt"), &small);
    let said = fails(&small).map_or_else(|| broken.text.clone(), |it| it.text);
    format!("seed {seed}: {}\n{}\n{small}\n{said}", broken.kind, path.display())
}

/// Fails with all that was reported.
pub(crate) fn none(failures: &[String]) -> Result<(), Failed> {
    if failures.is_empty() { Ok(()) } else { Err(failures.join("\n────\n").into()) }
}
