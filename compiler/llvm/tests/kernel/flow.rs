//! Calls, branches and loops, and what the verifier makes of them.

use std::collections::BTreeSet;

use ir::{Builder, Helper, Inst, ProgramKind, Role, ValueKind};
use libbpf_rs::query::{ProgInfoIter, ProgInfoQueryOptions};
use libtest_mimic::Failed;
use llvm::Cpu;

use crate::{
    Loaded, equal,
    support::{self, add, empty},
};

pub(crate) fn subprograms(cpu: Cpu) -> Result<(), Failed> {
    use ValueKind::{Int, Ptr};
    let mut program = empty();
    let role = Role::Subprogram { parameters: vec![Ptr, Int, Int, Int, Int] };
    let mut b = Builder::new("mix", role, support::line(1));
    let ptr = b.push(Inst::Parameter(0));
    let mut sum = b.load64(ptr, 0);
    for index in 1..5 {
        let parameter = b.push(Inst::Parameter(index));
        sum = b.bin_const(ir::Bin::Mul, sum, 10);
        sum = b.add(sum, parameter);
    }
    b.store64(ptr, 0, sum);
    b.ret(sum);
    let mix = program.functions.push(b.finish());
    let role = Role::Subprogram { parameters: vec![Ptr, Ptr, Ptr, Ptr] };
    let mut b = Builder::new("each", role, support::line(1));
    let (value, context) = (b.push(Inst::Parameter(2)), b.push(Inst::Parameter(3)));
    let value = b.load64(value, 0);
    b.atomic_add(context, 0, value);
    let zero = b.constant(0);
    b.ret(zero);
    let each = program.functions.push(b.finish());
    let map = support::cell_map(&program);
    add(&mut program, "all", |b, cell| {
        let slot = b.slot(8, 8);
        let one = b.constant(1);
        b.store64(slot, 0, one);
        let numbers: Vec<_> = (2..6).map(|number| b.constant(number)).collect();
        let result =
            b.call_function(mix, &[slot, numbers[0], numbers[1], numbers[2], numbers[3]]);
        b.store64(cell, 8, result);
        let map = b.map(map);
        let (callback, flags) = (b.push(Inst::Function(each)), b.constant(0));
        let count = b.call(Helper::FOR_EACH_MAP_ELEM, &[map, callback, slot, flags]);
        b.store64(cell, 16, count);
        let sum = b.load64(slot, 0);
        b.store64(cell, 24, sum);
    });
    let cell = Loaded::new(&program, cpu)?.run("all", &[1000])?;
    equal(&cell[..4], &[1000, 12345, 1, 13345], || "results".to_owned())
}

/// Ways meet that store different pointers into one slot: LLVM must not compute `cell + 8`
/// before the check for null.
pub(crate) fn stored_pointers(cpu: Cpu) -> Result<(), Failed> {
    let mut program = empty();
    let map = support::cell_map(&program);
    let mut b = Builder::new("all", Role::Program(ProgramKind::TestRun), support::line(1));
    let (key, other, chosen) = (b.slot(4, 4), b.slot(8, 8), b.slot(8, 8));
    b.zero(key, 0, 4, 4);
    b.zero(other, 0, 8, 8);
    let map = b.map(map);
    let cell = b.call(Helper::MAP_LOOKUP_ELEM, &[map, key]);
    let missing = b.is_null(cell);
    let (none, some, out) = (b.block(), b.block(), b.block());
    b.branch(missing, none, some);
    b.switch_to(none);
    b.store64(chosen, 0, other);
    b.jump(out);
    b.switch_to(some);
    let second = b.offset(cell, 8);
    b.store64(chosen, 0, second);
    b.jump(out);
    b.switch_to(out);
    let chosen = b.push(Inst::LoadPtr(chosen));
    let value = b.load64(chosen, 0);
    let value = b.bin_const(ir::Bin::Add, value, 1);
    b.store64(chosen, 0, value);
    let (size, from) = (b.constant(1), b.constant(0));
    b.call(Helper::PROBE_READ_KERNEL, &[chosen, size, from]);
    b.store64(chosen, 0, value);
    support::push(&mut program, b);
    let cell = Loaded::new(&program, cpu)?.run("all", &[1, 41])?;
    equal(cell[1], 42, || "value".to_owned())
}

/// Two ways read different members of the context: LLVM must not make one access of them.
pub(crate) fn context(cpu: Cpu) -> Result<(), Failed> {
    let mut program = empty();
    add(&mut program, "all", |b, cell| {
        let chosen = b.slot(8, 8);
        let which = b.load64(cell, 0);
        let (then, other, out) = (b.block(), b.block(), b.block());
        b.branch(which, then, other);
        for (block, offset) in [(then, 8), (other, 16)] {
            b.switch_to(block);
            let context = b.context();
            let context = b.offset(context, offset);
            let value = b.load64(context, 0);
            b.store64(chosen, 0, value);
            b.jump(out);
        }
        b.switch_to(out);
        let value = b.load64(chosen, 0);
        b.store64(cell, 8, value);
    });
    let loaded = Loaded::new(&program, cpu)?;
    equal(loaded.run("all", &[1])?[1], 6, || "second".to_owned())?;
    equal(loaded.run("all", &[0])?[1], 7, || "third".to_owned())
}

/// A bound that the optimizer would prove in its own way is checked where the verifier sees it.
pub(crate) fn hidden_bound(cpu: Cpu) -> Result<(), Failed> {
    let mut program = empty();
    add(&mut program, "all", |b, cell| {
        let index = b.load64(cell, 0);
        let index = b.bin_const(ir::Bin::Mul, index, 3);
        let index = b.push(Inst::Opaque(index));
        let limit = b.constant(100);
        let fits = b.bin(ir::Bin::ULt, index, limit);
        let (then, out) = (b.block(), b.block());
        b.branch(fits, then, out);
        b.switch_to(then);
        let bytes = b.bin_const(ir::Bin::Shl, index, 3);
        let place = b.push(Inst::Offset(cell, bytes));
        let seven = b.constant(7);
        b.store64(place, 0, seven);
        b.jump(out);
        b.switch_to(out);
    });
    let loaded = Loaded::new(&program, cpu)?;
    equal(loaded.run("all", &[4])?[12], 7, || "inside".to_owned())?;
    equal(loaded.run("all", &[1 << 40])?[1], 0, || "outside".to_owned())
}

/// A bounded loop, whose head the first block is.
pub(crate) fn a_loop(cpu: Cpu) -> Result<(), Failed> {
    let mut program = empty();
    add(&mut program, "all", |b, cell| {
        let counter = b.slot(8, 8);
        b.zero(counter, 0, 8, 8);
        // The block after the loop comes first, though its values are defined later.
        let (out, head, inside) = (b.block(), b.block(), b.block());
        b.jump(head);
        b.switch_to(head);
        let count = b.load64(counter, 0);
        let limit = b.constant(10);
        let more = b.bin(ir::Bin::ULt, count, limit);
        b.branch(more, inside, out);
        b.switch_to(out);
        b.store64(cell, 8, count);
        let zero = b.constant(0);
        b.ret(zero);
        b.switch_to(inside);
        let next = b.bin_const(ir::Bin::Add, count, 1);
        b.store64(counter, 0, next);
        b.atomic_add(cell, 0, next);
        b.jump(head);
    });
    let cell = Loaded::new(&program, cpu)?.run("all", &[0])?;
    equal(&cell[..2], &[55, 10], || "sum, count".to_owned())
}

/// The kernel accepts the BTF and knows the script's lines.
pub(crate) fn lines(cpu: Cpu) -> Result<(), Failed> {
    let mut program = empty();
    let name = format!("lines_{}", cpu.name());
    add(&mut program, &name, |_, _| {});
    let loaded = Loaded::new(&program, cpu)?;
    let options = ProgInfoQueryOptions::default().include_line_info(true);
    let info = ProgInfoIter::with_query_opts(options)
        .find(|info| info.name == name.as_str())
        .ok_or("the kernel has no such program")?;
    let lines: BTreeSet<_> = info.line_info.iter().map(|info| info.line_num).collect();
    drop(loaded);
    equal(lines.contains(&2) && !lines.contains(&0), true, || format!("{lines:?}"))
}
