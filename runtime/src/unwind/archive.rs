//! Libraries that run where they lie in a ZIP archive, uncompressed: one table for all of them, as the
//! kernel knows one file.

use std::io::{Read, Seek};

use object::{ReadCache, ReadRef};

use super::cfi::{self, Table};
use crate::kernel::zip;

/// The table of an archive; none if the file is none.
pub(super) fn table<R: Read + Seek>(file: &ReadCache<R>) -> Option<Table> {
    let head = file.read_bytes_at(0, zip::MAGIC.len() as u64).ok()?;
    if head != zip::MAGIC {
        return None;
    }
    let mut members = zip::members(file)?;
    members.retain(|member| member.is_stored);
    members.sort_by_key(|member| member.range.start);
    let mut rows = Vec::new();
    for member in members {
        let (start, size) = (member.range.start, member.range.end - member.range.start);
        if let Table::Rows(own) = cfi::table(file.range(start, size)) {
            // The place is the upper half of a row.
            let moved = |row: u64| {
                let place = u32::try_from((row >> 32) + start).ok()?;
                Some(u64::from(place) << 32 | row & u64::from(u32::MAX))
            };
            rows.extend(own.into_iter().filter_map(moved));
        }
    }
    Some(if rows.is_empty() { Table::Unusable } else { Table::Rows(rows) })
}
