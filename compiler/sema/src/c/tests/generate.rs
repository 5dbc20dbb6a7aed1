//! Random declarations of structs and unions, with everything that moves members about.

use std::fmt::Write;

/// The same numbers on every run.
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as usize % limit.max(1)
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    pub(super) fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

/// What every declaration may use.
pub(super) const BEFORE: &str = "#define COUNT 3
#define TWICE(x) ((x) * 2)
enum colour { RED, GREEN = 5, BLUE };
enum level { LOW = -1, HIGH };
enum small { TINY, LAST = 255 } __attribute__((packed));
enum huge { FIRST, FAR = 0x100000000 };
typedef int number_t;
typedef unsigned long word_t;
typedef int loose_t __attribute__((aligned(1)));
typedef short wide_t __attribute__((aligned(16)));
typedef char name_t[COUNT];
struct node { struct node *next; void (*call)(int, struct node *); };
typedef struct { char c; int i; } unnamed_t;
";

const PLAIN: &[&str] = &[
    "char",
    "signed char",
    "unsigned char",
    "short",
    "unsigned short",
    "int",
    "unsigned",
    "long",
    "unsigned long",
    "long long int",
    "unsigned long long",
    "_Bool",
    "float",
    "double",
    "long double",
    "__int128",
    "void *",
    "struct node *",
    "enum colour",
    "enum level",
    "enum small",
    "enum huge",
    "number_t",
    "word_t",
    "struct node",
    "unnamed_t",
    "name_t",
    "const volatile int",
    "const char *const",
    "long unsigned",
    "union { int i; long l; } *",
];
/// Their alignment is not their size's, so that gcc makes no arrays of them.
const ODD: &[&str] = &["loose_t", "wide_t"];
const BITS: &[(&str, usize)] = &[
    ("char", 8),
    ("unsigned char", 8),
    ("short", 16),
    ("unsigned short", 16),
    ("int", 32),
    ("unsigned", 32),
    ("long", 56),
    ("unsigned long long", 56),
    ("_Bool", 1),
    ("enum colour", 31),
    ("enum level", 32),
    ("enum small", 8),
    ("number_t", 32),
    ("word_t", 56),
    ("loose_t", 32),
    ("wide_t", 16),
];
const DIMENSIONS: &[&str] =
    &["2", "COUNT", "COUNT + 1", "TWICE(2)", "sizeof(int)", "GREEN - 2", "1 << 1 | 1", "'\\2'"];

pub(super) struct Declaration {
    pub(super) name: String,
    pub(super) text: String,
}

/// The members of one body.
struct Body<'r> {
    random: &'r mut Random,
    text: String,
    fields: usize,
    others: &'r [Declaration],
}

pub(super) fn declaration(
    random: &mut Random,
    number: usize,
    others: &[Declaration],
) -> Declaration {
    let word = if random.one_in(5) { "union" } else { "struct" };
    let name = format!("{word} s{number}");
    let pack = random.one_in(12).then(|| *random.pick(&[1, 2, 4, 8]));
    let before = if random.one_in(12) { attributes(random) } else { String::new() };
    let mut body = Body { random, text: String::new(), fields: 0, others };
    body.members(0);
    let inside = body.text;
    let after = if random.one_in(3) { attributes(random) } else { String::new() };
    let mut text = format!("{word}{before} s{number} {{ {inside}}}{after};\n");
    if let Some(pack) = pack {
        text = format!("#pragma pack(push, {pack})\n{text}#pragma pack(pop)\n");
    }
    Declaration { name, text }
}

fn attributes(random: &mut Random) -> String {
    let align = *random.pick(&[1, 2, 4, 8, 16, 32]);
    match random.below(5) {
        0 | 1 => " __attribute__((packed))".to_owned(),
        2 => format!(" __attribute__((aligned({align})))"),
        3 => format!(" __attribute__((packed, __aligned__({align}), unused))"),
        _ => " __attribute__((aligned))".to_owned(),
    }
}

impl Body<'_> {
    fn members(&mut self, depth: usize) {
        for _ in 0..=self.random.below(6) {
            self.member(depth);
        }
    }

    fn name(&mut self) -> String {
        self.fields += 1;
        format!("f{}", self.fields)
    }

    fn own(&mut self) -> String {
        if self.random.one_in(8) { attributes(self.random) } else { String::new() }
    }

    fn member(&mut self, depth: usize) {
        match self.random.below(20) {
            0..=6 => self.bits(),
            7 if depth < 3 => self.nested(depth),
            8 => {
                let (ty, name) = (*self.random.pick(ODD), self.name());
                let own = self.own();
                let _ = write!(self.text, "{ty} {name}{own}; ");
            }
            9 => {
                let name = self.name();
                let _ = write!(self.text, "int (*{name})(char, struct node *); ");
            }
            10 if !self.others.is_empty() => {
                let name = self.name();
                let from = self.others.len().saturating_sub(50);
                let other = self.random.pick(&self.others[from..]).name.clone();
                let own = self.own();
                let _ = write!(self.text, "{other} {name}{own}; ");
            }
            _ => self.plain(),
        }
    }

    fn plain(&mut self) {
        let (ty, name) = (*self.random.pick(PLAIN), self.name());
        let mut array = String::new();
        while self.random.one_in(4) && array.len() < 30 {
            let _ = write!(array, "[{}]", self.random.pick(DIMENSIONS));
        }
        let own = self.own();
        if self.random.one_in(6) {
            let second = self.name();
            let _ = write!(self.text, "{ty} {name}{array}{own}, *{second}; ");
        } else {
            let _ = write!(self.text, "{ty} {name}{array}{own}; ");
        }
    }

    fn bits(&mut self) {
        let (ty, most) = *self.random.pick(BITS);
        match self.random.below(8) {
            0 => {
                let _ = write!(self.text, "{ty} : 0; ");
            }
            1 => {
                let count = 1 + self.random.below(most);
                let _ = write!(self.text, "{ty} : {count}; ");
            }
            _ => {
                let count =
                    if self.random.one_in(4) { most } else { 1 + self.random.below(most) };
                let (name, own) = (self.name(), self.own());
                let _ = write!(self.text, "{ty} {name} : {count}{own}; ");
            }
        }
    }

    fn nested(&mut self, depth: usize) {
        let word = if self.random.one_in(2) { "union" } else { "struct" };
        let before = std::mem::take(&mut self.text);
        self.members(depth + 1);
        let inside = std::mem::replace(&mut self.text, before);
        let after = self.own();
        let name =
            if self.random.one_in(3) { format!(" {}", self.name()) } else { String::new() };
        let _ = write!(self.text, "{word} {{ {inside}}}{after}{name}; ");
    }
}
