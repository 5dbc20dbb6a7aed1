//! What can be said of modules and objects without a kernel.

#[expect(dead_code, reason = "shared with the other tests, which take other parts")]
mod support;

use diag::{Origin, Source, SourceId, Span};
use ir::{Bin, Builder, Fetch, Helper, Id, Inst, Program, ProgramKind, Role, ValueId};
use llvm::{Cpu, Error, Options, Slots, Stage};
use support::{add, empty, line, push};

const OPTIONS: Options = Options { cpu: Cpu::V3, verify: true, slots: Slots::Anywhere };

fn object(program: &Program) -> Vec<u8> {
    llvm::compile(program, &OPTIONS).map(|compiled| compiled.object).unwrap_or_default()
}

fn holds(object: &[u8], text: &str) -> bool {
    object.windows(text.len()).any(|window| window == text.as_bytes())
}

/// A program with one of most things.
fn mixed() -> Program {
    let mut program = empty();
    support::with_operands(&mut program, "operands");
    add(&mut program, "bytes", |b, cell| {
        let slot = b.slot(40, 8);
        b.zero(slot, 0, 40, 8);
        b.store_bytes(slot, 3, b"hello".to_vec(), 1);
        b.copy(cell, slot, 40, 8);
        let null = b.push(Inst::Null);
        let null = b.push(Inst::Address(null));
        b.store64(cell, 40, null);
    });
    program
}

#[test]
fn the_same_program_gives_the_same_bytes() {
    assert!(!object(&mixed()).is_empty());
    assert_eq!(object(&mixed()), object(&mixed()));
    let text = |stage| llvm::text(&mixed(), &OPTIONS, stage).unwrap();
    assert_eq!(text(Stage::Emit), text(Stage::Emit));
    assert_eq!(text(Stage::Optimize), text(Stage::Optimize));
    assert_ne!(text(Stage::Emit), text(Stage::Optimize));
}

#[test]
fn an_empty_program_has_a_licence() {
    let program = Program { license: "Apache-2.0".to_owned(), ..Program::default() };
    assert!(holds(&object(&program), "Apache-2.0\0"));
}

#[test]
fn a_condition_is_not_extended_and_compared_again() {
    let mut program = empty();
    add(&mut program, "all", |b, cell| {
        let (x, y) = (b.load64(cell, 0), b.load64(cell, 8));
        let less = b.bin(Bin::ULt, x, y);
        let (then, out) = (b.block(), b.block());
        b.branch(less, then, out);
        b.switch_to(then);
        b.atomic_add(cell, 0, x);
        b.jump(out);
        b.switch_to(out);
    });
    let text = llvm::text(&program, &OPTIONS, Stage::Optimize).unwrap();
    assert!(text.contains("icmp ult") && !text.contains("zext"), "{text}");
}

#[test]
fn objects_have_lines_of_every_text_and_no_dwarf() {
    let mut program = empty();
    let body = "\n    body_of_macro();\n";
    program.sources.add(Source {
        name: "test.bt".to_owned(),
        text: body.into(),
        origin: Origin::Expansion(line(3)),
    });
    add(&mut program, "all", |b, cell| {
        b.set_span(Span { source: SourceId(1), start: 5, end: 6 });
        let value = b.call(Helper::KTIME_GET_NS, &[]);
        b.set_span(line(3));
        b.store64(cell, 0, value);
    });
    let object = object(&program);
    for text in ["test.bt\0", "test.bt#1\0", "first();\0", "body_of_macro();\0"] {
        assert!(holds(&object, text), "{text}");
    }
    assert!(!holds(&object, ".debug_info"));
}

#[test]
fn too_much_stack_is_an_error() {
    let mut program = empty();
    add(&mut program, "wide", |b, _| {
        let slot = b.slot(600, 8);
        let (size, from) = (b.constant(600), b.constant(0));
        b.call(Helper::PROBE_READ_KERNEL, &[slot, size, from]);
    });
    let error = llvm::compile(&program, &OPTIONS).unwrap_err();
    assert_eq!(error, Error::Stack { function: "wide".to_owned() });
}

#[test]
fn what_the_cpu_lacks_is_an_error() {
    let fetch =
        |operation| move |b: &mut Builder, cell, one| b.atomic_fetch(operation, cell, one);
    let exchange = |b: &mut Builder, cell, one| {
        b.push(Inst::CompareExchange { ptr: cell, expected: one, new: one })
    };
    for error in [
        on_old_cpu(fetch(Fetch::Add)),
        on_old_cpu(fetch(Fetch::Exchange)),
        on_old_cpu(exchange),
    ] {
        let (function, message) = ("old".to_owned(), "it needs CPU level v3".to_owned());
        assert_eq!(error, Some(Error::Function { function, message }));
    }
}

fn on_old_cpu(
    operation: impl FnOnce(&mut Builder, ValueId, ValueId) -> ValueId,
) -> Option<Error> {
    let mut program = empty();
    add(&mut program, "old", |b, cell| {
        let one = b.constant(1);
        let old = operation(b, cell, one);
        b.store64(cell, 8, old);
    });
    llvm::compile(&program, &Options { cpu: Cpu::V2, ..OPTIONS }).err()
}

#[test]
fn what_the_back_end_refuses_is_an_error() {
    let mut program = empty();
    add(&mut program, "many", |b, cell| {
        let zero = b.constant(0);
        b.call(Helper::PROBE_READ_KERNEL, &[cell, zero, zero, zero, zero, zero]);
    });
    let error = llvm::compile(&program, &OPTIONS).unwrap_err();
    assert!(
        matches!(&error, Error::Function { function, .. } if function == "many"),
        "{error}"
    );
}

/// A branch over more code than 16 bits can count.
fn far_branch() -> Program {
    let mut program = empty();
    add(&mut program, "far", |b, cell| {
        let condition = b.load64(cell, 0);
        let (then, out) = (b.block(), b.block());
        b.branch(condition, then, out);
        b.switch_to(then);
        for _ in 0..300 {
            b.zero(cell, 0, 1024, 8);
        }
        b.jump(out);
        b.switch_to(out);
    });
    program
}

#[test]
fn a_fatal_error_does_not_end_the_process() {
    for _ in 0..2 {
        let error = llvm::compile(&far_branch(), &OPTIONS).unwrap_err();
        assert_eq!(error, Error::Fatal("Branch target out of insn range".to_owned()));
    }
    assert!(!object(&mixed()).is_empty());
    // It has long jumps.
    llvm::compile(&far_branch(), &Options { cpu: Cpu::V4, ..OPTIONS }).unwrap();
}

#[test]
fn a_value_that_is_not_there_is_an_error() {
    let mut program = empty();
    let mut b = Builder::new("gap", Role::Program(ProgramKind::TestRun), line(1));
    b.ret(ValueId::from_index(7));
    push(&mut program, b);
    let error = llvm::compile(&program, &OPTIONS).unwrap_err();
    assert!(
        matches!(&error, Error::Malformed { function, .. } if function == "gap"),
        "{error}"
    );
}
