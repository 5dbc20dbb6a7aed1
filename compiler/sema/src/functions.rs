//! The script's functions: what they are called, which of them call which, and that none calls
//! itself, since a BPF program's stack has an end.

use diag::{Code, Diagnostic, Span};
use grammar::ast::{self, ExprKind, Function, Probe};
use stdlib::{aggregations, builtins, functions};

use crate::{types, walk};

/// The functions of a program, by their index.
#[derive(Debug, Default)]
pub struct Functions {
    list: Vec<Function>,
    /// For each function, those that it calls, in the order of the calls.
    calls: Vec<Vec<(usize, Span)>>,
}

impl Functions {
    /// Takes functions without macros; what is wrong with their names and calls goes to
    /// `problems`.
    pub(crate) fn collect(
        list: Vec<Function>,
        macro_at: impl Fn(&str) -> Option<Span>,
        problems: &mut Vec<Diagnostic>,
    ) -> Self {
        let mut out = Self::default();
        for function in list {
            let first = out.find(&function.name.text).map(|index| out.list[index].name.span);
            match first.or_else(|| macro_at(&function.name.text)) {
                Some(first) => problems.push(declared_twice(&function.name, first)),
                None if is_word(&function.name.text) => problems.push(taken(&function.name)),
                None => out.list.push(function),
            }
        }
        for function in &out.list {
            let mut body = function.clone();
            let mut found = Vec::new();
            walk::block_exprs(&mut body.body, &mut |expr| found.extend(out.callee(expr)));
            out.calls.push(found);
        }
        out.refuse_recursion(problems);
        out
    }

    /// The function called `name`.
    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        self.list.iter().position(|it| it.name.text == name)
    }

    /// The function with that index.
    pub(crate) fn get(&self, index: usize) -> &Function {
        &self.list[index]
    }

    /// Every index.
    pub(crate) fn indices(&self) -> std::ops::Range<usize> {
        0..self.list.len()
    }

    /// What they are called.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.list.iter().map(|it| it.name.text.as_str())
    }

    /// The functions that a probe calls, also by way of others, each behind those that it calls.
    pub(crate) fn called_by(&self, probe: &Probe) -> Vec<usize> {
        if self.list.is_empty() {
            return Vec::new();
        }
        let mut found = Vec::new();
        walk::probe(&mut probe.clone(), &mut |expr| found.extend(self.callee(expr)));
        let mut order = Vec::new();
        found.iter().for_each(|(index, _)| self.add(*index, &mut order));
        order
    }

    fn add(&self, index: usize, order: &mut Vec<usize>) {
        if order.contains(&index) {
            return;
        }
        self.calls[index].iter().for_each(|(callee, _)| self.add(*callee, order));
        order.push(index);
    }

    fn callee(&self, expr: &ast::Expr) -> Option<(usize, Span)> {
        let ExprKind::Call(call) = &expr.kind else { return None };
        self.find(&call.name.text).map(|index| (index, expr.span))
    }

    /// Reports every call that leads back to its own function, and forgets it.
    fn refuse_recursion(&mut self, problems: &mut Vec<Diagnostic>) {
        let mut done = vec![false; self.list.len()];
        for index in self.indices() {
            self.follow(index, &mut Vec::new(), &mut done, problems);
        }
    }

    fn follow(
        &mut self,
        index: usize,
        path: &mut Vec<usize>,
        done: &mut [bool],
        problems: &mut Vec<Diagnostic>,
    ) {
        if done[index] {
            return;
        }
        path.push(index);
        for (callee, span) in self.calls[index].clone() {
            match path.iter().position(|it| *it == callee) {
                Some(start) => {
                    problems.push(self.recursive(&path[start..], span));
                    self.calls[index].retain(|(it, _)| *it != callee);
                }
                None => self.follow(callee, path, done, problems),
            }
        }
        path.pop();
        done[index] = true;
    }

    fn recursive(&self, path: &[usize], span: Span) -> Diagnostic {
        let names: Vec<_> = path.iter().map(|index| &self.list[*index].name).collect();
        let title = match names.as_slice() {
            [only] => format!("function `{}` calls itself", only.text),
            _ => {
                let names: Vec<_> =
                    names.iter().map(|name| format!("`{}`", name.text)).collect();
                format!("functions {} call each other in a circle", names.join(", "))
            }
        };
        let mut problem = Diagnostic::new(Code::Misplaced, span, title, "called here again");
        for name in names {
            problem = problem.related(name.span, format!("`{}`", name.text));
        }
        problem.help("a BPF program's stack is too small: use a loop, `for ($i : 0..10) { … }`")
    }
}

/// Whether the language has a word of that name.
fn is_word(name: &str) -> bool {
    functions::find(name).is_some()
        || builtins::find(name).is_some()
        || aggregations::find(name).is_some()
        || stdlib::prelude::find(name).is_some()
        || types::named(name).is_some()
}

fn declared_twice(name: &ast::Name, first: Span) -> Diagnostic {
    let title = format!("`{}` is defined twice", name.text);
    Diagnostic::new(Code::Redeclared, name.span, title, "again")
        .related(first, "first here")
        .help("give one of them another name")
}

fn taken(name: &ast::Name) -> Diagnostic {
    let title = format!("`{}` is a word of the language", name.text);
    Diagnostic::new(Code::Redeclared, name.span, title, "defined again")
        .help(format!("give the function another name, `my_{}`", name.text))
}
