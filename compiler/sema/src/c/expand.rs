//! Replacing macros by what they stand for. A macro is not replaced within itself; how deep and
//! how long replacing may go is bounded.

use std::rc::Rc;

use diag::{Code, Diagnostic, Span};

use super::{
    preprocess::{Definition, Preprocessor},
    token::{Kind, Token},
};

const DEPTH: usize = 100;

impl Preprocessor<'_> {
    /// `tokens` with every macro replaced.
    pub(super) fn expanded(&mut self, tokens: &[Token]) -> Vec<Token> {
        let mut out = Vec::with_capacity(tokens.len());
        self.expand(tokens, &mut Vec::new(), &mut out);
        out
    }

    fn expand(&mut self, tokens: &[Token], hidden: &mut Vec<Rc<str>>, out: &mut Vec<Token>) {
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            at += 1;
            let definition = match token.kind {
                Kind::Name if !hidden.contains(&token.text) => self.macros.get(&token.text),
                Kind::Name
                | Kind::Number
                | Kind::Character
                | Kind::Text
                | Kind::Mark
                | Kind::End => None,
            };
            let Some(definition) = definition.cloned() else {
                out.push(token.clone());
                continue;
            };
            let mut body = definition.body.clone();
            if let Some(parameters) = &definition.parameters {
                let Some((arguments, used)) = arguments(&tokens[at..]) else {
                    out.push(token.clone());
                    continue;
                };
                at += used;
                let fits = arguments.len() == parameters.len()
                    || parameters.is_empty() && arguments.iter().all(|it| it.is_empty());
                if !fits {
                    self.wrong_count(token, &definition, arguments.len());
                    continue;
                }
                if !self.enter(token.span, 0) {
                    return;
                }
                body = self.filled(&definition, parameters, &arguments, hidden);
                self.depth -= 1;
            }
            if !self.enter(token.span, body.len()) {
                return;
            }
            for part in &mut body {
                part.span = token.span;
            }
            hidden.push(Rc::clone(&token.text));
            self.expand(&body, hidden, out);
            hidden.pop();
            self.depth -= 1;
        }
    }

    /// Goes one level deeper, and takes `count` tokens from what may be brought.
    fn enter(&mut self, span: Span, count: usize) -> bool {
        if self.budget == 0 {
            return false;
        }
        self.budget = self.budget.saturating_sub(count + 1);
        if self.budget == 0 || self.depth >= DEPTH {
            self.budget = 0;
            let title = "macros that are replaced by too much text";
            self.report(Diagnostic::new(Code::CUnsupported, span, title, "this one"));
            return false;
        }
        self.depth += 1;
        true
    }

    /// The body of a macro with its arguments in it.
    fn filled(
        &mut self,
        definition: &Definition,
        parameters: &[Rc<str>],
        arguments: &[&[Token]],
        hidden: &mut Vec<Rc<str>>,
    ) -> Vec<Token> {
        if let Some(token) = definition.body.iter().find(|it| it.is("#") || it.is("##")) {
            let title = format!("`{}` in a macro is not supported", token.text);
            let problem =
                Diagnostic::new(Code::CUnsupported, definition.span, title, "in this macro");
            self.report(problem.help("write out what it stands for"));
            return Vec::new();
        }
        let mut expanded = Vec::new();
        for argument in arguments {
            let mut out = Vec::new();
            self.expand(argument, hidden, &mut out);
            expanded.push(out);
        }
        let mut out = Vec::new();
        for token in &definition.body {
            let index = parameters.iter().position(|name| *name == token.text);
            match index.and_then(|index| expanded.get(index)) {
                Some(argument) if token.kind == Kind::Name => {
                    self.budget = self.budget.saturating_sub(argument.len());
                    if self.budget == 0 {
                        return Vec::new();
                    }
                    out.extend(argument.iter().cloned());
                }
                Some(_) | None => out.push(token.clone()),
            }
        }
        out
    }

    fn wrong_count(&mut self, token: &Token, definition: &Definition, count: usize) {
        let wanted = definition.parameters.as_ref().map_or(0, Vec::len);
        let title = format!("macro `{}` takes {wanted} argument(s)", token.text);
        let problem =
            Diagnostic::new(Code::CSyntax, token.span, title, format!("{count} given"));
        self.report(problem.related(definition.span, "defined here"));
    }
}

/// The arguments of a call that begins with `(`, and how many tokens it has; none for no call.
fn arguments(tokens: &[Token]) -> Option<(Vec<&[Token]>, usize)> {
    if !tokens.first()?.is("(") {
        return None;
    }
    let (mut out, mut start, mut depth) = (Vec::new(), 1, 0u32);
    for (at, token) in tokens.iter().enumerate() {
        if token.is("(") {
            depth += 1;
        } else if token.is(")") {
            depth -= 1;
            if depth == 0 {
                out.push(&tokens[start..at]);
                return Some((out, at + 1));
            }
        } else if token.is(",") && depth == 1 {
            out.push(&tokens[start..at]);
            start = at + 1;
        }
    }
    None
}
