//! What was written, read again.

use std::time::Duration;

use ir::Side;
use prost::Message;

use super::{Kind, Trace, counters, slices};
use crate::{
    output::{Cell, Row, TableView},
    pictures::{Caption, Function, Line, Place, Sample, Samples, Timeline},
    value::Value,
};

fn caption() -> Caption {
    Caption { title: "@n[comm]".to_owned(), ..Caption::default() }
}

#[test]
fn counters_have_names_and_values() {
    let view = |values: &[(&'static [u8], i64)]| {
        let row = |(name, value): &(&'static [u8], i64)| Row {
            key: Value::Str { text: name, cut: false },
            value: Cell::Value(Value::Int(*value)),
        };
        TableView { rows: values.iter().map(row).collect(), ..TableView::EMPTY }
    };
    let mut timeline = Timeline::default();
    timeline.take(&view(&[(b"cat", 5)]), Duration::from_nanos(10));
    timeline.take(&view(&[(b"cat", 7), (b"dog", -1)]), Duration::from_nanos(20));
    let bytes = counters(&timeline, &caption(), 1000);
    let trace = Trace::decode(bytes.as_slice()).unwrap();
    let tracks: Vec<_> =
        trace.packet.iter().filter_map(|packet| packet.track_descriptor.as_ref()).collect();
    let name = |uuid: Option<u64>| {
        let track = tracks.iter().find(|track| track.uuid == uuid);
        track.and_then(|track| track.name.clone()).unwrap_or_default()
    };
    assert!(tracks.iter().skip(1).all(|track| track.counter.is_some()));
    assert!(tracks.iter().skip(1).all(|track| name(track.parent_uuid) == "@n[comm]"));
    let values: Vec<_> = trace
        .packet
        .iter()
        .filter_map(|packet| {
            let event = packet.track_event.as_ref()?;
            assert_eq!(event.kind(), Kind::Counter);
            let value = event.counter_value?;
            Some((packet.timestamp?, name(event.track_uuid), value))
        })
        .collect();
    let [cat, dog] = ["cat", "dog"].map(str::to_owned);
    assert_eq!(values, [(1010, cat.clone(), 5), (1020, cat, 7), (1020, dog, -1)]);
}

#[test]
fn slices_are_within_each_other() {
    let names = ["main", "left", "right"];
    let function = |name: &str| Function { name: name.into(), file: None, side: Side::User };
    let place = |function| Place {
        address: 0,
        module: None,
        lines: vec![Line { function, number: None, inlined: false }],
    };
    let sample = |stack: &[usize], value| Sample {
        labels: vec!["cat".into()],
        stack: stack.to_vec(),
        value,
    };
    let samples = Samples {
        functions: names.iter().map(|name| function(name)).collect(),
        places: (0..3).map(place).collect(),
        entries: vec![sample(&[0, 2], 3), sample(&[0], 2), sample(&[0, 1], 5)],
        negative: 0,
    };
    let bytes = slices(&samples, &caption(), 100);
    let trace = Trace::decode(bytes.as_slice()).unwrap();
    let mut open: Vec<(String, u64)> = Vec::new();
    let mut closed = Vec::new();
    for packet in &trace.packet {
        let Some(event) = &packet.track_event else { continue };
        let at = packet.timestamp.unwrap();
        if event.kind() == Kind::SliceBegin {
            open.push((event.name.clone().unwrap(), at));
        } else {
            let (name, start) = open.pop().unwrap();
            closed.push((open.len(), name, start, at));
        }
    }
    assert!(open.is_empty());
    let wanted = [
        (2, "left", 102, 107),
        (2, "right", 107, 110),
        (1, "main", 100, 110),
        (0, "cat", 100, 110),
    ];
    assert_eq!(
        closed,
        wanted.map(|(depth, name, from, to)| (depth, name.to_owned(), from, to))
    );
}
