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
        Test::new("pictures::every_frame_of_many_stacks", stacks, all, many),
        Test::new("pictures::flame_graph_has_the_frames", stacks, all, flame),
        Test::new("pictures::profile_has_the_frames", stacks, none, profile),
        Test::new("pictures::trace_has_the_counts", stacks, none, trace),
        Test::new("pictures::of_the_script_s_columns", stacks, all, heat_by_script),
        Test::new("pictures::of_columns_by_themselves", stacks, none, heat_by_itself),
        Test::new("pictures::after_control_c", stacks, none, interrupted),
        Test::new("pictures::when_nobody_reads_the_text", stacks, none, closed),
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

/// Every stack is another one, and all their frames have names.
fn many() -> Result<(), Failed> {
    const STACKS: u32 = 600;
    let folder = Folder::new()?;
    let name = folder.name();
    let command = format!("{} {STACKS}", folder.copy("paths", &name)?.display());
    let program = format!(
        "tracepoint:syscalls:sys_enter_getppid /comm == \"{name}\"/ \
         {{ @[ustack(18)] = count(); }}"
    );
    let words = ["-q", "--folded", "-e", &program, "-c", &command];
    let outcome = harness::run(words)?.expect_code(0)?;
    let turn = |path: u32, bit: u32| if path >> bit & 1 == 1 { "right;" } else { "left;" };
    let line = |path: u32| {
        let turns: String = (0..16).map(|bit| turn(path, bit)).collect();
        format!("walk;{turns}leaf 1")
    };
    let mut wanted: Vec<_> = (0..STACKS).map(line).collect();
    wanted.sort_unstable();
    let found: Vec<_> = outcome.stdout.lines().collect();
    if found != wanted {
        let other = found.iter().zip(&wanted).find(|(found, wanted)| *found != wanted);
        return Err(outcome.wrong(&format!("{} stacks; {other:?}", found.len())));
    }
    Ok(())
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

/// A counter by its name, and the frames of a stack; what they hold is tested with the writer.
fn trace() -> Result<(), Failed> {
    let chain = Chain::new(3)?;
    let file = chain.file("a.pftrace");
    let holds = |wanted: &[&str]| -> Result<(), Failed> {
        let bytes = fs::read(&file)?;
        let text = String::from_utf8_lossy(&bytes);
        match wanted.iter().find(|wanted| !text.contains(**wanted)) {
            Some(wanted) => Err(format!("no {wanted} in the trace").into()),
            None => Ok(()),
        }
    };
    chain.run(&["-o", &file])?;
    holds(&["@[ustack(4), comm]", &chain.name, "main", "outer", "middle", "inner"])?;
    let program = chain.program.replace("@[ustack(4), comm]", "@calls[comm]");
    let words = ["-q", "--perfetto", "-o", &file, "-e", &program, "-c", &chain.command];
    harness::run(words)?.expect_code(0)?;
    holds(&["@calls[comm]", &chain.name])
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
