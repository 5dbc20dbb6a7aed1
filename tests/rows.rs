//! Holds the corpus to its table of constructs: each has a program that works and one that is
//! refused, and the first shows what the row says.

use std::{collections::BTreeSet, fs};

use tests::{Case, folder};

/// Chapters of the language's definition that the table covers.
const CHAPTERS: &[&str] = &[
    "Layout",
    "Tokens",
    "Heads of probes",
    "Statements",
    "Operators",
    "Types",
    "Values",
    "Scopes and variables",
    "Numbers and texts",
    "Memory",
    "Macros, functions, imports",
    "Old spellings",
];

struct Row {
    name: String,
    /// What the program that works has in it.
    shows: String,
    works: String,
    refused: String,
}

/// The chapters and rows of `tests/corpus/ROWS`.
fn table() -> Result<(Vec<String>, Vec<Row>), String> {
    let text = fs::read_to_string(folder().join("corpus/ROWS")).map_err(|it| it.to_string())?;
    let (mut chapters, mut rows) = (Vec::new(), Vec::new());
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with("# ")) {
        if let Some(chapter) = line.strip_prefix("## ") {
            chapters.push(chapter.to_owned());
            continue;
        }
        // `\|` is a bar and no end of a column.
        let line = line.replace("\\|", "\u{1}");
        let columns = line.split('|').map(|it| it.trim().replace('\u{1}', "|"));
        let columns: Vec<_> = columns.collect();
        let [name, _, shows, works, refused] = columns.as_slice() else {
            return Err(format!("five columns are expected: {line}"));
        };
        let [name, shows, works, refused] = [name, shows, works, refused].map(Clone::clone);
        rows.push(Row { name, shows, works, refused });
    }
    Ok((chapters, rows))
}

fn case(name: &str) -> Option<Case> {
    Case::read(&folder().join("corpus").join(format!("{name}.bt"))).ok()
}

/// The text of the file that has the test of that name, for what needs more than a program: a
/// signal, another command line, another machine.
fn test_text(name: &str) -> Option<String> {
    let own = name.rsplit("::").next()?;
    let marks = [format!("\"{name}\""), format!("fn {own}(")];
    let folders = [folder().join("run"), folder().join("../compiler/driver/tests")];
    let files = folders.iter().flat_map(fs::read_dir).flatten().filter_map(Result::ok);
    let texts = files.filter_map(|file| fs::read_to_string(file.path()).ok());
    texts.into_iter().find(|text| marks.iter().any(|mark| text.contains(mark)))
}

/// What is wrong with the program that works.
fn of_what_works(name: &str, shows: &str, works: &str) -> Option<String> {
    match case(works) {
        None => Some(format!("{name}: there is no {works}")),
        Some(case) if !case.program.contains(shows) => {
            Some(format!("{name}: {works} has no `{shows}`"))
        }
        Some(case) if case.section("errors").is_some() => {
            Some(format!("{name}: {works} is refused"))
        }
        Some(_) => None,
    }
}

/// What is wrong with the program that is refused.
fn of_what_is_refused(name: &str, refused: &str) -> Option<String> {
    let Some(case) = case(refused) else {
        return Some(format!("{name}: there is no {refused}"));
    };
    let said = case.section("errors").or(case.section("warnings"));
    said.is_none_or(str::is_empty).then(|| format!("{name}: nothing is said of {refused}"))
}

/// The count is what this test is run for by hand.
#[expect(clippy::print_stdout, reason = "a test's own words")]
fn show(text: &str) {
    println!("{text}");
}

#[test]
fn every_construct_works_and_is_refused() -> Result<(), String> {
    let (chapters, rows) = table()?;
    assert_eq!(chapters, CHAPTERS);
    let mut wrong = Vec::new();
    for Row { name, shows, works, refused } in &rows {
        if let Some(test) = works.strip_prefix("test ") {
            if !test_text(test).is_some_and(|text| text.contains(shows.as_str())) {
                wrong.push(format!("{name}: no test {test} has `{shows}`"));
            }
        } else {
            wrong.extend(of_what_works(name, shows, works));
        }
        if let Some(test) = refused.strip_prefix("test ") {
            if test_text(test).is_none() {
                wrong.push(format!("{name}: there is no test {test}"));
            }
        } else {
            wrong.extend(of_what_is_refused(name, refused));
        }
    }
    show(&format!("{} constructs in {} chapters", rows.len(), chapters.len()));
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}

#[test]
fn no_construct_stands_twice() -> Result<(), String> {
    let (_, rows) = table()?;
    let names: BTreeSet<_> = rows.iter().map(|row| &row.name).collect();
    assert_eq!(names.len(), rows.len());
    assert!(rows.len() >= 220, "rows have gone: {} are left", rows.len());
    Ok(())
}
