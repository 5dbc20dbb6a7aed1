//! What is generated of the command line and of the vocabulary's rows for other programs: manual
//! pages (`hawk man`) and completions of shells (`hawk completion`).

mod command;
mod language;
mod text;

use std::ffi::OsString;

use clap::{Parser, error::ErrorKind};
use clap_complete::Shell;
use clap_mangen::{Man, roff::Roff};
use stdlib::settings;

use self::text::{entry, example, paragraph, section};
use crate::{
    messages::{show, tell},
    tools::{self, Choice, MANUAL as TOOLS, Tool},
};

/// Prints a page for man(1)
#[derive(Debug, Parser)]
#[command(
    name = "man",
    bin_name = "hawk man",
    after_help = "Read it with `hawk man | man -l -`."
)]
struct ManWords {
    /// 1: the command; 7: the language
    #[arg(value_name = "SECTION", default_value = "1", value_parser = ["1", "7"])]
    section: String,
}

/// Prints completions for a shell
#[derive(Debug, Parser)]
#[command(name = "completion", bin_name = "hawk completion", after_help = COMPLETION)]
struct CompletionWords {
    /// bash, zsh, fish, …
    shell: Shell,
}

const COMPLETION: &str = "For good:
  hawk completion bash > /etc/bash_completion.d/hawk
  hawk completion zsh > \"${fpath[1]}/_hawk\"
  hawk completion fish > ~/.config/fish/completions/hawk.fish";

/// Whether the words of the command line ask for one of them.
pub(crate) fn is_asked(words: &[OsString]) -> bool {
    words.get(1).is_some_and(|word| word == "man" || word == "completion")
}

/// Prints what the command line asks for: the exit code.
pub(crate) fn print(words: &[OsString]) -> i32 {
    let rest = words.iter().skip(1);
    let text = if words.get(1).is_some_and(|word| word == "man") {
        ManWords::try_parse_from(rest).map(|it| match it.section.as_str() {
            "7" => language::page(),
            _ => command_page(),
        })
    } else {
        CompletionWords::try_parse_from(rest).map(|it| completion(it.shell))
    };
    match text {
        Ok(text) => {
            show(&text);
            0
        }
        Err(error) if error.kind() == ErrorKind::DisplayHelp => {
            show(&error.to_string());
            0
        }
        Err(error) => {
            tell(&error.to_string());
            1
        }
    }
}

/// Everything that is generated: where it belongs under `docs`, and its text.
pub fn generated() -> Vec<(&'static str, String)> {
    vec![
        ("man/hawk.1", command_page()),
        ("man/hawk-language.7", language::page()),
        ("completion/hawk.bash", completion(Shell::Bash)),
        ("completion/_hawk", completion(Shell::Zsh)),
        ("completion/hawk.fish", completion(Shell::Fish)),
    ]
}

fn completion(shell: Shell) -> String {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut command::whole(), "hawk", &mut text);
    let mut text = String::from_utf8_lossy(&text).into_owned();
    // Below the second level clap_complete has only names for it.
    if shell == Shell::Fish {
        tools::ALL.iter().for_each(|tool| text += &fish_options(tool));
    }
    text
}

/// A tool's options, in fish's words.
fn fish_options(tool: &Tool) -> String {
    let name = tool.name;
    let line = |choice: Choice| {
        let value = if choice.is_flag() { "" } else { " -r" };
        let description = choice.description.replace('\'', "\\'");
        format!(
            "complete -c hawk -n \"__fish_seen_subcommand_from run; and \
             __fish_seen_subcommand_from {name}\" -l {}{value} -d '{description}'\n",
            choice.name,
        )
    };
    tools::options(tool).into_iter().map(line).collect()
}

/// hawk(1)
fn command_page() -> String {
    let man = Man::new(command::whole()).manual("hawk").source(source());
    let mut text = Vec::new();
    // Writing to a vector can't fail.
    _ = man
        .render_title(&mut text)
        .and_then(|()| man.render_name_section(&mut text))
        .and_then(|()| man.render_synopsis_section(&mut text))
        .and_then(|()| about().to_writer(&mut text))
        .and_then(|()| man.render_options_section(&mut text));
    let mut text = String::from_utf8_lossy(&text).into_owned();
    let mut roff = Roff::new();
    for (title, entries) in SECTIONS {
        section(&mut roff, title);
        entries.iter().for_each(|(term, what)| entry(&mut roff, term, what));
    }
    section(&mut roff, "ENVIRONMENT");
    for row in settings::ALL {
        let name = format!("HAWK_{}", row.name.to_uppercase());
        entry(&mut roff, &name, row.summary);
    }
    paragraph(&mut roff, "bpftrace's names, with `BPFTRACE_` for `HAWK_`, do as well.");
    section(&mut roff, "TOOLS");
    paragraph(&mut roff, "The ready tools of `hawk tools`, by what they are about.");
    for tool in tools::ALL {
        let name = format!("{} ({})", tool.name, tool.group);
        entry(&mut roff, &name, &of_tool(tool));
    }
    section(&mut roff, "EXAMPLES");
    for (what, line) in EXAMPLES {
        paragraph(&mut roff, what);
        example(&mut roff, line, "4");
    }
    section(&mut roff, "SEE ALSO");
    paragraph(&mut roff, "`hawk-language`(7), `bpf`(2), `perf`(1)");
    text += &roff.to_roff();
    text
}

/// A tool's question, and its options.
fn of_tool(tool: &Tool) -> String {
    let options = tools::options(tool);
    let names: Vec<_> = options.iter().map(|it| format!("`--{}`", it.name)).collect();
    let question = tool.question();
    if names.is_empty() {
        question.to_owned()
    } else {
        format!("{question} Options: {}.", names.join(", "))
    }
}

const ABOUT: &str = "Compiles a program (`probe /condition/ { action }`) to BPF, attaches it to the running kernel and \
    its processes, and prints what it finds: text as it comes, maps at the end. It reads every bpftrace script; under the name \
    bpftrace it also uses its words for diagnostics and its quirks.";

fn about() -> Roff {
    let mut roff = Roff::new();
    section(&mut roff, "DESCRIPTION");
    paragraph(&mut roff, ABOUT);
    roff
}

fn source() -> String {
    format!("hawk {}", env!("CARGO_PKG_VERSION"))
}

type Section = (&'static str, &'static [(&'static str, &'static str)]);

/// What clap does not know of.
#[rustfmt::skip]
const SECTIONS: &[Section] = &[
    ("COMMANDS", &[
        ("hawk help [WORD…]", "What words of the language mean, each with an example; without one, all of them."),
        ("hawk help settings", "The settings of `config` and of the environment."),
        ("hawk explain [CODE]", "What a diagnostic means and what to do; without a code, all of them."),
        TOOLS[0],
        TOOLS[1],
        TOOLS[2],
        ("hawk fmt [-i|--check] FILE…", "Programs in canonical layout."),
        ("hawk man [1|7]", "This page, or that of the language."),
        ("hawk completion SHELL", "Completions for bash, zsh, fish and others."),
    ]),
    ("EXIT STATUS", &[
        ("0", "The program ran to its end; `exit(N)` gives N."),
        ("1", "The command line or the program is wrong, or this machine lacks something."),
        ("130, 143", "A second SIGINT or SIGTERM cut what was being printed."),
        ("70", "A bug in hawk."),
        ("255", "Nothing could be attached or loaded."),
    ]),
    ("SIGNALS", &[
        ("SIGINT, SIGTERM", "End the run as `exit()` does: `end` probes run, and maps are printed. Another one while they are printed ends it at once, which is said, with code 130 or 143."),
        ("SIGUSR1", "Runs `self:signal:SIGUSR1` probes; without one, prints all maps."),
    ]),
];

const EXAMPLES: &[(&str, &str)] = &[
    (
        "Count system calls by program until Ctrl-C:",
        "hawk -e 'tracepoint:raw_syscalls:sys_enter { @[comm] = count(); }'",
    ),
    (
        "Print who opens which file:",
        "hawk -e 'tracepoint:syscalls:sys_enter_openat { printf(\"%s %s\\n\", comm, str(args.filename)); }'",
    ),
    (
        "The five programs that read the most, the largest first:",
        "hawk --top 5 --sort -value -e 'tracepoint:syscalls:sys_exit_read /args.ret > 0/ { @[comm] = sum(args.ret); }'",
    ),
    ("List tracepoints:", "hawk -l 'tracepoint:syscalls:*open*'"),
];
