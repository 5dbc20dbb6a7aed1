//! The programs in the explanations of the codes are wrong and right as they claim.

use diag::{Code, SourceId, Sources};

/// The indented program below `title`.
fn example(explanation: &str, title: &str) -> Option<String> {
    let (_, rest) = explanation.split_once(title)?;
    let lines = rest.trim_start_matches('\n').lines();
    let program: Vec<_> = lines.map_while(|line| line.strip_prefix("    ")).collect();
    (!program.is_empty()).then(|| program.join("\n"))
}

fn codes(program: &str) -> Vec<Code> {
    let parsed = grammar::parse(&Sources::new("example.bt", program), SourceId(0));
    parsed.problems.iter().map(|problem| problem.code).collect()
}

#[test]
fn examples_show_their_code() {
    // These two take more room, or bytes, than an explanation has.
    let untold = [Code::NotText, Code::TooDeep];
    let mut count = 0;
    for code in Code::ALL.iter().filter(|code| code.id().starts_with("E00")) {
        let Some(wrong) = example(code.explain(), "Wrong:") else { continue };
        count += 1;
        if !untold.contains(code) {
            assert!(codes(&wrong).contains(code), "{}: {wrong}", code.id());
        }
        let right = example(code.explain(), "Right:");
        assert_eq!(right.map(|right| codes(&right)), Some(Vec::new()), "{}", code.id());
    }
    assert!(count > 10);
}
