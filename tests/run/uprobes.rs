//! Every form of a uprobe, on programs in C, C++, Rust and Go that make a known number of calls:
//! each probe fires exactly as often, with the arguments and results that the program has.

use std::{
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use libtest_mimic::Failed;
use runtime::{Machine, Target};
use serde_json::{Value, json};
use stdlib::Kernel;

use crate::{
    Guests, Test,
    counts::{MISSED, maps},
    harness::{Folder, Outcome, Running, Stream, hawk, programs, run_program},
};

pub(crate) fn all() -> Vec<Test> {
    let needs = "root uprobe programs languages";
    vec![
        Test::new("uprobes::by_every_name_of_a_file", needs, Guests::All, names),
        Test::new("uprobes::of_libraries", needs, Guests::All, libraries),
        Test::new("uprobes::of_a_glob_of_files", needs, Guests::All, globs),
        Test::new("uprobes::inside_of_functions", needs, Guests::All, inside),
        Test::new("uprobes::of_cplusplus", needs, Guests::All, cplusplus),
        Test::new("uprobes::of_rust", needs, Guests::All, rust),
        Test::new("uprobes::of_go", needs, Guests::Sample, go),
        Test::new("uprobes::in_an_archive", needs, Guests::All, archive),
        Test::new("uprobes::of_a_process", needs, Guests::All, process),
        Test::new("uprobes::of_all_that_is_mapped", needs, Guests::All, mapped),
    ]
}

/// Runs `script` on what `command` runs, in `folder`, which is also the first of PATH; the maps at
/// the end must be `wanted`.
pub(crate) fn expect(
    folder: &Folder,
    script: &str,
    command: &str,
    wanted: &Value,
) -> Result<(), Failed> {
    let mut words = words(folder)?;
    words.args(["-f", "json", "-e", script, "-c", command]);
    same(&run_program(&mut words)?.expect_code(0)?, wanted)
}

pub(crate) fn words(folder: &Folder) -> Result<Command, Failed> {
    let mut words = Command::new(hawk().ok_or("no hawk")?);
    let path =
        format!("{}:{}", folder.join("").display(), std::env::var("PATH").unwrap_or_default());
    words.current_dir(folder.join("")).env("PATH", path);
    Ok(words)
}

pub(crate) fn same(outcome: &Outcome, wanted: &Value) -> Result<(), Failed> {
    let mut found = maps(outcome)?;
    found.remove(MISSED);
    let found = json!(found);
    if found == *wanted { Ok(()) } else { Err(outcome.wrong(&format!("expected {wanted}"))) }
}

/// A copy of a traced program that waits, so that it can be traced from outside.
pub(crate) struct Waiting(Child);

impl Waiting {
    pub(crate) fn start(program: &Path, calls: u32) -> Result<Self, Failed> {
        let mut command = Command::new(program);
        command.args([&calls.to_string(), "wait"]).stdin(Stdio::piped());
        loop {
            // A process that another test is just starting may still hold the file that was
            // written, and cannot for long.
            match command.spawn() {
                Err(error) if error.kind() == ErrorKind::ExecutableFileBusy => {
                    std::thread::yield_now();
                }
                started => return Ok(Self(started?)),
            }
        }
    }

    pub(crate) fn pid(&self) -> String {
        self.0.id().to_string()
    }

    /// Lets it make its calls and waits for its end.
    pub(crate) fn go(mut self) -> Result<(), Failed> {
        if let Some(mut pipe) = self.0.stdin.take() {
            pipe.write_all(b"\n")?;
        }
        self.0.wait()?;
        Ok(())
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts hawk with `words` beside waiting programs, lets these go, and ends hawk; with the process
/// of `-p` it ends by itself.
pub(crate) fn beside(
    mut words: Command,
    waiting: impl IntoIterator<Item = Waiting>,
    wanted: &Value,
) -> Result<(), Failed> {
    let mut running = Running::start(&mut words, "")?;
    running.until(Stream::Out, "attached_probes")?;
    for waiting in waiting {
        waiting.go()?;
    }
    if !words.get_args().any(|word| word == "-p") {
        running.signal("INT")?;
    }
    same(&running.finish()?.expect_code(0)?, wanted)
}

/// Absolute, relative, from PATH; entry and return.
fn names() -> Result<(), Failed> {
    let folder = Folder::new()?;
    let path = folder.copy("uprobe_target", &folder.name())?.display().to_string();
    let name = folder.name();
    for binary in [path.clone(), format!("./{name}"), name] {
        let script = format!(
            "uprobe:{binary}:six {{ @in[arg0, arg1, arg2, arg3, arg4, arg5] = count(); }}
            uprobe:{binary}:add {{ @add = sum(arg0 * arg1); }}
            uretprobe:{binary}:subtract {{ @out[(int64)retval] = count(); }}
            uprobe:{binary}:point {{ @names[str(arg0 + 16)] = count(); }}
            uprobe:{binary}:factorial {{ @deep = count(); }}
            uretprobe:{binary}:factorial {{ @product = sum(retval); }}"
        );
        let wanted = json!({
            "@in": {"1,2,3,4,5,6": 4}, "@add": 12, "@out": {"1": 1, "0": 1, "-1": 1, "-2": 1},
            "@names": {"point": 4}, "@deep": 20, "@product": (120 + 24 + 6 + 2 + 1) * 4,
        });
        expect(&folder, &script, &format!("{path} 4"), &wanted)?;
    }
    Ok(())
}

/// By name, by versioned name and by path; the program calls `atol` once.
fn libraries() -> Result<(), Failed> {
    let folder = Folder::new()?;
    let path = folder.copy("uprobe_target", "target")?.display().to_string();
    let machine = Machine::new(Target::default());
    let libc = machine.binary("libc").ok().flatten().ok_or("no libc")?;
    for library in ["libc", "libc.so", "libc.so.6", &libc] {
        let script = format!(
            "uprobe:{library}:atol /pid == cpid && comm == \"target\"/ {{ @[str(arg0)] = count(); }}
            uretprobe:{library}:atol /pid == cpid && comm == \"target\"/ {{ @out = sum(retval); }}"
        );
        let wanted = json!({"@": {"321": 1}, "@out": 321});
        expect(&folder, &script, &format!("{path} 321"), &wanted)?;
    }
    Ok(())
}

fn globs() -> Result<(), Failed> {
    let folder = Folder::new()?;
    let paths = [folder.copy("uprobe_target", "one")?, folder.copy("uprobe_target", "other")?];
    let [one, other] = paths.map(|path| path.display().to_string());
    let script = format!(
        "uprobe:{folder}/o*:ad*, uprobe:{folder}/o*:s*t {{ @[probe] = count(); }}",
        folder = folder.join("").display().to_string().trim_end_matches('/'),
    );
    let mut wanted = serde_json::Map::new();
    for (path, calls) in [(&one, 3), (&other, 5)] {
        for function in ["add", "subtract"] {
            wanted.insert(format!("uprobe:{path}:{function}"), json!(calls));
        }
    }
    let command = format!("sh -c '{one} 3; {other} 5'");
    expect(&folder, &script, &command, &json!({"@": wanted}))
}

/// By offset and by address: at instructions only, unless it is allowed.
fn inside() -> Result<(), Failed> {
    let folder = Folder::new()?;
    for program in ["uprobe_target", "uprobe_target_fixed", "uprobe_target_static"] {
        let path = folder.copy(program, program)?.display().to_string();
        let address = address(&path, "subtract")?;
        let script = format!(
            "uprobe:{path}:add+1 {{ @behind = count(); }} uprobe:{path}:{address:#x} {{ @at[arg0] = count(); }}
            uprobe:{path}:{:#x} {{ @after = count(); }}",
            address + 1,
        );
        let wanted = json!({"@behind": 6, "@at": {"1": 6}, "@after": 6});
        expect(&folder, &script, &format!("{path} 6"), &wanted)?;
    }
    for place in ["add+2".to_owned(), "add+2000".to_owned()] {
        let script = format!("uprobe:./uprobe_target:{place} {{ @ = count(); }}");
        let mut words = words(&folder)?;
        words.args(["-e", &script, "-c", "./uprobe_target"]);
        run_program(&mut words)?.expect_code(1)?;
        let mut words = self::words(&folder)?;
        words.args(["--unsafe", "--dry-run", "-e", &script]);
        run_program(&mut words)?.expect_code(0)?;
    }
    Ok(())
}

/// Where `nm` says that a function is.
fn address(path: &str, function: &str) -> Result<u64, Failed> {
    let output = Command::new("nm").arg(path).output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = text.lines().find(|line| line.ends_with(&format!(" T {function}")));
    let line = line.ok_or("nm does not know it")?;
    Ok(u64::from_str_radix(line.split(' ').next().unwrap_or_default(), 16)?)
}

fn cplusplus() -> Result<(), Failed> {
    let folder = Folder::new()?;
    let path = folder.copy("cpp_target", "cpp_target")?.display().to_string();
    let script = format!(
        "uprobe:{path}:cpp:\"shape::Box::area(int) const\" {{ @height[arg1] = count(); }}
        uprobe:{path}:cpp:shape::Box::area {{ @both[func] = count(); }}
        uretprobe:{path}:cpp:*perimeter* {{ @[retval] = count(); }}
        uprobe:{path}:_ZNK5shape3Box4areaEd {{ @mangled = count(); }}"
    );
    let wanted = json!({
        "@height": {"7": 4}, "@": {"14": 4}, "@mangled": 4,
        "@both": {"shape::Box::area(double) const": 4, "shape::Box::area(int) const": 4},
    });
    expect(&folder, &script, &format!("{path} 4"), &wanted)
}

/// Both ways in which the compiler mangles names.
fn rust() -> Result<(), Failed> {
    let folder = Folder::new()?;
    for program in ["rust_target", "rust_target_v0"] {
        let path = folder.copy(program, program)?.display().to_string();
        let script = format!(
            "uprobe:{path}:cpp:rust_target::shape::Square::area {{ @area[arg1] = count(); }}
            uretprobe:{path}:cpp:rust_target::shape::Square::area {{ @result[retval] = count(); }}
            uprobe:{path}:cpp:rust_target::shape::larger* {{ @sum = sum(arg0 + arg1); }}
            uretprobe:{path}:cpp:*Shape*sides {{ @sides = sum(retval); }}
            uprobe:{path}:cpp:rust_target::paint {{ @[arg0, str(arg1, arg2)] = count(); }}"
        );
        let wanted = json!({
            "@area": {"7": 4}, "@result": {"21": 4}, "@sides": 16, "@": {"2,hawk": 4},
            "@sum": 2 * (5 + 6 + 7 + 8),
        });
        expect(&folder, &script, &format!("{path} 4"), &wanted)?;
    }
    Ok(())
}

/// `argN` are Go's registers; returns are caught although stacks move, and by every way out.
fn go() -> Result<(), Failed> {
    let folder = Folder::new()?;
    let path = folder.copy("go_target", "go_target")?.display().to_string();
    let script = format!(
        "uprobe:{path}:main.add {{ @add[arg0, arg1] = count(); }}
        uretprobe:{path}:main.add {{ @sums[retval] = count(); }}
        uprobe:{path}:main.greet {{ @names[str(arg0, arg1), arg2] = count(); }}
        uprobe:{path}:\"main.(*Square).Area\" {{ @area[*(int32 *)arg0, arg1] = count(); }}
        uretprobe:{path}:main.*Square*.* {{ @square[func, retval] = count(); }}
        uprobe:{path}:main.grow {{ @in = count(); }}
        uretprobe:{path}:main.grow {{ @grown[retval] = count(); }}
        uretprobe:{path}:main.choose {{ @[retval] = count(); }}"
    );
    let wanted = json!({
        "@add": {"0,2": 1, "1,2": 1, "2,2": 1}, "@sums": {"2": 1, "3": 1, "4": 1},
        "@names": {"hawk,3": 3}, "@area": {"3,7": 3}, "@": {"0": 1, "2": 1, "100": 1},
        // Its first call in each goroutine starts again on a larger stack, and is one call.
        "@square": {"main.(*Square).Area,21": 3, "main.Square.Sides,12": 3}, "@in": 21,
        "@grown": {"0": 3, "1": 3, "3": 3, "6": 3, "10": 3, "15": 3, "21": 3},
    });
    expect(&folder, &script, &format!("{path} 3"), &wanted)
}

/// A member that is stored as it is, and runs where it lies.
fn archive() -> Result<(), Failed> {
    let folder = Folder::new()?;
    let member = std::fs::read(programs().join("uprobe_target"))?;
    let file = folder.join("package.apk");
    std::fs::write(&file, stored("lib/libtarget.so", &member))?;
    let target = format!("{}!/lib/libtarget.so", file.display());
    let found = Machine::new(Target::default()).symbols(&target, "add").unwrap_or_default();
    let offset = found.first().ok_or("the archive has no such function")?.offset;
    let script = format!(
        "uprobe:{target}:add {{ @[arg1] = sum(arg0); }} uretprobe:{target}:ad* {{ @ret = sum(retval); }}"
    );
    let runs = programs().join("zip_target").display().to_string();
    let command = format!("{runs} {} {offset} 4", file.display());
    expect(&folder, &script, &command, &json!({"@": {"2": 6}, "@ret": 14}))
}

/// A ZIP archive of one member, not compressed, without check sums.
pub(crate) fn stored(name: &str, content: &[u8]) -> Vec<u8> {
    let head = |out: &mut Vec<u8>| {
        // No flags, stored, no date, no check sum.
        out.extend([0; 12]);
        out.extend((content.len() as u32).to_le_bytes().repeat(2));
        out.extend((name.len() as u32).to_le_bytes());
    };
    let mut out = b"PK\x03\x04\x0a\0".to_vec();
    head(&mut out);
    out.extend(name.as_bytes());
    out.extend(content);
    let directory = out.len() as u32;
    out.extend(b"PK\x01\x02\x0a\0\x0a\0");
    head(&mut out);
    out.extend([0; 14]);
    out.extend(name.as_bytes());
    let size = out.len() as u32 - directory;
    out.extend(b"PK\x05\x06\0\0\0\0\x01\0\x01\0");
    out.extend(size.to_le_bytes());
    out.extend(directory.to_le_bytes());
    out.extend([0; 2]);
    out
}

/// With `-p`: the program itself by no name, and what it has mapped. Another one that runs the
/// same file is not counted.
fn process() -> Result<(), Failed> {
    let folder = Folder::new()?;
    let path = folder.copy("uprobe_target", "target")?;
    for (script, calls) in [
        ("uprobe:add { @ = count(); }", 7),
        ("uretprobe:*:subtract { @ = count(); }", 7),
        ("uprobe:libc:exit { @ = count(); }", 1),
    ] {
        let waiting = Waiting::start(&path, 7)?;
        let other = Waiting::start(&path, 5)?;
        let mut words = words(&folder)?;
        words.args(["-f", "json", "-p", &waiting.pid(), "-e", script]);
        beside(words, [other, waiting], &json!({"@": calls}))?;
    }
    Ok(())
}

/// A copy of a traced program in which a name is another one of the same length: then `*` finds
/// no copy that another test is about to remove.
pub(crate) fn renamed(
    folder: &Folder,
    program: &str,
    (from, to): (&str, &str),
) -> Result<PathBuf, Failed> {
    let path = folder.copy(program, "target")?;
    let mut bytes = std::fs::read(&path)?;
    for at in 0..bytes.len().saturating_sub(from.len()) {
        if bytes[at..].starts_with(from.as_bytes()) {
            bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
        }
    }
    std::fs::write(&path, bytes)?;
    Ok(path)
}

/// `*` without `-p`: whatever any process has mapped to run.
fn mapped() -> Result<(), Failed> {
    let folder = Folder::new()?;
    let path = renamed(&folder, "uprobe_target", ("factorial", "downwards"))?;
    let waiting = Waiting::start(&path, 6)?;
    let script = format!("uprobe:*:downwards /pid == {}/ {{ @ = count(); }}", waiting.pid());
    let mut words = words(&folder)?;
    words.args(["-f", "json", "-e", &script]);
    beside(words, [waiting], &json!({"@": 30}))
}
