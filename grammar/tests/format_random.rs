//! The formatter over programs that nobody would write.

mod check;
mod maker;

use check::{formatted, parse};
use maker::{Maker, Random};

/// How many programs each test makes.
const ROUNDS: usize = 2_500;

fn check_many(seed: u64, comments: usize) {
    let mut maker =
        Maker { random: Random(seed), out: String::new(), left: 0, comments, blocks: true };
    let (mut right, mut failures) = (0, Vec::new());
    for _ in 0..ROUNDS {
        maker.out.clear();
        maker.program();
        if !parse(&maker.out).problems.is_empty() {
            continue;
        }
        right += 1;
        if let Err(wrong) = formatted(&maker.out) {
            failures.push(wrong);
        }
    }
    failures.sort_by_key(String::len);
    let shown = failures.iter().take(4).cloned().collect::<Vec<_>>().join("\n======\n");
    assert!(failures.is_empty(), "{} of {right} are wrong:\n{shown}", failures.len());
    assert!(right > ROUNDS / 2, "only {right} programs are right");
}

#[test]
fn without_comments() {
    check_many(0x9e37_79b9_7f4a_7c15, 0);
}

#[test]
fn with_a_few_comments() {
    check_many(0xd1b5_4a32_d192_ed03, 40);
}

#[test]
fn with_comments_everywhere() {
    check_many(0x0123_4567_89ab_cdef, 5);
}
