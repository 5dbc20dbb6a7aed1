//! Against what others say of the same types.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    io::Write as _,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use ir::{Field, Record, Ty};
use libtest_mimic::Failed;
use runtime::{Btf, BtfKind, Machine, Target, TypeId};
use stdlib::Kernel;

use crate::Outcome;

fn failed(why: impl ToString) -> Failed {
    why.to_string().into()
}

fn run(command: &mut Command, input: &str) -> Result<String, Failed> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    child.stdin.take().ok_or("no input")?.write_all(input.as_bytes())?;
    let out = child.wait_with_output()?;
    if !out.status.success() {
        return Err(format!("{command:?} failed").into());
    }
    Ok(String::from_utf8(out.stdout)?)
}

pub(crate) fn elf() -> Outcome {
    let path = std::env::temp_dir().join(format!("hawk-btf-{}.o", std::process::id()));
    let text = "struct s { char name[16]; struct s *next; unsigned a : 3, b : 7; } variable;\n\
                int function(struct s *s, long n) { return n + s->b; }\n";
    let mut gcc = Command::new("gcc");
    gcc.args(["-gbtf", "-x", "c", "-c", "-", "-o"]).arg(&path);
    run(&mut gcc, text)?;
    let btf = Btf::of_elf(path.to_str().ok_or("path")?);
    std::fs::remove_file(&path)?;
    let btf = btf.map_err(|why| failed(why.problem))?;
    let Some(Ty::Record(record)) = btf.named("struct s") else {
        return Err("struct s not found".into());
    };
    assert_eq!(record.size, 32);
    let shown = |field: &Field| (field.name.clone(), field.ty.to_string(), field.offset);
    let fields: Vec<_> = record.fields.iter().map(shown).collect();
    let field = |name: &str, ty: &str, offset| (name.to_owned(), ty.to_owned(), offset);
    let wanted = [
        field("name", "string[16]", 0),
        field("next", "struct s *", 16),
        field("a", "uint32", 24),
        field("b", "uint32", 24),
    ];
    assert_eq!(fields, wanted);
    Ok(())
}

pub(crate) fn kernel() -> Outcome {
    let mut opened = Duration::MAX;
    let mut looked_up = Duration::MAX;
    // The best of some; on a busy machine of many.
    for _ in 0..500 {
        let start = Instant::now();
        let btf = Btf::vmlinux().map_err(|why| failed(why.problem))?;
        opened = opened.min(start.elapsed());
        let start = Instant::now();
        assert!(btf.named("struct task_struct").is_some());
        looked_up = looked_up.min(start.elapsed());
        if opened < Duration::from_millis(20) && looked_up < Duration::from_millis(50) {
            break;
        }
    }
    let btf = Btf::vmlinux().map_err(|why| failed(why.problem))?;
    let machine = Machine::new(Target::default());
    let ty = |name: &str| machine.c_type(name).map_err(|why| failed(why.problem));
    assert_eq!(ty("pid_t")?, Some(Ty::I32));
    assert_eq!(ty("u64")?, Some(Ty::U64));
    assert_eq!(ty("bool")?, Some(Ty::Bool));
    assert_eq!(ty("char")?.map(|ty| ty.size()), Some(1));
    assert_eq!(ty("struct no_such_struct")?, None);
    assert_eq!(ty("")?, None);
    let Some(Ty::Record(task)) = ty("struct task_struct")? else {
        return Err("struct task_struct is no struct".into());
    };
    let field = |name: &str| task.fields.iter().find(|field| field.name == name);
    assert_eq!(field("comm").map(|field| &field.ty), Some(&Ty::Str(16)));
    let parent = field("real_parent").ok_or("real_parent")?.ty.to_string();
    assert_eq!(parent, "struct task_struct *");
    let function = btf.find("vfs_read", BtfKind::Function).ok_or("vfs_read")?;
    let prototype = btf.prototype(function).ok_or("prototype of vfs_read")?;
    let shown = prototype.parameters.iter().map(|(name, ty)| format!("{name}: {ty}"));
    let shown: Vec<_> = shown.collect();
    let char = ty("char")?.ok_or("char")?;
    let buffer = format!("buf: {char} *");
    assert_eq!(shown, ["file: struct file *", &buffer, "count: uint64", "pos: int64 *"]);
    // Ten times what a slow machine takes that is busy with other things; a reader of everything
    // takes longer on any.
    assert!(opened < Duration::from_millis(200), "opening took {opened:?}");
    assert!(looked_up < Duration::from_millis(500), "a look-up took {looked_up:?}");
    Ok(())
}

/// What is asked about one record, and what should come out.
struct Question<'a> {
    name: &'a str,
    record: &'a Record,
}

pub(crate) fn all() -> Outcome {
    let header = run(
        Command::new("bpftool")
            .args(["btf", "dump", "file", "/sys/kernel/btf/vmlinux"])
            .args(["format", "c"]),
        "",
    )?;
    let btf = Btf::vmlinux().map_err(|why| failed(why.problem))?;
    let header = with_small_enums(header, &btf);
    let defined: Vec<String> = header.lines().filter_map(defined).collect();
    let ids = ids(&btf);
    // Where two types share a name, the second is called `name___2` there, in another order.
    let shared: BTreeSet<_> =
        defined.iter().filter_map(|name| Some(name.split_once("___")?.0)).collect();
    let mut types = BTreeMap::new();
    for name in &defined {
        if name.contains("___") || shared.contains(name.as_str()) {
            continue;
        }
        let id = ids.get(name).ok_or_else(|| format!("{name} is not found"))?;
        let Some(Ty::Record(record)) = btf.ty(*id) else {
            return Err(format!("{name} is not decoded").into());
        };
        types.insert(name.clone(), record);
    }
    assert!(types.len() > 300, "only {} types", types.len());
    let questions: Vec<_> =
        types.iter().map(|(name, record)| Question { name, record }).collect();
    let wanted = expected(&questions);
    let answers = ask(&header, &wanted)?;
    assert_eq!(answers.lines().count(), wanted.len());
    let mut wrong = Vec::new();
    for ((question, wanted), found) in wanted.iter().zip(answers.lines()) {
        if found != wanted.to_string() {
            wrong.push(format!("{question} is {wanted}, but gcc says {found}"));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

/// Every struct and union by its name: quicker than to look each up.
fn ids(btf: &Btf) -> BTreeMap<String, TypeId> {
    let mut ids = BTreeMap::new();
    for (word, kind) in [("struct", BtfKind::Struct), ("union", BtfKind::Union)] {
        for (id, name) in btf.all(kind) {
            ids.entry(format!("{word} {name}")).or_insert(id);
        }
    }
    ids
}

/// `bpftool` forgets that an enum may be smaller than an `int`.
fn with_small_enums(header: String, btf: &Btf) -> String {
    let mut small = BTreeSet::new();
    for (id, name) in btf.all(BtfKind::Enum) {
        if btf.ty(id).is_some_and(|ty| ty.size() < 4) {
            small.insert(format!("enum {name} {{"));
        }
    }
    let mut inside = false;
    let line = |line: &str| {
        inside |= small.contains(line);
        if inside && line == "};" {
            inside = false;
            return "} __attribute__((packed));\n".to_owned();
        }
        format!("{line}\n")
    };
    header.lines().map(line).collect()
}

/// `struct x {` at the start of a line defines it.
fn defined(line: &str) -> Option<String> {
    let head = line.strip_suffix(" {")?;
    (head.starts_with("struct ") || head.starts_with("union ")).then(|| head.to_owned())
}

/// What gcc is asked, in its order: sizes and offsets in bytes, first bits and counts of bits.
fn expected(questions: &[Question<'_>]) -> Vec<(String, u64)> {
    let (mut plain, mut bits) = (Vec::new(), Vec::new());
    for Question { name, record } in questions {
        plain.push((format!("sizeof({name})"), u64::from(record.size)));
        for field in &record.fields {
            let path = format!("{name}, {}", field.name);
            let offset = u64::from(field.offset);
            match field.bits {
                None => plain.push((format!("__builtin_offsetof({path})"), offset)),
                Some(place) => {
                    let start = offset * 8 + u64::from(place.shift);
                    bits.push((path, start << 8 | u64::from(place.count)));
                }
            }
        }
    }
    plain.extend(bits);
    plain
}

/// Has gcc print the values.
fn ask(header: &str, questions: &[(String, u64)]) -> Result<String, Failed> {
    let mut text = format!("{header}\n{HELPERS}\nstatic const unsigned plain[] = {{\n");
    let (bits, plain): (Vec<_>, Vec<_>) = questions
        .iter()
        .map(|(text, _)| text)
        .partition(|text| text.contains(", ") && !text.contains('('));
    for question in &plain {
        writeln!(text, "{question},")?;
    }
    writeln!(text, "}};\nint main(void) {{")?;
    writeln!(text, "for (unsigned i = 0; i < {}; i++) say(plain[i]);", plain.len())?;
    for question in &bits {
        writeln!(text, "BITS({question});")?;
    }
    text.push_str("return 0; }\n");
    let path = std::env::temp_dir().join(format!("hawk-btf-{}", std::process::id()));
    let mut gcc = Command::new("gcc");
    gcc.args(["-w", "-O0", "-std=gnu11", "-fno-builtin", "-x", "c", "-", "-o"]).arg(&path);
    run(&mut gcc, &text)?;
    let out = run(&mut Command::new(&path), "");
    std::fs::remove_file(&path)?;
    out
}

/// The names that libc would declare are the kernel's own here.
const HELPERS: &str = r#"
extern int printf(const char *format, ...);
#define say(value) printf("%lu\n", (unsigned long)(value))
static void bits(const unsigned char *at, unsigned long size) {
    unsigned long first = 0, count = 0;
    for (unsigned long bit = 0; bit < size * 8; bit++)
        if (at[bit / 8] >> bit % 8 & 1) {
            if (!count) first = bit;
            count++;
        }
    say(first << 8 | count);
}
static unsigned char room[1 << 20];
#define BITS(type, field) do { \
    for (unsigned long i = 0; i < sizeof(type); i++) room[i] = 0; \
    ((type *)room)->field = -1; \
    bits(room, sizeof(type)); \
} while (0)
"#;
