//! What probes attach to: kernel functions in guests, and what is said where there are none.

use std::time::Instant;

use libtest_mimic::Failed;

use crate::{
    Guests, Test,
    counts::maps,
    harness::{self, programs},
};

pub(crate) fn all() -> Vec<Test> {
    vec![
        Test::new(
            "targets::kprobe_counts_what_the_tracepoint_counts",
            "root kprobe tracepoint programs",
            Guests::Sample,
            kprobe,
        ),
        Test::new("targets::unwatch_detaches", "root breakpoint", Guests::None, unwatch),
        Test::new(
            "targets::without_kprobes_tracepoints_are_named",
            "root no-kprobe tracepoint",
            Guests::None,
            no_kprobe,
        ),
        Test::new(
            "targets::probe_names_the_one_that_fired",
            "root tracepoint programs",
            Guests::All,
            sites,
        ),
    ]
}

/// Every `read()` of a file that is there goes through `vfs_read` once. Only reads of this size are
/// looked at: the kernel itself reads while it starts the program.
fn kprobe() -> Result<(), Failed> {
    let program = "kprobe:vfs_read /pid == cpid && arg2 == 1024/ { @enter = count(); @asked = sum(arg2); }
        kretprobe:vfs_read /pid == cpid && retval == 1024/ { @leave = count(); @got = sum((int64)retval); }
        tracepoint:syscalls:sys_enter_read /pid == cpid && args.count == 1024/ { @calls = count(); @wanted = sum(args.count); }
        tracepoint:syscalls:sys_exit_read /pid == cpid && args.ret == 1024/ { @bytes = sum(args.ret); }";
    let command = "dd if=/dev/zero of=/dev/null bs=1k count=100";
    let outcome = harness::run(["-f", "json", "-e", program, "-c", command])?.expect_code(0)?;
    let maps = maps(&outcome)?;
    for (function, call) in
        [("@enter", "@calls"), ("@leave", "@calls"), ("@asked", "@wanted"), ("@got", "@bytes")]
    {
        if !maps.contains_key(call) || maps.get(function) != maps.get(call) {
            return Err(outcome.wrong(&format!("{function} and {call} differ")));
        }
    }
    Ok(())
}

/// The perf event of a watchpoint is closed when the script says so, and no other.
fn unwatch() -> Result<(), Failed> {
    let program =
        "watchpoint:0x600010:8:w { @ = count(); } watchpoint:0x600018:8:w { @ = count(); }
        self:signal:SIGUSR1 { unwatch(0x600010); printf(\"unwatched\\n\"); }";
    let mut hawk = harness::start(["-e", program, "-c", "sleep 60"])?;
    hawk.attached()?;
    let watched = || -> Result<usize, Failed> {
        let files = std::fs::read_dir(format!("/proc/{}/fd", hawk.pid))?;
        let links = files.flatten().filter_map(|file| std::fs::read_link(file.path()).ok());
        Ok(links.filter(|link| link.to_string_lossy().contains("perf_event")).count())
    };
    let before = watched()?;
    let deadline = Instant::now() + harness::patience();
    hawk.signal("USR1")?;
    while watched()? != before - 1 {
        if Instant::now() > deadline {
            return Err(format!("{} of {before} are left", watched()?).into());
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    hawk.signal("INT")?;
    hawk.finish()?.expect_code(0)?;
    Ok(())
}

fn no_kprobe() -> Result<(), Failed> {
    let program = "kprobe:vfs_read { @[comm] = count(); } interval:s:1 { exit(); }";
    let outcome = harness::run(["-e", program])?.expect_code(1)?;
    for wanted in ["no kprobes", "tracepoint:syscalls:sys_enter_read"] {
        if !outcome.stderr.contains(wanted) {
            return Err(outcome.wrong(&format!("it should say `{wanted}`")));
        }
    }
    Ok(())
}

/// One body on many attach points knows which one it is.
fn sites() -> Result<(), Failed> {
    let program = "tracepoint:syscalls:sys_enter_getppid, tracepoint:syscalls:sys_exit_getppid, \
        tracepoint:syscalls:sys_enter_getpgid /pid == cpid/ { @[probe] = count(); }";
    let path = programs().join("calls").display().to_string();
    let outcome = harness::run(["-f", "json", "-e", program, "-c", &format!("{path} 50")])?;
    let outcome = outcome.expect_code(0)?;
    let maps = maps(&outcome)?;
    let wanted = serde_json::json!({
        "tracepoint:syscalls:sys_enter_getppid": 50,
        "tracepoint:syscalls:sys_exit_getppid": 50,
    });
    if maps.get("@") != Some(&wanted) {
        return Err(outcome.wrong(&format!("expected {wanted}")));
    }
    Ok(())
}
