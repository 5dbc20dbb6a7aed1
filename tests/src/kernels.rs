//! The tables of `docs/kernels.md` that tests write: what each form of probe does on each kernel,
//! and by which mechanism.

use std::collections::BTreeMap;

use stdlib::probes;

/// The tables, by the headings above them.
pub const FORMS: &str = "## Every form of probe";
/// See [`FORMS`].
pub const MECHANISMS: &str = "## Mechanisms";

/// The kernels, in the order of the columns: Debian's in guests, and one without kprobes.
pub const COLUMNS: &[&str] = &["5.10", "6.1", "6.12", "7.2", "6.18 without kprobes"];

/// The columns in which every form has been tried.
pub const COMPLETE: &[&str] = &["6.18 without kprobes"];

/// What stands in a cell before a kernel was tried.
pub const NOT_TRIED: &str = "not tried";

/// One table: cells by row and column.
#[derive(Debug, Default)]
pub struct Table {
    cells: BTreeMap<(String, String), String>,
}

impl Table {
    /// Reads the table below `heading`.
    pub fn read(page: &str, heading: &str) -> Self {
        let mut lines = section(page, heading).lines().filter(|line| line.starts_with('|'));
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

    /// The names of the rows, those of forms in the order of the probe types.
    pub fn rows(&self) -> Vec<String> {
        let forms: Vec<_> = probes::ALL.iter().flat_map(|row| row.forms).collect();
        let place = |name: &str| {
            let of = |usage: &str| name.starts_with(&format!("`{usage}`"));
            forms.iter().position(|form| of(form.usage))
        };
        let mut names: Vec<_> = self.cells.keys().map(|(row, _)| row.clone()).collect();
        names.dedup();
        // Rows of forms that are no more are left out.
        names.retain(|name| place(name).is_some());
        names.sort_by_key(|name| (place(name), name.clone()));
        names
    }

    /// The page with this table in the place of the one below `heading`.
    pub fn write(&self, page: &str, heading: &str, first: &str) -> String {
        let mut text = format!("| {first} | {} |\n", COLUMNS.join(" | "));
        text += &format!("|---|{}\n", "---|".repeat(COLUMNS.len()));
        for row in self.rows() {
            let cells =
                COLUMNS.iter().map(|column| self.get(&row, column).unwrap_or(NOT_TRIED));
            text += &format!("| {row} | {} |\n", cells.collect::<Vec<_>>().join(" | "));
        }
        let old = section(page, heading);
        let table: String =
            old.split_inclusive('\n').filter(|line| line.starts_with('|')).collect();
        if table.is_empty() {
            return page.replacen(old, &format!("{}\n{text}\n", old.trim_end_matches('\n')), 1);
        }
        page.replacen(&table, &text, 1)
    }
}

/// From a heading to the next of its kind.
fn section<'a>(page: &'a str, heading: &str) -> &'a str {
    let Some(start) = page.find(heading) else { return "" };
    let rest = &page[start..];
    let end =
        rest[heading.len()..].find("\n## ").map_or(rest.len(), |at| heading.len() + at + 1);
    &rest[..end]
}
