//! Compares what `-v` shows of loaded programs with `bpftool prog dump xlated`, instruction by
//! instruction. Needs root and bpftool; else it is ignored.

mod support;

use std::process::{Command, ExitCode};

use ir::{Bin, Phase, ProgramKind};
use libtest_mimic::{Arguments, Failed, Trial};
use runtime::{LoadOptions, Loaded, check_permission, describe, disassemble_object, load};
use support::{Script, every_ms, once};

fn main() -> ExitCode {
    let runs = Command::new("bpftool").arg("version").output().is_ok();
    let ignored = check_permission().is_err() || !runs;
    let needs = if ignored { " (needs: root, bpftool)" } else { "" };
    let trials = vec![
        Trial::test(format!("as bpftool shows it{needs}"), as_bpftool)
            .with_ignored_flag(ignored),
        Trial::test("an object's relocations have names", object),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// Programs with as many kinds of instructions as can be had.
fn script() -> Script {
    let mut script = Script::new(1 << 16).with_loss();
    script.probe("begin", ProgramKind::TestRun, once(Phase::Begin), |s, b| {
        let value = b.constant(-7);
        s.print(b, "begin ", value);
    });
    script.probe("interval", ProgramKind::PerfEvent, every_ms(20), |s, b| {
        s.count_comm(b);
        let old = s.count(b);
        let mut value = b.call(ir::Helper::GET_PRANDOM_U32, &[]);
        for op in [
            Bin::Add,
            Bin::Sub,
            Bin::Mul,
            Bin::UDiv,
            Bin::UMod,
            Bin::And,
            Bin::Or,
            Bin::Xor,
            Bin::Shl,
            Bin::Shr,
            Bin::Sar,
            Bin::ULt,
            Bin::SLe,
            Bin::Eq,
        ] {
            value = b.bin(op, value, old);
            let opaque = b.push(ir::Inst::Opaque(value));
            value = b.bin(Bin::Add, opaque, old);
        }
        let cpu = b.call(ir::Helper::GET_SMP_PROCESSOR_ID, &[]);
        let value = b.bin(Bin::Add, value, cpu);
        let narrow = b.extend(value, ir::Width::W8, ir::Sign::Signed);
        s.print(b, "value ", narrow);
        s.exit(b, 3);
    });
    script
}

fn compiled(cpu: llvm::Cpu) -> Result<(Script, Vec<u8>), String> {
    let script = script();
    let options = llvm::Options { cpu, verify: true, ..llvm::Options::default() };
    let compiled = llvm::compile(&script.program, &options).map_err(|it| it.to_string())?;
    Ok((script, compiled.object))
}

fn as_bpftool() -> Result<(), Failed> {
    // Not V4, which bpftool before 7.3 doesn't know.
    for cpu in [llvm::Cpu::V2, llvm::Cpu::V3] {
        let (script, object) = compiled(cpu)?;
        let loaded: Loaded = load(&script.program, &object, &LoadOptions::default())
            .map_err(|error| format!("{error}: {error:?}"))?;
        let text = describe(&script.program, &loaded);
        let ids = text.lines().filter_map(|line| line.strip_prefix("Program ID: "));
        for (id, part) in ids.zip(text.split("Bytecode:\n").skip(1)) {
            let dump =
                Command::new("bpftool").args(["prog", "dump", "xlated", "id", id]).output()?;
            let theirs = plain(&String::from_utf8_lossy(&dump.stdout));
            let ours = plain(part);
            if ours != theirs || ours.is_empty() {
                let differ = ours.iter().zip(&theirs).find(|(ours, theirs)| ours != theirs);
                return Err(format!("{cpu:?}: {differ:?} of\n{text}").into());
            }
        }
        for wanted in [
            "map[@c]",
            "map[ring]",
            "map[hawk.data][0]+",
            "call bpf_get_current_comm#16",
            "call bpf_ringbuf_reserve#131",
            "\n; interval:ms:20 { @n++ }\n",
            "> goto pc",
        ] {
            if !text.replace("== 0x0 goto", "> goto").contains(wanted) {
                return Err(format!("no {wanted} in\n{text}").into());
            }
        }
    }
    Ok(())
}

/// Instructions without the names of maps and functions, and without what only we add.
fn plain(text: &str) -> Vec<String> {
    let instruction = |line: &str| {
        let line = line.trim();
        let (number, rest) = line.split_once(": (")?;
        number.parse::<usize>().ok()?;
        let rest = rest.split(" <").next()?;
        // Older ones don't know the move that makes the address of this CPU's copy (6.10).
        let rest = &match rest.split_once("&(void __percpu *)(") {
            Some((before, register)) => format!("{before}{}", register.trim_end_matches(')')),
            None => rest.to_owned(),
        };
        let rest = match (rest.split_once("map["), rest.split_once("call ")) {
            (Some((before, after)), _) => {
                format!("{before}map[]{}", after.split_once(']')?.1)
            }
            (None, Some((before, _))) => format!("{before}call"),
            (None, None) => rest.clone(),
        };
        Some(format!("{number}: ({rest}"))
    };
    text.lines().filter_map(instruction).collect()
}

fn object() -> Result<(), Failed> {
    let (script, object) = compiled(llvm::Cpu::V3)?;
    let text = disassemble_object(&script.program, &object)?;
    for wanted in [
        "p0 (raw_tracepoint):\n",
        "p1 (perf_event):\n",
        "= map[ring]\n",
        "= map[@c]\n",
        "map[.data]",
        "call bpf_ringbuf_submit#132\n",
        "; interval:ms:20 { @n++ }\n",
    ] {
        if !text.contains(wanted) {
            return Err(format!("no {wanted} in\n{text}").into());
        }
    }
    Ok(())
}
