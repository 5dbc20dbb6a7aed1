//! Reads the verifier's log: which program it refused, why, and at which line of the script.

use std::path::Path;

use diag::{SourceId, Span};

use crate::error::{Error, lockdown};

/// Finds a refusal in what libbpf printed. `log_size` bytes of the kernel's log are kept.
pub(crate) fn explain(program: &ir::Program, printed: &str, log_size: usize) -> Option<Error> {
    let (before, rest) = printed.split_once("-- BEGIN PROG LOAD LOG --\n")?;
    let (log, _) = rest.split_once("-- END PROG LOAD LOG --").unwrap_or((rest, ""));
    let (_, name) = before.rsplit_once("prog '")?;
    let (name, _) = name.split_once('\'')?;
    let reason = reason(log).unwrap_or("it gave no reason");
    // Where securityfs is not mounted nobody says the mode.
    let hidden = !Path::new("/sys/kernel/security/lockdown").exists();
    let mode = lockdown().or_else(|| hidden.then(|| "integrity".to_owned()));
    if let Some(error) = locked(reason, mode) {
        return Some(error);
    }
    Some(Error::Refused {
        program: name.to_owned(),
        reason: reason.to_owned(),
        log: tail(log, log_size).to_owned(),
        span: last_line(program, log),
    })
}

/// A refusal that is the lockdown's: of the mode `integrity` on, the kernel acts as if it had no
/// helper that writes to processes (5.14: `LOCKDOWN_BPF_WRITE_USER`).
fn locked(reason: &str, mode: Option<String>) -> Option<Error> {
    let what = "`write_user`".to_owned();
    let mode = mode.filter(|_| reason.contains("bpf_probe_write_user"))?;
    Some(Error::Lockdown { what, mode })
}

/// The last bytes of the log, from the start of a line on.
fn tail(log: &str, size: usize) -> &str {
    let Some(excess) = log.len().checked_sub(size).filter(|excess| *excess > 0) else {
        return log;
    };
    let cut = log.bytes().skip(excess).position(|byte| byte == b'\n');
    cut.and_then(|cut| log.get(excess + cut + 1..)).unwrap_or_default()
}

/// The last line that is no statistics.
fn reason(log: &str) -> Option<&str> {
    const STATISTICS: [&str; 5] =
        ["processed ", "verification time ", "stack depth ", "peak_states", "insns processed "];
    let says = |line: &&str| {
        !line.is_empty() && !STATISTICS.iter().any(|start| line.starts_with(start))
    };
    log.lines().map(str::trim).rfind(says)
}

/// The place of the last line of the script that the log shows: `; TEXT @ FILE:LINE`, or only
/// `; TEXT` before Linux 6.9.
fn last_line(program: &ir::Program, log: &str) -> Option<Span> {
    let shown = log.lines().rev().filter_map(|line| line.strip_prefix("; "));
    shown.filter_map(|line| place(program, line)).next()
}

fn place(program: &ir::Program, line: &str) -> Option<Span> {
    let (text, position) = match line.rsplit_once(" @ ") {
        Some((text, position)) => (text, position.rsplit_once(':')),
        None => (line, None),
    };
    let sources = || program.sources.iter().enumerate();
    if let Some((file, number)) = position
        && let Ok(number) = number.parse::<usize>()
    {
        let base = |name: &str| name.rsplit('/').next().unwrap_or_default().to_owned();
        let mut named = sources().filter(|(_, source)| base(&source.name) == file);
        if let Some(span) =
            named.find_map(|(index, source)| span_of_line(index, &source.text, number))
        {
            return Some(span);
        }
    }
    let wanted = text.trim();
    sources().find_map(|(index, source)| {
        let number = source.text.lines().position(|found| found.trim() == wanted)?;
        span_of_line(index, &source.text, number + 1)
    })
}

/// The text of a line without the blanks around it; lines count from 1.
fn span_of_line(source: usize, text: &str, number: usize) -> Option<Span> {
    let line = text.lines().nth(number.checked_sub(1)?)?;
    let start = line.as_ptr() as usize - text.as_ptr() as usize;
    let start = start + line.len() - line.trim_start().len();
    let end = start + line.trim().len();
    Some(Span { source: SourceId(source as u32), start: start as u32, end: end as u32 })
}

#[cfg(test)]
mod tests {
    use super::{explain, locked};
    use crate::error::Error;

    const PRINTED: &str = "libbpf: prog 'p0': BPF program load failed: -EACCES\n\
        libbpf: prog 'p0': -- BEGIN PROG LOAD LOG --\n\
        0: R1=ctx() R10=fp0\n; @c[pid] = 1; @ a.bt:2\n3: (85) call bpf_map_lookup_elem#1\n\
        ;   $v += 42 @ a.bt:3\n8: (79) r1 = *(u64 *)(r0 +0)\n\
        R0 invalid mem access 'map_value_or_null'\n\
        processed 9 insns (limit 1000000) max_states_per_insn 0\n\
        -- END PROG LOAD LOG --\nlibbpf: failed to load object\n";

    #[test]
    fn names_program_reason_and_line() {
        let sources = diag::Sources::new("dir/a.bt", "begin {\n @c[pid] = 1;\n  $v += 42 }\n");
        let program = ir::Program { sources, ..ir::Program::default() };
        let Some(Error::Refused { program: name, reason, span: Some(span), log }) =
            explain(&program, PRINTED, 60)
        else {
            panic!("not explained");
        };
        assert_eq!(
            (name.as_str(), reason.as_str()),
            ("p0", "R0 invalid mem access 'map_value_or_null'")
        );
        assert_eq!(program.sources.text(span), "$v += 42 }");
        assert_eq!(log, "processed 9 insns (limit 1000000) max_states_per_insn 0\n");
        assert!(explain(&program, "libbpf: something else\n", 60).is_none());
    }

    #[test]
    fn lockdown_hides_what_writes() {
        let reason = "program of this type cannot use helper bpf_probe_write_user#36";
        let mode = || Some("integrity".to_owned());
        let said = locked(reason, mode()).map(|error| error.to_string());
        assert_eq!(
            said.as_deref(),
            Some("`write_user` is refused by kernel lockdown (integrity)")
        );
        assert!(locked(reason, None).is_none());
        assert!(locked("R0 invalid mem access 'scalar'", mode()).is_none());
    }
}
