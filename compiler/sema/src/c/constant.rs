//! Constant expressions: sizes of arrays, values of enums, counts of bits, conditions.

use super::{
    number::{self, Number},
    parse::{Fallible, Parser},
    token::{Kind, Token},
};
use diag::Span;
use ir::{Sign, Ty};

/// Operators of two sides, by how tightly they bind.
const LEVELS: &[&[&str]] = &[
    &["||"],
    &["&&"],
    &["|"],
    &["^"],
    &["&"],
    &["==", "!="],
    &["<", ">", "<=", ">="],
    &["<<", ">>"],
    &["+", "-"],
    &["*", "/", "%"],
];

impl Parser<'_> {
    /// `a ? b : c` and everything that binds tighter.
    pub(super) fn constant(&mut self) -> Fallible<Number> {
        self.nested(Self::choice)
    }

    /// The same, and where it stands.
    pub(super) fn constant_at(&mut self) -> Fallible<(Number, Span)> {
        let start = self.peek().span;
        let number = self.constant()?;
        Ok((number, start.to(self.last_span())))
    }

    fn choice(&mut self) -> Fallible<Number> {
        let condition = self.binary(0)?;
        if !self.takes("?") {
            return Ok(condition);
        }
        let yes = !condition.is_zero();
        let first =
            if self.peek().is(":") { condition } else { self.dead_if(!yes, Self::constant)? };
        self.expect(":")?;
        let second = self.dead_if(yes, Self::constant)?;
        let (wide, sign) = first.common(second);
        let chosen = if yes { first } else { second };
        Ok(Number::new(chosen.bits, wide, sign))
    }

    /// Reads a part that may not be computed: there, nothing can go wrong.
    fn dead_if(
        &mut self,
        dead: bool,
        read: impl FnOnce(&mut Self) -> Fallible<Number>,
    ) -> Fallible<Number> {
        self.dead += u32::from(dead);
        let result = read(self);
        self.dead -= u32::from(dead);
        result
    }

    fn binary(&mut self, level: usize) -> Fallible<Number> {
        let Some(operators) = LEVELS.get(level) else { return self.unary() };
        let mut left = self.binary(level + 1)?;
        loop {
            let token = self.peek().clone();
            let operator = &*token.text;
            if token.kind != Kind::Mark || !operators.contains(&operator) {
                return Ok(left);
            }
            self.next();
            left = match operator {
                "||" | "&&" => {
                    let decided = left.is_zero() == (operator == "&&");
                    let right = self.dead_if(decided, |it| it.binary(level + 1))?;
                    let either = if decided { left } else { right };
                    Number::truth(!either.is_zero())
                }
                _ => {
                    let right = self.binary(level + 1)?;
                    self.combined(left, &token, right)?
                }
            };
        }
    }

    fn combined(&self, left: Number, operator: &Token, right: Number) -> Fallible<Number> {
        match self.wide(left).binary(&operator.text, self.wide(right)) {
            Some(number) => Ok(number),
            None if self.dead > 0 => Ok(left),
            None => Err(self.wrong(operator.span, "division by zero", "the right side is 0")),
        }
    }

    /// In conditions every number has 64 bits.
    const fn wide(&self, number: Number) -> Number {
        Number { wide: number.wide || self.conditional, ..number }
    }

    fn unary(&mut self) -> Fallible<Number> {
        self.nested(Self::read_unary)
    }

    fn read_unary(&mut self) -> Fallible<Number> {
        let token = self.peek().clone();
        match token.kind {
            Kind::Number | Kind::Character => self.literal(),
            Kind::Name => self.name(),
            Kind::Mark => match &*token.text {
                "-" | "+" | "~" | "!" => {
                    self.next();
                    let number = self.unary()?;
                    let number = self.wide(number);
                    Ok(match &*token.text {
                        "-" => number.negated(),
                        "~" => number.inverted(),
                        "!" => Number::truth(number.is_zero()),
                        _ => number,
                    })
                }
                "(" => self.parenthesized(),
                _ => Err(self.unexpected("a constant")),
            },
            Kind::Text | Kind::End => Err(self.unexpected("a constant")),
        }
    }

    fn literal(&mut self) -> Fallible<Number> {
        let token = self.next();
        let number = match token.kind {
            Kind::Character => number::character(&token.text),
            Kind::Name | Kind::Number | Kind::Text | Kind::Mark | Kind::End => {
                number::literal(&token.text)
            }
        };
        number.map(|number| self.wide(number)).ok_or_else(|| {
            let title = format!("`{}` is no integer of C", token.text);
            self.wrong(token.span, title, "malformed, or too large")
        })
    }

    fn parenthesized(&mut self) -> Fallible<Number> {
        self.next();
        if self.conditional || !self.starts_type() {
            let number = self.constant()?;
            self.expect(")")?;
            return Ok(number);
        }
        let span = self.peek().span;
        let ty = self.type_name()?;
        self.expect(")")?;
        let number = self.unary()?;
        number.cast(&ty.ty).ok_or_else(|| {
            self.wrong(span, "a constant cannot become this type", "not an integer")
        })
    }

    fn name(&mut self) -> Fallible<Number> {
        let token = self.next();
        if self.conditional {
            if self.peek().is("(") {
                let title = format!("`{}` is not defined as a macro", token.text);
                return Err(self.wrong(token.span, title, "used like one"));
            }
            // A name that is no macro is 0, but well-known ones stand for what headers define.
            let known = stdlib::constants::find(&token.text).unwrap_or(0) as i64;
            let value = if &*token.text == "true" { 1 } else { known };
            return Ok(Number::new(value, true, Sign::Signed));
        }
        match &*token.text {
            "sizeof" => self.size(),
            "_Alignof" | "__alignof__" | "alignof" => {
                self.expect("(")?;
                let ty = self.type_name()?;
                self.expect(")")?;
                Ok(Number::size(ty.align))
            }
            "true" | "false" => Ok(Number::truth(&*token.text == "true")),
            "__extension__" => self.unary(),
            name => {
                let own = self.scope.enumerators.get(name).copied();
                let known = || (self.environment.constant)(name).and_then(Number::plain);
                own.or_else(known).ok_or_else(|| {
                    let title = format!("`{name}` is no constant");
                    self.wrong(token.span, title, "neither a macro nor in an enum")
                })
            }
        }
    }

    fn size(&mut self) -> Fallible<Number> {
        let span = self.peek().span;
        if !self.peek().is("(") {
            let number = self.unary()?;
            return Ok(Number::size(if number.wide { 8 } else { 4 }));
        }
        self.next();
        if !self.starts_type() {
            let number = self.constant()?;
            self.expect(")")?;
            return Ok(Number::size(if number.wide { 8 } else { 4 }));
        }
        let ty = self.type_name()?;
        self.expect(")")?;
        if ty.function || ty.ty == Ty::Void {
            // gcc's own: both have the size 1.
            return Ok(Number::size(1));
        }
        Ok(Number::size(self.completed(&ty, span)?.ty.size()))
    }
}
