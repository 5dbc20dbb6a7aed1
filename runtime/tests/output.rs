//! Text and JSON of values and tables, to the byte: the examples of the dialect's reference and
//! what the newest bpftrace prints for the same programs.

mod common;

use common::{both, json, keyed, samples, scalar, string, text, tuple};
use ir::{Reduce, Sign, Ty};
use runtime::{
    output::{Cell, Limits, LossLine, Lost, Message, MessageKind, Position, Style, TableView},
    value::Value,
};

const NONE: Limits = Limits { top: 0, div: 0, order: None };
const STATS: Reduce = Reduce::Stats(Sign::Signed);
const MEAN: Reduce = Reduce::Mean(Sign::Signed);
const HIST: Reduce = Reduce::Log2 { bits: 0 };

fn int(value: i64) -> Cell<'static> {
    Cell::Value(Value::Int(value))
}

fn table(view: &TableView<'_>, limits: Limits) -> (String, String) {
    both(|output| output.table(view, limits))
}

#[test]
fn values() {
    let record = || Value::Record(vec![("a", Value::Int(1)), ("b", Value::Int(2))]);
    let array = || Value::Array(vec![Value::Int(1), Value::Int(2), Value::Int(3)]);
    let nested =
        Value::Record(vec![("a", Value::Int(1)), ("b", tuple([array(), string("x")]))]);
    #[rustfmt::skip]
    let cases = [
        (Value::Int(-5), "-5", "-5"),
        (Value::Int(i64::MIN), "-9223372036854775808", "-9223372036854775808"),
        (Value::Int(-9_223_372_036_854_775_807), "-9223372036854775807", "\"-9223372036854775807\""),
        (Value::Int(1 << 60), "1152921504606846976", "1152921504606846976"),
        (Value::Int(9_007_199_254_740_992), "9007199254740992", "9007199254740992"),
        (Value::Int(9_007_199_254_740_993), "9007199254740993", "\"9007199254740993\""),
        (Value::Uint(u64::MAX), "18446744073709551615", "\"18446744073709551615\""),
        (Value::Bool(true), "true", "true"),
        (Value::Bool(false), "false", "false"),
        (Value::None, "null", "null"),
        (string("hello"), "hello", "\"hello\""),
        (string(""), "", "\"\""),
        (string("a\"b\\\u{1}\n"), "a\"b\\\u{1}\n", "\"a\\\"b\\\\\\u0001\\n\""),
        (Value::Str { text: b"abcd", cut: true }, "abcd..", "\"abcd..\""),
        (tuple([Value::Int(1), Value::Int(2), string("hello")]), "(1, 2, hello)", "[1,2,\"hello\"]"),
        (tuple([Value::Int(1), tuple([Value::Int(2), string("x")])]), "(1, (2, x))", "[1,[2,\"x\"]]"),
        (tuple([Value::Int(1)]), "(1)", "[1]"),
        (tuple([]), "()", "[]"),
        (array(), "[1,2,3]", "[1,2,3]"),
        (record(), "{ .a = 1, .b = 2 }", "{\"a\": 1, \"b\": 2}"),
        (Value::Record(vec![]), "{}", "{}"),
        (Value::Record(vec![("f", Value::None)]), "{ .f = null }", "{\"f\": null}"),
        (tuple([Value::Int(1), record()]), "(1, { .a = 1, .b = 2 })", "[1,{\"a\": 1, \"b\": 2}]"),
        (nested, "{ .a = 1, .b = ([1,2,3], x) }", "{\"a\": 1, \"b\": [[1,2,3],\"x\"]}"),
        (Value::Pointer(0x1000), "0x1000", "4096"),
        (Value::Pointer(0xffff_8880_0000_0001), "0xffff888000000001", "\"18446612682070032385\""),
        (Value::Enum { number: 1, name: Some("TCP_ESTABLISHED") }, "TCP_ESTABLISHED", "1"),
        (Value::Enum { number: -7, name: None }, "-7", "-7"),
        (Value::Symbol { number: 1, text: "vfs_read".into() }, "vfs_read", "\"vfs_read\""),
        (Value::Bytes(b"a\x01\xff\\"), "a\\x01\\xff\\", "[97,1,-1,92]"),
    ];
    for (value, plain, encoded) in cases {
        let (found, found_json) = both(|output| output.value(&value));
        assert_eq!(found, format!("{plain}\n"));
        assert_eq!(found_json, format!("{{\"type\": \"value\", \"data\": {encoded}}}\n"));
    }
}

#[test]
fn whatever_is_no_utf8_stays_valid_json() {
    let value = Value::Str { text: b"a\xc3(\xff\x00\x1b", cut: false };
    let found = json(|output| output.value(&value));
    assert_eq!(
        found,
        "{\"type\": \"value\", \"data\": \"a\u{fffd}(\u{fffd}\\u0000\\u001b\"}\n"
    );
}

#[test]
fn terminals_get_no_control_characters() {
    let value = Value::Str { text: b"\x1b[2Jh\xc3\xa9\xff\n\xc2\x9b", cut: false };
    let symbol = Value::Symbol { number: 1, text: "a\u{7}".into() };
    for (escape, expected) in [
        (true, &b"\\x1b[2Jh\xc3\xa9\\xff\\x0a\\xc2\\x9b\na\\x07\n"[..]),
        (false, &b"\x1b[2Jh\xc3\xa9\xff\n\xc2\x9b\na\x07\n"[..]),
    ] {
        let style = Style { escape, ..Style::default() };
        let (found, _) = text(style, |output| {
            output.value(&value)?;
            output.value(&symbol)
        });
        assert_eq!(found, expected);
    }
}

#[test]
fn the_example_of_the_reference() {
    let count = Ty::Reduced(Reduce::Count);
    let stats = Ty::Reduced(STATS);
    let key = |name, number| tuple([string(name), Value::Int(number)]);
    let counted = |number| samples(Reduce::Count, &vec![0; number]);
    let rows = [(key("sshd", 22), counted(7)), (key("bash", 10), counted(1))];
    let cnt = keyed("@cnt", &count, rows);
    let start = scalar("@start", &Ty::I64, int(12));
    let st = keyed("@st", &stats, [(string("read"), samples(STATS, &[4, 8]))]);
    let (found, found_json) = both(|output| {
        output.table(&start, NONE)?;
        output.table(&cnt, NONE)?;
        output.table(&st, NONE)
    });
    assert_eq!(
        found,
        "@start: 12\n@cnt[bash, 10]: 1\n@cnt[sshd, 22]: 7\n\
         @st[read]: { .count = 2, .average = 6, .total = 12 }\n"
    );
    assert_eq!(
        found_json,
        "{\"type\": \"map\", \"data\": {\"@start\": 12}}\n\
         {\"type\": \"map\", \"data\": {\"@cnt\": {\"bash,10\": 1, \"sshd,22\": 7}}}\n\
         {\"type\": \"stats\", \"data\": {\"@st\": {\"read\": {\"count\": 2, \"average\": 6, \
         \"total\": 12}}}}\n"
    );
}

#[test]
fn keys() {
    let record = Value::Record(vec![("a", Value::Int(1)), ("b", string("s"))]);
    #[rustfmt::skip]
    let cases = [
        (Value::Int(1), "1", "1"),
        (string("a\"b"), "a\"b", "a\\\"b"),
        (tuple([string("bpftrace"), Value::Int(2)]), "bpftrace, 2", "bpftrace,2"),
        (tuple([Value::Int(1), tuple([Value::Int(2), string("x")])]), "1, (2, x)", "1,(2,x)"),
        (record, "{ .a = 1, .b = s }", "{.a=1,.b=s}"),
        (Value::Pointer(0x1000), "0x1000", "0x1000"),
        (Value::Bool(true), "true", "true"),
        (Value::Enum { number: 1, name: Some("A") }, "A", "A"),
        (Value::Bytes(b"a\x01"), "a\\x01", "a\\\\x01"),
        (Value::Uint(u64::MAX), "18446744073709551615", "18446744073709551615"),
        (Value::Symbol { number: 1, text: "vfs_read".into() }, "vfs_read", "vfs_read"),
    ];
    for (key, plain, encoded) in cases {
        let view = keyed("@m", &Ty::I64, [(key, int(-5))]);
        let (found, found_json) = table(&view, NONE);
        assert_eq!(found, format!("@m[{plain}]: -5\n"));
        assert_eq!(
            found_json,
            format!("{{\"type\": \"map\", \"data\": {{\"@m\": {{\"{encoded}\": -5}}}}}}\n")
        );
    }
}

#[test]
fn order_of_entries() {
    let order = |ty: &Ty, rows: Vec<(Value<'static>, Cell<'static>)>| -> String {
        let (found, _) = table(&keyed("@", ty, rows), NONE);
        let keys = found.lines().filter_map(|line| line.strip_prefix("@[")?.split(']').next());
        keys.collect::<Vec<_>>().join(" ")
    };
    let number = |key: i64, value: i64| (Value::Int(key), int(value));
    assert_eq!(order(&Ty::I64, vec![number(1, 5), number(2, -5), number(3, 0)]), "2 3 1");
    // Equal values are ordered by key.
    assert_eq!(order(&Ty::I64, vec![number(10, 5), number(-2, 5), number(3, 5)]), "-2 3 10");
    let unsigned = |key, value| (Value::Int(key), Cell::Value(Value::Uint(value)));
    assert_eq!(order(&Ty::U64, vec![unsigned(1, u64::MAX), unsigned(2, 1)]), "2 1");
    let text = |key, value| (Value::Int(key), Cell::Value(string(value)));
    assert_eq!(order(&Ty::Str(4), vec![text(2, "a"), text(-1, "b"), text(10, "c")]), "-1 2 10");
    let named = |key: &'static str| (string(key), Cell::Value(string("x")));
    assert_eq!(order(&Ty::Str(4), vec![named("b"), named("B"), named("ab")]), "B ab b");
    let pair = |one: &'static str, two| {
        (tuple([string(one), Value::Int(two)]), Cell::Value(Value::Bool(true)))
    };
    let pairs = vec![pair("b", 1), pair("a", 10), pair("a", -2)];
    assert_eq!(order(&Ty::Bool, pairs), "a, -2 a, 10 b, 1");
    // Long keys that begin alike.
    let long = |key: &'static str, number| {
        (tuple([string(key), Value::Uint(number)]), Cell::Value(Value::Bool(true)))
    };
    let alike = "the same twenty-four bytes";
    let rows = vec![long(alike, 11), long(alike, 2), long("the same", 3)];
    let expected = format!("the same, 3 {alike}, 2 {alike}, 11");
    assert_eq!(order(&Ty::Bool, rows), expected);
    let buffer = |key: &'static [u8]| {
        (tuple([Value::Bytes(key), Value::Int(-1)]), Cell::Value(Value::Bool(true)))
    };
    let rows = vec![buffer(b"b"), buffer(b"a~"), buffer(b"a")];
    assert_eq!(order(&Ty::Bool, rows), "a, -1 a~, -1 b, -1");
    let reduced = |kind, values: [&[i64]; 3]| {
        let row = |(index, values)| (Value::Int(index as i64), samples(kind, values));
        values.into_iter().enumerate().map(row).collect::<Vec<_>>()
    };
    let all: [&[i64]; 3] = [&[9], &[1, 3], &[2, 2, 2]];
    for (kind, expected) in [
        (Reduce::Count, "0 1 2"),
        (Reduce::Sum(Sign::Signed), "1 2 0"),
        (Reduce::Min(Sign::Signed), "1 2 0"),
        (Reduce::Max(Sign::Unsigned), "2 1 0"),
        (MEAN, "1 2 0"),
        (STATS, "1 2 0"),
        (HIST, "0 1 2"),
        (Reduce::Linear { min: 0, max: 8, step: 2 }, "0 1 2"),
    ] {
        assert_eq!(order(&Ty::Reduced(kind), reduced(kind, all)), expected, "{kind:?}");
    }
}

#[test]
fn top_and_div() {
    let mean = Ty::Reduced(MEAN);
    let rows = [("a", 10), ("b", 20), ("c", 30), ("d", 40)];
    let rows = || rows.map(|(key, value)| (string(key), samples(MEAN, &[value])));
    let view = keyed("@", &mean, rows());
    assert_eq!(table(&view, Limits { top: 2, div: 10, order: None }).0, "@[c]: 3\n@[d]: 4\n");
    assert_eq!(
        table(&view, Limits { top: 9, div: 0, order: None }).1,
        "{\"type\": \"stats\", \"data\": {\"@\": {\"a\": 10, \"b\": 20, \"c\": 30, \"d\": 40}}}\n"
    );
    let stats = Ty::Reduced(STATS);
    let view = scalar("@s", &stats, samples(STATS, &[8]));
    let (found, found_json) = table(&view, Limits { top: 0, div: 2, order: None });
    assert_eq!(found, "@s: { .count = 1, .average = 4, .total = 8 }\n");
    assert_eq!(
        found_json,
        "{\"type\": \"stats\", \"data\": {\"@s\": {\"count\": 1, \"average\": 4, \"total\": 8}}}\n"
    );
    let negative = scalar("@n", &Ty::I64, int(-7));
    assert_eq!(table(&negative, Limits { top: 0, div: 2, order: None }).0, "@n: -3\n");
}

#[test]
fn means_are_cut_towards_zero() {
    let mean = Ty::Reduced(MEAN);
    let view = scalar("@av", &mean, samples(MEAN, &[3, -10]));
    let expected = ("@av: -3\n", "{\"type\": \"stats\", \"data\": {\"@av\": -3}}\n");
    let found = table(&view, NONE);
    assert_eq!((found.0.as_str(), found.1.as_str()), expected);
}

#[test]
fn what_is_empty() {
    assert_eq!(table(&keyed("@e", &Ty::I64, []), NONE), (String::new(), String::new()));
    let hist = Ty::Reduced(HIST);
    let (found, found_json) = table(&scalar("@h", &hist, samples(HIST, &[])), NONE);
    assert_eq!(found, "@h:\n\n");
    assert_eq!(found_json, "{\"type\": \"hist\", \"data\": {\"@h\": []}}\n");
}

#[test]
fn entries() {
    let cell = samples(STATS, &[1, 2]);
    let (found, found_json) = both(|output| output.entry(&cell));
    assert_eq!(found, "{ .count = 2, .average = 1, .total = 3 }\n");
    assert_eq!(
        found_json,
        "{\"type\": \"value\", \"data\": {\"count\": 2, \"average\": 1, \"total\": 3}}\n"
    );
    let (found, found_json) = both(|output| output.entry(&int(7)));
    assert_eq!(
        (found.as_str(), found_json.as_str()),
        ("7\n", "{\"type\": \"value\", \"data\": 7}\n")
    );
}

#[test]
fn messages() {
    let position = Some(Position { file: "stdin", line: 1, column: 9, end: 9, call: None });
    let print = |output: &mut dyn runtime::output::Output| {
        output.attached(1)?;
        output.attached(2)?;
        output.text("time", "12:00:00\n")?;
        output.lost(3)?;
        output.message(&Message { kind: MessageKind::Error, text: "no", position })?;
        output.message(&Message { kind: MessageKind::Warning, text: "hm", position: None })?;
        output.message(&Message { kind: MessageKind::Runtime, text: "div", position })?;
        let helper = MessageKind::Helper { name: "probe_read_user", code: -14 };
        output.message(&Message { kind: helper, text: "Bad address", position })?;
        output.end_of_tracing()?;
        output.lost_in_all(3)
    };
    let (results, told) = text(Style::default(), print);
    assert_eq!(results, b"12:00:00\n\n\n");
    assert_eq!(
        told,
        "Attached 1 probe\nAttached 2 probes\nLost 3 events\nstdin:1:9: ERROR: no\n\
         WARNING: hm\nstdin:1:9: WARNING: div\nstdin:1:9: WARNING: Bad address\n\
         Additional Info - helper: probe_read_user, retcode: -14\n\
         WARNING: Total lost event count: 3\n"
    );
    let place = "\"filename\": \"stdin\", \"line\": 1, \"col\": 9";
    let lines = [
        "{\"type\": \"attached_probes\", \"count\": 1, \"data\": {\"probes\": 1}}".to_owned(),
        "{\"type\": \"attached_probes\", \"count\": 2, \"data\": {\"probes\": 2}}".to_owned(),
        "{\"type\": \"time\", \"data\": \"12:00:00\\n\"}".to_owned(),
        "{\"type\": \"lost_events\", \"count\": 3, \"data\": {\"events\": 3}}".to_owned(),
        format!("{{\"type\": \"errorf\", \"msg\": \"no\", {place}}}"),
        "{\"type\": \"warnf\", \"msg\": \"hm\"}".to_owned(),
        format!("{{\"type\": \"runtime_error\", \"msg\": \"div\", {place}}}"),
        format!(
            "{{\"type\": \"helper_error\", \"msg\": \"Bad address\", \"helper\": \
             \"probe_read_user\", \"retcode\": -14, {place}}}"
        ),
    ];
    assert_eq!(json(print), lines.join("\n") + "\n");
}

#[test]
fn the_ledger() {
    let position = Some(Position { file: "stdin", line: 1, column: 20, end: 20, call: None });
    let line = |lost, count, table| LossLine { lost, count, probe: "p", table, position };
    let full = Lost::Place(ir::LossKind::MapFull);
    let lines = [
        line(full, Some(12), Some("@a")),
        line(Lost::Place(ir::LossKind::RingFull), Some(0), None),
        LossLine { position: None, ..line(Lost::Missed, None, None) },
    ];
    let (results, told) = text(Style::default(), |output| output.ledger(&lines, &[]));
    assert_eq!(results, b"");
    assert_eq!(
        told,
        "Lost:\n  12 updates of @a: the map was full, at stdin:1:20 in p\n  \
         unknown hits: the kernel could not run the program in p\n"
    );
    assert_eq!(
        json(|output| output.ledger(&lines, &[])),
        "{\"type\": \"ledger\", \"data\": [\
         {\"lost\": \"map_full\", \"count\": 12, \"probe\": \"p\", \"map\": \"@a\", \
         \"filename\": \"stdin\", \"line\": 1, \"col\": 20},\
         {\"lost\": \"ring_full\", \"count\": 0, \"probe\": \"p\", \
         \"filename\": \"stdin\", \"line\": 1, \"col\": 20},\
         {\"lost\": \"missed\", \"count\": null, \"probe\": \"p\"}]}\n"
    );
    let (_, told) = text(Style::default(), |output| output.ledger(&lines[1..2], &["@a", "@b"]));
    assert_eq!(told, "");
}

#[test]
fn what_was_found_does_not_reach_a_terminal_raw() {
    let kind = MessageKind::Error;
    let message = Message { kind, text: "no \u{1b}[2J\nfile\t", position: None };
    let print = |output: &mut dyn runtime::output::Output| {
        output.text("join", "a\u{1b} \u{9b}b")?;
        output.text("cat", "one\ttwo\n\0\u{7}three ü\n")?;
        // The script's own.
        output.text("time", "\u{1b}[1m12\n")?;
        output.message(&message)
    };
    let (results, told) = text(Style { escape: true, ..Style::default() }, print);
    let results = String::from_utf8_lossy(&results).into_owned();
    assert_eq!(results, "a\\x1b \\xc2\\x9bb\none\ttwo\n\\x00\\x07three ü\n\u{1b}[1m12\n");
    assert_eq!(told, "ERROR: no \\x1b[2J\nfile\t\n");
    let (results, told) = text(Style::default(), print);
    let results = String::from_utf8_lossy(&results).into_owned();
    assert!(results.starts_with("a\u{1b} \u{9b}b\none\ttwo\n\0\u{7}three"));
    assert_eq!(told, "ERROR: no \u{1b}[2J\nfile\t\n");
    let joined = json(|output| output.text("join", "a b"));
    assert_eq!(joined, "{\"type\": \"join\", \"data\": \"a b\"}\n");
}
