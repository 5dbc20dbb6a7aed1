//! The command of `-c`: what of it is seen from its first instruction on, and by whom; and what
//! is seen of it where the kernel does not tell its types.

use libtest_mimic::Failed;
use serde_json::{Value, json};

use crate::{
    Guests, Test,
    counts::maps,
    harness::{self, Folder},
};

pub(crate) fn all() -> Vec<Test> {
    let library = "root uprobe programs program=library_target program=liblibrary_target.so";
    let watch = "root breakpoint programs program=library_target";
    vec![
        Test::new(
            "commands::a_library_is_seen_while_it_is_loaded",
            library,
            Guests::Sample,
            loaded,
        ),
        Test::new(
            "commands::without_a_target_its_program_is_meant",
            library,
            Guests::All,
            target,
        ),
        Test::new(
            "commands::watchpoints_are_for_threads_and_not_for_children",
            watch,
            Guests::All,
            watched,
        ),
        Test::new(
            "commands::types_are_not_needed_where_no_type_is_named",
            "root tracepoint uprobe programs",
            Guests::Sample,
            without_types,
        ),
        Test::new(
            "commands::kprobes_do_without_types",
            "root kprobe programs",
            Guests::Sample,
            kprobes_without_types,
        ),
        Test::new("commands::what_needs_types_says_so", "root", Guests::None, types_are_missed),
    ]
}

/// A copy: probes of other tests on the same file would count its calls too.
fn copy(folder: &Folder, name: &str) -> Result<String, Failed> {
    Ok(folder.copy(name, name)?.display().to_string())
}

fn expect(words: &[&str], command: &str, wanted: &Value) -> Result<(), Failed> {
    let words = ["-f", "json"].iter().chain(words).copied().chain(["-c", command]);
    let outcome = harness::run(words)?.expect_code(0)?;
    let mut found = serde_json::to_value(maps(&outcome)?)?;
    if let Some(found) = found.as_object_mut() {
        found.remove("missed");
    }
    if found == *wanted { Ok(()) } else { Err(outcome.wrong(&format!("expected {wanted}"))) }
}

/// A static probe and a function that are first met before `main`.
fn loaded() -> Result<(), Failed> {
    let folder = Folder::new()?;
    let library = copy(&folder, "liblibrary_target.so")?;
    let command = copy(&folder, "library_target")?;
    let script = format!(
        "usdt:{library}:hawk:passed {{ @passed[(int32)arg0] = count(); }}
         uprobe:{library}:passed {{ @called[(int32)arg0] = count(); }}
         uretprobe:{library}:passed {{ @returned[(int32)retval] = count(); }}"
    );
    let each = json!({"-1": 1, "0": 1, "1": 1});
    let wanted = json!({"@passed": each, "@called": each, "@returned": each});
    expect(&["-e", &script], &format!("{command} 2"), &wanted)
}

fn target() -> Result<(), Failed> {
    let script = "uprobe::main { @starts = count(); } uretprobe::main { @ends = count(); }";
    let wanted = json!({"@starts": 1, "@ends": 1});
    let folder = Folder::new()?;
    copy(&folder, "liblibrary_target.so")?;
    let command = copy(&folder, "library_target")?;
    expect(&["-e", script], &format!("{command} 2"), &wanted)?;
    let script = "usdt::hawk:numbers { @[probe] = count(); }";
    let static_target = copy(&folder, "usdt_target")?;
    let wanted = json!({"@": {(format!("usdt:{static_target}:hawk:numbers")): 4}});
    expect(&["-e", script], &format!("{static_target} 4"), &wanted)
}

/// Three writes by the first thread, five by another, seven by a child.
fn watched() -> Result<(), Failed> {
    let script = "watchpoint:0x600010:8:w { @[tid == cpid, pid == cpid] = count(); }";
    let folder = Folder::new()?;
    let command = format!("{} fork", copy(&folder, "watch_target")?);
    let threads = json!({"@": {"true,true": 3, "false,true": 5}});
    expect(&["-e", script], &command, &threads)?;
    let all = json!({"@": {"true,true": 3, "false,true": 5, "false,false": 7}});
    expect(&["--follow", "-e", script], &command, &all)
}

/// The same with the kernel's types and without them.
fn both(script: &str, command: &str, wanted: &Value) -> Result<(), Failed> {
    expect(&["-e", script], command, wanted)?;
    expect(&["--no-feature", "btf", "-e", script], command, wanted)
}

fn without_types() -> Result<(), Failed> {
    let folder = Folder::new()?;
    let target = copy(&folder, "usdt_target")?;
    let script = format!(
        "BEGIN {{ @begun = 1; }}
         tracepoint:raw_syscalls:sys_enter /pid == cpid && args.id == 231/ {{ @exits = count(); }}
         tracepoint:sched:sched_process_exit /pid == cpid/ {{ @ends[comm, args.pid == pid] = count(); }}
         rawtracepoint:sched_process_exec /pid == cpid/ {{ @executes[arg1 == pid] = count(); }}
         usdt:{target}:hawk:numbers {{ @static[arg0, arg1] = count(); }}
         uprobe:{target}:main {{ @starts = count(); }}
         uretprobe:{target}:main {{ @status = retval; }}
         interval:s:100, profile:s:100, software:dummy:1 {{ @never = count(); }}
         END {{ @ended = 1; }}"
    );
    let wanted = json!({
        "@begun": 1, "@ended": 1, "@exits": 1, "@starts": 1, "@status": 0,
        "@ends": {"usdt_target,true": 1}, "@executes": {"true": 1},
        "@static": {"0,42": 1, "1,42": 1},
    });
    both(&script, &format!("{target} 2"), &wanted)
}

fn kprobes_without_types() -> Result<(), Failed> {
    // Reads that wait may hold all places that old kernels have for returns of one function.
    let script = "kprobe:vfs_write /pid == cpid && arg2 == 1024/ { @enter = count(); }
        kretprobe:vfs_write /pid == cpid && retval == 1024/ { @leave = count(); }";
    let wanted = json!({"@enter": 20, "@leave": 20});
    both(script, "dd if=/dev/zero of=/dev/null bs=1k count=20 status=none", &wanted)
}

fn types_are_missed() -> Result<(), Failed> {
    for script in [
        "begin { print(curtask.pid); }",
        "iter:task { @ = count(); }",
        "fentry:vfs_read { @ = count(); }",
        "rawtracepoint:sched_switch { print(args.preempt); }",
    ] {
        let outcome = harness::run(["--no-feature", "btf", "-e", script])?.expect_code(1)?;
        if !outcome.stderr.contains("BTF") {
            return Err(outcome.wrong("it should say that there is no BTF"));
        }
    }
    Ok(())
}
