//! Tokens to tree, one item at a time, with recovery.
//!
//! The tokens of an item are balanced, so after an error the statement that it stands in can be
//! cut out at its own `;` or `}`, blocks inside of it kept, and the item parsed again. That
//! reports every mistake once; LALRPOP's own recovery drops tokens without regard to nesting.

use std::cell::Cell;

use diag::{Code, Diagnostic, SourceId, Sources, Span};
use lalrpop_util::ParseError;

use crate::Parsed;
use crate::ast::{CText, Item, Program};
use crate::brackets;
use crate::build::Build;
use crate::expected::{Misfit, Repair};
use crate::language::ItemParser;
use crate::scan::{self, Chunk, MAX_PROBLEMS, Scanned};
use crate::shape;
use crate::token::{Bracket, Kind, Spanned, Token};

/// How often one item is parsed again after an error.
const MAX_ATTEMPTS: usize = 25;

/// How many tokens are read again in all: large programs get fewer messages, not slow ones.
const MAX_REREAD: usize = 3_000_000;

/// What stands further apart, in bytes, has nothing to do with each other even on one line.
const FAR: usize = 2_000;

/// The largest text: spans count bytes in 32 bits, and no program is as large as this.
const MAX_TEXT: usize = 64 << 20;

/// Parses the text called `id`.
pub fn parse(sources: &Sources, id: SourceId) -> Parsed {
    let text = &*sources.get(id).text;
    if text.len() > MAX_TEXT {
        return Parsed { problems: vec![too_large(id)], ..Parsed::default() };
    }
    let scanned = scan::scan(id, text);
    if scanned.cut_short {
        let Scanned { comments, problems, .. } = scanned;
        return Parsed { program: Program::default(), comments, problems };
    }
    let mut reader = Reader::new(id, text, scanned);
    let items = reader.items();
    let Reader { scanned, mut problems, .. } = reader;
    let program = Program { shebang: scanned.shebang, items };
    problems.extend(scanned.problems);
    problems.extend(crate::order::check(&program));
    if problems.is_empty() && !runs_something(&program) {
        let first = text.chars().next().map_or(0, char::len_utf8) as u32;
        problems.push(empty(Span { source: id, start: 0, end: first }));
    }
    diag::sort(&mut problems);
    problems.truncate(MAX_PROBLEMS);
    Parsed { program, comments: scanned.comments, problems }
}

/// The tokens of the text called `id`, one a line: place, kind, text.
pub fn dump_tokens(sources: &Sources, id: SourceId) -> String {
    let text = &*sources.get(id).text;
    if text.len() > MAX_TEXT {
        return String::new();
    }
    crate::code::dump(&scan::scan(id, text).tokens, text)
}

fn too_large(source: SourceId) -> Diagnostic {
    let span = Span { source, start: 0, end: 1 };
    Diagnostic::new(Code::TooLarge, span, "the program is too large", "this is no program")
        .help(format!("at most {} MiB are read", MAX_TEXT >> 20))
        .compat("syntax: unexpected input in block")
}

fn empty(span: Span) -> Diagnostic {
    Diagnostic::new(Code::EmptyProgram, span, "the program is empty", "there is no probe here")
        .help("write a probe, for example `kprobe:vfs_read { @[comm] = count(); }`")
        .compat("No probes to attach")
}

/// Whether it has more than settings and declarations: files that are imported have only macros.
fn runs_something(program: &Program) -> bool {
    let runs = |item: &Item| {
        matches!(item, Item::Probe(_) | Item::Macro(_) | Item::Function(_) | Item::Import(_))
    };
    program.items.iter().any(runs)
}

struct Reader<'s> {
    source: SourceId,
    text: &'s str,
    scanned: Scanned<'s>,
    problems: Vec<Diagnostic>,
    /// Where the lexer and the brackets were wrong.
    causes: Vec<Span>,
    reread: usize,
}

impl<'s> Reader<'s> {
    fn new(source: SourceId, text: &'s str, mut scanned: Scanned<'s>) -> Self {
        let found = std::mem::take(&mut scanned.problems);
        let (problems, causes) = (Vec::new(), Vec::new());
        let mut reader = Self { source, text, scanned, problems, causes, reread: 0 };
        reader.remember(&found);
        reader.scanned.problems = found;
        reader
    }

    fn items(&mut self) -> Vec<Item> {
        let chunks = std::mem::take(&mut self.scanned.chunks);
        let parser = ItemParser::new();
        let mut items = Vec::with_capacity(chunks.len());
        for chunk in chunks {
            if self.problems.len() > MAX_PROBLEMS {
                break;
            }
            match chunk {
                Chunk::C(span) => {
                    let text = &self.text[span.start as usize..span.end as usize];
                    items.push(Item::C(CText { span, text: text.to_owned() }));
                }
                Chunk::Tokens(range) => {
                    let mut pairing = Vec::new();
                    let tokens = &self.scanned.tokens[range];
                    let balanced = brackets::balance(tokens, self.text, &mut pairing);
                    self.drop_consequences(&mut pairing);
                    self.remember(&pairing);
                    self.problems.append(&mut pairing);
                    if let Some(tokens) = balanced {
                        items.extend(self.item(&parser, shape::shape(tokens, self.text)));
                    }
                }
            }
        }
        items
    }

    /// A comment or a string that swallows the rest leaves brackets open: that is one mistake.
    fn drop_consequences(&self, problems: &mut Vec<Diagnostic>) {
        let strings = self.scanned.problems.iter();
        let strings: Vec<_> =
            strings.filter(|it| it.code == Code::UnterminatedString).collect();
        problems.retain(|it| {
            let from = it.primary.span.start;
            let until = it.related.first().map_or(from, |label| label.span.end);
            let swallowed =
                |string: &&&Diagnostic| (from..=until).contains(&string.primary.span.start);
            it.code != Code::Unclosed || !strings.iter().any(|it| swallowed(&it))
        });
        let mut swallowed = self.scanned.problems.iter();
        if swallowed.any(|it| it.code == Code::UnterminatedComment) {
            problems.retain(|it| it.code != Code::Unclosed);
        }
    }

    /// One item; `None` if not even its head can be read.
    fn item(&mut self, parser: &ItemParser, mut tokens: Vec<Spanned<'s>>) -> Option<Item> {
        let mut repaired = None;
        for _ in 0..MAX_ATTEMPTS {
            let mut build = Build::new(self.source);
            let count = Cell::new(0);
            let stream = tokens.iter().map(|it| {
                count.set(count.get() + 1);
                Ok((it.span.start, it.token, it.span.end))
            });
            let (at, expected) = match parser.parse(&mut build, stream) {
                Ok(item) => {
                    self.problems.extend(build.problems);
                    return item;
                }
                Err(ParseError::UnrecognizedToken { expected, .. }) => {
                    (count.get() - 1, expected)
                }
                Err(ParseError::UnrecognizedEof { expected, .. }) => (tokens.len(), expected),
                Err(_) => (count.get().saturating_sub(1), Vec::new()),
            };
            let misfit = Misfit { tokens: &tokens, at, expected, text: self.text };
            let (problem, repair) = misfit.describe();
            let again = repaired == Some(at);
            if !again && !self.is_consequence(&problem) {
                self.problems.push(problem);
            }
            self.reread += tokens.len();
            if self.reread > MAX_REREAD || self.problems.len() > MAX_PROBLEMS {
                return None;
            }
            if repair == Repair::Semicolon && !again {
                let end = at.checked_sub(1).map_or_else(Span::default, |at| tokens[at].span);
                let semicolon = Spanned { token: Token::Semicolon, span: end.after() };
                tokens.insert(at, semicolon);
                repaired = Some(at + 1);
            } else {
                repaired = None;
                tokens = leave_out(&tokens, at)?;
            }
        }
        None
    }

    /// Remembers where `problems` are, when the parser will stumble over them once more.
    fn remember(&mut self, problems: &[Diagnostic]) {
        let harmless =
            [Code::BadInteger, Code::UnknownEscape, Code::BadAttribute, Code::Misplaced];
        for problem in problems.iter().filter(|it| !harmless.contains(&it.code)) {
            self.causes.push(problem.primary.span);
            self.causes.extend(problem.related.iter().map(|label| label.span));
        }
    }

    /// Whether the mistake follows, on its line, one that was told already.
    fn is_consequence(&self, problem: &Diagnostic) -> bool {
        let span = problem.primary.span;
        self.problems.iter().any(|it| it.primary.span == span)
            || self.causes.iter().any(|&it| it.start <= span.end && self.same_line(it, span))
    }

    fn same_line(&self, a: Span, b: Span) -> bool {
        let (start, end) = (a.start.min(b.start) as usize, a.start.max(b.start) as usize);
        let between = self.text.as_bytes().get(start..end).unwrap_or_default();
        between.len() < FAR && !between.contains(&b'\n')
    }
}

/// The tokens without the statement or head that the error at `at` stands in, its blocks kept.
/// `None`: nothing would be left, or nothing would change.
fn leave_out<'s>(tokens: &[Spanned<'s>], at: usize) -> Option<Vec<Spanned<'s>>> {
    let (start, end) = match enclosing_brace(tokens, at) {
        Some(brace) => statement(tokens, brace, at),
        None => return leave_out_head(tokens, at),
    };
    let mut out = tokens[..start].to_vec();
    let keeps_blocks = tokens.first().is_some_and(|it| it.token != Token::Config);
    let (mut depth, mut block) = (0usize, false);
    for it in &tokens[start..end] {
        match it.token.bracket() {
            Some(Bracket::Open(kind)) => {
                block |= depth == 0 && kind == Kind::Brace;
                depth += 1;
            }
            Some(Bracket::Close(_)) => depth = depth.saturating_sub(1),
            None => {}
        }
        if block && keeps_blocks {
            out.push(*it);
        }
        block &= depth > 0;
    }
    out.extend_from_slice(&tokens[end..]);
    (out.len() < tokens.len()).then_some(out)
}

/// Leaves out the predicate if the error is in it, else everything before the block.
fn leave_out_head<'s>(tokens: &[Spanned<'s>], at: usize) -> Option<Vec<Spanned<'s>>> {
    let find = |token| tokens.iter().position(|it| it.token == token);
    if let (Some(open), Some(close)) = (find(Token::PredicateOpen), find(Token::PredicateClose))
        && open < at
        && at <= close
    {
        let mut out = tokens[..open].to_vec();
        out.extend_from_slice(&tokens[close + 1..]);
        return Some(out);
    }
    let first = tokens.first().filter(|it| it.token != Token::Config)?;
    let block =
        find(Token::BraceOpen).filter(|&block| block > 0 && first.token != Token::Broken)?;
    let mut out = vec![Spanned { token: Token::Broken, span: first.span }];
    out.extend_from_slice(&tokens[block..]);
    Some(out)
}

/// The innermost `{` around the token at `at`.
fn enclosing_brace(tokens: &[Spanned<'_>], at: usize) -> Option<usize> {
    let mut open = Vec::new();
    for (place, it) in tokens[..at.min(tokens.len())].iter().enumerate() {
        match it.token.bracket() {
            Some(Bracket::Open(kind)) => open.push((kind, place)),
            Some(Bracket::Close(_)) => {
                open.pop();
            }
            None => {}
        }
    }
    open.iter().rev().find(|(kind, _)| *kind == Kind::Brace).map(|&(_, place)| place)
}

/// The statement around `at` in the block that opens at `brace`, with its `;`.
fn statement(tokens: &[Spanned<'_>], brace: usize, at: usize) -> (usize, usize) {
    let (mut start, mut depth) = (brace + 1, 0usize);
    for place in brace + 1..tokens.len() {
        let bracket = tokens[place].token.bracket();
        match bracket {
            Some(Bracket::Open(_)) => depth += 1,
            Some(Bracket::Close(_)) if depth == 0 => return (start, place),
            Some(Bracket::Close(_)) => depth -= 1,
            None => {}
        }
        let next = tokens.get(place + 1).map(|it| it.token);
        let goes_on = next.is_some_and(|it| it.is_infix() || it == Token::Else);
        let block = bracket == Some(Bracket::Close(Kind::Brace)) && !goes_on;
        if depth == 0 && (block || tokens[place].token == Token::Semicolon) {
            if place >= at {
                return (start, place + 1);
            }
            start = place + 1;
        }
    }
    (start, tokens.len())
}
