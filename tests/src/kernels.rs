//! The tables of `docs` that tests write: what each form of probe does on each kernel, and by
//! which mechanism; which tools each kernel loads.

use std::collections::BTreeMap;

use stdlib::probes;

/// Where a table is, and what its rows are.
#[derive(Debug, Clone, Copy)]
pub struct Sheet {
    /// The page, below `docs`.
    pub page: &'static str,
    /// The heading above it.
    pub heading: &'static str,
    /// What stands above the names of the rows.
    pub first: &'static str,
    /// Its rows in their order, without those that are no more.
    rows: fn(Vec<String>) -> Vec<String>,
}

/// What each form of probe does.
pub const FORMS: Sheet = Sheet {
    page: "kernels.md",
    heading: "## Every form of probe",
    first: "form",
    rows: of_forms,
};
/// By which mechanism.
pub const MECHANISMS: Sheet = Sheet { heading: "## Mechanisms", ..FORMS };
/// Which tools are loaded.
pub const TOOLS: Sheet =
    Sheet { page: "tools/kernels.md", heading: "## Every tool", first: "tool", rows: of_tools };
/// Attach points that tools do without.
pub const LEFT_OUT: Sheet = Sheet { heading: "## What is left out", ..TOOLS };

/// The kernels, in the order of the columns: Debian's in guests, and one without kprobes.
pub const COLUMNS: &[&str] = &["5.10", "6.1", "6.12", "7.2", "6.18 without kprobes"];

/// What stands in a cell before a kernel was tried.
pub const NOT_TRIED: &str = "not tried";

/// One table: cells by row and column.
#[derive(Debug, Default)]
pub struct Table {
    cells: BTreeMap<(String, String), String>,
}

impl Table {
    /// Reads a sheet's table.
    pub fn read(page: &str, sheet: Sheet) -> Self {
        let mut lines =
            section(page, sheet.heading).lines().filter(|line| line.starts_with('|'));
        let split = |line: &str| -> Vec<String> {
            let line = line.trim().trim_matches('|');
            line.split('|').map(|cell| cell.trim().to_owned()).collect()
        };
        let columns = lines.next().map(split).unwrap_or_default();
        let mut cells = BTreeMap::new();
        for row in lines.skip(1).map(split) {
            let name = row.first().cloned().unwrap_or_default();
            for (column, cell) in columns.iter().zip(&row).skip(1) {
                cells.insert((name.clone(), column.clone()), cell.clone());
            }
        }
        Self { cells }
    }

    /// What stands in a cell, if there is that row.
    pub fn get(&self, row: &str, column: &str) -> Option<&str> {
        self.cells.get(&(row.to_owned(), column.to_owned())).map(String::as_str)
    }

    /// Writes into a cell.
    pub fn set(&mut self, row: &str, column: &str, text: &str) {
        self.cells.insert((row.to_owned(), column.to_owned()), text.to_owned());
    }

    /// The names of the rows.
    pub fn rows(&self, sheet: Sheet) -> Vec<String> {
        let mut names: Vec<_> = self.cells.keys().map(|(row, _)| row.clone()).collect();
        names.dedup();
        (sheet.rows)(names)
    }

    /// The page with this table in the place of the one that it has.
    pub fn write(&self, page: &str, sheet: Sheet) -> String {
        let mut text = format!("| {} | {} |\n", sheet.first, COLUMNS.join(" | "));
        text += &format!("|---|{}\n", "---|".repeat(COLUMNS.len()));
        for row in self.rows(sheet) {
            let cells =
                COLUMNS.iter().map(|column| self.get(&row, column).unwrap_or(NOT_TRIED));
            text += &format!("| {row} | {} |\n", cells.collect::<Vec<_>>().join(" | "));
        }
        let old = section(page, sheet.heading);
        let table: String =
            old.split_inclusive('\n').filter(|line| line.starts_with('|')).collect();
        if table.is_empty() {
            return page.replacen(old, &format!("{}\n{text}\n", old.trim_end_matches('\n')), 1);
        }
        page.replacen(&table, &text, 1)
    }
}

/// Rows of forms, in the order of the probe types.
fn of_forms(mut names: Vec<String>) -> Vec<String> {
    let forms: Vec<_> = probes::ALL.iter().flat_map(|row| row.forms).collect();
    let place = |name: &str| {
        let of = |usage: &str| name.starts_with(&format!("`{usage}`"));
        forms.iter().position(|form| of(form.usage))
    };
    names.retain(|name| place(name).is_some());
    names.sort_by_key(|name| (place(name), name.clone()));
    names
}

/// Rows of tools, by name.
fn of_tools(mut names: Vec<String>) -> Vec<String> {
    let tools: Vec<_> = tools().iter().map(|tool| tool_row(tool)).collect();
    names.retain(|name| tools.contains(name));
    names
}

/// The name of a tool's row: a link to its page.
pub fn tool_row(tool: &str) -> String {
    format!("[{tool}]({tool}.md)")
}

/// The name of every tool of `examples/`, sorted.
pub fn tools() -> Vec<String> {
    let groups = std::fs::read_dir(crate::root().join("examples")).into_iter().flatten();
    let groups = groups.filter_map(Result::ok).map(|entry| entry.path());
    let mut names: Vec<String> = groups
        .flat_map(|group| std::fs::read_dir(group).into_iter().flatten())
        .filter_map(Result::ok)
        .filter_map(|entry| entry.file_name().to_str()?.strip_suffix(".bt").map(str::to_owned))
        .collect();
    names.sort();
    names
}

/// From a heading to the next of its kind.
fn section<'a>(page: &'a str, heading: &str) -> &'a str {
    let Some(start) = page.find(heading) else { return "" };
    let rest = &page[start..];
    let end =
        rest[heading.len()..].find("\n## ").map_or(rest.len(), |at| heading.len() + at + 1);
    &rest[..end]
}
