//! Programs that were written wrong: the front end says so, or the rest takes them too. Nothing
//! panics.

use libtest_mimic::Failed;
use tests::generate::{Broken, Outcome, Random, Until, attempt, mutated, settings};

use crate::{Effort, keep, machine, none, report, verifier};

/// So many changed programs are made of one.
const OF_EACH: u64 = 10;
/// Most failures that are made small.
const MOST_SHOWN: usize = 8;

pub(crate) fn survives(effort: Effort) -> Result<(), Failed> {
    let machine = machine();
    let generator = effort.generator(&machine);
    let config = settings();
    let fails = |text: &str| -> Option<Broken> {
        match attempt(text, &machine, &config, Until::Loaded) {
            Outcome::Broken(broken) => Some(broken),
            Outcome::Fine(_) | Outcome::Refused(_) | Outcome::Unable(_) => None,
        }
    };
    let (mut kinds, mut failures) = (Vec::new(), Vec::new());
    for seed in effort.seed..effort.seed + effort.mutated / OF_EACH {
        let right = generator.program(seed);
        let mut random = Random::new(!seed);
        for _ in 0..OF_EACH {
            let text = mutated(&right, &mut random);
            keep("running.bt", &text);
            let Some(broken) = fails(&text) else { continue };
            if effort.is_brief && verifier::is_too_large(&broken) {
                continue;
            }
            if kinds.contains(&broken.kind) || failures.len() >= MOST_SHOWN {
                continue;
            }
            failures.push(report(seed, &text, &broken, fails));
            kinds.push(broken.kind);
        }
    }
    none(&failures)
}
