//! Our reader of C against the kernel's own knowledge of its types: `bpftool` prints BTF as C, and
//! every struct and union that is read from that has the size and the members that BTF says.

use std::{collections::BTreeMap, path::Path, process::Command, process::ExitCode};

use diag::{SourceId, Sources};
use ir::{Field, Record, Sign, Ty, Width};
use libtest_mimic::{Arguments, Completion, Failed, Trial};
use runtime::{Btf, BtfKind};
use stdlib::Config;
use tests::RecordedKernel;

const BTF: &str = "/sys/kernel/btf/vmlinux";

fn main() -> ExitCode {
    let trials = vec![Trial::ignorable_test("of_the_kernel", || compare("vmlinux"))];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn compare(name: &str) -> Result<Completion, Failed> {
    if !Path::new(BTF).exists() {
        return Ok(Completion::ignored_with("the kernel has no BTF"));
    }
    let Some(text) = dumped()? else {
        return Ok(Completion::ignored_with("`bpftool` is not installed"));
    };
    let btf = Btf::vmlinux().map_err(|why| why.problem)?;
    let imported = read(name, text)?;
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    let mut wrong = Vec::new();
    let (mut compared, mut narrow) = (0, 0);
    let kinds = [(BtfKind::Struct, "struct"), (BtfKind::Union, "union")];
    let all = kinds.into_iter().flat_map(|(kind, word)| {
        btf.all(kind).into_iter().map(move |(id, name)| (id, format!("{word} {name}")))
    });
    let all: Vec<_> = all.collect();
    for (_, name) in &all {
        *seen.entry(name.clone()).or_default() += 1;
    }
    // Which of several of one name keeps it is bpftool's choice.
    for (id, name) in all.iter().filter(|(_, name)| seen[name] == 1) {
        let Some(Ty::Record(theirs)) = btf.ty(*id) else { continue };
        if theirs.fields.iter().any(|field| has_narrow_enum(&field.ty)) {
            narrow += 1;
            continue;
        }
        // An enum of that name, which BTF allows and C does not, takes it away.
        let second = || imported.c_type(&format!("{name}___2"));
        let Some(Ty::Record(ours)) = imported.c_type(name).or_else(second) else {
            wrong.push(format!("{name} is not read"));
            continue;
        };
        compared += 1;
        wrong.extend(different(name, &theirs, ours));
    }
    if compared < 1000 || narrow > compared / 10 {
        wrong.push(format!("{compared} types were compared, {narrow} left out"));
    }
    wrong.truncate(30);
    if wrong.is_empty() { Ok(Completion::Completed) } else { Err(wrong.join("\n").into()) }
}

/// The kernel's types as bpftool prints them; none if there is no bpftool.
fn dumped() -> Result<Option<String>, Failed> {
    let path = std::env::var("PATH").unwrap_or_default();
    let command = Command::new("bpftool")
        .env("PATH", format!("{path}:/usr/sbin:/sbin"))
        .args(["btf", "dump", "file", BTF, "format", "c"])
        .output();
    match command {
        Ok(output) if output.status.success() => Ok(Some(String::from_utf8(output.stdout)?)),
        Ok(output) => Err(String::from_utf8_lossy(&output.stderr).into_owned().into()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Reads the text as a header that a program imports, on a machine that knows no types.
fn read(name: &str, text: String) -> Result<sema::Imported, Failed> {
    let header = format!("{name}.h");
    let mut sources = Sources::new("case.bt", format!("import \"{header}\"; begin {{ }}"));
    let kernel =
        RecordedKernel { files: BTreeMap::from([(header, text)]), ..Default::default() };
    let parsed = grammar::parse(&sources, SourceId(0));
    let mut problems = parsed.problems;
    let (program, config) = (&parsed.program, Config::default());
    let imported = sema::import(program, &mut sources, &config, &kernel, &mut problems);
    match problems.first() {
        None => Ok(imported),
        Some(problem) => Err(diag::render(problem, &sources, false).into()),
    }
}

/// Where two descriptions of one type differ.
fn different(name: &str, theirs: &Record, ours: &Record) -> Vec<String> {
    if theirs.size != ours.size {
        return vec![format!("{name}: {} bytes in BTF, {} as read", theirs.size, ours.size)];
    }
    if theirs.fields.len() != ours.fields.len() {
        let (a, b) = (theirs.fields.len(), ours.fields.len());
        return vec![format!("{name}: {a} members in BTF, {b} as read")];
    }
    let pairs = theirs.fields.iter().zip(&ours.fields);
    let pairs = pairs.map(|(theirs, ours)| (without_sign(theirs), without_sign(ours)));
    let differs = pairs.filter(|(theirs, ours)| theirs != ours);
    differs
        .map(|(theirs, ours)| format!("{name}: in BTF\n {theirs:?}\nas read\n {ours:?}"))
        .collect()
}

/// Whether there is an enum of less than 4 bytes in it, which BTF says and its C text does not.
fn has_narrow_enum(ty: &Ty) -> bool {
    match ty {
        Ty::Enum(shape) => shape.width < Width::W32,
        Ty::Array(item, _) => has_narrow_enum(item),
        Ty::Record(record) => record.fields.iter().any(|field| has_narrow_enum(&field.ty)),
        Ty::Void
        | Ty::Bool
        | Ty::Int(..)
        | Ty::Str(_)
        | Ty::Bytes(_)
        | Ty::Tuple(_)
        | Ty::Ptr(..)
        | Ty::Coded(_)
        | Ty::Reduced(_)
        | Ty::Packed(_)
        | Ty::Opaque(_) => false,
    }
}

/// The field with every byte unsigned: `char` is signed in C on x86-64, and is not in kernels
/// since 6.2, which BTF says and its C text does not. Nor is a type told from others of its name,
/// which bpftool gives numbers.
fn without_sign(field: &Field) -> Field {
    Field { ty: unsigned(&field.ty), ..field.clone() }
}

fn unsigned(ty: &Ty) -> Ty {
    match ty {
        Ty::Int(Width::W8, _) => Ty::Int(Width::W8, Sign::Unsigned),
        Ty::Array(item, count) => Ty::Array(Box::new(unsigned(item)), *count),
        Ty::Ptr(to, space) => Ty::Ptr(Box::new(unsigned(to)), *space),
        Ty::Record(record) => {
            let fields = record.fields.iter().map(without_sign).collect();
            let name = record.name.as_deref().map(|name| own_name(name).to_owned());
            Ty::Record(Record { name, fields, ..(**record).clone() }.into())
        }
        Ty::Void
        | Ty::Bool
        | Ty::Int(..)
        | Ty::Str(_)
        | Ty::Bytes(_)
        | Ty::Tuple(_)
        | Ty::Enum(_)
        | Ty::Coded(_)
        | Ty::Reduced(_)
        | Ty::Packed(_) => ty.clone(),
        Ty::Opaque(name) => Ty::Opaque(own_name(name).into()),
    }
}

/// `struct x` of `struct x___2`.
fn own_name(name: &str) -> &str {
    name.split("___").next().unwrap_or_default()
}
