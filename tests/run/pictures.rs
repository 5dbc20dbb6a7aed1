//! Pictures of maps: what is in them, where they go, and what can't be drawn.

use std::{
    fs,
    io::Read,
    path::Path,
    process::{Command, Stdio},
};

use libtest_mimic::Failed;
use quick_xml::{Reader, events::Event};

use crate::{
    Guests, Test,
    harness::{self, Folder, Outcome},
};

pub(crate) fn all() -> Vec<Test> {
    let stacks = "root tracepoint programs";
    let (all, none) = (Guests::All, Guests::None);
    vec![
        Test::new("pictures::folded_is_the_call_chain", stacks, all, folded),
        Test::new("pictures::flame_graph_has_the_frames", stacks, all, flame),
        Test::new("pictures::profile_has_the_frames", stacks, none, profile),
        Test::new("pictures::of_the_script_s_columns", stacks, all, heat_by_script),
        Test::new("pictures::of_columns_by_themselves", stacks, none, heat_by_itself),
        Test::new("pictures::after_control_c", stacks, none, interrupted),
        Test::new("pictures::when_nobody_reads_the_text", stacks, none, closed),
        Test::new("pictures::where_text_goes", "root", none, text),
        Test::new("pictures::what_can_t_be_drawn", "root", none, refused),
        Test::new("pictures::not_in_bpftrace_s_mode", "root", none, compat),
    ]
}

/// A copy of the program with a known call chain, and a script that counts its calls.
struct Chain {
    folder: Folder,
    name: String,
    command: String,
    program: String,
}

impl Chain {
    /// Calls it so many times.
    fn new(calls: u32) -> Result<Self, Failed> {
        let folder = Folder::new()?;
        let name = folder.name();
        let command = format!("{} {calls} end", folder.copy("stacks", &name)?.display());
        let probe = format!("tracepoint:syscalls:sys_enter_getppid /comm == \"{name}\"/");
        let program = format!("{probe} {{ @[ustack(4), comm] = count(); }}");
        Ok(Self { folder, name, command, program })
    }

    fn run(&self, options: &[&str]) -> Result<Outcome, Failed> {
        let words = ["-q", "-e", &self.program, "-c", &self.command];
        harness::run([options, &words].concat())?.expect_code(0)
    }

    /// The path of a file in the folder.
    fn file(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }

    /// Fails if there is anything in the folder but the program and `file`.
    fn nothing_else(&self, file: &str) -> Result<(), Failed> {
        for entry in fs::read_dir(self.folder.join(""))? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if name != self.name && name != file {
                return Err(format!("{name} was left").into());
            }
        }
        Ok(())
    }
}

fn folded() -> Result<(), Failed> {
    let chain = Chain::new(3)?;
    let wanted = format!("{};main;outer;middle;inner 3\n", chain.name);
    for option in ["--folded", "--folded=@"] {
        let outcome = chain.run(&[option])?;
        if outcome.stdout != wanted {
            return Err(outcome.wrong(&format!("not {wanted}")));
        }
    }
    let file = chain.file("a.folded");
    let outcome = chain.run(&["-o", &file])?;
    if fs::read_to_string(&file)? != wanted || outcome.stdout.contains('@') {
        return Err(outcome.wrong("the file is not what standard output was"));
    }
    chain.nothing_else("a.folded")
}

/// Titles of the frames or cells; fails if it is not XML.
fn titles(svg: &str) -> Result<Vec<String>, Failed> {
    let mut reader = Reader::from_str(svg);
    let (mut titles, mut inside) = (Vec::new(), false);
    loop {
        let event = reader.read_event()?;
        if let Event::Eof = event {
            return Ok(titles);
        } else if let Event::Start(start) = &event {
            inside = start.name().as_ref() == b"title";
        } else if let Event::End(_) = &event {
            inside = false;
        } else if let (Event::Text(text), true) = (&event, inside) {
            titles.push(text.decode()?.into_owned());
        }
    }
}

fn flame() -> Result<(), Failed> {
    let chain = Chain::new(3)?;
    let file = chain.file("a.svg");
    for options in [vec!["-o", &file], vec!["--flame", "@", "-o", &file]] {
        let _ = fs::remove_file(&file);
        chain.run(&options)?;
        let svg = fs::read_to_string(&file)?;
        let titles = titles(&svg)?;
        for frame in [&chain.name, "main", "outer", "middle", "inner"] {
            let wanted = format!("{frame} (3 samples, 100.00%)");
            if !titles.contains(&wanted) {
                return Err(format!("no {wanted} in {titles:?}").into());
            }
        }
        if titles.len() != 6
            || titles[0] != "all (3 samples, 100%)"
            || !svg.contains("@[ustack(4), comm]")
        {
            return Err(format!("other frames, or no title: {titles:?}").into());
        }
        chain.nothing_else("a.svg")?;
    }
    Ok(())
}

fn profile() -> Result<(), Failed> {
    let chain = Chain::new(3)?;
    let file = chain.file("a.pb.gz");
    chain.run(&["-o", &file])?;
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(fs::File::open(&file)?).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    for wanted in ["main", "outer", "middle", "inner", "comm", &chain.name] {
        if !text.contains(wanted) {
            return Err(format!("no {wanted} in the profile").into());
        }
    }
    Ok(())
}

/// The text between the first `start` and the first `end` behind it.
fn between<'t>(text: &'t str, start: &str, end: &str) -> &'t str {
    let rest = text.split_once(start).map_or("", |(_, rest)| rest);
    rest.split_once(end).map_or("", |(found, _)| found)
}

/// Each cell's title without its time, and where it begins.
fn cells(svg: &str) -> Vec<(String, String)> {
    let cells = svg.lines().filter(|line| line.contains("class=\"cell\""));
    let cell = |line: &str| {
        let title = between(line, "<title>", "</title>");
        let title = title.rsplit_once(", ").map_or(title, |(samples, _)| samples);
        (title.to_owned(), between(line, " x=\"", "\"").to_owned())
    };
    cells.map(cell).collect()
}

/// What the second column has comes after the first was printed: the run itself starts it.
fn heat_by_script() -> Result<(), Failed> {
    let chain = Chain::new(2)?;
    let file = chain.file("a.svg");
    let (name, command) = (&chain.name, &chain.command);
    for clear in ["", "clear(@h);"] {
        let program = format!(
            "begin {{ @h = hist(5); print(@h); {clear} system(\"{command}\"); }} \
             tracepoint:syscalls:sys_enter_getppid /comm == \"{name}\"/ {{ \
             @h = hist(70000); if (++@n == 2) {{ print(@h); clear(@n); exit(); }} }}"
        );
        let words = ["--unsafe", "-q", "-o", &file, "-e", &program];
        let outcome = harness::run(words)?.expect_code(0)?;
        let svg = fs::read_to_string(&file)?;
        titles(&svg)?;
        let cells = cells(&svg);
        let [(first, left), (second, right)] = cells.as_slice() else {
            return Err(outcome.wrong(&format!("not two cells: {cells:?}")));
        };
        let is_right = first == "1 sample in [4, 8)"
            && second == "2 samples in [64K, 128K)"
            && left.parse::<f64>()? < right.parse::<f64>()?
            && svg.contains("3 samples in ")
            && svg.contains("columns: 2<");
        // The script's own prints are printed.
        if !is_right || outcome.stdout.matches("@h:").count() != 2 {
            return Err(outcome.wrong(&format!("the cells are {cells:?}")));
        }
    }
    Ok(())
}

fn heat_by_itself() -> Result<(), Failed> {
    let chain = Chain::new(5)?;
    let file = chain.file("a.svg");
    let program = chain.program.replace("@[ustack(4), comm] = count()", "@us[comm] = hist(1)");
    let words = ["-q", "-o", &file, "-e", &program, "-c", &chain.command];
    let outcome = harness::run(words)?.expect_code(0)?;
    let svg = fs::read_to_string(&file)?;
    let cells = cells(&svg);
    let all_of_one_bucket = cells.iter().all(|(title, _)| title.contains("in [1]"));
    let titled = svg.contains("@us[comm]") && svg.contains("5 samples in ");
    if cells.is_empty() || !all_of_one_bucket || !titled || outcome.stdout.contains("@us") {
        return Err(outcome.wrong(&format!("the cells are {cells:?}")));
    }
    Ok(())
}

fn interrupted() -> Result<(), Failed> {
    let chain = Chain::new(3)?;
    let file = chain.file("a.svg");
    let mut running = harness::start(["-o", &file, "-e", &chain.program])?;
    running.attached()?;
    let mut words = chain.command.split(' ');
    let mut traced = Command::new(words.next().unwrap_or_default());
    traced.args(words).stdout(Stdio::null()).status()?;
    if Path::new(&file).exists() {
        return Err("the picture is there before it is whole".into());
    }
    running.signal("INT")?;
    let outcome = running.finish()?.expect_code(0)?;
    if !titles(&fs::read_to_string(&file)?)?.contains(&"inner (3 samples, 100.00%)".to_owned())
    {
        return Err(outcome.wrong("the picture lacks a frame"));
    }
    chain.nothing_else("a.svg")
}

/// `hawk … | head -n 1`
fn closed() -> Result<(), Failed> {
    let chain = Chain::new(3)?;
    let file = chain.file("a.folded");
    let program = format!(
        "{} interval:ms:10 {{ printf(\"tick\\n\"); }}",
        chain.program.replace("@[", "printf(\"call\\n\"); @[")
    );
    let hawk = harness::hawk().ok_or("no hawk")?;
    let line = format!(
        "'{}' -q -o '{file}' -e '{program}' -c \"sh -c '{}; sleep 600'\" | head -n 1",
        hawk.display(),
        chain.command,
    );
    let outcome = harness::run_program(Command::new("sh").args(["-c", &line]))?;
    // What is in it depends on when the reader went; it is there, and whole.
    let text = fs::read_to_string(&file).map_err(|_| outcome.wrong("there is no file"))?;
    let chain_of_calls = format!("{};main;outer;middle;inner ", chain.name);
    if text.lines().any(|line| !line.starts_with(&chain_of_calls)) {
        return Err(outcome.wrong(&format!("in the file is {text}")));
    }
    chain.nothing_else("a.folded")
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
