//! Values are right: against strace, against C's printf, against what a program is known to do.

use std::process::Command;

use libtest_mimic::Failed;

use crate::{
    Guests, Test,
    counts::maps,
    harness::{self, Folder, programs, run_program},
};

pub(crate) fn all() -> Vec<Test> {
    vec![
        Test::new(
            "values::dd_reads_what_strace_sees",
            "root tracepoint strace",
            Guests::All,
            dd,
        ),
        Test::new("values::printf_is_that_of_c", "root", Guests::Sample, printf),
        Test::new(
            "values::arguments_and_results_of_functions",
            "root uprobe programs",
            Guests::Sample,
            functions,
        ),
        Test::new(
            "values::every_kind_of_binary_can_be_probed",
            "root uprobe programs",
            Guests::All,
            binaries,
        ),
        Test::new(
            "values::file_names_that_are_opened",
            "root tracepoint programs",
            Guests::All,
            opens,
        ),
    ]
}

const DD: &str = "dd if=/dev/zero of=/dev/null bs=4k count=1000";

fn dd() -> Result<(), Failed> {
    let program = "tracepoint:syscalls:sys_exit_read /args.ret > 0/ { @bytes[comm] = sum(args.ret); \
        @reads[comm] = count(); }";
    let outcome = harness::run(["-f", "json", "-e", program, "-c", DD])?.expect_code(0)?;
    let found = maps(&outcome)?;
    let folder = Folder::new()?;
    let log = folder.join("strace");
    let mut strace = Command::new("strace");
    strace.args(["-f", "-e", "trace=read", "-o"]).arg(&log).args(DD.split(' '));
    run_program(&mut strace)?.expect_code(0)?;
    let results: Vec<i64> = std::fs::read_to_string(&log)?
        .lines()
        .filter(|line| line.contains("read("))
        .filter_map(|line| line.rsplit_once("= ")?.1.trim().parse().ok())
        .filter(|result| *result > 0)
        .collect();
    let (bytes, reads) = (&found["@bytes"]["dd"], &found["@reads"]["dd"]);
    let wanted = (results.iter().sum::<i64>(), results.len() as i64);
    if (bytes.as_i64(), reads.as_i64()) != (Some(wanted.0), Some(wanted.1)) {
        return Err(outcome.wrong(&format!("strace sees {wanted:?} bytes and reads")));
    }
    Ok(())
}

/// Conversions and arguments that C's printf and ours both take; coreutils' is C's.
const FORMATS: &[(&str, &[&str])] = &[
    ("%-8s|%5d|%x|%s", &["hi", "-3", "255", "hawk"]),
    ("%5s|%.2s|%-6.3s|", &["abc", "abc", "abcdef"]),
    ("%05d|%+d|% d|%-5d|", &["42", "42", "42", "42"]),
    ("%u|%o|%#o|%#x|%X|%#X|", &["42", "8", "8", "255", "48879", "48879"]),
    ("%8.3d|%.0d|%.5x|", &["7", "0", "255"]),
    ("%lld|%ld|%hhd|%hd|", &["1", "2", "3", "4"]),
    ("%c%c%c|%%|", &["a", "b", "c"]),
    ("%20s|%-20s|", &["right", "left"]),
    ("%d|%d|", &["9223372036854775807", "-9223372036854775807"]),
];

fn printf() -> Result<(), Failed> {
    for (format, arguments) in FORMATS {
        let mut letters = format.split('%').skip(1).filter(|piece| !piece.is_empty());
        let mut shown = Vec::new();
        for argument in *arguments {
            let letter =
                letters.find_map(|piece| piece.chars().find(char::is_ascii_alphabetic));
            shown.push(match (letter, argument.parse::<i64>()) {
                (Some('c'), _) => u32::from(argument.chars().next().unwrap_or(' ')).to_string(),
                (_, Ok(number)) => number.to_string(),
                (_, Err(_)) => format!("{argument:?}"),
            });
        }
        let program =
            format!("begin {{ printf(\"{format}\\n\", {}); exit(); }}", shown.join(", "));
        let ours = harness::run(["-e", &program])?.expect_code(0)?;
        let mut command = Command::new("printf");
        command.arg(format!("{}\\n", format.replace("hh", ""))).args(*arguments);
        let theirs = run_program(&mut command)?.expect_code(0)?;
        if ours.stdout.trim_end() != theirs.stdout.trim_end() {
            return Err(ours.wrong(&format!("{format}: C prints {}", theirs.stdout)));
        }
    }
    Ok(())
}

/// What `tests/programs/uprobe_target.c` says of each function.
fn functions() -> Result<(), Failed> {
    let folder = Folder::new()?;
    let path = folder.copy("uprobe_target", "target")?.display().to_string();
    let probe = |kind: &str, name: &str| format!("{kind}:{path}:{name}");
    let program = format!(
        "{} {{ printf(\"add %d %d\\n\", arg0, arg1); }} {} {{ printf(\"= %d\\n\", retval); }}
         {} {{ printf(\"subtract %d %d\\n\", arg0, arg1); }} {} {{ printf(\"= %d\\n\", retval); }}
         {} {{ printf(\"greet %s\\n\", str(arg0)); }} {} {{ printf(\"= %d\\n\", retval); }}
         {} {{ printf(\"six %d %d %d %d %d %d\\n\", arg0, arg1, arg2, arg3, arg4, arg5); }}
         {} {{ printf(\"factorial %d\\n\", arg0); }} {} {{ printf(\"= %d\\n\", retval); }}",
        probe("uprobe", "add"), probe("uretprobe", "add"),
        probe("uprobe", "subtract"), probe("uretprobe", "subtract"),
        probe("uprobe", "greet"), probe("uretprobe", "greet"),
        probe("uprobe", "six"),
        probe("uprobe", "factorial"), probe("uretprobe", "factorial"),
    );
    let command = format!("{path} 3");
    // The first time, the page of the text may not be in memory, and a probe can't wait for it.
    let program = program.replace("{ printf(\"greet", "/@first++ > 0/ { printf(\"greet");
    let outcome = harness::run(["-q", "-e", &program, "-c", &command])?.expect_code(0)?;
    let mut wanted = String::new();
    for i in 0..3 {
        let greeting = if i == 0 { "" } else { "greet hawk\n" };
        let (sum, rest) = (i + 2, 1 - i);
        wanted += &format!("add {i} 2\n= {sum}\nsubtract 1 {i}\n= {rest}\n{greeting}= 4\n");
        wanted += "six 1 2 3 4 5 6\n";
        wanted += "factorial 5\nfactorial 4\nfactorial 3\nfactorial 2\nfactorial 1\n";
        wanted += "= 1\n= 2\n= 6\n= 24\n= 120\n";
    }
    let found = outcome.stdout.replace("@first: 3\n", "");
    if found.trim() != wanted.trim() {
        return Err(outcome.wrong(&format!("expected:\n{wanted}")));
    }
    Ok(())
}

/// Position-independent or not, optimized, stripped, static: the same calls.
fn binaries() -> Result<(), Failed> {
    for name in [
        "uprobe_target_o2",
        "uprobe_target_fixed",
        "uprobe_target_stripped",
        "uprobe_target_static",
    ] {
        let folder = Folder::new()?;
        let path = folder.copy(name, "target")?.display().to_string();
        let program = format!(
            "uprobe:{path}:add {{ @calls = count(); @last = arg0; }} uretprobe:{path}:add {{ @returned = max(retval); }}"
        );
        let words = ["-f", "json", "-e", &program, "-c", &format!("{path} 10")];
        let outcome = harness::run(words)?.expect_code(0)?;
        let maps = maps(&outcome)?;
        for (map, wanted) in [("@calls", 10), ("@last", 9), ("@returned", 11)] {
            if maps.get(map).and_then(serde_json::Value::as_i64) != Some(wanted) {
                return Err(outcome.wrong(&format!("{name}: {map} is not {wanted}")));
            }
        }
    }
    Ok(())
}

fn opens() -> Result<(), Failed> {
    let folder = Folder::new()?;
    let file = folder.join("opened").display().to_string();
    std::fs::write(&file, "")?;
    let path = programs().join("opens").display().to_string();
    let program = "tracepoint:syscalls:sys_enter_openat /pid == cpid/ { @[str(args.filename)] = count(); }";
    let command = format!("{path} 100 {file}");
    let outcome =
        harness::run(["-f", "json", "-e", program, "-c", &command])?.expect_code(0)?;
    let maps = maps(&outcome)?;
    // The first time the page of the name may not be in memory yet.
    let count = maps["@"].get(&file).and_then(serde_json::Value::as_i64).unwrap_or(0);
    if !(99..=100).contains(&count) {
        return Err(outcome.wrong(&format!("{count} of 100 files opened")));
    }
    Ok(())
}
