//! Declarations, one after the other. After a mistake it goes on behind the declaration.

use std::collections::BTreeMap;

use diag::{Code, Diagnostic, Span};
use ir::Ty;

use super::{
    Environment, Macro,
    declarator::Declarator,
    number::Number,
    preprocess::Defined,
    scope::{CType, Scope},
    specifier::{Specifiers, Storage},
    token::{Kind, Token},
};

/// How deeply declarations and expressions may contain each other.
const DEPTH: u32 = 64;

/// What was asked for, or what is wrong with it.
pub(super) type Fallible<T> = Result<T, Box<Diagnostic>>;

pub(super) struct Parser<'e> {
    tokens: Vec<Token>,
    at: usize,
    pub(super) environment: &'e Environment<'e>,
    pub(super) scope: Scope,
    problems: Vec<Diagnostic>,
    depth: u32,
    /// Within how many parts of expressions that are not computed.
    pub(super) dead: u32,
    /// Whether it reads the expression of an `#if`, where every other name is 0.
    pub(super) conditional: bool,
    /// What `#pragma pack` says, and what it said before.
    pub(super) pack: Vec<Option<u32>>,
}

impl<'e> Parser<'e> {
    /// `tokens` end with [`Kind::End`].
    pub(super) fn new(tokens: Vec<Token>, environment: &'e Environment<'e>) -> Self {
        Self {
            tokens,
            at: 0,
            environment,
            scope: Scope::default(),
            problems: Vec::new(),
            depth: 0,
            dead: 0,
            conditional: false,
            pack: vec![None],
        }
    }

    /// Names and problems.
    pub(super) fn finish(mut self) -> (Scope, Vec<Diagnostic>) {
        self.scope.complete();
        (self.scope, self.problems)
    }

    /// The value of an `#if`'s expression.
    pub(super) fn condition(mut self) -> Fallible<Number> {
        self.conditional = true;
        let number = self.constant()?;
        self.expect_end()?;
        Ok(number)
    }

    /// Texts and values of macros.
    pub(super) fn macros(&mut self, all: &[Defined]) -> BTreeMap<String, Macro> {
        let mut out = BTreeMap::new();
        for it in all {
            let mut tokens = it.tokens.clone();
            tokens.push(Token::end(it.span));
            (self.tokens, self.at) = (tokens, 0);
            let number = self.constant().and_then(|number| {
                self.expect_end()?;
                Ok(number.constant())
            });
            let text = it.text.clone();
            let it_is = Macro { text, span: it.span, value: number.ok() };
            out.insert(it.name.to_string(), it_is);
        }
        out
    }

    /// Reads all of them.
    pub(super) fn declarations(&mut self) {
        while self.peek().kind != Kind::End {
            let start = self.at;
            if let Err(problem) = self.declaration() {
                self.problems.push(*problem);
                self.at = start;
                self.skip_declaration();
            }
        }
    }

    fn declaration(&mut self) -> Fallible<()> {
        if self.takes(";") || self.assertion()? || self.pragma()? {
            return Ok(());
        }
        let specifiers = self.specifiers()?;
        if self.takes(";")
            || specifiers.storage != Storage::Typedef && self.ends_without_semicolon()
        {
            return Ok(());
        }
        loop {
            let declarator = self.declarator()?;
            let function = declarator.is_function();
            if specifiers.storage == Storage::Typedef {
                self.typedef(&specifiers, &declarator)?;
            }
            self.skip_assembler()?;
            if function && self.peek().is("{") {
                return self.skip_brackets();
            }
            if self.takes("=") {
                self.skip_initializer()?;
            }
            if !self.takes(",") {
                return self.expect(";");
            }
        }
    }

    /// Whether a definition ends here that has no `;`: bpftrace's scripts may leave it out where the
    /// next definition or the program follows.
    fn ends_without_semicolon(&self) -> bool {
        let before = self.at.checked_sub(1).and_then(|at| self.tokens.get(at));
        let next = self.peek();
        let begins =
            ["struct", "union", "enum", "typedef"].iter().any(|word| next.is_name(word));
        before.is_some_and(|token| token.is("}") || token.is(")"))
            && (next.kind == Kind::End || begins)
    }

    fn typedef(&mut self, specifiers: &Specifiers, it: &Declarator) -> Fallible<()> {
        let Some(name) = &it.name else { return Err(self.unexpected("a name")) };
        let mut ty = self.built(&specifiers.ty, it)?;
        let attributes = specifiers.attributes.and(&it.attributes);
        if let Some(aligned) = attributes.last_aligned {
            ty.align = aligned;
        }
        if let Some(space) = attributes.space.filter(|_| it.parts.is_empty()) {
            ty.space = space;
        }
        if it.parts.is_empty() {
            ty = ty.named(&name.text);
        }
        self.scope.types.insert(name.text.to_string(), ty);
        Ok(())
    }

    /// `_Static_assert(…);`, which is passed over.
    pub(super) fn assertion(&mut self) -> Fallible<bool> {
        let token = self.peek();
        if !token.is_name("_Static_assert") && !token.is_name("static_assert") {
            return Ok(false);
        }
        self.next();
        self.skip_brackets()?;
        self.expect(";")?;
        Ok(true)
    }

    /// `asm("name")` behind a declarator.
    fn skip_assembler(&mut self) -> Fallible<()> {
        let token = self.peek();
        if token.is_name("asm") || token.is_name("__asm__") || token.is_name("__asm") {
            self.next();
            self.skip_brackets()?;
        }
        self.attributes()?;
        Ok(())
    }

    fn skip_initializer(&mut self) -> Fallible<()> {
        loop {
            let token = self.peek();
            if token.is(",") || token.is(";") {
                return Ok(());
            }
            if token.is("(") || token.is("[") || token.is("{") {
                self.skip_brackets()?;
            } else if token.kind == Kind::End {
                return Err(self.unexpected("`;`"));
            } else {
                self.next();
            }
        }
    }

    /// Passes over what stands in brackets.
    pub(super) fn skip_brackets(&mut self) -> Fallible<()> {
        let open = self.peek().span;
        let mut depth = 0u32;
        loop {
            let token = self.next();
            if token.is("(") || token.is("[") || token.is("{") {
                depth += 1;
            } else if token.is(")") || token.is("]") || token.is("}") {
                depth = depth.saturating_sub(1);
            } else if token.kind == Kind::End {
                let title = "unclosed bracket";
                return Err(Box::new(Diagnostic::new(Code::CSyntax, open, title, "this one")));
            }
            if depth == 0 {
                return Ok(());
            }
        }
    }

    /// To behind the `;` or the body that ends a declaration.
    fn skip_declaration(&mut self) {
        loop {
            let token = self.peek();
            if token.kind == Kind::End {
                return;
            }
            if !token.is("{") && !token.is("(") {
                let ends = self.next().is(";");
                if ends {
                    return;
                }
                continue;
            }
            let body = token.is("{");
            if self.skip_brackets().is_err() {
                return;
            }
            // `struct s { … } x;` goes on behind its body, a function does not.
            let next = self.peek();
            if body && !next.is(";") && !next.is("*") && !next.is_name("__attribute__") {
                let follows = self.tokens.get(self.at + 1);
                let declares = next.kind == Kind::Name && follows.is_some_and(|it| it.is(";"));
                if !declares {
                    return;
                }
            }
        }
    }

    /// The token that comes next.
    pub(super) fn peek(&self) -> &Token {
        self.ahead(0)
    }

    /// The token after so many others.
    pub(super) fn ahead(&self, count: usize) -> &Token {
        let last = self.tokens.len().saturating_sub(1);
        &self.tokens[(self.at + count).min(last)]
    }

    /// Where the token that was taken last stands.
    pub(super) fn last_span(&self) -> Span {
        self.tokens.get(self.at.saturating_sub(1)).map(|token| token.span).unwrap_or_default()
    }

    /// Takes the next token; the last one stays.
    pub(super) fn next(&mut self) -> Token {
        let token = self.peek().clone();
        self.at = (self.at + 1).min(self.tokens.len().saturating_sub(1));
        token
    }

    /// Takes `mark` if it comes next.
    pub(super) fn takes(&mut self, mark: &str) -> bool {
        let found = self.peek().is(mark);
        if found {
            self.next();
        }
        found
    }

    pub(super) fn expect(&mut self, mark: &str) -> Fallible<()> {
        if self.takes(mark) {
            return Ok(());
        }
        Err(self.unexpected(&format!("`{mark}`")))
    }

    fn expect_end(&self) -> Fallible<()> {
        if self.peek().kind == Kind::End {
            return Ok(());
        }
        Err(self.unexpected("the end of the expression"))
    }

    /// Says that something else is missing here.
    pub(super) fn unexpected(&self, wanted: &str) -> Box<Diagnostic> {
        let token = self.peek();
        let title = match token.kind {
            Kind::End => format!("expected {wanted}"),
            Kind::Name | Kind::Number | Kind::Character | Kind::Text | Kind::Mark => {
                format!("expected {wanted}, found `{}`", token.text)
            }
        };
        self.wrong(token.span, title, "in this C declaration")
    }

    #[expect(clippy::unused_self, reason = "reads like its siblings")]
    pub(super) fn wrong(
        &self,
        span: Span,
        title: impl Into<String>,
        label: &str,
    ) -> Box<Diagnostic> {
        Box::new(Diagnostic::new(Code::CSyntax, span, title, label))
    }

    #[expect(clippy::unused_self, reason = "reads like its siblings")]
    pub(super) fn unsupported(&self, span: Span, title: impl Into<String>) -> Box<Diagnostic> {
        Box::new(Diagnostic::new(Code::CUnsupported, span, title, "not supported"))
    }

    /// Reads something that may contain itself.
    pub(super) fn nested<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Fallible<T>,
    ) -> Fallible<T> {
        if self.depth >= DEPTH {
            let span = self.peek().span;
            return Err(self.unsupported(span, "too deeply nested"));
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    /// The type with its members, wherever they are defined.
    pub(super) fn completed(&self, ty: &CType, span: Span) -> Fallible<CType> {
        let Ty::Opaque(name) = &ty.ty else { return Ok(ty.clone()) };
        if let Some(found) = self.scope.types.get(&**name) {
            return Ok(found.clone());
        }
        if let Some(found) = (self.environment.unknown)(name) {
            return Ok(CType::defined(found.clone(), found.align()));
        }
        let title = format!("`{name}` is not defined");
        let problem = Diagnostic::new(Code::CUnknownType, span, title, "its size is unknown");
        let help = "define it, or point to it";
        Err(Box::new(problem.help(help).compat(format!("field has incomplete type '{name}'"))))
    }
}
