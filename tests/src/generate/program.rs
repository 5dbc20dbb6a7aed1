//! Whole programs.

use stdlib::Kernel;

use super::{
    expr::INT_TYPES,
    fields::Types,
    random::Random,
    shape::Shape,
    vocabulary::{Head, Param, Vocabulary},
    writer::{Callable, CallableParam, Held, Leaves, Map, Variable, Writer},
};

/// Most nodes of one probe.
const NODES: usize = 120;
/// Of a hundred programs, how many have that many, and how many have many more. The others are
/// small: most mistakes show in few statements, and more programs can be tried in the same time.
const USUAL: usize = 25;
const LARGE: usize = 2;
/// The same where they are to be brief.
const USUAL_OF_BRIEF: usize = 4;

/// Makes programs for one machine.
pub struct Generator<'a> {
    vocabulary: &'a Vocabulary,
    kernel: &'a dyn Kernel,
    types: Types,
    is_brief: bool,
}

impl<'a> Generator<'a> {
    /// Programs of these words.
    pub fn new(vocabulary: &'a Vocabulary, kernel: &'a dyn Kernel) -> Self {
        Self { vocabulary, kernel, types: Types::default(), is_brief: false }
    }

    /// The same, with few programs that are not small: many can be tried in a short time.
    #[must_use]
    pub fn brief(self) -> Self {
        Self { is_brief: true, ..self }
    }

    /// The program with this number.
    pub fn program(&self, seed: u64) -> String {
        let mut random = Random::new(seed);
        let heads = &self.vocabulary.heads;
        let left = match random.below(100) {
            0..USUAL_OF_BRIEF if self.is_brief => NODES,
            _ if self.is_brief => NODES / 4,
            0..LARGE => NODES * 6,
            LARGE..USUAL => NODES,
            _ => NODES / 4,
        };
        let Some(first) = random.choose(heads) else { return String::new() };
        let mut it = Writer {
            random,
            vocabulary: self.vocabulary,
            kernel: self.kernel,
            types: &self.types,
            head: first,
            maps: Vec::new(),
            callables: Vec::new(),
            scopes: Vec::new(),
            names: 0,
            left,
            turns: 1,
            loops: 0,
            leaves: Leaves::Probe,
            is_macro: false,
            out: String::new(),
            depth: 0,
        };
        it.config();
        it.maps();
        for _ in 0..it.random.below(3) {
            it.macro_item();
        }
        let functions = if it.has("function") { it.random.below(3) } else { 0 };
        for _ in 0..functions {
            it.function();
        }
        if it.random.percent(10)
            && let Some(example) = it.random.choose(&self.vocabulary.examples)
        {
            it.out += example;
            it.out.push('\n');
        }
        let most = if left < NODES { 2 } else { 4 };
        for _ in 0..1 + it.random.below(most) {
            it.left = left;
            it.head = it.random.choose(heads).unwrap_or(first);
            it.probe(heads);
        }
        it.left = left.min(NODES);
        it.write_maps(seed);
        it.out
    }
}

impl<'a> Writer<'a> {
    fn config(&mut self) {
        let entries: &[&str] = match self.random.below(8) {
            0 => &["max_strlen = 64"],
            1 => &["on_stack_limit = 64", "max_strlen = 200"],
            2 => &["on_stack_limit = 1", "max_map_keys = 8"],
            3 => &["max_strlen = 2000"],
            _ => return,
        };
        self.line(&format!("config = {{ {}; }}", entries.join("; ")));
    }

    /// What maps there are, and the kinds of some.
    fn maps(&mut self) {
        let aggregations: Vec<_> = self.head.aggregations.clone();
        let most = if self.left < NODES { 3 } else { 7 };
        for _ in 0..2 + self.random.below(most) {
            let name = self.fresh("@m");
            let key = self.random.percent(65).then(|| {
                let count = 1 + self.random.below(3);
                (0..count).map(|_| self.shape(1)).collect()
            });
            let held = match self.random.choose(&aggregations) {
                Some(it) if self.random.percent(35) => {
                    let behind = it.params.iter().filter_map(|param| match param {
                        Param::Exact(text) => Some(*text),
                        Param::Map
                        | Param::Scalar
                        | Param::Entry
                        | Param::Key
                        | Param::Format
                        | Param::Int
                        | Param::Text
                        | Param::Pointer
                        | Param::Any => None,
                    });
                    Held::Reduced(it.word, behind.collect())
                }
                _ => Held::Plain(self.shape(2)),
            };
            if key.is_some() && self.random.percent(25) {
                let kinds: &[&str] = match held {
                    Held::Plain(_) => &["hash", "lruhash"],
                    Held::Reduced(..) => &["percpuhash", "percpulruhash"],
                };
                let kind = *self.random.pick(kinds);
                let entries = *self.random.pick(&["1", "10", "1000"]);
                self.line(&format!("let {name} = {kind}({entries});"));
            }
            self.maps.push(Map { name, key, held });
        }
        // There is always something to count.
        let name = self.fresh("@m");
        self.maps.push(Map { name, key: None, held: Held::Plain(Shape::Int) });
    }

    fn macro_item(&mut self) {
        let name = self.fresh("mac");
        let mut params = Vec::new();
        let mut texts = Vec::new();
        let mut scope = Vec::new();
        let mut maps = Vec::new();
        for _ in 0..self.random.below(4) {
            let variable = |text: &str, writable| Variable {
                text: text.to_owned(),
                shape: Shape::Int,
                writable,
                declared: true,
            };
            let (param, text) = match self.random.below(3) {
                0 => {
                    let text = self.fresh("p");
                    scope.push(variable(&text, false));
                    (CallableParam::Int, text)
                }
                1 => {
                    let text = self.fresh("$p");
                    scope.push(variable(&text, true));
                    (CallableParam::Variable, text)
                }
                _ => {
                    let Some(map) = self.map_that(|_| true) else { continue };
                    let text = self.fresh("@p");
                    maps.push(Map { name: text.clone(), ..map.clone() });
                    (CallableParam::Map(map), text)
                }
            };
            params.push(param);
            texts.push(text);
        }
        let head = format!("macro {name}({})", texts.join(", "));
        let outside = std::mem::replace(&mut self.maps, maps);
        self.apart(&head, scope, Leaves::Macro, |it| {
            for _ in 0..it.random.below(3) {
                it.statements(1);
            }
            let value = it.open_int(2);
            it.line(&value);
        });
        self.maps = outside;
        self.callables.push(Callable { name, params });
    }

    fn function(&mut self) {
        let name = self.fresh("fun");
        let mut params = Vec::new();
        let mut texts = Vec::new();
        let mut scope = Vec::new();
        for _ in 0..self.random.below(5) {
            let text = self.fresh("$a");
            let ty = *self.random.pick(INT_TYPES);
            params.push(CallableParam::Sized(ty));
            texts.push(format!("{text} : {ty}"));
            scope.push(Variable { text, shape: Shape::Int, writable: true, declared: true });
        }
        let returns = *self.random.pick(INT_TYPES);
        let head = format!("fn {name}({}) : {returns}", texts.join(", "));
        self.apart(&head, scope, Leaves::Function(returns), |it| {
            it.statements(4);
            let value = it.open_int(3);
            it.line(&format!("return ({returns}){value};"));
        });
        self.callables.push(Callable { name, params });
    }

    /// The body of a macro or function, which may be used in every probe.
    fn apart(
        &mut self,
        head: &str,
        scope: Vec<Variable>,
        leaves: Leaves,
        inside: impl FnOnce(&mut Self),
    ) {
        let before = (self.head, self.left, self.leaves);
        self.head = &self.vocabulary.everywhere;
        (self.left, self.leaves) = (NODES / 4, leaves);
        self.is_macro = leaves == Leaves::Macro;
        self.scopes.push(scope);
        self.block(head, inside);
        self.scopes.pop();
        self.is_macro = false;
        (self.head, self.left, self.leaves) = before;
    }

    /// A probe that writes every map: one that is only read is refused. It calls one word more, in
    /// turn, so that none is left to chance.
    fn write_maps(&mut self, turn: u64) {
        // Of a map that gets only values of itself no type is known.
        let maps = self.maps.clone();
        self.callables.clear();
        let head = self.head.text.clone();
        let words = &self.head.calls;
        let word = words.get((turn % words.len().max(1) as u64) as usize);
        let call = word.and_then(|word| Some((word, self.call(word, 1)?)));
        self.maps.clear();
        self.block(&head, |it| {
            for map in &maps {
                it.write(map);
            }
            match call {
                Some((word, call)) if word.gives.is_some() => it.line(&format!("_ = {call};")),
                Some((_, call)) => it.line(&format!("{call};")),
                None => {}
            }
            it.line("return;");
        });
    }

    fn probe(&mut self, heads: &'a [Head]) {
        let mut head = self.head.text.clone();
        if self.random.percent(10) {
            // The same body at a second place: it can use what both have.
            let like: Vec<_> = heads.iter().filter(|it| same_words(it, self.head)).collect();
            if let Some(other) = self.random.choose(&like) {
                head = format!("{head}, {}", other.text);
            }
        }
        if self.random.percent(30) {
            let condition = self.condition(2);
            head = format!("{head} /({condition})/");
        }
        let most = match self.left {
            0..NODES => 4,
            NODES => 8,
            _ => 40,
        };
        self.block(&head, |it| it.statements(most));
    }
}

/// Whether a body written for one head can be used at the other.
fn same_words(one: &Head, other: &Head) -> bool {
    one.text != other.text
        && one.atoms.len() == other.atoms.len()
        && one
            .atoms
            .iter()
            .zip(&other.atoms)
            .all(|(a, b)| a.text == b.text && a.shape == b.shape && a.known == b.known)
        && one.calls.len() == other.calls.len()
}
