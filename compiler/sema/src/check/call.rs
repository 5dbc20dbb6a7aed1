//! Names and calls: builtins, functions, aggregations.

use diag::{Code, Diagnostic, Span};
use grammar::ast;
use ir::{Reduce, Ty};
use stdlib::{
    Arg, ArgKind, Call, Literal, MapArg,
    aggregations::{self, Aggregation},
    builtins,
    functions::{self, Takes, Word},
};

use super::Checker;
use crate::{
    Functions,
    typed::{ExprId, ExprKind, StmtKind},
    types::{self, Seen},
};

impl Checker<'_> {
    pub(super) fn name(&mut self, name: &str, span: Span) -> ExprId {
        if let Some((ty, value)) = self.own.enumerator(name) {
            return self.push(span, ty, ExprKind::Int(value));
        }
        if let Some(row) = builtins::find(name) {
            return self.word(row, name, (span, span), Vec::new());
        }
        let own = self.own.types.get(name).cloned();
        if let Some(ty) = own.or_else(|| types::named(name)) {
            return self.push(span, ty, ExprKind::Type);
        }
        if let Some(constant) = self.constant_name(name, span) {
            return constant;
        }
        let own = self.own.enumerators.keys().chain(self.own.macros.keys()).map(String::as_str);
        let known = own.chain(builtins::ALL.iter().map(|row| row.name));
        let functions = functions::ALL.iter().chain(builtins::ALL).map(|row| row.name);
        let help = match stdlib::nearest(name, known) {
            Some(near) => format!("did you mean `{near}`?"),
            None if is_function(name) => {
                format!("it is a function: write `{name}()`")
            }
            None => match stdlib::nearest(name, functions) {
                Some(near) => format!("did you mean `{near}()`?"),
                None => {
                    format!("variables start with `$`: `${name}`; maps with `@`: `@{name}`")
                }
            },
        };
        let compat = format!("Unknown identifier: '{name}'");
        let title = format!("unknown name `{name}`");
        let problem = Diagnostic::new(Code::UnknownName, span, title, "not found");
        self.refuse(span, problem.help(help).compat(compat))
    }

    /// A well-known constant, or an enumerator of the kernel. One whose enum has a name is of
    /// that enum, so that it is shown by name.
    fn constant_name(&mut self, name: &str, span: Span) -> Option<ExprId> {
        if let Some(value) = stdlib::constants::find(name) {
            let bits = value as i64;
            let ty =
                if value < 0 { types::of_value(bits) } else { types::of_literal(value as u64) };
            let id = self.push(span, ty, ExprKind::Int(bits));
            self.flexible[id.0] = bits >= 0;
            return Some(id);
        }
        let kernel = self.c.kernel;
        let Some((ty, value)) = kernel.enumerator(name).ok()? else {
            let (_, bit) = kernel.enumerator(&stdlib::constants::numbered_by(name)?).ok()??;
            let value = 1u64.checked_shl(u32::try_from(bit).ok()?)?;
            let id =
                self.push(span, types::of_literal(value), ExprKind::Int(value.cast_signed()));
            self.flexible[id.0] = true;
            return Some(id);
        };
        let unnamed = matches!(&ty, Ty::Enum(shape) if shape.name.is_empty());
        let ty = if unnamed { types::of_value(value) } else { ty };
        let id = self.push(span, ty, ExprKind::Int(value));
        self.flexible[id.0] = unnamed && value >= 0;
        Some(id)
    }

    pub(super) fn call(&mut self, call: &ast::Call, span: Span) -> ExprId {
        let name = call.name.text.as_str();
        if let Some(row) = functions::find(name).or_else(|| builtins::find(name)) {
            if !self.right_arity(call, span, (row.usage, row.arity)) {
                self.look_at(&call.args);
                return self.nothing(span);
            }
            let args = self.args(&call.args, row.takes);
            let Some(args) = args else { return self.nothing(span) };
            return self.word(row, name, (span, call.name.span), args);
        }
        if let Some(index) = self.functions.find(name) {
            return self.invoke(index, call, span);
        }
        if let Some(prototype) = self.own.imported(name) {
            return self.invoke_imported(prototype, call, span);
        }
        if let Some(found) = self.kernel_call(call, span) {
            return found;
        }
        self.look_at(&call.args);
        let problem = match aggregations::find(name) {
            Some(row) => misplaced(row, span),
            None => unknown(name, call.name.span, self.functions),
        };
        self.refuse(span, problem)
    }

    /// Checks arguments only to find what is wrong inside them.
    fn look_at(&mut self, args: &[ast::Expr]) {
        for arg in args {
            if !matches!(arg.kind, ast::ExprKind::Map(_)) {
                self.expr(arg);
            }
        }
    }

    fn right_arity(
        &mut self,
        call: &ast::Call,
        span: Span,
        (usage, (least, most)): (&str, (usize, usize)),
    ) -> bool {
        let given = call.args.len();
        if (least..=most).contains(&given) {
            return true;
        }
        let name = &call.name.text;
        let wanted = match (least, most) {
            (a, b) if a == b => format!("{a} argument{}", if a == 1 { "" } else { "s" }),
            (0, b) => format!("at most {b} argument{}", if b == 1 { "" } else { "s" }),
            (a, 256) => format!("at least {a} argument{}", if a == 1 { "" } else { "s" }),
            (a, b) => format!("{a} to {b} arguments"),
        };
        let title = format!("`{name}` takes {wanted}, {given} given");
        let compat = if least == most {
            format!(
                "{name}() requires {least} argument{} ({given} provided)",
                if least == 1 { "" } else { "s" }
            )
        } else if given < least {
            format!(
                "{name}() requires at least {least} argument{} ({given} provided)",
                if least == 1 { "" } else { "s" }
            )
        } else {
            format!("{name}() takes up to {most} arguments ({given} provided)")
        };
        let label = format!("{given} given");
        let problem = Diagnostic::new(Code::WrongArity, span, title, label);
        self.c.problems.push(problem.help(format!("write `{usage}`")).compat(compat));
        false
    }

    /// Checks a word's arguments; none if one of them has no type.
    fn args(&mut self, args: &[ast::Expr], takes: Takes) -> Option<Vec<Arg>> {
        if takes == Takes::Types {
            return self.type_args(args);
        }
        let mut checked = Vec::new();
        let mut complete = true;
        for (index, arg) in args.iter().enumerate() {
            if let (Takes::Names, ast::ExprKind::Name(name)) = (takes, &arg.kind) {
                let kind = ArgKind::Literal(Literal::Str(name.as_bytes().to_vec()));
                let ty = Ty::Str(name.len() as u32 + 1);
                let handle =
                    self.push(arg.span, ty.clone(), ExprKind::Str(name.clone().into()));
                checked.push(Arg { span: arg.span, ty, kind, handle: handle.0, clock: None });
                continue;
            }
            let whole = matches!(takes, Takes::Maps | Takes::KeyedMaps) && index == 0;
            if let ast::ExprKind::Map(access) = &arg.kind
                && whole
            {
                let arg = self.map_arg(access, arg.span);
                complete &= arg.is_some();
                checked.extend(arg);
                continue;
            }
            let id = self.expr(arg);
            // An entry without a type is that of a map which nothing is ever written to. That is
            // said of the map.
            let kind = &self.body.exprs[id.0].kind;
            let is_empty = matches!(kind, ExprKind::Entry(_)) && *self.ty(id) == Ty::Void;
            complete &= !is_empty && !matches!(kind, ExprKind::Nothing);
            let is_type = matches!(kind, ExprKind::Type);
            complete &= !(is_type && self.lacks_value(id));
            checked.push(self.arg(id, takes));
        }
        complete.then_some(checked)
    }

    fn arg(&mut self, id: ExprId, takes: Takes) -> Arg {
        let reduced = matches!(self.body.exprs[id.0].kind, ExprKind::Entry(_));
        let takes_number = matches!(takes, Takes::Values | Takes::Names);
        let id = if reduced && takes_number { self.reduced_number(id) } else { id };
        let expr = &self.body.exprs[id.0];
        let kind = if let ExprKind::Int(value) = &expr.kind {
            ArgKind::Literal(Literal::Int(*value))
        } else if let ExprKind::Str(bytes) = &expr.kind {
            ArgKind::Literal(Literal::Str(bytes.clone()))
        } else if let ExprKind::Bool(value) = &expr.kind {
            ArgKind::Literal(Literal::Bool(*value))
        } else if matches!(expr.kind, ExprKind::Type) {
            ArgKind::Type
        } else {
            ArgKind::Value
        };
        Arg { span: expr.span, ty: expr.ty.clone(), kind, handle: id.0, clock: self.clock(id) }
    }

    /// A map, or one of its entries, as the first argument of a word that takes maps.
    fn map_arg(&mut self, access: &ast::MapAccess, span: Span) -> Option<Arg> {
        let name = access.name.text.clone();
        let entry = access.keys.is_some();
        self.note_read(&name, span);
        let id = if entry {
            self.map_read(access, span)
        } else {
            let ty = self.map_value(&name).unwrap_or(Ty::Void);
            self.push(span, ty, ExprKind::WholeMap(name.clone()))
        };
        if matches!(self.body.exprs[id.0].kind, ExprKind::Nothing) {
            return None;
        }
        let value = self.map_value(&name);
        if entry && value.is_none() {
            return None;
        }
        let ty = value.clone().unwrap_or(Ty::Void);
        let map = MapArg { key: self.map_key(&name), value, entry, name };
        Some(Arg { span, ty, kind: ArgKind::Map(map), handle: id.0, clock: None })
    }

    fn word(
        &mut self,
        row: &'static Word,
        name: &str,
        (span, name_span): (Span, Span),
        args: Vec<Arg>,
    ) -> ExprId {
        // A key that follows a map is a use of that map.
        if let Some(Arg { kind: ArgKind::Map(map), span: map_span, .. }) = args.first()
            && row.takes == Takes::KeyedMaps
            && !map.entry
        {
            let keys: Vec<_> = args.iter().skip(1).map(|arg| ExprId(arg.handle)).collect();
            let key_span = args.get(1).map_or(*map_span, |arg| arg.span);
            let (map, map_span) = (map.name.clone(), *map_span);
            let before = self.c.problems.len();
            if !keys.is_empty() && !self.keys(&map, (map_span, key_span), &keys) {
                let found = self.c.problems.get_mut(before..).unwrap_or_default();
                for problem in found.iter_mut().filter(|it| it.code == Code::MixedMap) {
                    problem.compat = Some(functions::no_keys(name));
                }
                return self.nothing(span);
            }
        }
        let (name, given) = (name.to_owned(), stdlib::Given::Value);
        let mut call = Call { name, span, name_span, args, ty: Ty::Void, given };
        let before = self.c.problems.len();
        call.ty = (row.check)(&mut self.c, &call);
        let failed = diag::any_error(&self.c.problems[before..]);
        let constant = self.c.constant.take();
        let record = self.c.record.take();
        let clock = self.c.clock.take();
        if failed {
            return self.nothing(span);
        }
        if let Some(fields) = record {
            return self.known_record(span, fields);
        }
        if let Some(value) = constant {
            let kind = match value {
                Literal::Int(value) => ExprKind::Int(value),
                Literal::Bool(value) => ExprKind::Bool(value),
                Literal::Str(text) => ExprKind::Str(text),
            };
            return self.push(span, call.ty, kind);
        }
        let id = self.push(span, call.ty.clone(), ExprKind::Word(row, call));
        self.clocks.extend(clock.map(|clock| (id.0, clock)));
        id
    }

    /// `@m[k] = count()` and the like.
    pub(super) fn aggregate(
        &mut self,
        access: &ast::MapAccess,
        target_span: Span,
        call: &ast::Call,
        (row, span): (&'static Aggregation, Span),
    ) -> Option<StmtKind> {
        let entry = self.entry(access, target_span);
        if !self.right_arity(call, span, (row.usage, row.arity)) {
            return None;
        }
        let args = self.args(&call.args, Takes::Values)?;
        if args.iter().any(|arg| self.lacks_value(ExprId(arg.handle))) {
            return None;
        }
        if args.iter().any(|arg| arg.ty == Ty::Void) {
            return None;
        }
        let name = call.name.text.clone();
        let (name_span, given) = (call.name.span, stdlib::Given::Nothing);
        let call = Call { name, span, name_span, args, ty: Ty::Void, given };
        let reduce = (row.check)(&mut self.c, &call)?;
        let entry = entry?;
        self.widen_value(&entry.map, span, &Seen::fixed(Ty::Reduced(reduce)));
        if let (Reduce::Top(_), Some(item)) = (reduce, call.args.first()) {
            self.widen_item(&entry.map, item);
        }
        let reduce = match self.map_value(&entry.map) {
            Some(Ty::Reduced(joined)) => joined,
            _ => reduce,
        };
        Some(StmtKind::Aggregate { entry, row, reduce, call })
    }
}

fn misplaced(row: &Aggregation, span: Span) -> Diagnostic {
    let title = format!("`{}` can only be assigned to a map", row.name);
    let label = "its result has nowhere to go";
    let compat = format!("{}() must be assigned directly to a map", row.name);
    Diagnostic::new(Code::AggregationOutsideMap, span, title, label)
        .help(format!("write `@name = {};` or `@name[key] = {};`", row.usage, row.usage))
        .compat(compat)
}

fn is_function(name: &str) -> bool {
    functions::find(name).is_some()
        || aggregations::find(name).is_some()
        || stdlib::prelude::ALL.iter().any(|word| word.name == name)
}

fn unknown(name: &str, span: Span, own: &Functions) -> Diagnostic {
    let words = functions::ALL.iter().chain(builtins::ALL).map(|row| row.name);
    let known = words
        .chain(stdlib::prelude::ALL.iter().map(|word| word.name))
        .chain(aggregations::ALL.iter().map(|row| row.name))
        .chain(own.names());
    let help = match stdlib::nearest(name, known) {
        Some(near) => format!("did you mean `{near}()`?"),
        None => "`hawk help` lists the functions that there are".to_owned(),
    };
    let title = format!("unknown function `{name}`");
    Diagnostic::new(Code::UnknownFunction, span, title, "not found")
        .help(help)
        .compat(format!("Unknown function: '{name}'"))
}
