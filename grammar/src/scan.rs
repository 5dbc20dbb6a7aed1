//! Text to tokens: cuts a program into its items, and each item but C text into tokens.
//!
//! Attach points have a lexer of their own (`head`). Which one is on duty depends on where
//! the items of the program begin, so that is found out here, from braces and first words.

use std::ops::Range;

use diag::{Code, Diagnostic, SourceId, Span};

use crate::ast::Comment;
use crate::token::{Spanned, Token};
use crate::words;

/// How many problems of one text are worth telling.
pub(crate) const MAX_PROBLEMS: usize = 100;

/// How many tokens a program may have: far more than the kernel would ever load.
const MAX_TOKENS: usize = 1_000_000;

/// A text in tokens.
#[derive(Debug, Default)]
pub(crate) struct Scanned<'s> {
    pub(crate) shebang: Option<Span>,
    pub(crate) tokens: Vec<Spanned<'s>>,
    pub(crate) chunks: Vec<Chunk>,
    pub(crate) comments: Vec<Comment>,
    pub(crate) problems: Vec<Diagnostic>,
    /// There are more tokens, and nothing of it is worth parsing.
    pub(crate) cut_short: bool,
}

/// One item of the program.
#[derive(Debug, Clone)]
pub(crate) enum Chunk {
    /// Raw text.
    C(Span),
    /// A range of the tokens.
    Tokens(Range<usize>),
}

/// Whether the next item may be recognised inside of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Resync {
    /// Blocks end at their braces.
    No,
    /// A block also ends before a line that looks like the next item: some `}` is missing.
    Yes,
}

/// Cuts `text` into tokens.
pub(crate) fn scan(source: SourceId, text: &str) -> Scanned<'_> {
    let mut first = Scanner::new(source, text, Resync::No);
    first.program();
    if first.open_at_end && !first.out.cut_short {
        let mut second = Scanner::new(source, text, Resync::Yes);
        second.program();
        return second.out;
    }
    first.out
}

/// Walks over the text.
pub(crate) struct Scanner<'s> {
    pub(crate) source: SourceId,
    pub(crate) text: &'s str,
    pub(crate) at: usize,
    pub(crate) out: Scanned<'s>,
    resync: Resync,
    /// How far the present item is indented.
    indent: usize,
    open_at_end: bool,
}

impl<'s> Scanner<'s> {
    fn new(source: SourceId, text: &'s str, resync: Resync) -> Self {
        let out = Scanned::default();
        Self { source, text, at: 0, out, resync, indent: 0, open_at_end: false }
    }

    pub(crate) fn span(&self, range: Range<usize>) -> Span {
        Span { source: self.source, start: range.start as u32, end: range.end as u32 }
    }

    pub(crate) fn rest(&self) -> &'s str {
        &self.text[self.at..]
    }

    pub(crate) fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    pub(crate) fn last(&self) -> Option<Token<'s>> {
        self.out.tokens.last().map(|last| last.token)
    }

    /// What follows, blanks and comments left out.
    pub(crate) fn ahead(&self) -> &'s str {
        words::skip_blanks(self.rest())
    }

    /// Makes the next `length` bytes a token.
    pub(crate) fn take(&mut self, token: Token<'s>, length: usize) {
        let span = self.span(self.at..self.at + length);
        self.out.tokens.push(Spanned { token, span });
        self.at += length;
    }

    /// Makes a token without text, right behind the last one.
    pub(crate) fn insert(&mut self, token: Token<'s>) {
        let here = self.span(self.at..self.at);
        let span = self.out.tokens.last().map_or(here, |last| last.span.after());
        self.out.tokens.push(Spanned { token, span });
    }

    pub(crate) fn report(&mut self, problem: Diagnostic) {
        if self.out.problems.len() < MAX_PROBLEMS {
            self.out.problems.push(problem);
        }
    }

    /// Gives up on a text that is no program that anyone wrote.
    pub(crate) fn is_too_long(&mut self) -> bool {
        if self.out.tokens.len() <= MAX_TOKENS {
            return false;
        }
        if !self.out.cut_short {
            let last = self.out.tokens.last().map_or_else(Span::default, |last| last.span);
            let title = "the program is too large";
            let label = "this is where the compiler gives up";
            let problem = Diagnostic::new(Code::TooLarge, last, title, label)
                .help("a program may have a million words: divide it into several")
                .compat("syntax: unexpected input in block");
            // What else was found wrong says nothing about such a text.
            self.out.problems = vec![problem];
        }
        self.out.cut_short = true;
        self.at = self.text.len();
        true
    }

    /// The whole text.
    fn program(&mut self) {
        if self.text.starts_with('\u{feff}') {
            self.at = '\u{feff}'.len_utf8();
        }
        if self.rest().starts_with("#!") {
            let line = self.rest().split('\n').next().unwrap_or_default();
            self.out.shebang = Some(self.span(self.at..self.at + line.trim_end().len()));
            self.at += line.len();
        }
        loop {
            self.skip_blanks();
            if self.byte().is_none() || self.is_too_long() {
                return;
            }
            self.indent = words::indent(self.text, self.at);
            let first = self.out.tokens.len();
            self.item();
            let last = self.out.tokens.len();
            if last > first {
                self.out.chunks.push(Chunk::Tokens(first..last));
            }
        }
    }

    /// One item; always moves on.
    fn item(&mut self) {
        let word = words::identifier(self.rest());
        let after = words::skip_blanks(&self.rest()[word.len()..]);
        let named = words::starts_name(after) && self.rest().len() > word.len() + after.len();
        let keyword = match word {
            _ if self.byte() == Some(b'#') => return self.preprocessor(),
            "struct" | "union" | "enum" | "typedef" if named || after.starts_with('{') => {
                return self.c_definition();
            }
            "import" if after.starts_with('"') || named => return self.import(),
            "let" if named || after.starts_with(['@', '$']) => return self.declaration(),
            "config" if words::skip_blanks(after.trim_start_matches('=')).starts_with('{') => {
                Token::Config
            }
            "macro" if named => Token::Macro,
            "fn" if named => Token::Fn,
            _ => return self.probe(),
        };
        self.take(keyword, word.len());
        self.code(|it| {
            it.last() == Some(Token::Semicolon) || it.ahead().starts_with(['{', '}'])
        });
        if self.ahead().starts_with('{') {
            self.block(0);
        }
    }

    /// `import "x";`, whose `;` may be missing.
    fn import(&mut self) {
        self.take(Token::Import, "import".len());
        self.code(|it| {
            let ended = matches!(it.last(), Some(Token::String(_) | Token::Semicolon));
            ended || it.ahead().starts_with('{') || words::starts_item_line(it.rest())
        });
        self.optional_semicolon();
    }

    /// `let @m = hash(1);`, whose `;` may be missing.
    fn declaration(&mut self) {
        self.code(|it| {
            let closed = matches!(it.last(), Some(Token::ParenClose | Token::Semicolon));
            closed || it.ahead().starts_with('{') || words::starts_item_line(it.rest())
        });
        if self.last() != Some(Token::Semicolon) {
            self.optional_semicolon();
        }
    }

    fn optional_semicolon(&mut self) {
        if self.ahead().starts_with(';') {
            self.skip_blanks();
            self.take(Token::Semicolon, 1);
        }
    }

    /// Code until the braces are closed, when `depth` of them are open already.
    pub(crate) fn block(&mut self, mut depth: usize) {
        let (start, indent, resync) = (self.at, self.indent, self.resync);
        self.code(|it| {
            match it.last() {
                Some(Token::BraceOpen) => depth += 1,
                Some(Token::BraceClose) if depth <= 1 => {
                    depth = 0;
                    return true;
                }
                Some(Token::BraceClose) => depth -= 1,
                _ => {}
            }
            let at = it.text.len() - it.rest().trim_start().len();
            resync == Resync::Yes && at > start && words::starts_item(it.text, at, indent)
        });
        self.open_at_end |= depth > 0 && self.byte().is_none();
    }

    /// Tokens, until `stop` says so.
    pub(crate) fn code(&mut self, mut stop: impl FnMut(&Self) -> bool) {
        loop {
            let before = self.out.tokens.len();
            if !self.code_token() || self.is_too_long() {
                return;
            }
            if self.out.tokens.len() > before && stop(self) {
                return;
            }
        }
    }

    /// Something that can't stand here: what, and how far it is left out.
    pub(crate) fn misplaced(
        &mut self,
        length: usize,
        problem: impl FnOnce(Span) -> Diagnostic,
    ) {
        let problem = problem(self.span(self.at..self.at + length));
        self.report(problem);
        self.at += length;
    }

    /// A closing bracket or a `;` between items.
    pub(crate) fn stray(&mut self) {
        let text = &self.rest()[..1];
        self.misplaced(1, |span| {
            let problem = if text == ";" {
                Diagnostic::new(
                    Code::Misplaced,
                    span,
                    "`;` outside of a block",
                    "nothing to end",
                )
            } else {
                let title = format!("`{text}` closes nothing");
                Diagnostic::new(Code::UnexpectedToken, span, title, "no open bracket before it")
            };
            problem.help(format!("remove this `{text}`")).compat("syntax: expected identifier")
        });
    }
}
