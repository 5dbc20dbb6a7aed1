//! The index of a table, by which the few rows of one block are found at once.

use ir::Unwind;

/// The index of some rows.
pub(super) struct Index {
    /// The number of the first block.
    pub(super) first: u32,
    /// For each block the last row that starts before or with it, and the first behind it, counted
    /// from the index's own first entry.
    pub(super) entries: Vec<u64>,
}

impl Index {
    /// That of rows that are sorted. Where they lie so far apart that the index would be larger than
    /// what there is room for, it has no entries.
    pub(super) fn of(rows: &[u64]) -> Self {
        let block = |row: &u64| (row >> 32) as u32 >> Unwind::BLOCK_SHIFT;
        let (Some(first), Some(last)) = (rows.first().map(block), rows.last().map(block))
        else {
            return Self { first: 0, entries: Vec::new() };
        };
        let count = last - first + 1;
        if count as usize > super::MOST_ROWS {
            return Self { first: 0, entries: Vec::new() };
        }
        let mut entries = Vec::with_capacity(count as usize);
        let (mut low, mut high) = (0, 0);
        for number in first..=last {
            while rows.get(high).is_some_and(|row| block(row) <= number) {
                high += 1;
            }
            let start = u64::from(number) << (Unwind::BLOCK_SHIFT + 32);
            while rows.get(low + 1).is_some_and(|row| row >> 32 << 32 <= start) {
                low += 1;
            }
            let entry = |row: usize| (row + count as usize) as u64;
            entries.push(entry(low) | entry(high) << 32);
        }
        Self { first, entries }
    }
}

#[cfg(test)]
mod tests {
    use super::Index;

    #[test]
    fn every_block_has_the_rows_for_its_bytes() {
        // In blocks 4, 4, 4, 7 and 8; that of block 8 starts with it.
        let rows: Vec<u64> =
            [0x410, 0x420, 0x4ff, 0x777, 0x800].iter().map(|at: &u64| at << 32 | 5).collect();
        let index = Index::of(&rows);
        assert_eq!(index.first, 4);
        let count = index.entries.len() as u64;
        let ranges: Vec<_> = index
            .entries
            .iter()
            .map(|it| ((it & 0xffff_ffff) - count, (it >> 32) - count))
            .collect();
        assert_eq!(ranges, [(0, 3), (2, 3), (2, 3), (2, 4), (4, 5)]);
        assert!(Index::of(&[]).entries.is_empty());
    }
}
