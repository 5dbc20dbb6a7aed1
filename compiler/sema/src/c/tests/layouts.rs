//! Sizes, alignments and places against gcc's own.

use std::{
    fmt::Write as _,
    io::Write as _,
    process::{Command, Stdio},
};

use ir::{Record, Ty};

use super::{
    generate::{BEFORE, Declaration, Random, declaration},
    read,
};

const COUNT: usize = 4000;

#[test]
fn layouts_are_those_of_gcc() {
    if Command::new("gcc").arg("--version").output().is_err() {
        // needs: gcc
        return;
    }
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    let mut all: Vec<Declaration> = Vec::new();
    for number in 0..COUNT {
        let next = declaration(&mut random, number, &all);
        all.push(next);
    }
    let text: String = all.iter().map(|it| it.text.as_str()).collect();
    let text = format!("{BEFORE}{text}");
    let (found, problems) = read(&text);
    let shown = |span: diag::Span| text.get(span.start as usize..span.end as usize);
    let problems: Vec<_> =
        problems.iter().map(|it| (&it.title, shown(it.primary.span))).collect();
    assert!(problems.is_empty(), "{problems:?}");
    let mut questions = Vec::new();
    for it in &all {
        let Some(Ty::Record(record)) = found.types.get(&it.name) else {
            panic!("{} is not found", it.name);
        };
        questions.extend(expected(&it.name, record));
    }
    let answers = ask(&text, &questions);
    let mut wrong = Vec::new();
    for (question, answer) in questions.iter().zip(answers.lines()) {
        if question.value.to_string() != answer {
            wrong.push((question, answer));
        }
    }
    let named = |name: &str| all.iter().find(|it| it.name == name).map(|it| it.text.as_str());
    let shown = wrong.iter().take(8).map(|(question, answer)| {
        let Question { of, text, value } = question;
        let own = named(of).unwrap_or_default();
        format!("{text} is {value}, but gcc says {answer}\n{own}")
    });
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), shown.collect::<String>());
    assert_eq!(answers.lines().count(), questions.len());
}

struct Question {
    of: String,
    text: String,
    value: u64,
}

fn expected(name: &str, record: &Record) -> Vec<Question> {
    let question =
        |text: String, value: u32| Question { of: name.to_owned(), text, value: value.into() };
    let mut out = vec![
        question(format!("say(sizeof({name}));"), record.size),
        question(format!("say(_Alignof({name}));"), record.align),
    ];
    for field in &record.fields {
        let path = format!("{name}, {}", field.name);
        out.push(match field.bits {
            None => question(format!("say(__builtin_offsetof({path}));"), field.offset),
            Some(bits) => {
                let start = field.offset * 8 + u32::from(bits.shift);
                question(format!("BITS({path});"), start << 8 | u32::from(bits.count))
            }
        });
        if field.bits.is_none() && field.ty.size() > 0 {
            let size = format!("say(sizeof((({name} *)0)->{}));", field.name);
            out.push(question(size, field.ty.size()));
        }
    }
    out
}

fn ask(text: &str, questions: &[Question]) -> String {
    let mut program = format!("{text}\n{HELPERS}");
    for (number, part) in questions.chunks(500).enumerate() {
        let lines: Vec<_> = part.iter().map(|question| question.text.as_str()).collect();
        let _ = writeln!(program, "void part{number}(void) {{\n{}\n}}", lines.join("\n"));
    }
    program.push_str("int main(void) {\n");
    for number in 0..questions.len().div_ceil(500) {
        let _ = writeln!(program, "part{number}();");
    }
    program.push_str("return 0; }\n");
    let path = std::env::temp_dir().join(format!("hawk-layouts-{}", std::process::id()));
    let mut gcc = Command::new("gcc");
    gcc.args(["-w", "-O0", "-std=gnu11", "-x", "c", "-", "-o"]).arg(&path);
    let mut child = gcc.stdin(Stdio::piped()).spawn().expect("gcc");
    child.stdin.take().expect("input").write_all(program.as_bytes()).expect("write");
    assert!(child.wait().expect("gcc").success());
    let out = Command::new(&path).output().expect("answers");
    let _ = std::fs::remove_file(&path);
    String::from_utf8(out.stdout).expect("text")
}

const HELPERS: &str = r#"
extern int printf(const char *format, ...);
#define say(value) printf("%lu\n", (unsigned long)(value))
static unsigned char room[1 << 20] __attribute__((aligned(4096)));
static void bits(unsigned long size) {
    unsigned long first = 0, count = 0;
    for (unsigned long bit = 0; bit < size * 8; bit++)
        if (room[bit / 8] >> bit % 8 & 1) {
            if (!count) first = bit;
            count++;
        }
    say(first << 8 | count);
}
#define BITS(type, field) do { \
    for (unsigned long i = 0; i < sizeof(type); i++) room[i] = 0; \
    ((type *)room)->field = -1; \
    bits(sizeof(type)); \
} while (0)
"#;
