//! Words of the vocabulary that are written in the language itself. The texts of those that a
//! program uses are parsed, and are macros from then on. What comes out of them stands, for every
//! message, where the call stands: nobody should have to read them.

use std::collections::BTreeSet;

use diag::{SourceId, Sources, Span};
use grammar::ast::{Block, Expr, ExprKind, Item, Macro, Program};

use crate::{
    relocate,
    walk::{self, Visit},
};

/// Where the texts of the prelude are: in no text of the program.
const NOWHERE: Span = Span { source: SourceId(u32::MAX), start: 0, end: 0 };

/// Whether a macro comes from the prelude.
pub(crate) fn is_own(it: &Macro) -> bool {
    it.span.source == NOWHERE.source
}

/// The macros of the prelude that `program` uses, and those that they use.
pub(crate) fn used(program: &Program) -> Vec<Macro> {
    let mut names = Names::default();
    for item in &program.items {
        match item {
            Item::Probe(probe) => walk::probe_parts(&mut names, &mut probe.clone()),
            Item::Macro(it) => walk::block(&mut names, &mut it.body.clone()),
            Item::Function(it) => walk::block(&mut names, &mut it.body.clone()),
            Item::C(_) | Item::Config(_) | Item::Import(_) | Item::Map(_) => {}
        }
    }
    let mut found = Vec::new();
    let mut known = BTreeSet::new();
    while let Some(name) = names.found.pop_first() {
        let Some(word) = stdlib::prelude::find(&name).filter(|_| known.insert(name)) else {
            continue;
        };
        for mut it in parse(word.text) {
            walk::block(&mut names, &mut it.body);
            move_to(&mut it.body, NOWHERE);
            (it.span, it.name.span) = (NOWHERE, NOWHERE);
            found.push(it);
        }
    }
    found
}

fn parse(text: &str) -> Vec<Macro> {
    let sources = Sources::new("prelude", text);
    let parsed = grammar::parse(&sources, SourceId(0));
    let items = parsed.program.items.into_iter();
    items.filter_map(|item| if let Item::Macro(it) = item { Some(it) } else { None }).collect()
}

/// Lets a block stand at `span`, with all that is in it.
pub(crate) fn move_to(block: &mut Block, span: Span) {
    relocate::block(block, &|_| span);
}

/// Names that are used as builtins or functions are.
#[derive(Default)]
struct Names {
    found: BTreeSet<String>,
}

impl Visit for Names {
    fn expr(&mut self, it: &mut Expr) {
        if let ExprKind::Call(call) = &it.kind {
            self.found.insert(call.name.text.clone());
        } else if let ExprKind::Name(name) = &it.kind {
            self.found.insert(name.clone());
        }
        walk::expr_parts(self, it);
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_text_is_macros_of_its_name() {
        for word in stdlib::prelude::ALL {
            let macros = super::parse(word.text);
            assert!(!macros.is_empty(), "{}", word.name);
            assert!(macros.iter().all(|it| it.name.text == word.name), "{}", word.name);
            let rows = stdlib::functions::find(word.name);
            assert!(rows.or(stdlib::builtins::find(word.name)).is_none(), "{}", word.name);
        }
    }
}
