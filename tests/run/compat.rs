//! What other people's harnesses and old habits rely on: markers, signals, warnings while tracing.

use std::{os::unix::net::UnixDatagram, process::Command};

use libtest_mimic::Failed;

use crate::{
    Guests, Test,
    harness::{self, Folder, Outcome, Stream},
};

pub(crate) fn all() -> Vec<Test> {
    let all = Guests::All;
    vec![
        Test::new("compat::marker_after_attaching", "root", all, marker),
        Test::new("compat::systemd_is_told", "root", all, systemd),
        Test::new("compat::sigusr1_prints_the_maps", "root", all, sigusr1),
        Test::new("compat::division_by_zero_is_said", "root", all, division),
        Test::new("compat::index_out_of_bounds_is_said", "root", all, out_of_bounds),
        Test::new("compat::arithmetic_follows_the_settings", "root", all, arithmetic),
        Test::new("compat::missing_keys_are_said_if_asked", "root", all, missing_keys),
        Test::new("compat::full_map_is_said", "root", all, full_map),
        Test::new("compat::fields_need_no_types", "root tracepoint", all, without_btf),
        Test::new("compat::settings_reach_the_run", "root", all, settings),
        Test::new("compat::command_is_looked_for_first", "root", all, no_command),
    ]
}

/// Runs hawk with variables of the environment.
fn with(variables: &[(&str, &str)], words: &[&str]) -> Result<Outcome, Failed> {
    let hawk = harness::hawk().ok_or("no hawk")?;
    let mut command = Command::new(hawk);
    command.args(words).envs(variables.iter().copied());
    harness::run_program(&mut command)
}

fn expect(outcome: &Outcome, is: bool, what: &str) -> Result<(), Failed> {
    if is { Ok(()) } else { Err(outcome.wrong(what)) }
}

const COMPAT: (&str, &str) = ("HAWK_COMPAT", "1");

fn marker() -> Result<(), Failed> {
    let line = "__BPFTRACE_NOTIFY_PROBES_ATTACHED";
    for program in [
        "begin { printf(\"first\\n\"); } interval:ms:10 { printf(\"then\\n\"); exit(); }",
        "begin { printf(\"first\\n\"); printf(\"then\\n\"); exit(); }",
    ] {
        let outcome = with(&[(line, "1")], &["-e", program])?.expect_code(0)?;
        expect(&outcome, outcome.stdout.contains(line), "the marker is missing")?;
        if program.contains("interval") {
            // As bpftrace has it: what `begin` prints is read when all is attached.
            let text = format!("{line}\nfirst\nthen\n");
            expect(&outcome, outcome.stdout.starts_with(&text), "the marker is misplaced")?;
        }
        let outcome = with(&[], &["-e", program])?.expect_code(0)?;
        expect(&outcome, !outcome.stdout.contains(line), "the marker was not asked for")?;
    }
    Ok(())
}

fn systemd() -> Result<(), Failed> {
    let folder = Folder::new()?;
    let path = folder.join("notify");
    let socket = UnixDatagram::bind(&path)?;
    socket.set_read_timeout(Some(harness::patience()))?;
    let path = path.display().to_string();
    let words = ["-e", "interval:ms:10 { exit(); }"];
    with(&[("NOTIFY_SOCKET", &path)], &words)?.expect_code(0)?;
    let mut said = String::new();
    for _ in 0..2 {
        let mut buffer = [0; 100];
        let length = socket.recv(&mut buffer)?;
        said += &String::from_utf8_lossy(&buffer[..length]);
        said.push('\n');
    }
    if said == "READY=1\nSTATUS=Tracing\nSTOPPING=1\n" { Ok(()) } else { Err(said.into()) }
}

fn sigusr1() -> Result<(), Failed> {
    let mut hawk = harness::start(["-e", "begin { @kept[1] = 42; } interval:s:100 { }"])?;
    hawk.until(Stream::Err, "Attached")?;
    hawk.signal("USR1")?;
    hawk.until(Stream::Out, "@kept[1]: 42")?;
    hawk.signal("USR1")?;
    hawk.until(Stream::Out, "@kept[1]: 42")?;
    hawk.signal("INT")?;
    let outcome = hawk.finish()?.expect_code(0)?;
    let times = outcome.stdout.matches("@kept[1]: 42").count();
    expect(&outcome, times == 3, "the map is printed twice by the signal and once at the end")?;
    let said = outcome.stderr.matches("self:signal:SIGUSR1").count();
    expect(&outcome, said == 1, "the warning comes once")
}

const DIVIDES: &str = "begin { @zero = 0; @a = 7 / @zero; @b = 7 % @zero; exit(); }";

fn division() -> Result<(), Failed> {
    let outcome = with(&[], &["-e", DIVIDES])?.expect_code(0)?;
    let place = "stdin:1:25-34: WARNING: a division by zero: 1 is taken for the result\n";
    expect(&outcome, outcome.stderr.contains(place), "said where it happens")?;
    let ledger = "1 division: by zero, 1 was the result, at stdin:1:25 in begin\n";
    expect(&outcome, outcome.stderr.contains(ledger), "counted")?;
    let results = outcome.stdout.contains("@a: 1\n@b: 1\n");
    expect(&outcome, results, "1 is the result")?;
    let outcome = with(&[COMPAT], &["-e", DIVIDES])?.expect_code(0)?;
    let words = "WARNING: Divide or modulo by 0 detected. This can lead to unexpected results. \
                 1 is being used as the result.\n";
    expect(&outcome, outcome.stderr.matches(words).count() == 2, "bpftrace's words")?;
    expect(&outcome, !outcome.stderr.contains("Lost:"), "no ledger")
}

fn out_of_bounds() -> Result<(), Failed> {
    let program = "begin { $a = pton(\"7.2.3.4\"); $i = (uint64)(nsecs > 0) + 9; print($a[$i]); \
                   exit(); }";
    let outcome = with(&[COMPAT], &["-q", "-e", program])?.expect_code(0)?;
    let line = "WARNING: Array access out of bounds. This can lead to unexpected results.\n";
    expect(&outcome, outcome.stderr.ends_with(line), "bpftrace's words")?;
    expect(&outcome, outcome.stdout.starts_with("7\n"), "the first element is the result")
}

/// Ours, bpftrace's, and each of bpftrace's ways by itself.
fn arithmetic() -> Result<(), Failed> {
    let program = "begin { @n = -8; @three = 3; printf(\"%ld %ld %ld %d\\n\", @n / 2, @n % @three, \
                   @n >> 1, 5000000000); exit(); }";
    for (variable, expected) in [
        ("", "-4 -2 -4 5000000000\n"),
        ("HAWK_COMPAT", "9223372036854775804 2 9223372036854775804 705032704\n"),
        ("HAWK_UNSIGNED_DIVISION", "9223372036854775804 2 -4 5000000000\n"),
        ("HAWK_LOGICAL_SHIFT", "-4 -2 9223372036854775804 5000000000\n"),
        ("HAWK_NARROW_FORMATS", "-4 -2 -4 705032704\n"),
    ] {
        let variables = [(variable, "1")];
        let variables = if variable.is_empty() { &[][..] } else { &variables[..] };
        let outcome = with(variables, &["-q", "-e", program])?.expect_code(0)?;
        // In compatibility mode warnings of signs come before it.
        expect(&outcome, outcome.stdout.contains(expected), variable)?;
    }
    Ok(())
}

fn missing_keys() -> Result<(), Failed> {
    let program =
        "begin { @m[1] = 1; @x = @m[2]; delete(@m, 3); if (delete(@m, 4)) { } exit(); }";
    let outcome = with(&[], &["-e", program])?.expect_code(0)?;
    expect(&outcome, !outcome.stderr.contains("key"), "not asked for")?;
    for flag in ["-k", "--warnings", "-kk"] {
        let outcome = with(&[], &[flag, "-e", program])?.expect_code(0)?;
        let read = "stdin:1:25-30: WARNING: @m has no such key: 0 is taken for the value\n";
        expect(&outcome, outcome.stderr.contains(read), "the read")?;
        let deleted = "stdin:1:32-45: WARNING: @m has no such key, so nothing was deleted\n";
        expect(&outcome, outcome.stderr.contains(deleted), "the deletion")?;
        let others = outcome.stderr.matches("so nothing was deleted").count();
        expect(&outcome, others == 1, "a deletion that is asked for its result")?;
        let old = outcome.stderr.contains("`-kk` is an old spelling");
        expect(&outcome, old == (flag == "-kk"), "the old spelling")?;
    }
    let outcome = with(&[COMPAT], &["-k", "-e", program])?.expect_code(0)?;
    let words = "WARNING: Can't lookup map element because it does not exist.\n\
                 Additional Info - helper: map_lookup_elem, retcode: 0\n";
    expect(&outcome, outcome.stderr.contains(words), "bpftrace's words")
}

fn full_map() -> Result<(), Failed> {
    let program = "begin { @m[1] = 1; @m[2] = 1; @m[3] = 1; exit(); }";
    let size = ("BPFTRACE_MAX_MAP_KEYS", "2");
    let outcome = with(&[COMPAT, size], &["-e", program])?.expect_code(0)?;
    let words = "WARNING: Map full; can't update element. Try increasing max_map_keys config";
    expect(&outcome, outcome.stderr.contains(words), "bpftrace's words")?;
    let outcome = with(&[size], &["-e", program])?.expect_code(0)?;
    let ledger = "1 update of @m: the map was full, at stdin:1:";
    expect(&outcome, outcome.stderr.contains(ledger), "the ledger")
}

/// Fields of tracepoints come from the kernel's format files.
fn without_btf() -> Result<(), Failed> {
    let program = "tracepoint:raw_syscalls:sys_enter { @ = args->id; exit(); }";
    let variables = [("BPFTRACE_BTF", "/dev/null")];
    let outcome = with(&variables, &["-q", "-e", program])?.expect_code(0)?;
    expect(&outcome, outcome.stdout.contains("@: "), "the field")?;
    let program = "begin { print(sizeof(struct task_struct)); exit(); }";
    let outcome = with(&variables, &["-e", program])?.expect_code(1)?;
    expect(&outcome, outcome.stderr.contains("/dev/null"), "the file that was named")
}

fn settings() -> Result<(), Failed> {
    let program = "begin { @ = 1; exit(); }";
    let quiet = [("HAWK_PRINT_MAPS_ON_EXIT", "false")];
    let outcome = with(&quiet, &["-e", program])?.expect_code(0)?;
    expect(&outcome, !outcome.stdout.contains("@: 1"), "maps are not printed")?;
    let program = format!("config = {{ print_maps_on_exit = false }} {program}");
    let outcome = with(&[], &["-e", &program])?.expect_code(0)?;
    expect(&outcome, !outcome.stdout.contains("@: 1"), "maps are not printed")?;
    let outcome = with(&[("BPFTRACE_PRINT_MAPS_ON_EXIT", "1")], &["-e", &program])?;
    expect(&outcome, outcome.stdout.contains("@: 1"), "the environment wins")
}

fn no_command() -> Result<(), Failed> {
    let program = "begin { printf(\"ran\\n\"); }";
    for command in ["/no/such/program", "no-such-program-anywhere", "/etc/passwd"] {
        let outcome = with(&[], &["-c", command, "-e", program])?.expect_code(1)?;
        expect(&outcome, outcome.stdout.is_empty(), "nothing runs")?;
        expect(&outcome, outcome.stderr.contains(command), "the command is named")?;
    }
    Ok(())
}
