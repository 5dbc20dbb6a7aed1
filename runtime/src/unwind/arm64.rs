//! Rules of arm64, where a call leaves the return address in a register (`x30`), and functions that
//! call others save it, mostly as the word above the frame pointer (`x29`).

use gimli::{AArch64, CfaRule, RegisterRule, UnwindTableRow};
use ir::{FrameRule, Rule, SavedRule};

use super::cfi::words;

/// One row, if it is of a form that programs could follow.
pub(super) fn rule(row: &UnwindTableRow<usize>) -> Option<Rule> {
    if matches!(row.register(AArch64::X30), Some(RegisterRule::Undefined)) {
        return Some(Rule { frame: FrameRule::Outermost, saved: SavedRule::Same });
    }
    let CfaRule::RegisterAndOffset { register, offset } = row.cfa() else { return None };
    let frame = match *register {
        AArch64::SP => FrameRule::Stack(words(*offset)?),
        AArch64::X29 => FrameRule::Frame(words(*offset)?),
        _ => return None,
    };
    let below = |register| match row.register(register) {
        None | Some(RegisterRule::SameValue) => Some(None),
        Some(RegisterRule::Offset(offset)) => Some(Some(words(offset.checked_neg()?)?)),
        Some(_) => None,
    };
    let small = |words: u16| words.try_into().ok();
    let saved = match (below(AArch64::X29)?, below(AArch64::X30)?) {
        (None, None) => SavedRule::Same,
        (None, Some(address)) => SavedRule::AddressBelow(small(address)?),
        (Some(frame), Some(address)) if frame == address + 1 => SavedRule::Below(small(frame)?),
        (Some(_), _) => return None,
    };
    Some(Rule { frame, saved })
}

#[cfg(test)]
mod tests {
    use ir::{FrameRule, Rule, SavedRule};
    use object::Architecture;

    use super::super::cfi::{Table, table, table_for};

    /// `leaf`, `large`, `outer` and `_start` of
    ///
    /// ```c
    /// void leaf(int *p) { *p += 1; }
    /// int large(int n) { volatile int room[300]; room[n] = n; leaf((int *)room); return room[0]; }
    /// int outer(int n) { return large(n) + large(n + 1); }
    /// void _start(void) { for (;;) outer(3); }
    /// ```
    ///
    /// by `clang --target=aarch64-linux-gnu -O1 -fno-inline -ffreestanding -funwind-tables` and lld.
    const CHAIN: &[u8] = include_bytes!("../../tests/arm64.elf");

    #[test]
    fn tables_are_those_that_readelf_shows() {
        let Table::Rows(rows) = table_for(CHAIN, Architecture::Aarch64) else {
            panic!("no rows")
        };
        let same = Rule { frame: FrameRule::Stack(0), saved: SavedRule::Same };
        let saved = |frame, below| Rule {
            frame: FrameRule::Frame(frame),
            saved: SavedRule::Below(below),
        };
        let expected = [
            (0x1a4, same),
            (0x1c4, saved(4, 4)),
            (0x1e8, same),
            (0x1f4, saved(4, 4)),
            (0x218, same),
            (0x220, saved(2, 2)),
        ];
        let expected: Vec<u64> =
            expected.iter().map(|(at, rule)| at << 32 | u64::from(rule.encode())).collect();
        assert_eq!(rows, expected);
    }

    #[test]
    fn a_file_of_another_machine_has_no_table() {
        if cfg!(target_arch = "x86_64") {
            assert_eq!(table(CHAIN), Table::Unusable);
        }
    }
}
