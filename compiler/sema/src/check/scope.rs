//! Which names of variables mean what where. A variable belongs to the block that declares or
//! first assigns it; scripts from before blocks had scopes also read it afterwards.

use diag::Span;

/// The variables in sight.
#[derive(Debug, Default)]
pub(super) struct Scope {
    names: Vec<Named>,
    depth: usize,
}

/// One variable's name.
#[derive(Debug, Clone)]
pub(super) struct Named {
    pub(super) name: String,
    pub(super) index: usize,
    /// Where it was declared or first assigned.
    pub(super) span: Span,
    depth: usize,
    /// Whether its block has ended.
    pub(super) ended: bool,
    /// Whether nothing has been assigned to it yet.
    pub(super) unset: bool,
}

impl Scope {
    /// Starts a block.
    pub(super) const fn enter(&mut self) {
        self.depth += 1;
    }

    /// The variables of the current block that have no value yet.
    pub(super) fn never_set(&self) -> Vec<(String, Span)> {
        let of_block = |it: &&Named| it.depth == self.depth && it.unset && !it.ended;
        self.names.iter().filter(of_block).map(|it| (it.name.clone(), it.span)).collect()
    }

    /// Ends a block.
    pub(super) fn leave(&mut self) {
        for named in self.names.iter_mut().filter(|named| named.depth == self.depth) {
            named.ended = true;
            // From now on it is as if the block around had it, but ended.
            named.depth = self.depth - 1;
        }
        self.depth -= 1;
    }

    /// The variable of that name, the one in sight before one whose block has ended.
    pub(super) fn find(&self, name: &str) -> Option<&Named> {
        let mut same = self.names.iter().rev().filter(|named| named.name == name);
        let first = same.next()?;
        if !first.ended {
            return Some(first);
        }
        same.find(|named| !named.ended).or(Some(first))
    }

    /// Whether it belongs to a block around the current one.
    pub(super) const fn is_outer(&self, named: &Named) -> bool {
        named.depth < self.depth
    }

    /// Adds a variable to the current block.
    pub(super) fn add(&mut self, name: &str, index: usize, span: Span) {
        let depth = self.depth;
        self.names.push(Named {
            name: name.to_owned(),
            index,
            span,
            depth,
            ended: false,
            unset: false,
        });
    }

    /// Notes that a variable has no value yet.
    pub(super) fn unset(&mut self, index: usize) {
        self.names.iter_mut().filter(|it| it.index == index).for_each(|it| it.unset = true);
    }

    /// Notes that a variable has a value, or that it was said that it has none.
    pub(super) fn set(&mut self, index: usize) {
        self.names.iter_mut().filter(|it| it.index == index).for_each(|it| it.unset = false);
    }

    /// Brings a variable whose block has ended back into sight.
    pub(super) fn revive(&mut self, index: usize) {
        for named in self.names.iter_mut().filter(|named| named.index == index) {
            named.ended = false;
            named.depth = self.depth;
        }
    }

    /// Names in sight, for "did you mean".
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(|named| named.name.as_str())
    }
}
