//! Directives: macros, conditions, includes. What is left goes to the parser as tokens.

use std::{collections::BTreeMap, rc::Rc};

use diag::{Code, Diagnostic, Span};

use super::{
    Environment, Function, Include, condition,
    condition::Condition,
    token::{self, Kind, Token},
};

/// How deeply files may include each other.
const DEPTH: usize = 32;

/// What a name stands for.
#[derive(Debug, Clone)]
pub(super) struct Definition {
    /// None for a macro that is used without parentheses.
    pub(super) parameters: Option<Vec<Rc<str>>>,
    pub(super) body: Vec<Token>,
    /// The body as it is written.
    pub(super) text: String,
    /// The name.
    pub(super) span: Span,
}

/// A macro without parameters, at the end of the text.
#[derive(Debug)]
pub(super) struct Defined {
    pub(super) name: Rc<str>,
    pub(super) text: String,
    pub(super) span: Span,
    /// Its text with the macros in it replaced.
    pub(super) tokens: Vec<Token>,
}

/// The text without directives.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) tokens: Vec<Token>,
    pub(super) macros: Vec<Defined>,
    pub(super) functions: BTreeMap<String, Function>,
    pub(super) includes: Vec<Include>,
    pub(super) problems: Vec<Diagnostic>,
}

pub(super) struct Preprocessor<'e> {
    pub(super) environment: &'e Environment<'e>,
    pub(super) macros: BTreeMap<Rc<str>, Definition>,
    pub(super) conditions: Vec<Condition>,
    pub(super) read: Read,
    /// Tokens that macros may still bring.
    pub(super) budget: usize,
    /// How deeply macros are being replaced.
    pub(super) depth: usize,
    included: usize,
    end: Span,
}

/// A directive: its line, without the `#`, and the text that it is part of.
#[derive(Clone, Copy)]
struct Line<'t> {
    name: &'t Token,
    rest: &'t [Token],
    text: &'t str,
    /// Of the text.
    span: Span,
}

impl<'e> Preprocessor<'e> {
    pub(super) fn new(environment: &'e Environment<'e>) -> Self {
        let mut it = Self {
            environment,
            macros: BTreeMap::new(),
            conditions: Vec::new(),
            read: Read::default(),
            budget: 1 << 20,
            depth: 0,
            included: 0,
            end: Span::default(),
        };
        for (name, text) in environment.defined {
            let span = Span::default();
            let body = token::tokens(text, span, &mut Vec::new());
            let text = (*text).to_owned();
            let definition = Definition { parameters: None, body, text, span };
            it.macros.insert(Rc::from(*name), definition);
        }
        it
    }

    /// Reads a text that stands at `span`.
    pub(super) fn read(&mut self, text: &str, span: Span) {
        self.end = span;
        let tokens = token::tokens(text, span, &mut self.read.problems);
        let mut at = 0;
        while at < tokens.len() {
            let rest = &tokens[at..];
            let is_directive = |token: &Token| token.first && token.is("#");
            let plain = rest.iter().position(is_directive).unwrap_or(rest.len());
            if self.is_active() {
                let expanded = self.expanded(&rest[..plain]);
                self.read.tokens.extend(expanded);
            }
            let Some((_, rest)) = rest[plain..].split_first() else { return };
            let length = rest.iter().position(|token| token.first).unwrap_or(rest.len());
            if let Some((name, rest)) = rest[..length].split_first() {
                self.directive(Line { name, rest, text, span });
            }
            at += plain + 1 + length;
        }
    }

    /// Everything, with an end.
    pub(super) fn finish(mut self) -> Read {
        for condition in std::mem::take(&mut self.conditions) {
            let title = "a condition without `#endif`";
            let problem =
                Diagnostic::new(Code::CSyntax, condition.span, title, "it begins here");
            self.report(problem.help("end it with `#endif`"));
        }
        for (name, definition) in self.macros.clone() {
            let Definition { parameters, body, text, span } = definition;
            if let Some(parameters) = parameters {
                let parameters = parameters.iter().map(ToString::to_string).collect();
                let function = Function { parameters, text, span };
                self.read.functions.insert(name.to_string(), function);
            } else {
                let tokens = self.expanded(&body);
                self.read.macros.push(Defined { name, text, span, tokens });
            }
        }
        self.read.tokens.push(Token::end(self.end));
        self.read
    }

    pub(super) fn report(&mut self, problem: Diagnostic) {
        self.read.problems.push(problem);
    }

    fn wrong(&mut self, span: Span, title: &str, label: &str) {
        self.report(Diagnostic::new(Code::CSyntax, span, title, label));
    }

    fn is_active(&self) -> bool {
        self.conditions.last().is_none_or(|condition| condition.active)
    }

    fn directive(&mut self, line: Line<'_>) {
        if condition::directive(self, line.name, line.rest) || !self.is_active() {
            return;
        }
        match &*line.name.text {
            "define" => self.define(line),
            "undef" => match line.rest.first().filter(|name| name.kind == Kind::Name) {
                Some(name) => drop(self.macros.remove(&name.text)),
                None => self.nameless(line),
            },
            "include" | "include_next" | "import" => self.include(line),
            "error" => {
                let title = format!("`#error {}`", written(line.rest, line.text, line.span));
                self.wrong(line.name.span, &title, "reached here");
            }
            "pragma" if line.rest.first().is_some_and(|word| word.is_name("pack")) => {
                self.read.tokens.push(line.name.clone());
                self.read.tokens.extend(line.rest.iter().cloned());
                let last = line.rest.last().map_or(line.name.span, |token| token.span);
                let semicolon =
                    Token { text: ";".into(), kind: Kind::Mark, ..Token::end(last) };
                self.read.tokens.push(semicolon);
            }
            "pragma" | "warning" | "line" | "ident" => {}
            other => {
                let title = format!("unknown directive `#{other}`");
                self.wrong(line.name.span, &title, "not a directive of C");
            }
        }
    }

    fn nameless(&mut self, line: Line<'_>) {
        let title = format!("`#{}` needs a name", line.name.text);
        self.wrong(line.name.span, &title, "no name after this");
    }

    fn define(&mut self, line: Line<'_>) {
        let Some((name, rest)) =
            line.rest.split_first().filter(|(name, _)| name.kind == Kind::Name)
        else {
            return self.nameless(line);
        };
        let mut body = rest;
        let mut parameters = None;
        if rest.first().is_some_and(|open| open.is("(") && open.glued) {
            let close = rest.iter().position(|token| token.is(")"));
            let Some(close) = close else {
                let label = "its parameters have no `)`";
                return self.wrong(name.span, "malformed macro", label);
            };
            let names = rest[1..close].iter().filter(|token| !token.is(","));
            parameters = Some(names.map(|token| Rc::clone(&token.text)).collect());
            body = &rest[close + 1..];
        }
        let text = written(body, line.text, line.span);
        let body = body.iter().map(|token| Token { first: false, ..token.clone() }).collect();
        let definition = Definition { parameters, body, text, span: name.span };
        self.macros.insert(Rc::clone(&name.text), definition);
    }

    fn include(&mut self, line: Line<'_>) {
        let path = written(line.rest, line.text, line.span);
        let between = |open, close| path.strip_prefix(open)?.strip_suffix(close);
        let (path, system) = match (between('<', '>'), between('"', '"')) {
            (Some(path), _) => (path.to_owned(), true),
            (_, Some(path)) => (path.to_owned(), false),
            (None, None) => {
                let title = "an include names no file";
                return self.wrong(line.name.span, title, "expected `<path>` or `\"path\"`");
            }
        };
        let first = line.rest.first().map_or(line.name.span, |token| token.span);
        let last = line.rest.last().map_or(first, |token| token.span);
        let include = Include { path, system, span: first.to(last) };
        let text = (self.environment.include)(&include);
        self.read.includes.push(include);
        let Some((span, text)) = text else { return };
        if self.included >= DEPTH {
            let title = "files include each other too deeply";
            return self.wrong(first.to(last), title, "one too many");
        }
        self.included += 1;
        self.read(&text, span);
        self.included -= 1;
        self.end = line.span;
    }
}

/// What `tokens`, which stand in `text` at `span`, are written as.
fn written(tokens: &[Token], text: &str, span: Span) -> String {
    let (Some(first), Some(last)) = (tokens.first(), tokens.last()) else {
        return String::new();
    };
    let from = first.span.start.saturating_sub(span.start) as usize;
    let to = last.span.end.saturating_sub(span.start) as usize;
    text.get(from..to).unwrap_or_default().replace("\\\n", " ")
}
