//! Words with arguments: `printf(…)`, `str(p)`, …

mod clear;
mod delete;
mod exit;
pub mod format;
mod getopt;
mod has_key;
mod ksym;
mod len;
mod print;
mod printf;
mod reg;
mod space;
mod str;
mod strftime;
mod time;
mod usym;
mod zero;

use ir::{Ty, ValueId};

use crate::{Call, Check, Lower};

/// One word: everything that the compiler and the manual say about it.
#[derive(Debug)]
pub struct Word {
    /// How it is written.
    pub name: &'static str,
    /// How it is called: `str(pointer [, length])`.
    pub usage: &'static str,
    /// One sentence for the manual and for completion.
    pub summary: &'static str,
    /// A program that shows it.
    pub example: &'static str,
    /// Least and most number of arguments.
    pub arity: (usize, usize),
    /// Whether its first argument may be a whole map.
    pub takes: Takes,
    /// Its type, after looking at the arguments. May complain.
    pub check: fn(&mut Check<'_>, &Call) -> Ty,
    /// Emits what computes it: a scalar's value, or the address of any other value; for a word
    /// without a value, anything.
    pub lower: fn(&mut dyn Lower, &Call) -> ValueId,
}

/// What the first argument of a word may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// `@m` stands for the value of a scalar map.
    Values,
    /// `@m` stands for the map itself.
    Maps,
    /// The same, and a second argument is a key of it.
    KeyedMaps,
    /// A bare name stands for itself, as a literal text: `nsecs(boot)`.
    Names,
}

/// Whether the first argument of `name` is text, so that a parameter given there is not a number.
pub fn takes_text(name: &str) -> bool {
    name == str::STR.name
}

/// Whether `name` reads an option of the script.
pub fn reads_option(name: &str) -> bool {
    name == getopt::GETOPT.name
}

/// Every function, sorted by name.
#[rustfmt::skip]
pub const ALL: &[Word] = &[
    clear::CLEAR,
    delete::DELETE,
    exit::EXIT,
    getopt::GETOPT,
    has_key::HAS_KEY,
    space::KPTR,
    ksym::KSYM,
    len::LEN,
    print::PRINT,
    printf::PRINTF,
    reg::REG,
    str::STR,
    strftime::STRFTIME,
    time::TIME,
    space::UPTR,
    usym::USYM,
    zero::ZERO,
];

/// The function called `name`.
pub fn find(name: &str) -> Option<&'static Word> {
    ALL.iter().find(|row| row.name == name)
}

/// Complains unless the first argument is a whole map; gives it.
fn whole_map<'a>(c: &mut Check<'_>, call: &'a Call, usage: &str) -> Option<&'a crate::MapArg> {
    let arg = call.args.first()?;
    match arg.map() {
        Some(map) if !map.entry => Some(map),
        Some(map) => {
            let title = format!("`{}` takes a whole map, not one entry", call.name);
            let problem = diag::Diagnostic::new(
                diag::Code::WrongArgument,
                arg.span,
                title,
                "this is one entry",
            );
            c.refuse(problem.help(format!("write `{}(@{})`", call.name, map.name)));
            None
        }
        None => {
            c.wrong_type(call, arg, "a map", usage);
            None
        }
    }
}

/// Complains unless the first argument is a whole map that has keys; whether it is one.
fn keyed_map(c: &mut Check<'_>, call: &Call, usage: &str) -> bool {
    let Some(map) = whole_map(c, call, usage) else { return false };
    if map.key.is_some() || map.value.is_none() {
        return true;
    }
    let title = format!("`@{}` has no keys", map.name);
    let span = call.args[0].span;
    let problem = diag::Diagnostic::new(diag::Code::MixedMap, span, title, "a scalar map");
    let compat =
        format!("call to {}() expects a map with explicit keys (non-scalar map)", call.name);
    c.refuse(problem.help("give it a map with keys: `@map[key] = …`").compat(compat));
    false
}
