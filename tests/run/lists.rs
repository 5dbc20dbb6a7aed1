//! What `-l` and `-lv` list, and what they say where there is nothing.

use libtest_mimic::Failed;

use crate::{
    Guests, Test,
    harness::{self, Folder, Outcome, programs},
};

#[rustfmt::skip]
pub(crate) fn all() -> Vec<Test> {
    let test = |name: &str, needs, body: fn() -> Result<(), Failed>| {
        Test::new(&format!("lists::{name}"), needs, Guests::All, body)
    };
    vec![
        test("the_probes_of_a_program", "root tracepoint", of_a_program),
        test("types_and_their_definitions", "root btf", types),
        test("what_attach_points_pass", "root btf tracepoint", details),
        test("what_kernel_functions_take_and_give", "root btf fentry kprobe", functions),
        test("programs_and_their_static_probes", "root programs", files),
        test("files_that_tell_no_parameters", "root programs", unknown_parameters),
        test("the_process_that_is_traced", "root programs", process),
        test("nothing_found_is_said", "root tracepoint", nothing),
        test("bpftrace_says_nothing_of_it", "root tracepoint", compat),
        test("each_line_can_be_attached", "root tracepoint", lines),
    ]
}

/// What `hawk -l` prints, with its end.
fn listed(words: &[&str]) -> Result<Outcome, Failed> {
    harness::run(words)?.expect_code(0)
}

fn expect(outcome: &Outcome, wanted: &str) -> Result<(), Failed> {
    if outcome.stdout == wanted {
        return Ok(());
    }
    Err(outcome.wrong(&format!("expected:\n{wanted}")))
}

fn has(outcome: &Outcome, wanted: &str) -> Result<(), Failed> {
    if outcome.stdout.contains(wanted) {
        return Ok(());
    }
    Err(outcome.wrong(&format!("`{wanted}` is missing")))
}

const PROGRAM: &str = "begin { } tracepoint:raw_syscalls:sys_*, software:faults:7, t:raw_syscalls:sys_exit { } end { }";
const SITES: &str =
    "tracepoint:raw_syscalls:sys_enter\ntracepoint:raw_syscalls:sys_exit\nsoftware:faults:7\n";

fn of_a_program() -> Result<(), Failed> {
    expect(&listed(&["-l", "-e", PROGRAM])?, SITES)?;
    let folder = Folder::new()?;
    let script = folder.join("probes.bt");
    std::fs::write(&script, PROGRAM)?;
    let script = script.display().to_string();
    expect(&listed(&["-l", &script])?, SITES)?;
    let outcome = listed(&["-lv", &script])?;
    has(&outcome, "tracepoint:raw_syscalls:sys_exit\n    long id\n    long ret\nsoftware:")?;
    // Parameters of the program are read as when it runs.
    let program = "tracepoint:raw_syscalls:$1 { }";
    let outcome = listed(&["-l", "-e", program, "sys_exit"])?;
    expect(&outcome, "tracepoint:raw_syscalls:sys_exit\n")?;
    let outcome = harness::run(["-l", "-e", "tracepoint:raw_syscalls:nosuch { }"])?;
    let outcome = outcome.expect_code(1)?;
    if outcome.stderr.contains("no tracepoint matches") {
        return Ok(());
    }
    Err(outcome.wrong("it should say what is wrong with the program"))
}

fn types() -> Result<(), Failed> {
    expect(&listed(&["-l", "struct list_head"])?, "struct list_head\n")?;
    let outcome = listed(&["-l", "struct task_s*,enum pid_type"])?;
    has(&outcome, "struct task_struct\n")?;
    if !outcome.stdout.ends_with("enum pid_type\n") {
        return Err(outcome.wrong("enums come after structs, as they were asked for"));
    }
    let list_head = "vmlinux: struct list_head {\n\tstruct list_head *next;\n\tstruct list_head *prev;\n};\n\n";
    expect(&listed(&["-lv", "struct list_head"])?, list_head)?;
    has(
        &listed(&["-lv", "enum pid_t*"])?,
        "enum pid_type {\n\tPIDTYPE_PID = 0,\n\tPIDTYPE_TGID = 1,\n",
    )?;
    has(&listed(&["-lv", "union sigval"])?, "\tint sival_int;\n\tvoid *sival_ptr;\n")?;
    has(&listed(&["-lv", "struct file_operations"])?, "\tloff_t (*llseek)(struct file *, ")?;
    let outcome = harness::run(["-l", "struct nosuch_*"])?.expect_code(1)?;
    if outcome.stdout.is_empty() && outcome.stderr.contains("nothing matches `struct nosuch_*`")
    {
        return Ok(());
    }
    Err(outcome.wrong("it should say that there is none"))
}

fn details() -> Result<(), Failed> {
    // Linux 7.2 has one more behind them.
    let outcome = listed(&["-lv", "tracepoint:syscalls:sys_enter_openat"])?;
    let wanted = "tracepoint:syscalls:sys_enter_openat\n    int __syscall_nr\n    int dfd\n    const char * filename\n    int flags\n    umode_t mode\n";
    has(&outcome, wanted)?;
    has(&listed(&["-lv", "tracepoint:sched:sched_switch"])?, "    char prev_comm[16]\n")?;
    let outcome = listed(&["-lv", "rawtracepoint:sched_switch"])?;
    has(
        &outcome,
        "rawtracepoint:sched_switch\n    bool preempt\n    struct task_struct * prev\n",
    )?;
    let outcome = listed(&["-lv", "iter:task_file"])?;
    let wanted =
        "iter:task_file\n    struct task_struct * task\n    u32 fd\n    struct file * file\n";
    expect(&outcome, wanted)?;
    expect(
        &listed(&["-lv", "interval:*"])?,
        "interval:hz:\ninterval:us:\ninterval:ms:\ninterval:s:\n",
    )
}

fn functions() -> Result<(), Failed> {
    let parameters =
        "    struct file * file\n    char * buf\n    size_t count\n    loff_t * pos\n";
    for (name, after) in [
        ("kprobe:vfs_read", ""),
        ("kprobe:vmlinux:vfs_read", ""),
        ("fentry:vmlinux:vfs_read", ""),
        ("fexit:vmlinux:vfs_read", "    ssize_t retval\n"),
    ] {
        expect(&listed(&["-lv", name])?, &format!("{name}\n{parameters}{after}"))?;
    }
    expect(&listed(&["-l", "fentry:vfs_rea*v"])?, "fentry:vmlinux:vfs_readv\n")?;
    expect(&listed(&["-l", "kprobe:vfs_rea*v"])?, "kprobe:vfs_readv\n")?;
    let outcome = harness::run(["-l", "kprobe:vfs_raed"])?.expect_code(1)?;
    if outcome.stderr.contains("did you mean `kprobe:vfs_read`?") {
        return Ok(());
    }
    Err(outcome.wrong("the nearest name should be shown"))
}

/// Once for each file, and not where functions just take nothing.
fn unknown_parameters() -> Result<(), Failed> {
    let listed_of = |name: &str| {
        let pattern = format!("uprobe:{}:*", programs().join(name).display());
        listed(&["-lv", &pattern])
    };
    let told = listed_of("uprobe_target_stripped")?;
    if told.stderr.matches("has no debug information").count() != 1 {
        return Err(told.wrong("that nothing is known is not said once"));
    }
    let known = listed_of("uprobe_target")?;
    if !known.stderr.is_empty() {
        return Err(known.wrong("debug information is there"));
    }
    has(&known, ":add\n    int32 a\n    int32 b\n")
}

fn files() -> Result<(), Failed> {
    let folder = programs().display().to_string();
    let (calls, target) = (format!("{folder}/calls"), format!("{folder}/usdt_target"));
    let main = format!("uprobe:{calls}:main\n");
    expect(&listed(&["-l", &format!("uprobe:{calls}:ma*n")])?, &main)?;
    // A file's name says which types are meant.
    expect(&listed(&["-l", &format!("*:{calls}:ma*n")])?, &main)?;
    let outcome = listed(&["-l", &format!("uprobe:{folder}/cpp_target:cpp:*area*")])?;
    has(&outcome, "cpp:\"shape::Box::area(int) const\"\n")?;
    let functions = format!("{folder}/uprobe_target");
    let outcome = listed(&["-lv", &format!("uprobe:{functions}:subtract")])?;
    let wanted = format!("uprobe:{functions}:subtract\n    int64 a\n    int64 b\n");
    expect(&outcome, &wanted)?;
    let outcome = listed(&["-lv", &format!("uretprobe:{functions}:greet")])?;
    has(&outcome, "    int32 retval\n")?;
    let outcome = listed(&["-lv", &format!("usdt:{target}:hawk:numb*")])?;
    has(&outcome, &format!("usdt:{target}:hawk:numbers\n    "))?;
    has(&outcome, "    uint32 arg1 at 4@$42\n")
}

fn process() -> Result<(), Failed> {
    let path = programs().join("calls").display().to_string();
    let main = format!("uprobe:{path}:main\n");
    expect(&listed(&["-l", "-c", &path, "uprobe:main"])?, &main)?;
    expect(&listed(&["-l", "-c", &path, "uprobe::main"])?, &main)?;
    has(&listed(&["-l", "-c", &path, "main"])?, &main)?;
    let own = std::process::id().to_string();
    // Of this very test all that it has mapped, its C library too.
    has(&listed(&["-l", "-p", &own, "uprobe:*:getenv"])?, ":getenv\n")?;
    has(&listed(&["-l", "-p", &own, "getenv"])?, ":getenv\n")
}

fn nothing() -> Result<(), Failed> {
    for (pattern, wanted) in [
        ("tracepoint:nosuch:x", "nothing matches `tracepoint:nosuch:x`"),
        ("tracepoint:sched:sched_swich", "did you mean `tracepoint:sched:sched_switch`?"),
        ("tracepoint:syscalls:*opne*", "list all with `hawk -l 'tracepoint:syscalls:*'`"),
        ("tracepiont:x:y", "did you mean `tracepoint`?"),
        ("nosuchword", "nothing matches `nosuchword`"),
        ("nosuch.bt", "there is no file `nosuch.bt`"),
        ("uprobe:/no/such/file:*", "no program or library `/no/such/file`"),
        ("watchpoint:*", "watchpoint:ADDRESS:LENGTH:MODE"),
    ] {
        let outcome = harness::run(["-l", pattern])?.expect_code(1)?;
        if !outcome.stdout.is_empty() || !outcome.stderr.contains(wanted) {
            return Err(outcome.wrong(&format!("{pattern}: it should say `{wanted}`")));
        }
    }
    Ok(())
}

fn compat() -> Result<(), Failed> {
    let folder = Folder::new()?;
    let link = folder.join("bpftrace");
    std::os::unix::fs::symlink(std::path::absolute(harness::hawk().ok_or("no hawk")?)?, &link)?;
    let run = |pattern: &str| {
        harness::run_program(std::process::Command::new(&link).args(["-l", pattern]))
    };
    let outcome = run("tracepoint:nosuch:x")?.expect_code(0)?;
    if !outcome.stdout.is_empty() || !outcome.stderr.is_empty() {
        return Err(outcome.wrong("bpftrace prints nothing"));
    }
    let outcome = run("nosuch.bt")?.expect_code(0)?;
    if outcome
        .stderr
        .contains("It appears that 'nosuch.bt' is a filename but the file does not exist")
    {
        return Ok(());
    }
    Err(outcome.wrong("bpftrace warns of a file that is not there"))
}

/// What is listed is what the language takes.
fn lines() -> Result<(), Failed> {
    for pattern in ["tracepoint:sched:*", "software:*", "rawtracepoint:sched_*"] {
        let outcome = listed(&["-l", pattern])?;
        let names: Vec<_> =
            outcome.stdout.lines().map(|line| line.trim_end_matches(':')).collect();
        let program = format!("{} {{ }}", names.join(", "));
        let again = listed(&["-l", "-e", &program])?;
        if names.len() < 3 || again.stdout.lines().count() != names.len() {
            return Err(again.wrong(&format!("not all of:\n{}", outcome.stdout)));
        }
    }
    Ok(())
}
