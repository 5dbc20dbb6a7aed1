//! Programs that are built by hand, and what they must compute.

use diag::{Sources, Span};
use ir::{
    Bin, BpfProgram, Builder, FunctionId, Global, Id, Map, MapId, MapKind, Mutability, Program,
    ProgramKind, Role, Sign, State, Terminator, ValueId, Width,
};

/// Every operation.
pub(crate) const OPERATIONS: &[Bin] = &[
    Bin::Add,
    Bin::Sub,
    Bin::Mul,
    Bin::UDiv,
    Bin::SDiv,
    Bin::UMod,
    Bin::SMod,
    Bin::And,
    Bin::Or,
    Bin::Xor,
    Bin::Shl,
    Bin::Shr,
    Bin::Sar,
    Bin::Eq,
    Bin::Ne,
    Bin::ULt,
    Bin::ULe,
    Bin::SLt,
    Bin::SLe,
];

/// Operands at which something may go wrong.
pub(crate) const EDGES: &[i64] = &[
    0,
    1,
    2,
    3,
    7,
    10,
    63,
    64,
    65,
    255,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    0x1_0000_0000,
    i64::MAX,
    i64::MIN,
    i64::MIN + 1,
    -1,
    -2,
    -7,
    -10,
    -0x8000_0000,
];

/// Bytes of the cell that programs work on.
pub(crate) const CELL: u32 = 4096;

/// What an operation must give.
pub(crate) fn reference(op: Bin, a: i64, b: i64) -> i64 {
    let (ua, ub) = (a.cast_unsigned(), b.cast_unsigned());
    match op {
        Bin::Add => a.wrapping_add(b),
        Bin::Sub => a.wrapping_sub(b),
        Bin::Mul => a.wrapping_mul(b),
        Bin::UDiv => ua.checked_div(ub).unwrap_or(0).cast_signed(),
        Bin::UMod => ua.checked_rem(ub).unwrap_or(ua).cast_signed(),
        Bin::SDiv => {
            if b == 0 {
                0
            } else {
                a.wrapping_div(b)
            }
        }
        Bin::SMod => {
            if b == 0 {
                a
            } else {
                a.wrapping_rem(b)
            }
        }
        Bin::And => a & b,
        Bin::Or => a | b,
        Bin::Xor => a ^ b,
        Bin::Shl => a.wrapping_shl(b as u32),
        Bin::Shr => ua.wrapping_shr(b as u32).cast_signed(),
        Bin::Sar => a.wrapping_shr(b as u32),
        Bin::Eq => i64::from(a == b),
        Bin::Ne => i64::from(a != b),
        Bin::ULt => i64::from(ua < ub),
        Bin::ULe => i64::from(ua <= ub),
        Bin::SLt => i64::from(a < b),
        Bin::SLe => i64::from(a <= b),
    }
}

/// The text of the programs' script.
pub(crate) const SCRIPT: &str = "BEGIN {\n  first();\n  second();\n}\n";

/// The place of line `line` of the script.
pub(crate) fn line(line: usize) -> Span {
    let start: usize = SCRIPT.split_inclusive('\n').take(line - 1).map(str::len).sum();
    Span { start: start as u32 + 2, end: start as u32 + 3, ..Span::default() }
}

/// A program with an array map `cell` of one entry and the shared state.
pub(crate) fn empty() -> Program {
    let sources = Sources::new("test.bt", SCRIPT);
    let mut program = Program { sources, license: "GPL".to_owned(), ..Program::default() };
    program.maps.push(Map {
        name: "cell".to_owned(),
        kind: MapKind::Array,
        key_size: 4,
        value_size: CELL,
        max_entries: 1,
        flags: 0,
    });
    program.globals.push(global(
        "table",
        b"\x11\x22\x33\x44\x55\x66\x77\x88",
        Mutability::Constant,
    ));
    program.globals.push(global("other", &[7; 8], Mutability::Variable));
    let mut words = vec![0; 64];
    words[0] = 1;
    let state = program.globals.push(global("state", &words, Mutability::Variable));
    program.state = Some(State { global: state });
    program
}

fn global(name: &str, content: &[u8], mutability: Mutability) -> Global {
    Global { name: name.to_owned(), content: content.to_vec(), align: 8, mutability }
}

/// The map that all programs work on.
pub(crate) fn cell_map(_: &Program) -> MapId {
    Id::from_index(0)
}

/// Adds a program whose body gets the address of the cell.
pub(crate) fn add(
    program: &mut Program,
    name: &str,
    body: impl FnOnce(&mut Builder, ValueId),
) -> FunctionId {
    let map = cell_map(program);
    let mut b = Builder::new(name, Role::Program(ProgramKind::TestRun), line(1));
    b.set_span(line(2));
    let key = b.slot(4, 4);
    b.zero(key, 0, 4, 4);
    let map = b.map(map);
    let cell = b.call(ir::Helper::MAP_LOOKUP_ELEM, &[map, key]);
    let missing = b.is_null(cell);
    let (none, some) = (b.block(), b.block());
    b.branch(missing, none, some);
    b.switch_to(none);
    let one = b.constant(1);
    b.ret(one);
    b.switch_to(some);
    b.set_span(line(3));
    body(&mut b, cell);
    if !b.is_ended() {
        let zero = b.constant(0);
        b.end(Terminator::Return(zero));
    }
    push(program, b)
}

/// Adds what `b` built as a BPF program.
pub(crate) fn push(program: &mut Program, b: Builder) -> FunctionId {
    let function = b.finish();
    let name = function.name.clone();
    let function = program.functions.push(function);
    let kind = ProgramKind::TestRun;
    program.programs.push(BpfProgram {
        name,
        kind,
        linking: Default::default(),
        function,
        probes: Vec::new(),
    });
    function
}

/// The operands are the first two words of the cell; the results start at the third.
pub(crate) fn with_operands(program: &mut Program, name: &str) {
    add(program, name, |b, cell| {
        let (x, y) = (b.load64(cell, 0), b.load64(cell, 8));
        for (index, op) in OPERATIONS.iter().enumerate() {
            let result = b.bin(*op, x, y);
            b.store64(cell, 16 + 8 * index as i32, result);
        }
    });
}

/// The same with a constant on the right.
pub(crate) fn with_constant(program: &mut Program, name: &str, constant: i64) {
    add(program, name, |b, cell| {
        let x = b.load64(cell, 0);
        for (index, op) in OPERATIONS.iter().enumerate() {
            let result = b.bin_const(*op, x, constant);
            b.store64(cell, 16 + 8 * index as i32, result);
        }
    });
}

/// Every way to cut and extend the first word.
pub(crate) const EXTENSIONS: &[(Width, Sign)] = &[
    (Width::W8, Sign::Unsigned),
    (Width::W8, Sign::Signed),
    (Width::W16, Sign::Unsigned),
    (Width::W16, Sign::Signed),
    (Width::W32, Sign::Unsigned),
    (Width::W32, Sign::Signed),
    (Width::W64, Sign::Unsigned),
    (Width::W64, Sign::Signed),
];

/// What the extension must give.
pub(crate) fn extended(value: i64, width: Width, sign: Sign) -> i64 {
    let rest = 64 - width.bits();
    match sign {
        Sign::Signed => (value << rest) >> rest,
        Sign::Unsigned => ((value.cast_unsigned() << rest) >> rest).cast_signed(),
    }
}
