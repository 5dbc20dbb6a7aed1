//! Expressions.

use super::{
    shape::{Shape, field_name},
    vocabulary::Atom,
    writer::{Held, Map, Writer},
};

/// An integer, and whether the compiler may know it: arithmetic on such numbers is done at once,
/// and may be refused.
pub(super) struct Number {
    pub(super) text: String,
    pub(super) known: bool,
}

impl Number {
    fn known(text: impl Into<String>) -> Self {
        Self { text: text.into(), known: true }
    }

    fn open(text: impl Into<String>) -> Self {
        Self { text: text.into(), known: false }
    }
}

pub(super) const INT_TYPES: &[&str] =
    &["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"];

#[rustfmt::skip]
const LITERALS: &[&str] = &[
    "0", "1", "2", "3", "7", "10", "63", "64", "100", "127", "128", "255", "256", "0x7f", "010",
    "32767", "32768", "65535", "65536", "1e3", "1_000", "2147483647", "2147483648", "4294967295",
    "4294967296", "0x7fffffffffffffff", "9223372036854775807", "1ms", "5s", "1u", "3ul", "2ll",
];
const OFFSET: &str = "offsetof(struct task_struct, comm)";
const SMALL: &[&str] = &["0", "1", "2", "3", "5", "7", "11", "20", "63"];

/// Whether a part of an expression is one of two.
fn is_chosen(text: &str) -> bool {
    text.contains('?') || text.contains("if (")
}

impl Writer<'_> {
    /// An expression of this shape.
    pub(super) fn expr(&mut self, shape: &Shape, depth: usize) -> String {
        let grows = self.grows();
        if let Some(variable) = self.variable(shape)
            && self.random.percent(if grows { 25 } else { 60 })
        {
            return variable.text;
        }
        match shape {
            Shape::Int => self.int(depth).text,
            Shape::Bool => self.condition(depth),
            Shape::Text => self.text(depth),
            Shape::Tuple(items) => self.tuple(items, depth),
            Shape::Record(items) => self.record(items, depth),
            Shape::Pointer(name) => self.pointer(name, depth),
            Shape::Other(_) => self.atom(shape).unwrap_or_else(|| "0".to_owned()),
        }
    }

    /// A builtin of this shape.
    pub(super) fn atom(&mut self, shape: &Shape) -> Option<String> {
        let fitting: Vec<_> = self.head.atoms.iter().filter(|it| it.shape == *shape).collect();
        self.random.choose(&fitting).map(|atom| atom.text.clone())
    }

    /// Whether the compiler may know the value of an expression: nothing in it changes.
    fn may_be_known(&self, text: &str) -> bool {
        // Its second argument is a name, whatever it names elsewhere.
        let text = text.replace(OFFSET, "0");
        let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '$' | '@');
        let changes = |word: &str| {
            let made =
                word.starts_with("fun") || word.starts_with("mac") || word.starts_with('p');
            let numbered = word.ends_with(|c: char| c.is_ascii_digit());
            word.starts_with('@')
                || (word.starts_with('$') && !word.starts_with("$b") && word != "$1")
                || (made && numbered)
                || self.head.atoms.iter().any(|atom| !atom.known && atom.text == word)
                || word == "args"
        };
        !text.split(|c: char| !is_word(c)).any(changes)
    }

    /// An integer that the compiler can't know.
    pub(super) fn open_int(&mut self, depth: usize) -> String {
        let made = self.int(depth);
        if !made.known {
            return made.text;
        }
        let open = |it: &&Atom| it.shape == Shape::Int && !it.known;
        let atoms: Vec<_> = self.head.atoms.iter().filter(open).collect();
        let atom = self.random.choose(&atoms);
        let atom = atom.map_or_else(|| "nsecs".to_owned(), |atom| atom.text.clone());
        if self.random.percent(50) { atom } else { format!("({atom} + {})", made.text) }
    }

    pub(super) fn literal(&mut self) -> String {
        let minus = if self.random.percent(10) { "-" } else { "" };
        format!("{minus}{}", self.random.pick(LITERALS))
    }

    pub(super) fn small(&mut self) -> String {
        (*self.random.pick(SMALL)).to_owned()
    }

    pub(super) fn int(&mut self, depth: usize) -> Number {
        let mut made = self.any_int(depth);
        made.known = self.may_be_known(&made.text);
        made
    }

    fn any_int(&mut self, depth: usize) -> Number {
        if depth == 0 || !self.grows() {
            return self.int_leaf();
        }
        match self.random.below(24) {
            0..3 => self.int_leaf(),
            3..9 => self.arithmetic(depth),
            9 => {
                let operator = *self.random.pick(&["-", "~"]);
                Number::open(format!("({operator}{})", self.open_int(depth - 1)))
            }
            10 => Number::open(format!("({})", self.condition(depth - 1))),
            11 => {
                let ty = *self.random.pick(INT_TYPES);
                Number::open(format!("(({ty}){})", self.open_int(depth - 1)))
            }
            12 => Number::open(self.choice(&Shape::Int, depth)),
            13 => {
                let (value, other) = (self.open_int(depth - 1), self.int(depth - 1).text);
                Number::open(format!("({value} ?: {other})"))
            }
            14 => Number::open(self.block_value(&Shape::Int, depth)),
            15 => self.step(),
            16 => self.part(depth),
            17 => {
                let text = self.text(depth - 1);
                if text.starts_with('"') {
                    self.int_leaf()
                } else {
                    Number::open(format!("({text})[0]"))
                }
            }
            18 | 19 => self
                .call_of(&Shape::Int, depth)
                .map_or_else(|| self.arithmetic(depth), Number::open),
            20 => self.callable(depth).map_or_else(|| self.int_leaf(), Number::open),
            21 => {
                let ty = *self.random.pick(INT_TYPES);
                let at = self.open_int(depth - 1);
                match self.random.below(2) {
                    0 => Number::open(format!("(*({ty} *){at})")),
                    _ => Number::open(format!("((({ty} *){at})[{}])", self.small())),
                }
            }
            22 => self.sizes(),
            _ => self
                .kernel_part(&Shape::Int, depth)
                .map_or_else(|| self.int_leaf(), Number::open),
        }
    }

    fn int_leaf(&mut self) -> Number {
        match self.random.below(10) {
            0..2 => Number::known(self.literal()),
            2..4 => match self.variable(&Shape::Int) {
                Some(variable) => Number::open(variable.text),
                None => Number::known(self.small()),
            },
            4 | 5 => match self.entry_of(&Shape::Int) {
                Some(entry) => Number::open(entry),
                None => Number::known(self.small()),
            },
            6 => self.reduced().map_or_else(|| Number::known(self.small()), Number::open),
            7 if !self.is_macro => Number::known("$1"),
            _ => match self.atom(&Shape::Int) {
                Some(atom) => Number::open(atom),
                None => Number::known(self.small()),
            },
        }
    }

    /// What an aggregation stands for in an expression.
    fn reduced(&mut self) -> Option<String> {
        if !self.has("reduced read") {
            return None;
        }
        let is_number = |map: &Map| {
            matches!(map.held, Held::Reduced("count" | "sum" | "min" | "max" | "avg", _))
        };
        let map = self.map_that(is_number)?;
        Some(format!("({} + 0)", self.access(&map)))
    }

    fn arithmetic(&mut self, depth: usize) -> Number {
        let (mut left, right) = (self.int(depth - 1), self.int(depth - 1));
        let operator = *self.random.pick(&["+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>"]);
        if left.known && right.known {
            if left.text.len() > 2 || right.text.len() > 2 || "+*|&^".find(operator).is_none() {
                left.text = self.open_int(0);
            } else {
                return Number::known(format!("({} {operator} {})", left.text, right.text));
            }
        }
        let right = match operator {
            "/" | "%" if right.known => {
                (*self.random.pick(&["1", "2", "3", "-1", "10", "4096", "1000000"])).to_owned()
            }
            "<<" | ">>" if right.known => self.random.below(64).to_string(),
            // Where a condition is known, so may be what it chooses: zero, or too wide a shift.
            "/" | "%" | "<<" | ">>" if is_chosen(&right.text) => self.open_int(0),
            _ => right.text,
        };
        // Without parentheses the operators around decide what belongs together.
        let text = format!("{} {operator} {right}", left.text);
        Number::open(if self.random.percent(80) {
            format!("({text})")
        } else {
            format!("({text} + 0)")
        })
    }

    /// `$x++` and the like.
    fn step(&mut self) -> Number {
        let variables: Vec<_> = self
            .variables()
            .filter(|it| it.shape == Shape::Int && it.writable)
            .map(|it| it.text.clone())
            .collect();
        let target = match self.random.choose(&variables) {
            Some(name) if self.random.percent(60) => Some(name.clone()),
            _ => self.entry_of(&Shape::Int),
        };
        let Some(target) = target else { return self.int_leaf() };
        let operator = *self.random.pick(&["++", "--"]);
        let text = if self.random.percent(50) {
            format!("({target}{operator})")
        } else {
            format!("({operator}{target})")
        };
        Number::open(text)
    }

    /// A part of a tuple or record.
    fn part(&mut self, depth: usize) -> Number {
        let holds = |shape: &Shape| match shape {
            Shape::Tuple(items) | Shape::Record(items) => items.contains(&Shape::Int),
            Shape::Int | Shape::Bool | Shape::Text | Shape::Pointer(_) | Shape::Other(_) => {
                false
            }
        };
        let fitting: Vec<_> = self.variables().filter(|it| holds(&it.shape)).cloned().collect();
        let Some(variable) = self.random.choose(&fitting).cloned() else {
            let (a, b) = (self.open_int(depth - 1), self.expr(&Shape::Text, depth - 1));
            return Number::open(if self.random.percent(50) {
                format!("({a}, {b}).0")
            } else {
                format!("(first={b}, second={a}).second")
            });
        };
        let name = &variable.text;
        match &variable.shape {
            Shape::Tuple(items) => {
                let at = items.iter().position(|item| *item == Shape::Int).unwrap_or_default();
                Number::open(if self.random.percent(30) {
                    format!("{name}[{at}]")
                } else {
                    format!("{name}.{at}")
                })
            }
            Shape::Record(items) => {
                let at = items.iter().position(|item| *item == Shape::Int).unwrap_or_default();
                Number::open(format!("{name}.{}", field_name(at)))
            }
            Shape::Int | Shape::Bool | Shape::Text | Shape::Pointer(_) | Shape::Other(_) => {
                self.int_leaf()
            }
        }
    }

    fn sizes(&mut self) -> Number {
        if self.has("sizeof") && self.random.percent(50) {
            let ty = *self.random.pick(INT_TYPES);
            return Number::known(format!("sizeof({ty})"));
        }
        if self.has("offsetof") && self.random.percent(50) {
            return Number::known(OFFSET);
        }
        Number::known(format!("comptime {}", self.small()))
    }

    /// One of two.
    pub(super) fn choice(&mut self, shape: &Shape, depth: usize) -> String {
        let condition = self.condition(depth - 1);
        let (then, other) = (self.expr(shape, depth - 1), self.expr(shape, depth - 1));
        if self.random.percent(60) {
            format!("({condition} ? {then} : {other})")
        } else {
            format!("(if ({condition}) {{ {then} }} else {{ {other} }})")
        }
    }

    pub(super) fn block_value(&mut self, shape: &Shape, depth: usize) -> String {
        let name = self.fresh("$b");
        let value = self.expr(shape, depth - 1);
        format!("({{ let {name} = {value}; {name} }})")
    }

    /// An entry of a map that holds this shape.
    pub(super) fn entry_of(&mut self, shape: &Shape) -> Option<String> {
        let map = self.map_of(shape)?;
        Some(self.access(&map))
    }

    /// The map, with keys if it has any.
    pub(super) fn access(&mut self, map: &Map) -> String {
        match &map.key {
            None => map.name.clone(),
            Some(shapes) => {
                let keys = self.keys(shapes);
                format!("{}[{keys}]", map.name)
            }
        }
    }

    /// Keys side by side.
    pub(super) fn keys(&mut self, shapes: &[Shape]) -> String {
        let keys: Vec<_> = shapes.iter().map(|shape| self.expr(shape, 1)).collect();
        keys.join(", ")
    }
}
