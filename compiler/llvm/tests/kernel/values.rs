//! Integers: every operation with every edge value, on every CPU level.

use libtest_mimic::Failed;
use llvm::Cpu;

use crate::{
    Loaded, equal,
    support::{self, EDGES, EXTENSIONS, OPERATIONS, add, empty, extended, reference},
};

pub(crate) fn operands(cpu: Cpu) -> Result<(), Failed> {
    let mut program = empty();
    support::with_operands(&mut program, "all");
    let loaded = Loaded::new(&program, cpu)?;
    for a in EDGES {
        for b in EDGES {
            check_results(&loaded.run("all", &[*a, *b])?, *a, *b)?;
        }
    }
    Ok(())
}

fn check_results(cell: &[i64], a: i64, b: i64) -> Result<(), Failed> {
    for (op, found) in OPERATIONS.iter().zip(&cell[2..]) {
        equal(*found, reference(*op, a, b), || format!("{a} {op:?} {b}"))?;
    }
    Ok(())
}

pub(crate) fn constants(cpu: Cpu) -> Result<(), Failed> {
    let mut program = empty();
    for (index, b) in EDGES.iter().enumerate() {
        support::with_constant(&mut program, &format!("by_{index}"), *b);
    }
    let loaded = Loaded::new(&program, cpu)?;
    for (index, b) in EDGES.iter().enumerate() {
        for a in EDGES {
            check_results(&loaded.run(&format!("by_{index}"), &[*a])?, *a, *b)?;
        }
    }
    Ok(())
}

pub(crate) fn extensions(cpu: Cpu) -> Result<(), Failed> {
    let mut program = empty();
    add(&mut program, "all", |b, cell| {
        for (at, (width, sign)) in (0..).zip(EXTENSIONS) {
            let value = b.load64(cell, 0);
            let value = b.extend(value, *width, *sign);
            b.store64(cell, 8 + 16 * at, value);
            let value = b.load(cell, 0, *width, *sign);
            b.store64(cell, 16 + 16 * at, value);
        }
    });
    let loaded = Loaded::new(&program, cpu)?;
    for value in EDGES {
        let cell = loaded.run("all", &[*value])?;
        for ((width, sign), found) in EXTENSIONS.iter().zip(cell[1..].chunks(2)) {
            let wanted = extended(*value, *width, *sign);
            equal(found, &[wanted, wanted], || format!("{value} {width:?} {sign:?}"))?;
        }
    }
    Ok(())
}
