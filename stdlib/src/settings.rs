//! The settings by name: what they take, what they are for, and setting them from a script's
//! `config` block or from the environment.

use ir::StackMode;

use crate::{
    Config, Literal,
    config::{Missing, Unstable, UserSymbols},
};

/// One setting: everything that the compiler and the manual say about it.
#[derive(Debug)]
pub struct Setting {
    /// As it is written in a script. In the environment it is in capitals, with `HAWK_` or
    /// `BPFTRACE_` before it.
    pub name: &'static str,
    /// One sentence for the manual.
    pub summary: &'static str,
    /// What it takes, and where it goes.
    place: Place,
}

/// Where a value goes, which also says what it may be.
#[derive(Debug)]
enum Place {
    /// A number within these bounds.
    Number(u32, u32, fn(&mut Config) -> &mut u32),
    Flag(fn(&mut Config) -> &mut bool),
    Text(fn(&mut Config) -> &mut String),
    /// One of these words, by number; `get` says which one it is.
    Choice {
        words: &'static [&'static str],
        get: fn(&Config) -> Option<usize>,
        set: fn(&mut Config, usize),
    },
}

const STABILITY: &[&str] = &["error", "warn", "enable"];
const STABILITIES: &[Unstable] = &[Unstable::Error, Unstable::Warn, Unstable::Enable];
const MISSING: &[&str] = &["error", "warn", "ignore"];
const MISSINGS: &[Missing] = &[Missing::Error, Missing::Warn, Missing::Ignore];
const STACK: &[&str] = &["bpftrace", "perf", "raw", "build_id"];
const STACKS: &[StackMode] =
    &[StackMode::Bpftrace, StackMode::Perf, StackMode::Raw, StackMode::BuildId];
const SYMBOLS: &[&str] = &["PER_PID", "PER_PROGRAM", "NONE"];
const SYMBOL_CACHES: &[UserSymbols] =
    &[UserSymbols::PerPid, UserSymbols::PerProgram, UserSymbols::None];
/// What the kernel takes for compatible with its own licence (`include/linux/license.h`).
const LICENSES: &[&str] = &[
    "GPL",
    "GPL v2",
    "GPL and additional rights",
    "Dual BSD/GPL",
    "Dual MIT/GPL",
    "Dual MPL/GPL",
];

fn index<T: PartialEq>(all: &[T], one: &T) -> Option<usize> {
    all.iter().position(|known| known == one)
}

macro_rules! choice {
    ($words:ident, $values:ident, $field:ident) => {
        Place::Choice {
            words: $words,
            get: |config| index($values, &config.$field),
            set: |config, at| config.$field = $values[at],
        }
    };
}

macro_rules! number {
    ($least:expr, $most:expr, $field:ident) => {
        Place::Number($least, $most, |config| &mut config.$field)
    };
}

macro_rules! flag {
    ($field:ident) => {
        Place::Flag(|config| &mut config.$field)
    };
}

const fn row(name: &'static str, place: Place, summary: &'static str) -> Setting {
    Setting { name, summary, place }
}

/// Every setting, sorted by name.
#[rustfmt::skip]
pub const ALL: &[Setting] = &[
    row("cache_user_symbols", Place::Choice {
        words: SYMBOLS,
        get: |config| config.cache_user_symbols.as_ref().and_then(|it| index(SYMBOL_CACHES, it)),
        set: |config, at| config.cache_user_symbols = Some(SYMBOL_CACHES[at]),
    }, "For what the symbols of programs are kept; by itself for each program where addresses are not random, else for each process."),
    row("compat", flag!(compat), "Follows bpftrace where hawk differs: its words for errors, its streams, its arithmetic. Started as `bpftrace`, hawk sets it."),
    row("cpp_demangle", flag!(cpp_demangle), "Shows names of C++ functions as they are written."),
    row("lazy_symbolication", flag!(lazy_symbolication), "Looks up symbols of programs only when they are printed."),
    row("license", Place::Choice {
        words: LICENSES,
        get: |config| index(LICENSES, &config.license),
        set: |config, at| config.license = LICENSES[at],
    }, "The licence that the kernel is told; most helpers want a GPL-compatible one."),
    row("log_size", number!(1, u32::MAX, log_size), "Bytes of the verifier's log that are kept."),
    row("logical_shift", flag!(logical_shift), "Makes `>>` shift zeros into negative numbers, as bpftrace does."),
    row("max_bpf_progs", number!(1, u32::MAX, max_bpf_progs), "Most BPF programs that a script may become."),
    row("max_cat_bytes", number!(1, u32::MAX, max_cat_bytes), "Most bytes of a file that `cat()` prints."),
    row("max_map_keys", number!(1, u32::MAX, max_map_keys), "Most entries of a map."),
    row("max_probes", number!(1, u32::MAX, max_probes), "Most attach points."),
    row("max_strlen", number!(1, 1 << 20, max_strlen), "Most bytes of a string, its final NUL included."),
    row("missing_probes", choice!(MISSING, MISSINGS, missing_probes), "What becomes of an attach point that nothing matches: an error, a warning, or nothing."),
    row("narrow_formats", flag!(narrow_formats), "Makes `%d`, `%u` and `%x` print the low 32 bits, as bpftrace does."),
    row("on_stack_limit", number!(0, 352, on_stack_limit), "Largest value, in bytes, that is kept on the BPF stack; larger ones go to scratch memory."),
    row("perf_rb_pages", number!(0, 1 << 19, perf_rb_pages), "Pages of 4 KiB in the ring that events go through; 0 lets the program decide."),
    row("print_maps_on_exit", flag!(print_maps_on_exit), "Prints all maps at the end."),
    row("show_debug_info", flag!(show_debug_info), "Shows file and line in stacks, where they are known."),
    row("stack_mode", choice!(STACK, STACKS, stack_mode), "How stacks are shown."),
    row("str_trunc_trailer", Place::Text(|config| &mut config.str_trunc_trailer), "What follows text that was cut."),
    row("strict", flag!(strict), "Refuses old spellings, which otherwise run with a warning; also `--strict`."),
    row("unsigned_division", flag!(unsigned_division), "Makes `/` and `%` take negative numbers for large ones, as bpftrace does."),
    row("unstable_dw_ustack", choice!(STABILITY, STABILITIES, unstable_dw_ustack), "Whether `dw_ustack` can be used."),
    row("unstable_import_statement", choice!(STABILITY, STABILITIES, unstable_import_statement), "Whether `import` may stand in a block."),
    row("unstable_tseries", choice!(STABILITY, STABILITIES, unstable_tseries), "Whether `tseries()` can be used."),
    row("unstable_typeinfo", choice!(STABILITY, STABILITIES, unstable_typeinfo), "Whether `typeinfo()` can be used."),
    row("use_blazesym", flag!(use_blazesym), "Shows inlined functions in stacks."),
];

/// Names from before settings had one style, and what they are now.
#[rustfmt::skip]
const OLD_NAMES: &[(&str, &str)] = &[
    ("cat_bytes_max", "max_cat_bytes"),
    ("map_keys_max", "max_map_keys"),
    ("no_cpp_demangle", "cpp_demangle"),
    ("strlen", "max_strlen"),
];

/// Names that older scripts set, and that mean nothing any more.
pub const WITHOUT_EFFECT: &[&str] = &[
    "max_type_res_iterations",
    "symbol_source",
    "unstable_addr",
    "unstable_import",
    "unstable_macro",
    "unstable_map_decl",
];

/// Names that only the environment can set, because they are read before the script is.
pub const ENVIRONMENT_ONLY: &[&str] = &["btf", "kernel_build", "kernel_source", "vmlinux"];

/// A value as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Given<'a> {
    /// `64`
    Integer(u64),
    /// `"text"`, or anything in the environment.
    Text(&'a str),
    /// `true`
    Bool(bool),
    /// `warn`
    Word(&'a str),
}

impl std::fmt::Display for Given<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Integer(value) => write!(f, "{value}"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Text(text) | Self::Word(text) => write!(f, "{text}"),
        }
    }
}

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum From {
    /// The script's `config` block, where numbers are numbers.
    Script,
    /// The environment or the command line: everything is text, and wins over the script.
    Outside,
}

/// What became of a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It is set.
    Set,
    /// It is right, but what came from outside stays.
    Pinned,
    /// It is set, by its old name; this is the new one.
    OldName(&'static str),
    /// It means nothing any more.
    NoEffect,
}

/// Why a setting was not set.
#[derive(Debug, Clone, Copy)]
pub enum Unset {
    /// There is no setting of that name.
    Unknown,
    /// Only the environment can set it.
    EnvironmentOnly,
    /// It takes something else.
    Wrong(&'static Setting),
}

/// The setting called `name`.
pub fn find(name: &str) -> Option<&'static Setting> {
    ALL.iter().find(|row| row.name == name)
}

/// `name` in small letters and without the prefix that the environment gives it.
pub fn plain(name: &str) -> String {
    let name = name.to_lowercase();
    let bare = ["bpftrace_", "hawk_"].iter().find_map(|prefix| name.strip_prefix(prefix));
    bare.unwrap_or(&name).to_owned()
}

impl Setting {
    /// What it takes, for help: `a number from 1 to 100`.
    pub fn takes(&self) -> String {
        match self.place {
            Place::Number(least, most, _) => format!("a number from {least} to {most}"),
            Place::Flag(_) => "true or false".to_owned(),
            Place::Text(_) => "a text".to_owned(),
            Place::Choice { words, .. } => format!("one of {}", words.join(", ")),
        }
    }

    /// What bpftrace says of a wrong value.
    pub fn compat(&self, name: &str, given: Given<'_>) -> String {
        match self.place {
            Place::Number(..) => format!("{name}: expecting a number, got {given}"),
            Place::Flag(_) => {
                format!("{name}: Invalid bool value: valid values are true, false, 1 or 0.")
            }
            Place::Text(_) => format!("{name}: expecting a string, got {given}"),
            Place::Choice { words, .. } => {
                format!("Invalid value for {name}: valid values are {}", words.join(", "))
            }
        }
    }

    /// A value of it, for help: `max_strlen = 64`.
    pub fn example(&self) -> String {
        let mut config = Config::default();
        match self.place {
            Place::Number(_, _, place) => format!("{} = {}", self.name, place(&mut config)),
            Place::Flag(_) => format!("{} = true", self.name),
            Place::Text(_) => format!("{} = \"…\"", self.name),
            Place::Choice { words, .. } => {
                let quote =
                    if words[0].contains(' ') || words.contains(&"GPL v2") { "\"" } else { "" };
                format!("{} = {quote}{}{quote}", self.name, words[0])
            }
        }
    }

    /// Its value in `config`, as the language has it.
    pub fn literal(&self, config: &Config) -> Literal {
        let mut config = config.clone();
        match self.place {
            Place::Number(_, _, place) => Literal::Int(i64::from(*place(&mut config))),
            Place::Flag(place) => Literal::Bool(*place(&mut config)),
            Place::Text(_) | Place::Choice { .. } => {
                Literal::Str(self.value(&config).into_bytes())
            }
        }
    }

    /// Its value in `config`, as text.
    pub fn value(&self, config: &Config) -> String {
        match self.place {
            Place::Number(_, _, place) => place(&mut config.clone()).to_string(),
            Place::Flag(place) => place(&mut config.clone()).to_string(),
            Place::Text(place) => place(&mut config.clone()).clone(),
            Place::Choice { words, get, .. } => {
                get(config).map_or_else(|| "automatic".to_owned(), |at| words[at].to_owned())
            }
        }
    }

    /// Puts a value where it goes; false if it is none that fits, and then nothing has changed.
    fn put(&self, config: &mut Config, given: Given<'_>, from: From) -> bool {
        match self.place {
            Place::Number(least, most, place) => {
                let number = match given {
                    Given::Integer(value) => Some(value),
                    Given::Text(text) if from == From::Outside => text.trim().parse().ok(),
                    Given::Text(_) | Given::Word(_) | Given::Bool(_) => None,
                };
                let number = number.and_then(|value| u32::try_from(value).ok());
                let number = number.filter(|value| (least..=most).contains(value));
                number.map(|number| *place(config) = number).is_some()
            }
            Place::Flag(place) => flag(given).map(|value| *place(config) = value).is_some(),
            Place::Text(place) => {
                let (Given::Text(text) | Given::Word(text)) = given else { return false };
                text.clone_into(place(config));
                true
            }
            Place::Choice { words, set, .. } => {
                let (Given::Text(text) | Given::Word(text)) = given else { return false };
                let at = words.iter().position(|word| word.eq_ignore_ascii_case(text.trim()));
                at.map(|at| set(config, at)).is_some()
            }
        }
    }
}

fn flag(given: Given<'_>) -> Option<bool> {
    match given {
        Given::Bool(value) => Some(value),
        Given::Integer(value) => [false, true].get(usize::try_from(value).ok()?).copied(),
        Given::Text(text) | Given::Word(text) => match text.trim() {
            "1" | "true" => Some(true),
            "0" | "false" => Some(false),
            _ => None,
        },
    }
}

impl Config {
    /// Sets `name`, in any case and with or without `bpftrace_` or `hawk_` before it.
    ///
    /// # Errors
    ///
    /// Says whether it is the name or the value that is wrong; then nothing has changed.
    pub fn set(&mut self, name: &str, given: Given<'_>, from: From) -> Result<Taken, Unset> {
        let name = plain(name);
        if WITHOUT_EFFECT.contains(&name.as_str()) {
            return Ok(Taken::NoEffect);
        }
        if ENVIRONMENT_ONLY.contains(&name.as_str()) {
            return match from {
                From::Script => Err(Unset::EnvironmentOnly),
                From::Outside => Ok(Taken::Set),
            };
        }
        let old = OLD_NAMES.iter().find(|(old, _)| *old == name).map(|(_, new)| *new);
        let row = find(old.unwrap_or(&name)).ok_or(Unset::Unknown)?;
        // The old name said the opposite.
        let given = match (name.as_str(), flag(given)) {
            ("no_cpp_demangle", Some(value)) => Given::Bool(!value),
            _ => given,
        };
        if from == From::Script && self.origins.pinned.contains(&row.name) {
            let fits = row.put(&mut self.clone(), given, from);
            return if fits { Ok(Taken::Pinned) } else { Err(Unset::Wrong(row)) };
        }
        if !row.put(self, given, from) {
            return Err(Unset::Wrong(row));
        }
        if from == From::Outside {
            self.origins.pinned.push(row.name);
        }
        self.origins.given.push(row.name);
        Ok(old.map_or(Taken::Set, Taken::OldName))
    }
}

/// Every name that can be set, old ones included: for the environment and "did you mean".
pub fn names() -> impl Iterator<Item = &'static str> {
    let old = OLD_NAMES.iter().map(|(old, _)| *old);
    ALL.iter().map(|row| row.name).chain(old)
}
