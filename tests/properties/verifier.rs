//! Any program that the checker accepts is accepted by the kernel.

use std::{collections::BTreeMap, io::Write};

use libtest_mimic::Failed;
use runtime::Machine;
use tests::generate::{
    Broken, Coverage, Outcome, Until, attempt, missing_constructs, row_names, settings,
};

use crate::{Effort, keep, machine, none, report, vocabulary};

/// Most programs of a hundred that the checker may refuse: each should be right.
const MOST_REFUSED: u64 = 2;
/// Least share of the instructions' variants.
const LEAST_COVERED: usize = 90;
/// Most programs of a thousand that may be too large for the verifier, or for the jumps of BPF, in
/// the brief run: how much there is room for depends on the kernel. `make fuzz` shows each.
const MOST_TOO_LARGE: u64 = 5;
const TOO_LARGE: [&str; 2] = ["BPF program is too large", "Branch target out of insn range"];
/// Most failures that are made small.
const MOST_SHOWN: usize = 8;

/// Programs that should show everything.
const ENOUGH: u64 = 1000;

/// Programs that were refused for one reason.
#[derive(Default)]
struct Refused {
    count: u64,
    /// The last one.
    seed: u64,
    title: String,
}

/// What came of all programs.
#[derive(Default)]
struct Tally {
    coverage: Coverage,
    refused: BTreeMap<String, Refused>,
    unable: BTreeMap<String, u64>,
    broken: BTreeMap<String, Vec<u64>>,
    too_large: BTreeMap<String, Vec<u64>>,
    failures: Vec<String>,
}

/// Threads that programs are shared out to: generating and compiling takes most of the time.
const THREADS: u64 = 2;

pub(crate) fn loads(effort: Effort) -> Result<(), Failed> {
    let tallies: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> =
            (0..THREADS).map(|at| scope.spawn(move || share(effort, at))).collect();
        threads.into_iter().map(std::thread::ScopedJoinHandle::join).collect()
    });
    let mut sum = Tally::default();
    for tally in tallies {
        let Ok(tally) = tally else { return Err("a thread panicked".into()) };
        sum.add(tally);
    }
    sum.finish(effort)
}

/// Every so many of the programs, from the one at `first` on.
fn share(effort: Effort, first: u64) -> Tally {
    let machine = machine();
    let generator = effort.generator(&machine);
    let mut tally = Tally::default();
    let seeds = effort.seed..effort.seed + effort.loaded;
    for seed in seeds.skip(first as usize).step_by(THREADS as usize) {
        let text = generator.program(seed);
        keep(&format!("running-{first}.bt"), &text);
        tally.see((seed, &text), &machine, effort);
    }
    tally
}

impl Tally {
    /// Tries a program.
    fn see(&mut self, (seed, text): (u64, &str), machine: &Machine, effort: Effort) {
        let config = settings();
        let fails = |text: &str| match attempt(text, machine, &config, Until::Loaded) {
            Outcome::Broken(broken) => Some(broken),
            Outcome::Fine(_) | Outcome::Refused(_) | Outcome::Unable(_) => None,
        };
        match attempt(text, machine, &config, Until::Loaded) {
            Outcome::Fine(program) => self.coverage.add(text, &program),
            Outcome::Unable(why) => *self.unable.entry(why).or_default() += 1,
            Outcome::Refused(problems) => {
                let first = problems.iter().find(|it| it.level == diag::Level::Error);
                let Some(first) = first else { return };
                let entry = self.refused.entry(first.code.id().to_owned()).or_default();
                entry.count += 1;
                (entry.seed, entry.title) = (seed, first.title.clone());
            }
            Outcome::Broken(broken) if effort.is_brief && is_too_large(&broken) => {
                self.too_large.entry(broken.kind).or_default().push(seed);
            }
            Outcome::Broken(broken) => {
                // Each bug once.
                let seeds = self.broken.entry(broken.kind.clone()).or_default();
                seeds.push(seed);
                if seeds.len() == 1 && self.failures.len() < MOST_SHOWN {
                    self.failures.push(report(seed, text, &broken, fails));
                }
            }
        }
    }

    /// Takes in what another thread found.
    fn add(&mut self, other: Self) {
        self.coverage.join(other.coverage);
        for (code, refused) in other.refused {
            let entry = self.refused.entry(code).or_default();
            *entry = Refused { count: entry.count + refused.count, ..refused };
        }
        for (why, count) in other.unable {
            *self.unable.entry(why).or_default() += count;
        }
        for (kind, seeds) in other.broken {
            self.broken.entry(kind).or_default().extend(seeds);
        }
        for (kind, seeds) in other.too_large {
            self.too_large.entry(kind).or_default().extend(seeds);
        }
        self.failures.extend(other.failures);
    }

    fn finish(mut self, effort: Effort) -> Result<(), Failed> {
        let vocabulary = vocabulary();
        let text = self.summary(effort);
        // For people who look; the harness shows it in any case.
        let _ = writeln!(std::io::stdout(), "{text}");
        let refused = self.refused.values().map(|it| it.count).sum::<u64>();
        if refused * 100 > MOST_REFUSED * effort.loaded {
            self.failures.push(format!("{refused} of {} programs were refused", effort.loaded));
        }
        let too_large = self.too_large.values().map(|seeds| seeds.len() as u64).sum::<u64>();
        if too_large * 1000 > MOST_TOO_LARGE * effort.loaded {
            self.failures
                .push(format!("{too_large} of {} programs are too large", effort.loaded));
        }
        if effort.loaded >= ENOUGH {
            let (share, missing) = self.coverage.instructions();
            if share < LEAST_COVERED {
                let missing = missing.join(" ");
                self.failures
                    .push(format!("{share} % of the instructions; missing: {missing}"));
            }
            for row in row_names() {
                let excused = vocabulary.unable.contains_key(&row);
                if !self.coverage.has_word(&row) && !excused {
                    self.failures.push(format!("{row}: in no program that was accepted"));
                }
            }
        }
        none(&self.failures)
    }

    /// What was covered and what was not.
    fn summary(&self, effort: Effort) -> String {
        let vocabulary = vocabulary();
        let mut out = format!(
            "seeds {} to {}\n{}",
            effort.seed,
            effort.seed + effort.loaded - 1,
            self.coverage
        );
        for (row, why) in &vocabulary.unable {
            out += &format!("not here: {row}: {why}\n");
        }
        for construct in missing_constructs(vocabulary) {
            out += &format!("the checker has no `{construct}` yet\n");
        }
        for (why, count) in &self.unable {
            out += &format!("{count} times: {why}\n");
        }
        for (code, Refused { count, seed, title }) in &self.refused {
            out += &format!("{count} times {code}, last seed {seed}: {title}\n");
        }
        for (kind, seeds) in self.broken.iter().chain(&self.too_large) {
            out += &format!(
                "{} times {kind}: seeds {:?}\n",
                seeds.len(),
                &seeds[..seeds.len().min(5)]
            );
        }
        out
    }
}

/// Whether a program is right but longer than what there is room for.
pub(crate) fn is_too_large(broken: &Broken) -> bool {
    TOO_LARGE.iter().any(|kind| broken.kind.contains(kind))
}
