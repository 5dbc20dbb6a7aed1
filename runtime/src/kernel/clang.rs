//! Programs in C that a script imports: the user's clang compiles them, to bitcode for our LLVM
//! and, for the types of their functions, to an object with BTF.

use std::{
    env,
    ffi::{OsStr, OsString},
    io::{self, Write},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use object::{
    Endianness, Object, ObjectSection, ObjectSymbol, elf::FileHeader64, read::elf::ElfFile,
};
use stdlib::{Answer, CProgram, Unanswered};

use super::{Btf, BtfKind};

/// The version of our LLVM, whose clang writes what it reads.
const OWN_VERSION: u32 = 22;

/// What `bpf/bpf_tracing.h` wants to know.
const ARCHITECTURE: &str =
    if cfg!(target_arch = "x86_64") { "-D__TARGET_ARCH_x86" } else { "-D__TARGET_ARCH_arm64" };

/// Where Debian keeps the headers of this machine, which `linux/types.h` includes.
const HEADERS: &str = if cfg!(target_arch = "x86_64") {
    "/usr/include/x86_64-linux-gnu"
} else {
    "/usr/include/aarch64-linux-gnu"
};

/// Compiles the program at `path`, whose headers are also looked for in `folders`.
pub(super) fn compile(path: &str, folders: &[String]) -> Answer<CProgram> {
    let clang = find().ok_or_else(stdlib::no_clang)?;
    let mut command = Command::new(&clang);
    command.args(["-target", "bpf", "-O2", "-g", "-mcpu=v3", ARCHITECTURE]);
    folders.iter().for_each(|folder| _ = command.arg("-I").arg(folder));
    command.args(["-idirafter", HEADERS]);
    command.args(["-emit-llvm", "-c", path, "-o", "-"]);
    let bitcode = output(&mut command, &[], &clang)?;
    let mut command = Command::new(&clang);
    command.args(["-target", "bpf", "-mcpu=v3", "-x", "ir", "-c", "-", "-o", "-"]);
    let object = output(&mut command, &bitcode, &clang)?;
    let functions = functions(&object).ok_or_else(|| Unanswered {
        problem: "what clang made of it has no types that can be read (BTF)".to_owned(),
        help: None,
    })?;
    Ok(CProgram { bitcode, functions })
}

/// Whether there is any.
pub(super) fn is_there() -> bool {
    find().is_some()
}

/// `clang`, or the newest of `clang-NN` that is no newer than our LLVM, or the oldest of others.
fn find() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders: Vec<_> = env::split_paths(&path).collect();
    let found = |name: &OsStr| folders.iter().map(|it| it.join(name)).find(|it| it.is_file());
    if let Some(clang) = found(OsStr::new("clang")) {
        return Some(clang);
    }
    let older = (10..=OWN_VERSION).rev();
    let mut names = older.chain(OWN_VERSION + 1..OWN_VERSION + 10);
    names.find_map(|version| found(&OsString::from(format!("clang-{version}"))))
}

/// What a command writes, given `input`.
fn output(command: &mut Command, input: &[u8], clang: &Path) -> Answer<Vec<u8>> {
    let cannot = |error: io::Error| Unanswered {
        problem: format!("`{}` cannot be run: {error}", clang.display()),
        help: None,
    };
    let Output { status, stdout, stderr } = run(command, input).map_err(cannot)?;
    if status.success() {
        return Ok(stdout);
    }
    let said = String::from_utf8_lossy(&stderr);
    let first = said.lines().find(|line| line.contains("error:"));
    let problem = format!("clang refuses it: {}", first.unwrap_or(said.trim()));
    let missing = said.contains("bpf/bpf_") && said.contains("file not found");
    let help = missing.then(|| "install libbpf's headers: `apt install libbpf-dev`".to_owned());
    Err(Unanswered { problem, help })
}

fn run(command: &mut Command, input: &[u8]) -> io::Result<Output> {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // It reads all before it writes. If it does not read it, it says why.
        _ = stdin.write_all(input);
    }
    child.wait_with_output()
}

/// The functions that an object defines.
fn functions(object: &[u8]) -> Option<Vec<(String, stdlib::Prototype)>> {
    let elf = ElfFile::<FileHeader64<Endianness>>::parse(object).ok()?;
    let section = elf.section_by_name(".BTF")?.data().ok()?;
    let btf = Btf::from_bytes(section.to_vec(), None)?;
    let symbols = elf.symbols().filter(|it| it.is_global() && it.is_definition());
    let defined: Vec<_> = symbols.filter_map(|it| it.name().ok().map(str::to_owned)).collect();
    let all = btf.all(BtfKind::Function).into_iter();
    let own = all.filter(|(_, name)| defined.iter().any(|it| it == name));
    Some(own.filter_map(|(id, name)| Some((name.to_owned(), btf.prototype(id)?))).collect())
}
