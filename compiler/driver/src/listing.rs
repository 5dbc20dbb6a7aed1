//! `--sort` and `--top`: how maps are printed where the script does not say it itself.

use ir::{IdVec, Program, Table, TableId};
use runtime::{
    Listing,
    output::{Column, Limits, Order},
};

use crate::pipeline::Failure;

/// What an option says, of one map or of all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Of<T> {
    /// The map, with its `@`; none for all.
    map: Option<String>,
    what: T,
}

/// The value of `--sort`: `[@MAP=][-]COLUMN`.
///
/// # Errors
///
/// Returns what is wrong with it.
pub(crate) fn sort(text: &str) -> Result<Of<Order>, String> {
    let (map, text) = split(text)?;
    let (descending, name) = match text.strip_prefix('-') {
        Some(name) => (true, name),
        None => (false, text),
    };
    let Some(column) = Column::named(name) else {
        let names = Column::names().collect::<Vec<_>>().join(", ");
        return Err(format!("maps are sorted by one of {names}; `-` before it reverses"));
    };
    Ok(Of { map, what: Order { column, descending } })
}

/// The value of `--top`: `[@MAP=]COUNT`.
///
/// # Errors
///
/// Returns what is wrong with it.
pub(crate) fn top(text: &str) -> Result<Of<u64>, String> {
    let (map, text) = split(text)?;
    match text.parse() {
        Ok(what) => Ok(Of { map, what }),
        Err(_) => Err("how many entries? a number, or @MAP=NUMBER".to_owned()),
    }
}

fn split(text: &str) -> Result<(Option<String>, &str), String> {
    match text.split_once('=') {
        None => Ok((None, text)),
        Some((map, rest)) if map.starts_with('@') => Ok((Some(map.to_owned()), rest)),
        Some((map, _)) => Err(format!("maps are written with their @: @{map}=…")),
    }
}

/// Both options against the maps of `program`. What is said of one map wins over what is said of
/// all, and of the same the last.
///
/// # Errors
///
/// Returns what the program has not.
pub(crate) fn listing(
    program: &Program,
    sorts: &[Of<Order>],
    tops: &[Of<u64>],
) -> Result<Listing, Failure> {
    for sort in sorts {
        check(&program.tables, sort)?;
    }
    for top in tops {
        known(&program.tables, top.map.as_deref())?;
    }
    let limits = |table: &Table| {
        let orders = sorts.iter().filter(|sort| sort.what.column.is_of(&table.value));
        Limits {
            top: chosen(tops.iter(), &table.name).copied().unwrap_or_default(),
            order: chosen(orders, &table.name).copied(),
            ..Limits::default()
        }
    };
    Ok(Listing::new(program.tables.iter().map(|(id, table)| (id, limits(table))).collect()))
}

fn chosen<'o, T: 'o>(
    options: impl DoubleEndedIterator<Item = &'o Of<T>> + Clone,
    name: &str,
) -> Option<&'o T> {
    let of = |map: Option<&str>| options.clone().rfind(|option| option.map.as_deref() == map);
    of(Some(name)).or_else(|| of(None)).map(|option| &option.what)
}

type Tables = IdVec<TableId, Table>;

fn check(tables: &Tables, sort: &Of<Order>) -> Result<(), Failure> {
    known(tables, sort.map.as_deref())?;
    let column = sort.what.column;
    let named = |table: &&Table| sort.map.as_ref().is_none_or(|map| *map == table.name);
    let mut asked = tables.values().filter(named);
    if matches!(column, Column::Value) || asked.clone().any(|table| column.is_of(&table.value))
    {
        return Ok(());
    }
    let Some(table) = asked.next() else { return Ok(()) };
    let of = |table: &Table| {
        let columns = Column::names()
            .filter(|name| Column::named(name).is_some_and(|it| it.is_of(&table.value)));
        format!("{} has {}", table.name, columns.collect::<Vec<_>>().join(", "))
    };
    let name = Column::names().find(|name| Column::named(name) == Some(column));
    let name = name.unwrap_or_default();
    let text = match &sort.map {
        Some(map) => format!("{map} has no `{name}` to be sorted by"),
        None => format!("no map of this program has a `{name}` to be sorted by"),
    };
    Err(Failure::Listing { text, help: of(table) })
}

/// Whether there is a map of that name.
pub(crate) fn known(tables: &Tables, map: Option<&str>) -> Result<(), Failure> {
    let Some(map) = map else { return Ok(()) };
    if tables.values().any(|table| table.name == map) {
        return Ok(());
    }
    let names: Vec<_> = tables.values().map(|table| table.name.as_str()).collect();
    let help = match (stdlib::nearest(map, names.iter().copied()), names.as_slice()) {
        (_, []) => "it has no maps".to_owned(),
        (Some(near), _) => format!("did you mean {near}?"),
        (None, _) => format!("it has {}", names.join(", ")),
    };
    Err(Failure::Listing { text: format!("this program has no map {map}"), help })
}

#[cfg(test)]
mod tests {
    use super::{Of, sort, top};
    use runtime::output::{Column, Order};

    #[test]
    fn values_of_the_options() {
        let order = |column, descending| Order { column, descending };
        let of = |map: &str, what| Of { map: Some(map.to_owned()), what };
        assert_eq!(sort("key"), Ok(Of { map: None, what: order(Column::Key, false) }));
        assert_eq!(sort("@=-value"), Ok(of("@", order(Column::Value, true))));
        assert_eq!(sort("@a=p99"), Ok(of("@a", order(Column::Quantile(2), false))));
        assert_eq!(top("@a=0"), Ok(Of { map: Some("@a".to_owned()), what: 0 }));
        assert!(sort("a=key").is_err() && sort("size").is_err() && sort("").is_err());
        assert!(top("-1").is_err() && top("@a").is_err());
    }
}
