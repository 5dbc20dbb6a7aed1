//! The things at the top level.

use crate::ast::{
    Block, Config, ConfigValueKind, ExprKind, Function, Item, Macro, MacroParamKind,
    MapDeclaration, Name, Param, Probe, Program, StmtKind,
};
use crate::format::comments::{Separation, Sequence, Writer};
use crate::format::exprs::Slot;
use crate::format::layout::{Doc, bracketed, group, text};

impl Writer<'_> {
    /// Everything.
    pub(super) fn program(&mut self, program: &Program) -> Doc {
        let mut docs = Vec::new();
        let mut seq = Sequence::new(0, Separation::First);
        if let Some(shebang) = program.shebang {
            docs.push(self.copy(shebang));
            seq = Sequence::new(shebang.end, Separation::AsWritten);
        }
        let mut last: Option<&Item> = None;
        for item in &program.items {
            if last.is_some_and(|last| !stand_together(last, item)) {
                seq.separate();
            }
            let start = item.span().start;
            docs.extend(self.above(&mut seq, start));
            docs.push(self.separator(&seq, start));
            docs.push(self.item(item));
            docs.extend(self.notes(&mut seq, item.span().end));
            last = Some(item);
        }
        docs.extend(self.above(&mut seq, u32::MAX));
        Doc::List(docs)
    }

    fn item(&mut self, item: &Item) -> Doc {
        match item {
            Item::C(it) => text(&it.text),
            Item::Config(it) => self.config(it),
            Item::Import(it) => {
                let mut docs = vec![text("import"), Doc::Space, self.copy(it.path.span)];
                docs.extend(self.inline_before(it.span.end));
                docs.push(text(";"));
                Doc::List(docs)
            }
            Item::Map(it) => self.map(it),
            Item::Macro(it) => self.macro_item(it),
            Item::Function(it) => self.function(it),
            Item::Probe(it) => self.probe(it),
        }
    }

    fn config(&mut self, it: &Config) -> Doc {
        let close = it.span.end.saturating_sub(1);
        let open = self.open_brace(it.span.start);
        let mut docs = vec![text("config = "), text("{")];
        if it.entries.is_empty() && !self.has_comment(close) {
            docs.push(text("}"));
            return Doc::List(docs);
        }
        let mut seq = Sequence::new(open + 1, Separation::First);
        let mut inside = self.behind_brace(&mut seq, open);
        for entry in &it.entries {
            inside.extend(self.above(&mut seq, entry.name.span.start));
            inside.push(self.separator(&seq, entry.name.span.start));
            inside.push(text(format!("{} =", entry.name.text)));
            inside.push(Doc::Space);
            inside.push(match &entry.value.kind {
                ConfigValueKind::Integer(it) => self.copy(it.span),
                ConfigValueKind::String(it) => self.copy(it.span),
                ConfigValueKind::Bool(_) | ConfigValueKind::Word(_) => {
                    self.copy(entry.value.span)
                }
            });
            inside.push(text(";"));
            inside.extend(self.notes(&mut seq, entry.value.span.end));
        }
        inside.extend(self.above(&mut seq, close));
        docs.extend([Doc::Indent(inside), Doc::Hard, text("}")]);
        Doc::List(docs)
    }

    /// Where the `{` of the `config` block is that begins at `start`.
    fn open_brace(&self, start: u32) -> u32 {
        let equals = self.token_after(start + "config".len() as u32);
        self.token_after(equals + 1)
    }

    fn map(&mut self, it: &MapDeclaration) -> Doc {
        let mut docs = vec![text("let"), Doc::Space];
        docs.extend(self.before(it.name.span.start));
        docs.extend([text(format!("@{}", it.name.text)), text(" ="), Doc::Space]);
        docs.extend(self.before(it.kind.span.start));
        docs.extend([text(format!("{}(", it.kind.text)), self.copy(it.entries.span)]);
        docs.extend(self.inline_before(it.span.end));
        docs.push(text(");"));
        Doc::List(docs)
    }

    fn macro_item(&mut self, it: &Macro) -> Doc {
        let mut head = self.named("macro", &it.name);
        let mut params = Vec::new();
        for (at, param) in it.params.iter().enumerate() {
            params.extend(self.before(param.name.span.start));
            let sigil = match param.kind {
                MacroParamKind::Variable => "$",
                MacroParamKind::Map => "@",
                MacroParamKind::Expr => "",
            };
            params.push(text(format!("{sigil}{}", param.name.text)));
            if let Some(next) = it.params.get(at + 1) {
                params.extend(self.behind_comma(param.name.span.end, next.name.span.start));
                params.push(Doc::Line);
            }
        }
        head.push(list(params));
        self.with_body(head, &it.body)
    }

    fn function(&mut self, it: &Function) -> Doc {
        let mut head = self.named("fn", &it.name);
        let mut params = Vec::new();
        for (at, Param { name, ty }) in it.params.iter().enumerate() {
            params.extend(self.before(name.span.start));
            params.extend([
                text(format!("${}", name.text)),
                text(" :"),
                Doc::Space,
                self.ty(ty),
            ]);
            if let Some(next) = it.params.get(at + 1) {
                params.extend(self.behind_comma(ty.span.end, next.name.span.start));
                params.push(Doc::Line);
            }
        }
        head.push(list(params));
        if let Some(ty) = &it.returns {
            head.extend([text(" :"), Doc::Space, self.ty(ty)]);
        }
        self.with_body(head, &it.body)
    }

    /// `macro name`
    fn named(&mut self, keyword: &str, name: &Name) -> Vec<Doc> {
        let mut docs = vec![text(keyword), Doc::Space];
        docs.extend(self.before(name.span.start));
        docs.push(text(&name.text));
        docs
    }

    fn probe(&mut self, it: &Probe) -> Doc {
        let mut docs = Vec::new();
        if let Some(label) = &it.label {
            docs.push(text(format!("{}=", label.text)));
        }
        if let ([point], None) = (it.points.as_slice(), &it.predicate) {
            docs.extend(self.before(point.span.start));
            docs.push(text(&point.raw));
            return self.with_body(docs, &it.body);
        }
        for (at, point) in it.points.iter().enumerate() {
            docs.extend(self.before(point.span.start));
            docs.push(text(&point.raw));
            if let Some(next) = it.points.get(at + 1) {
                docs.extend(self.behind_comma(point.span.end, next.span.start));
                docs.push(Doc::Line);
            }
        }
        if let Some(predicate) = &it.predicate {
            docs.extend(self.before(self.start(predicate)));
            self.in_predicate = true;
            docs.extend([Doc::Line, text("/"), self.expr(predicate, Slot::ANY)]);
            self.in_predicate = false;
            docs.extend(self.before(self.token_after(predicate.span.end)));
            docs.push(text("/"));
        }
        docs.extend(self.before(it.body.span.start));
        docs.extend([Doc::Line, text("{")]);
        Doc::List(vec![group(docs), self.block_rest(&it.body)])
    }

    /// An item with a block: on one line when it is a single statement and fits.
    fn with_body(&mut self, mut head: Vec<Doc>, body: &Block) -> Doc {
        let single = match (body.stmts.as_slice(), &body.value) {
            ([], Some(it)) => !matches!(it.kind, ExprKind::If(_) | ExprKind::Block(_)),
            ([it], None) => !is_compound(&it.kind),
            _ => false,
        };
        if !single || self.has_comment(body.span.end) {
            head.push(self.block(body));
            return Doc::List(head);
        }
        head.extend([Doc::Space, text("{")]);
        let mut inside = vec![Doc::Line];
        inside.extend(body.stmts.iter().map(|it| self.stmt(it)));
        inside.extend(body.value.iter().map(|it| self.expr(it, Slot::STATEMENT)));
        head.extend([Doc::Indent(inside), Doc::Line, text("}")]);
        group(head)
    }
}

/// `(a, b)`
fn list(params: Vec<Doc>) -> Doc {
    if params.is_empty() { text("()") } else { bracketed("(", params, ")") }
}

/// Whether no empty line need stand between the two.
fn stand_together(above: &Item, below: &Item) -> bool {
    matches!((above, below), (Item::Import(_), Item::Import(_)) | (Item::Map(_), Item::Map(_)))
}

/// Whether the statement has blocks.
fn is_compound(kind: &StmtKind) -> bool {
    matches!(
        kind,
        StmtKind::If(_)
            | StmtKind::While(_)
            | StmtKind::For(_)
            | StmtKind::Unroll(_)
            | StmtKind::Block(_)
    )
}
