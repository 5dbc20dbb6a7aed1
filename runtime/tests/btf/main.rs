//! The reader of BTF: against BTF built by hand, against garbled BTF, against gcc's, and against
//! what `bpftool` says about the running kernel. What is missing here is ignored and says so.

mod build;
mod compare;
mod garbled;
mod layouts;

use std::{path::Path, process::Command};

use libtest_mimic::{Arguments, Failed, Trial};

pub(crate) type Outcome = Result<(), Failed>;

type Test = (&'static str, fn() -> Outcome, &'static [&'static str]);

const TESTS: &[Test] = &[
    ("structs are decoded", layouts::structs, &[]),
    ("bit-fields lie in an integer that holds them", layouts::bit_fields, &[]),
    ("bit-fields of old BTF", layouts::old_bit_fields, &[]),
    ("members of unnamed members are the outer one's", layouts::unnamed_members, &[]),
    ("pointers tell where they point", layouts::pointers, &[]),
    ("enums", layouts::enums, &[]),
    ("prototypes", layouts::prototypes, &[]),
    ("modules extend the kernel", layouts::split, &[]),
    ("what contains itself is none", layouts::cycles, &[]),
    ("garbled BTF is survived", garbled::bytes, &[]),
    ("garbled headers are survived", garbled::headers, &[]),
    ("gcc's BTF in an ELF file", compare::elf, &["gcc"]),
    ("the kernel's types are found, soon", compare::kernel, &["vmlinux"]),
    ("every struct is laid out as gcc does", compare::all, &["vmlinux", "bpftool", "gcc"]),
];

fn main() -> std::process::ExitCode {
    let trials = TESTS.iter().map(|(name, test, needs)| {
        let missing: Vec<_> = needs.iter().copied().filter(|need| !has(need)).collect();
        let label = if missing.is_empty() {
            (*name).to_owned()
        } else {
            format!("{name} (needs: {})", missing.join(", "))
        };
        Trial::test(label, test).with_ignored_flag(!missing.is_empty())
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code()
}

fn has(need: &str) -> bool {
    match need {
        "vmlinux" => Path::new("/sys/kernel/btf/vmlinux").exists(),
        tool => Command::new(tool).arg("--version").output().is_ok(),
    }
}
