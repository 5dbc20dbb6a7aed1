//! Holds the page of each diagnostic code to what it says: what stands below `Wrong:` gets that
//! code on a recorded machine, and what stands below `Right:` is right.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use diag::{Code, Diagnostic, Level, Sources};
use driver::pipeline::{self, Input};
use stdlib::Config;
use tests::recorded_kernel;

/// Codes whose page has no program that gets it here, and why.
#[rustfmt::skip]
const ELSEWHERE: &[(Code, &str)] = &[
    (Code::NotText, "its program would not be text"),
    (Code::NotSupported, "there is less of it from version to version"),
    (Code::TooDeep, "its program would be longer than the page"),
    (Code::TooLarge, "its program would be longer than the page"),
    (Code::CannotAsk, "depends on the machine"),
    (Code::MissingFeature, "depends on the machine"),
    (Code::Refused, "a bug of ours"),
    (Code::CannotAttach, "depends on the machine"),
];

/// The programs below `title`: indented lines, with an empty line between two programs.
fn programs(page: &str, title: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut inside = false;
    let mut starts = true;
    for line in page.lines() {
        match line.strip_prefix("    ") {
            Some(code) if inside && starts => {
                out.push(format!("{code}\n"));
                starts = false;
            }
            Some(code) if inside => {
                if let Some(last) = out.last_mut() {
                    *last += &format!("{code}\n");
                }
            }
            Some(_) => {}
            None if line.is_empty() => starts = true,
            None => inside = line.trim_end_matches(':') == title && line.ends_with(':'),
        }
    }
    out
}

/// A program, or a command line of hawk.
fn input(text: &str) -> Input {
    let mut input = Input {
        sources: Sources::new("page", text),
        parameters: Vec::new(),
        config: Config::default(),
        cpu: llvm::Cpu::default(),
    };
    let Some(line) = text.strip_prefix("hawk ") else { return input };
    let mut words = runtime::split_command(line).unwrap().into_iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "-e" => input.sources = Sources::new("page", words.next().unwrap()),
            "--probe-filter" => input.config.probe_filter = words.next(),
            "--test" => input.config.purpose = stdlib::Purpose::Test,
            "-c" => _ = words.next(),
            "--" => {}
            _ => input.parameters.push(word),
        }
    }
    input
}

fn problems(text: &str) -> Vec<Diagnostic> {
    let mut kernel = recorded_kernel("linux-6.18").unwrap();
    kernel.child = text.starts_with("hawk -c ");
    let mut problems = Vec::new();
    let _ = pipeline::front_end(&mut input(text), &kernel, &mut problems);
    problems
}

#[test]
fn every_page_shows_its_code_and_the_way_out() {
    let mut wrong = Vec::new();
    for code in Code::ALL {
        let page = code.explain();
        let elsewhere = ELSEWHERE.iter().any(|(known, _)| known == code);
        if page.lines().next().is_none_or(|line| line.len() < 30) {
            wrong.push(format!("{}: the page says nothing", code.id()));
        }
        let shown = programs(page, "Wrong");
        if shown.is_empty() && !elsewhere {
            wrong.push(format!("{}: no program below `Wrong:`", code.id()));
        }
        if elsewhere {
            continue;
        }
        for program in &shown {
            let found = problems(program);
            if !found.iter().any(|problem| problem.code == *code) {
                let found: Vec<_> = found.iter().map(|problem| problem.code.id()).collect();
                wrong.push(format!("{}: {program}gets {found:?}", code.id()));
            }
        }
        for program in programs(page, "Right") {
            let found = problems(&program);
            let bad: Vec<_> = found
                .iter()
                .filter(|it| it.level == Level::Error || it.code == *code)
                .filter(|it| it.code != Code::NoMatch || it.level == Level::Error)
                .map(|it| (it.code.id(), &it.title))
                .collect();
            if !bad.is_empty() {
                wrong.push(format!("{}: {program}is not right: {bad:?}", code.id()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn there_is_a_page_for_each_code_and_none_else() {
    let folder = tests::root().join("compiler/diag/pages");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    let codes: Vec<_> = Code::ALL.iter().map(|code| format!("{}.md", code.id())).collect();
    assert_eq!(files, codes);
}
