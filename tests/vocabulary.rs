//! Holds the rows of the vocabulary to what the manual, the help and the tests expect of them:
//! examples that compile, summaries that are sentences, tables in order, a lowering that is shown.

use diag::{Code, Sources};
use driver::pipeline::{self, Input};
use stdlib::{Config, Purpose, aggregations, builtins, functions, prelude, probes};
use tests::{Case, files, folder, recorded_kernel};

/// What every table's rows have in common.
struct Row {
    table: &'static str,
    name: &'static str,
    usage: &'static str,
    summary: &'static str,
    example: &'static str,
}

fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for it in builtins::ALL {
        let (name, usage, summary) = (it.name, it.usage, it.summary);
        rows.push(Row { table: "builtins", name, usage, summary, example: it.example });
    }
    for it in functions::ALL {
        let (name, usage, summary) = (it.name, it.usage, it.summary);
        rows.push(Row { table: "functions", name, usage, summary, example: it.example });
    }
    for it in prelude::ALL {
        let (name, usage, summary) = (it.name, it.usage(), it.summary());
        rows.push(Row { table: "macros", name, usage, summary, example: it.example() });
    }
    for it in aggregations::ALL {
        let (name, usage, summary) = (it.name, it.usage, it.summary);
        rows.push(Row { table: "aggregations", name, usage, summary, example: it.example });
    }
    for it in probes::ALL {
        let (name, usage, summary) = (it.name, it.usage, it.summary);
        rows.push(Row { table: "probes", name, usage, summary, example: it.example });
    }
    rows
}

/// Nothing is wrong.
fn none(wrong: &[String]) {
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn examples_compile_and_use_their_word() {
    let mut kernel = recorded_kernel("linux-6.18").unwrap();
    // `cpid` wants a child.
    kernel.child = true;
    let mut wrong = Vec::new();
    for row in rows() {
        let sources = Sources::new(row.name, row.example);
        // Some words can change the system.
        let purpose = match row.name {
            "test" => Purpose::Test,
            "bench" => Purpose::Bench,
            _ => Purpose::Trace,
        };
        let config = Config { allow_unsafe: true, purpose, ..Config::default() };
        let cpu = llvm::Cpu::default();
        let mut input = Input { sources, parameters: Vec::new(), config, cpu };
        let mut problems = Vec::new();
        let result = pipeline::front_end(&mut input, &kernel, &mut problems);
        // Old spellings have rows too, and one word is not meant for everyday use.
        let expected = [Code::Obsolete, Code::Debugging];
        let unexpected = problems.iter().filter(|problem| !expected.contains(&problem.code));
        for problem in unexpected {
            wrong.push(diag::render(problem, &input.sources, false));
        }
        if let Err(why) = result {
            wrong.push(format!("{}: the example does not compile: {why}", row.name));
        }
        if !row.example.contains(row.name.trim_end_matches('N')) {
            wrong.push(format!("{}: the example does not show it", row.name));
        }
    }
    none(&wrong);
}

#[test]
fn tables_are_sorted_by_name() {
    // Numbered arguments stand under `argN`, which is sorted without regard to case.
    for table in ["builtins", "functions", "macros", "aggregations", "probes"] {
        let names = rows().into_iter().filter(|row| row.table == table);
        let names: Vec<_> = names.map(|row| row.name.to_lowercase()).collect();
        let mut sorted = names.clone();
        sorted.sort();
        sorted.dedup();
        if table == "builtins" {
            assert_eq!(names.len(), sorted.len(), "{table}: a name stands there twice");
            assert!(names[2..].is_sorted(), "{table}: {names:?}");
        } else {
            assert_eq!(names, sorted, "{table}");
        }
    }
}

#[test]
fn summaries_are_sentences_and_usages_begin_with_the_name() {
    let mut wrong = Vec::new();
    for Row { name, usage, summary, .. } in rows() {
        if !summary.ends_with('.') || !summary.starts_with(|c: char| c.is_uppercase()) {
            wrong.push(format!("{name}: not a sentence: {summary}"));
        }
        if summary.chars().count() > 120 {
            wrong.push(format!("{name}: too long for one line: {summary}"));
        }
        if !usage.starts_with(name.trim_end_matches('N')) {
            wrong.push(format!("{name}: usage is {usage}"));
        }
    }
    none(&wrong);
}

#[test]
fn every_word_has_a_lowering_in_the_corpus() {
    let mut wrong = Vec::new();
    let paths = files(&folder().join("corpus/lower"));
    let cases: Vec<_> = paths.iter().map(|path| Case::read(path).unwrap()).collect();
    for Row { table, name, .. } in rows() {
        let kind = table.trim_end_matches('s');
        let start = format!("lower::{kind}-{name}");
        let plural = format!("lower::{kind}s-{name}");
        // `functions-…` would be another word's.
        let is_shown = cases.iter().any(|case| {
            let named = case.name().starts_with(&start) || case.name().starts_with(&plural);
            named && case.program.contains(name.trim_end_matches('N'))
        });
        if !is_shown {
            wrong.push(format!("no tests/corpus/lower/{kind}-{name}*.bt"));
        }
    }
    none(&wrong);
}

/// What `tests/corpus/words` should have of a row, or what is wrong with it. `// for: A = B` says
/// what stands in the program for a name of the example that is another on each machine.
fn word_case(row: &Row) -> Result<(), String> {
    let Row { table, name, example, .. } = row;
    let path = format!("corpus/words/{}-{name}.bt", table.trim_end_matches('s'));
    let case = Case::read(&folder().join(&path)).map_err(|_| format!("no tests/{path}"))?;
    let (header, program): (Vec<_>, Vec<_>) =
        case.program.lines().partition(|line| line.starts_with("// "));
    let mut expected = (*example).to_owned();
    for line in header.iter().filter_map(|line| line.strip_prefix("// for: ")) {
        let (from, to) = line.split_once(" = ").ok_or(format!("{path}: {line}"))?;
        expected = expected.replace(from, to);
    }
    if program.join("\n") != expected {
        return Err(format!("{path}: the example is now\n{expected}"));
    }
    let says_something = case.sections.iter().any(|section| !section.text.trim().is_empty());
    if says_something || case.header("exit").is_some() {
        return Ok(());
    }
    Err(format!("{path}: nothing is expected of it"))
}

#[test]
fn every_example_is_run_and_its_output_checked() {
    let rows = rows();
    let wrong: Vec<_> = rows.iter().filter_map(|row| word_case(row).err()).collect();
    none(&wrong);
    // A file that belongs to no word would run something else.
    let found = files(&folder().join("corpus/words")).len();
    assert_eq!(found, rows.len(), "files in tests/corpus/words, words");
}

#[test]
fn no_word_has_two_meanings() {
    let mut names: Vec<_> =
        rows().iter().filter(|row| row.table != "probes").map(|row| row.name).collect();
    names.sort_unstable();
    let twice: Vec<_> = names.windows(2).filter(|pair| pair[0] == pair[1]).collect();
    assert!(twice.is_empty(), "{twice:?}");
}
