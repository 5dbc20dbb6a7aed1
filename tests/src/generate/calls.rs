//! Calls: of words, and of the program's own macros and functions.

use super::{
    shape::Shape,
    vocabulary::{Param, Signature, takes_key},
    writer::{CallableParam, Held, Map, Variable, Writer},
};

impl Writer<'_> {
    /// A call of a word that gives this shape.
    pub(super) fn call_of(&mut self, shape: &Shape, depth: usize) -> Option<String> {
        let fitting: Vec<_> =
            self.head.calls.iter().filter(|it| it.gives.as_ref() == Some(shape)).collect();
        let signature = *self.random.choose(&fitting)?;
        self.call(signature, depth)
    }

    /// A call with arguments; none where there is no map for it.
    pub(super) fn call(&mut self, signature: &Signature, depth: usize) -> Option<String> {
        let mut args = Vec::new();
        let mut keys: Option<Vec<Shape>> = None;
        let one = takes_key(signature.word);
        for param in &signature.params {
            match param {
                Param::Map => {
                    let map = self.map_that(|it| it.key.is_some() && (!one || is_whole(it)))?;
                    keys = map.key.clone();
                    args.push(map.name);
                }
                Param::Scalar => args.push(self.map_that(|it| it.key.is_none())?.name),
                Param::Entry => {
                    let map = self.map_that(|it| it.key.is_some() && (!one || is_whole(it)))?;
                    args.push(self.access(&map));
                }
                Param::Key => {
                    let shapes = keys.clone()?;
                    let key = match shapes.as_slice() {
                        [one] => self.expr(one, 1),
                        several => self.tuple(several, 1),
                    };
                    args.push(key);
                }
                Param::Exact(text) => args.push((*text).to_owned()),
                Param::Format => args.push(self.format(depth)),
                Param::Int => args.push(self.number(depth.saturating_sub(1))),
                // What is looked for in a text may not be long; an address is no literal.
                Param::Text if args.is_empty() => {
                    args.push(self.expr(&Shape::Text, depth.saturating_sub(1)));
                }
                Param::Text if signature.params.first() == Some(&Param::Text) => {
                    args.push((*self.random.pick(&["comm", "\"text\"", "\"a\""])).to_owned());
                }
                Param::Text => args.push("comm".to_owned()),
                // One that is made of a number may point into a process.
                Param::Pointer => args.push("curtask".to_owned()),
                Param::Any => {
                    let shape = self.shape(1);
                    args.push(self.expr(&shape, depth.saturating_sub(1)));
                }
            }
        }
        Some(format!("{}({})", signature.word, args.join(", ")))
    }

    /// An integer that is no `bool`: what stands for an address may not be one.
    fn number(&mut self, depth: usize) -> String {
        let text = self.open_int(depth);
        let is_word = text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if is_word { text } else { format!("({text} + 0)") }
    }

    /// A format and what it prints.
    fn format(&mut self, depth: usize) -> String {
        let (mut format, mut args) = (String::new(), Vec::new());
        for _ in 0..self.random.below(5) {
            let (letters, shape): (&[&str], _) = match self.random.below(3) {
                0 => (&["%s", "%-16s", "%20s"], Shape::Text),
                _ => (&["%d", "%u", "%x", "%5d", "%-8d", "%llx", "%08x", "%lld"], Shape::Int),
            };
            format += *self.random.pick(letters);
            format += *self.random.pick(&[" ", ",", ""]);
            args.push(self.expr(&shape, depth.saturating_sub(1)));
        }
        let args: String = args.iter().map(|arg| format!(", {arg}")).collect();
        format!("\"{format}\\n\"{args}")
    }

    /// A call of a macro or function of the program.
    pub(super) fn callable(&mut self, depth: usize) -> Option<String> {
        let callables = self.callables.clone();
        let callable = self.random.choose(&callables)?;
        let mut args = Vec::new();
        for param in &callable.params {
            args.push(match param {
                CallableParam::Int => self.open_int(depth.saturating_sub(1)),
                CallableParam::Sized(ty) => format!("({ty}){}", self.open_int(1)),
                CallableParam::Variable => {
                    let fits = |it: &&Variable| {
                        it.shape == Shape::Int && it.writable && it.text.starts_with('$')
                    };
                    let names: Vec<_> =
                        self.variables().filter(fits).map(|it| it.text.clone()).collect();
                    self.random.choose(&names)?.clone()
                }
                CallableParam::Map(like) => {
                    let fits = |it: &Map| it.key == like.key && it.held == like.held;
                    self.map_that(fits)?.name
                }
            });
        }
        Some(format!("{}({})", callable.name, args.join(", ")))
    }
}

/// Whether an entry of the map is one entry in the kernel: large histograms have more.
const fn is_whole(map: &Map) -> bool {
    match &map.held {
        Held::Plain(_) => true,
        Held::Reduced(_, behind) => behind.is_empty(),
    }
}
