//! What columns hold, and how they look.

use std::time::Duration;

use ir::{Reduce, Ty};

use super::{HeatMap, MOST_COLUMNS, draw};
use crate::{
    output::{Cell, Row, TableView},
    pictures::Caption,
    reduce::Reduced,
    value::Value,
};

const HIST: Ty = Ty::Reduced(Reduce::Log2 { bits: 0 });

/// A map whose keys have these buckets.
fn view(keys: &[&[u64]]) -> TableView<'static> {
    let row = |(index, counts): (usize, &&[u64])| {
        let mut buckets = vec![0; 68];
        buckets[..counts.len()].copy_from_slice(counts);
        let value = Cell::Reduced(Reduced::Log2 { bits: 0, buckets });
        Row { key: Value::Uint(index as u64), value }
    };
    let rows = keys.iter().enumerate().map(row).collect();
    TableView { name: "@h", ty: &HIST, keyed: true, rows, ..TableView::EMPTY }
}

const fn at(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// Start, end and counts of a column.
type Shown = (u128, u128, Vec<(usize, u64)>);

fn columns(heat: &HeatMap) -> Vec<Shown> {
    let column = |column: &super::Column| {
        let counts = column.counts.iter().map(|(index, count)| (*index, *count));
        (column.start.as_millis(), column.end.as_millis(), counts.collect())
    };
    heat.columns().iter().map(column).collect()
}

#[test]
fn a_column_is_what_was_added() {
    let mut heat = HeatMap::default();
    heat.take(&view(&[&[0, 0, 3]]), at(1000));
    // Nothing was cleared; another key came.
    heat.take(&view(&[&[0, 0, 3, 1], &[0, 0, 2]]), at(2000));
    heat.take(&view(&[&[0, 0, 3, 1], &[0, 0, 2]]), at(3000));
    heat.clear();
    heat.take(&view(&[&[0, 0, 4]]), at(4000));
    // A key was deleted.
    heat.take(&view(&[&[0, 0, 1, 7]]), at(5000));
    heat.take_rest(&view(&[&[0, 0, 1, 7]]), at(5500));
    assert_eq!(
        columns(&heat),
        [
            (0, 1000, vec![(2, 3)]),
            (1000, 2000, vec![(2, 2), (3, 1)]),
            (2000, 3000, vec![]),
            (3000, 4000, vec![(2, 4)]),
            (4000, 5000, vec![(3, 7)]),
        ]
    );
    heat.take_rest(&view(&[&[0, 0, 1, 8]]), at(6000));
    assert_eq!(columns(&heat).last(), Some(&(5000, 6000, vec![(3, 1)])));
}

#[test]
fn there_are_never_too_many() {
    let mut heat = HeatMap::default();
    let moments = 20 * MOST_COLUMNS as u64;
    for moment in 1..=moments {
        heat.take(&view(&[&[moment]]), at(moment));
        assert!(heat.columns().len() <= MOST_COLUMNS);
    }
    let columns = columns(&heat);
    assert!(columns.len() > MOST_COLUMNS / 4, "only {} are left", columns.len());
    let total: u64 = columns.iter().flat_map(|(.., counts)| counts).map(|(_, it)| it).sum();
    assert_eq!(total, moments, "nothing is lost");
    let gapless = columns.windows(2).all(|pair| pair[0].1 == pair[1].0);
    assert!(gapless && columns.last().is_some_and(|last| last.1 == u128::from(moments)));
}

/// Values of an attribute of all cells.
fn cells(svg: &str, attribute: &str) -> Vec<String> {
    let start = format!("{attribute}=\"");
    let cells = svg.lines().filter(|line| line.starts_with("<rect class=\"cell\""));
    cells
        .filter_map(|line| Some(line.split_once(&start)?.1.split_once('"')?.0.to_owned()))
        .collect()
}

#[test]
fn cells_are_where_they_belong() {
    let mut heat = HeatMap::default();
    heat.take(&view(&[&[0, 0, 1, 0, 100]]), at(1000));
    heat.take(&view(&[&[0, 0, 2, 0, 100]]), at(2000));
    let caption = Caption { title: "@h[a<b]".to_owned(), ..Caption::default() };
    let svg = String::from_utf8_lossy(&draw(&heat, &caption)).into_owned();
    assert!(
        svg.contains(">@h[a&lt;b]</text>") && svg.contains("102 samples in 2.0 s"),
        "{svg}"
    );
    assert_eq!(cells(&svg, "x"), ["130.00", "130.00", "610.00"]);
    // Three rows: the middle one has no cells.
    assert_eq!(cells(&svg, "y"), ["102.00", "58.00", "102.00"]);
    let colors = cells(&svg, "fill");
    assert_eq!((colors[0].as_str(), &colors[1]), (colors[2].as_str(), &"#67000d".to_owned()));
    let titles: Vec<_> = svg.lines().filter_map(|line| line.split_once("<title>")).collect();
    assert!(titles[0].1.starts_with("1 sample in [1], 0.0–1.0 s"), "{titles:?}");
    assert!(titles[1].1.starts_with("100 samples in [4, 8), 0.0–1.0 s"), "{titles:?}");
    assert!(titles[2].1.starts_with("1 sample in [1], 1.0–2.0 s"), "{titles:?}");
}

#[test]
fn many_buckets_share_rows() {
    let mut heat = HeatMap::default();
    let buckets = vec![1; 1002];
    let value = Reduced::Linear { min: 0, max: 1000, step: 1, buckets };
    let rows = vec![Row { key: Value::None, value: Cell::Reduced(value) }];
    heat.take(&TableView { rows, ..TableView::EMPTY }, at(1000));
    let svg = draw(&heat, &Caption::default());
    let svg = String::from_utf8_lossy(&svg);
    assert_eq!(cells(&svg, "y").len(), 1002_usize.div_ceil(5));
    assert!(svg.contains("<title>5 samples in (..., 0) … [3, 4), 0.0–1.0 s"), "{svg}");
}

#[test]
fn an_empty_one_says_so() {
    let svg = draw(&HeatMap::default(), &Caption::default());
    assert!(String::from_utf8_lossy(&svg).contains("no samples"));
}
