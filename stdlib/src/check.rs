//! What a row's type rule sees: checked arguments, the probe, and a place for its complaints.

use diag::{Code, Diagnostic, Span};
use ir::{Coded, Ty};

use crate::{Config, Feature, Kernel, Unstable, probes::Offers};

/// A constant that is known when the program is compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Literal {
    /// An integer; bits above 63 as in two's complement.
    Int(i64),
    /// A string, without a final NUL.
    Str(Vec<u8>),
    /// `true` or `false`.
    Bool(bool),
}

/// A map as an argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MapArg {
    /// Its name without `@`.
    pub name: String,
    /// Type of its keys; none for a scalar map.
    pub key: Option<Ty>,
    /// Type of its values, as far as it is known.
    pub value: Option<Ty>,
    /// Whether the argument names one entry (`@m[k]`) and not the whole map.
    pub entry: bool,
}

/// What stands in an argument's place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArgKind {
    /// Any expression.
    Value,
    /// A constant.
    Literal(Literal),
    /// A map or one of its entries.
    Map(MapArg),
    /// A type.
    Type,
}

/// One checked argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arg {
    /// Where it stands.
    pub span: Span,
    /// Its type; of a map, the type of its values.
    pub ty: Ty,
    /// What it is.
    pub kind: ArgKind,
    /// By what the lowering finds the expression.
    pub handle: usize,
    /// Of which clock it is a moment, if it is known to be one.
    pub clock: Option<Clock>,
}

/// The clocks of `nsecs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// Since the machine started, with the time for which it slept.
    Boot,
    /// The same without that time.
    Monotonic,
    /// International atomic time, as the kernel has it.
    Tai,
    /// The same, reckoned from the boot clock.
    SwTai,
}

impl Arg {
    /// The integer, if it is one that is known.
    pub fn int(&self) -> Option<i64> {
        match &self.kind {
            ArgKind::Literal(Literal::Int(value)) => Some(*value),
            ArgKind::Literal(Literal::Bool(value)) => Some(i64::from(*value)),
            ArgKind::Literal(Literal::Str(_))
            | ArgKind::Value
            | ArgKind::Map(_)
            | ArgKind::Type => None,
        }
    }

    /// The text, if it is one that is known.
    pub fn text(&self) -> Option<&[u8]> {
        match &self.kind {
            ArgKind::Literal(Literal::Str(bytes)) => Some(bytes),
            ArgKind::Literal(Literal::Int(_) | Literal::Bool(_))
            | ArgKind::Value
            | ArgKind::Map(_)
            | ArgKind::Type => None,
        }
    }

    /// The map, if it is one.
    pub const fn map(&self) -> Option<&MapArg> {
        match &self.kind {
            ArgKind::Map(map) => Some(map),
            ArgKind::Literal(_) | ArgKind::Value | ArgKind::Type => None,
        }
    }

    /// Whether it can be used where an integer is wanted.
    pub fn is_integer(&self) -> bool {
        matches!(self.ty, Ty::Int(..) | Ty::Bool | Ty::Enum(_))
    }
}

/// A call, or the use of a name without parentheses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The name as it is written: `arg0`, `printf`.
    pub name: String,
    /// The whole call.
    pub span: Span,
    /// The name alone.
    pub name_span: Span,
    /// Its arguments.
    pub args: Vec<Arg>,
    /// The type that the type rule gave.
    pub ty: Ty,
    /// Whether anybody uses its value.
    pub given: Given,
}

/// Whether a value is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Given {
    /// As part of an expression.
    Value,
    /// It is a statement of its own.
    Nothing,
}

/// What a body needs that decides how its program may be attached.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Uses {
    /// The program's context, other than for fields of `args`.
    pub context: bool,
    /// Fields of `args`.
    pub fields: bool,
    /// Registers other than those of a call, or the context as a whole.
    pub registers: bool,
    /// Which of several attach points fired.
    pub site: bool,
    /// The event ring, if only to wake the reader.
    pub events: bool,
    /// The event ring for what is printed.
    pub prints: bool,
    /// The process that `-c` starts.
    pub child: bool,
}

/// In which words bpftrace refuses what can change the system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// A function of its core.
    Core,
    /// A macro of its library.
    Library,
}

/// The surroundings of a type rule.
pub struct Check<'a> {
    /// The machine.
    pub kernel: &'a dyn Kernel,
    /// The settings.
    pub config: &'a Config,
    /// What the probe offers.
    pub offers: &'a Offers,
    /// What the body needs; rules add to it.
    pub uses: Uses,
    /// What is wrong so far; rules add to it.
    pub problems: Vec<Diagnostic>,
    /// Whether it is in the body of a `for`.
    pub in_loop: bool,
    /// The value of the word at hand, if its rule knows it now: it is then a literal.
    pub constant: Option<Literal>,
    /// The same for a word that stands for a record: names and values of its fields.
    pub record: Option<Vec<(&'static str, Literal)>>,
    /// The clock that the word at hand reads.
    pub clock: Option<Clock>,
}

impl Check<'_> {
    /// Says that the word at hand stands for this value, of type `ty`.
    pub fn known(&mut self, value: Literal, ty: Ty) -> Ty {
        self.constant = Some(value);
        ty
    }

    /// Says that the word at hand stands for a record of these values.
    pub fn known_record(&mut self, fields: Vec<(&'static str, Literal)>) -> Ty {
        self.record = Some(fields);
        Ty::Void
    }

    /// Complains of a word that may yet change, unless the settings allow it.
    pub fn needs_stable(&mut self, call: &Call, setting: &str, state: Unstable) -> bool {
        let name = &call.name;
        let title = format!("`{name}` may still change from version to version");
        let problem = Diagnostic::new(Code::Unstable, call.name_span, title, "not settled yet");
        let help = format!(
            "allow it at the start of the program: `config = {{ {setting} = enable }}`"
        );
        let compat = format!(
            "{name} feature is not enabled by default. To enable this unstable feature, set the config flag to enable. {setting}=enable"
        );
        let problem = problem.help(help).compat(compat);
        match state {
            Unstable::Enable => true,
            Unstable::Warn => {
                let compat = format!(
                    "Script is using an unstable feature: {name}. To prevent this warning you must explicitly enable it in the config e.g. {setting}=enable"
                );
                self.problems.push(problem.compat(compat).warning());
                true
            }
            Unstable::Error => {
                self.problems.push(problem);
                false
            }
        }
    }

    /// Complains unless words that can change the system are allowed. `compat` are bpftrace's
    /// words for it, of which it has two forms.
    pub fn needs_unsafe(&mut self, call: &Call, compat: Gate) -> bool {
        let allowed = self.config.allow_unsafe;
        if allowed {
            return true;
        }
        let name = &call.name;
        let words = match compat {
            Gate::Core => format!("{name}() is an unsafe function being used in safe mode"),
            Gate::Library => {
                format!("{name}() is unsafe. To use you need the --unsafe flag")
            }
        };
        let title = format!("`{name}` can change the system");
        let problem = Diagnostic::new(Code::NeedsUnsafe, call.span, title, "not allowed");
        let help = "allow it with `hawk --unsafe …`";
        self.problems.push(problem.help(help).compat(words));
        false
    }

    /// Complains of a feature that the kernel lacks; whether it has it.
    pub fn needs(&mut self, call: &Call, feature: Feature, since: &str, help: &str) -> bool {
        if self.kernel.has(feature) {
            return true;
        }
        let title = format!("`{}` needs {since}", call.name);
        let problem =
            Diagnostic::new(Code::MissingFeature, call.span, title, "this kernel can't do it");
        let compat = format!("Missing required kernel feature: {}", call.name);
        self.problems.push(problem.help(help).compat(compat));
        false
    }

    /// Complains that the word means nothing in this type of probe.
    pub fn not_here(&mut self, call: &Call, label: &str, help: &str, compat: &str) -> Ty {
        let title =
            format!("`{}` means nothing in `{}` probes", call.name, self.offers.type_name);
        let problem = Diagnostic::new(Code::NotAvailableHere, call.span, title, label);
        self.refuse(problem.help(help).compat(compat))
    }

    /// Reports a problem and gives the type that keeps the rest quiet.
    pub fn refuse(&mut self, problem: Diagnostic) -> Ty {
        self.problems.push(problem);
        Ty::Void
    }

    /// Reports an argument of the wrong type.
    pub fn wrong_type(&mut self, call: &Call, arg: &Arg, wanted: &str, help: &str) -> Ty {
        let title = format!("`{}` takes {wanted}, not {}", call.name, article(&arg.ty));
        let given = if matches!(arg.ty, Ty::Int(..)) {
            "int".to_owned()
        } else if matches!(arg.ty, Ty::Str(_)) {
            "string".to_owned()
        } else {
            arg.ty.to_string()
        };
        let short = wanted.trim_start_matches("an ").trim_start_matches("a ");
        let short = short.replace("integer", "int");
        let compat = if short.starts_with("int literal") {
            format!("{}() expects a int literal ({given} provided)", call.name)
        } else {
            format!("{}() only supports {short} arguments ({given} provided)", call.name)
        };
        let label = format!("this is {}", article(&arg.ty));
        let problem = Diagnostic::new(Code::WrongArgument, arg.span, title, label);
        let help = help_for_late_name(&arg.ty).unwrap_or(help);
        self.refuse(problem.help(help).compat(compat))
    }
}

/// What to do where a text is wanted and the value is a process, whose name is looked up later.
pub fn help_for_late_name(ty: &Ty) -> Option<&'static str> {
    matches!(ty, Ty::Coded(Coded::Process)).then_some(
        "`comm(pid)` is looked up when it is printed; programs can look into `comm`, and into \
         `comm(task)` of a `struct task_struct *`",
    )
}

/// A type with its article: "an `int64`", "a `uint64`".
pub fn article(ty: &Ty) -> String {
    if *ty == Ty::Void {
        return "nothing".to_owned();
    }
    if *ty == Ty::Coded(Coded::Process) {
        return "the name of another process".to_owned();
    }
    let name = ty.to_string();
    let article = if name.starts_with(['a', 'e', 'i', 'o']) { "an" } else { "a" };
    format!("{article} `{name}`")
}
