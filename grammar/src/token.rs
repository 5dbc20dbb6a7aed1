//! The tokens of the language and how they look; which of them may follow which is the grammar's business.
#![expect(clippy::wildcard_enum_match_arm, reason = "asks about few of ninety tokens")]

use diag::Span;
use logos::{Lexer, Logos};

use crate::ast::{BinaryOperator, Suffix};

/// A token and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spanned<'s> {
    pub(crate) token: Token<'s>,
    pub(crate) span: Span,
}

/// Every token. Those without an attribute are made by hand: they depend on what stands around.
#[derive(Logos, Debug, Clone, Copy, PartialEq, Eq)]
#[logos(skip r"[ \t\r\n\x0b\x0c]+")]
pub(crate) enum Token<'s> {
    // ── what the lexer turns into something else ──
    #[token("//", line_comment)]
    LineComment,
    #[token("/*", block_comment)]
    BlockComment,
    #[token("\"", quoted)]
    Quoted(&'s str),
    #[regex("'[^'\n]*'?", |lex| lex.slice())]
    Char(&'s str),
    #[regex("[0-9][0-9A-Za-z_]*", |lex| lex.slice())]
    Number(&'s str),
    #[regex(r"\$[0-9][0-9A-Za-z_]*", |lex| &lex.slice()[1..])]
    Parameter(&'s str),
    #[token("$")]
    Dollar,

    // ── words and values ──
    #[regex("[A-Za-z_][A-Za-z0-9_]*", |lex| lex.slice())]
    Ident(&'s str),
    #[regex(r"\$[A-Za-z_][A-Za-z0-9_]*", |lex| &lex.slice()[1..])]
    Variable(&'s str),
    #[regex("@([A-Za-z_][A-Za-z0-9_]*)?", |lex| &lex.slice()[1..])]
    Map(&'s str),
    Integer((u64, Suffix)),
    /// What stands between the quotes, its escapes not resolved.
    String(&'s str),
    Positional(u64),
    #[token("$#")]
    PositionalCount,
    #[token("true", |_| true)]
    #[token("false", |_| false)]
    Bool(bool),

    // ── keywords ──
    #[token("if")]
    If,
    #[token("else")]
    Else,
    #[token("while")]
    While,
    #[token("for")]
    For,
    #[token("unroll")]
    Unroll,
    #[token("let")]
    Let,
    #[token("return")]
    Return,
    #[token("break")]
    Break,
    #[token("continue")]
    Continue,
    #[token("import")]
    Import,
    #[token("comptime")]
    Comptime,
    #[token("struct")]
    Struct,
    #[token("union")]
    Union,
    #[token("enum")]
    Enum,
    #[token("typeof")]
    Typeof,
    /// `config`, `macro`, `fn`: only where an item of the program starts with them.
    Config,
    Macro,
    Fn,

    // ── probe heads ──
    /// `name` before `=`.
    Label(&'s str),
    /// An attach point, whole.
    Point(&'s str),
    PredicateOpen,
    PredicateClose,

    // ── brackets ──
    #[token("(")]
    ParenOpen,
    /// The `(` of a cast.
    CastOpen,
    #[token(")")]
    ParenClose,
    #[token("[")]
    BracketOpen,
    /// The `[` of a map's key.
    KeyOpen,
    #[token("]")]
    BracketClose,
    #[token("{")]
    BraceOpen,
    #[token("}")]
    BraceClose,

    // ── punctuation ──
    #[token(",")]
    Comma,
    #[token(";")]
    Semicolon,
    #[token(":")]
    Colon,
    #[token(".")]
    Dot,
    #[token("..")]
    Range,
    #[token("->")]
    Arrow,
    #[token("=")]
    Assign,
    #[rustfmt::skip]
    #[token("+=", |_| BinaryOperator::Add)]
    #[token("-=", |_| BinaryOperator::Subtract)]
    #[token("*=", |_| BinaryOperator::Multiply)]
    #[token("/=", |_| BinaryOperator::Divide)]
    #[token("%=", |_| BinaryOperator::Remainder)]
    #[token("&=", |_| BinaryOperator::BitAnd)]
    #[token("|=", |_| BinaryOperator::BitOr)]
    #[token("^=", |_| BinaryOperator::BitXor)]
    #[token("<<=", |_| BinaryOperator::ShiftLeft)]
    #[token(">>=", |_| BinaryOperator::ShiftRight)]
    Compound(BinaryOperator),

    // ── operators ──
    #[token("?")]
    Question,
    #[token("?:")]
    Elvis,
    #[token("||")]
    LogicalOr,
    #[token("&&")]
    LogicalAnd,
    #[token("|")]
    Pipe,
    #[token("^")]
    Caret,
    #[token("&")]
    Ampersand,
    #[token("==")]
    Equal,
    #[token("!=")]
    NotEqual,
    #[token("<")]
    Less,
    #[token(">")]
    Greater,
    #[token("<=")]
    LessEqual,
    #[token(">=")]
    GreaterEqual,
    #[token("<<")]
    ShiftLeft,
    #[token(">>")]
    ShiftRight,
    #[token("+")]
    Plus,
    #[token("-")]
    Minus,
    #[token("*")]
    Star,
    #[token("/")]
    Slash,
    #[token("%")]
    Percent,
    #[token("!")]
    Not,
    #[token("~")]
    Tilde,
    #[token("++")]
    Increment,
    #[token("--")]
    Decrement,

    // ── marks without text ──
    /// Around a type that stands as an argument.
    TypeStart,
    TypeEnd,
    /// The head of an item was wrong and is left out; its block follows.
    Broken,
}

impl Token<'_> {
    /// Whether an expression can end with it.
    pub(crate) fn ends_operand(self) -> bool {
        matches!(
            self,
            Self::Ident(_)
                | Self::Variable(_)
                | Self::Map(_)
                | Self::Integer(_)
                | Self::String(_)
                | Self::Positional(_)
                | Self::PositionalCount
                | Self::Bool(_)
                | Self::ParenClose
                | Self::BracketClose
                | Self::BraceClose
                | Self::Increment
                | Self::Decrement
        )
    }

    /// Whether it starts an operand and can be no infix operator.
    pub(crate) fn starts_operand(self) -> bool {
        matches!(
            self,
            Self::Ident(_)
                | Self::Variable(_)
                | Self::Map(_)
                | Self::Integer(_)
                | Self::String(_)
                | Self::Positional(_)
                | Self::PositionalCount
                | Self::Bool(_)
                | Self::ParenOpen
                | Self::CastOpen
                | Self::Not
                | Self::Tilde
                | Self::Comptime
                | Self::Typeof
        )
    }

    /// Whether it continues an expression that could also end before it.
    pub(crate) fn is_infix(self) -> bool {
        matches!(
            self,
            Self::Question
                | Self::Elvis
                | Self::LogicalOr
                | Self::LogicalAnd
                | Self::Pipe
                | Self::Caret
                | Self::Ampersand
                | Self::Equal
                | Self::NotEqual
                | Self::Less
                | Self::Greater
                | Self::LessEqual
                | Self::GreaterEqual
                | Self::ShiftLeft
                | Self::ShiftRight
                | Self::Plus
                | Self::Minus
                | Self::Star
                | Self::Slash
                | Self::Percent
                | Self::Dot
                | Self::Arrow
        )
    }

    /// The word, when it is a keyword that can also be a name after `.`.
    pub(crate) fn keyword(self) -> bool {
        matches!(
            self,
            Self::If
                | Self::Else
                | Self::While
                | Self::For
                | Self::Unroll
                | Self::Let
                | Self::Return
                | Self::Break
                | Self::Continue
                | Self::Import
                | Self::Comptime
                | Self::Struct
                | Self::Union
                | Self::Enum
                | Self::Typeof
                | Self::Bool(_)
        )
    }

    /// Whether it opens or closes something.
    pub(crate) fn bracket(self) -> Option<Bracket> {
        Some(match self {
            Self::ParenOpen | Self::CastOpen => Bracket::Open(Kind::Paren),
            Self::ParenClose => Bracket::Close(Kind::Paren),
            Self::BracketOpen | Self::KeyOpen => Bracket::Open(Kind::Square),
            Self::BracketClose => Bracket::Close(Kind::Square),
            Self::BraceOpen => Bracket::Open(Kind::Brace),
            Self::BraceClose => Bracket::Close(Kind::Brace),
            Self::PredicateOpen => Bracket::Open(Kind::Predicate),
            Self::PredicateClose => Bracket::Close(Kind::Predicate),
            _ => return None,
        })
    }
}

/// One half of a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bracket {
    Open(Kind),
    Close(Kind),
}

/// Which pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Paren,
    Square,
    Brace,
    Predicate,
}

impl Kind {
    pub(crate) const fn open_text(self) -> &'static str {
        match self {
            Self::Paren => "(",
            Self::Square => "[",
            Self::Brace => "{",
            Self::Predicate => "/",
        }
    }

    pub(crate) const fn close_text(self) -> &'static str {
        match self {
            Self::Paren => ")",
            Self::Square => "]",
            Self::Brace => "}",
            Self::Predicate => "/",
        }
    }

    pub(crate) const fn close_token<'s>(self) -> Token<'s> {
        match self {
            Self::Paren => Token::ParenClose,
            Self::Square => Token::BracketClose,
            Self::Brace => Token::BraceClose,
            Self::Predicate => Token::PredicateClose,
        }
    }
}

fn line_comment<'s>(lex: &mut Lexer<'s, Token<'s>>) {
    let rest = lex.remainder();
    lex.bump(rest.find('\n').unwrap_or(rest.len()));
}

/// To the end of the text when it is not closed.
fn block_comment<'s>(lex: &mut Lexer<'s, Token<'s>>) {
    let rest = lex.remainder();
    lex.bump(rest.find("*/").map_or(rest.len(), |at| at + 2));
}

/// With its quotes; without the closing one, to the end of the line.
fn quoted<'s>(lex: &mut Lexer<'s, Token<'s>>) -> &'s str {
    lex.bump(string_length(lex.remainder()));
    lex.slice()
}

/// How long a string is from after its opening quote, the closing one included.
pub(crate) fn string_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\n' => return at,
            b'\\' if bytes.get(at + 1).is_some_and(|&next| next != b'\n') => at += 2,
            _ => at += 1,
        }
    }
    // A backslash before a character of several bytes skips one byte of it; the rest follows.
    at.min(bytes.len())
}
