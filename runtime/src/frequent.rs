//! What comes most often: the counters of all CPUs, made one list. It knows their layout
//! ([`ir::Top`]), not what the list looks like.

use std::collections::{BTreeMap, HashMap};

use ir::{Table, Top, Width};

use crate::{
    names::Names,
    value::{Value, decode, load},
};

/// What came most often, and how often anything else can have come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frequent<'a> {
    /// The most frequent ones, the most frequent last.
    pub items: Vec<Counted<'a>>,
    /// How often all came together.
    pub total: u64,
    /// No other one came more often than this.
    pub others: u64,
}

/// An item and how often it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted<'a> {
    /// What came.
    pub item: Value<'a>,
    /// It came so often, or more often.
    pub least: u64,
    /// It did not come more often.
    pub most: u64,
}

/// Makes a list of each key's counters. An entry is a key, then 8 bytes of the set's number; the
/// sets of all CPUs. Ordered by the bytes of the key.
pub(crate) fn lists<'a>(
    (top, table): (Top, &'a Table),
    entries: impl IntoIterator<Item = (&'a [u8], &'a [u8])>,
    names: &'a dyn Names,
) -> Vec<(&'a [u8], Frequent<'a>)> {
    let mut rows: BTreeMap<&[u8], Found<'a>> = BTreeMap::new();
    for (key, sets) in entries {
        let Some((key, _)) = key.split_last_chunk::<8>() else { continue };
        rows.entry(key).or_default().add(top, sets);
    }
    let finish = |(key, found): (_, Found<'a>)| (key, found.finish(top, table, names));
    rows.into_iter().map(finish).collect()
}

/// The counters of one key, before they are looked at together.
#[derive(Default)]
struct Found<'a> {
    counted: Vec<Bounds<'a>>,
    total: u64,
    others: u64,
}

/// How often an item came.
#[derive(Debug, Clone, Copy)]
struct Bounds<'a> {
    bytes: &'a [u8],
    least: u64,
    most: u64,
}

impl<'a> Found<'a> {
    /// Adds the same set of all CPUs.
    fn add(&mut self, top: Top, sets: &'a [u8]) {
        let size = (Top::HEAD + Top::WAYS * top.counter()) as usize;
        let cpus: Vec<_> = sets.chunks_exact(size).map(|set| Set::read(top, set)).collect();
        self.total += cpus.iter().map(|set| set.total).sum::<u64>();
        let absent = cpus.iter().map(|set| set.slack() + set.floor.max(set.torn)).sum();
        self.others = self.others.max(absent);
        let items = cpus.iter().flat_map(|set| &set.counters);
        let items: BTreeMap<_, _> = items.map(|(hash, found)| (hash, found.bytes)).collect();
        for (hash, bytes) in items {
            let (mut least, mut most) = (0u64, 0u64);
            for set in &cpus {
                let (from, to) = set.bounds(*hash);
                (least, most) = (least + from, most + to);
            }
            self.counted.push(Bounds { bytes, least, most });
        }
    }

    fn finish(self, top: Top, table: &'a Table, names: &'a dyn Names) -> Frequent<'a> {
        let Self { mut counted, total, mut others } = self;
        counted.sort_unstable_by(|a, b| {
            (a.least, a.most).cmp(&(b.least, b.most)).then_with(|| b.bytes.cmp(a.bytes))
        });
        let hidden = counted.len().saturating_sub(usize::from(top.shown));
        let left: Vec<_> = counted.drain(..hidden).collect();
        others = left.iter().map(|bounds| bounds.most).fold(others, u64::max);
        let item = |bounds: Bounds<'a>| Counted {
            item: table.item.as_ref().map_or(Value::None, |ty| decode(ty, bounds.bytes, names)),
            least: bounds.least,
            most: bounds.most,
        };
        Frequent { items: counted.into_iter().map(item).collect(), total, others }
    }
}

/// A set of counters of one CPU.
struct Set<'a> {
    counters: HashMap<u64, Counter<'a>>,
    /// How many were counted, and how many were to be.
    total: u64,
    missed: u64,
    moved: u64,
    /// What an item without a counter may have come to.
    floor: u64,
    /// The count of a counter that is just being given to another item.
    torn: u64,
}

/// What a CPU knows of an item.
#[derive(Clone, Copy)]
struct Counter<'a> {
    bytes: &'a [u8],
    count: u64,
    error: u64,
}

impl<'a> Set<'a> {
    fn read(top: Top, bytes: &'a [u8]) -> Self {
        let word = |at: u32| load(bytes.get(at as usize..).unwrap_or_default(), Width::W64);
        let (missed, moved) = (word(Top::MISSED), word(Top::MOVED));
        let mut set = Self {
            counters: HashMap::new(),
            total: missed,
            missed,
            moved,
            floor: u64::MAX,
            torn: 0,
        };
        for way in 0..Top::WAYS {
            let at = Top::HEAD + way * top.counter();
            let hash = word(at + Top::HASH);
            let (count, error) = (word(at + Top::COUNT), word(at + Top::ERROR));
            let item = (at + Top::ITEM) as usize;
            let item = bytes.get(item..item + top.item as usize).unwrap_or_default();
            set.floor = set.floor.min(count);
            set.total += count;
            if hash == 0 {
                continue;
            }
            if hash_of(item) != hash {
                set.torn = set.torn.max(count);
                continue;
            }
            let known =
                set.counters.entry(hash).or_insert(Counter { bytes: item, count: 0, error: 0 });
            known.count += count;
            known.error += error;
        }
        set
    }

    /// How much more of anything there may have been.
    const fn slack(&self) -> u64 {
        self.missed + self.moved
    }

    /// How often an item came at least and at most.
    fn bounds(&self, hash: u64) -> (u64, u64) {
        let Some(counter) = self.counters.get(&hash) else {
            return (0, self.floor + self.slack());
        };
        let sure = counter.count.saturating_sub(counter.error).saturating_sub(self.moved);
        (sure, counter.count + self.slack())
    }
}

/// As programs work it out.
fn hash_of(item: &[u8]) -> u64 {
    let words = item.chunks_exact(8).map(|word| load(word, Width::W64));
    stdlib::hash::of_words(words) | 1
}

#[cfg(test)]
mod tests;
