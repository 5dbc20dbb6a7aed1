//! Values, events and tables out of bytes: whole, short and garbled ones.

mod common;

use std::sync::Arc;

use common::{Fixed, both, string, table, tuple};
use ir::{
    Access, Action, Bits, Coded, Enum, Event, EventField, Field, Id, Place, Program, Record,
    Reduce, Sign, Space, Table, Ty, Width,
};
use runtime::{
    decode::{self, DecodeError},
    names::{Functions, Names, ProgramNames},
    output::{Cell, Limits},
    reduce::{Reduced, Total, reduce},
    value::{Value, decode as value},
};

fn words(words: &[u64]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

fn field(name: &str, ty: Ty, offset: u32) -> Field {
    Field { name: name.into(), ty, offset, bits: None, access: Access::Plain }
}

fn state() -> Ty {
    let variants = vec![("IDLE".to_owned(), 0), ("BUSY".to_owned(), -1)];
    let shape = Enum { name: "state".into(), width: Width::W32, sign: Sign::Signed, variants };
    Ty::Enum(Arc::new(shape))
}

#[test]
fn values() {
    let int = |width, sign| Ty::Int(width, sign);
    let one = || Ty::Int(Width::W8, Sign::Signed);
    #[rustfmt::skip]
    let cases: Vec<(Ty, &[u8], Value<'_>)> = vec![
        (Ty::Void, b"", Value::None),
        (Ty::Bool, b"\x01", Value::Bool(true)),
        (one(), b"\xff", Value::Int(-1)),
        (int(Width::W8, Sign::Unsigned), b"\xff", Value::Uint(255)),
        (int(Width::W16, Sign::Signed), b"\x00\x80", Value::Int(-32768)),
        (Ty::I32, b"\xfe\xff\xff\xff", Value::Int(-2)),
        (Ty::U32, b"\xfe\xff\xff\xff", Value::Uint(0xffff_fffe)),
        (Ty::U64, b"\xff\xff\xff\xff\xff\xff\xff\xff", Value::Uint(u64::MAX)),
        (Ty::I64, b"\x01\x02", Value::Int(0x201)),
        (Ty::Str(4), b"ab\0x", string("ab")),
        (Ty::Str(4), b"abcdef", Value::Str { text: b"abcd", cut: true }),
        (Ty::Str(4), b"ab", string("ab")),
        (Ty::Str(0), b"ab", string("")),
        (Ty::Bytes(4), b"\x02\0\0\0abcd", Value::Bytes(b"ab")),
        (Ty::Bytes(4), b"\xff\xff\xff\xffabcdef", Value::Bytes(b"abcd")),
        (Ty::Bytes(4), b"\x04\0\0", Value::Bytes(b"")),
        (Ty::Tuple(vec![one(), Ty::U32, Ty::Str(2)]), b"\x05\0\0\0\x06\0\0\0a\0", tuple([Value::Int(5), Value::Uint(6), string("a")])),
        (Ty::Tuple(vec![one(), Ty::U32]), b"\x05", tuple([Value::Int(5), Value::Uint(0)])),
        (Ty::Array(Box::new(one()), 3), b"\x01\xff", Value::Array(vec![Value::Int(1), Value::Int(-1), Value::Int(0)])),
        (Ty::Ptr(Box::new(Ty::Void), Space::Kernel), b"\x10", Value::Pointer(16)),
        (state(), b"\xff\xff\xff\xff", Value::Enum { number: -1, name: Some("BUSY") }),
        (state(), b"\x07\0\0\0", Value::Enum { number: 7, name: None }),
        (Ty::Coded(Coded::Site), b"\0", Value::Symbol { number: 0, text: "kprobe:vfs_read".into() }),
        (Ty::Coded(Coded::KernelSymbol), b"\0\x10", Value::Symbol { number: 0x1000, text: "vfs_read".into() }),
        (Ty::Reduced(Reduce::Count), b"\x10", Value::None),
    ];
    for (ty, bytes, expected) in &cases {
        assert_eq!(&value(ty, bytes, &Fixed), expected, "{ty}");
    }
}

#[test]
fn records() {
    let bits = |name, ty, shift, count| Field {
        bits: Some(Bits { shift, count }),
        ..field(name, ty, 8)
    };
    let located = |name, offset, access| Field { access, ..field(name, Ty::Str(64), offset) };
    let fields = vec![
        field("plain", Ty::U64, 0),
        bits("low", Ty::U32, 0, 3),
        bits("sign", Ty::I32, 3, 2),
        bits("flag", Ty::Bool, 0, 1),
        located("here", 12, Access::DataLoc),
        located("there", 16, Access::RelLoc),
        field("gone", Ty::U32, 999),
    ];
    let ty = Ty::Record(Arc::new(Record { name: None, fields, size: 32, align: 8 }));
    let mut bytes = words(&[9, 0b11_101]);
    bytes[12..16].copy_from_slice(&(20u32 | 3 << 16).to_le_bytes());
    bytes.extend((3u32 | 4 << 16).to_le_bytes());
    bytes.extend(b"ab\0wxyz");
    let expected = Value::Record(vec![
        ("plain", Value::Uint(9)),
        ("low", Value::Uint(5)),
        ("sign", Value::Int(-1)),
        ("flag", Value::Bool(true)),
        ("here", string("ab")),
        ("there", string("wxyz")),
        ("gone", Value::Uint(0)),
    ]);
    assert_eq!(value(&ty, &bytes, &Fixed), expected);
    // What points outside of the record shows nothing.
    let expected = Value::Record(vec![("here", string(""))]);
    let only = vec![located("here", 0, Access::DataLoc)];
    let ty = Ty::Record(Arc::new(Record { name: None, fields: only, size: 4, align: 4 }));
    assert_eq!(value(&ty, &[0xff; 4], &Fixed), expected);
}

fn program(fields: Vec<(Ty, Place)>, size: u32) -> Program {
    let fields = fields.into_iter().map(|(ty, place)| EventField { ty, place }).collect();
    let event = Event { action: Action::Value, fields, size, span: diag::Span::default() };
    let mut program = Program::default();
    program.events.push(event);
    program
}

fn sample() -> Program {
    let fields = vec![
        (Ty::U64, Place::Fixed(8)),
        (Ty::Str(16), Place::Tail(16)),
        (Ty::I32, Place::Fixed(24)),
        (Ty::Bytes(8), Place::Tail(20)),
    ];
    program(fields, 28)
}

#[test]
fn events() {
    let program = sample();
    let mut bytes = words(&[0, 7]);
    bytes.extend([5, 0, 0, 0, 6, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]);
    bytes.extend(b"hawk\0\x02\0\0\0\xaa\xbb");
    let decoded = decode::event(&program, &bytes, &Fixed).ok().unwrap();
    assert_eq!((decoded.id.index(), &decoded.event.action), (0, &Action::Value));
    let expected = [Value::Uint(7), string("hawk"), Value::Int(-1), Value::Bytes(b"\xaa\xbb")];
    assert_eq!(decoded.fields.collect::<Vec<_>>(), expected);

    let error = |bytes: &[u8]| decode::event(&program, bytes, &Fixed).err();
    assert_eq!(error(b"abc"), Some(DecodeError::Short(3)));
    assert_eq!(error(&bytes[..27]), Some(DecodeError::Short(27)));
    assert_eq!(error(&[1, 0, 0, 0]), Some(DecodeError::Unknown(1)));
}

/// Any bytes of any length give values or an error.
#[test]
fn garbage() {
    let programs = [sample(), program(vec![(Ty::U64, Place::Fixed(u32::MAX))], 4)];
    let mut seed = 2_463_534_242u32;
    for round in 0..20_000 {
        let bytes: Vec<u8> = (0..round % 64)
            .map(|index| {
                seed ^= seed << 13;
                seed ^= seed >> 17;
                seed ^= seed << 5;
                if index < 4 { 0 } else { seed as u8 }
            })
            .collect();
        for program in &programs {
            if let Ok(decoded) = decode::event(program, &bytes, &Fixed) {
                let _ = decoded.fields.count();
            }
        }
    }
}

#[test]
fn cells_of_many_cpus() {
    let (signed, unsigned) = (Sign::Signed, Sign::Unsigned);
    let minus = |value: i64| (-value) as u64;
    let rank = |kind: Reduce, value: u64| value ^ kind.mask().cast_unsigned();
    let total = |sum, count| Total { sum, count };
    let linear = Reduce::Linear { min: 0, max: 2, step: 1 };
    #[rustfmt::skip]
    let cases = [
        (Reduce::Count, vec![1, 0, 5], Reduced::Uint(6)),
        (Reduce::Sum(signed), vec![1, minus(7)], Reduced::Int(-6)),
        (Reduce::Sum(unsigned), vec![1, u64::MAX - 3], Reduced::Uint(u64::MAX - 2)),
        (Reduce::Sum(signed), vec![i64::MAX as u64, 1], Reduced::Int(i64::MIN)),
        (Reduce::Min(signed), vec![rank(Reduce::Min(signed), 5), 1, rank(Reduce::Min(signed), minus(2)), 1, rank(Reduce::Min(signed), minus(9)), 0], Reduced::Int(-2)),
        (Reduce::Min(unsigned), vec![rank(Reduce::Min(unsigned), 5), 1, rank(Reduce::Min(unsigned), minus(2)), 1, 0, 0], Reduced::Uint(5)),
        (Reduce::Max(signed), vec![rank(Reduce::Max(signed), minus(5)), 1, rank(Reduce::Max(signed), minus(2)), 1, 0, 0], Reduced::Int(-2)),
        (Reduce::Max(unsigned), vec![5, 1, minus(2), 1, 0, 0], Reduced::Uint(u64::MAX - 1)),
        (Reduce::Max(signed), vec![0, 0], Reduced::Int(0)),
        (Reduce::Mean(signed), vec![10, 3, minus(40), 1], Reduced::Mean(total(-30, 4))),
        (Reduce::Stats(unsigned), vec![minus(1), 1], Reduced::Stats(total(i128::from(u64::MAX), 1))),
        (linear, vec![1, 2, 3, 4, 10, 20, 30, 40], Reduced::Linear { min: 0, max: 2, step: 1, buckets: vec![11, 22, 33, 44] }),
    ];
    for (kind, cells, expected) in cases {
        let bytes = words(&cells);
        assert_eq!(reduce(kind, bytes.chunks(kind.size() as usize)), expected, "{kind:?}");
        // Short cells are no reason to fail.
        reduce(kind, bytes[..bytes.len() - 3].chunks(kind.size() as usize));
        reduce(kind, std::iter::empty());
    }
    assert_eq!(total(-7, 2).mean(), -3);
    assert_eq!(total(0, 0).mean(), 0);
}

fn entries(list: &[(Vec<u8>, Vec<u8>)]) -> impl Iterator<Item = (&[u8], &[u8])> {
    list.iter().map(|(key, value)| (key.as_slice(), value.as_slice()))
}

fn printed(table: &Table, list: &[(Vec<u8>, Vec<u8>)]) -> String {
    let view = decode::table(table, entries(list), &Fixed);
    both(|output| output.table(&view, Limits::default())).0
}

#[test]
fn tables() {
    let key = Ty::Tuple(vec![Ty::Str(4), Ty::I32]);
    let counts = table(Some(key), Ty::Reduced(Reduce::Count));
    let list = [
        (b"cat\0\xff\xff\xff\xff".to_vec(), words(&[1, 2])),
        (b"dd\0\0\x01\0\0\0".to_vec(), words(&[0, 1])),
    ];
    assert_eq!(printed(&counts, &list), "@t[dd, 1]: 1\n@t[cat, -1]: 3\n");
    let texts = table(Some(Ty::U64), Ty::Str(4));
    assert_eq!(printed(&texts, &[(words(&[3]), b"hi\0\0".to_vec())]), "@t[3]: hi\n");
    assert_eq!(printed(&texts, &[]), "");
}

#[test]
fn scalars() {
    let zero = vec![0; 4];
    let written = |table: &Table, value: &[u64]| {
        decode::table(table, entries(&[(zero.clone(), words(value))]), &Fixed).written
    };
    let count = table(None, Ty::Reduced(Reduce::Count));
    assert!(written(&count, &[0, 1]) && !written(&count, &[0, 0]));
    let number = Table { present: Some(8), ..table(None, Ty::I64) };
    assert!(written(&number, &[0, 1]) && !written(&number, &[7, 0]));
    assert!(written(&table(None, Ty::I64), &[0]));
    assert_eq!(printed(&number, &[(zero.clone(), words(&[7, 1]))]), "@t: 7\n");
    // A table that nothing was put into still has a value, should the script print it.
    let view = decode::table(&number, [], &Fixed);
    assert!(!view.written);
    assert_eq!(printed(&number, &[]), "@t: 0\n");
}

#[test]
fn buckets_that_are_entries() {
    let kind = Reduce::Log2 { bits: 5 };
    let histogram = Table { bucket_keys: true, ..table(Some(Ty::U32), Ty::Reduced(kind)) };
    let entry = |key: u32, index: u64, cells: &[u64]| {
        let key: Vec<u8> = key.to_le_bytes().into_iter().chain(index.to_le_bytes()).collect();
        (key, words(cells))
    };
    let list = [
        entry(2, 1, &[1, 2]),
        entry(1, 2, &[0, 1]),
        entry(2, 2, &[4, 0]),
        // Neither a bucket that is none nor half a key is counted.
        entry(2, u64::MAX, &[9, 9]),
        (vec![1, 2], words(&[5])),
    ];
    let view = decode::table(&histogram, entries(&list), &Fixed);
    let rows: Vec<_> = view.rows.iter().map(|row| (&row.key, &row.value)).collect();
    assert_eq!(rows.len(), 2);
    let counts = |cell: &Cell<'_>| {
        let Cell::Reduced(Reduced::Log2 { bits: 5, buckets }) = cell else { return vec![] };
        buckets[..4].to_vec()
    };
    assert_eq!((rows[0].0, counts(rows[0].1)), (&Value::Uint(1), vec![0, 0, 1, 0]));
    assert_eq!((rows[1].0, counts(rows[1].1)), (&Value::Uint(2), vec![0, 3, 4, 0]));
    // A scalar one has nothing before the index.
    let scalar = Table { key: None, ..histogram };
    let list = [(words(&[1]), words(&[3]))];
    let view = decode::table(&scalar, entries(&list), &Fixed);
    assert!(view.written);
    assert_eq!(counts(&view.rows[0].value), vec![0, 3, 0, 0]);
}

#[test]
fn kernel_functions() {
    let text = "ffffffff81000000 T first\nffffffff81000100 t second\t[mod]\n\
                ffffffff81000080 D data\nffffffff81000200 W third\n0000000000000000 T hidden\nx\n";
    let functions = Functions::parse(text.to_owned());
    #[rustfmt::skip]
    let cases = [
        (0xffff_ffff_8100_0000, Some("first")),
        (0xffff_ffff_8100_00ff, Some("first")),
        (0xffff_ffff_8100_0104, Some("second")),
        (0xffff_ffff_8100_0200, Some("third")),
        (0xffff_ffff_9100_0200, None),
        (0xffff_ffff_80ff_ffff, None),
        (0, None),
    ];
    for (address, name) in cases {
        assert_eq!(functions.name(address), name, "{address:x}");
    }
    assert_eq!(Functions::parse(String::new()).name(5), None);
}

#[test]
fn sites() {
    let mut program = Program::default();
    program.sites.push(ir::Site {
        name: "begin".into(),
        span: diag::Span::default(),
        probe: ir::ProbeId::from_index(0),
        first: ir::SiteId::from_index(0),
    });
    let maps = ir::IdVec::default();
    let names = ProgramNames::new(&program, &maps);
    assert_eq!(names.name(Coded::Site, 0).as_deref(), Some("begin"));
    assert_eq!(names.name(Coded::SiteFunction, 0).as_deref(), Some("begin"));
    assert_eq!(names.name(Coded::Site, 1), None);
    assert_eq!(names.name(Coded::Site, u64::MAX), None);
}
