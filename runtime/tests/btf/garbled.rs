//! BTF that was written wrong, by chance or on purpose: nothing panics, nothing takes long.

use runtime::{Btf, BtfKind};

use crate::{
    Outcome,
    build::{Builder, Kind},
};

/// A little of everything.
fn sample() -> Vec<u8> {
    let mut b = Builder::new();
    let int = b.int("int", 4, 1);
    let char = b.int("char", 1, 1);
    let double = b.add((Kind::Float, false), "double", (0, 8), &[]);
    let name = b.array(char, 16);
    let table = b.array(int, 7);
    let unnamed = b.record(Kind::Union, "", 8, &[("u", int, 0, 0), ("d", double, 0, 0)]);
    let colour = b.enumeration(false, "colour", &[("RED", 1), ("BLUE", 2)]);
    let big = b.enumeration64("big", &[("HUGE", 1 << 40)]);
    let inner = [("a", int, 0, 3), ("b", int, 3, 29), ("c", colour, 32, 2)];
    let inner = b.record(Kind::Struct, "inner", 8, &inner);
    let pointer = b.to(Kind::Pointer, "", inner);
    let forward = b.add((Kind::Forward, true), "unseen", (0, 0), &[]);
    let far = b.to(Kind::Pointer, "", forward);
    let tag = b.to(Kind::TypeTag, "user", char);
    let user = b.to(Kind::Pointer, "", tag);
    let alias = b.to(Kind::Typedef, "inner_t", inner);
    let constant = b.to(Kind::Const, "", alias);
    let members = [
        ("name", name, 0, 0),
        ("", unnamed, 128, 0),
        ("table", table, 192, 0),
        ("inner", constant, 416, 0),
        ("next", pointer, 512, 0),
        ("far", far, 576, 0),
        ("user", user, 640, 0),
        ("big", big, 704, 0),
    ];
    let outer = b.record(Kind::Struct, "outer", 96, &members);
    let prototype = b.prototype(int, &[("outer", outer), ("n", int), ("", 0)]);
    b.to(Kind::Function, "function", prototype);
    b.add((Kind::Variable, false), "variable", (0, outer), &[1]);
    b.bytes()
}

const KINDS: [BtfKind; 7] = [
    BtfKind::Number,
    BtfKind::Struct,
    BtfKind::Union,
    BtfKind::Enum,
    BtfKind::Typedef,
    BtfKind::Function,
    BtfKind::Variable,
];

/// Asks for everything there is.
fn exercise(bytes: Vec<u8>) -> usize {
    let Some(btf) = Btf::from_bytes(bytes, None) else { return 0 };
    let mut found = 0;
    for kind in KINDS {
        for (id, name) in btf.all(kind) {
            found += usize::from(btf.ty(id).is_some_and(|ty| ty.to_string().len() < 1 << 20));
            found += usize::from(btf.find(name, kind).is_some());
            found += usize::from(btf.prototype(id).is_some());
        }
    }
    for name in ["struct outer", "inner_t", "enum colour", "int", "struct \0", "union"] {
        found += usize::from(btf.named(name).is_some());
    }
    found + usize::from(btf.enumerator("HUGE").is_some())
}

/// The same numbers on every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }
}

pub(crate) fn bytes() -> Outcome {
    let good = sample();
    let all = exercise(good.clone());
    assert!(all > 25, "the sample itself has only {all}");
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for round in 0..8_000 {
        let mut bytes = good.clone();
        for _ in 0..=random.below(4) {
            let at = random.below(bytes.len());
            match random.below(4) {
                0 => bytes[at] = random.below(256) as u8,
                1 => bytes[at] ^= 1 << random.below(8),
                2 => {
                    // A number of some type, or one just outside.
                    let at = at & !3;
                    let word = (random.below(26) as u32).to_le_bytes();
                    bytes.iter_mut().skip(at).zip(word).for_each(|(to, from)| *to = from);
                }
                _ => {
                    let at = at & !3;
                    let word = (random.below(usize::MAX) as u32).to_le_bytes();
                    bytes.iter_mut().skip(at).zip(word).for_each(|(to, from)| *to = from);
                }
            }
        }
        if round % 8 == 0 {
            bytes.truncate(random.below(good.len()));
        }
        exercise(bytes);
    }
    Ok(())
}

pub(crate) fn headers() -> Outcome {
    let good = sample();
    for length in 0..good.len().min(64) {
        exercise(good[..length].to_vec());
    }
    for at in 0..24 {
        for value in [0, 1, 0x7f, 0x80, 0xff] {
            let mut bytes = good.clone();
            bytes[at] = value;
            exercise(bytes);
        }
    }
    assert!(Btf::from_bytes(Vec::new(), None).is_none());
    assert!(Btf::from_bytes(vec![0xff; 64], None).is_none());
    Ok(())
}
