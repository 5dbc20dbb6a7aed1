//! Attaching and detaching: it can be stopped, leaves nothing behind however often it is done, and
//! probes on one event fire in the order of the script.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use libtest_mimic::Failed;

use crate::{
    Guests, Test,
    counts::maps,
    harness::{self, Folder, patience, programs},
};

pub(crate) fn all() -> Vec<Test> {
    let probes = "root tracepoint uprobe btf programs";
    vec![
        Test::new("attaching::stops_at_once", "root uprobe", Guests::None, stops),
        Test::new("attaching::cycles_leave_nothing", probes, Guests::None, || cycles(&[])),
        Test::new(
            "attaching::cycles_of_perf_events_leave_nothing",
            probes,
            Guests::None,
            || cycles(&["--no-feature", "uprobe_multi"]),
        ),
        Test::new("attaching::a_failure_leaves_nothing", probes, Guests::All, failure),
        Test::new("attaching::order_on_uprobes", probes, Guests::Sample, || {
            order_on_uprobes(&[])
        }),
        Test::new("attaching::order_on_uprobes_by_perf", probes, Guests::Sample, || {
            order_on_uprobes(&["--no-feature", "uprobe_multi"])
        }),
        Test::new("attaching::order_on_kprobes", "root kprobe", Guests::Sample, || {
            order_on_functions("kprobe:F", "kretprobe:F")
        }),
        Test::new("attaching::order_on_globs_of_kprobes", "root kprobe", Guests::All, || {
            // The second function makes each a link to many, where the kernel has such.
            order_on_functions(
                "kprobe:F, kprobe:do_nanosleep",
                "kretprobe:F, kretprobe:do_nanosleep",
            )
        }),
        Test::new("attaching::order_on_fentry", "root fentry", Guests::Sample, || {
            order_on_functions("fentry:F", "fexit:F")
        }),
        Test::new("attaching::order_on_tracepoints", probes, Guests::All, order_on_tracepoints),
        Test::new("attaching::begin_and_end_in_order", "root", Guests::All, begin_and_end),
        Test::new(
            "attaching::nested_programs_run",
            "root tracepoint programs",
            Guests::All,
            || nested("/pid == cpid/"),
        ),
        Test::new(
            "attaching::nested_programs_that_cannot_run_are_told",
            "root tracepoint programs linux-6.7",
            Guests::All,
            || nested("/args.sig == 18/"),
        ),
    ]
}

/// A signal ends the run while it attaches probes by the thousand, and nothing is attached.
fn stops() -> Result<(), Failed> {
    let folder = Folder::new()?;
    let target = folder.join("many");
    // This very program has functions enough; nobody runs the copy.
    fs::copy(std::env::current_exe()?, &target)?;
    let program = format!(
        "config = {{ max_probes = 100000 }} uprobe:{}:*drop* {{ @ = count(); }}
         end {{ printf(\"the end\\n\"); }}",
        target.display()
    );
    // On a busy machine the signal may come when everything is attached.
    for _ in 0..5 {
        let hawk = harness::start(["--no-feature", "uprobe_multi", "-e", &program])?;
        until_it_listens(hawk.pid)?;
        hawk.signal("INT")?;
        let outcome = hawk.finish()?.expect_code(0)?;
        if !outcome.stdout.contains("the end") {
            return Err(outcome.wrong("`end` did not run"));
        }
        if !outcome.stderr.contains("Attached") {
            return Ok(());
        }
    }
    Err("everything is attached before the signal is heard".into())
}

/// Waits until a process takes signals by a descriptor: from then on it attaches.
fn until_it_listens(pid: u32) -> Result<(), Failed> {
    let deadline = Instant::now() + patience();
    let folder = format!("/proc/{pid}/fd");
    let listens = || {
        let files = fs::read_dir(&folder).into_iter().flatten().flatten();
        let mut targets = files.filter_map(|file| fs::read_link(file.path()).ok());
        targets.any(|to| to == Path::new("anon_inode:[signalfd]"))
    };
    while !listens() {
        if Instant::now() > deadline {
            return Err("it never takes signals".into());
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}

/// How often probes are attached and detached: `HAWK_CYCLES`, else so many that it takes seconds.
fn cycle_count() -> u32 {
    let asked = std::env::var("HAWK_CYCLES").ok().and_then(|text| text.parse().ok());
    asked.unwrap_or(25)
}

/// Attaches and detaches again and again, by every end there is; in the end the kernel has none of
/// the maps, which whatever is left of a program or link would hold.
fn cycles(options: &[&str]) -> Result<(), Failed> {
    let folder = Folder::new()?;
    let target = folder.copy("uprobe_target", "target")?.display().to_string();
    let name = map_name(&folder);
    let program = format!(
        "tracepoint:syscalls:sys_enter_getpgid {{ @{name}[args.pid] = count(); }}
         uprobe:{target}:add, uprobe:{target}:six {{ @{name}[probe] = count(); }}
         uretprobe:{target}:six {{ @{name}[retval] = count(); }}
         rawtracepoint:sched_process_exit {{ @{name}[pid] = count(); }}
         profile:hz:20 {{ @{name}[cpu] = count(); }} interval:s:100 {{ print(@{name}); }}"
    );
    let program = program.replace("[probe]", "[1]");
    for cycle in 0..cycle_count() {
        let words = ["-e", &program].into_iter().chain(options.iter().copied());
        let mut hawk = harness::start(words)?;
        hawk.attached()?;
        let (signal, code) = [("INT", 0), ("TERM", 0), ("KILL", 137)][cycle as usize % 3];
        hawk.signal(signal)?;
        hawk.finish()?.expect_code(code)?;
    }
    nothing_left(&name)
}

/// A name that no other map has, short enough for the kernel.
fn map_name(folder: &Folder) -> String {
    let digits: String = folder.name().chars().filter(char::is_ascii_alphanumeric).collect();
    format!("x{digits}")
}

/// Waits until the kernel has no map of that name; for each ten runs it gets as long as one may
/// take to let go.
fn nothing_left(name: &str) -> Result<(), Failed> {
    let deadline = Instant::now() + patience();
    let all = "iter:bpf_map { printf(\"%s\\n\", ctx.map.name); }";
    loop {
        let outcome = harness::run(["-e", all])?.expect_code(0)?;
        let left = outcome.stdout.lines().filter(|line| line.contains(name)).count();
        if !outcome.stdout.contains("hawk") {
            return Err(outcome.wrong("not even the iterator's own maps are there"));
        }
        if left == 0 {
            return Ok(());
        }
        if Instant::now() > deadline {
            return Err(format!("{left} maps called {name} are left").into());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// When one probe can't be attached, none is.
fn failure() -> Result<(), Failed> {
    let folder = Folder::new()?;
    let target = folder.copy("uprobe_target", "target")?.display().to_string();
    let name = map_name(&folder);
    // The kernel refuses to attach there only when it is asked to.
    let program = format!(
        "uprobe:{target}:add {{ @{name} = count(); }}
         tracepoint:syscalls:sys_enter_getpgid {{ @{name} = count(); }}
         watchpoint:0x1:8:x {{ @{name} = count(); }}"
    );
    let outcome = harness::run(["-e", &program])?;
    if outcome.code == 0 || outcome.stderr.contains("Attached") {
        return Err(outcome.wrong("it attached what can't be"));
    }
    nothing_left(&name)
}

/// The lines that `program` printed while `command` ran.
fn printed(program: &str, options: &[&str], command: &str) -> Result<String, Failed> {
    let words = ["-e", program, "-c", command].into_iter().chain(options.iter().copied());
    let outcome = harness::run(words)?.expect_code(0)?;
    let lines: Vec<_> = outcome.stdout.lines().filter(|line| !line.is_empty()).collect();
    Ok(lines.join(" "))
}

fn expect(printed: &str, wanted: &str) -> Result<(), Failed> {
    if printed == wanted {
        Ok(())
    } else {
        Err(format!("expected `{wanted}`, found `{printed}`").into())
    }
}

fn order_on_uprobes(options: &[&str]) -> Result<(), Failed> {
    let folder = Folder::new()?;
    let target = folder.copy("uprobe_target", "target")?.display().to_string();
    let probe =
        |kind: &str, text: &str| format!("{kind}:{target}:six {{ printf(\"{text}\\n\"); }} ");
    let entries = ["1", "2", "3"].map(|text| probe("uprobe", text)).concat();
    let returns = ["4", "5", "6"].map(|text| probe("uretprobe", text)).concat();
    let lines = printed(&(entries + &returns), options, &format!("{target} 2"))?;
    expect(&lines, "1 2 3 4 5 6 1 2 3 4 5 6")
}

/// On a function of the kernel that reading one of our own files calls, once each time.
fn order_on_functions(entry: &str, exit: &str) -> Result<(), Failed> {
    let function = "proc_pid_make_inode";
    let body = |text: &str| {
        // The first time only: how often it is called is the kernel's business.
        format!("/pid == cpid && @at < {text}/ {{ @at = {text}; printf(\"{text}\\n\"); }} ")
    };
    let probe = |at: &str, text: &str| format!("{} {}", at.replace('F', function), body(text));
    let entries = ["1", "2", "3"].map(|text| probe(entry, text)).concat();
    let returns = ["4", "5", "6"].map(|text| probe(exit, text)).concat();
    let program = entries + &returns + "end { clear(@at); }";
    // What it prints has no digits, wherever it comes between.
    let lines = printed(&program, &[], "cat /proc/self/comm")?;
    let ours: String = lines.chars().filter(char::is_ascii_digit).collect();
    expect(&ours, "123456")
}

fn order_on_tracepoints() -> Result<(), Failed> {
    let flood =
        format!("{} --out /dev/null --syscall getpgid 1", programs().join("flood").display());
    let place = "tracepoint:syscalls:sys_enter_getpgid";
    let at = format!("{place} /pid == cpid/");
    let end = "rawtracepoint:sched_process_exit /pid == cpid/";
    let program = format!(
        "{at} {{ printf(\"1\\n\"); return; }} {at} {{ printf(\"2\\n\"); }}
         {place} /pid == cpid && args.pid == 1/ {{ printf(\"3\\n\"); }}
         {end} {{ printf(\"4\\n\"); }} {end} {{ printf(\"5\\n\"); }}"
    );
    expect(&printed(&program, &[], &flood)?, "1 2 3 4 5")
}

fn begin_and_end() -> Result<(), Failed> {
    let program =
        "end { printf(\"5\\n\"); } BEGIN { printf(\"1\\n\"); } begin { printf(\"2\\n\"); }
        END { printf(\"6\\n\"); } begin, BEGIN { @n++; printf(\"%d\\n\", 2 + @n); }
        interval:ms:1 { exit(); } end { clear(@n); }";
    expect(&printed(program, &[], "true")?, "1 2 3 4 5 6")
}

/// A program that makes another one's event: either that runs, or it is told that it did not.
fn nested(filter: &str) -> Result<(), Failed> {
    let flood = programs().join("flood").display().to_string();
    let command = format!("{flood} --out /dev/null --syscall getpgid 10");
    let program = format!(
        "tracepoint:syscalls:sys_enter_getpgid /pid == cpid/
         {{ @sent = sum(args.pid); signal(\"CONT\"); }}
         tracepoint:signal:signal_generate {filter} {{ @nested = count(); }}"
    );
    let words = ["--unsafe", "-f", "json", "-e", &program, "-c", &command];
    let outcome = harness::run(words)?.expect_code(0)?;
    let maps = maps(&outcome)?;
    let number = |name: &str| maps.get(name).and_then(serde_json::Value::as_u64).unwrap_or(0);
    // Others may send that signal too.
    if number("@sent") == 55 && number("@nested") + number("missed") >= 10 {
        Ok(())
    } else {
        Err(outcome.wrong("ten signals were sent from a program"))
    }
}
