//! Where the code of a line of a source file is.

use std::{collections::BTreeMap, path::Path, rc::Rc};

use gimli::ColumnType;
use stdlib::SourceLine;

use super::reader::{Die, Reader, Slice, Unit};

/// Addresses of code, one for each function that has some of the line, and for each copy of such a
/// function that was put in place of a call.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) addresses: Vec<u64>,
    /// The next line of the file that has code.
    pub(super) next: Option<u32>,
    /// Whether anything was compiled from the file.
    pub(super) is_known: bool,
}

pub(super) fn at(reader: &Reader<'_>, source: &SourceLine) -> Found {
    let mut found = Found::default();
    for header in reader.headers() {
        let Some(unit) = reader.unit(header) else { continue };
        in_unit(reader, &unit, source, &mut found);
    }
    found.addresses.sort_unstable();
    found.addresses.dedup();
    found
}

fn in_unit<'d>(
    reader: &Reader<'d>,
    unit: &Rc<Unit<'d>>,
    source: &SourceLine,
    found: &mut Found,
) -> Option<()> {
    let program = unit.line_program.clone()?;
    let files = files(reader, unit, &source.file);
    if files.is_empty() {
        return None;
    }
    found.is_known = true;
    let mut rows = program.rows();
    let mut starts = Vec::new();
    let mut was_inside = false;
    while let Ok(Some((_, row))) = rows.next_row() {
        let line = row.line().and_then(|line| u32::try_from(line.get()).ok()).unwrap_or(0);
        let is_of_file = files.contains(&row.file_index()) && !row.end_sequence();
        let column = match row.column() {
            ColumnType::LeftEdge => 0,
            ColumnType::Column(column) => column.get(),
        };
        let is_inside = is_of_file
            && line == source.line
            && source.column.is_none_or(|wanted| u64::from(wanted) == column);
        if is_inside && !was_inside && row.is_stmt() {
            starts.push(row.address());
        }
        if is_of_file && line > source.line && found.next.is_none_or(|next| line < next) {
            found.next = Some(line);
        }
        was_inside = is_inside && (was_inside || row.is_stmt());
    }
    // A loop has code of its head at several places: the first of them is where one comes by.
    let mut first: BTreeMap<usize, u64> = BTreeMap::new();
    for address in starts {
        let Some(scope) = scope(reader, unit, address) else { continue };
        let known = first.entry(scope).or_insert(address);
        *known = address.min(*known);
    }
    found.addresses.extend(first.into_values());
    Some(())
}

/// Numbers of the files that `name` means: its last parts are that name.
fn files<'d>(reader: &Reader<'d>, unit: &Rc<Unit<'d>>, name: &str) -> Vec<u64> {
    let Some(program) = &unit.line_program else { return Vec::new() };
    let header = program.header();
    let first = u64::from(header.version() < 5);
    let text = |value| {
        let text: Slice<'d> = reader.dwarf.attr_string(unit, value).ok()?;
        Some(text.to_string_lossy().into_owned())
    };
    let folder = unit.comp_dir.map(|it| it.to_string_lossy().into_owned());
    let is_it = |index: &u64| {
        let Some(file) = header.file(*index) else { return false };
        let inside = file.directory(header).and_then(text).unwrap_or_default();
        let path = Path::new(folder.as_deref().unwrap_or_default()).join(inside);
        text(file.path_name()).is_some_and(|file| path.join(file).ends_with(name))
    };
    (first..first + header.file_names().len() as u64).filter(is_it).collect()
}

/// The function that `address` is in, or the copy of one in it, by the place of its entry.
fn scope<'d>(reader: &Reader<'d>, unit: &Rc<Unit<'d>>, address: u64) -> Option<usize> {
    let covers = |die: &Die<'d>| {
        let Ok(mut ranges) = reader.dwarf.die_ranges(unit, &die.entry) else { return false };
        while let Ok(Some(range)) = ranges.next() {
            if (range.begin..range.end).contains(&address) {
                return true;
            }
        }
        false
    };
    let mut entries = unit.entries();
    let mut function = None;
    while let Ok(Some(entry)) = entries.next_dfs() {
        if entry.tag() == gimli::DW_TAG_subprogram {
            let die = Die { unit: Rc::clone(unit), entry: entry.clone() };
            if covers(&die) {
                function = Some(die);
                break;
            }
        }
    }
    let mut inner = function?;
    let mut scope = inner.place()?;
    while let Some(next) = reader.children(&inner).into_iter().find(|it| {
        matches!(it.tag(), gimli::DW_TAG_inlined_subroutine | gimli::DW_TAG_lexical_block)
            && covers(it)
    }) {
        if next.tag() == gimli::DW_TAG_inlined_subroutine {
            scope = next.place()?;
        }
        inner = next;
    }
    Some(scope)
}

/// If `address` is in the part of `function` that only makes its frame and stores what it was
/// called with: the next line, if it has one.
pub(super) fn is_before_body<'d>(
    reader: &Reader<'d>,
    function: &Die<'d>,
    address: u64,
) -> Option<Option<u32>> {
    let unit = &function.unit;
    let whole = reader.dwarf.die_ranges(unit, &function.entry).ok()?.next().ok()??;
    let mut rows = unit.line_program.clone()?.rows();
    let (mut head, mut told, mut second) = (None, None, None);
    let mut others: Vec<(u64, u64, u32)> = Vec::new();
    while let Ok(Some((_, row))) = rows.next_row() {
        let at = row.address();
        if row.end_sequence() || !row.is_stmt() || !(whole.begin..whole.end).contains(&at) {
            continue;
        }
        let line = row.line().and_then(|line| u32::try_from(line.get()).ok()).unwrap_or(0);
        if at == whole.begin {
            head = head.or(Some((row.file_index(), line)));
            continue;
        }
        others.push((at, row.file_index(), line));
        second = second.or(Some(at));
        if row.prologue_end() {
            told = told.or(Some(at));
        }
    }
    let body = told.or(second).unwrap_or(whole.end);
    if !(whole.begin..body).contains(&address) {
        return None;
    }
    let (file, line) = head?;
    let next = others.iter().find(|it| it.0 >= body && it.1 == file && it.2 > line);
    Some(next.map(|it| it.2))
}
