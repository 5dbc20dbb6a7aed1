//! How often a map is looked at that is drawn over time.

use std::time::Duration;

/// The least time between two looks.
const INTERVAL: Duration = Duration::from_millis(200);
/// Looking may take this part of the time.
const SHARE: u32 = 100;

/// When the next look is due.
#[derive(Debug, Default)]
pub(super) struct Pace {
    due: Duration,
}

impl Pace {
    /// Whether it is.
    pub(super) fn is_due(&self, now: Duration) -> bool {
        now >= self.due
    }

    /// Looking took so long; the next look is not before that matters little, nor before it is
    /// wanted: what came of 2^`merged` looks is kept as one.
    pub(super) fn looked(&mut self, now: Duration, cost: Duration, merged: u32) {
        let wanted = INTERVAL.saturating_mul(1 << merged.min(20));
        self.due = now.saturating_add(wanted.max(cost.saturating_mul(SHARE)));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Pace;

    #[test]
    fn looking_costs_little() {
        let at = Duration::from_millis;
        let mut pace = Pace::default();
        assert!(pace.is_due(at(0)));
        pace.looked(at(0), at(0), 0);
        assert!(!pace.is_due(at(199)) && pace.is_due(at(200)));
        pace.looked(at(200), at(20), 0);
        assert!(!pace.is_due(at(2199)) && pace.is_due(at(2200)));
        pace.looked(at(0), at(0), 3);
        assert!(!pace.is_due(at(1599)) && pace.is_due(at(1600)));
    }
}
