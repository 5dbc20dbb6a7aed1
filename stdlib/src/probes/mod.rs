//! Probe types: `tracepoint`, `interval`, `uprobe`, …

mod begin;
mod bench;
mod binary;
mod count;
mod details;
mod end;
mod fentry;
mod fexit;
mod fields;
mod form;
mod functions;
mod glob;
mod go;
mod hardware;
mod inside;
mod interval;
mod iter;
mod kprobe;
mod kretprobe;
mod line;
mod locals;
mod operand;
mod own;
mod profile;
mod rate;
mod rawtracepoint;
mod software;
mod stand_ins;
mod test;
mod tracepoint;
mod uprobe;
mod uretprobe;
mod usdt;
mod user;
mod watchpoint;

use std::fmt;

use diag::{Code, Diagnostic, Span};
use ir::{Attach, Phase, ProgramKind, Space, When};

pub(crate) use fields::REGISTERS;
pub use fields::{fields, returned};
pub use form::Form;
pub use glob::matches;
pub use locals::absent_local;
pub(crate) use locals::{fields as local_fields, record_name as local_record};
pub use operand::{Operand, Source};
pub use tracepoint::tracepoint_fields;

use crate::{Config, Kernel, Purpose, Symbol, Unanswered};

/// Names of attach points, or why the machine does not tell them.
pub type Names = Result<Vec<String>, Unanswered>;

/// One probe type.
#[derive(Debug)]
pub struct ProbeType {
    /// How it is written and shown.
    pub name: &'static str,
    /// Other spellings. Case does not matter in any.
    pub aliases: &'static [&'static str],
    /// How an attach point is written.
    pub usage: &'static str,
    /// One sentence for the manual and for completion.
    pub summary: &'static str,
    /// A program that shows it.
    pub example: &'static str,
    /// Least and most number of parts after the type's name.
    pub parts: (usize, usize),
    /// Turns one attach point into what it matches on this machine.
    pub expand: fn(&mut Expand<'_>, &Request<'_>) -> Vec<Expanded>,
    /// Names that match a pattern, for `-l`; each part of the pattern may have `*`.
    pub list: fn(&dyn Kernel, &[&str]) -> Names,
    /// Whether `-l` without a type lists it.
    pub listing: Listing,
    /// What `-lv` shows below an attach point that was listed, given without the type's name:
    /// its parameters, in C.
    pub details: fn(&dyn Kernel, &str) -> Names,
    /// Every way to write an attach point.
    pub forms: &'static [Form],
}

impl ProbeType {
    /// Whether its probes are there for a run with this purpose.
    pub fn runs_for(&self, purpose: Purpose) -> bool {
        if [begin::BEGIN.name, end::END.name].contains(&self.name) {
            return true;
        }
        let own = if self.name == test::TEST.name {
            Purpose::Test
        } else if self.name == bench::BENCH.name {
            Purpose::Bench
        } else {
            Purpose::Trace
        };
        own == purpose
    }

    /// How many parts there may be, in bpftrace's words: it names at most two counts, and those of
    /// raw tracepoints with the usual one first.
    pub fn compat_parts(&self) -> String {
        let (least, most) = self.parts;
        if self.name == rawtracepoint::RAWTRACEPOINT.name {
            format!("{most} or {least}")
        } else {
            format!("{} or {most}", least.max(most.saturating_sub(1)))
        }
    }
}

/// When `-l` shows a probe type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listing {
    /// Also when no type is asked for.
    Always,
    /// Also when a process or a file is named.
    OfFiles,
    /// Only when it is asked for by name.
    Named,
}

/// One part of an attach point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its text, without quotes.
    pub text: String,
    /// Where it stands.
    pub span: Span,
    /// Whether it names a place in a source file: it stands behind an `@`.
    pub source: bool,
}

/// An attach point as it is written.
#[derive(Debug)]
pub struct Request<'a> {
    /// Its type.
    pub row: &'static ProbeType,
    /// The whole of it.
    pub span: Span,
    /// The parts after the type.
    pub parts: &'a [Part],
}

impl Request<'_> {
    /// The text of part `index`, empty if there is none.
    pub fn text(&self, index: usize) -> &str {
        self.parts.get(index).map_or("", |part| &part.text)
    }

    /// Where part `index` stands, or the whole attach point.
    pub fn at(&self, index: usize) -> Span {
        self.parts.get(index).map_or(self.span, |part| part.span)
    }
}

/// The surroundings of an expansion.
pub struct Expand<'a> {
    /// The machine.
    pub kernel: &'a dyn Kernel,
    /// The settings.
    pub config: &'a Config,
    /// What is wrong so far.
    pub problems: Vec<Diagnostic>,
}

impl Expand<'_> {
    /// Reports a problem and gives no attach points.
    pub fn refuse(&mut self, problem: Diagnostic) -> Vec<Expanded> {
        self.problems.push(problem);
        Vec::new()
    }

    /// The answer; reports why there is none.
    pub fn answer<T>(&mut self, span: Span, answer: Result<T, Unanswered>) -> Option<T> {
        match answer {
            Ok(answer) => Some(answer),
            Err(unanswered) => {
                let problem = Diagnostic::new(
                    Code::CannotAsk,
                    span,
                    unanswered.problem,
                    "asked for by this",
                );
                self.problems.push(match unanswered.help {
                    Some(help) => problem.help(help),
                    None => problem,
                });
                None
            }
        }
    }
}

/// One attach point of this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expanded {
    /// Its full name, as `probe` shows it.
    pub name: String,
    /// How it is attached.
    pub attach: Attach,
    /// A cheaper way that means the same as long as the program does not use its context or ask
    /// which site fired.
    pub cheaper: Option<(ProgramKind, Attach)>,
    /// When.
    pub phase: Phase,
    /// What its programs can use.
    pub offers: Offers,
}

/// Where `arg0`, `arg1`, … are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arguments {
    /// Nowhere.
    None,
    /// In registers, by the calling convention; the context is `struct pt_regs`.
    Registers,
    /// Where [`Offers::operands`] say; the context is `struct pt_regs`.
    Operands,
    /// In the context, which is an array of 64-bit numbers.
    Array,
}

/// What `args` describes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArgsSource {
    /// The record of a tracepoint.
    Tracepoint {
        /// The tracepoint's category.
        category: String,
        /// The tracepoint's name.
        event: String,
    },
    /// The parameters of a function of the kernel.
    Function {
        /// The module that has it; none where any will do.
        module: Option<String>,
        /// Its name.
        function: String,
    },
    /// The parameters of a function of a program.
    User {
        /// The file that has it.
        path: String,
        /// The function.
        symbol: Symbol,
    },
    /// What a raw tracepoint passes.
    RawTracepoint {
        /// Its name.
        name: String,
    },
}

/// One instruction of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodePlace {
    /// The file.
    pub path: String,
    /// Where it is in the file, in bytes.
    pub offset: u64,
}

impl fmt::Display for ArgsSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tracepoint { category, event } => write!(f, "{category}:{event}"),
            Self::Function { module: Some(module), function } => {
                write!(f, "{module}:{function}")
            }
            Self::Function { module: None, function } => f.write_str(function),
            Self::User { symbol, .. } => f.write_str(&symbol.name),
            Self::RawTracepoint { name } => f.write_str(name),
        }
    }
}

/// What an attach point's programs can use. Sites that offer the same can share a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offers {
    /// The kernel's type of the program.
    pub kind: ProgramKind,
    /// The probe type's name, for messages.
    pub type_name: &'static str,
    /// The fields of `args`.
    pub args: Option<ArgsSource>,
    /// The code whose variables are `local`.
    pub locals: Option<CodePlace>,
    /// `arg0`, …
    pub arguments: Arguments,
    /// Where each argument of a static probe is; none for those that can't be read.
    pub operands: Vec<Option<Operand>>,
    /// The kernel's type of what `ctx` points to, where it has one of its own.
    pub context: Option<String>,
    /// Whether it is a function's entry or its return.
    pub returns: Option<When>,
    /// Which memory the traced code's pointers point into.
    pub space: Space,
    /// Whether it prints into a file that others read, as hawk is gone by then.
    pub to_file: bool,
    /// The file that the traced code is in.
    pub binary: Option<std::sync::Arc<str>>,
}

impl Offers {
    /// Nothing but the probe itself.
    pub const fn plain(kind: ProgramKind, type_name: &'static str) -> Self {
        Self {
            kind,
            type_name,
            args: None,
            locals: None,
            arguments: Arguments::None,
            operands: Vec::new(),
            context: None,
            returns: None,
            space: Space::Unknown,
            to_file: false,
            binary: None,
        }
    }
}

/// Every probe type, sorted by name.
#[rustfmt::skip]
pub const ALL: &[ProbeType] = &[
    watchpoint::ASYNCWATCHPOINT, begin::BEGIN, bench::BENCH, end::END, fentry::FENTRY, fexit::FEXIT, hardware::HARDWARE, interval::INTERVAL,
    iter::ITER, kprobe::KPROBE, kretprobe::KRETPROBE, profile::PROFILE,
    rawtracepoint::RAWTRACEPOINT, own::SELF, software::SOFTWARE, test::TEST, tracepoint::TRACEPOINT,
    uprobe::UPROBE, uretprobe::URETPROBE, usdt::USDT, watchpoint::WATCHPOINT,
];

/// The probe type called `name`, by its name or an alias.
pub fn find(name: &str) -> Option<&'static ProbeType> {
    let by = |is: fn(&str, &str) -> bool| {
        let is = |known: &str| is(known, name);
        ALL.iter().find(|row| is(row.name) || row.aliases.iter().any(|alias| is(alias)))
    };
    // `u` and `U` are two types.
    by(|known, name| known == name).or_else(|| by(str::eq_ignore_ascii_case))
}

/// Puts together again what has colons itself: names of C++, `BINARY:cpp:shape::area`, and places in
/// source files, `BINARY@main.c:12:5`.
pub fn join_names(mut parts: Vec<Part>) -> Vec<Part> {
    let from = match parts.iter().position(|part| part.source) {
        Some(from) => from,
        None if parts.len() > 3 && parts[1].text == "cpp" => 2,
        None => return parts,
    };
    let rest = parts.split_off(from);
    let source = rest.iter().any(|part| part.source);
    let text: Vec<_> = rest.iter().map(|part| part.text.as_str()).collect();
    let span = rest.iter().map(|part| part.span).reduce(Span::to);
    parts.push(Part { text: text.join(":"), span: span.unwrap_or_default(), source });
    parts
}

/// Nothing on this machine matches.
fn no_match(
    request: &Request<'_>,
    index: usize,
    what: &str,
    near: Option<String>,
) -> Diagnostic {
    let wanted: Vec<_> = request.parts.iter().map(|part| part.text.as_str()).collect();
    let wanted = wanted.join(":");
    let title = format!("no {what} matches `{wanted}`");
    let compat = format!("No matches for {} {wanted}.", request.row.name);
    let problem = Diagnostic::new(Code::NoMatch, request.at(index), title, "not found");
    // A pattern that matches nothing is not a word with a typo.
    let help = match near.filter(|_| !wanted.contains('*')) {
        Some(near) => format!("did you mean `{}:{near}`?", request.row.name),
        None => format!("list what there is with `hawk -l '{}:*'`", request.row.name),
    };
    problem.help(help).compat(compat)
}

fn nothing_to_list(_: &dyn Kernel, _: &[&str]) -> Result<Vec<String>, Unanswered> {
    Ok(Vec::new())
}

fn nothing_more(_: &dyn Kernel, _: &str) -> Names {
    Ok(Vec::new())
}
