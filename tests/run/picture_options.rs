//! Where pictures and what else is printed go, and what can't be drawn.

use std::{fs, process::Command};

use libtest_mimic::Failed;

use crate::{
    Guests, Test,
    harness::{self, Folder},
};

pub(crate) fn all() -> Vec<Test> {
    let none = Guests::None;
    vec![
        Test::new("picture_options::where_text_goes", "root", none, text),
        Test::new("picture_options::what_can_t_be_drawn", "root", none, refused),
        Test::new("picture_options::not_in_bpftrace_s_mode", "root", none, compat),
    ]
}

const DRAWABLE: &str = "begin { @a[kstack] = count(); @b = 7; printf(\"said\\n\"); exit(); }";

fn text() -> Result<(), Failed> {
    let folder = Folder::new()?;
    let file = folder.join("a.svg").display().to_string();
    // To a file: everything else is printed as ever.
    let outcome = harness::run(["-q", "-o", &file, "-e", DRAWABLE])?.expect_code(0)?;
    if outcome.stdout != "said\n\n\n@b: 7\n" || !outcome.stderr.is_empty() {
        return Err(outcome.wrong("the text beside a file"));
    }
    let words = ["-q", "--flame", "-o", &file, "-f", "json", "-e", DRAWABLE];
    let outcome = harness::run(words)?.expect_code(0)?;
    let lines = outcome.stdout.lines();
    if !lines.clone().all(|line| line.starts_with('{')) || !outcome.stdout.contains("\"@b\": 7")
    {
        return Err(outcome.wrong("JSON beside a file"));
    }
    // To standard output: it has nothing else.
    let outcome = harness::run(["-q", "--flame", "@a", "-e", DRAWABLE])?.expect_code(0)?;
    if !outcome.stdout.starts_with("<?xml") || !outcome.stdout.trim_end().ends_with("</svg>") {
        return Err(outcome.wrong("standard output is no picture"));
    }
    if outcome.stderr != "said\n\n\n@b: 7\n" {
        return Err(outcome.wrong("text does not go to standard error"));
    }
    // `-f text` means what it says.
    let words = ["-q", "-f", "text", "-o", &file, "-e", DRAWABLE];
    harness::run(words)?.expect_code(0)?;
    let text = fs::read_to_string(&file)?;
    if !text.starts_with("said\n") || !text.contains("@a[\n") {
        return Err(format!("-f text wrote {text}").into());
    }
    // A device is written to.
    harness::run(["-q", "--flame", "-o", "/dev/null", "-e", DRAWABLE])?.expect_code(0)?;
    Ok(())
}

const MAPS: &str =
    "begin { @stacks[kstack] = avg(1); @n = count(); @two[kstack] = sum(2); exit(); }";
const SEVERAL: &str = "begin { @a[kstack] = count(); @b[ustack] = 1; @h = hist(1); exit(); }";
const NONE: &str = "begin { printf(\"a\\n\"); exit(); }";

/// Options, program, and what is said.
#[rustfmt::skip]
const REFUSED: &[(&[&str], &str, &str)] = &[
    (&["--flame", "@stack"], MAPS,
        "this program has no map @stack\n  help: did you mean @stacks?"),
    (&["--flame=@n"], MAPS,
        "@n can't be drawn as a flame graph: its key has no stack in it\n  \
         help: write e.g. `@n[kstack, ustack, comm] = count()`"),
    (&["--folded=@stacks"], MAPS,
        "@stacks can't be drawn as folded stacks: what it holds can't be added up\n  \
         help: `count()`, `sum()`, `stats()` and numbers can, as in `@stacks[kstack] = sum(VALUE)`"),
    (&["--heatmap=@n"], MAPS,
        "@n can't be drawn as a heat map: it holds no histogram\n  \
         help: write e.g. `@n = hist(VALUE)` or `@n = lhist(VALUE, 0, 100, 10)`"),
    (&["--perfetto"], NONE,
        "no map of this program can be drawn as a trace\n  \
         help: write e.g. `@[comm] = count()`"),
    (&["--heatmap"], MAPS,
        "no map of this program can be drawn as a heat map\n  \
         help: write e.g. `@ = hist(VALUE)` or `@ = lhist(VALUE, 0, 100, 10)`"),
    (&["-o", "{file}"], SEVERAL,
        "several maps of this program can be drawn\n  \
         help: write one of --flame @a, --flame @b, --heatmap @h; \
         `-f text -o {file}` writes text to it"),
    (&["-o", "{file}"], NONE,
        "no map of this program can be drawn as a flame graph or a heat map\n  \
         help: write e.g. `@[kstack, ustack, comm] = count()` or \
         `@ = hist(VALUE)` or `@ = lhist(VALUE, 0, 100, 10)`; \
         `-f text -o {file}` writes text to it"),
    (&["--flame=@a", "-f", "json"], SEVERAL,
        "JSON and a picture can't both go to standard output\n  \
         help: write `-o FILE` for the picture"),
    (&["--flame=@a", "-o", "{none}"], SEVERAL,
        "failed to write '{none}': No such file or directory (os error 2)"),
];

fn refused() -> Result<(), Failed> {
    let folder = Folder::new()?;
    let file = folder.join("a.svg").display().to_string();
    let none = folder.join("none/a.svg").display().to_string();
    let filled = |text: &str| text.replace("{file}", &file).replace("{none}", &none);
    for (options, program, wanted) in REFUSED {
        let mut words: Vec<_> = options.iter().map(|word| filled(word)).collect();
        words.extend(["-q", "-e", program].map(str::to_owned));
        let outcome = harness::run(words)?.expect_code(1)?;
        let wanted = format!("hawk: {}\n", filled(wanted));
        if outcome.stderr != wanted || !outcome.stdout.is_empty() {
            return Err(outcome.wrong(&format!("{options:?}: not\n{wanted}")));
        }
    }
    let outcome =
        harness::run(["--flame=@a", "--heatmap=@h", "-e", SEVERAL])?.expect_code(1)?;
    if !outcome.stderr.contains("cannot be used with") {
        return Err(outcome.wrong("two pictures are none"));
    }
    Ok(())
}

fn compat() -> Result<(), Failed> {
    let folder = Folder::new()?;
    let file = folder.join("a.svg").display().to_string();
    let mut command = Command::new(harness::hawk().ok_or("no hawk")?);
    command.args(["-o", &file, "-e", DRAWABLE]).env("HAWK_COMPAT", "1");
    let outcome = harness::run_program(&mut command)?.expect_code(0)?;
    let text = fs::read_to_string(&file)?;
    if !text.contains("said\n") || !text.contains("@b: 7\n") || text.contains("<svg") {
        return Err(outcome.wrong(&format!("the file has {text}")));
    }
    Ok(())
}
