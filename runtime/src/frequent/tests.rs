//! Counts against the truth, by a model of what programs do with a set.

use std::collections::HashMap;

use ir::{Id, Packed, Reduce, Table, Top, Ty, Width};

use super::{Frequent, hash_of, lists};
use crate::{
    names::Names,
    value::{Value, load},
};

/// Knows no names.
struct Nameless;

impl Names for Nameless {
    fn name(&self, _coded: ir::Coded, _number: u64) -> Option<std::borrow::Cow<'_, str>> {
        None
    }

    fn packed(&self, _packed: Packed, _bytes: &[u8]) -> Option<std::borrow::Cow<'_, str>> {
        None
    }

    fn stack(&self, _stack: ir::Stack, _bytes: &[u8]) -> crate::symbols::Lines<'_> {
        "\n".into()
    }

    fn prepare(&self, _stacks: &[(ir::Stack, &[u8])]) {}

    fn follow(
        &self,
        _stack: ir::Stack,
        _bytes: &[u8],
        _each: &mut dyn FnMut(u64, &[crate::symbols::Frame]),
    ) -> crate::symbols::Followed {
        crate::symbols::Followed::Lost
    }

    fn wall_clock(&self, nanoseconds: i128) -> i128 {
        nanoseconds
    }
}

const TOP: Top = Top { shown: 10, item: 8 };
const CPUS: usize = 2;

/// The sets of all CPUs.
struct Model {
    sets: Vec<Vec<u8>>,
    truth: HashMap<u64, u64>,
}

impl Model {
    fn new() -> Self {
        let size = (Top::HEAD + Top::WAYS * TOP.counter()) as usize;
        let sets = vec![vec![0; size * CPUS]; TOP.sets() as usize];
        Self { sets, truth: HashMap::new() }
    }

    fn add(&mut self, cpu: usize, item: u64) {
        *self.truth.entry(item).or_default() += 1;
        let bytes = item.to_le_bytes();
        let hash = hash_of(&bytes);
        let sets = &mut self.sets[(hash >> 8) as usize % TOP.sets() as usize];
        let size = sets.len() / CPUS;
        let set = &mut sets[cpu * size..][Top::HEAD as usize..size];
        let mut counters: Vec<_> = set.chunks_mut(TOP.counter() as usize).collect();
        let word = |counter: &[u8], at: u32| load(&counter[at as usize..], Width::W64);
        let known = counters.iter().position(|it| word(it, Top::HASH) == hash);
        let least = || (0..8).min_by_key(|way| word(counters[*way], Top::COUNT)).unwrap_or(0);
        let way = known.unwrap_or_else(least);
        let counter = &mut *counters[way];
        let count = word(counter, Top::COUNT);
        let mut put = |at: u32, value: u64| {
            counter[at as usize..][..8].copy_from_slice(&value.to_le_bytes());
        };
        if known.is_none() {
            put(Top::HASH, hash);
            put(Top::ERROR, count);
            put(Top::ITEM, item);
        }
        put(Top::COUNT, count + 1);
    }

    fn check(&self, samples: u64) {
        let table = table();
        let keys: Vec<_> = (0..u64::from(TOP.sets())).map(u64::to_le_bytes).collect();
        let entries = keys.iter().map(<[u8; 8]>::as_slice);
        let entries = entries.zip(self.sets.iter().map(Vec::as_slice));
        let list = lists((TOP, &table), entries, &Nameless).remove(0).1;
        let Frequent { items, total, others } = list;
        assert_eq!(total, samples);
        assert!(items.is_sorted_by_key(|it| it.least));
        let mut left = self.truth.clone();
        for counted in &items {
            let Value::Uint(item) = counted.item else { unreachable!() };
            let truth = left.remove(&item).unwrap_or_default();
            assert!(counted.least <= truth && truth <= counted.most, "{counted:?}: {truth}");
        }
        let most = left.values().max().copied().unwrap_or_default();
        assert!(most <= others, "{most} of another, {others} said");
        // An eighth of what falls in a set, of each CPU.
        let worst = self.sets.iter().map(|set| {
            set.chunks(set.len() / CPUS)
                .flat_map(|set| set[Top::HEAD as usize..].chunks(32))
                .map(|counter| load(&counter[8..], Width::W64))
                .sum::<u64>()
                / 8
        });
        let worst = worst.max().unwrap_or_default();
        for counted in &items {
            assert!(counted.most - counted.least <= worst, "{counted:?}: {worst}");
        }
    }
}

fn table() -> Table {
    Table {
        name: "@".to_owned(),
        key: None,
        value: Ty::Reduced(Reduce::Top(TOP)),
        item: Some(Ty::U64),
        map: Id::from_index(0),
        present: None,
        bucket_keys: true,
        short: None,
        span: diag::Span::default(),
    }
}

fn run(samples: u64, item: impl Fn(u64) -> u64) {
    let mut model = Model::new();
    for sample in 0..samples {
        model.add((sample % 3 % 2) as usize, item(sample));
    }
    model.check(samples);
}

/// Numbers that look like chance.
fn mixed(value: u64) -> u64 {
    hash_of(&value.to_le_bytes()) >> 3
}

#[test]
fn bounds_hold_for_uniform_zipf_and_constant_items() {
    run(100_000, |n| mixed(n) % 10_000);
    run(100_000, |n| 1_000_000 / (1 + mixed(n) % 1_000_000));
    run(100_000, |_| 7);
    run(100_000, |n| n);
    run(0, |n| n);
}
