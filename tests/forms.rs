//! Holds the forms of the probe types to their files in `tests/corpus/forms` and to their rows in
//! docs/kernels.md. What the cells say is compared where a kernel is: in `tests/run/forms.rs`.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use stdlib::{needs, probes};
use tests::{
    Case, files, folder,
    kernels::{COLUMNS, FORMS, MECHANISMS, NOT_TRIED, Sheet, Table},
};

/// Nothing is wrong.
fn none(wrong: &[String]) {
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn cases() -> Vec<Case> {
    let paths = files(&folder().join("corpus/forms"));
    paths.iter().map(|path| Case::read(path).unwrap()).collect()
}

fn table(sheet: Sheet) -> Table {
    let page = std::fs::read_to_string(folder().join("../docs").join(sheet.page)).unwrap();
    Table::read(&page, sheet)
}

#[test]
fn each_form_has_one_file() {
    let mut wrong = Vec::new();
    let mut known = BTreeMap::new();
    for case in cases() {
        let form = case.header("form").unwrap_or_default().to_owned();
        if let Some(other) = known.insert(form.clone(), case.name()) {
            wrong.push(format!("{} and {other} both have `{form}`", case.name()));
        }
        if case.section("stdout").is_none_or(|text| text.trim().is_empty()) {
            wrong.push(format!("{} expects nothing", case.name()));
        }
    }
    for form in probes::ALL.iter().flat_map(|row| row.forms) {
        if known.remove(form.usage).is_none() {
            wrong.push(format!("no file in tests/corpus/forms has `// form: {}`", form.usage));
        }
    }
    let unknown =
        known.iter().map(|(form, name)| format!("{name}: no probe type has `{form}`"));
    wrong.extend(unknown);
    none(&wrong);
}

#[test]
fn each_form_begins_with_its_type() {
    for row in probes::ALL {
        assert!(!row.forms.is_empty(), "{}: it has no forms", row.name);
        for form in row.forms {
            let kind = form.usage.split(':').next().unwrap_or_default();
            assert_eq!(kind, row.name, "{}", form.usage);
        }
    }
}

#[test]
fn each_form_has_its_cells() {
    let mut wrong = Vec::new();
    let table = table(FORMS);
    for form in probes::ALL.iter().flat_map(|row| row.forms) {
        let row = format!("`{}`", form.usage);
        let cells: Vec<_> =
            COLUMNS.iter().map(|it| table.get(&row, it).unwrap_or(NOT_TRIED)).collect();
        for column in COLUMNS {
            if table.get(&row, column).unwrap_or(NOT_TRIED) == NOT_TRIED {
                wrong.push(format!("docs/kernels.md: {row} has not been tried on {column}"));
            }
        }
        for need in cells.iter().filter_map(|cell| cell.strip_prefix("needs ")) {
            if !needs::ALL.iter().any(|it| it.since == need) {
                wrong.push(format!("{row} needs `{need}`, which --info does not know"));
            }
        }
        // What one kernel lacks, another has: else nothing shows that the form works.
        let open = |it: &&&str| ["not verified", NOT_TRIED].contains(*it);
        let is_shown = cells.contains(&"works") || cells.iter().all(|it| open(&it));
        if !is_shown {
            wrong.push(format!("{row} works nowhere"));
        }
    }
    none(&wrong);
}

#[test]
fn each_variation_has_its_cells() {
    let mut wrong = Vec::new();
    let table = table(MECHANISMS);
    for case in cases() {
        let form = case.header("form").unwrap_or_default();
        let variations = case.header("without").into_iter().flat_map(|it| it.split(' '));
        for row in variations.map(|it| format!("`{form}` `--no-feature {it}`")) {
            for column in COLUMNS {
                let cell = table.get(&row, column).unwrap_or(NOT_TRIED);
                if cell == NOT_TRIED {
                    wrong
                        .push(format!("docs/kernels.md: {row} has not been tried on {column}"));
                }
            }
        }
    }
    none(&wrong);
}
