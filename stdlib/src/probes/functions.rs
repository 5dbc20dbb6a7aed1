//! What the probe types of kernel functions have in common: why a function can't be traced.

use diag::{Code, Diagnostic};

use super::{Request, no_match};
use crate::{Kernel, Untraceable};

/// No function matches; says why, as far as the machine knows.
pub(super) fn not_found(
    kernel: &dyn Kernel,
    request: &Request<'_>,
    (module, function): (Option<&str>, &str),
    near: Option<String>,
) -> Diagnostic {
    let last = request.parts.len().saturating_sub(1);
    let name = request.row.name;
    if function.contains('*') {
        return no_match(request, last, "traceable kernel function", None);
    }
    let (why, help) = match kernel.places().untraceable(module, function) {
        Untraceable::Unknown => {
            let problem = no_match(request, last, "traceable kernel function", near);
            return problem;
        }
        Untraceable::NoModule => {
            let module = module.unwrap_or_default();
            let title = format!("module `{module}` is not loaded");
            let probe: Vec<_> = request.parts.iter().map(|part| part.text.as_str()).collect();
            let compat = format!(
                "specified module {module} in probe {name}:{} is not loaded.",
                probe.join(":")
            );
            let help = format!("load it with `modprobe {module}`, or leave the module out");
            return Diagnostic::new(Code::NoMatch, request.at(0), title, "not loaded")
                .help(help)
                .compat(compat);
        }
        Untraceable::Changed(copies) => {
            let shown: Vec<_> =
                copies.iter().take(3).map(|copy| format!("`{name}:{copy}`")).collect();
            let why = "the compiler made other functions of it";
            (why.to_owned(), format!("write {}", shown.join(" or ")))
        }
        Untraceable::Blacklisted => (
            "the kernel forbids probes on it, since probes need it themselves".to_owned(),
            "probe a function that calls it".to_owned(),
        ),
        Untraceable::NoTrace => (
            "the kernel marks it as not to be traced".to_owned(),
            "probe a function that calls it".to_owned(),
        ),
    };
    let title = format!("`{function}` can't be traced: {why}");
    let compat = format!(
        "{function} is not traceable (either non-existing, inlined, or marked as \"notrace\"); attaching to it will likely fail"
    );
    Diagnostic::new(Code::NoMatch, request.at(last), title, "not traceable")
        .help(help)
        .compat(compat)
}
