//! `strerror(number)`, `signal_name(number)`, `syscall_name(number)`: names of numbers, as text.
//! They are in a table that the program has with it, one line of the same size for each.

mod errors;
pub(crate) mod syscalls;

use ir::{Bin, Inst, Ty, ValueId};

use super::{Takes, Word};
use crate::{Call, Check, Literal, Lower, constants, memory};

pub(super) const STRERROR: Word = Word {
    name: "strerror",
    usage: "strerror(number)",
    summary: "What an error number means: `strerror(2)` is \"No such file or directory\".",
    example: "tracepoint:syscalls:sys_exit_openat /args.ret < 0/ { @[strerror(-args.ret)] = count(); }",
    arity: (1, 1),
    takes: Takes::Values,
    check: |c, call| check(c, call, &Table::errors()),
    lower: |l, call| lower(l, call, &Table::errors()),
};

pub(super) const SIGNAL_NAME: Word = Word {
    name: "signal_name",
    usage: "signal_name(number)",
    summary: "Name of a signal: `signal_name(9)` is \"SIGKILL\".",
    example: "tracepoint:signal:signal_generate { @[signal_name(args.sig)] = count(); }",
    arity: (1, 1),
    takes: Takes::Values,
    check: |c, call| check(c, call, &Table::signals()),
    lower: |l, call| lower(l, call, &Table::signals()),
};

pub(super) const SYSCALL_NAME: Word = Word {
    name: "syscall_name",
    usage: "syscall_name(number)",
    summary: "Name of a system call of this architecture, `N/A` if there is none of that number.",
    example: "tracepoint:raw_syscalls:sys_enter { @[syscall_name(args.id)] = count(); }",
    arity: (1, 1),
    takes: Takes::Values,
    check: |c, call| check(c, call, &Table::syscalls()),
    lower: |l, call| lower(l, call, &Table::syscalls()),
};

/// Names by number.
struct Table {
    name: &'static str,
    rows: Vec<(u16, String)>,
    unknown: &'static str,
}

/// The last of the signals that have no name of their own but one made of a number.
const LAST_SIGNAL: u16 = 64;

impl Table {
    fn errors() -> Self {
        let rows = errors::ERRORS.iter().map(|(number, text)| (*number, (*text).to_owned()));
        Self { name: "error_names", rows: rows.collect(), unknown: "Unknown error" }
    }

    fn syscalls() -> Self {
        let rows =
            syscalls::SYSCALLS.iter().map(|(number, text)| (*number, (*text).to_owned()));
        Self { name: "syscall_names", rows: rows.collect(), unknown: "N/A" }
    }

    fn signals() -> Self {
        let usual = |(name, number): (&'static str, i128)| {
            let number = u16::try_from(number).ok().filter(|_| is_signal(name))?;
            Some((number, name.to_owned()))
        };
        let mut rows: Vec<_> = constants::all().filter_map(usual).collect();
        rows.push((0, "Unknown signal 0".to_owned()));
        // Numbers 32 and 33 are the C library's own; the others are for programs.
        rows.extend(
            (34..LAST_SIGNAL).map(|number| (number, format!("SIGRTMIN+{}", number - 34))),
        );
        rows.push((LAST_SIGNAL, "SIGRTMAX".to_owned()));
        Self { name: "signal_names", rows, unknown: "Unknown signal" }
    }

    /// Bytes of each line, the NUL included.
    fn width(&self) -> u32 {
        let texts = self.rows.iter().map(|(_, text)| text.len());
        let longest = texts.chain([self.unknown.len()]).max().unwrap_or_default();
        ir::align_up(longest as u32 + 1, 8)
    }

    /// The number of lines, but for that of what is unknown.
    fn count(&self) -> u32 {
        let last = self.rows.iter().map(|(number, _)| *number).max();
        last.map_or(0, |last| u32::from(last) + 1)
    }

    fn text(&self, number: i64) -> &str {
        let known = self.rows.iter().find(|(known, _)| i64::from(*known) == number);
        known.map_or(self.unknown, |(_, text)| text.as_str())
    }

    fn content(&self) -> Vec<u8> {
        let width = self.width() as usize;
        let mut out = Vec::new();
        for number in 0..=self.count() {
            let mut line = self.text(i64::from(number)).as_bytes().to_vec();
            line.resize(width, 0);
            out.append(&mut line);
        }
        out
    }
}

/// Whether a constant is the usual name of a signal: not an older one for the same number, and
/// not one of the flags that are called alike.
fn is_signal(name: &str) -> bool {
    const OTHERS: &[&str] =
        &["SIGCLD", "SIGIOT", "SIGPOLL", "SIGUNUSED", "SIGRTMIN", "SIGRTMAX"];
    name.starts_with("SIG") && !name.contains('_') && !OTHERS.contains(&name)
}

/// The number of a signal by its name, in any case and with or without `SIG`.
pub(super) fn signal_number(name: &str) -> Option<u16> {
    let name = name.to_uppercase();
    let whole = if name.starts_with("SIG") { name } else { format!("SIG{name}") };
    if whole.contains('_') {
        return None;
    }
    constants::find(&whole).and_then(|number| u16::try_from(number).ok())
}

fn check(c: &mut Check<'_>, call: &Call, table: &Table) -> Ty {
    let Some(arg) = call.args.first() else { return Ty::Void };
    if !arg.is_integer() {
        let help = format!("write `{}(2)`", call.name);
        return c.wrong_type(call, arg, "an integer", &help);
    }
    let ty = Ty::Str(table.width());
    match arg.int() {
        Some(number) => c.known(Literal::Str(table.text(number).into()), ty),
        None => ty,
    }
}

fn lower(l: &mut dyn Lower, call: &Call, table: &Table) -> ValueId {
    let Some(arg) = call.args.first() else { return l.b().constant(0) };
    let number = l.value(arg);
    // What is not in the table has its last line.
    let number = memory::at_most(l, number, table.count());
    let program = l.program();
    let known = program.globals.position(|global| global.name == table.name);
    let id = known.unwrap_or_else(|| {
        program.globals.push(ir::Global {
            name: table.name.to_owned(),
            content: table.content(),
            align: 8,
            mutability: ir::Mutability::Constant,
        })
    });
    let b = l.b();
    let at = b.bin_const(Bin::Mul, number, i64::from(table.width()));
    let names = b.global(id);
    b.push(Inst::Offset(names, at))
}
