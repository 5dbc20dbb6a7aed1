//! Which blocks are on every way to which others (Cooper, Harvey, Kennedy: "A Simple, Fast
//! Dominance Algorithm", 2001), in time that is linear for the functions that programs make.

use crate::{BlockId, Function, Id};

/// The dominators of a function's blocks.
#[derive(Debug)]
pub(crate) struct Dominators {
    /// For each block, when a walk of the tree of dominators enters and leaves it; none for blocks
    /// that nothing leads to.
    visits: Vec<Option<(usize, usize)>>,
}

impl Dominators {
    pub(crate) fn of(function: &Function) -> Self {
        let order = reverse_postorder(function);
        let mut number = vec![usize::MAX; function.blocks.len()];
        order.iter().enumerate().for_each(|(at, block)| number[*block] = at);
        let mut before: Vec<Vec<usize>> = vec![Vec::new(); order.len()];
        for (at, block) in order.iter().enumerate() {
            targets(function, *block).for_each(|target| before[number[target]].push(at));
        }
        // By number: the closest dominator of each block. That of the first is itself.
        let mut closest: Vec<Option<usize>> = vec![None; order.len()];
        if let Some(first) = closest.first_mut() {
            *first = Some(0);
        }
        let mut changed = true;
        while changed {
            changed = false;
            for at in 1..order.len() {
                let known = before[at].iter().copied().filter(|it| closest[*it].is_some());
                let new = known.reduce(|a, b| common(&closest, a, b));
                changed |= new != closest[at];
                closest[at] = new;
            }
        }
        let visits = visits(&closest);
        Self { visits: number.iter().map(|at| visits.get(*at).copied()).collect() }
    }

    /// Whether every way to `block` leads through `other`; also if no way leads to it.
    pub(crate) fn dominates(&self, other: BlockId, block: BlockId) -> bool {
        match (self.visits[other.index()], self.visits[block.index()]) {
            (Some(outer), Some(inner)) => outer.0 <= inner.0 && inner.1 <= outer.1,
            (_, None) => true,
            (None, Some(_)) => false,
        }
    }
}

/// The closest block that dominates both.
fn common(closest: &[Option<usize>], mut a: usize, mut b: usize) -> usize {
    while a != b {
        let later = a.max(b);
        let up = closest[later].unwrap_or(0);
        (a, b) = (up, a.min(b));
    }
    a
}

fn targets(function: &Function, block: usize) -> impl Iterator<Item = usize> {
    function.blocks[BlockId::from_index(block)].end.targets().map(Id::index)
}

fn reverse_postorder(function: &Function) -> Vec<usize> {
    let mut seen = vec![false; function.blocks.len()];
    let mut order = Vec::new();
    let mut path = Vec::new();
    if let Some(first) = seen.first_mut() {
        *first = true;
        path.push((0, targets(function, 0).collect::<Vec<_>>()));
    }
    while let Some((block, rest)) = path.last_mut() {
        match rest.pop() {
            Some(target) if !seen[target] => {
                seen[target] = true;
                path.push((target, targets(function, target).collect()));
            }
            Some(_) => {}
            None => {
                order.push(*block);
                path.pop();
            }
        }
    }
    order.reverse();
    order
}

/// When a walk of the tree enters and leaves each block. In the order of numbers every block
/// stands behind the one above it.
fn visits(closest: &[Option<usize>]) -> Vec<(usize, usize)> {
    let mut below: Vec<Vec<usize>> = vec![Vec::new(); closest.len()];
    for (at, up) in closest.iter().enumerate().skip(1) {
        below[up.unwrap_or(0)].push(at);
    }
    let mut visits = vec![(0, 0); closest.len()];
    let mut clock = 0;
    let mut path = if closest.is_empty() { Vec::new() } else { vec![0] };
    while let Some(at) = path.last().copied() {
        clock += 1;
        if visits[at].0 == 0 {
            visits[at].0 = clock;
        }
        match below[at].pop() {
            Some(next) => path.push(next),
            None => {
                visits[at].1 = clock;
                path.pop();
            }
        }
    }
    visits
}
