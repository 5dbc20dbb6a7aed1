//! Functions, and what they take and give.

use gimli::AttributeValue;
use ir::Ty;
use stdlib::{Held, Parameter, UserFunction};

use super::{
    convention::{self, Rules},
    leaves, location,
    reader::{Die, Reader},
    types,
};

/// The function that starts at `address`, whose symbol is `symbol`.
pub(super) fn at<'d>(reader: &Reader<'d>, address: u64, symbol: &str) -> Option<UserFunction> {
    let die = find(reader, address)?;
    let root = reader.root(&die.unit)?;
    let rules = rules(reader, &root)?;
    let parameters: Vec<_> = reader
        .children(&die)
        .into_iter()
        .filter(|it| it.tag() == gimli::DW_TAG_formal_parameter)
        // Results of Go.
        .filter(|it| !reader.is(it, gimli::DW_AT_variable_parameter))
        .collect();
    let layouts: Vec<_> =
        parameters.iter().map(|it| leaves::layout(reader, reader.ty(it))).collect();
    let result = reader.ty(&die).and_then(|ty| leaves::layout(reader, Some(ty)));
    let mut places = convention::places(rules, result.as_ref(), &layouts);
    // Go's rules hold for all of its code, and its lists leave out what is not used.
    let follows = if rules == Rules::Go { &[] } else { parameters.as_slice() };
    for (die, place) in follows.iter().zip(&mut places) {
        match location::at_entry(reader, die, address) {
            Some(told) => *place = told,
            None if may_be_gone(reader, &root, symbol) && !has_fixed_place(die) => {
                *place = Held::Nowhere;
            }
            None => {}
        }
    }
    let parameter = |(die, held): (&Die<'d>, Held)| {
        let ty = types::of(reader, die)?;
        Some(Parameter { name: reader.name(die)?, ty, held })
    };
    let parameters = parameters.iter().zip(places).filter_map(parameter).collect();
    let returns = types::of(reader, &die).unwrap_or(Ty::Void);
    Some(UserFunction { parameters, returns })
}

/// Code that is not optimized has all parameters at one place of the stack.
fn has_fixed_place(die: &Die<'_>) -> bool {
    matches!(
        die.entry.attr_value(gimli::DW_AT_location),
        Some(AttributeValue::Exprloc(expression)) if !expression.0.is_empty()
    )
}

/// Whether the compiler may have changed what the function takes, so that a parameter of which it
/// tells nothing may not be there.
fn may_be_gone<'d>(reader: &Reader<'d>, root: &Die<'d>, symbol: &str) -> bool {
    let changed = [".isra.", ".constprop.", ".part."].iter().any(|it| symbol.contains(it));
    let maker = reader.owner(root, gimli::DW_AT_producer).and_then(|owner| {
        let value = owner.entry.attr_value(gimli::DW_AT_producer)?;
        let text = reader.dwarf.attr_string(&owner.unit, value).ok()?;
        Some(text.to_string_lossy().into_owned())
    });
    changed || maker.is_some_and(|maker| maker.contains("clang") || maker.contains("rustc"))
}

fn rules<'d>(reader: &Reader<'d>, root: &Die<'d>) -> Option<Rules> {
    let language = reader.attribute(root, gimli::DW_AT_language)?;
    let AttributeValue::Language(language) = language else { return None };
    Some(match language {
        gimli::DW_LANG_Rust => Rules::Rust,
        gimli::DW_LANG_Go => Rules::Go,
        _ => Rules::C,
    })
}

/// The entry of the function that starts at `address`.
fn find<'d>(reader: &Reader<'d>, address: u64) -> Option<Die<'d>> {
    reader.headers().iter().find_map(|header| {
        let unit = reader.unit(header)?;
        let mut ranges = reader.dwarf.unit_ranges(&unit).ok()?;
        let mut covers = false;
        while let Ok(Some(range)) = ranges.next() {
            covers |= (range.begin..range.end).contains(&address);
        }
        if !covers {
            return None;
        }
        let mut entries = unit.entries();
        while let Ok(Some(entry)) = entries.next_dfs() {
            if entry.tag() == gimli::DW_TAG_subprogram
                && let Some(start) = entry.attr_value(gimli::DW_AT_low_pc)
                && reader.dwarf.attr_address(&unit, start) == Ok(Some(address))
            {
                return reader.in_unit(&unit, entry.offset());
            }
        }
        None
    })
}
