//! Holds the corpus to its table of constructs: each has a program that works and one that is
//! refused, and the first shows what the row says.

use std::{collections::BTreeSet, fs};

use tests::{Case, folder};

/// Chapters of the language's definition that the table covers.
const CHAPTERS: &[&str] = &[
    "Statements",
    "Operators",
    "Types",
    "Values",
    "Scopes and variables",
    "Numbers and texts",
    "Memory",
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

#[test]
fn every_construct_works_and_is_refused() -> Result<(), String> {
    let (chapters, rows) = table()?;
    assert_eq!(chapters, CHAPTERS);
    let mut wrong = Vec::new();
    for Row { name, shows, works, refused } in &rows {
        match case(works) {
            None => wrong.push(format!("{name}: there is no {works}")),
            Some(case) if !case.program.contains(shows.as_str()) => {
                wrong.push(format!("{name}: {works} has no `{shows}`"));
            }
            Some(case) if case.section("errors").is_some() => {
                wrong.push(format!("{name}: {works} is refused"));
            }
            Some(_) => {}
        }
        match case(refused) {
            None => wrong.push(format!("{name}: there is no {refused}")),
            Some(case) => {
                let said = case.section("errors").or(case.section("warnings"));
                if said.is_none_or(str::is_empty) {
                    wrong.push(format!("{name}: nothing is said of {refused}"));
                }
            }
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}

#[test]
fn no_construct_stands_twice() -> Result<(), String> {
    let (_, rows) = table()?;
    let names: BTreeSet<_> = rows.iter().map(|row| &row.name).collect();
    assert_eq!(names.len(), rows.len());
    assert!(rows.len() >= 100, "rows have gone: {} are left", rows.len());
    Ok(())
}
