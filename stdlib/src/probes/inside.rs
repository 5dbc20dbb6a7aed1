//! Places inside of functions of programs: a probe there must be where an instruction starts, since
//! it overwrites the first byte.

use diag::{Code, Diagnostic};

use super::{Expand, Request};
use crate::{Symbol, Unanswered};

/// Whether an instruction starts `offset` bytes behind the start of `symbol`; reports it if not.
pub(super) fn is_start(
    x: &mut Expand<'_>,
    request: &Request<'_>,
    (path, symbol): (&str, &Symbol),
    offset: u64,
) -> bool {
    if x.config.allow_unsafe || offset == 0 {
        return true;
    }
    let at = request.at(request.parts.len().saturating_sub(1));
    let code = match x.kernel.places().code(path, symbol) {
        Ok(code) => code,
        Err(unanswered) => {
            x.refuse(unknown(at, unanswered, symbol));
            return false;
        }
    };
    if code.starts.binary_search(&offset).is_ok() {
        return true;
    }
    let near = nearest(&code.starts, offset);
    let (title, label, help) = if offset >= symbol.size {
        let (name, size) = (&symbol.name, symbol.size);
        let title = format!("`{name}` has {size} bytes: +{offset} is behind its end");
        (title, "outside of the function", format!("its last instructions are at {near}"))
    } else {
        let title = format!("no instruction of `{}` starts at +{offset}", symbol.name);
        let help =
            format!("near it, instructions start at {near}; `--unsafe` attaches all the same");
        (title, "a probe here would break the traced program", help)
    };
    let compat =
        "Possible attachment attempt in the middle of an instruction, try a different offset.";
    let problem = Diagnostic::new(Code::BadAttachPoint, at, title, label);
    x.refuse(problem.help(help).compat(compat));
    false
}

/// At most two starts before `offset`, and two behind it.
fn nearest(starts: &[u64], offset: u64) -> String {
    let after = starts.partition_point(|start| *start < offset);
    let near = starts.iter().skip(after.saturating_sub(2)).take(4);
    near.map(|start| format!("+{start}")).collect::<Vec<_>>().join(", ")
}

fn unknown(at: diag::Span, unanswered: Unanswered, symbol: &Symbol) -> Diagnostic {
    let title = unanswered.problem;
    let label = "whether an instruction starts here is not known";
    let compat = format!(
        "Could not determine boundary for {} (symbol has size {}).",
        symbol.name, symbol.size
    );
    let problem = Diagnostic::new(Code::NeedsUnsafe, at, title, label).compat(compat);
    problem.help("say `--unsafe` if you know that one does")
}

/// Whether an instruction starts at `address`, which lies in a function of the file at `path` as
/// it was found; reports it if not.
pub(super) fn is_start_at(
    x: &mut Expand<'_>,
    request: &Request<'_>,
    path: &str,
    function: Option<&(String, u64)>,
) -> bool {
    let is_allowed = x.config.allow_unsafe;
    if is_allowed {
        return true;
    }
    let symbol = function.and_then(|(name, behind)| {
        let found = x.kernel.symbols(path, name).unwrap_or_default();
        found.into_iter().next().map(|symbol| (symbol, *behind))
    });
    if let Some((symbol, behind)) = symbol {
        return is_start(x, request, (path, &symbol), behind);
    }
    let at = request.at(request.parts.len().saturating_sub(1));
    let title = "the address is in no known function";
    let label = "whether an instruction starts here is not known";
    let problem = Diagnostic::new(Code::NeedsUnsafe, at, title, label);
    x.refuse(problem.help("look it up with `objdump -d`, then say `--unsafe`"));
    false
}
