//! What goes where: files, standard streams, JSON, lists, stages, scripts, and who may.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Stdio},
};

use libtest_mimic::Failed;
use serde_json::Value;

use crate::{
    Guests, Test,
    harness::{self, Folder, Outcome, Running, Stream, hawk, run_program},
};

pub(crate) fn all() -> Vec<Test> {
    vec![
        Test::new("outputs::file", "root", Guests::All, file),
        Test::new("outputs::quiet", "root", Guests::All, quiet),
        Test::new("outputs::buffering", "root", Guests::All, buffering),
        Test::new("outputs::json_is_json", "root tracepoint", Guests::All, json),
        Test::new("outputs::script_with_interpreter_line", "root", Guests::All, script),
        Test::new("outputs::standard_input", "root", Guests::All, standard_input),
        Test::new("outputs::parameters", "root", Guests::All, parameters),
        Test::new("outputs::list_has_what_there_is", "root tracepoint", Guests::Sample, list),
        Test::new("outputs::every_stage_can_be_shown", "root tracepoint", Guests::None, stages),
        Test::new(
            "outputs::one_sentence_without_root",
            "root tracepoint setpriv",
            Guests::All,
            without_root,
        ),
        Test::new("outputs::reader_that_goes_away", "root", Guests::All, broken_pipe),
        Test::new("outputs::dry_run_traces_nothing", "root", Guests::All, dry_run),
        Test::new("outputs::command_line_mistakes", "", Guests::None, mistakes),
    ]
}

const SHORT: &str = "begin { printf(\"hello\\n\"); @a = 5; exit(); }";

fn same(outcome: &Outcome, found: &str, wanted: &str) -> Result<(), Failed> {
    if found.trim() == wanted.trim() {
        return Ok(());
    }
    Err(outcome.wrong(&format!("expected:\n{wanted}\nfound:\n{found}")))
}

fn file() -> Result<(), Failed> {
    let folder = Folder::new()?;
    let path = folder.join("out");
    let words = ["-o", &path.display().to_string(), "-e", SHORT];
    let outcome = harness::run(words)?.expect_code(0)?;
    let written = fs::read_to_string(&path)?;
    if !written.contains("hello\n")
        || !written.contains("@a: 5\n")
        || !outcome.stdout.is_empty()
    {
        return Err(outcome.wrong(&format!("the file has:\n{written}")));
    }
    let outcome = harness::run(["-o", "/no/such/folder/out", "-e", SHORT])?.expect_code(1)?;
    if !outcome.stderr.contains("/no/such/folder/out") {
        return Err(outcome.wrong("it should name the file"));
    }
    Ok(())
}

fn quiet() -> Result<(), Failed> {
    let outcome = harness::run(["-q", "-e", SHORT])?.expect_code(0)?;
    same(&outcome, &outcome.stderr, "")
}

/// Whole lines arrive while the program runs; nothing is lost at the end in any mode.
fn buffering() -> Result<(), Failed> {
    for mode in ["line", "full", "none"] {
        let program = "begin { printf(\"one\\n\"); printf(\"two\"); exit(); }";
        let outcome = harness::run(["-B", mode, "-e", program])?.expect_code(0)?;
        same(&outcome, &outcome.stdout, "one\ntwo")?;
    }
    let program = "begin { printf(\"one\\n\"); } interval:s:1000 { exit(); }";
    let mut hawk = harness::start(["-B", "line", "-e", program])?;
    hawk.until(Stream::Out, "one")?;
    hawk.signal("INT")?;
    hawk.finish()?.expect_code(0).map(|_| ())
}

fn json() -> Result<(), Failed> {
    let program = "begin { printf(\"quote \\\" backslash \\\\ tab \\t bell \\x07 umlaut ü\\n\"); \
        @s = \"text\\n\"; @t[1, \"two\"] = (3, \"four\"); @h = hist(5); @l = lhist(5, 0, 10, 2); \
        @st = stats(3); @c[comm] = count(); @neg = -1; @big = 18446744073709551615; print(@c); \
        print((1, \"x\")); print(comm); time(\"%H\\n\"); @raw = \"\\xff\\xfe\"; exit(); }";
    let outcome = harness::run(["-f", "json", "-e", program])?.expect_code(0)?;
    for line in outcome.stdout.lines() {
        let object: Value = serde_json::from_str(line)
            .map_err(|error| outcome.wrong(&format!("not JSON: {error}: {line}")))?;
        if !object["type"].is_string() {
            return Err(outcome.wrong(&format!("without a type: {line}")));
        }
    }
    let maps = crate::counts::maps(&outcome)?;
    for (name, wanted) in
        [("@neg", "-1"), ("@big", "\"18446744073709551615\""), ("@s", "\"text\\n\"")]
    {
        let found = maps.get(name).map(Value::to_string).unwrap_or_default();
        if found != wanted {
            return Err(outcome.wrong(&format!("{name} is {found}, not {wanted}")));
        }
    }
    Ok(())
}

/// `#!/usr/bin/env hawk`, run by its name.
fn script() -> Result<(), Failed> {
    let folder = Folder::new()?;
    let path = folder.join("tool.bt");
    let text = "#!/usr/bin/env hawk\n// A tool.\nbegin { printf(\"%s %d\\n\", str($1), $2); exit(); }\n";
    fs::write(&path, text)?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
    let bin = folder.join("bin");
    fs::create_dir(&bin)?;
    std::os::unix::fs::symlink(hawk().unwrap_or_default(), bin.join("hawk"))?;
    let search = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap_or_default());
    let mut command = Command::new(&path);
    let outcome =
        run_program(command.args(["word", "7"]).env("PATH", search))?.expect_code(0)?;
    same(&outcome, &outcome.stdout, "word 7")
}

fn standard_input() -> Result<(), Failed> {
    let mut command = Command::new(hawk().unwrap_or_default());
    let outcome = Running::start(command.args(["-", "5"]), "begin { print($1 + 1); exit(); }")?;
    let outcome = outcome.finish()?.expect_code(0)?;
    same(&outcome, &outcome.stdout, "6")
}

fn parameters() -> Result<(), Failed> {
    let program = "begin { printf(\"%d %d %s %d\\n\", $1, $2, str($3), $#); exit(); }";
    let words = ["-e", program, "0x10", "-7", "three"];
    let outcome = harness::run(words)?.expect_code(0)?;
    same(&outcome, &outcome.stdout, "16 -7 three 3")
}

fn list() -> Result<(), Failed> {
    for (pattern, wanted) in [
        ("tracepoint:syscalls:sys_enter_*at", "tracepoint:syscalls:sys_enter_openat"),
        ("t:raw_syscalls:*", "tracepoint:raw_syscalls:sys_exit"),
        ("software:*", "software:page-faults:"),
        ("*sched_switch", "tracepoint:sched:sched_switch"),
        ("rawtracepoint:sched_*", "rawtracepoint:sched_switch"),
    ] {
        let outcome = harness::run(["-l", pattern])?.expect_code(0)?;
        if !outcome.stdout.lines().any(|line| line == wanted) {
            return Err(outcome.wrong(&format!("{pattern}: `{wanted}` is missing")));
        }
    }
    let outcome =
        harness::run(["-l", "tracepoint:syscalls:sys_enter_openat"])?.expect_code(0)?;
    same(&outcome, &outcome.stdout, "tracepoint:syscalls:sys_enter_openat")?;
    let outcome = harness::run(["-l"])?.expect_code(0)?;
    if outcome.stdout.lines().count() < 100 {
        return Err(outcome.wrong("the list of everything is short"));
    }
    Ok(())
}

fn stages() -> Result<(), Failed> {
    let program = "tracepoint:syscalls:sys_enter_read { @[comm] = count(); }";
    for (stage, wanted) in [
        ("lex", "comm"),
        ("parse", "comm"),
        ("expand", "syscalls:sys_enter_read"),
        ("check", "@[string[16]] : count_t"),
        ("lower", "get_current_comm"),
        ("emit", "define"),
        ("optimize", "define"),
        ("object", "(95) exit"),
    ] {
        let outcome = harness::run(["--emit", stage, "-e", program])?.expect_code(0)?;
        if !outcome.stdout.contains(wanted) || !outcome.stderr.is_empty() {
            return Err(outcome.wrong(&format!("{stage}: `{wanted}` is missing")));
        }
    }
    let folder = Folder::new()?;
    let (elf, text) = (folder.join("it.o"), folder.join("it"));
    let (elf_name, text_name) = (elf.display().to_string(), text.display().to_string());
    let words =
        ["--emit-elf", &elf_name, "--emit-llvm", &text_name, "--dry-run", "-e", program];
    let outcome = harness::run(words)?.expect_code(0)?;
    if !fs::read(&elf)?.starts_with(b"\x7fELF") {
        return Err(outcome.wrong("the object is no ELF file"));
    }
    for ending in [".original.ll", ".optimized.ll"] {
        if !fs::read_to_string(format!("{text_name}{ending}"))?.contains("define") {
            return Err(outcome.wrong(&format!("{ending} is no LLVM text")));
        }
    }
    Ok(())
}

fn as_nobody(words: &[&str]) -> Result<Outcome, Failed> {
    // Nobody may read the folder that hawk was built in, but all may run a copy.
    let folder = Folder::new()?;
    let copy = folder.join("hawk");
    fs::copy(hawk().unwrap_or_default(), &copy)?;
    fs::set_permissions(&copy, fs::Permissions::from_mode(0o755))?;
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(&copy).args(words);
    run_program(command.current_dir("/"))
}

fn without_root() -> Result<(), Failed> {
    let outcome = as_nobody(&["-e", "tracepoint:syscalls:sys_enter_read { @ = count(); }"])?;
    let outcome = outcome.expect_code(1)?;
    let sentences =
        outcome.stderr.lines().filter(|line| !line.trim_start().starts_with("help:"));
    if !outcome.stderr.contains("CAP_BPF")
        || sentences.count() != 1
        || !outcome.stdout.is_empty()
    {
        return Err(outcome.wrong("expected one sentence that names what is missing"));
    }
    // A mistake in the text comes first, and what needs no kernel needs no rights.
    let outcome = as_nobody(&["-e", "begin { exit( }"])?.expect_code(1)?;
    if !outcome.stderr.contains("[E0") || outcome.stderr.contains("CAP_BPF") {
        return Err(outcome.wrong("the mistake comes first"));
    }
    for stage in ["lex", "parse", "expand", "check", "lower", "emit", "optimize", "object"] {
        let program = "begin { @a = 1; printf(\"%d\\n\", pid); } interval:s:1 { exit(); }";
        as_nobody(&["--emit", stage, "-e", program])?.expect_code(0)?;
    }
    as_nobody(&["-V"])?.expect_code(0)?;
    as_nobody(&["--help"])?.expect_code(0).map(|_| ())
}

/// `hawk … | head -1` ends, and says nothing.
fn broken_pipe() -> Result<(), Failed> {
    let program = "interval:ms:1 { printf(\"line %d\\n\", nsecs); }";
    let path = hawk().unwrap_or_default();
    let script = format!("'{}' -q -e '{program}' | head -3", path.display());
    let mut command = Command::new("sh");
    let outcome =
        run_program(command.args(["-c", &script]).stdin(Stdio::null()))?.expect_code(0)?;
    if outcome.stdout.lines().count() != 3 || outcome.stderr.contains("panic") {
        return Err(outcome.wrong("expected three lines"));
    }
    Ok(())
}

fn dry_run() -> Result<(), Failed> {
    let outcome = harness::run([
        "--dry-run",
        "-e",
        "begin { printf(\"traced\\n\"); } interval:s:1 { @ = 1; }",
    ])?;
    let outcome = outcome.expect_code(0)?;
    if outcome.stdout.contains("traced") {
        return Err(outcome.wrong("nothing is to be traced"));
    }
    Ok(())
}

/// Whatever is wrong with the command line, one line says so and the code is 1.
fn mistakes() -> Result<(), Failed> {
    for (words, wanted) in [
        (&["/no/such/script.bt"][..], "/no/such/script.bt"),
        (&["-p", "x", "-e", SHORT], "x"),
        (&["-p", "0", "-e", SHORT], "0"),
        (&["-d", "nonsense", "-e", SHORT], "nonsense"),
        (&["-f", "nonsense", "-e", SHORT], "json"),
        (&["--nonsense"], "--nonsense"),
        (&["-c", "true", "-p", "1", "-e", SHORT], "-p"),
        (&["begin { exit(); }"], "-e"),
        (&["-l", "nonsense:x"], "nonsense"),
    ] {
        let outcome = harness::run(words)?.expect_code(1)?;
        if !outcome.stderr.contains(wanted) || outcome.stderr.contains("panicked") {
            return Err(outcome.wrong(&format!("{words:?}: it should speak of `{wanted}`")));
        }
    }
    // An empty script, a folder, bytes that are no text, and a line of 10 MB.
    let folder = Folder::new()?;
    let cases: [(&str, Vec<u8>, &str); 4] = [
        ("empty.bt", Vec::new(), "E0008"),
        ("binary.bt", (0..=255).collect(), "E0009"),
        ("line.bt", format!("begin {{ @x = \"{}; }}", "a".repeat(10 << 20)).into(), "E0003"),
        ("words.bt", format!("begin {{ {} }}", "@x++; ".repeat(10 << 17)).into(), "E0016"),
    ];
    for (name, bytes, wanted) in cases {
        let path = folder.join(name);
        fs::write(&path, bytes)?;
        let outcome = harness::run([&path])?.expect_code(1)?;
        if !outcome.stderr.contains(wanted) || outcome.stderr.len() > 10_000 {
            return Err(outcome.wrong(&format!("{name}: expected {wanted}, briefly")));
        }
    }
    harness::run([Path::new("/tmp")])?.expect_code(1).map(|_| ())
}
