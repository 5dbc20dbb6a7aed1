//! Runs the program of a form. Header lines of a file: `// form: USAGE`, `// cmd: COMMAND` (for
//! `-c`), `// process: COMMAND` (started before, for `-p`), `// beside: PROGRAM` (a second hawk
//! that runs it meanwhile), `// args: …`, `// without: FEATURES …` (see the mechanisms),
//! `// only: guests`, `// vm: sample` (also in a sample of guests).
//!
//! In program and command `{programs}` stands for the folder of the traced programs, `{kernel:X}`
//! for the address of a symbol of the kernel, `{symbol:FILE:X}` for that of a function of a
//! program, `{entry}` for the bytes before the second instruction of a function of the kernel,
//! `{line:COMMENT}` for the line of `lines_target.c` that ends in that comment, `{pinned}` for a path
//! to pin at, `{folder}` for an empty one, `{archive}` for a ZIP archive that has `uprobe_target` as `lib/target`, `{archived:X}` for the
//! place of its function there, `{function}` and `{id}` for what runs beside.

use std::{fs, path::Path, process::Command};

use libtest_mimic::Failed;
use runtime::{Machine, Target};
use stdlib::Kernel;
use tests::Case;

use crate::{
    harness::{self, Folder, Outcome, Running, Stream, programs},
    lines, pins,
};

/// Runs a case; with `-v` where features in `taken`, or none, are to be taken away.
pub(super) fn run(case: &Case, taken: Option<&str>) -> Result<Outcome, Failed> {
    let folder = Folder::new()?;
    let beside = case.header("beside").map(beside).transpose()?;
    let mounted = case.program.contains("{pinned}").then(pins::Mounted::new).transpose()?;
    let fill = |text: &str| {
        let path = mounted.as_ref().map(|it| it.path("task")).unwrap_or_default();
        fill(&text.replace("{pinned}", &path), &folder, beside.as_ref())
    };
    let mut command = hawk()?;
    command.args(case.words("args"));
    if let Some(taken) = taken {
        command.arg("-v");
        if !taken.is_empty() {
            command.args(["--no-feature", taken]);
        }
    }
    let traced = match case.header("process") {
        Some(text) => Some(process(&fill(text)?)?),
        None => None,
    };
    if let Some(traced) = &traced {
        command.args(["-p", &traced.pid.to_string()]);
    }
    if let Some(text) = case.header("cmd") {
        command.args(["-c", &fill(text)?]);
    }
    harness::run_program(command.arg("-e").arg(fill(&case.program)?))
}

/// The command in the folder of the traced programs, which it also finds by their names.
fn hawk() -> Result<Command, Failed> {
    let mut command = Command::new(std::path::absolute(harness::hawk().ok_or("no hawk")?)?);
    let mut path = programs().into_os_string();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    command.current_dir(programs()).env("PATH", path);
    Ok(command)
}

fn process(command: &str) -> Result<Running, Failed> {
    let mut words = command.split(' ');
    let program = programs().join(words.next().unwrap_or_default());
    Running::start(Command::new(program).args(words), "")
}

/// A second hawk, with the name and number of its program.
struct Beside {
    /// Ends with it.
    _running: Running,
    function: String,
    id: String,
}

fn beside(program: &str) -> Result<Beside, Failed> {
    let mut running = Running::start(hawk()?.args(["-v", "-e", program]), "")?;
    running.attached()?;
    let said = running.printed(Stream::Err);
    let after = |start: &str| {
        let line = said.lines().find_map(|line| line.strip_prefix(start));
        line.map(|rest| rest.trim().to_owned()).ok_or(format!("`{start}` is not said"))
    };
    Ok(Beside { function: after("Program:")?, id: after("Program ID:")?, _running: running })
}

fn fill(text: &str, folder: &Folder, beside: Option<&Beside>) -> Result<String, Failed> {
    let machine = Machine::new(Target::default());
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        out += before;
        let Some((word, behind)) = after.split_once('}') else { break };
        let mut parts = word.split(':');
        let (name, one) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let symbol = |path: &Path, name: &str| {
            let found = machine.symbols(&path.display().to_string(), name).unwrap_or_default();
            found.first().map(|it| it.offset).ok_or(format!("no function `{name}`"))
        };
        let value = match name {
            "programs" => programs().display().to_string(),
            "kernel" => {
                let address = machine.kernel_symbol(one).ok_or(format!("no symbol `{one}`"))?;
                format!("{address:#x}")
            }
            "symbol" => {
                let path = programs().join(one);
                format!("{:#x}", symbol(&path, parts.next().unwrap_or_default())?)
            }
            "line" => lines::line(one)?.to_string(),
            "folder" => folder.join("").display().to_string(),
            "entry" => entry().to_string(),
            "archive" => archive(folder)?,
            "archived" => {
                let target = programs().join("uprobe_target");
                (symbol(&target, one)? + HEADER as u64).to_string()
            }
            "function" => beside.map(|it| it.function.clone()).unwrap_or_default(),
            "id" => beside.map(|it| it.id.clone()).unwrap_or_default(),
            // A block of the program.
            _ => {
                out.push('{');
                rest = after;
                continue;
            }
        };
        out += &value;
        rest = behind;
    }
    Ok(out + rest)
}

/// The place of the second instruction in functions of the kernel: behind the 5 bytes that the
/// function tracer writes, before which there is a mark of 4 bytes where branches are checked.
fn entry() -> u32 {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let path = format!("/boot/config-{}", release.trim());
    let config = fs::read_to_string(path).unwrap_or_default();
    if config.contains("CONFIG_X86_KERNEL_IBT=y") { 9 } else { 5 }
}

const MEMBER: &[u8] = b"lib/target";
/// Of the local header and the name, which stand before the content.
const HEADER: usize = 30 + MEMBER.len();

/// A ZIP archive with one member that is stored as it is.
fn archive(folder: &Folder) -> Result<String, Failed> {
    let path = folder.join("target.apk");
    let content = fs::read(programs().join("uprobe_target"))?;
    let size = u32::try_from(content.len())?.to_le_bytes();
    let [name, _] = u16::try_from(MEMBER.len())?.to_le_bytes();
    // Version, flags, method (stored), time and date, then the checksum, which nobody looks at.
    let common =
        [&[20, 0, 0, 0, 0, 0, 0, 0, 0, 0][..], &[0; 4], &size, &size, &[name, 0, 0, 0]];
    let common = common.concat();
    let local = [b"PK\x03\x04", &common[..], MEMBER].concat();
    let central = [b"PK\x01\x02\x14\x00", &common[..], &[0; 14], MEMBER].concat();
    let start = u32::try_from(local.len() + content.len())?.to_le_bytes();
    let length = u32::try_from(central.len())?.to_le_bytes();
    let end = [b"PK\x05\x06\0\0\0\0\x01\0\x01\0", &length[..], &start, &[0, 0]].concat();
    fs::write(&path, [local, content, central, end].concat())?;
    Ok(path.display().to_string())
}
