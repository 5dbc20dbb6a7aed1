//! Pairs the brackets of an item before it is parsed: what is not closed is told once, at the
//! opening bracket, and put right, so that the parser never meets an unbalanced text.
#![expect(clippy::wildcard_enum_match_arm, reason = "asks about few of ninety tokens")]

use diag::{Code, Diagnostic, Span};

use crate::ast::MAX_DEPTH;
use crate::scan::MAX_PROBLEMS;
use crate::token::{Bracket, Kind, Spanned, Token};
use crate::words;

/// How deep brackets may be nested.
const MAX_BRACKETS: usize = 200;

/// Balances `tokens`, of the program `text`. `None`: nested too deep to go on.
pub(crate) fn balance<'s>(
    tokens: &[Spanned<'s>],
    text: &str,
    problems: &mut Vec<Diagnostic>,
) -> Option<Vec<Spanned<'s>>> {
    let out = Vec::with_capacity(tokens.len());
    let mut pairs = Pairs { text, out, open: Vec::new(), suspect: None, problems };
    for &token in tokens {
        if !pairs.token(token) {
            return None;
        }
    }
    pairs.end();
    Some(pairs.out)
}

/// An opening bracket whose partner has not come yet.
struct Open {
    kind: Kind,
    span: Span,
    /// An `if` stands directly in it, so that a `{` may follow an operand.
    has_if: bool,
    /// Operators since the last separator: each may make the tree one deeper.
    operators: usize,
    /// The same before the last `if`: its branches are not inside of each other.
    before_if: usize,
}

struct Pairs<'s, 't> {
    text: &'t str,
    out: Vec<Spanned<'s>>,
    open: Vec<Open>,
    /// A `{` that was closed by a `}` which stands further left, and that `}`.
    suspect: Option<(Span, Span)>,
    problems: &'t mut Vec<Diagnostic>,
}

impl<'s> Pairs<'s, '_> {
    /// Takes one token; `false` when it is nested too deep.
    fn token(&mut self, token: Spanned<'s>) -> bool {
        match token.token.bracket() {
            Some(Bracket::Open(kind)) => self.opening(kind, token),
            Some(Bracket::Close(kind)) => self.closing(kind, token),
            None => {
                if token.token == Token::Semicolon {
                    self.close_inside_brace();
                }
                self.note(token.token);
                self.out.push(token);
            }
        }
        let depth = self.open.iter().map(|open| open.operators + 1).sum::<usize>();
        if self.open.len() <= MAX_BRACKETS && depth <= MAX_DEPTH {
            return true;
        }
        let title = "too deeply nested";
        let label = "the limit is reached here";
        self.report(
            Diagnostic::new(Code::TooDeep, token.span, title, label)
                .help(format!(
                    "at most {MAX_BRACKETS} brackets and {MAX_DEPTH} operators may contain each other: store a part in a variable first"
                ))
                .compat("syntax: expression is nested too deeply"),
        );
        false
    }

    fn report(&mut self, problem: Diagnostic) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(problem);
        }
    }

    /// Keeps count of what can make the tree deeper.
    fn note(&mut self, token: Token<'s>) {
        let after_block = self.out.last().is_some_and(|it| it.token == Token::BraceClose);
        let Some(top) = self.open.last_mut() else { return };
        if after_block && top.kind == Kind::Brace && !token.is_infix() && token != Token::Else {
            // A statement has ended with its block.
            top.operators = 0;
            top.has_if = false;
        }
        match token {
            Token::Semicolon | Token::Comma => {
                top.operators = 0;
                top.has_if = false;
            }
            Token::If => {
                top.has_if = true;
                top.before_if = top.operators;
                top.operators += 1;
            }
            Token::Else => top.operators = top.before_if,
            Token::Comptime
            | Token::Not
            | Token::Tilde
            | Token::Increment
            | Token::Decrement => top.operators += 1,
            _ if token.is_infix() || token.bracket().is_some() => top.operators += 1,
            _ => {}
        }
    }

    fn opening(&mut self, kind: Kind, token: Spanned<'s>) {
        if kind == Kind::Brace {
            let after_operand = self.out.last().is_some_and(|last| last.token.ends_operand());
            let inside = self.open.last().is_some_and(|open| {
                matches!(open.kind, Kind::Paren | Kind::Square) && !open.has_if
            });
            if after_operand && inside {
                self.close_inside_brace();
            }
        }
        self.note(token.token);
        let (span, has_if) = (token.span, false);
        self.open.push(Open { kind, span, has_if, before_if: 0, operators: 0 });
        self.out.push(token);
    }

    fn closing(&mut self, kind: Kind, token: Spanned<'s>) {
        let fence = self.open.iter().rposition(|open| open.kind == Kind::Brace);
        let partner = self.open.iter().rposition(|open| open.kind == kind);
        let hidden = matches!(kind, Kind::Paren | Kind::Square) && fence > partner;
        match partner {
            Some(partner) if !hidden => {
                self.unclosed(partner + 1);
                self.suspicious(token);
                self.open.pop();
                self.out.push(token);
            }
            Some(_) | None => self.unpaired(kind, token),
        }
    }

    /// Remembers the first `{` that ends at a `}` further left than its own line begins.
    fn suspicious(&mut self, token: Spanned<'s>) {
        let Some(open) = self.open.last() else { return };
        if self.suspect.is_some() || open.kind != Kind::Brace {
            return;
        }
        let close = words::indent(self.text, token.span.start as usize);
        if close < words::line_indent(self.text, open.span.start as usize) {
            self.suspect = Some((open.span, token.span));
        }
    }

    /// A closing bracket that has no partner.
    fn unpaired(&mut self, kind: Kind, token: Spanned<'s>) {
        let shown = kind.close_text();
        let open = self.open.last().filter(|it| matches!(it.kind, Kind::Paren | Kind::Square));
        if let Some(open) = open {
            let right = open.kind.close_text();
            let (kind, close) = (open.kind.close_token(), open.span);
            let title = format!("`{}` is closed by `{shown}`", open.kind.open_text());
            self.report(
                Diagnostic::new(
                    Code::Unclosed,
                    token.span,
                    title,
                    format!("expected `{right}`"),
                )
                .related(close, "this is the bracket to close")
                .help(format!("write `{right}` instead of `{shown}`"))
                .compat(format!("syntax: expected '{right}'")),
            );
            let token = Spanned { token: kind, ..token };
            self.open.pop();
            self.out.push(token);
            return;
        }
        let title = format!("`{shown}` closes nothing");
        let label = "no open bracket before it";
        self.report(
            Diagnostic::new(Code::UnexpectedToken, token.span, title, label)
                .help(format!("remove this `{shown}`"))
                .compat("syntax: expected expression"),
        );
    }

    /// Closes what is open inside of the innermost block, since a statement ends here.
    fn close_inside_brace(&mut self) {
        let inside = |open: &Open| matches!(open.kind, Kind::Paren | Kind::Square);
        let keep = self.open.iter().rposition(|open| !inside(open)).map_or(0, |at| at + 1);
        self.unclosed(keep);
    }

    /// Reports the brackets that are open beyond the first `keep` as one mistake, and closes them.
    fn unclosed(&mut self, keep: usize) {
        let Some(innermost) = self.open.get(keep..).and_then(<[Open]>::last) else { return };
        let here = self.out.last().map_or(innermost.span, |last| last.span).after();
        // That one which nobody wrote is missing has been said.
        if self.open[keep..].iter().all(|open| open.span.start == open.span.end) {
            return self.close(keep, here);
        }
        let (left, right) = (innermost.kind.open_text(), innermost.kind.close_text());
        let mut problem = Diagnostic::new(
            Code::Unclosed,
            innermost.span,
            format!("unclosed `{left}`"),
            format!("this `{left}` is never closed"),
        )
        .related(here, format!("expected `{right}` here"));
        for other in self.open[keep..].iter().rev().skip(1).take(3) {
            problem = problem.related(other.span, "nor is this closed");
        }
        let missing = self.open[keep..].iter().rev().map(|open| open.kind.close_text());
        let shown: String = missing.take(8).collect();
        self.report(
            problem
                .help(format!("add `{shown}`"))
                .compat(format!("syntax: expected '{right}'")),
        );
        self.close(keep, here);
    }

    /// Closes the brackets beyond the first `keep`.
    fn close(&mut self, keep: usize, here: Span) {
        while self.open.len() > keep {
            let Some(open) = self.open.pop() else { return };
            self.out.push(Spanned { token: open.kind.close_token(), span: here });
        }
    }

    /// Closes what is still open where the item ends: the `{` that a `}` too far left has
    /// closed, when there is one, is the likely culprit.
    fn end(&mut self) {
        let suspect =
            self.suspect.filter(|_| self.open.iter().all(|it| it.kind == Kind::Brace));
        let Some((open, close)) = suspect.filter(|_| !self.open.is_empty()) else {
            return self.unclosed(0);
        };
        self.report(
            Diagnostic::new(Code::Unclosed, open, "unclosed `{`", "this `{` is never closed")
                .related(close, "this stands too far left to close it")
                .help("add `}`")
                .compat("syntax: expected '}'"),
        );
        let here = self.out.last().map_or(open, |last| last.span).after();
        self.close(0, here);
    }
}
