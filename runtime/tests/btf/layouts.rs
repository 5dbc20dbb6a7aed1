//! BTF built by hand, and what is to be made of it.

#![expect(clippy::panic, clippy::expect_used, reason = "a test that cannot go on has failed")]

use std::rc::Rc;

use ir::{Bits, Field, Record, Sign, Space, Ty, Width};
use runtime::{Btf, BtfKind};

use crate::{
    Outcome,
    build::{Builder, Kind},
};

fn btf(b: &Builder) -> Btf {
    Btf::from_bytes(b.bytes(), None).expect("BTF")
}

fn record(btf: &Btf, name: &str) -> std::sync::Arc<Record> {
    match btf.named(name) {
        Some(Ty::Record(record)) => record,
        other => panic!("{name}: {other:?}"),
    }
}

fn shown(field: &Field) -> String {
    let bits = field.bits.map(|bits| format!(":{}+{}", bits.shift, bits.count));
    format!("{} {} @{}{}", field.name, field.ty, field.offset, bits.unwrap_or_default())
}

fn fields(record: &Record) -> Vec<String> {
    record.fields.iter().map(shown).collect()
}

pub(crate) fn structs() -> Outcome {
    let mut b = Builder::new();
    let char = b.int("char", 1, 1);
    let byte = b.int("unsigned char", 1, 0);
    let int = b.int("int", 4, 1);
    let wide = b.int("__int128", 16, 1);
    let bool = b.int("_Bool", 1, 4);
    let double = b.add((Kind::Float, false), "double", (0, 8), &[]);
    let (name, raw) = (b.array(char, 16), b.array(byte, 4));
    let tail = b.array(char, 0);
    let grid = b.array(int, 3);
    let grid = b.array(grid, 2);
    let members = [
        ("name", name, 0, 0),
        ("raw", raw, 128, 0),
        ("yes", bool, 160, 0),
        ("ratio", double, 192, 0),
        ("wide", wide, 256, 0),
        ("grid", grid, 384, 0),
        ("tail", tail, 576, 0),
    ];
    b.record(Kind::Struct, "s", 80, &members);
    b.record(Kind::Struct, "packed", 5, &[("c", char, 0, 0), ("i", int, 8, 0)]);
    let btf = btf(&b);
    let s = record(&btf, "struct s");
    let wanted = [
        "name string[16] @0",
        "raw uint8[4] @16",
        "yes bool @20",
        "ratio uint64[1] @24",
        "wide int64[2] @32",
        "grid int32[3][2] @48",
        "tail int8[0] @72",
    ];
    assert_eq!(fields(&s), wanted);
    assert_eq!((s.size, s.align, s.name.as_deref()), (80, 16, Some("struct s")));
    let packed = record(&btf, "struct packed");
    assert_eq!((packed.size, packed.align), (5, 1));
    Ok(())
}

pub(crate) fn bit_fields() -> Outcome {
    let mut b = Builder::new();
    let int = b.int("unsigned int", 4, 0);
    let long = b.int("long", 8, 1);
    let colour = b.enumeration(false, "colour", &[("RED", 1)]);
    let members = [
        ("a", int, 0, 3),
        ("b", int, 3, 29),
        ("c", colour, 32, 2),
        ("d", long, 64, 40),
        ("", int, 104, 3),
        ("e", long, 107, 21),
    ];
    b.record(Kind::Struct, "s", 16, &members);
    let packed =
        [("a", int, 0, 31), ("b", int, 31, 31), ("c", int, 62, 2), ("d", long, 65, 64)];
    b.record(Kind::Struct, "packed", 17, &packed);
    b.record(Kind::Struct, "short", 1, &[("c", colour, 1, 2)]);
    let btf = btf(&b);
    let wanted = [
        "a uint32 @0:0+3",
        "b uint32 @0:3+29",
        "c enum colour @4:0+2",
        "d int64 @8:0+40",
        "e int64 @8:43+21",
    ];
    assert_eq!(fields(&record(&btf, "struct s")), wanted);
    let wanted = ["a uint32 @0:0+31", "b uint64 @3:7+31", "c uint32 @4:30+2", "d uint8[9] @8"];
    assert_eq!(fields(&record(&btf, "struct packed")), wanted);
    let short = record(&btf, "struct short");
    assert_eq!(short.fields[0].bits, Some(Bits { shift: 1, count: 2 }));
    assert_eq!(short.fields[0].ty.scalar(), Some((Width::W8, Sign::Unsigned)));
    Ok(())
}

pub(crate) fn old_bit_fields() -> Outcome {
    let mut b = Builder::new();
    // 5 bits that begin 2 bits after the member's offset.
    let int = b.add((Kind::Int, false), "int", (0, 4), &[(1 << 24) | (2 << 16) | 5]);
    b.record(Kind::Struct, "s", 8, &[("x", int, 32, 0)]);
    assert_eq!(fields(&record(&btf(&b), "struct s")), ["x int32 @4:2+5"]);
    Ok(())
}

pub(crate) fn unnamed_members() -> Outcome {
    let mut b = Builder::new();
    let int = b.int("int", 4, 1);
    let deep = b.record(Kind::Struct, "", 8, &[("x", int, 0, 0), ("y", int, 32, 4)]);
    let either = b.record(Kind::Union, "", 8, &[("", deep, 0, 0), ("whole", int, 0, 0)]);
    let alias = b.to(Kind::Typedef, "pair_t", deep);
    b.record(
        Kind::Struct,
        "s",
        24,
        &[("first", int, 0, 0), ("", either, 64, 0), ("pair", alias, 128, 0)],
    );
    let s = record(&btf(&b), "struct s");
    let wanted = [
        "first int32 @0",
        "x int32 @8",
        "y int32 @12:0+4",
        "whole int32 @8",
        "pair pair_t @16",
    ];
    assert_eq!(fields(&s), wanted);
    Ok(())
}

pub(crate) fn pointers() -> Outcome {
    let mut b = Builder::new();
    let char = b.int("char", 1, 1);
    let (user, percpu) =
        (b.to(Kind::TypeTag, "user", char), b.to(Kind::TypeTag, "percpu", char));
    let (user, percpu) = (b.to(Kind::Pointer, "", user), b.to(Kind::Pointer, "", percpu));
    let unnamed = b.record(Kind::Struct, "", 1, &[("c", char, 0, 0)]);
    let alias = b.to(Kind::Typedef, "one_t", unnamed);
    let (alias, unnamed) = (b.to(Kind::Pointer, "", alias), b.to(Kind::Pointer, "", unnamed));
    let prototype = b.prototype(0, &[("c", char)]);
    let function = b.to(Kind::Pointer, "", prototype);
    let forward = b.add((Kind::Forward, true), "unseen", (0, 0), &[]);
    let forward = b.to(Kind::Pointer, "", forward);
    let void = b.to(Kind::Pointer, "", 0);
    let twice = b.to(Kind::Pointer, "", user);
    // The struct's own number, which comes next but one.
    let own = b.to(Kind::Pointer, "", twice + 2);
    let members = [
        ("user", user, 0, 0),
        ("percpu", percpu, 64, 0),
        ("alias", alias, 128, 0),
        ("unnamed", unnamed, 192, 0),
        ("function", function, 256, 0),
        ("forward", forward, 320, 0),
        ("void", void, 384, 0),
        ("twice", twice, 448, 0),
        ("own", own, 512, 0),
    ];
    b.record(Kind::Struct, "s", 72, &members);
    let s = record(&btf(&b), "struct s");
    let wanted = [
        "user int8 * @0",
        "percpu int8 * @8",
        "alias one_t * @16",
        "unnamed record { .c = int8 } * @24",
        "function void * @32",
        "forward union unseen * @40",
        "void void * @48",
        "twice int8 * * @56",
        "own struct s * @64",
    ];
    assert_eq!(fields(&s), wanted);
    let space = |index: usize| {
        if let Ty::Ptr(_, space) = &s.fields[index].ty { Some(*space) } else { None }
    };
    assert_eq!(space(0), Some(Space::User));
    assert_eq!(space(1), Some(Space::PerCpu));
    assert_eq!(space(2), Some(Space::Unknown));
    assert!(matches!(&s.fields[8].ty, Ty::Ptr(to, _) if **to == Ty::Opaque("struct s".into())));
    Ok(())
}

pub(crate) fn enums() -> Outcome {
    let mut b = Builder::new();
    b.enumeration(false, "colour", &[("RED", 1), ("LAST", u32::MAX)]);
    b.enumeration(true, "level", &[("LOW", u32::MAX), ("HIGH", 1)]);
    b.enumeration64("big", &[("HUGE", 1 << 40)]);
    let unnamed = b.enumeration(false, "", &[("ALONE", 7)]);
    b.to(Kind::Typedef, "alone_t", unnamed);
    let btf = btf(&b);
    let shape = |name: &str| match btf.named(name) {
        Some(Ty::Enum(shape)) => (shape.name.clone(), shape.width, shape.variants.clone()),
        other => panic!("{name}: {other:?}"),
    };
    let variant = |name: &str, value: i64| (name.to_owned(), value);
    let wanted = vec![variant("RED", 1), variant("LAST", i64::from(u32::MAX))];
    assert_eq!(shape("enum colour"), ("colour".to_owned(), Width::W32, wanted));
    let wanted = vec![variant("LOW", -1), variant("HIGH", 1)];
    assert_eq!(shape("enum level"), ("level".to_owned(), Width::W32, wanted));
    let wanted = vec![variant("HUGE", 1 << 40)];
    assert_eq!(shape("enum big"), ("big".to_owned(), Width::W64, wanted));
    assert_eq!(shape("alone_t").0, "alone_t");
    assert_eq!(btf.enumerator("HUGE").map(|(_, value)| value), Some(1 << 40));
    assert_eq!(btf.enumerator("ALONE").map(|(_, value)| value), Some(7));
    assert_eq!(btf.enumerator("colour"), None);
    Ok(())
}

pub(crate) fn prototypes() -> Outcome {
    let mut b = Builder::new();
    let int = b.int("int", 4, 1);
    let prototype = b.prototype(int, &[("a", int), ("", 0)]);
    b.to(Kind::Function, "f", prototype);
    let prototype = b.prototype(0, &[]);
    b.to(Kind::Function, "g", prototype);
    let btf = btf(&b);
    let id = btf.find("f", BtfKind::Function).ok_or("f")?;
    let found = btf.prototype(id).ok_or("prototype")?;
    assert_eq!(found.parameters, [("a".to_owned(), Ty::I32)]);
    assert!(found.variadic);
    assert_eq!(found.returns, Ty::I32);
    let id = btf.find("g", BtfKind::Function).ok_or("g")?;
    assert_eq!(btf.prototype(id).map(|found| found.returns), Some(Ty::Void));
    assert_eq!(btf.find("f", BtfKind::Struct), None);
    Ok(())
}

pub(crate) fn split() -> Outcome {
    let mut base = Builder::new();
    let int = base.int("int", 4, 1);
    let s = base.record(Kind::Struct, "s", 4, &[("x", int, 0, 0)]);
    let mut module = Builder::on(&base);
    let two = module.array(s, 2);
    module.record(Kind::Struct, "mine", 12, &[("x", int, 0, 0), ("two", two, 32, 0)]);
    let base = Rc::new(btf(&base));
    let module = Btf::from_bytes(module.bytes(), Some(Rc::clone(&base))).ok_or("module")?;
    let mine = record(&module, "struct mine");
    assert_eq!(fields(&mine), ["x int32 @0", "two struct s[2] @4"]);
    assert_eq!(module.find("s", BtfKind::Struct), None);
    assert_eq!(base.find("mine", BtfKind::Struct), None);
    assert_eq!((base.count(), module.count()), (2, 4));
    Ok(())
}

pub(crate) fn cycles() -> Outcome {
    let mut b = Builder::new();
    b.record(Kind::Struct, "a", 8, &[("b", 2, 0, 0), ("c", 2, 32, 0)]);
    b.record(Kind::Struct, "b", 4, &[("a", 1, 0, 0), ("c", 1, 0, 0)]);
    b.to(Kind::Typedef, "t", 4);
    b.to(Kind::Const, "", 3);
    let own = b.to(Kind::Pointer, "", 5);
    b.to(Kind::Typedef, "p", own);
    let btf = btf(&b);
    for name in ["struct a", "struct b", "t", "p"] {
        assert_eq!(btf.named(name), None, "{name}");
    }
    Ok(())
}
