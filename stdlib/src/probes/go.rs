//! Functions that the Go compiler made. They pass arguments in registers of their own choice, and
//! their stacks are moved while they run: the kernel's way to catch a return, which writes on the
//! stack, ends such a program with a crash. So the instructions that return are probed instead.

use diag::{Code, Diagnostic};
use ir::{Sign, When, Width};

use super::{Arguments, Expand, Expanded, Offers, Operand, Request, Source};
use crate::{Convention, Kernel, Symbol};

/// Registers that take the first words of arguments: Go's `ABIInternal`.
#[cfg(target_arch = "x86_64")]
const REGISTERS: &[&str] = &["ax", "bx", "cx", "di", "si", "r8", "r9", "r10", "r11"];
#[cfg(target_arch = "aarch64")]
const REGISTERS: &[&str] = &[
    "r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11", "r12", "r13",
    "r14", "r15",
];

/// Whether a function of a file that the Go compiler made is Go's, and not C's: its name has the
/// package before a dot.
pub(super) fn is_go(name: &str) -> bool {
    let pieces = [".part.", ".isra.", ".constprop.", ".cold"];
    name.contains('.') && !name.starts_with('.') && !pieces.iter().any(|it| name.contains(it))
}

/// What probes on a function of Go offer beyond others.
pub(super) fn offers(kernel: &dyn Kernel, offers: &mut Offers, way: (Convention, &str)) {
    let (convention, name) = way;
    // Functions in assembly take their arguments on the stack.
    let in_registers = convention == Convention::Go && !name.ends_with(".abi0");
    if !in_registers {
        offers.arguments = Arguments::None;
        offers.returns = offers.returns.filter(|when| *when == When::Entry);
    } else if offers.arguments == Arguments::Registers {
        let word = |name: &&str| {
            let source = Source::Register(kernel.register(name)?);
            Some(Operand { width: Width::W64, sign: Sign::Unsigned, source })
        };
        offers.arguments = Arguments::Operands;
        offers.operands = REGISTERS.iter().map(word).collect();
    }
}

/// Moves a probe on the entry of `symbol` to where each call comes by once: a call of which Go
/// finds that the stack is too small starts again on a larger one. The arguments are still there.
pub(super) fn once_a_call(
    kernel: &dyn Kernel,
    path: &str,
    symbol: &Symbol,
    site: &mut Expanded,
) {
    let body = kernel.places().code(path, symbol).unwrap_or_default().body;
    if let ir::Attach::Uprobe { place, .. } = &mut site.attach {
        place.offset += body;
    }
}

/// One site for each way out of the function that `site` is about, in place of its return probe;
/// what is wrong is reported.
pub(super) fn returns(
    x: &mut Expand<'_>,
    request: &Request<'_>,
    (path, symbol): (&str, &Symbol),
    site: &Expanded,
) -> Vec<Expanded> {
    let at = request.at(request.parts.len().saturating_sub(1));
    let title = format!("where `{}` returns is not known", symbol.name);
    let label = "a function of Go: a usual return probe would crash the program";
    let returns = x.kernel.places().code(path, symbol).unwrap_or_default().returns;
    // Those that never return have no way out, which is no mistake of a glob.
    if returns.is_empty() && !request.parts.iter().any(|part| part.text.contains('*')) {
        let problem = Diagnostic::new(Code::BadAttachPoint, at, title, label);
        return x
            .refuse(problem.help(format!("probe its entry: `uprobe:{path}:{}`", symbol.name)));
    }
    let one = |offset: u64| {
        let mut site = site.clone();
        if let ir::Attach::Uprobe { place, when, .. } = &mut site.attach {
            place.offset += offset;
            *when = When::Entry;
        }
        site
    };
    returns.into_iter().map(one).collect()
}
