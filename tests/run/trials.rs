//! `--test` and `--bench`.

use libtest_mimic::Failed;
use serde_json::Value;

use crate::{
    Guests, Test,
    harness::{self, Outcome},
    schema,
};

pub(crate) fn all() -> Vec<Test> {
    vec![
        Test::new("trials::tests_pass_and_fail", "root", Guests::Sample, text),
        Test::new("trials::results_of_tests_as_json", "root", Guests::All, json),
        Test::new(
            "trials::what_can_not_be_traced_here_is_no_hindrance",
            "root",
            Guests::All,
            elsewhere,
        ),
        Test::new("trials::a_begin_that_fails_ends_it", "root", Guests::None, begin),
        Test::new("trials::benchmarks_tell_much_from_little", "root", Guests::All, benches),
    ]
}

/// Tests that pass, that assert, that return; what one changes the next one sees.
const TESTS: &str = "fn twice($x : int64) : int64 { return $x * 2; }
begin { @number = 5; }
test:good { assert(twice(4) == 8, \"not said\"); printf(\"not shown\\n\"); @number++; }
test:bad { printf(\"shown\\n\"); assert(@number == 7, \"not seven\"); printf(\"not reached\\n\"); }
test:returns { return 3; }
test:after { return @number != 6; }
bench:little { }
bench:much { $i = 0; unroll (50) { @[pid, comm, $i] = nsecs; $i++; } }
";

/// Without the times.
fn lines(outcome: &Outcome) -> Vec<String> {
    let bare = |line: &str| match line.rsplit_once(" (") {
        Some((start, end)) if end.ends_with("s)") => start.to_owned(),
        _ => line.to_owned(),
    };
    outcome.stdout.lines().map(bare).collect()
}

fn text() -> Result<(), Failed> {
    let outcome = harness::run(["--test", "-e", TESTS])?.expect_code(1)?;
    let wanted = [
        "[==========] Running 4 tests.",
        "[ RUN      ] good",
        "[       OK ] good",
        "[ RUN      ] bad",
        "shown",
        "stdin:4:31-64: ERROR: not seven",
        "[  FAILED  ] bad",
        "[ RUN      ] returns",
        "returned 3",
        "[  FAILED  ] returns",
        "[ RUN      ] after",
        "[       OK ] after",
        "[==========] 4 tests ran.",
        "[  PASSED  ] 2 tests.",
        "[  FAILED  ] 2 tests, listed below:",
        "[  FAILED  ] bad",
        "[  FAILED  ] returns",
    ];
    if lines(&outcome) != wanted {
        return Err(outcome.wrong("that is not what the tests come to"));
    }
    let outcome = harness::run(["--test", "--probe-filter", "good|after", "-e", TESTS])?;
    let outcome = outcome.expect_code(0)?;
    if !outcome.stdout.contains("[  PASSED  ] 2 tests.") || outcome.stdout.contains("FAILED") {
        return Err(outcome.wrong("only two tests were asked for, and they pass"));
    }
    Ok(())
}

/// The objects of all lines, each valid, by the names of what they are about.
fn objects(outcome: &Outcome, kind: &str) -> Result<Vec<(String, Value)>, Failed> {
    let schema = schema::schema()?;
    let mut found = Vec::new();
    for line in outcome.stdout.lines() {
        let object = schema::check(&schema, outcome, line)?;
        if object["type"] != kind {
            return Err(outcome.wrong("something else was printed"));
        }
        let data = object["data"].as_object().into_iter().flatten();
        found.extend(data.map(|(name, value)| (name.clone(), value.clone())));
    }
    Ok(found)
}

fn json() -> Result<(), Failed> {
    let outcome =
        harness::run(["--mode", "test", "-f", "json", "-e", TESTS])?.expect_code(1)?;
    let found = objects(&outcome, "test_result")?;
    let found: Vec<_> = found
        .iter()
        .map(|(name, it)| (name.as_str(), it["passed"].as_bool(), it["output"].as_str()))
        .collect();
    let wanted = [
        ("good", Some(true), Some("not shown\n")),
        ("bad", Some(false), Some("shown\nstdin:4:31-64: ERROR: not seven\n")),
        ("returns", Some(false), Some("returned 3\n")),
        ("after", Some(true), Some("")),
    ];
    if found != wanted {
        return Err(outcome.wrong("that is not what the tests come to"));
    }
    Ok(())
}

fn elsewhere() -> Result<(), Failed> {
    let program = "kprobe:there_is_no_such_function, uprobe:/no/such/file:main { @ = count(); }
        test:one { }";
    let outcome = harness::run(["--test", "-e", program])?.expect_code(0)?;
    if !outcome.stdout.contains("[  PASSED  ] 1 test.") {
        return Err(outcome.wrong("the test is to run"));
    }
    Ok(())
}

fn begin() -> Result<(), Failed> {
    let program = "begin { assert(1 == 2, \"not ready\"); } test:one { }";
    let outcome = harness::run(["--test", "-e", program])?.expect_code(1)?;
    if !outcome.stderr.contains("not ready") || outcome.stdout.contains("one") {
        return Err(outcome.wrong("no test is to run"));
    }
    Ok(())
}

fn benches() -> Result<(), Failed> {
    let outcome = harness::run(["--bench", "-e", TESTS])?.expect_code(0)?;
    let mut lines = outcome.stdout.lines();
    let head = lines.next().map(|line| line.split_whitespace().collect::<Vec<_>>());
    if head != Some(vec!["Benchmark", "Time(ns)", "Iterations"]) {
        return Err(outcome.wrong("the table has another head"));
    }
    if lines.next().is_none_or(|line| !line.trim_matches('-').is_empty()) || lines.count() != 2
    {
        return Err(outcome.wrong("the table has two rows"));
    }
    let outcome = harness::run(["--bench", "-f", "json", "-e", TESTS])?.expect_code(0)?;
    let found = objects(&outcome, "benchmark_result")?;
    let time = |name: &str| {
        let found = found.iter().find(|(known, _)| known == name);
        let (_, it) = found.ok_or_else(|| outcome.wrong("a benchmark is missing"))?;
        Ok::<_, Failed>((
            it["average"].as_u64().unwrap_or(0),
            it["iters"].as_u64().unwrap_or(0),
        ))
    };
    let (little, runs_of_little) = time("little")?;
    let (much, runs_of_much) = time("much")?;
    if much <= 2 * little || runs_of_much == 0 || runs_of_little < runs_of_much {
        return Err(outcome.wrong("fifty updates take longer than nothing"));
    }
    Ok(())
}
