//! Where a function's arguments are when it is entered, by the conventions of languages. Debug
//! information of code that is not optimized tells only where they will be a few instructions later.

use stdlib::{Held, Piece};

use super::leaves::{Layout, Leaf};

/// Registers of the first words, as `reg()` names them; and of C, how many numbers take others.
#[cfg(target_arch = "x86_64")]
const C: &[&str] = &["di", "si", "dx", "cx", "r8", "r9"];
#[cfg(target_arch = "x86_64")]
const GO: &[&str] = &["ax", "bx", "cx", "di", "si", "r8", "r9", "r10", "r11"];
#[cfg(target_arch = "x86_64")]
const GO_FLOATS: usize = 15;
#[cfg(target_arch = "aarch64")]
const C: &[&str] = &["r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7"];
#[cfg(target_arch = "aarch64")]
const GO: &[&str] = &[
    "r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11", "r12", "r13",
    "r14", "r15",
];
#[cfg(target_arch = "aarch64")]
const GO_FLOATS: usize = 16;
const FLOATS: usize = 8;
/// What lies on the stack before the arguments: x86-64 pushes the address to return to.
const RETURN: u32 = if cfg!(target_arch = "x86_64") { 8 } else { 0 };
/// Where the address for a large result is passed like an argument.
const RESULT_IS_ARGUMENT: bool = cfg!(target_arch = "x86_64");

/// Whose rules a function follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rules {
    /// C and C++: the System V ABI, or AAPCS64.
    C,
    /// Rust's own.
    Rust,
    /// Go's own.
    Go,
}

/// Registers and stack that are left.
struct Left {
    words: &'static [&'static str],
    floats: usize,
    stack: u32,
    /// From here on it is not known.
    lost: bool,
}

/// Where each argument is, for a function with this result.
pub(super) fn places(
    rules: Rules,
    result: Option<&Layout>,
    arguments: &[Option<Layout>],
) -> Vec<Held> {
    let words = if rules == Rules::Go { GO } else { C };
    let floats = if rules == Rules::Go { GO_FLOATS } else { FLOATS };
    let mut left = Left { words, floats, stack: RETURN, lost: false };
    let in_memory = match (rules, result) {
        (Rules::C, Some(result)) => is_in_memory(result),
        (Rules::Rust, Some(result)) => result.size > 16,
        (Rules::Go, _) | (_, None) => false,
    };
    if in_memory && RESULT_IS_ARGUMENT {
        left.words = &left.words[1..];
    }
    let place = |argument: &Option<Layout>| {
        let Some(layout) = argument.as_ref().filter(|_| !left.lost) else {
            left.lost = true;
            return Held::Nowhere;
        };
        match rules {
            Rules::C => left.c(layout),
            Rules::Rust => left.rust(layout),
            Rules::Go => left.go(layout),
        }
    };
    arguments.iter().map(place).collect()
}

fn is_in_memory(layout: &Layout) -> bool {
    let unaligned = |leaf: &Leaf| leaf.size > 0 && !leaf.at.is_multiple_of(leaf.size.min(8));
    let is_long_double = |leaf: &Leaf| leaf.float && leaf.size > 8;
    layout.by_address
        || layout.size > 16
        || layout.leaves.iter().any(|leaf| unaligned(leaf) || is_long_double(leaf))
}

impl Left {
    fn word(&mut self) -> Option<String> {
        let (first, rest) = self.words.split_first()?;
        self.words = rest;
        Some((*first).to_owned())
    }

    fn on_stack(&mut self, size: u32, align: u32) -> Held {
        let behind = self.stack - RETURN;
        let at = RETURN + behind.next_multiple_of(align.max(1));
        self.stack = at + size;
        Held::Stack(at)
    }

    fn behind(&mut self) -> Held {
        match self.word() {
            Some(register) => Held::Behind(register),
            None => {
                self.on_stack(8, 8);
                Held::Nowhere
            }
        }
    }

    fn c(&mut self, layout: &Layout) -> Held {
        if layout.size == 0 || layout.leaves.is_empty() {
            return Held::Nowhere;
        }
        if layout.by_address || cfg!(target_arch = "aarch64") && layout.size > 16 {
            return self.behind();
        }
        let size = layout.size.next_multiple_of(8);
        let align = layout.align.clamp(8, 16);
        if is_in_memory(layout) {
            return self.on_stack(size, align);
        }
        let is_float = |word: u32| {
            let mut inside = layout.leaves.iter().filter(|leaf| leaf.at / 8 == word);
            inside.all(|leaf| leaf.float)
        };
        // A value of 16 bytes is one leaf of two words.
        let floats: Vec<bool> = match layout.leaves.as_slice() {
            [leaf] if leaf.size == 16 => vec![leaf.float; 2],
            _ => (0..size / 8).map(is_float).collect(),
        };
        let count = floats.iter().filter(|float| **float).count();
        if self.words.len() < floats.len() - count || self.floats < count {
            return self.on_stack(size, align);
        }
        self.floats -= count;
        let mut pieces = Vec::new();
        for (word, _) in floats.iter().enumerate().filter(|(_, float)| !**float) {
            let at = word as u32 * 8;
            let Some(register) = self.word() else { continue };
            pieces.push(Piece { at, size: (layout.size - at).min(8), register });
        }
        in_pieces(pieces)
    }

    /// Not written down anywhere: one or two values in a register each, anything else that is small
    /// as words, and the rest by its address.
    fn rust(&mut self, layout: &Layout) -> Held {
        if layout.variants {
            self.lost = true;
            return Held::Nowhere;
        }
        if layout.leaves.is_empty() {
            return Held::Nowhere;
        }
        if layout.leaves.len() <= 2 && !layout.arrays {
            return self.leaf_by_leaf(&layout.leaves);
        }
        if layout.size > 16 {
            return self.behind();
        }
        let words = (0..layout.size.div_ceil(8)).map(|word| {
            let at = word * 8;
            Leaf { at, size: (layout.size - at).min(8), float: false }
        });
        self.leaf_by_leaf(&words.collect::<Vec<_>>())
    }

    fn leaf_by_leaf(&mut self, leaves: &[Leaf]) -> Held {
        let mut pieces = Vec::new();
        let mut stack = None;
        for leaf in leaves {
            if leaf.float && self.floats > 0 {
                self.floats -= 1;
                continue;
            }
            for at in (0..leaf.size.max(1)).step_by(8) {
                let size = (leaf.size - at).min(8);
                match self.word() {
                    Some(register) => pieces.push(Piece { at: leaf.at + at, size, register }),
                    None => stack = Some(self.on_stack(8, 8)),
                }
            }
        }
        match (leaves, stack) {
            // One value that has no register.
            ([_], Some(place)) => place,
            _ => in_pieces(pieces),
        }
    }

    /// Go's specification of its `ABIInternal`: all values of an argument in registers, or none.
    fn go(&mut self, layout: &Layout) -> Held {
        if layout.size == 0 || layout.leaves.is_empty() {
            return Held::Nowhere;
        }
        let floats = layout.leaves.iter().filter(|leaf| leaf.float).count();
        let words = layout.leaves.len() - floats;
        if layout.arrays || self.words.len() < words || self.floats < floats {
            return self.on_stack(layout.size, layout.align.min(8));
        }
        self.floats -= floats;
        let mut pieces = Vec::new();
        for leaf in layout.leaves.iter().filter(|leaf| !leaf.float) {
            let Some(register) = self.word() else { continue };
            pieces.push(Piece { at: leaf.at, size: leaf.size, register });
        }
        in_pieces(pieces)
    }
}

fn in_pieces(pieces: Vec<Piece>) -> Held {
    if pieces.is_empty() { Held::Nowhere } else { Held::Pieces(pieces) }
}
