//! Says what is wrong at a token that the grammar refuses, in words that a person would use.
#![expect(clippy::wildcard_enum_match_arm, reason = "asks about few of ninety tokens")]

use diag::{Code, Diagnostic, Span};

use crate::token::{Spanned, Token};

/// A token that does not fit, and what would.
pub(crate) struct Misfit<'t, 's> {
    /// All tokens of the item, and which of them it is; past the last: the item ends too early.
    pub(crate) tokens: &'t [Spanned<'s>],
    pub(crate) at: usize,
    /// The grammar's names of the tokens that would fit.
    pub(crate) expected: Vec<String>,
    pub(crate) text: &'t str,
}

/// What to do about it before going on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repair {
    /// Put a `;` before it.
    Semicolon,
    /// Leave out the statement or header that it stands in.
    LeaveOut,
}

/// Words of other languages, and what to write here.
#[rustfmt::skip]
const FOREIGN: &[(&str, &str)] = &[
    ("and",    "write `&&` for “and”"),
    ("do",     "there is no `do`; write `while (condition) { … }`"),
    ("elif",   "write `else if`"),
    ("elsif",  "write `else if`"),
    ("in",     "write `for ($x : @map)` or `for ($i : 0..10)`"),
    ("or",     "write `||` for “or”"),
    ("switch", "there is no `switch`; write `if … else if …`"),
    ("then",   "write the block in braces, without `then`"),
    ("unless", "there is no `unless`; write `if (!(condition)) { … }`"),
];

/// What each class of tokens is called, for lists of at most a few.
#[rustfmt::skip]
const CLASSES: &[(&str, &str)] = &[
    ("name", "a name"), ("$x", "a variable"), ("@x", "a map"), ("integer", "an integer"),
    ("string", "a string"), ("bool", "`true` or `false`"), ("point", "an attach point"),
    ("if", "`if`"), ("else", "`else`"), ("pred/", "`/`"), ("/pred", "`/`"),
    ("(", "`(`"), (")", "`)`"), ("[", "`[`"), ("]", "`]`"), ("{", "`{`"), ("}", "`}`"),
    (",", "`,`"), (";", "`;`"), (":", "`:`"), ("..", "`..`"), ("=", "`=`"),
];

impl Misfit<'_, '_> {
    /// The message, and how to go on.
    pub(crate) fn describe(&self) -> (Diagnostic, Repair) {
        if let Some(found) = self.foreign() {
            return (found, Repair::LeaveOut);
        }
        if let Some(found) = self.header() {
            return (found, Repair::LeaveOut);
        }
        if self.is_setting() {
            return (self.missing_setting(), Repair::LeaveOut);
        }
        if self.misses_semicolon() {
            return (self.missing_semicolon(), Repair::Semicolon);
        }
        if self.expects("integer") && self.expects("(") {
            return (self.missing_expression(), Repair::LeaveOut);
        }
        (self.other(), Repair::LeaveOut)
    }

    fn expects(&self, name: &str) -> bool {
        self.expected.iter().any(|expected| expected.trim_matches('"') == name)
    }

    fn token(&self) -> Option<Token<'_>> {
        self.tokens.get(self.at).map(|it| it.token)
    }

    fn before(&self) -> Option<Spanned<'_>> {
        self.at.checked_sub(1).and_then(|at| self.tokens.get(at)).copied()
    }

    /// Where the token stands, or the end of the item.
    fn span(&self) -> Span {
        let end = self.tokens.last().map_or_else(Span::default, |last| last.span.after());
        self.tokens.get(self.at).map_or(end, |it| it.span)
    }

    fn source(&self, span: Span) -> &str {
        self.text.get(span.start as usize..span.end as usize).unwrap_or_default()
    }

    /// The token in words.
    fn shown(&self) -> String {
        let text = self.source(self.span());
        let short: String = text.chars().take(20).collect();
        let dots = if short.len() < text.len() { "…" } else { "" };
        match self.token() {
            None => "the end of the program".to_owned(),
            Some(_) if text.is_empty() => "the end".to_owned(),
            Some(Token::String(_)) => "a string".to_owned(),
            Some(_) => format!("`{short}{dots}`"),
        }
    }

    /// A word that means something in another language, here or just before.
    fn foreign(&self) -> Option<Diagnostic> {
        let places = [Some(self.at), self.at.checked_sub(1)];
        let tokens = places.into_iter().flatten().filter_map(|at| self.tokens.get(at));
        let called = self.called();
        for it in tokens.chain(called) {
            let Token::Ident(word) = it.token else { continue };
            let Some((_, help)) = FOREIGN.iter().find(|(foreign, _)| *foreign == word) else {
                continue;
            };
            let title = format!("unexpected `{word}`");
            return Some(
                Diagnostic::new(
                    Code::UnexpectedToken,
                    it.span,
                    title,
                    "not a word of the language",
                )
                .help(*help)
                .compat(self.compat()),
            );
        }
        None
    }

    /// The name before the parentheses, when a `{` follows them: `switch (x) {`.
    fn called(&self) -> Option<&Spanned<'_>> {
        if self.token() != Some(Token::BraceOpen) || self.before()?.token != Token::ParenClose {
            return None;
        }
        let mut depth = 0usize;
        for at in (0..self.at).rev() {
            match self.tokens[at].token {
                Token::ParenClose => depth += 1,
                Token::ParenOpen | Token::CastOpen if depth == 1 => {
                    return at.checked_sub(1).and_then(|at| self.tokens.get(at));
                }
                Token::ParenOpen | Token::CastOpen => depth -= 1,
                _ => {}
            }
        }
        None
    }

    /// Mistakes that the token before makes plain.
    fn header(&self) -> Option<Diagnostic> {
        let before = self.before()?;
        let found = self.shown();
        let (label, help, compat) = match before.token {
            Token::Import => (
                "expected a string",
                "write the file's name in quotes: `import \"x.bt\";`",
                "expected string after 'import'",
            ),
            Token::Let if self.at == 1 => (
                "expected a map",
                "outside of probes only maps are declared: `let @x = hash(100);`",
                "root-level let statements need to be map declarations",
            ),
            Token::Let => ("expected a variable", "write `let $x = 1;`", "expected identifier"),
            Token::For => (
                "expected a variable",
                "write `for ($x : @map) { … }` or `for ($i : 0..10) { … }`",
                "expected variable in for loop",
            ),
            Token::ParenOpen if self.starts_for() && self.expects("$x") => (
                "expected a variable",
                "write `for ($x : @map) { … }` or `for ($i : 0..10) { … }`",
                "expected variable in for loop",
            ),
            Token::Dot | Token::Arrow => (
                "expected the name of a field",
                "write `.name` or, for a tuple, `.0`",
                "expected identifier",
            ),
            Token::Struct | Token::Union | Token::Enum => (
                "expected its name",
                "name the type, as in `struct task_struct`",
                "expected identifier",
            ),
            Token::ParenOpen if self.declares_map() => (
                "expected an integer",
                "write how many entries the map may have, as in `hash(100)`",
                "expected positive integer for map declaration max entries",
            ),
            Token::PredicateOpen => (
                "expected a condition",
                "write `/condition/`, or leave both `/` out",
                "expected expression",
            ),
            _ if self.token() == Some(Token::Assign) => return Some(self.assignment()),
            _ => return None,
        };
        let title = format!("{label}, found {found}");
        Some(
            Diagnostic::new(Code::UnexpectedToken, self.span(), title, label)
                .help(help)
                .compat(format!("syntax: {compat}")),
        )
    }

    /// A setting's name should stand here: behind the `{` or a `;` of a `config` block.
    fn is_setting(&self) -> bool {
        self.tokens.first().is_some_and(|it| it.token == Token::Config)
            && self
                .before()
                .is_some_and(|it| matches!(it.token, Token::BraceOpen | Token::Semicolon))
            && self.at < self.tokens.len()
    }

    fn missing_setting(&self) -> Diagnostic {
        let title = format!("expected a setting's name, found {}", self.shown());
        let label = "expected a setting's name";
        Diagnostic::new(Code::UnexpectedToken, self.span(), title, label)
            .help("write `config = { max_strlen = 128; missing_probes = warn }`")
            .compat("syntax: expected config key")
    }

    fn starts_for(&self) -> bool {
        self.at.checked_sub(2).and_then(|at| self.tokens.get(at)).map(|it| it.token)
            == Some(Token::For)
    }

    fn declares_map(&self) -> bool {
        self.tokens.first().map(|it| it.token) == Some(Token::Let) && self.at == 5
    }

    /// `=` where a value is wanted.
    fn assignment(&self) -> Diagnostic {
        let title = "unexpected `=`";
        Diagnostic::new(
            Code::UnexpectedToken,
            self.span(),
            title,
            "an assignment is no expression",
        )
        .help("write `==` to compare; assign in a statement of its own")
        .compat(self.compat())
    }

    /// A statement could end before the token, and the token looks like the start of another.
    fn misses_semicolon(&self) -> bool {
        let (Some(token), Some(before)) = (self.tokens.get(self.at), self.before()) else {
            return self.at == self.tokens.len() && self.expects(";");
        };
        if !self.expects(";") {
            return false;
        }
        let between = before.span.after().to(Span { end: token.span.start, ..token.span });
        let starts = matches!(
            token.token,
            Token::Ident(_)
                | Token::Variable(_)
                | Token::Map(_)
                | Token::If
                | Token::While
                | Token::For
                | Token::Unroll
                | Token::Let
                | Token::Return
                | Token::Break
                | Token::Continue
                | Token::Import
        );
        starts || (self.source(between).contains('\n') && token.token != Token::Else)
    }

    fn missing_semicolon(&self) -> Diagnostic {
        let after = self.before().map_or_else(|| self.span(), |it| it.span).after();
        let text = self.text.as_bytes();
        // An empty range can't be underlined: take the last byte of what stands before.
        let start = after.start.saturating_sub(1);
        let plain = text.get(start as usize).is_some_and(u8::is_ascii);
        let place = if plain { Span { start, ..after } } else { after };
        let place = if self.source(place).trim().is_empty() { after } else { place };
        let opener = self.at.checked_sub(2).and_then(|at| self.tokens.get(at));
        let imports = opener.is_some_and(|it| it.token == Token::Import);
        Diagnostic::new(Code::UnexpectedToken, place, "missing `;`", "expected `;` after this")
            .help("add `;`")
            .compat(if imports {
                "syntax: expected ';' after import"
            } else {
                "syntax: expected ';'"
            })
    }

    fn missing_expression(&self) -> Diagnostic {
        let found = self.shown();
        let mut problem = Diagnostic::new(
            Code::UnexpectedToken,
            self.span(),
            format!("expected an expression, found {found}"),
            "a value is missing before this",
        );
        if let Some(before) = self.before().filter(|it| it.token.is_infix()) {
            let operator = self.source(before.span);
            problem =
                problem.related(before.span, format!("`{operator}` needs a value after it"));
        }
        let help = match self.token() {
            Some(Token::Plus) => "there is no unary `+`: leave it out",
            Some(Token::Compound(_)) => "assign in a statement of its own",
            Some(Token::Struct | Token::Union | Token::Enum) => {
                "a type stands in a cast, as in `(struct task_struct *)$x`, or in `sizeof(…)` and its like"
            }
            Some(Token::Else) => "`else` comes right after the block of an `if`",
            Some(_) | None => "write a value: a number, a string, `$x`, `@x`, or a name",
        };
        problem.help(help).compat("syntax: expected expression")
    }

    fn other(&self) -> Diagnostic {
        let found = self.shown();
        let wanted = self.wanted();
        let mut problem = Diagnostic::new(
            Code::UnexpectedToken,
            self.span(),
            format!("unexpected {}", found.trim_start_matches("a ")),
            format!("expected {wanted}"),
        )
        .compat(self.compat());
        if self.token() == Some(Token::Else) {
            problem = problem.help("`else` comes right after the block of an `if`");
        } else if self.expects("{") {
            problem = problem.help("a block always stands in braces: `{ … }`");
        } else if self.tokens.first().is_some_and(|it| it.token == Token::Fn)
            && self.expects("$x")
        {
            problem = problem.help("write each parameter with its type, as in `$x : int32`");
        } else if self.expects("+")
            && matches!(self.token(), Some(Token::String(_) | Token::Integer(_)))
        {
            problem = problem.help("write an operator or `,` between two values");
        }
        problem
    }

    /// What would fit, in at most four words.
    fn wanted(&self) -> String {
        let operator = self.expects("+") || self.expects("*");
        if ["name", "integer", "string", "bool"].iter().all(|name| self.expects(name)) {
            return "a value: an integer, a string, `true`, `false` or a word".to_owned();
        }
        let closers = [";", ")", "]", ",", "{", ":", "pred/", "..", "="];
        let mut words: Vec<&str> = if operator {
            let fits = |name: &&(&str, &str)| closers.contains(&name.0) && self.expects(name.0);
            CLASSES.iter().filter(fits).map(|&(_, word)| word).collect()
        } else {
            let fits = |name: &&(&str, &str)| self.expects(name.0);
            CLASSES.iter().filter(fits).map(|&(_, word)| word).collect()
        };
        words.truncate(if operator { 3 } else { 4 });
        if operator {
            words.push("an operator");
        }
        match words.as_slice() {
            [] => "something else".to_owned(),
            [one] => (*one).to_owned(),
            [most @ .., last] => format!("{} or {last}", most.join(", ")),
        }
    }

    /// What bpftrace would say.
    fn compat(&self) -> String {
        let closers = [
            ("pred/", "/' to close predicate"),
            (";", ";'"),
            (")", ")'"),
            ("{", "{'"),
            ("=", "='"),
            ("}", "}'"),
        ];
        if self.expects("integer") && self.expects("(") {
            return "syntax: expected expression".to_owned();
        }
        match closers.iter().find(|(name, _)| self.expects(name)) {
            Some((_, text)) => format!("syntax: expected '{text}"),
            None if self.expects("name") => "syntax: expected identifier".to_owned(),
            None => "syntax: unexpected input in block".to_owned(),
        }
    }
}
