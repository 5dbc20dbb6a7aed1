//! Builds the nodes that need a decision, and checks what the grammar can't say: what may be
//! assigned to, what has an address, which block has a value.

use diag::{Code, Diagnostic, SourceId, Span};

use crate::ast::{
    Access, Assign, Binary, BinaryOperator, Block, Branch, Cast, Direction, Elvis, Expr,
    ExprKind, Field, If, Index, Integer, Name, Place, RecordField, Step, Stmt, StmtKind,
    Suffix, Ternary, TupleIndex, TypeExpr, Unary, UnaryOperator,
};

/// What a block is made of, while it is read.
pub(crate) enum Piece {
    /// A lone `;`.
    Nothing,
    /// A statement and its `;`.
    Closed(Stmt),
    /// A statement that needs no `;`.
    Open(Stmt),
}

/// The state of one parse.
pub(crate) struct Build {
    source: SourceId,
    pub(crate) problems: Vec<Diagnostic>,
}

impl Build {
    pub(crate) fn new(source: SourceId) -> Self {
        Self { source, problems: Vec::new() }
    }

    pub(crate) fn span(&self, start: u32, end: u32) -> Span {
        // Where nothing stands between them, the end is that of the token before.
        Span { source: self.source, start, end: end.max(start) }
    }

    pub(crate) fn name(&self, start: u32, text: &str, end: u32) -> Name {
        Name { span: self.span(start, end), text: text.to_owned() }
    }

    pub(crate) fn expr(&self, start: u32, kind: ExprKind, end: u32) -> Expr {
        Expr { span: self.span(start, end), kind }
    }

    pub(crate) fn parenthesised(&self, start: u32, inner: Expr, end: u32) -> Expr {
        Expr { span: self.span(start, end), ..inner }
    }

    // ── blocks ──

    /// A block whose value is its last expression, if that has no `;`.
    pub(crate) fn block(&self, span: Span, pieces: Vec<Piece>, last: Option<Stmt>) -> Block {
        let mut stmts = Vec::with_capacity(pieces.len() + 1);
        let mut value = None;
        let count = pieces.len();
        for (at, piece) in pieces.into_iter().enumerate() {
            match piece {
                Piece::Nothing => {}
                Piece::Closed(stmt) => stmts.push(stmt),
                Piece::Open(stmt) if at + 1 == count && last.is_none() => match valued(stmt) {
                    Ok(expr) => value = Some(Box::new(expr)),
                    Err(stmt) => stmts.push(stmt),
                },
                Piece::Open(stmt) => stmts.push(plain_stmt(stmt)),
            }
        }
        match last {
            Some(Stmt { kind: StmtKind::Expr(expr), .. }) => value = Some(Box::new(expr)),
            Some(stmt) => stmts.push(stmt),
            None => {}
        }
        Block { span, stmts, value }
    }

    pub(crate) fn plain(&self, block: Block) -> Block {
        plain_block(block)
    }

    pub(crate) fn if_else(
        &self,
        first: Branch,
        rest: Vec<Branch>,
        otherwise: Option<Block>,
    ) -> If {
        let mut branches = vec![first];
        branches.extend(rest);
        If { branches, otherwise }
    }

    // ── statements ──

    pub(crate) fn assign(
        &mut self,
        target: Expr,
        operator: Option<BinaryOperator>,
        operator_span: Span,
        value: Expr,
    ) -> StmtKind {
        if operator.is_none() && matches!(&target.kind, ExprKind::Name(name) if name == "_") {
            return StmtKind::Discard(value);
        }
        if !is_place(&target) {
            self.not_assignable(&target);
        }
        StmtKind::Assign(Assign { target, operator, operator_span, value })
    }

    fn not_assignable(&mut self, target: &Expr) {
        let problem = |title: String, label: &str, help: String, compat: &str| {
            Diagnostic::new(Code::NotAssignable, target.span, title, label)
                .help(help)
                .compat(format!("syntax: {compat}"))
        };
        let found = if let ExprKind::Name(name) = &target.kind {
            problem(
                format!("can't assign to `{name}`"),
                "this is not a variable",
                format!("write `${name}` for a variable or `@{name}` for a map"),
                "expected ';'",
            )
        } else if let ExprKind::Field(_) | ExprKind::TupleIndex(_) | ExprKind::Index(_) =
            &target.kind
        {
            problem(
                "can't assign to a part of a value".to_owned(),
                "only variables, maps and map entries change",
                "create a new value and assign that".to_owned(),
                "Tuples and records are immutable once created. Consider creating a new value and assigning it instead.",
            )
        } else {
            problem(
                "can't assign to this".to_owned(),
                "this is neither a variable nor a map",
                "assign to a variable `$x`, a map `@x` or an entry `@x[key]`; compare with `==`"
                    .to_owned(),
                "expected ';'",
            )
        };
        self.problems.push(found);
    }

    // ── expressions ──

    pub(crate) fn ternary(&self, condition: Expr, then: Expr, otherwise: Expr) -> Expr {
        let span = condition.span.to(otherwise.span);
        Expr { span, kind: ExprKind::Ternary(Box::new(Ternary { condition, then, otherwise })) }
    }

    pub(crate) fn elvis(&self, value: Expr, otherwise: Expr) -> Expr {
        let span = value.span.to(otherwise.span);
        Expr { span, kind: ExprKind::Elvis(Box::new(Elvis { value, otherwise })) }
    }

    pub(crate) fn binary(
        &self,
        left: Expr,
        operator: BinaryOperator,
        operator_span: Span,
        right: Expr,
    ) -> Expr {
        let span = left.span.to(right.span);
        let (left, right) = (Box::new(left), Box::new(right));
        Expr { span, kind: ExprKind::Binary(Binary { operator, operator_span, left, right }) }
    }

    pub(crate) fn unary(
        &mut self,
        operator: UnaryOperator,
        operator_span: Span,
        operand: Expr,
    ) -> Expr {
        let span = operator_span.to(operand.span);
        if operator == UnaryOperator::AddressOf && !is_place(&operand) {
            let title = "only variables and maps have an address";
            self.problems.push(
                Diagnostic::new(Code::NotAssignable, operand.span, title, "this is a value")
                    .help("write `&$x`, `&@x` or `&@x[key]`")
                    .compat(
                        "syntax: address-of operator (&) can only be used on a map or variable",
                    ),
            );
        }
        let operand = Box::new(operand);
        Expr { span, kind: ExprKind::Unary(Unary { operator, operator_span, operand }) }
    }

    pub(crate) fn step(
        &mut self,
        target: Expr,
        direction: Direction,
        place: Place,
        operator_span: Span,
    ) -> Expr {
        let span = match place {
            Place::Prefix => operator_span.to(target.span),
            Place::Postfix => target.span.to(operator_span),
        };
        if !is_place(&target) {
            let title = "only variables and maps can be counted up or down";
            let label = "this is neither a variable nor a map";
            self.problems.push(
                Diagnostic::new(Code::NotAssignable, target.span, title, label)
                    .help("write `$x++`, `@x++` or `@x[key]++`")
                    .compat("syntax: increment/decrement requires a variable or map"),
            );
        }
        let target = Box::new(target);
        Expr { span, kind: ExprKind::Step(Step { target, direction, place, operator_span }) }
    }

    pub(crate) fn cast(&self, start: u32, ty: TypeExpr, value: Expr) -> Expr {
        let end = value.span.end;
        self.expr(start, ExprKind::Cast(Cast { ty, value: Box::new(value) }), end)
    }

    pub(crate) fn comptime(&self, start: u32, value: Expr) -> Expr {
        let end = value.span.end;
        self.expr(start, ExprKind::Comptime(Box::new(value)), end)
    }

    pub(crate) fn field(&self, base: Expr, access: Access, name: Name) -> Expr {
        let span = base.span.to(name.span);
        Expr { span, kind: ExprKind::Field(Field { base: Box::new(base), access, name }) }
    }

    pub(crate) fn tuple_index(&mut self, base: Expr, index: Integer) -> Expr {
        let span = base.span.to(index.span);
        if index.suffix != Suffix::None {
            let title = "malformed index of a tuple";
            self.problems.push(
                Diagnostic::new(Code::BadInteger, index.span, title, "not a plain integer")
                    .help("write `.0` for the first element")
                    .compat("syntax: expected identifier"),
            );
        }
        let (base, index, index_span) = (Box::new(base), index.value, index.span);
        Expr { span, kind: ExprKind::TupleIndex(TupleIndex { base, index, index_span }) }
    }

    pub(crate) fn index(&self, base: Expr, index: Expr, end: u32) -> Expr {
        let start = base.span.start;
        let (base, index) = (Box::new(base), Box::new(index));
        self.expr(start, ExprKind::Index(Index { base, index }), end)
    }

    pub(crate) fn tuple(&self, first: Expr, rest: Vec<Expr>) -> ExprKind {
        let mut list = vec![first];
        list.extend(rest);
        ExprKind::Tuple(list)
    }

    pub(crate) fn record(&mut self, fields: Vec<RecordField>) -> ExprKind {
        let mut seen = std::collections::HashMap::new();
        for RecordField { name, .. } in &fields {
            if let Some(first) = seen.insert(name.text.as_str(), name.span) {
                let title = format!("field `{}` is given twice", name.text);
                let named = "Named argument list already contains name";
                self.problems.push(
                    Diagnostic::new(Code::DuplicateField, name.span, title, "a second time")
                        .related(first, "the first time")
                        .help("give each field of a record its own name")
                        .compat(format!("syntax: {named}: {}", name.text)),
                );
            }
        }
        ExprKind::Record(fields)
    }
}

/// Whether it is a variable, a map or an entry of one.
fn is_place(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Variable(_) | ExprKind::Map(_))
}

/// A statement that is also a value, as one.
fn valued(stmt: Stmt) -> Result<Expr, Stmt> {
    let Stmt { span, kind } = stmt;
    match kind {
        StmtKind::If(it) if has_value(&it) => {
            Ok(Expr { span, kind: ExprKind::If(Box::new(it)) })
        }
        StmtKind::Block(it) if it.value.is_some() => {
            Ok(Expr { span, kind: ExprKind::Block(Box::new(it)) })
        }
        kind @ (StmtKind::Let(_)
        | StmtKind::Assign(_)
        | StmtKind::Discard(_)
        | StmtKind::Expr(_)
        | StmtKind::If(_)
        | StmtKind::While(_)
        | StmtKind::For(_)
        | StmtKind::Unroll(_)
        | StmtKind::Block(_)
        | StmtKind::Break
        | StmtKind::Continue
        | StmtKind::Return(_)
        | StmtKind::Import(_)) => Err(plain_stmt(Stmt { span, kind })),
    }
}

/// Whether each way through it ends with a value.
fn has_value(it: &If) -> bool {
    let otherwise = it.otherwise.as_ref().is_some_and(|block| block.value.is_some());
    otherwise && it.branches.iter().all(|branch| branch.body.value.is_some())
}

/// The statement without values in its blocks.
fn plain_stmt(stmt: Stmt) -> Stmt {
    let Stmt { span, kind } = stmt;
    let kind = match kind {
        StmtKind::If(it) => StmtKind::If(plain_if(it)),
        StmtKind::Block(it) => StmtKind::Block(plain_block(it)),
        kind @ (StmtKind::Let(_)
        | StmtKind::Assign(_)
        | StmtKind::Discard(_)
        | StmtKind::Expr(_)
        | StmtKind::While(_)
        | StmtKind::For(_)
        | StmtKind::Unroll(_)
        | StmtKind::Break
        | StmtKind::Continue
        | StmtKind::Return(_)
        | StmtKind::Import(_)) => kind,
    };
    Stmt { span, kind }
}

fn plain_if(it: If) -> If {
    let plain = |Branch { condition, body }| Branch { condition, body: plain_block(body) };
    let branches = it.branches.into_iter().map(plain).collect();
    If { branches, otherwise: it.otherwise.map(plain_block) }
}

/// The block with its value as the last statement.
fn plain_block(mut block: Block) -> Block {
    if let Some(value) = block.value.take() {
        let Expr { span, kind } = *value;
        let kind = match kind {
            ExprKind::If(it) => StmtKind::If(plain_if(*it)),
            ExprKind::Block(it) => StmtKind::Block(plain_block(*it)),
            kind @ (ExprKind::Integer(_)
            | ExprKind::String(_)
            | ExprKind::Bool(_)
            | ExprKind::Name(_)
            | ExprKind::Variable(_)
            | ExprKind::Map(_)
            | ExprKind::Positional(_)
            | ExprKind::PositionalCount
            | ExprKind::Unary(_)
            | ExprKind::Binary(_)
            | ExprKind::Step(_)
            | ExprKind::Ternary(_)
            | ExprKind::Elvis(_)
            | ExprKind::Comptime(_)
            | ExprKind::Tuple(_)
            | ExprKind::Record(_)
            | ExprKind::Call(_)
            | ExprKind::Cast(_)
            | ExprKind::Field(_)
            | ExprKind::TupleIndex(_)
            | ExprKind::Index(_)
            | ExprKind::Type(_)) => StmtKind::Expr(Expr { span, kind }),
        };
        block.stmts.push(Stmt { span, kind });
    }
    block
}
