//! Tables of `docs` with a column for each kernel: a test holds its cell to what the page says, or
//! with `UPDATE=1` writes it there. tests/vm/run makes a table of what the guests say.

use std::{
    fs,
    io::Write as _,
    sync::{Mutex, PoisonError},
};

use libtest_mimic::Failed;
use runtime::{Machine, Target};
use stdlib::{Feature, Kernel};
use tests::{
    folder, is_update,
    kernels::{COLUMNS, NOT_TRIED, Sheet, Table},
};

/// The column that speaks of the running kernel.
fn column() -> String {
    if let Ok(label) = std::env::var("HAWK_VM_KERNEL") {
        return label.split('/').next().unwrap_or_default().to_owned();
    }
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let version: Vec<_> = release.split(['.', '-']).take(2).collect();
    let has = Machine::new(Target::default()).has(Feature::Kprobe);
    format!(
        "{}{}",
        version.join("."),
        if has { " of this machine" } else { " without kprobes" }
    )
}

static PAGE: Mutex<()> = Mutex::new(());

/// Holds a cell to what the page says, or writes it there.
pub(crate) fn keep(sheet: Sheet, row: &str, cell: &str) -> Result<(), Failed> {
    let column = column();
    // tests/vm/run makes a table of these lines.
    let mut out = std::io::stdout().lock();
    writeln!(out, "cell\t{}\t{row}\t{cell}", sheet.heading)?;
    drop(out);
    let path = folder().join("../docs").join(sheet.page);
    let guard = PAGE.lock().unwrap_or_else(PoisonError::into_inner);
    let page = fs::read_to_string(&path)?;
    let mut table = Table::read(&page, sheet);
    if is_update() {
        table.set(row, &column, cell);
        fs::write(&path, table.write(&page, sheet))?;
        return Ok(());
    }
    drop(guard);
    let page = format!("docs/{}", sheet.page);
    match table.get(row, &column) {
        Some(said) if said == cell || said == NOT_TRIED => Ok(()),
        Some(said) => Err(format!("{page} says `{said}` of {row}, not `{cell}`").into()),
        // A kernel that has no column there.
        None if !table.rows(sheet).is_empty() && !COLUMNS.contains(&&*column) => Ok(()),
        None => Err(format!("{page} has no cell for {row} on {column}").into()),
    }
}
