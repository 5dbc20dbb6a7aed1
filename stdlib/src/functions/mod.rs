//! Words with arguments: `printf(…)`, `str(p)`, …

mod asserts;
mod bswap;
mod buf;
mod cgroups;
mod clear;
mod debugf;
mod delete;
mod exit;
pub mod format;
mod getopt;
mod has_key;
mod join;
mod kaddr;
mod kfunc;
mod kinds;
mod ksym;
mod len;
mod lengths;
mod memcmp;
pub(crate) mod names;
mod net;
mod offsetof;
mod path;
mod print;
mod printf;
mod progenyof;
mod rates;
mod reg;
mod report;
mod search;
mod signal;
mod sizeof;
mod skboutput;
mod space;
mod str;
mod str_concat;
mod strftime;
mod strncmp;
mod system;
mod time;
mod typeinfo;
mod uaddr;
mod unwatch;
mod usym;
mod write_user;
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
    /// A type, or a value that is never worked out; further arguments are paths of fields
    /// (`f.g.h`) as literal texts.
    Types,
    /// A bare name stands for itself, as a literal text: `nsecs(boot)`.
    Names,
}

/// Whether the first argument of `name` is text, so that a parameter given there is not a number.
pub fn takes_text(name: &str) -> bool {
    name == str::STR.name
}

/// Whether nothing runs behind a call of `name`.
pub fn ends_program(name: &str) -> bool {
    name == exit::EXIT.name
}

/// Whether `name` takes one map entry, where old scripts gave it several.
pub fn takes_one_entry(name: &str) -> bool {
    name == delete::DELETE.name
}

/// Whether a name may be that of a function of the kernel that programs call: those have it that
/// were made for them. Others are not asked for, so that a word mistyped costs nothing.
pub fn is_like_kernel_call(name: &str) -> bool {
    name.contains("bpf_") || name.contains("rstat_") || name == "crash_kexec"
}

/// Whether `name` reads an option of the script.
pub fn reads_option(name: &str) -> bool {
    name == getopt::GETOPT.name
}

/// Every function, sorted by name.
#[rustfmt::skip]
pub const ALL: &[Word] = &[
    asserts::ASSERT_STR,
    bswap::BSWAP,
    buf::BUF,
    system::CAT,
    cgroups::CGROUP_PATH,
    cgroups::CGROUPID,
    clear::CLEAR,
    debugf::DEBUGF,
    lengths::DEFAULT_STR_LENGTH,
    delete::DELETE,
    report::ERRORF,
    exit::EXIT,
    asserts::FAIL,
    getopt::GETOPT,
    has_key::HAS_KEY,
    kinds::IS_ARRAY,
    kinds::IS_INTEGER,
    kinds::IS_LITERAL,
    kinds::IS_PTR,
    kinds::IS_STR,
    kinds::IS_UNSIGNED_INTEGER,
    join::JOIN,
    kaddr::KADDR,
    kfunc::KFUNC_ALLOWED,
    kfunc::KFUNC_EXIST,
    space::KPTR,
    ksym::KSYM,
    len::LEN,
    net::MACADDR,
    memcmp::MEMCMP,
    net::NTOP,
    offsetof::OFFSETOF,
    write_user::OVERRIDE,
    path::PATH,
    kaddr::PERCPU_KADDR,
    print::PRINT,
    printf::PRINTF,
    progenyof::PROGENYOF,
    net::PTON,
    rates::RATELIMIT,
    reg::REG,
    rates::SAMPLE,
    signal::SIGNAL,
    names::SIGNAL_NAME,
    signal::SIGNAL_THREAD,
    sizeof::SIZEOF,
    skboutput::SKBOUTPUT,
    asserts::STATIC_ASSERT,
    str::STR,
    str_concat::STR_CONCAT,
    lengths::STRCAP,
    search::STRCONTAINS,
    names::STRERROR,
    strftime::STRFTIME,
    lengths::STRLEN,
    strncmp::STRNCMP,
    search::STRSTR,
    names::SYSCALL_NAME,
    system::SYSTEM,
    time::TIME,
    typeinfo::TYPEINFO,
    uaddr::UADDR,
    unwatch::UNWATCH,
    space::UPTR,
    usym::USYM,
    report::WARNF,
    write_user::WRITE_USER,
    zero::ZERO,
];

/// The function called `name`.
pub fn find(name: &str) -> Option<&'static Word> {
    ALL.iter().find(|row| row.name == name)
}

/// Whether a call does something besides giving its value, so that the value may be left alone.
pub fn has_effect(row: &Word) -> bool {
    ["delete", "find", "override", "signal", "signal_thread", "skboutput", "write_user"]
        .contains(&row.name)
}

/// Complains unless argument `index` is text; whether it is.
fn text(c: &mut Check<'_>, call: &Call, index: usize) -> bool {
    let Some(arg) = call.args.get(index) else { return false };
    if matches!(arg.ty, Ty::Str(_)) {
        return true;
    }
    let help = "give it a text: `str(pointer)`, `comm` or one in quotes";
    c.wrong_type(call, arg, "a string", help);
    false
}

/// Complains unless argument `index` is a known number of bytes; gives it.
fn count(c: &mut Check<'_>, call: &Call, index: usize) -> Option<u32> {
    let arg = call.args.get(index)?;
    let Some(value) = arg.int() else {
        let help = "write the number of bytes as it is: `16`";
        c.wrong_type(call, arg, "a literal number", help);
        return None;
    };
    let count = u32::try_from(value).ok();
    if count.is_none() {
        let title = format!("a length of {value}");
        let problem =
            diag::Diagnostic::new(diag::Code::OutOfRange, arg.span, title, "not a length");
        let compat = format!("Builtin {} requires a non-negative length", call.name);
        c.refuse(problem.help("give a number from 0 on").compat(compat));
    }
    count
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

/// bpftrace's words where a map without keys is given.
pub fn no_keys(function: &str) -> String {
    let scalar = if function == "len" { " (non-scalar map)" } else { "" };
    format!("call to {function}() expects a map with explicit keys{scalar}")
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
    let compat = no_keys(&call.name);
    c.refuse(problem.help("give it a map with keys: `@map[key] = …`").compat(compat));
    false
}

/// Complains of an entry that is many in the kernel: a large histogram's, one for each bucket.
fn has_whole_entries(c: &mut Check<'_>, call: &Call) -> bool {
    let Some(arg) = call.args.first() else { return true };
    let Some(map) = arg.map() else { return true };
    let Some(Ty::Reduced(reduce)) = map.value else { return true };
    if map.key.is_none() || !reduce.is_divided() {
        return true;
    }
    let title =
        format!("`{}` can't find an entry of a histogram with so many buckets", call.name);
    let label = format!("a `{reduce}` of {} buckets", reduce.buckets());
    let problem = diag::Diagnostic::new(diag::Code::WrongArgument, arg.span, title, label);
    let help = format!("use at most 126 buckets, or `clear(@{})` for all entries", map.name);
    c.refuse(problem.help(help));
    false
}
