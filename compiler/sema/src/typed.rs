//! The program with every type known and every name resolved.

use std::rc::Rc;

use diag::Span;
use ir::{Reduce, Ty};
use stdlib::{Call, Config, Uses, aggregations::Aggregation, functions::Word};

use crate::{Declared, c::Declarations, expand::Head};

/// Index of an expression in its [`Body`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ExprId(pub usize);

/// Index of a variable in its [`Body`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VariableId(pub usize);

/// A checked program.
#[derive(Debug)]
pub struct Program {
    /// The probes with their attach points.
    pub heads: Vec<Head>,
    /// For each head, for each of its groups, the checked body.
    pub bodies: Vec<Vec<Body>>,
    /// Every map, sorted by name.
    pub maps: Vec<Map>,
    /// The settings.
    pub config: Config,
    /// What the script's C defines.
    pub(crate) own: Rc<Declarations>,
}

/// One map of the script.
#[derive(Debug, Clone)]
pub struct Map {
    /// Without `@`.
    pub name: String,
    /// Type of its keys; none for a scalar map.
    pub key: Option<Ty>,
    /// Type of its values.
    pub value: Ty,
    /// Type of what its values count, where they tell items apart.
    pub item: Option<Ty>,
    /// Where it was first used.
    pub span: Span,
    /// Its kind and size, if the script declares them.
    pub declared: Option<Declared>,
}

/// A probe's predicate and statements, checked for one group of attach points.
#[derive(Debug, Default)]
pub struct Body {
    /// Every expression.
    pub exprs: Vec<Expr>,
    /// Every variable.
    pub variables: Vec<Variable>,
    /// The predicate.
    pub predicate: Option<ExprId>,
    /// The statements.
    pub stmts: Vec<Stmt>,
    /// What it needs, its functions included.
    pub uses: Uses,
    /// The script's functions that it calls, each behind those that it calls itself.
    pub functions: Vec<Function>,
}

/// A function of the script, checked for the attach points of the body that calls it.
#[derive(Debug)]
pub struct Function {
    /// What calls name it by.
    pub index: usize,
    /// Its name.
    pub name: String,
    /// Where it is defined.
    pub span: Span,
    /// How many of its first variables are parameters.
    pub parameters: usize,
    /// What it returns.
    pub returns: Ty,
    /// What it does; it has neither a predicate nor functions.
    pub body: Body,
}

/// One variable.
#[derive(Debug, Clone)]
pub struct Variable {
    /// Its type.
    pub ty: Ty,
    /// Whether it may be read before it is written, so that it must start as zero.
    pub starts_as_zero: bool,
    /// Whether its type was declared, so that what is assigned is cut to it.
    pub declared: bool,
}

/// An expression with its type.
#[derive(Debug, Clone)]
pub struct Expr {
    /// The whole of it.
    pub span: Span,
    /// Its type.
    pub ty: Ty,
    /// What it is.
    pub kind: ExprKind,
}

/// Use of a map with or without a key.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The map's name, without `@`.
    pub map: String,
    /// The keys; empty for a scalar map.
    pub keys: Vec<ExprId>,
}

/// The shapes of typed expressions.
#[derive(Debug, Clone)]
pub enum ExprKind {
    /// After an error, and where there is no value.
    Nothing,
    /// An integer; above `i64::MAX` as in two's complement.
    Int(i64),
    /// `true`, `false`
    Bool(bool),
    /// Text, without NUL.
    Str(Vec<u8>),
    /// `$x`
    Variable(VariableId),
    /// `@m[k]`
    Entry(Entry),
    /// `@m` as an argument of a word that takes whole maps.
    WholeMap(String),
    /// A type as an argument.
    Type,
    /// `-x`, `~x`
    Negate(ExprId),
    /// `~x`
    Complement(ExprId),
    /// `!x`
    Not(ExprId),
    /// `*p`
    Dereference(ExprId),
    /// `&$x`, `&@m[k]`
    Address(Target),
    /// `&@m` of a map with keys: the map itself.
    AddressOfMap(String),
    /// Arithmetic on 64 bits and comparisons of scalars.
    Binary(ir::Bin, ExprId, ExprId),
    /// `a == b` of values in memory; the flag says that they should differ.
    SameBytes(ExprId, ExprId, Wanted),
    /// `a && b`
    And(ExprId, ExprId),
    /// `a || b`
    Or(ExprId, ExprId),
    /// `c ? a : b`
    Choose(ExprId, ExprId, ExprId),
    /// `a ?: b`, evaluated once
    Otherwise(ExprId, ExprId),
    /// `$x++` and the like: the target, what is added, which value is given.
    Step(Target, i64, Given),
    /// `(a, b)`
    Tuple(Vec<ExprId>),
    /// A builtin or a function.
    Word(&'static Word, Call),
    /// A function of the script, by its index.
    Invoke(usize, Vec<ExprId>),
    /// A function of an imported program in C, by its name.
    InvokeC(String, Vec<ExprId>),
    /// A call of a function of the kernel.
    InvokeKernel(std::sync::Arc<stdlib::KernelCall>, Vec<ExprId>),
    /// The same value as another type.
    Cast(ExprId),
    /// `e.name` or `e.0`: the part that starts at `offset`.
    Part(ExprId, ir::Field),
    /// `e[i]`
    Element(ExprId, ExprId),
    /// `{ …; e }`
    Block(Vec<Stmt>, ExprId),
}

impl Expr {
    /// The function of the script that it calls.
    pub fn invoked(&self) -> Option<usize> {
        if let ExprKind::Invoke(index, _) = self.kind { Some(index) } else { None }
    }
}

/// Whether values should be equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// `==`
    Same,
    /// `!=`
    Different,
}

/// Which value a step gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Given {
    /// `x++`
    Old,
    /// `++x`
    New,
    /// Nobody looks.
    Nothing,
}

/// What an assignment changes.
#[derive(Debug, Clone)]
pub enum Target {
    /// `$x`
    Variable(VariableId),
    /// `@m[k]`
    Entry(Entry),
}

/// A statement and where it stands.
#[derive(Debug, Clone)]
pub struct Stmt {
    /// The whole of it.
    pub span: Span,
    /// What it does.
    pub kind: StmtKind,
}

/// The shapes of typed statements.
#[derive(Debug, Clone)]
pub enum StmtKind {
    /// Evaluates it and forgets the value.
    Expr(ExprId),
    /// `let $x;`
    Declare(VariableId),
    /// `target = value`
    Assign(Target, ExprId),
    /// `target += value`: adds to an integer.
    Add(Entry, ExprId),
    /// `@m[k] = count()`
    Aggregate {
        /// Which entry.
        entry: Entry,
        /// The word.
        row: &'static Aggregation,
        /// How samples are reduced in this map.
        reduce: Reduce,
        /// The call.
        call: Call,
    },
    /// `if`
    If(ExprId, Vec<Stmt>, Vec<Stmt>),
    /// `unroll`
    Repeat(u64, Vec<Stmt>),
    /// `while`
    While(ExprId, Vec<Stmt>),
    /// `for` over integers
    Range {
        /// The loop's variable.
        variable: VariableId,
        /// Its first value.
        from: ExprId,
        /// The value at which it ends.
        to: ExprId,
        /// What is done.
        body: Vec<Stmt>,
    },
    /// `for` over a map
    Entries {
        /// The loop's variable, a tuple of key and value.
        variable: VariableId,
        /// The map's name, without `@`.
        map: String,
        /// What is done.
        body: Vec<Stmt>,
    },
    /// `break`
    Break,
    /// `continue`
    Continue,
    /// `{ … }`
    Block(Vec<Stmt>),
    /// `return`
    Return(Option<ExprId>),
}

impl Body {
    /// The expression called `id`.
    pub fn expr(&self, id: ExprId) -> &Expr {
        &self.exprs[id.0]
    }

    /// The number of an expression, if it is known before the program runs.
    pub fn constant(&self, id: ExprId) -> Option<i64> {
        if let ExprKind::Int(value) = self.expr(id).kind { Some(value) } else { None }
    }
}
