//! Pictures of maps, from the bytes of their entries to what is in the file.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use common::{Fixed, table};
use ir::{Packed, Reduce, Side, Sign, Stack, StackMode, Table, Ty};
use quick_xml::{Reader, events::Event};
use runtime::pictures::{self, Caption, Form, Samples, Unfit};

fn stack(side: Side) -> Ty {
    Ty::Packed(Packed::Stack(Stack { side, mode: StackMode::Bpftrace, limit: 127 }))
}

/// `@t[kstack, ustack, comm]`
fn profile(value: Ty) -> Table {
    table(Some(Ty::Tuple(vec![stack(Side::Kernel), stack(Side::User), Ty::Str(16)])), value)
}

/// The numbers of both stacks and the name.
fn key(kernel: u64, user: u64, name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for number in [kernel, user] {
        bytes.extend_from_slice(&number.to_le_bytes());
        bytes.extend_from_slice(&[0; 8]);
    }
    bytes.extend_from_slice(name.as_bytes());
    bytes.resize(48, 0);
    bytes
}

/// The cells of two CPUs.
fn cells(first: u64, second: u64) -> Vec<u8> {
    [first, second].iter().flat_map(|word| word.to_le_bytes()).collect()
}

fn samples(table: &Table, entries: &[(Vec<u8>, Vec<u8>)]) -> Samples {
    let entries = entries.iter().map(|(key, value)| (key.as_slice(), value.as_slice()));
    Samples::of(table, entries, &Fixed)
}

fn caption() -> Caption {
    Caption { title: "@t[a < b & \"c\"]".into(), unit: "samples".into(), labels: Vec::new() }
}

/// The texts of all elements of that name; fails if it is not XML.
fn elements(svg: &[u8], wanted: &str) -> Vec<String> {
    let mut reader = Reader::from_reader(svg);
    reader.config_mut().check_end_names = true;
    let (mut found, mut inside) = (Vec::new(), None::<String>);
    loop {
        let event = reader.read_event().unwrap();
        if let Event::Eof = event {
            return found;
        } else if let Event::Start(start) = &event
            && start.name().as_ref() == wanted.as_bytes()
        {
            inside = Some(String::new());
        } else if let Event::End(end) = &event
            && end.name().as_ref() == wanted.as_bytes()
        {
            found.extend(inside.take());
        } else if let Some(all) = &mut inside {
            if let Event::Text(text) = &event {
                *all += &text.decode().unwrap();
            } else if let Event::GeneralRef(name) = &event {
                let name = name.decode().unwrap();
                *all += quick_xml::escape::resolve_predefined_entity(&name).unwrap();
            }
        }
    }
}

#[test]
fn stacks_are_folded() {
    let table = profile(Ty::Reduced(Reduce::Count));
    let entries = [
        (key(1, 1, "cat"), cells(2, 3)),
        // Another stack with the same functions.
        (key(1, 1, "cat"), cells(0, 1)),
        (key(0, 2, "dog; 12"), cells(1, 0)),
        (key(2, 0, "bird\x1b\n7"), cells(1, 0)),
        (key(0, 0, "kworker/0 1"), cells(4, 0)),
        (key(0, 0, ""), cells(5, 0)),
        (key(0, 1, "never"), cells(0, 0)),
    ];
    let samples = samples(&table, &entries);
    assert_eq!(samples.total(), 17);
    let lines = "[no name];[no stack] 5
bird\\x1b\\x0a7;[unwind failure]_[k];[unknown]_[k];vfs_read_[k] 1
cat;main;middle;inner<A: B>_[i];[unknown]_[k];vfs_read_[k] 6
dog:_12;[unwind failure];main;middle;inner<A: B>_[i] 1
kworker/0_1;[no stack] 4
";
    assert_eq!(pictures::folded(&samples), lines);
}

#[test]
fn values_are_those_that_add_up() {
    let at = |value: u64| vec![(key(0, 1, "a"), cells(value, 0))];
    let folded = |value: Ty, entries: &[(Vec<u8>, Vec<u8>)]| {
        let samples = samples(&profile(value), entries);
        let text = pictures::folded(&samples);
        let count = text.trim_end().rsplit_once(' ').map(|(_, count)| count.to_owned());
        (count.unwrap_or_default(), samples.negative)
    };
    let none = String::new();
    assert_eq!(folded(Ty::I64, &at(7)), ("7".to_owned(), 0));
    assert_eq!(folded(Ty::I64, &at(-7_i64 as u64)), (none.clone(), 1));
    let sum = Ty::Reduced(Reduce::Sum(Sign::Signed));
    assert_eq!(folded(sum.clone(), &at(9)), ("9".to_owned(), 0));
    assert_eq!(folded(sum, &at(-1_i64 as u64)), (none, 1));
    // Sum and count.
    let stats = Ty::Reduced(Reduce::Stats(Sign::Unsigned));
    assert_eq!(folded(stats, &[(key(0, 1, "a"), cells(30, 2))]), ("30".to_owned(), 0));
}

#[test]
fn maps_that_can_be_drawn() {
    let count = Ty::Reduced(Reduce::Count);
    let hist = Ty::Reduced(Reduce::Log2 { bits: 0 });
    assert_eq!(Form::Flame.fits(&profile(count.clone())), Ok(()));
    assert_eq!(
        Form::Folded.fits(&table(Some(Ty::Str(16)), count.clone())),
        Err(Unfit::NoStack)
    );
    assert_eq!(Form::Pprof.fits(&profile(hist.clone())), Err(Unfit::NoSum));
    let mean = Ty::Reduced(Reduce::Mean(Sign::Signed));
    assert_eq!(Form::Flame.fits(&profile(mean)), Err(Unfit::NoSum));
    assert_eq!(Form::HeatMap.fits(&table(Some(Ty::Str(16)), hist)), Ok(()));
    assert_eq!(Form::HeatMap.fits(&profile(count)), Err(Unfit::NoHistogram));
}

#[test]
fn flame_graphs_have_the_frames() {
    let table = profile(Ty::Reduced(Reduce::Count));
    let entries = [(key(1, 1, "c<at>&"), cells(2, 3)), (key(0, 1, "dog"), cells(1, 0))];
    let samples = samples(&table, &entries);
    let svg = pictures::flame(&samples, &caption()).unwrap();
    let titles = elements(&svg, "title");
    for wanted in [
        "all (6 samples, 100%)",
        "c<at>& (5 samples, 83.33%)",
        "dog (1 samples, 16.67%)",
        "main (5 samples, 83.33%)",
        "inner<A: B> (1 samples, 16.67%)",
        "vfs_read (5 samples, 83.33%)",
    ] {
        assert!(titles.iter().any(|title| title == wanted), "no {wanted} in {titles:?}");
    }
    let texts = elements(&svg, "text");
    assert!(texts.iter().any(|text| text == &caption().title), "no title in {texts:?}");
    assert_eq!(
        svg,
        pictures::flame(&samples, &caption()).unwrap(),
        "equal runs, equal pictures"
    );
}

#[test]
fn where_nothing_was_counted() {
    let samples = samples(&profile(Ty::Reduced(Reduce::Count)), &[]);
    let texts = elements(&pictures::flame(&samples, &caption()).unwrap(), "text");
    assert_eq!(texts, [caption().title.as_str(), "nothing was counted"]);
    assert_eq!(pictures::folded(&samples), "");
}
