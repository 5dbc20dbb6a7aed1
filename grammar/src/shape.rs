//! Marks what one token of look-ahead can't tell apart: casts from parentheses, keys from
//! indexes, types from expressions, field names from keywords. The tokens are balanced.
#![expect(clippy::wildcard_enum_match_arm, reason = "asks about few of ninety tokens")]

use crate::token::{Bracket, Spanned, Token};

/// Names that are types wherever they stand alone in parentheses, whatever follows.
#[rustfmt::skip]
const TYPES: &[&str] = &[
    "__s16", "__s32", "__s64", "__s8", "__u16", "__u32", "__u64", "__u8",
    "bool", "buffer", "char", "inet", "int", "int16", "int32", "int64", "int8", "long", "s16", "s32",
    "s64", "s8", "short", "signed", "string", "timestamp", "u16", "u32", "u64", "u8", "uint16",
    "uint32", "uint64", "uint8", "unsigned", "void",
];

/// Words of C that only types begin with, so that a second word may follow.
const TYPE_WORDS: &[&str] = &["const", "long", "short", "signed", "unsigned"];

/// Marks `tokens`.
pub(crate) fn shape<'s>(mut tokens: Vec<Spanned<'s>>, text: &'s str) -> Vec<Spanned<'s>> {
    let partners = partners(&tokens);
    let mut marks = Vec::new();
    for at in 0..tokens.len() {
        let before = at.checked_sub(1).map(|at| tokens[at].token);
        let shape = Shape { tokens: &tokens, partners: &partners };
        let token = match tokens[at].token {
            Token::BracketOpen if matches!(before, Some(Token::Map(_))) => Token::KeyOpen,
            Token::ParenOpen if shape.is_cast(at) => Token::CastOpen,
            token if token.keyword() && shape.is_name(at) => {
                let span = tokens[at].span;
                Token::Ident(text.get(span.start as usize..span.end as usize).unwrap_or("_"))
            }
            token => token,
        };
        let argument = matches!(before, Some(Token::ParenOpen | Token::Comma));
        if let Some(end) = argument.then(|| shape.type_argument(at)).flatten() {
            marks.push((at, Token::TypeStart));
            marks.push((end, Token::TypeEnd));
        }
        tokens[at].token = token;
    }
    insert(tokens, marks)
}

/// Puts each of `marks` before its place.
fn insert<'s>(
    tokens: Vec<Spanned<'s>>,
    mut marks: Vec<(usize, Token<'s>)>,
) -> Vec<Spanned<'s>> {
    if marks.is_empty() {
        return tokens;
    }
    marks.sort_by_key(|&(at, _)| at);
    let mut out = Vec::with_capacity(tokens.len() + marks.len());
    let mut marks = marks.into_iter().peekable();
    for (at, it) in tokens.into_iter().enumerate() {
        while let Some((_, token)) = marks.next_if(|&(place, _)| place == at) {
            let span = match token {
                Token::TypeEnd => {
                    out.last().map_or(it.span, |last: &Spanned<'_>| last.span.after())
                }
                _ => diag::Span { end: it.span.start, ..it.span },
            };
            out.push(Spanned { token, span });
        }
        out.push(it);
    }
    out
}

/// For each opening bracket the place of its partner; 0 for every other token.
fn partners(tokens: &[Spanned<'_>]) -> Vec<usize> {
    let mut partners = vec![0; tokens.len()];
    let mut open = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        match token.token.bracket() {
            Some(Bracket::Open(_)) => open.push(at),
            Some(Bracket::Close(_)) => {
                if let Some(start) = open.pop() {
                    partners[start] = at;
                }
            }
            None => {}
        }
    }
    partners
}

struct Shape<'t, 's> {
    tokens: &'t [Spanned<'s>],
    partners: &'t [usize],
}

/// How sure it is that something is a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Sure {
    /// It may as well be an expression.
    No,
    /// It can't be an expression, or its name is a type's.
    Yes,
}

impl Shape<'_, '_> {
    fn token(&self, at: usize) -> Option<Token<'_>> {
        self.tokens.get(at).map(|token| token.token)
    }

    /// Whether the keyword at `at` is the name of a field.
    fn is_name(&self, at: usize) -> bool {
        let Some(before) = at.checked_sub(1).and_then(|at| self.token(at)) else {
            return false;
        };
        let field = matches!(before, Token::Dot | Token::Arrow);
        let record = matches!(before, Token::ParenOpen | Token::Comma)
            && self.token(at + 1) == Some(Token::Assign);
        // `offsetof(struct s, for)`: no keyword can be an argument, but a field can be one.
        let argument = before == Token::Comma
            && !matches!(self.token(at), Some(Token::Bool(_)))
            && matches!(self.token(at + 1), Some(Token::ParenClose | Token::Dot));
        field || record || argument
    }

    /// Whether the parenthesis at `at` holds a type that is applied to what follows.
    fn is_cast(&self, at: usize) -> bool {
        let before = at.checked_sub(1).and_then(|at| self.token(at));
        if matches!(before, Some(Token::Ident(_) | Token::Typeof)) {
            return false;
        }
        let Some((end, sure)) = self.type_at(at + 1) else { return false };
        if end != self.partners[at] {
            return false;
        }
        let header = matches!(before, Some(Token::If | Token::While | Token::Unroll));
        match self.token(end + 1) {
            Some(next) if next.starts_operand() => sure == Sure::Yes || !header,
            Some(
                Token::Minus
                | Token::Star
                | Token::Ampersand
                | Token::Increment
                | Token::Decrement,
            ) => sure == Sure::Yes,
            _ => {
                sure == Sure::Yes
                    && !header
                    && !matches!(self.token(at + 1), Some(Token::Ident(_)))
            }
        }
    }

    /// The end of the type that stands at `at`, an argument's start, if it is no expression.
    fn type_argument(&self, at: usize) -> Option<usize> {
        let (end, sure) = self.type_at(at)?;
        let ends = matches!(self.token(end), Some(Token::ParenClose | Token::Comma));
        // `uint64`, `uint8[8]` and `f` are read as names; `Expr::to_type` turns them into types.
        let plain = matches!(self.token(at), Some(Token::Ident(_)))
            && !matches!(self.token(at + 1), Some(Token::Ident(_)))
            && !(at..end).any(|at| self.token(at) == Some(Token::Star));
        (ends && sure == Sure::Yes && !plain).then_some(end)
    }

    /// The end of what looks like a type at `at`.
    fn type_at(&self, at: usize) -> Option<(usize, Sure)> {
        let (mut end, mut sure) = match self.token(at)? {
            Token::Struct | Token::Union | Token::Enum => {
                let Some(Token::Ident(_)) = self.token(at + 1) else { return None };
                (at + 2, Sure::Yes)
            }
            Token::Typeof if self.token(at + 1) == Some(Token::ParenOpen) => {
                (self.partners[at + 1] + 1, Sure::Yes)
            }
            Token::Ident(word) => self.words(at, word)?,
            _ => return None,
        };
        loop {
            match self.token(end) {
                Some(Token::Star) => {
                    let last = self.token(end + 1);
                    let more = matches!(
                        last,
                        Some(
                            Token::Star | Token::ParenClose | Token::Comma | Token::BracketOpen
                        )
                    );
                    if !more {
                        return None;
                    }
                    (end, sure) = (end + 1, Sure::Yes);
                }
                Some(Token::BracketOpen) => end = self.partners[end] + 1,
                _ => return Some((end, sure)),
            }
        }
    }

    /// A type's name, of one or more words.
    fn words(&self, at: usize, first: &str) -> Option<(usize, Sure)> {
        let mut end = at + 1;
        if TYPE_WORDS.contains(&first) {
            while let Some(Token::Ident(_) | Token::Struct | Token::Union) = self.token(end) {
                end += 1;
            }
            return (end > at).then_some((end, Sure::Yes));
        }
        let known = TYPES.binary_search(&first).is_ok() || first.ends_with("_t");
        Some((end, if known { Sure::Yes } else { Sure::No }))
    }
}
