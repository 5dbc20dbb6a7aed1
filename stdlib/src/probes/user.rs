//! `args` of functions of programs: fields whose values lie in registers and on the stack.

use std::sync::Arc;

use ir::{Access, Field, Record, Ty};

use crate::{Held, Kernel, Parameter, Piece, Unanswered, UserFunction};

/// The fields of `args`, with their places in the registers.
pub(super) fn fields(kernel: &dyn Kernel, function: &UserFunction) -> Vec<Field> {
    let parameters = function.parameters.iter();
    parameters.filter_map(|parameter| field(kernel, parameter)).collect()
}

/// There is no debug information.
pub(super) fn without(path: &str, function: &str) -> Unanswered {
    Unanswered {
        problem: format!("`{path}` has no debug information on `{function}`"),
        help: Some(
            "compile it with `-g`, or install its debug symbols; `arg0`, `arg1`, … work without"
                .to_owned(),
        ),
    }
}

/// None for what cannot be read: numbers in registers for floating-point numbers, and what is
/// divided in a way that no field can say.
pub(super) fn field(kernel: &dyn Kernel, parameter: &Parameter) -> Option<Field> {
    let Parameter { name, ty, held } = parameter;
    if *ty == Ty::Void {
        return None;
    }
    let (ty, offset, access) = match held {
        Held::Nowhere => return None,
        Held::Stack(at) => {
            (ty.clone(), kernel.register("sp")?, Access::Through(i32::try_from(*at).ok()?))
        }
        Held::At { register, offset } => {
            (ty.clone(), kernel.register(register)?, Access::Through(*offset))
        }
        Held::Behind(register) => (ty.clone(), kernel.register(register)?, Access::Through(0)),
        Held::Pieces(pieces) => {
            let places = pieces
                .iter()
                .map(|piece| Some((piece, kernel.register(&piece.register)?)))
                .collect::<Option<Vec<_>>>()?;
            let (ty, offset) = scattered(ty, &places)?;
            (ty, offset, Access::Plain)
        }
    };
    Some(Field { name: name.clone(), ty, offset, bits: None, access })
}

/// A value whose pieces lie in registers, which are in the order of the context: of a record, the
/// fields get the places where they are, and it spans all of these.
fn scattered(ty: &Ty, places: &[(&Piece, u32)]) -> Option<(Ty, u32)> {
    // A value that is whole in one register, as nearly all are.
    if let Some(at) = whole(0, ty.size(), places) {
        return Some((ty.clone(), at));
    }
    let Ty::Record(record) = ty else { return None };
    let mut fields = Vec::new();
    gather(record, 0, places, &mut fields);
    let start = fields.iter().map(|field| field.offset).min()?;
    let end = fields.iter().map(|field| field.offset + field.ty.size()).max()?;
    for field in &mut fields {
        field.offset -= start;
    }
    let record = Record { name: record.name.clone(), fields, size: end - start, align: 1 };
    Some((Ty::Record(Arc::new(record)), start))
}

/// The fields of a record at byte `base` of the value, at their places in the context.
fn gather(record: &Record, base: u32, places: &[(&Piece, u32)], out: &mut Vec<Field>) {
    for field in &record.fields {
        let at = base + field.offset;
        if let Some(offset) = whole(at, field.ty.size(), places) {
            out.push(Field { offset, ..field.clone() });
        } else if let Ty::Record(inner) = &field.ty {
            let mut fields = Vec::new();
            gather(inner, at, places, &mut fields);
            let Some(start) = fields.iter().map(|it| it.offset).min() else { continue };
            let end = fields.iter().map(|it| it.offset + it.ty.size()).max().unwrap_or(start);
            for it in &mut fields {
                it.offset -= start;
            }
            let inner =
                Record { name: inner.name.clone(), fields, size: end - start, align: 1 };
            out.push(Field { offset: start, ty: Ty::Record(Arc::new(inner)), ..field.clone() });
        }
    }
}

/// Where in the context the bytes from `at` of the value are, if one register has them all.
fn whole(at: u32, size: u32, places: &[(&Piece, u32)]) -> Option<u32> {
    let (piece, offset) = places
        .iter()
        .find(|(piece, _)| at >= piece.at && at + size <= piece.at + piece.size)?;
    Some(offset + (at - piece.at))
}
