//! The command line.

use std::{ffi::OsString, path::PathBuf};

use clap::{ArgAction, CommandFactory, Parser, ValueEnum, ValueHint, error::ErrorKind};

use runtime::output::Order;

use crate::{listing, pictures, usage};

/// Traces the kernel and its processes with a small language.
#[derive(Debug, Parser)]
#[command(
    name = "hawk",
    disable_version_flag = true,
    override_usage = "hawk [OPTIONS] FILE [PARAMETER]...\n       hawk [OPTIONS] -e PROGRAM [PARAMETER]...\n       hawk -l [PATTERN]",
    after_help = EXAMPLES
)]
pub(crate) struct Cli {
    /// The program itself; the last one counts
    #[arg(short = 'e', value_name = "PROGRAM", overrides_with = "program")]
    pub(crate) program: Option<String>,

    /// A file with the program (`-` for standard input), then its parameters $1, $2, …
    #[arg(value_name = "FILE|PARAMETER", allow_negative_numbers = true, value_hint = ValueHint::FilePath)]
    pub(crate) words: Vec<String>,

    /// The first word is the name of a tool (`hawk tools run`)
    #[arg(long, hide = true)]
    pub(crate) tool: bool,

    /// List attach points that match, e.g. 'tracepoint:syscalls:*'
    #[arg(short, long)]
    pub(crate) list: bool,

    /// Run this command, and end when it does
    #[arg(short = 'c', long = "cmd", value_name = "COMMAND", conflicts_with = "pid", value_hint = ValueHint::CommandString)]
    pub(crate) command: Option<String>,

    /// Trace this process only, and end when it does
    #[arg(short, long, value_name = "PID")]
    pub(crate) pid: Option<String>,

    /// Trace the process of -p or -c and all that descend from it, and no others
    #[arg(long)]
    pub(crate) follow: bool,

    /// Trace only processes of this control group and of those below it
    #[arg(long, value_name = "PATH", conflicts_with = "container")]
    pub(crate) cgroup: Option<String>,

    /// Trace only processes of this container: its number, or as much of it as is unique
    #[arg(long, value_name = "ID")]
    pub(crate) container: Option<String>,

    /// Form of what is printed; text, if nothing is said
    #[arg(short, long, value_name = "FORMAT")]
    pub(crate) format: Option<FormatName>,

    /// Write the output to this file. Without -f, names that end with .svg, .folded, .pb.gz,
    /// .pprof or .pftrace ask for a picture of the program's map, as the options below do; what else is
    /// printed goes to standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) pictures: pictures::Options,

    /// When output is written
    #[arg(short = 'B', value_name = "MODE", default_value = "line")]
    pub(crate) buffering: BufferingName,

    /// Print maps in this order: value, key, count, average, total, p50, p90, p99, p99.9 or max,
    /// with `-` before it the largest first; @MAP= before it speaks of one map only
    #[arg(
        long,
        value_name = "[@MAP=][-]COLUMN",
        value_parser = listing::sort,
        value_delimiter = ',',
        allow_hyphen_values = true
    )]
    pub(crate) sort: Vec<listing::Of<Order>>,

    /// Print of each map only so many entries, the largest in what --sort names (in their value
    /// where it names the key)
    #[arg(
        long,
        value_name = "[@MAP=]COUNT",
        value_parser = listing::top,
        value_delimiter = ','
    )]
    pub(crate) top: Vec<listing::Of<u64>>,

    /// Don't say how many probes were attached
    #[arg(short, long)]
    pub(crate) quiet: bool,

    /// Say what is done, and show the loaded bytecode
    #[arg(short, long, action = ArgAction::Count)]
    pub(crate) verbose: u8,

    /// Compile, load and attach, but do not trace
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Keep only attach points whose full name matches this regular expression
    #[arg(long, value_name = "REGEX")]
    pub(crate) probe_filter: Option<String>,

    /// Act as if the kernel lacked these: `kprobe`, `kprobe_multi`, `kprobe_session`, `uprobe_multi`,
    /// fentry, cookie, btf (the kernel's types)
    #[arg(long, value_name = "FEATURE", value_delimiter = ',')]
    pub(crate) no_feature: Vec<String>,

    /// Read the functions that can be traced from this file, one on a line
    #[arg(long, value_name = "FILE")]
    pub(crate) traceable_functions: Option<PathBuf>,

    /// Look for debug information that is in files of its own in these folders too, before the usual
    /// ones; can be repeated. With `+` before them, check sums are compared
    #[arg(long, value_name = "DIR[:DIR]")]
    pub(crate) debuginfo: Vec<String>,

    /// Refuse old spellings, which otherwise run with a warning
    #[arg(long)]
    pub(crate) strict: bool,

    /// Also warn, while tracing, of reads that fail and of map entries that are not there
    #[arg(short = 'k', long = "warnings", action = ArgAction::Count, conflicts_with = "no_warnings")]
    pub(crate) watch: u8,

    /// Allow words that can change the system
    #[arg(long = "unsafe")]
    pub(crate) allow_unsafe: bool,

    /// Look for headers in this directory
    #[arg(short = 'I', value_name = "DIRECTORY", value_hint = ValueHint::DirPath)]
    pub(crate) include_directories: Vec<String>,

    /// Include this header before the program
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) include: Vec<String>,

    /// Print what comes out of one stage, and stop
    #[arg(long, value_name = "STAGE")]
    pub(crate) emit: Option<StageName>,

    /// Print what comes out of these stages to standard error, and go on:
    /// ast, types, codegen, codegen-opt, dis, libbpf, verifier, all
    #[arg(short, long, value_name = "STAGE", value_delimiter = ',')]
    pub(crate) debug: Vec<String>,

    /// Also write the BPF object to this file
    #[arg(long, value_name = "FILE")]
    pub(crate) emit_elf: Option<PathBuf>,

    /// Also write LLVM's text to FILE.original.ll and FILE.optimized.ll
    #[arg(long, value_name = "FILE")]
    pub(crate) emit_llvm: Option<PathBuf>,

    /// Don't print warnings about the program
    #[arg(long)]
    pub(crate) no_warnings: bool,

    /// Print the program in canonical layout, or write it into the file of -o; see also `hawk fmt`
    #[arg(long)]
    pub(crate) fmt: bool,

    /// Run the program's `test:NAME` probes instead of tracing; exit code 1 if one fails
    #[arg(long, conflicts_with_all = ["bench", "pid", "command"])]
    pub(crate) test: bool,

    /// Measure the program's `bench:NAME` probes instead of tracing
    #[arg(long, conflicts_with_all = ["pid", "command"])]
    pub(crate) bench: bool,

    /// What to do with the program instead of running it
    #[arg(long, value_name = "MODE", hide = true)]
    pub(crate) mode: Option<ModeName>,

    /// Check LLVM's representation before it is optimized
    #[arg(long)]
    pub(crate) verify_llvm_ir: bool,

    /// Write an executable that needs no hawk (not possible yet)
    #[arg(long, value_name = "FILE", hide = true)]
    pub(crate) aot: Option<PathBuf>,

    /// Say what this machine and this build can do, and which words what is missing costs; as JSON
    /// with -f json
    #[arg(long)]
    pub(crate) info: bool,

    /// Accepted for old scripts: types come from BTF in any case
    #[arg(short, long, hide = true)]
    pub(crate) btf: bool,

    /// Print the version
    #[arg(short = 'V', long)]
    pub(crate) version: bool,
}

const EXAMPLES: &str = "Examples:
  hawk -e 'tracepoint:raw_syscalls:sys_enter { @[comm] = count(); }'
      count system calls by program until Ctrl-C
  hawk -e 'tracepoint:syscalls:sys_enter_openat { printf(\"%s %s\\n\", comm, str(args.filename)); }'
      print who opens which file
  hawk -l 'tracepoint:syscalls:*open*'
      list tracepoints";

/// Names of output formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FormatName {
    /// For people
    Text,
    /// One JSON object a line
    Json,
}

/// Names of buffering modes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum BufferingName {
    /// Complete lines
    Line,
    /// Large pieces
    Full,
    /// Every message by itself
    None,
}

/// Names of modes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ModeName {
    /// The same as `--fmt`
    Format,
    /// Compile, and stop
    Codegen,
    /// Compile many times, and say how long each stage takes
    CompilerBench,
    /// The same as `--test`
    Test,
    /// The same as `--bench`
    Bench,
}

impl ModeName {
    /// Whether the program is loaded into the kernel.
    pub(crate) fn runs(self) -> bool {
        matches!(self, Self::Test | Self::Bench)
    }
}

/// Names of stages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum StageName {
    /// Tokens
    Lex,
    /// The syntax tree
    Parse,
    /// Attach points of this machine
    Expand,
    /// Types
    Check,
    /// Our intermediate representation
    Lower,
    /// LLVM's representation
    Emit,
    /// The same, optimized
    Optimize,
    /// BPF instructions, before they are loaded
    Object,
}

/// What the command line came to.
pub(crate) enum Asked {
    /// Go on with these.
    Run(Box<Cli>),
    /// Print this and end with success.
    Show(String),
    /// Print this to standard error and end with failure.
    Refuse(String),
}

/// The bpftrace that compatibility mode behaves like: scripts ask for its version.
pub(crate) const COMPATIBLE_WITH: &str = "0.27.1";

/// Reads the command line.
pub(crate) fn read(words: Vec<OsString>, compat: bool) -> Asked {
    let help = || Cli::command().render_help().to_string();
    if words.len() < 2 {
        return Asked::Refuse(if compat { usage::nothing(&words) } else { help() });
    }
    match Cli::try_parse_from(&words) {
        Ok(cli) if cli.version => Asked::Show(version(compat)),
        Ok(cli) => Asked::Run(Box::new(cli)),
        Err(error) if error.kind() == ErrorKind::DisplayHelp && compat => {
            Asked::Show(usage::help(&error.to_string(), &words))
        }
        Err(error) if error.kind() == ErrorKind::DisplayHelp => Asked::Show(error.to_string()),
        Err(error) if compat => Asked::Refuse(usage::refusal(&error, &words)),
        Err(error) => Asked::Refuse(usage::with_way_out(error, &words).to_string()),
    }
}

fn version(compat: bool) -> String {
    let own = env!("CARGO_PKG_VERSION");
    if compat {
        format!("bpftrace v{COMPATIBLE_WITH} (hawk v{own})\n")
    } else {
        format!("hawk v{own}\n")
    }
}
