//! Programs with a jump over more code than fits into its 16 bits: newer kernels have longer
//! jumps, which come with the next version of the instructions; for older ones what is repeated
//! becomes a loop, and what is too long all the same is said.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use driver::pipeline::{self, Failure};
use ir::{Helper, Inst, Program};
use stdlib::Feature;
use tests::{
    RecordedKernel,
    generate::{input, settings},
    recorded_kernel,
};

/// Statements under a condition, each of which is copied as 300 instructions.
fn copies(text: &str) -> String {
    let long = "abcdefgh".repeat(100);
    format!("begin {{ if (pid == 7) {{ {} }} }}", text.replace("TEXT", &long))
}

fn repeated() -> String {
    copies("unroll (30) { unroll (4) { @t = \"TEXT\"; } }")
}

fn written() -> String {
    copies(&"@t = \"TEXT\"; ".repeat(120))
}

/// A kernel that lacks some things.
fn without(features: &[Feature]) -> RecordedKernel {
    let mut kernel = recorded_kernel("linux-6.18").unwrap();
    kernel.features.retain(|it| !features.contains(it));
    kernel
}

fn build(text: &str, kernel: &RecordedKernel) -> Result<Program, Failure> {
    let (mut input, mut problems) = (input(text, &settings()), Vec::new());
    let typed = pipeline::analyse(&mut input, kernel, &mut problems).unwrap();
    let built = pipeline::build(&input, &typed, kernel, &mut problems);
    built.map(|(program, _)| program)
}

/// How often the program asks the kernel to repeat something.
fn loops(program: &Program) -> usize {
    let insts = program.functions.iter().flat_map(|(_, function)| function.insts.iter());
    let is_loop =
        |inst: &Inst| matches!(inst, Inst::Call(helper, _) if *helper == Helper::LOOP);
    insts.filter(|(_, inst)| is_loop(inst)).count()
}

#[test]
fn newer_kernels_have_longer_jumps() {
    let kernel = without(&[]);
    for text in [repeated(), written()] {
        let program = build(&text, &kernel).unwrap();
        assert_eq!(loops(&program), 0, "nothing is lowered in another way");
        // And not because there was room for it.
        let compiled = pipeline::object(&input(&text, &settings()), &program);
        assert!(matches!(compiled, Err(Failure::TooLong)), "{compiled:?}");
    }
}

#[test]
fn before_repeats_become_loops() {
    let program = build(&repeated(), &without(&[Feature::UprobeMulti])).unwrap();
    assert_eq!(loops(&program), 2, "each `unroll` is one");
}

#[test]
fn what_is_still_too_long_is_said() {
    let old = recorded_kernel("linux-5.10").unwrap();
    for (text, kernel) in
        [(repeated(), &old), (written(), &old), (written(), &without(&[Feature::UprobeMulti]))]
    {
        let failure = build(&text, kernel).map(|_| ()).unwrap_err();
        let words =
            "a probe is too long: before Linux 6.6 a jump goes over 32,767 instructions";
        assert!(failure.to_string().starts_with(words), "{failure}");
    }
}
