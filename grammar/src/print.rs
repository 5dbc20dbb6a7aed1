//! The tree as `--emit parse` shows it: one node a line, indented by depth. Not source text.

use crate::ast::{
    Access, AttachPoint, Block, ConfigValueKind, Direction, Expr, ExprKind, ForOver, Function,
    If, Integer, Item, Macro, MacroParamKind, Place, Probe, Program, Quoted, Separator, Stmt,
    StmtKind, StringLiteral, Suffix, TimeUnit, TypeExpr, TypeKind,
};

/// Shows `program`.
pub fn dump(program: &Program) -> String {
    let mut out = Printer { out: String::new(), depth: 0 };
    for item in &program.items {
        out.item(item);
    }
    out.out
}

struct Printer {
    out: String,
    depth: usize,
}

impl Printer {
    fn line(&mut self, text: impl AsRef<str>) {
        self.out.extend(std::iter::repeat_n("  ", self.depth));
        self.out += text.as_ref();
        self.out.push('\n');
    }

    /// A line and what is below it.
    fn node(&mut self, text: impl AsRef<str>, below: impl FnOnce(&mut Self)) {
        self.line(text);
        self.depth += 1;
        below(self);
        self.depth -= 1;
    }

    fn item(&mut self, item: &Item) {
        match item {
            Item::C(it) => self.line(format!("c {:?}", it.text)),
            Item::Config(it) => self.node("config", |out| {
                for entry in &it.entries {
                    let value = match &entry.value.kind {
                        ConfigValueKind::Integer(it) => integer(it),
                        ConfigValueKind::String(it) => string(it),
                        ConfigValueKind::Bool(it) => it.to_string(),
                        ConfigValueKind::Word(it) => it.clone(),
                    };
                    out.line(format!("{} = {value}", entry.name.text));
                }
            }),
            Item::Import(it) => self.line(format!("import {}", string(&it.path))),
            Item::Map(it) => {
                let entries = integer(&it.entries);
                self.line(format!("map @{} = {}({entries})", it.name.text, it.kind.text));
            }
            Item::Macro(it) => self.macro_item(it),
            Item::Function(it) => self.function(it),
            Item::Probe(it) => self.probe(it),
        }
    }

    fn macro_item(&mut self, it: &Macro) {
        let params = it.params.iter().map(|param| match param.kind {
            MacroParamKind::Variable => format!("${}", param.name.text),
            MacroParamKind::Map => format!("@{}", param.name.text),
            MacroParamKind::Expr => param.name.text.clone(),
        });
        let params: Vec<_> = params.collect();
        self.node(format!("macro {}({})", it.name.text, params.join(", ")), |out| {
            out.block(&it.body);
        });
    }

    fn function(&mut self, it: &Function) {
        let params = it.params.iter();
        let params: Vec<_> =
            params.map(|param| format!("${} : {}", param.name.text, ty(&param.ty))).collect();
        let returns =
            it.returns.as_ref().map(|it| format!(" : {}", ty(it))).unwrap_or_default();
        self.node(format!("fn {}({}){returns}", it.name.text, params.join(", ")), |out| {
            out.block(&it.body);
        });
    }

    fn probe(&mut self, it: &Probe) {
        let label = it.label.as_ref().map(|it| format!(" {} =", it.text)).unwrap_or_default();
        self.node(format!("probe{label}"), |out| {
            for point in &it.points {
                out.line(attach_point(point));
            }
            if let Some(predicate) = &it.predicate {
                out.node("predicate", |out| out.expr(predicate));
            }
            out.block(&it.body);
        });
    }

    fn block(&mut self, block: &Block) {
        self.node("block", |out| {
            for stmt in &block.stmts {
                out.stmt(stmt);
            }
            if let Some(value) = &block.value {
                out.node("value", |out| out.expr(value));
            }
        });
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::Let(it) => {
                let ty = it.ty.as_ref().map(|it| format!(" : {}", ty(it))).unwrap_or_default();
                self.node(format!("let ${}{ty}", it.name.text), |out| {
                    it.value.iter().for_each(|value| out.expr(value));
                });
            }
            StmtKind::Assign(it) => {
                let operator = it.operator.map_or("", |it| it.text());
                self.node(format!("assign {operator}="), |out| {
                    out.expr(&it.target);
                    out.expr(&it.value);
                });
            }
            StmtKind::Discard(it) => self.node("discard", |out| out.expr(it)),
            StmtKind::Expr(it) => self.node("expr", |out| out.expr(it)),
            StmtKind::If(it) => self.if_else(it),
            StmtKind::Block(it) => self.block(it),
            StmtKind::Break => self.line("break"),
            StmtKind::Continue => self.line("continue"),
            StmtKind::Return(it) => {
                self.node("return", |out| it.iter().for_each(|it| out.expr(it)));
            }
            StmtKind::Import(it) => self.line(format!("import {}", string(it))),
            StmtKind::While(_) | StmtKind::For(_) | StmtKind::Unroll(_) => self.repeat(stmt),
        }
    }

    fn repeat(&mut self, stmt: &Stmt) {
        if let StmtKind::While(it) = &stmt.kind {
            self.node("while", |out| {
                out.expr(&it.condition);
                out.block(&it.body);
            });
        } else if let StmtKind::Unroll(it) = &stmt.kind {
            self.node("unroll", |out| {
                out.expr(&it.count);
                out.block(&it.body);
            });
        } else if let StmtKind::For(it) = &stmt.kind {
            self.node(format!("for ${}", it.variable.text), |out| {
                match &it.over {
                    ForOver::Expr(it) => out.expr(it),
                    ForOver::Range(start, end) => out.node("range", |out| {
                        out.expr(start);
                        out.expr(end);
                    }),
                }
                out.block(&it.body);
            });
        }
    }

    fn if_else(&mut self, it: &If) {
        self.node("if", |out| {
            for branch in &it.branches {
                out.expr(&branch.condition);
                out.block(&branch.body);
            }
            if let Some(otherwise) = &it.otherwise {
                out.block(otherwise);
            }
        });
    }

    fn exprs(&mut self, text: impl AsRef<str>, below: &[&Expr]) {
        self.node(text, |out| below.iter().for_each(|expr| out.expr(expr)));
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Integer(it) => self.line(integer(it)),
            ExprKind::String(it) => self.line(string(it)),
            ExprKind::Bool(it) => self.line(it.to_string()),
            ExprKind::Name(it) => self.line(it),
            ExprKind::Variable(it) => self.line(format!("${it}")),
            ExprKind::Positional(it) => self.line(format!("parameter {it}")),
            ExprKind::PositionalCount => self.line("parameter count"),
            ExprKind::Type(it) => self.line(format!("type {}", ty(it))),
            ExprKind::Map(it) => match &it.keys {
                None => self.line(format!("@{}", it.name.text)),
                Some(keys) => {
                    self.exprs(
                        format!("@{}[]", it.name.text),
                        &keys.list.iter().collect::<Vec<_>>(),
                    );
                }
            },
            ExprKind::If(it) => self.if_else(it),
            ExprKind::Block(it) => self.block(it),
            ExprKind::Tuple(it) => self.exprs("tuple", &it.iter().collect::<Vec<_>>()),
            ExprKind::Record(it) => self.node("record", |out| {
                for field in it {
                    out.exprs(format!("{} =", field.name.text), &[&field.value]);
                }
            }),
            ExprKind::Call(it) => {
                self.exprs(
                    format!("call {}", it.name.text),
                    &it.args.iter().collect::<Vec<_>>(),
                );
            }
            ExprKind::Unary(_)
            | ExprKind::Binary(_)
            | ExprKind::Step(_)
            | ExprKind::Ternary(_)
            | ExprKind::Elvis(_)
            | ExprKind::Comptime(_)
            | ExprKind::Cast(_)
            | ExprKind::Field(_)
            | ExprKind::TupleIndex(_)
            | ExprKind::Index(_) => self.operation(expr),
        }
    }

    fn operation(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Unary(it) => self.exprs(it.operator.text(), &[&it.operand]),
            ExprKind::Binary(it) => self.exprs(it.operator.text(), &[&it.left, &it.right]),
            ExprKind::Step(it) => {
                let sign = if it.direction == Direction::Increment { "++" } else { "--" };
                let place = if it.place == Place::Prefix { "prefix" } else { "postfix" };
                self.exprs(format!("{place} {sign}"), &[&it.target]);
            }
            ExprKind::Ternary(it) => {
                self.exprs("?", &[&it.condition, &it.then, &it.otherwise]);
            }
            ExprKind::Elvis(it) => self.exprs("?:", &[&it.value, &it.otherwise]),
            ExprKind::Comptime(it) => self.exprs("comptime", &[it]),
            ExprKind::Cast(it) => self.exprs(format!("cast {}", ty(&it.ty)), &[&it.value]),
            ExprKind::Field(it) => {
                let access = if it.access == Access::Dot { "." } else { "->" };
                self.exprs(format!("{access}{}", it.name.text), &[&it.base]);
            }
            ExprKind::TupleIndex(it) => self.exprs(format!(".{}", it.index), &[&it.base]),
            ExprKind::Index(it) => self.exprs("[]", &[&it.base, &it.index]),
            ExprKind::Integer(_)
            | ExprKind::String(_)
            | ExprKind::Bool(_)
            | ExprKind::Name(_)
            | ExprKind::Variable(_)
            | ExprKind::Map(_)
            | ExprKind::Positional(_)
            | ExprKind::PositionalCount
            | ExprKind::If(_)
            | ExprKind::Block(_)
            | ExprKind::Tuple(_)
            | ExprKind::Record(_)
            | ExprKind::Call(_)
            | ExprKind::Type(_) => {}
        }
    }
}

fn attach_point(point: &AttachPoint) -> String {
    let parts = point.parts.iter().map(|part| {
        let separator = match part.separator {
            Separator::Start => "",
            Separator::Colon => ": ",
            Separator::At => "@ ",
        };
        let text = &part.text;
        if part.quoted == Quoted::Yes {
            format!("{separator}{text:?}")
        } else {
            format!("{separator}{text}")
        }
    });
    format!("at {}", parts.collect::<Vec<_>>().join(" "))
}

fn string(it: &StringLiteral) -> String {
    format!("\"{}\"", it.bytes.escape_ascii())
}

fn integer(it: &Integer) -> String {
    let suffix = match it.suffix {
        Suffix::None => "",
        Suffix::U => "u",
        Suffix::Ul => "ul",
        Suffix::Ull => "ull",
        Suffix::L => "l",
        Suffix::Ll => "ll",
        Suffix::Time(unit) => match unit {
            TimeUnit::Nanoseconds => " ns (ns)",
            TimeUnit::Microseconds => " ns (us)",
            TimeUnit::Milliseconds => " ns (ms)",
            TimeUnit::Seconds => " ns (s)",
            TimeUnit::Minutes => " ns (m)",
            TimeUnit::Hours => " ns (h)",
            TimeUnit::Days => " ns (d)",
        },
    };
    format!("{}{suffix}", it.value)
}

/// A type, in one line.
fn ty(it: &TypeExpr) -> String {
    match &it.kind {
        TypeKind::Named(name) => name.clone(),
        TypeKind::Struct(name) => format!("struct {}", name.text),
        TypeKind::Union(name) => format!("union {}", name.text),
        TypeKind::Enum(name) => format!("enum {}", name.text),
        TypeKind::Typeof(value) => format!("typeof({})", inline(value)),
        TypeKind::Pointer(inner) => format!("{} *", ty(inner)),
        TypeKind::Unsized(inner) => format!("{}[]", ty(inner)),
        TypeKind::Array(inner, length) => format!("{}[{}]", ty(inner), inline(length)),
    }
}

/// An expression, in one line.
fn inline(expr: &Expr) -> String {
    let mut out = Printer { out: String::new(), depth: 0 };
    out.expr(expr);
    out.out.lines().map(str::trim).collect::<Vec<_>>().join(" ")
}
