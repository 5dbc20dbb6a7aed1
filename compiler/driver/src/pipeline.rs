//! The whole program on one screen: text in, results out.

use diag::{Diagnostic, SourceId, Sources};
use runtime::{Ended, LoadOptions, Loaded, Machine, RunOptions, output::Output};
use sema::{Expansion, Form, Imported, Repeats, Resolved, Room, Tests, Typed};
use stdlib::{Config, Feature, Kernel};

/// What the compiler is given.
#[derive(Debug, Clone)]
pub struct Input {
    /// The texts; the first is the script, and what it imports is added.
    pub sources: Sources,
    /// `$1`, `$2`, …
    pub parameters: Vec<String>,
    /// Settings from outside of the script.
    pub config: Config,
    /// The instruction set of the object.
    pub cpu: llvm::Cpu,
}

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The script is wrong; the problems are with the caller.
    #[error("the script is wrong")]
    Script,
    /// The machine can't do it.
    #[error(transparent)]
    Machine(#[from] runtime::Error),
    /// The compiler is wrong.
    #[error("{0}")]
    Bug(String),
    /// What clang made of an imported program is not what this compiler reads.
    #[error("{0}")]
    Bitcode(String),
    /// A function has more code than jumps go over.
    #[error(
        "a probe is too long: before Linux 6.6 a jump goes over 32,767 instructions at most"
    )]
    TooLong,
    /// A file cannot be written.
    #[error("failed to write '{}': {source}", path.display())]
    File {
        /// Which.
        path: std::path::PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Options that the script does not read.
    #[error("unexpected program command line options: {given}")]
    Options {
        /// What was given.
        given: String,
        /// What there is, in lines.
        known: String,
    },
    /// `--sort` or `--top` speak of what the script has not.
    #[error("{text}")]
    Listing {
        /// What is wrong.
        text: String,
        /// What there is.
        help: String,
    },
    /// A picture that can't be made.
    #[error("{text}")]
    Picture {
        /// Why not.
        text: String,
        /// What would do.
        help: String,
    },
    /// The command of `-c` is empty.
    #[error("the command of -c is empty: give one, as in -c 'ls -l'")]
    NoCommand,
    /// The command of `-c` has an open quote.
    #[error("the command of -c has a quote that is not closed")]
    Command,
}

type Result<T> = std::result::Result<T, Failure>;

/// IR and its ELF.
pub type Built = (ir::Program, Vec<u8>);

/// text → syntax tree
pub fn parse(input: &Input, problems: &mut Vec<Diagnostic>) -> Result<grammar::Parsed> {
    let mut parsed = grammar::parse(&input.sources, SourceId(0));
    problems.append(&mut parsed.problems);
    stop_on_errors(problems)?;
    Ok(parsed)
}

/// syntax tree → with what it imports, without C
pub fn import(
    input: &mut Input,
    parsed: &grammar::Parsed,
    kernel: &dyn Kernel,
    problems: &mut Vec<Diagnostic>,
) -> Result<Imported> {
    let Input { sources, config, .. } = input;
    let imported = sema::import(&parsed.program, sources, config, kernel, problems);
    stop_on_errors(problems)?;
    Ok(imported)
}

/// one program → no parameters and settings
pub fn resolve(
    input: &mut Input,
    imported: &Imported,
    problems: &mut Vec<Diagnostic>,
) -> Result<Resolved> {
    let Input { sources, parameters, config, .. } = input;
    let resolved = sema::resolve(imported, sources, parameters, config, problems);
    stop_on_errors(problems)?;
    Ok(resolved)
}

/// attach points → places on this machine. Bodies are checked even where some are not found, so
/// that all that is wrong is said at once; see [`check`].
pub fn expand(
    resolved: Resolved,
    kernel: &dyn Kernel,
    problems: &mut Vec<Diagnostic>,
) -> Expansion {
    sema::expand(resolved, kernel, problems)
}

/// names and types
pub fn check(
    expansion: Expansion,
    kernel: &dyn Kernel,
    problems: &mut Vec<Diagnostic>,
) -> Result<Typed> {
    let typed = sema::check(expansion, kernel, problems);
    stop_on_errors(problems)?;
    Ok(typed)
}

/// typed program → our own IR
pub fn lower(
    input: &Input,
    typed: &Typed,
    kernel: &dyn Kernel,
    problems: &mut Vec<Diagnostic>,
) -> Result<ir::Program> {
    let program = lower_as(input, typed, kernel, Form::default())?;
    problems.extend(sema::too_many_programs(&typed.config, &program));
    problems.extend(sema::too_many_roots(&program));
    stop_on_errors(problems)?;
    Ok(program)
}

fn lower_as(
    input: &Input,
    typed: &Typed,
    kernel: &dyn Kernel,
    form: Form,
) -> Result<ir::Program> {
    let program = sema::lower(typed, input.sources.clone(), kernel, form);
    if cfg!(debug_assertions) {
        ir::verify(&program).map_err(Failure::Bug)?;
    }
    Ok(program)
}

/// typed program → IR and ELF, once more with less on the stack where that is too small
pub fn build(
    input: &Input,
    typed: &Typed,
    kernel: &dyn Kernel,
    problems: &mut Vec<Diagnostic>,
) -> Result<Built> {
    let program = lower(input, typed, kernel, problems)?;
    compile(input, typed, kernel, (program, Form::default()))
}

fn compile(
    input: &Input,
    typed: &Typed,
    kernel: &dyn Kernel,
    (mut program, form): (ir::Program, Form),
) -> Result<Built> {
    // Where less room for values was asked for, none may be taken for what has no register.
    let slots = match form.room {
        Room::Usual => llvm::Slots::Anywhere,
        Room::Little => llvm::Slots::InMemory,
    };
    let options = llvm::Options { slots, ..options(input) };
    let mut compiled = llvm::compile(&program, &options);
    if matches!(compiled, Err(llvm::Error::Stack { .. })) && form.room == Room::Usual {
        program = lower_as(input, typed, kernel, Form { room: Room::Little, ..form })?;
        compiled = llvm::compile(&program, &options);
    }
    // LLVM gives up where a jump goes over more code than fits, which the next version has room for.
    // 6.6, of which these links are too.
    let is_new = kernel.has(Feature::UprobeMulti);
    if matches!(compiled, Err(llvm::Error::Fatal(_))) && options.cpu < llvm::Cpu::V4 && is_new {
        let longer = llvm::Options { cpu: llvm::Cpu::V4, ..options };
        // What it says of the other way is no clearer.
        compiled = llvm::compile(&program, &longer).or(compiled);
    }
    if matches!(compiled, Err(llvm::Error::Fatal(_)))
        && form.repeats == Repeats::Written
        && sema::repeats(typed)
    {
        let form = Form { repeats: Repeats::Called, ..form };
        let program = lower_as(input, typed, kernel, form)?;
        return compile(input, typed, kernel, (program, form));
    }
    Ok((program, compiled.map_err(failure)?.object))
}

/// Refuses options on the command line that the script does not read.
pub fn check_options(input: &Input, resolved: &Resolved) -> Result<()> {
    let unknown = sema::unknown_options(&input.parameters, &resolved.options);
    if unknown.is_empty() {
        return Ok(());
    }
    let given: Vec<_> = unknown.iter().map(|name| format!("--{name}")).collect();
    Err(Failure::Options { given: given.join(", "), known: option_list(&resolved.options) })
}

/// What `-- --help` prints.
pub fn option_list(options: &[sema::ProgramOption]) -> String {
    if options.is_empty() {
        return "the program has no options\n".to_owned();
    }
    let names = options.iter().map(|option| option.name.len());
    let width = names.max().unwrap_or_default() + 2;
    let mut out = "expected program options:\n".to_owned();
    for option in options {
        let name = format!("--{}", option.name);
        let line =
            format!("    {name:width$}  {} [default: {}]", option.description, option.default);
        out += &format!("{}\n", line.replace("   [default", "  [default"));
    }
    out
}

/// IR → LLVM → ELF
pub fn object(input: &Input, program: &ir::Program) -> Result<Vec<u8>> {
    let compiled = llvm::compile(program, &options(input));
    compiled.map(|compiled| compiled.object).map_err(failure)
}

/// IR → LLVM's text
pub fn llvm_text(input: &Input, program: &ir::Program, stage: llvm::Stage) -> Result<String> {
    llvm::text(program, &options(input), stage).map_err(failure)
}

/// ELF → kernel. Where the verifier finds too many ways through the program, it gets another one,
/// which has more instructions and fewer ways; where its functions together need too much stack,
/// one that keeps more elsewhere.
pub fn load(
    built: &mut Built,
    (input, typed): (&Input, &Typed),
    kernel: &dyn Kernel,
    options: &LoadOptions,
) -> Result<Loaded> {
    let mut form = Form::default();
    loop {
        let error = match runtime::load(&built.0, &built.1, options) {
            Err(error) => error,
            Ok(loaded) => return Ok(loaded),
        };
        let next = next(form, &error, typed);
        if next == form {
            return Err(error.into());
        }
        form = next;
        let program = lower_as(input, typed, kernel, form)?;
        let Ok(other) = compile(input, typed, kernel, (program, form)) else {
            return Err(error.into());
        };
        *built = other;
    }
}

/// The form to try after one that the kernel refused.
fn next(form: Form, error: &runtime::Error, typed: &Typed) -> Form {
    if error.is_too_large() && form.tests == Tests::Plain {
        let repeats = if sema::repeats(typed) { Repeats::Called } else { form.repeats };
        return Form { tests: Tests::Apart, repeats, ..form };
    }
    if error.is_out_of_stack() && form.room == Room::Usual {
        return Form { room: Room::Little, ..form };
    }
    // What is called takes a frame of the few that there are, and more scratch memory.
    Form { repeats: Repeats::Written, ..form }
}

/// attach, poll, print
pub fn run(
    loaded: Loaded,
    program: &ir::Program,
    machine: &Machine,
    output: &mut dyn Output,
    options: &RunOptions,
) -> Result<Ended> {
    Ok(runtime::run(loaded, program, machine, output, options)?)
}

/// The stages up to the types: text → typed program
pub fn analyse(
    input: &mut Input,
    kernel: &dyn Kernel,
    problems: &mut Vec<Diagnostic>,
) -> Result<Typed> {
    let parsed = parse(input, problems)?;
    let imported = import(input, &parsed, kernel, problems)?;
    let resolved = resolve(input, &imported, problems)?;
    let expansion = expand(resolved, kernel, problems);
    check(expansion, kernel, problems)
}

/// All of the front end: text → IR. The tests run this against a recorded kernel.
pub fn front_end(
    input: &mut Input,
    kernel: &dyn Kernel,
    problems: &mut Vec<Diagnostic>,
) -> Result<ir::Program> {
    let typed = analyse(input, kernel, problems)?;
    lower(input, &typed, kernel, problems)
}

/// What the compiler was given that it cannot use, or a bug.
fn failure(error: llvm::Error) -> Failure {
    if matches!(error, llvm::Error::Bitcode { .. }) {
        return Failure::Bitcode(error.to_string());
    }
    if error.is_too_long() {
        return Failure::TooLong;
    }
    Failure::Bug(error.to_string())
}

fn stop_on_errors(problems: &[Diagnostic]) -> Result<()> {
    if diag::any_error(problems) { Err(Failure::Script) } else { Ok(()) }
}

const fn options(input: &Input) -> llvm::Options {
    llvm::Options {
        cpu: input.cpu,
        verify: cfg!(debug_assertions),
        slots: llvm::Slots::Anywhere,
    }
}
