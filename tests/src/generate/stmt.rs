//! Statements.

use super::{
    expr::INT_TYPES,
    shape::Shape,
    vocabulary::Param,
    writer::{Held, Leaves, Map, Variable, Writer},
};

/// Deepest that expressions go.
const DEPTH: usize = 4;
/// Most often that the verifier sees a statement, where repeating is the compiler's.
const MOST_TURNS: usize = 30;

impl Writer<'_> {
    /// A block with braces, after `before`.
    pub(super) fn block(&mut self, before: &str, inside: impl FnOnce(&mut Self)) {
        self.line(&format!("{before} {{"));
        self.depth += 1;
        self.scopes.push(Vec::new());
        inside(self);
        self.scopes.pop();
        self.depth -= 1;
        self.line("}");
    }

    pub(super) fn statements(&mut self, most: usize) {
        let count = 1 + self.random.below(most);
        for _ in 0..count {
            self.statement();
        }
    }

    fn statement(&mut self) {
        if !self.grows() || self.depth > 5 {
            return self.simple();
        }
        match self.random.below(20) {
            0..3 => self.if_else(),
            3 => self.unroll(),
            4 => self.while_loop(),
            5 => self.range(),
            6 => self.entries(),
            7 => self.block("", |it| it.statements(3)),
            8 => self.leave(),
            _ => self.simple(),
        }
    }

    fn simple(&mut self) {
        match self.random.below(24) {
            0..5 => self.declare(),
            5..8 => self.assign_variable(),
            8..12 => self.assign_map(),
            12 => self.compound(),
            13 => self.count(),
            14..17 => self.aggregate(),
            17..21 => self.say(),
            21 => {
                let shape = self.shape(1);
                let value = self.expr(&shape, DEPTH);
                self.line(&format!("_ = {value};"));
            }
            22 => match self.callable(2) {
                Some(call) => self.line(&format!("_ = {call};")),
                None => self.assign_map(),
            },
            _ => self.keep_atom(),
        }
    }

    /// A new variable.
    fn declare(&mut self) {
        let name = self.fresh("$v");
        let mut shape = self.shape(2);
        let mut declared = false;
        match self.random.below(4) {
            0 => {
                shape = Shape::Int;
                declared = true;
                let ty = *self.random.pick(INT_TYPES);
                if self.random.percent(50) {
                    self.line(&format!("let {name} : {ty};"));
                } else {
                    let value = self.open_int(DEPTH);
                    self.line(&format!("let {name} : {ty} = {value};"));
                }
            }
            1 => {
                let value = self.expr(&shape, DEPTH);
                self.line(&format!("{name} = {value};"));
            }
            2 if self.random.percent(40) => {
                self.line(&format!("let {name};"));
                let value = self.expr(&shape, DEPTH);
                self.line(&format!("{name} = {value};"));
            }
            _ => {
                let value = self.expr(&shape, DEPTH);
                self.line(&format!("let {name} = {value};"));
            }
        }
        self.add_variable(Variable { text: name, shape, writable: true, declared });
    }

    fn assign_variable(&mut self) {
        let writable: Vec<_> = self.variables().filter(|it| it.writable).cloned().collect();
        let Some(variable) = self.random.choose(&writable).cloned() else {
            return self.declare();
        };
        let value = if variable.declared && matches!(variable.shape, Shape::Int) {
            self.open_int(DEPTH)
        } else {
            self.expr(&variable.shape, DEPTH)
        };
        self.line(&format!("{} = {value};", variable.text));
    }

    fn assign_map(&mut self) {
        match self.map_that(|it| matches!(it.held, Held::Plain(_))) {
            Some(map) => self.write(&map),
            None => self.declare(),
        }
    }

    /// `+=` and the like.
    fn compound(&mut self) {
        let Some(target) = self.number_target() else { return self.assign_map() };
        let operator =
            *self.random.pick(&["+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>="]);
        let value = match operator {
            "/=" | "%=" | "<<=" | ">>=" => self.open_int(2),
            _ => self.int(2).text,
        };
        self.line(&format!("{target} {operator} {value};"));
    }

    fn count(&mut self) {
        let Some(target) = self.number_target() else { return self.assign_map() };
        let operator = *self.random.pick(&["++", "--"]);
        if self.random.percent(80) {
            self.line(&format!("{target}{operator};"));
        } else {
            self.line(&format!("{operator}{target};"));
        }
    }

    /// A variable or an entry that holds an integer.
    fn number_target(&mut self) -> Option<String> {
        let fits = |it: &&Variable| it.writable && it.shape == Shape::Int;
        let names: Vec<_> = self.variables().filter(fits).map(|it| it.text.clone()).collect();
        if self.random.percent(50)
            && let Some(name) = self.random.choose(&names)
        {
            return Some(name.clone());
        }
        let map = self.map_of(&Shape::Int)?;
        Some(self.access(&map))
    }

    fn aggregate(&mut self) {
        match self.map_that(|it| matches!(it.held, Held::Reduced(..))) {
            Some(map) => self.write(&map),
            None => self.assign_map(),
        }
    }

    /// Gives one entry of a map a value.
    pub(super) fn write(&mut self, map: &Map) {
        let target = self.access(map);
        let value = match &map.held {
            Held::Plain(shape) => self.expr(shape, DEPTH),
            Held::Reduced(word, behind) => {
                let takes_sample = self
                    .head
                    .aggregations
                    .iter()
                    .any(|it| it.word == *word && it.params.first() == Some(&Param::Int));
                let mut args: Vec<String> = Vec::new();
                if takes_sample {
                    args.push(self.open_int(3));
                }
                args.extend(behind.iter().map(|text| (*text).to_owned()));
                format!("{word}({})", args.join(", "))
            }
        };
        self.line(&format!("{target} = {value};"));
    }

    /// A word that stands alone.
    fn say(&mut self) {
        let alone: Vec<_> = self.head.calls.iter().filter(|it| it.gives.is_none()).collect();
        // Every word as often as every other, whatever the ways in which it can be called.
        let mut words: Vec<_> = alone.iter().map(|it| it.word).collect();
        words.dedup();
        let Some(word) = self.random.choose(&words).copied() else { return };
        let ways: Vec<_> = alone.into_iter().filter(|it| it.word == word).collect();
        let Some(signature) = self.random.choose(&ways).copied() else { return };
        match self.call(signature, 3) {
            Some(call) => self.line(&format!("{call};")),
            None => self.declare(),
        }
    }

    /// A builtin that is no number and no text goes to a variable, a map, or is printed.
    fn keep_atom(&mut self) {
        let atoms: Vec<_> =
            self.head.atoms.iter().filter(|it| matches!(it.shape, Shape::Other(_))).collect();
        let Some(atom) = self.random.choose(&atoms).map(|atom| (*atom).clone()) else {
            return self.declare();
        };
        match self.random.below(3) {
            0 => {
                let name = self.fresh("$o");
                self.line(&format!("let {name} = {};", atom.text));
                let shape = atom.shape;
                self.add_variable(Variable {
                    text: name,
                    shape,
                    writable: false,
                    declared: false,
                });
            }
            1 if !self.is_macro => {
                let name = self.fresh("@o");
                self.line(&format!("{name} = {};", atom.text));
            }
            _ => self.line(&format!("print({});", atom.text)),
        }
    }

    fn if_else(&mut self) {
        let condition = self.condition(3);
        let brackets = self.random.percent(80);
        let head =
            if brackets { format!("if ({condition})") } else { format!("if {condition}") };
        self.block(&head, |it| it.statements(3));
        if self.random.percent(40) {
            self.out.truncate(self.out.trim_end().len());
            let next = self.condition(2);
            let before = if self.random.percent(40) {
                format!(" else if ({next})")
            } else {
                " else".to_owned()
            };
            let depth = std::mem::take(&mut self.depth);
            self.out += &before;
            self.out += " {\n";
            self.depth = depth + 1;
            self.scopes.push(Vec::new());
            self.statements(3);
            self.scopes.pop();
            self.depth = depth;
            self.line("}");
        }
    }

    fn unroll(&mut self) {
        let most = (MOST_TURNS / self.turns).min(12);
        if most < 2 {
            return self.simple();
        }
        let count = 1 + self.random.below(most);
        self.turns *= count;
        // A loop that the compiler repeats cannot be left.
        self.block(&format!("unroll ({count})"), |it| it.statements(3));
        self.turns /= count;
    }

    fn looped(&mut self, head: &str, add: Option<Variable>) {
        self.loops += 1;
        self.block(head, |it| {
            if let Some(variable) = add {
                it.add_variable(variable);
            }
            it.statements(3);
            if it.random.percent(30) {
                let condition = it.condition(2);
                let word = *it.random.pick(&["break", "continue"]);
                it.block(&format!("if ({condition})"), |it| it.line(&format!("{word};")));
            }
        });
        self.loops -= 1;
    }

    fn while_loop(&mut self) {
        if !self.has("loop") {
            return self.simple();
        }
        let name = self.fresh("$w");
        self.line(&format!("let {name} = 0;"));
        let end = self.small();
        let condition = if self.random.percent(70) {
            format!("{name}++ < {end}")
        } else {
            self.condition(2)
        };
        self.looped(&format!("while ({condition})"), None);
        self.add_variable(Variable {
            text: name,
            shape: Shape::Int,
            writable: true,
            declared: false,
        });
    }

    fn range(&mut self) {
        let name = self.fresh("$i");
        let (from, to) = if self.has("loop") && self.random.percent(50) {
            (format!("({})", self.int(2).text), format!("({})", self.open_int(2)))
        } else {
            // Where the kernel has no loops they are repeated.
            let most = if self.has("loop") { 2000 } else { MOST_TURNS / self.turns };
            ("0".to_owned(), self.random.below(most.max(1)).to_string())
        };
        let turns = self.turns;
        if !self.has("loop") {
            self.turns = MOST_TURNS;
        }
        let variable = Variable {
            text: name.clone(),
            shape: Shape::Int,
            writable: false,
            declared: false,
        };
        self.looped(&format!("for ({name} : {from}..{to})"), Some(variable));
        self.turns = turns;
    }

    fn entries(&mut self) {
        let reduced = self.has("reduced loop");
        let fits = |map: &Map| {
            map.key.is_some()
                && match &map.held {
                    Held::Plain(_) => true,
                    Held::Reduced(word, _) => {
                        reduced && matches!(*word, "count" | "sum" | "min" | "max" | "avg")
                    }
                }
        };
        let Some(map) = self.map_that(fits).filter(|_| self.has("map loop")) else {
            return self.simple();
        };
        let name = self.fresh("$kv");
        let key = match map.key.clone().unwrap_or_default().as_slice() {
            [one] => one.clone(),
            several => Shape::Tuple(several.to_vec()),
        };
        let value = match map.held {
            Held::Plain(shape) => shape,
            Held::Reduced(..) => Shape::Int,
        };
        let shape = Shape::Tuple(vec![key, value]);
        let variable = Variable { text: name.clone(), shape, writable: false, declared: false };
        self.looped(&format!("for ({name} : {})", map.name), Some(variable));
    }

    fn leave(&mut self) {
        let condition = self.condition(2);
        let word = match self.leaves {
            _ if self.loops > 0 && self.random.percent(60) => {
                (*self.random.pick(&["break", "continue"])).to_owned()
            }
            Leaves::Probe if self.random.percent(50) => "return".to_owned(),
            Leaves::Probe => format!("return {}", self.open_int(2)),
            Leaves::Function(ty) => format!("return ({ty}){}", self.open_int(2)),
            Leaves::Macro => return self.simple(),
        };
        self.block(&format!("if ({condition})"), |it| it.line(&format!("{word};")));
    }
}
