//! The state of a program in the making: what is in sight, and how much may still come.

use stdlib::Kernel;

use super::{
    fields::Types,
    random::Random,
    shape::Shape,
    vocabulary::{Head, Vocabulary},
};

/// What a map holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Held {
    /// Values.
    Plain(Shape),
    /// What the aggregation of this name, with these arguments behind the sample, makes.
    Reduced(&'static str, Vec<&'static str>),
}

/// A map of the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Map {
    /// With `@`.
    pub(super) name: String,
    /// None for a scalar map.
    pub(super) key: Option<Vec<Shape>>,
    pub(super) held: Held,
}

/// A variable in sight.
#[derive(Debug, Clone)]
pub(super) struct Variable {
    /// As it is written.
    pub(super) text: String,
    pub(super) shape: Shape,
    /// Whether it may be assigned to.
    pub(super) writable: bool,
    /// Whether its type is declared, so that a literal may not fit.
    pub(super) declared: bool,
}

/// What a macro or a function takes and gives.
#[derive(Debug, Clone)]
pub(super) struct Callable {
    pub(super) name: String,
    pub(super) params: Vec<CallableParam>,
}

/// A parameter of a macro or a function.
#[derive(Debug, Clone)]
pub(super) enum CallableParam {
    /// Any integer.
    Int,
    /// An integer of this type.
    Sized(&'static str),
    /// A variable that holds an integer.
    Variable,
    /// A map like this one.
    Map(Map),
}

/// A program in the making.
pub(super) struct Writer<'a> {
    pub(super) random: Random,
    pub(super) vocabulary: &'a Vocabulary,
    pub(super) kernel: &'a dyn Kernel,
    pub(super) types: &'a Types,
    /// What the probe at hand can use.
    pub(super) head: &'a Head,
    pub(super) maps: Vec<Map>,
    /// Macros and functions.
    pub(super) callables: Vec<Callable>,
    /// Variables by block.
    pub(super) scopes: Vec<Vec<Variable>>,
    /// How many names were given.
    pub(super) names: usize,
    /// How many more nodes there may be.
    pub(super) left: usize,
    /// How often the verifier sees what is written now, at most.
    pub(super) turns: usize,
    /// Loops around.
    pub(super) loops: usize,
    /// What `return` may give here.
    pub(super) leaves: Leaves,
    /// Whether the body is a macro's, which may not name maps.
    pub(super) is_macro: bool,
    pub(super) out: String,
    pub(super) depth: usize,
}

/// How a body can be left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leaves {
    /// By `return`, with or without a number.
    Probe,
    /// By `return` with a number of this type.
    Function(&'static str),
    /// Not before its end.
    Macro,
}

impl Writer<'_> {
    /// A line of the program.
    pub(super) fn line(&mut self, text: &str) {
        for _ in 0..self.depth {
            self.out += "    ";
        }
        self.out += text;
        self.out.push('\n');
    }

    pub(super) fn fresh(&mut self, before: &str) -> String {
        self.names += 1;
        format!("{before}{}", self.names)
    }

    /// Counts a node, as often as it is repeated; whether there may be more inside of it.
    pub(super) fn grows(&mut self) -> bool {
        self.left = self.left.saturating_sub(self.turns);
        self.left > 0
    }

    pub(super) fn variables(&self) -> impl Iterator<Item = &Variable> {
        self.scopes.iter().flatten()
    }

    pub(super) fn add_variable(&mut self, variable: Variable) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.push(variable);
        }
    }

    /// A variable of this shape.
    pub(super) fn variable(&mut self, shape: &Shape) -> Option<Variable> {
        let fitting: Vec<_> =
            self.variables().filter(|it| it.shape == *shape).cloned().collect();
        self.random.choose(&fitting).cloned()
    }

    /// A map whose entries have this shape.
    pub(super) fn map_of(&mut self, shape: &Shape) -> Option<Map> {
        let held = Held::Plain(shape.clone());
        let fitting: Vec<_> = self.maps.iter().filter(|it| it.held == held).cloned().collect();
        self.random.choose(&fitting).cloned()
    }

    /// A map that `fits`.
    pub(super) fn map_that(&mut self, fits: impl Fn(&Map) -> bool) -> Option<Map> {
        let fitting: Vec<_> = self.maps.iter().filter(|it| fits(it)).cloned().collect();
        self.random.choose(&fitting).cloned()
    }

    pub(super) fn has(&self, construct: &str) -> bool {
        self.vocabulary.constructs.contains(construct)
    }

    /// A shape for a new variable, map or key.
    pub(super) fn shape(&mut self, depth: usize) -> Shape {
        match self.random.below(if depth == 0 { 7 } else { 10 }) {
            0..4 => Shape::Int,
            4 => Shape::Bool,
            5 | 6 => Shape::Text,
            7 => {
                let names = self.types.present(self.kernel);
                self.random
                    .choose(&names)
                    .map_or(Shape::Int, |name| Shape::Pointer((*name).to_owned()))
            }
            8 => Shape::Tuple(self.shapes(depth)),
            _ => Shape::Record(self.shapes(depth)),
        }
    }

    fn shapes(&mut self, depth: usize) -> Vec<Shape> {
        let count = 1 + self.random.below(3);
        (0..count).map(|_| self.shape(depth - 1)).collect()
    }
}
