//! Numbers of a map over time: what each key had at one moment after the other. However long it
//! takes, there are only so many: when there are too many, of two neighbouring moments the later
//! is kept.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use ir::{Reduce, Ty};

use crate::{
    output::{Cell, Style, TableView, show},
    reduce::Reduced,
    value::Value,
};

/// Keys that are followed: the first that come.
const MOST_KEYS: usize = 1000;
/// Numbers that are kept.
const MOST_POINTS: usize = 200_000;

/// Numbers over time.
#[derive(Debug, Default)]
pub struct Timeline {
    /// The keys, as text.
    pub(super) keys: Vec<String>,
    numbers: HashMap<String, usize>,
    /// What each key had at the last moment.
    last: Vec<i64>,
    /// The moments, each with what changed.
    pub(super) moments: Vec<Moment>,
    points: usize,
    merged: u32,
    /// Keys that came when there were too many.
    pub(super) left_out: bool,
}

/// What changed at one moment: since tracing began, and the numbers of keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Moment {
    pub(super) at: Duration,
    pub(super) changed: Vec<(usize, i64)>,
}

impl Timeline {
    /// How many looks are one moment by now, as a power of two.
    pub(super) const fn merged(&self) -> u32 {
        self.merged
    }

    /// Takes in what `view` holds now.
    pub(super) fn take(&mut self, view: &TableView<'_>, now: Duration) {
        let mut held = vec![0; self.keys.len()];
        for row in &view.rows {
            let Some(value) = number(&row.value) else { continue };
            let key = text(&row.key);
            let index = match self.numbers.get(&key) {
                Some(index) => *index,
                None if self.keys.len() >= MOST_KEYS => {
                    self.left_out = true;
                    continue;
                }
                None => {
                    self.keys.push(key.clone());
                    self.numbers.insert(key, self.last.len());
                    self.last.push(0);
                    held.push(0);
                    held.len() - 1
                }
            };
            held[index] = value;
        }
        // The first moment has all, zeros too: a line begins there.
        let is_first = self.moments.is_empty();
        let both = held.iter().zip(&self.last).enumerate();
        let changed = both.filter(|(_, (new, old))| is_first || new != old);
        let changed: Vec<_> = changed.map(|(index, (new, _))| (index, *new)).collect();
        self.last = held;
        if changed.is_empty() {
            return;
        }
        self.points += changed.len();
        self.moments.push(Moment { at: now, changed });
        if self.points > MOST_POINTS {
            self.merge();
        }
    }

    fn merge(&mut self) {
        self.merged += 1;
        let mut moments = std::mem::take(&mut self.moments).into_iter();
        while let Some(first) = moments.next() {
            let Some(mut second) = moments.next() else {
                self.moments.push(first);
                break;
            };
            let newer: HashSet<usize> = second.changed.iter().map(|(key, _)| *key).collect();
            let older = first.changed.into_iter().filter(|(key, _)| !newer.contains(key));
            second.changed.extend(older);
            self.moments.push(second);
        }
        self.points = self.moments.iter().map(|moment| moment.changed.len()).sum();
    }
}

/// Whether a value of this type is one number.
pub(super) const fn is_number(value: &Ty) -> bool {
    matches!(
        value,
        Ty::Int(..)
            | Ty::Reduced(
                Reduce::Count
                    | Reduce::Sum(_)
                    | Reduce::Min(_)
                    | Reduce::Max(_)
                    | Reduce::Mean(_)
                    | Reduce::Distinct
            )
    )
}

/// The number that a value is drawn as.
fn number(cell: &Cell<'_>) -> Option<i64> {
    match cell {
        Cell::Value(Value::Int(value)) | Cell::Reduced(Reduced::Int(value)) => Some(*value),
        Cell::Value(Value::Uint(value)) | Cell::Reduced(Reduced::Uint(value)) => {
            Some(i64::try_from(*value).unwrap_or(i64::MAX))
        }
        Cell::Reduced(Reduced::Mean(total)) => {
            Some(total.mean().clamp(i64::MIN.into(), i64::MAX.into()) as i64)
        }
        // Refused before anything is traced: see `is_number`.
        Cell::Value(_) | Cell::Reduced(_) | Cell::Top(_) => None,
    }
}

/// A key, its parts without the parentheses around them.
fn text(key: &Value<'_>) -> String {
    let style = Style { escape: true, ..Style::default() };
    let parts = if let Value::Tuple(items) = key {
        items.as_slice()
    } else if *key == Value::None {
        &[]
    } else {
        std::slice::from_ref(key)
    };
    let part = |value: &Value<'_>| {
        let mut text = Vec::new();
        show(&mut text, value, &style);
        String::from_utf8_lossy(&text).trim().to_owned()
    };
    parts.iter().map(part).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{MOST_KEYS, MOST_POINTS, Timeline};
    use crate::{
        output::{Cell, Row, TableView},
        value::Value,
    };

    fn view(values: impl Iterator<Item = (u64, i64)>) -> TableView<'static> {
        let row = |(key, value)| Row {
            key: Value::Tuple(vec![Value::Uint(key), Value::Bool(true)]),
            value: Cell::Value(Value::Int(value)),
        };
        TableView { keyed: true, rows: values.map(row).collect(), ..TableView::EMPTY }
    }

    const fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn what_changed_is_kept() {
        let mut timeline = Timeline::default();
        timeline.take(&view([(1, 5), (2, 0)].into_iter()), at(1));
        timeline.take(&view([(1, 5), (2, 0)].into_iter()), at(2));
        timeline.take(&view([(2, 7), (3, -1)].into_iter()), at(3));
        assert_eq!(timeline.keys, ["1, true", "2, true", "3, true"]);
        let moments: Vec<_> =
            timeline.moments.iter().map(|it| (it.at.as_secs(), it.changed.clone())).collect();
        // The key that is gone has nothing any more.
        assert_eq!(moments, [(1, vec![(0, 5), (1, 0)]), (3, vec![(0, 0), (1, 7), (2, -1)])]);
    }

    #[test]
    fn there_are_never_too_many() {
        let mut timeline = Timeline::default();
        let keys = MOST_KEYS as u64 + 10;
        for moment in 1..=400 {
            timeline.take(&view((0..keys).map(|key| (key, moment))), at(moment as u64));
            let points: usize = timeline.moments.iter().map(|it| it.changed.len()).sum();
            assert!(points <= MOST_POINTS);
        }
        assert!(timeline.left_out && timeline.keys.len() == MOST_KEYS);
        assert!(timeline.merged() > 0 && timeline.moments.len() > 50);
        let last = timeline.moments.last().map(|it| (it.at, it.changed.len()));
        assert_eq!(last, Some((at(400), MOST_KEYS)));
    }
}
