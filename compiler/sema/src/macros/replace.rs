//! The body of a macro for one call: arguments in the place of parameters, and new names for its
//! own variables.

use diag::Diagnostic;
use grammar::ast::{Block, Expr, ExprKind, Macro, MacroParamKind, Name, TypeExpr, TypeKind};

use super::problems::{no_type, unhygienic};
use crate::walk::{self, Visit};

/// Puts arguments in the place of parameters, and new names in that of the macro's variables.
pub(super) struct Replacement<'r> {
    pub(super) of: &'r Macro,
    pub(super) args: &'r [Expr],
    /// Follows the names of the macro's own variables; no name can be written like that.
    pub(super) suffix: String,
    pub(super) problems: &'r mut Vec<Diagnostic>,
}

impl Replacement<'_> {
    fn argument(&self, kind: MacroParamKind, name: &str) -> Option<&Expr> {
        let at =
            self.of.params.iter().position(|it| it.kind == kind && it.name.text == name)?;
        self.args.get(at)
    }

    fn variable(&self, name: &str) -> String {
        match self.argument(MacroParamKind::Variable, name).map(|arg| &arg.kind) {
            Some(ExprKind::Variable(outer)) => outer.clone(),
            _ => format!("{name}{}", self.suffix),
        }
    }
}

impl Visit for Replacement<'_> {
    fn ty(&mut self, it: &mut TypeExpr) {
        if let TypeKind::Named(name) = &it.kind
            && let Some(argument) = self.argument(MacroParamKind::Expr, name)
        {
            match argument.to_type() {
                Some(ty) => *it = ty,
                None => self.problems.push(no_type(self.of, name, argument.span)),
            }
            return;
        }
        walk::type_parts(self, it);
    }

    fn declared(&mut self, name: &mut Name) {
        name.text = self.variable(&name.text);
    }

    fn expr(&mut self, expr: &mut Expr) {
        if let ExprKind::Name(name) = &expr.kind {
            if let Some(argument) = self.argument(MacroParamKind::Expr, name) {
                // The caller's code: nothing of it is replaced.
                *expr = by_value(argument);
            }
            return;
        }
        if let ExprKind::Variable(name) = &mut expr.kind {
            *name = self.variable(name);
        } else if let ExprKind::Map(access) = &mut expr.kind {
            let outer = self.argument(MacroParamKind::Map, &access.name.text);
            match outer.map(|arg| &arg.kind) {
                Some(ExprKind::Map(outer)) => access.name.text.clone_from(&outer.name.text),
                Some(_) | None => self.problems.push(unhygienic(&access.name, self.of)),
            }
        }
        walk::expr_parts(self, expr);
    }
}

/// An argument that is a variable or a map is passed by value: the macro cannot change it.
fn by_value(argument: &Expr) -> Expr {
    let is_place = matches!(argument.kind, ExprKind::Variable(_))
        || matches!(&argument.kind, ExprKind::Map(access) if access.keys.is_some());
    if !is_place {
        return argument.clone();
    }
    let span = argument.span;
    let block = Block { span, stmts: Vec::new(), value: Some(Box::new(argument.clone())) };
    Expr { span, kind: ExprKind::Block(Box::new(block)) }
}

/// A message without the suffixes of macros' own variables: `$x'3` is `$x` to its reader.
pub(crate) fn without_suffixes(text: &str) -> String {
    let mut pieces = text.split('$');
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        out.push('$');
        let end = piece.find(|c: char| !c.is_alphanumeric() && c != '_');
        let (name, rest) = piece.split_at(end.unwrap_or(piece.len()));
        out += name;
        let number = rest.strip_prefix('\'').unwrap_or_default();
        let left = number.trim_start_matches(|c: char| c.is_ascii_digit());
        out += if !name.is_empty() && left.len() < number.len() { left } else { rest };
    }
    out
}

#[cfg(test)]
mod tests {
    use super::without_suffixes;

    #[test]
    fn only_suffixes_of_variables_go() {
        let cases = [
            ("`$p'10` is", "`$p` is"),
            ("$a'1 and $b'23's", "$a and $b's"),
            ("'int8' and '$x'", "'int8' and '$x'"),
            ("costs $'5", "costs $'5"),
            ("nothing", "nothing"),
        ];
        for (given, wanted) in cases {
            assert_eq!(without_suffixes(given), wanted);
        }
    }
}
