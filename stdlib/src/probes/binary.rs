//! What the probe types of programs and libraries have in common: which files are meant.

use diag::{Code, Diagnostic};

use super::{Expand, Request};
use crate::{Answer, Kernel, Unanswered};

/// The files that part 0 of an attach point names; none if there are none, which is reported.
pub(super) fn files(
    x: &mut Expand<'_>,
    request: &Request<'_>,
    name: &str,
) -> Option<Vec<String>> {
    if name.is_empty() && x.kernel.target_pid().is_none() && !x.kernel.has_child() {
        let title = "no program or library is named";
        let problem = Diagnostic::new(Code::BadAttachPoint, request.span, title, "of what?");
        let help = format!(
            "write `{}`, or name the process with `-p PID` or `-c COMMAND`",
            request.row.usage
        );
        let compat = format!("{} should have a target", request.row.name);
        x.refuse(problem.help(help).compat(compat));
        return None;
    }
    let answer = x.kernel.places().binaries(name);
    let found = x.answer(request.at(0), answer)?;
    if !found.is_empty() {
        return Some(found);
    }
    let title = format!("no program or library `{name}`");
    let problem = Diagnostic::new(Code::NoMatch, request.at(0), title, "not found");
    let help = "give its full path, a name in PATH, or `libNAME`";
    x.refuse(problem.help(help).compat(format!("{} should have a target", request.row.name)));
    None
}

/// The same for lists; why there are none.
pub(super) fn listed(kernel: &dyn Kernel, name: &str) -> Answer<Vec<String>> {
    let found = kernel.places().binaries(name)?;
    if found.is_empty() && !is_many(name) {
        return Err(Unanswered {
            problem: format!("no program or library `{name}`"),
            help: Some("give its full path, a name in PATH, or `libNAME`".to_owned()),
        });
    }
    Ok(found)
}

/// Whether a part names many files, so that not each of them must have what is looked for.
pub(super) fn is_many(name: &str) -> bool {
    name.contains('*')
}
