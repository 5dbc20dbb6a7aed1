//! The syntax tree, exactly as written: no types, no resolved names, nothing about which words exist.
//!
//! Every node that a message can point at has a [`Span`]. The tree is never deeper than
//! [`MAX_DEPTH`], so walking it by recursion is safe.

mod operator;

pub use operator::{BinaryOperator, UnaryOperator};

use diag::Span;

/// How deep expressions, blocks and brackets may be nested, all together.
pub const MAX_DEPTH: usize = 400;

/// A whole program.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Program {
    /// The `#!` line, without its line end.
    pub shebang: Option<Span>,
    /// Everything else, in source order.
    pub items: Vec<Item>,
}

impl Program {
    /// The probes, in source order.
    pub fn probes(&self) -> impl Iterator<Item = &Probe> {
        self.items
            .iter()
            .filter_map(|item| if let Item::Probe(it) = item { Some(it) } else { None })
    }
}

/// One thing at the top level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// `#include <linux/fs.h>`, `#define N 1`, `struct s { int x; };`: neighbours are one item.
    C(CText),
    /// `config = { … }`
    Config(Config),
    /// `import "x";`
    Import(Import),
    /// `let @m = lruhash(100);`
    Map(MapDeclaration),
    /// `macro m($a, @b, c) { … }`
    Macro(Macro),
    /// `fn f($a : int32) : int32 { … }`
    Function(Function),
    /// `kprobe:f, kprobe:g /pid == 1/ { … }`
    Probe(Probe),
}

impl Item {
    /// The whole of it.
    pub fn span(&self) -> Span {
        match self {
            Self::C(it) => it.span,
            Self::Config(it) => it.span,
            Self::Import(it) => it.span,
            Self::Map(it) => it.span,
            Self::Macro(it) => it.span,
            Self::Function(it) => it.span,
            Self::Probe(it) => it.span,
        }
    }
}

/// A piece of C, as it stands in the source, comments and line breaks included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CText {
    /// The whole of it.
    pub span: Span,
    /// The text at `span`.
    pub text: String,
}

/// `config = { max_strlen = 128; missing_probes = warn }`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The whole of it.
    pub span: Span,
    /// The settings, in source order.
    pub entries: Vec<ConfigEntry>,
}

/// `max_strlen = 128`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigEntry {
    /// The variable.
    pub name: Name,
    /// Its new value.
    pub value: ConfigValue,
}

/// The value of a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigValue {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub kind: ConfigValueKind,
}

/// The shapes of settings' values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConfigValueKind {
    /// `128`
    Integer(Integer),
    /// `"GPL"`
    String(StringLiteral),
    /// `true`
    Bool(bool),
    /// `warn`
    Word(String),
}

/// `import "lib.bt";`, at the top level or in a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// The whole of it.
    pub span: Span,
    /// What is imported.
    pub path: StringLiteral,
}

/// `let @m = lruhash(100);`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MapDeclaration {
    /// The whole of it.
    pub span: Span,
    /// The map, without `@`; the span has the `@`.
    pub name: Name,
    /// `hash`, `lruhash`, …, as written.
    pub kind: Name,
    /// How many entries it may have.
    pub entries: Integer,
}

/// `macro m($a, @b, c) { … }`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Macro {
    /// The whole of it.
    pub span: Span,
    /// What it is called by.
    pub name: Name,
    /// Its parameters.
    pub params: Vec<MacroParam>,
    /// What a call stands for; the block's value is the call's.
    pub body: Block,
}

/// One parameter of a macro.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MacroParam {
    /// Its name, without `$` or `@`; the span has them.
    pub name: Name,
    /// What may be passed.
    pub kind: MacroParamKind,
}

/// What a macro's parameter stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MacroParamKind {
    /// `$a`: a variable, by reference.
    Variable,
    /// `@a`: a map, by reference.
    Map,
    /// `a`: any expression.
    Expr,
}

/// `fn f($a : int32) : int32 { … }`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// The whole of it.
    pub span: Span,
    /// What it is called by.
    pub name: Name,
    /// Its parameters.
    pub params: Vec<Param>,
    /// What it returns, if that is said.
    pub returns: Option<TypeExpr>,
    /// What it does. [`Block::value`] is `None`.
    pub body: Block,
}

/// `$a : int32`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Param {
    /// The variable, without `$`; the span has it.
    pub name: Name,
    /// Its type.
    pub ty: TypeExpr,
}

/// `name=kprobe:f, kprobe:g /pid == 1/ { … }`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// The whole of it.
    pub span: Span,
    /// The user's own name for it.
    pub label: Option<Name>,
    /// Where it attaches: never empty.
    pub points: Vec<AttachPoint>,
    /// What stands between the slashes.
    pub predicate: Option<Expr>,
    /// What it does. [`Block::value`] is `None`.
    pub body: Block,
}

/// `uprobe:/bin/bash:readline+0x4`, split but not understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttachPoint {
    /// The whole of it.
    pub span: Span,
    /// The text at `span`.
    pub raw: String,
    /// The pieces between `:` and `@`: never empty; the first is the probe type as written.
    pub parts: Vec<Part>,
}

impl AttachPoint {
    /// The probe type as written (`kprobe`, `BEGIN`, `$1`).
    pub fn probe_type(&self) -> &str {
        self.parts.first().map_or("", |part| &part.text)
    }

    /// The pieces after the probe type.
    pub fn targets(&self) -> &[Part] {
        self.parts.get(1..).unwrap_or_default()
    }
}

/// One piece of an attach point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Where it stands, quotes included, separator excluded; empty for an empty piece.
    pub span: Span,
    /// Its text, without quotes. `+offset` and `$1` are left in it.
    pub text: String,
    /// What stands before it.
    pub separator: Separator,
    /// Whether it is text or has quotes in it (then `$1` and `*` have no special meaning).
    pub quoted: Quoted,
}

/// Whether a piece of an attach point has quotes in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quoted {
    /// Plain text.
    No,
    /// All or some of it stands in `"…"`.
    Yes,
}

/// What stands before a piece of an attach point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Separator {
    /// Nothing: it is the first.
    Start,
    /// `:`
    Colon,
    /// `@`, as in `uprobe:/bin/bash@shell.c:120`
    At,
}

/// A word and where it stands. Sigils (`$`, `@`) are in the span and not in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// Where it stands.
    pub span: Span,
    /// The word.
    pub text: String,
}

/// `{ stmt; stmt; value }`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// With the braces.
    pub span: Span,
    /// The statements, in order.
    pub stmts: Vec<Stmt>,
    /// The last expression, when no `;` follows it and the block stands where a value is wanted
    /// (block expression, arm of an `if` expression, macro). Elsewhere it is the last statement.
    pub value: Option<Box<Expr>>,
}

/// A statement and where it stands, without its `;`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stmt {
    /// The whole statement.
    pub span: Span,
    /// What it is.
    pub kind: StmtKind,
}

/// The shapes of statements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StmtKind {
    /// `let $x : uint64 = 1;`
    Let(Let),
    /// `@x[1] += 2;`
    Assign(Assign),
    /// `_ = f();`
    Discard(Expr),
    /// `f();`, `$x++;`
    Expr(Expr),
    /// `if (c) { … } else if (d) { … } else { … }`; no block in it has a value.
    If(If),
    /// `while (c) { … }`
    While(While),
    /// `for ($x : @m) { … }`, `for ($i : 0..9) { … }`
    For(For),
    /// `unroll (3) { … }`
    Unroll(Unroll),
    /// `{ … }`
    Block(Block),
    /// `break;`
    Break,
    /// `continue;`
    Continue,
    /// `return;`, `return 1;`
    Return(Option<Expr>),
    /// `import "x";`
    Import(StringLiteral),
}

/// `let $x : uint64 = 1`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Let {
    /// The variable, without `$`; the span has it.
    pub name: Name,
    /// Its type, if that is said.
    pub ty: Option<TypeExpr>,
    /// Its first value, if that is said.
    pub value: Option<Expr>,
}

/// `@x[1] += 2`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assign {
    /// What changes: [`ExprKind::Variable`] or [`ExprKind::Map`], nothing else.
    pub target: Expr,
    /// `None` for `=`, the operator for `+=` and the like.
    pub operator: Option<BinaryOperator>,
    /// Where `=` or `+=` stands.
    pub operator_span: Span,
    /// The right side.
    pub value: Expr,
}

/// `if (c) { … } else if (d) { … } else { … }`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct If {
    /// The conditions and their blocks, in order: never empty.
    pub branches: Vec<Branch>,
    /// The last `else`.
    pub otherwise: Option<Block>,
}

/// `if (c) { … }`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// When.
    pub condition: Expr,
    /// What then.
    pub body: Block,
}

/// `while (c) { … }`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct While {
    /// Where the word `while` stands.
    pub keyword: Span,
    /// How long.
    pub condition: Expr,
    /// What to do. [`Block::value`] is `None`.
    pub body: Block,
}

/// `for ($x : @m) { … }`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct For {
    /// Where the word `for` stands.
    pub keyword: Span,
    /// The loop's variable, without `$`; the span has it.
    pub variable: Name,
    /// What it runs over.
    pub over: ForOver,
    /// What to do. [`Block::value`] is `None`.
    pub body: Block,
}

/// What a `for` runs over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ForOver {
    /// `@m`, or something that the checker must refuse.
    Expr(Expr),
    /// `0..9`, the end not included.
    Range(Expr, Expr),
}

/// `unroll (3) { … }`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unroll {
    /// Where the word `unroll` stands.
    pub keyword: Span,
    /// How often.
    pub count: Expr,
    /// What to do. [`Block::value`] is `None`.
    pub body: Block,
}

/// An expression and where it stands; parentheses around it are in the span and have no node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expr {
    /// The whole expression.
    pub span: Span,
    /// What it is.
    pub kind: ExprKind,
}

/// The shapes of expressions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExprKind {
    /// `42`, `0x2a`, `1e6`, `10ull`, `5ms`
    Integer(Integer),
    /// `"text"`
    String(StringLiteral),
    /// `true`
    Bool(bool),
    /// `pid`: a builtin, a macro without arguments, an enumerator, a type, …
    Name(String),
    /// `$x`, without `$`
    Variable(String),
    /// `@x`, `@x[a, b]`
    Map(MapAccess),
    /// `$1`
    Positional(u64),
    /// `$#`
    PositionalCount,
    /// `-x`
    Unary(Unary),
    /// `a + b`
    Binary(Binary),
    /// `++$x`, `@x--`
    Step(Step),
    /// `c ? a : b`
    Ternary(Box<Ternary>),
    /// `a ?: b`
    Elvis(Box<Elvis>),
    /// `if (c) { 1 } else { 2 }` where a value is wanted
    If(Box<If>),
    /// `{ stmt; value }` where a value is wanted
    Block(Box<Block>),
    /// `comptime e`
    Comptime(Box<Expr>),
    /// `()`, `(a,)`, `(a, b)`
    Tuple(Vec<Expr>),
    /// `(x=1, y=2)`; the names differ
    Record(Vec<RecordField>),
    /// `f(a, b)`
    Call(Call),
    /// `(uint64)e`
    Cast(Cast),
    /// `e.name`, `e->name`
    Field(Field),
    /// `e.0`
    TupleIndex(TupleIndex),
    /// `e[i]` where `e` is not a map
    Index(Index),
    /// A type as an argument, when it can't be read as an expression: `struct s`, `s *`,
    /// `unsigned int`, `typeof(e)`. See [`Expr::to_type`] for the rest.
    Type(TypeExpr),
}

impl Expr {
    /// The expression read as a type: a type, a bare name, or either with `[N]` behind it.
    pub fn to_type(&self) -> Option<TypeExpr> {
        if let ExprKind::Type(ty) = &self.kind {
            return Some(ty.clone());
        }
        let kind = if let ExprKind::Index(it) = &self.kind {
            TypeKind::Array(Box::new(it.base.to_type()?), it.index.clone())
        } else if let ExprKind::Name(name) = &self.kind {
            TypeKind::Named(name.clone())
        } else {
            return None;
        };
        Some(TypeExpr { span: self.span, kind })
    }
}

/// `42`, `10ull`, `5ms`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Integer {
    /// Where it stands.
    pub span: Span,
    /// The number; of a duration, its nanoseconds.
    pub value: u64,
    /// What follows the digits.
    pub suffix: Suffix,
}

/// What may follow the digits of an integer. The value is already known to fit it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Suffix {
    /// Nothing.
    None,
    /// `u`
    U,
    /// `ul`
    Ul,
    /// `ull`
    Ull,
    /// `l`
    L,
    /// `ll`
    Ll,
    /// `ns us ms s m h d`: a duration.
    Time(TimeUnit),
}

/// The unit of a duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeUnit {
    /// `ns`
    Nanoseconds,
    /// `us`
    Microseconds,
    /// `ms`
    Milliseconds,
    /// `s`
    Seconds,
    /// `m`
    Minutes,
    /// `h`
    Hours,
    /// `d`
    Days,
}

/// `"text\n"`, its escapes resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StringLiteral {
    /// With the quotes.
    pub span: Span,
    /// The bytes that it stands for: `\xff` need not be UTF-8.
    pub bytes: Vec<u8>,
}

impl StringLiteral {
    /// The bytes as text; what is not UTF-8 is replaced.
    pub fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.bytes)
    }
}

/// `@x`, `@x[a, b]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MapAccess {
    /// The map, without `@`; the span has it. Empty for the bare `@`.
    pub name: Name,
    /// `None` without brackets.
    pub keys: Option<Keys>,
}

/// `[a, b]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    /// With the brackets.
    pub span: Span,
    /// The keys in order: never empty.
    pub list: Vec<Expr>,
}

/// `-x`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unary {
    /// Which.
    pub operator: UnaryOperator,
    /// Where the operator stands.
    pub operator_span: Span,
    /// What it is applied to.
    pub operand: Box<Expr>,
}

/// `a + b`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binary {
    /// Which.
    pub operator: BinaryOperator,
    /// Where the operator stands.
    pub operator_span: Span,
    /// What stands before it.
    pub left: Box<Expr>,
    /// What stands after it.
    pub right: Box<Expr>,
}

/// `++$x`, `@x--`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What changes: [`ExprKind::Variable`] or [`ExprKind::Map`], nothing else.
    pub target: Box<Expr>,
    /// Up or down.
    pub direction: Direction,
    /// Before or after its target.
    pub place: Place,
    /// Where `++` or `--` stands.
    pub operator_span: Span,
}

/// Which way a step goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// `++`
    Increment,
    /// `--`
    Decrement,
}

/// Where a step's operator stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// `++x`: the value is the new one.
    Prefix,
    /// `x++`: the value is the old one.
    Postfix,
}

/// `c ? a : b`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ternary {
    /// When.
    pub condition: Expr,
    /// What then.
    pub then: Expr,
    /// What else.
    pub otherwise: Expr,
}

/// `a ?: b`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Elvis {
    /// The value, if it is not zero.
    pub value: Expr,
    /// What else.
    pub otherwise: Expr,
}

/// `x=1`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordField {
    /// Its name.
    pub name: Name,
    /// Its value.
    pub value: Expr,
}

/// `f(a, b)`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// What is called.
    pub name: Name,
    /// With the parentheses.
    pub args_span: Span,
    /// The arguments. Types are [`ExprKind::Type`], or a name that [`Expr::to_type`] reads as one.
    pub args: Vec<Expr>,
}

/// `(uint64)e`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cast {
    /// The new type.
    pub ty: TypeExpr,
    /// The value.
    pub value: Box<Expr>,
}

/// `e.name`, `e->name`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// What has the field.
    pub base: Box<Expr>,
    /// How it is written.
    pub access: Access,
    /// Which field.
    pub name: Name,
}

/// How a field access is written. Both mean the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// `.`
    Dot,
    /// `->`
    Arrow,
}

/// `e.0`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TupleIndex {
    /// The tuple.
    pub base: Box<Expr>,
    /// Which element.
    pub index: u64,
    /// Where the number stands.
    pub index_span: Span,
}

/// `e[i]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// The array, tuple, string or pointer.
    pub base: Box<Expr>,
    /// Which element.
    pub index: Box<Expr>,
}

/// A type as written, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeExpr {
    /// The whole of it.
    pub span: Span,
    /// What it is.
    pub kind: TypeKind,
}

/// The shapes of types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TypeKind {
    /// `uint64`, `size_t`, `string`, `unsigned long` (words joined by one space)
    Named(String),
    /// `struct task_struct`
    Struct(Name),
    /// `union u`
    Union(Name),
    /// `enum e`
    Enum(Name),
    /// `typeof(e)`: an expression or a type
    Typeof(Box<Expr>),
    /// `T *`
    Pointer(Box<TypeExpr>),
    /// `T[N]`; also `string[N]`, `buffer[N]`, `inet[N]`
    Array(Box<TypeExpr>, Box<Expr>),
    /// `T[]`: as many as the value has that is cast to it
    Unsized(Box<TypeExpr>),
}

/// A comment. Comments are in no node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Comment {
    /// With its slashes, without the line end.
    pub span: Span,
    /// How it is written.
    pub kind: CommentKind,
}

/// How a comment is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommentKind {
    /// `// …`
    Line,
    /// `/* … */`
    Block,
}
