//! What can be wrong with the machine, sorted by what the user can do about it.

use std::io;

use diag::Span;
use thiserror::Error;

/// A failure of the machine, not of the script.
#[derive(Debug, Error)]
pub enum Error {
    /// The user may not do it.
    #[error("{what} is not permitted: {}", missing(.capabilities))]
    Permission {
        /// What was tried.
        what: String,
        /// The capabilities that it needs and this process lacks; none if root lacks it too.
        capabilities: Vec<Capability>,
    },
    /// The kernel is locked down.
    #[error("{what} is refused by kernel lockdown ({mode})")]
    Lockdown {
        /// What was tried.
        what: String,
        /// `integrity` or `confidentiality`.
        mode: String,
    },
    /// The kernel has no BPF at all.
    #[error("this kernel has no BPF")]
    NoBpf,
    /// The kernel lacks something that the script needs.
    #[error("this kernel has no {what}")]
    Unsupported {
        /// What it lacks.
        what: String,
        /// What would serve instead.
        help: String,
    },
    /// There is no such attach point.
    #[error("there is no {what}")]
    NoTarget {
        /// E.g. ``raw tracepoint `foo` ``.
        what: String,
        /// What there is instead.
        help: Option<String>,
        /// The attach point in the script.
        span: Span,
    },
    /// The verifier refused a program.
    #[error("the kernel's verifier refused `{program}`: {reason}")]
    Refused {
        /// Its name in the kernel.
        program: String,
        /// The last line of the log, which says why.
        reason: String,
        /// The whole log.
        log: String,
        /// The place in the script that the refused instruction comes from.
        span: Option<Span>,
    },
    /// There is not enough of something.
    #[error("{what} failed: {}", limit_sentence(.source))]
    Limit {
        /// What was tried.
        what: String,
        /// The kernel's answer.
        source: io::Error,
    },
    /// Loading failed for another reason than the verifier's.
    #[error("the program cannot be loaded: {source}")]
    Load {
        /// The kernel's answer.
        source: io::Error,
        /// What libbpf said.
        log: String,
    },
    /// Attaching failed.
    #[error("cannot attach to {what}: {}", errno_sentence(.source))]
    Attach {
        /// The attach point.
        what: String,
        /// The kernel's answer.
        source: io::Error,
        /// The attach point in the script.
        span: Span,
    },
    /// The command of `-c` cannot be started.
    #[error("cannot start `{command}`: {source}")]
    Command {
        /// Its first word.
        command: String,
        /// Why.
        source: io::Error,
    },
    /// There is no such process.
    #[error("there is no process {pid}")]
    NoProcess {
        /// As given by `-p`.
        pid: u32,
    },
    /// Something that should always work failed.
    #[error("{what} failed: {source}")]
    System {
        /// What was tried.
        what: &'static str,
        /// The kernel's answer.
        source: io::Error,
    },
    /// Results could not be written.
    #[error("the output cannot be written: {0}")]
    Output(io::Error),
}

impl Error {
    /// The exit code of the process: 1 for what the command line or the environment must change,
    /// 255 for what the kernel refused.
    pub const fn exit_code(&self) -> i32 {
        match self {
            Self::Permission { .. }
            | Self::NoBpf
            | Self::NoProcess { .. }
            | Self::Command { .. }
            | Self::Output(_) => 1,
            Self::Lockdown { .. }
            | Self::Unsupported { .. }
            | Self::NoTarget { .. }
            | Self::Refused { .. }
            | Self::Limit { .. }
            | Self::Load { .. }
            | Self::Attach { .. }
            | Self::System { .. } => 255,
        }
    }

    /// Whether the verifier gave up: there are more ways through a program than it follows.
    pub fn is_too_large(&self) -> bool {
        let Self::Refused { reason, .. } = self else { return false };
        reason.contains("BPF program is too large") || reason.contains("jumps is too complex")
    }

    /// Whether the functions that call each other need more stack than there is for all of them.
    pub fn is_out_of_stack(&self) -> bool {
        let Self::Refused { reason, .. } = self else { return false };
        reason.contains("combined stack size") || reason.contains("stack size of subprog")
    }

    /// The way out, as a sentence without a full stop.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Permission { capabilities, .. } => Some(grant(capabilities)),
            Self::Lockdown { .. } => Some(
                "boot without `lockdown=`, or with Secure Boot off; tracepoints and uprobes may \
                 still work"
                    .to_owned(),
            ),
            Self::NoBpf => {
                Some("it needs a kernel with CONFIG_BPF_SYSCALL, 5.10 or newer".to_owned())
            }
            Self::Unsupported { help, .. } => Some(help.clone()),
            Self::NoTarget { help, .. } => help.clone(),
            Self::Refused { .. } => Some(
                "a script that compiles must load: please report it with the script and the \
                 output of `hawk -v`"
                    .to_owned(),
            ),
            Self::Limit { source, .. } => limit_help(source),
            Self::Attach { source, .. } => attach_help(source),
            Self::Load { .. }
            | Self::Command { .. }
            | Self::NoProcess { .. }
            | Self::System { .. }
            | Self::Output(_) => None,
        }
    }

    /// The place in the script that it is about.
    pub const fn span(&self) -> Option<Span> {
        match self {
            Self::NoTarget { span, .. } | Self::Attach { span, .. } => Some(*span),
            Self::Refused { span, .. } => *span,
            Self::Permission { .. }
            | Self::Lockdown { .. }
            | Self::NoBpf
            | Self::Unsupported { .. }
            | Self::Limit { .. }
            | Self::Load { .. }
            | Self::Command { .. }
            | Self::NoProcess { .. }
            | Self::System { .. }
            | Self::Output(_) => None,
        }
    }

    /// Sorts a failure of loading or attaching: what `what` needs is in `needs`.
    pub(crate) fn from_refusal(
        what: impl Into<String>,
        source: &io::Error,
        needs: &[Capability],
    ) -> Option<Self> {
        let what = what.into();
        match source.raw_os_error() {
            Some(libc::EPERM | libc::EACCES) => {
                let capabilities = absent(needs);
                match lockdown() {
                    Some(mode) if capabilities.is_empty() => {
                        Some(Self::Lockdown { what, mode })
                    }
                    Some(_) | None => Some(Self::Permission { what, capabilities }),
                }
            }
            Some(code @ (libc::ENOMEM | libc::EMFILE | libc::ENFILE | libc::E2BIG)) => {
                Some(Self::Limit { what, source: io::Error::from_raw_os_error(code) })
            }
            Some(libc::ENOSYS) => Some(Self::NoBpf),
            _ => None,
        }
    }
}

/// A right that only root has, unless it is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capability {
    /// Its number in `linux/capability.h`.
    number: u8,
    /// Its name there.
    pub name: &'static str,
    /// What cannot be done without it.
    pub purpose: &'static str,
}

#[rustfmt::skip]
impl Capability {
    /// Loading programs (5.8).
    pub const BPF: Self = Self { number: 39, name: "CAP_BPF", purpose: "load programs and make maps" };
    /// Attaching to events (5.8).
    pub const PERFMON: Self = Self { number: 38, name: "CAP_PERFMON", purpose: "attach programs to events" };
    /// Reading what only root may read.
    pub const DAC_READ_SEARCH: Self = Self { number: 2, name: "CAP_DAC_READ_SEARCH", purpose: "read tracefs" };
    /// Everything else.
    pub const SYS_ADMIN: Self = Self { number: 21, name: "CAP_SYS_ADMIN", purpose: "mount tracefs and use uprobes of other users" };
    /// Locked memory before 5.11.
    pub const SYS_RESOURCE: Self = Self { number: 24, name: "CAP_SYS_RESOURCE", purpose: "lock memory for maps before Linux 5.11" };
    /// Kernel addresses.
    pub const SYSLOG: Self = Self { number: 34, name: "CAP_SYSLOG", purpose: "see kernel addresses" };
}

impl Capability {
    /// Every one that something needs.
    pub const ALL: [Self; 6] = [
        Self::BPF,
        Self::PERFMON,
        Self::DAC_READ_SEARCH,
        Self::SYS_ADMIN,
        Self::SYS_RESOURCE,
        Self::SYSLOG,
    ];
    /// What a run needs at least.
    pub const NEEDED: [Self; 2] = [Self::BPF, Self::PERFMON];

    /// Whether this process has it.
    pub fn is_held(self) -> bool {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("CapEff:"));
        let held = line.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
        // CAP_SYS_ADMIN has held all that CAP_BPF and CAP_PERFMON hold since before they were.
        let implied = matches!(self.number, 38 | 39) && held >> Self::SYS_ADMIN.number & 1 == 1;
        implied || held >> self.number & 1 == 1
    }
}

/// Those of `needed` that this process lacks.
fn absent(needed: &[Capability]) -> Vec<Capability> {
    needed.iter().copied().filter(|capability| !capability.is_held()).collect()
}

/// Checks, before anything is tried, that this process may load and attach programs at all.
///
/// # Errors
///
/// Returns [`Error::Permission`] with what is missing.
pub fn check_permission() -> Result<(), Error> {
    let capabilities = absent(&Capability::NEEDED);
    if capabilities.is_empty() {
        return Ok(());
    }
    Err(Error::Permission { what: "tracing".to_owned(), capabilities })
}

/// How the kernel is locked down, if it is: `integrity` or `confidentiality`.
pub fn lockdown() -> Option<String> {
    let text = std::fs::read_to_string("/sys/kernel/security/lockdown").ok()?;
    let mode = text.split_once('[')?.1.split_once(']')?.0;
    (mode != "none").then(|| mode.to_owned())
}

fn missing(capabilities: &[Capability]) -> String {
    if capabilities.is_empty() {
        return "the kernel refused it although no capability is missing".to_owned();
    }
    let one = |capability: &Capability| {
        format!("{} is missing (needed to {})", capability.name, capability.purpose)
    };
    capabilities.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn grant(capabilities: &[Capability]) -> String {
    if capabilities.is_empty() {
        return "a security module or a container may forbid it: look at `dmesg`, and at the \
                seccomp profile"
            .to_owned();
    }
    let names: Vec<_> =
        capabilities.iter().map(|capability| capability.name.to_lowercase()).collect();
    format!(
        "run `sudo hawk …`, or once `sudo setcap {}+ep $(command -v hawk)`",
        names.join(",")
    )
}

fn limit_sentence(source: &io::Error) -> String {
    match source.raw_os_error() {
        Some(libc::ENOMEM) => "the kernel has not enough memory for it".to_owned(),
        Some(libc::EMFILE) => "this process has too many files open".to_owned(),
        Some(libc::ENFILE) => "the machine has too many files open".to_owned(),
        Some(libc::E2BIG) => "it is larger than the kernel allows".to_owned(),
        _ => source.to_string(),
    }
}

fn limit_help(source: &io::Error) -> Option<String> {
    match source.raw_os_error() {
        Some(libc::ENOMEM) => Some(
            "make `max_map_keys` smaller, or raise the memory limit of the cgroup".to_owned(),
        ),
        Some(libc::EMFILE) => Some("raise it with `ulimit -n`, or use fewer probes".to_owned()),
        _ => None,
    }
}

fn errno_sentence(source: &io::Error) -> String {
    match source.raw_os_error() {
        Some(libc::ENOENT) => "it does not exist".to_owned(),
        Some(libc::EINVAL) => "the kernel does not take it as it is".to_owned(),
        Some(libc::EBUSY) => "it is in use by someone who won't share it".to_owned(),
        Some(libc::EEXIST) => "this program is attached to it already".to_owned(),
        Some(libc::EILSEQ) => "the offset is not at the start of an instruction".to_owned(),
        Some(libc::EADDRNOTAVAIL) => "it lies outside of the function".to_owned(),
        Some(libc::ENODEV | libc::EOPNOTSUPP) => "this machine does not have it".to_owned(),
        Some(libc::ESRCH) => "there is no such process".to_owned(),
        _ => source.to_string(),
    }
}

fn attach_help(source: &io::Error) -> Option<String> {
    match source.raw_os_error() {
        Some(libc::ENODEV | libc::EOPNOTSUPP) => {
            Some("virtual machines often have no hardware counters".to_owned())
        }
        _ => None,
    }
}
