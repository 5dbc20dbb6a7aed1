//! Holds `stdlib::needs` to what the compiler does: a word that a row names is refused where that
//! need is not met, and a word that is refused for want of a feature is named by its row.

use diag::{Code, Sources};
use driver::pipeline::{self, Input};
use stdlib::{
    Config, Feature, aggregations, builtins, functions,
    needs::{self, Need},
    prelude, probes,
};
use tests::{RecordedKernel, recorded_kernel};

/// Names and examples of all words.
fn words() -> Vec<(&'static str, &'static str)> {
    let mut all: Vec<_> = builtins::ALL.iter().map(|it| (it.name, it.example)).collect();
    all.extend(functions::ALL.iter().map(|it| (it.name, it.example)));
    all.extend(prelude::ALL.iter().map(|it| (it.name, it.example())));
    all.extend(aggregations::ALL.iter().map(|it| (it.name, it.example)));
    all.extend(probes::ALL.iter().map(|it| (it.name, it.example)));
    all
}

/// Codes of the errors that the front end has for a program.
fn errors(kernel: &RecordedKernel, program: &str) -> Vec<Code> {
    let config = Config { allow_unsafe: true, ..Config::default() };
    let sources = Sources::new("stdin", program);
    let cpu = llvm::Cpu::default();
    let mut input = Input { sources, parameters: Vec::new(), config, cpu };
    let mut problems = Vec::new();
    let result = pipeline::front_end(&mut input, kernel, &mut problems);
    let mut codes: Vec<_> = problems.iter().map(|problem| problem.code).collect();
    if result.is_ok() {
        codes.clear();
    }
    codes
}

/// The kernel with everything that compilation can ask for, and the same without some of it.
fn kernels(without: &[Feature]) -> Result<(RecordedKernel, RecordedKernel), String> {
    let mut full = recorded_kernel("linux-6.18")?;
    full.child = true;
    full.features = features();
    let mut less = recorded_kernel("linux-6.18")?;
    less.child = true;
    less.features = features();
    less.features.retain(|feature| !without.contains(feature));
    Ok((full, less))
}

/// Every feature that a row names.
fn features() -> Vec<Feature> {
    let of = |need| if let Need::Feature(feature) = need { Some(feature) } else { None };
    needs::ALL.iter().filter_map(|row| of(row.need)).collect()
}

#[test]
fn words_need_what_their_rows_say() {
    let mut wrong = Vec::new();
    let words = words();
    for row in needs::ALL {
        for name in row.words {
            let Some((_, example)) = words.iter().find(|(word, _)| word == name) else {
                wrong.push(format!("{}: there is no word `{name}`", row.name));
                continue;
            };
            let mut without = Vec::new();
            for need in [Some(row.need), row.or].into_iter().flatten() {
                if let Need::Feature(feature) = need {
                    without.push(feature);
                }
            }
            let (full, less) = kernels(&without).unwrap();
            if !errors(&full, example).is_empty() {
                wrong.push(format!("{}: `{example}` is refused with it", row.name));
            }
            if !without.is_empty() && errors(&less, example).is_empty() {
                wrong.push(format!("{}: `{example}` does not need it", row.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn rows_name_all_words_that_need_them() {
    let mut wrong = Vec::new();
    for row in needs::ALL {
        let Need::Feature(feature) = row.need else { continue };
        let (_, less) = kernels(&[feature]).unwrap();
        for (name, example) in words() {
            let refused = errors(&less, example).contains(&Code::MissingFeature);
            let by_form = row.forms.iter().any(|form| form.contains(name))
                // An aggregation that is read in its example.
                || row.forms.iter().any(|form| form.contains("aggregations"));
            if refused && !row.words.contains(&name) && !by_form {
                wrong.push(format!("{}: `{name}` needs it", row.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Forms that are no words, with a program for each feature that has some.
#[test]
fn forms_need_what_their_rows_say() {
    for (feature, program) in [
        (Feature::MapIteration, "begin { @a[1] = 1; for ($kv : @a) { print($kv); } }"),
        (Feature::Loop, "begin { for ($i : 0..129) { @ = $i; } }"),
        (Feature::PerCpuLookup, "begin { @n = count(); if (@n > 5) { exit(); } }"),
        (Feature::TaiClock, "begin { @ = nsecs(tai); }"),
    ] {
        let (full, less) = kernels(&[feature]).unwrap();
        assert_eq!(errors(&full, program), [], "{program}");
        assert_eq!(errors(&less, program), [Code::MissingFeature], "{program}");
    }
    let (_, less) = kernels(&[Feature::Loop]).unwrap();
    assert_eq!(errors(&less, "begin { for ($i : 0..128) { @ = $i; } }"), []);
    assert_eq!(errors(&less, "begin { $i = 0; while ($i < 5) { $i++; } }"), []);
}
