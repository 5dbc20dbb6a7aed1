//! Signals and what goes with them: `<signal.h>` and `asm/signal.h` of Linux, the same on
//! x86-64 and arm64.

/// Names and values, sorted.
#[rustfmt::skip]
pub(super) const ALL: &[(&str, i128)] = &[
    ("BUS_ADRALN", 1), ("BUS_ADRERR", 2), ("BUS_OBJERR", 3), ("CLD_CONTINUED", 6), ("CLD_DUMPED", 3),
    ("CLD_EXITED", 1), ("CLD_KILLED", 2), ("CLD_STOPPED", 5), ("CLD_TRAPPED", 4), ("FPE_CONDTRAP", 15),
    ("FPE_FLTDIV", 3), ("FPE_FLTINV", 7), ("FPE_FLTOVF", 4), ("FPE_FLTRES", 6), ("FPE_FLTSUB", 8),
    ("FPE_FLTUND", 5), ("FPE_FLTUNK", 14), ("FPE_INTDIV", 1), ("FPE_INTOVF", 2), ("ILL_BADIADDR", 9),
    ("ILL_BADSTK", 8), ("ILL_COPROC", 7), ("ILL_ILLADR", 3), ("ILL_ILLOPC", 1), ("ILL_ILLOPN", 2),
    ("ILL_ILLTRP", 4), ("ILL_PRVOPC", 5), ("ILL_PRVREG", 6), ("POLL_ERR", 4), ("POLL_HUP", 6), ("POLL_IN", 1),
    ("POLL_MSG", 3), ("POLL_OUT", 2), ("POLL_PRI", 5), ("SA_INTERRUPT", 536870912), ("SA_NOCLDSTOP", 1),
    ("SA_NOCLDWAIT", 2), ("SA_NODEFER", 1073741824), ("SA_NOMASK", 1073741824), ("SA_ONESHOT", 2147483648),
    ("SA_ONSTACK", 134217728), ("SA_RESETHAND", 2147483648), ("SA_RESTART", 268435456),
    ("SA_RESTORER", 67108864), ("SA_SIGINFO", 4), ("SA_STACK", 134217728), ("SA_UNSUPPORTED", 1024),
    ("SEGV_ACCADI", 5), ("SEGV_ACCERR", 2), ("SEGV_ADIDERR", 6), ("SEGV_ADIPERR", 7), ("SEGV_BNDERR", 3),
    ("SEGV_MAPERR", 1), ("SEGV_MTEAERR", 8), ("SEGV_MTESERR", 9), ("SEGV_PKUERR", 4), ("SIGABRT", 6),
    ("SIGALRM", 14), ("SIGBUS", 7), ("SIGCHLD", 17), ("SIGCLD", 17), ("SIGCONT", 18), ("SIGFPE", 8),
    ("SIGHUP", 1), ("SIGILL", 4), ("SIGINT", 2), ("SIGIO", 29), ("SIGIOT", 6), ("SIGKILL", 9),
    ("SIGPIPE", 13), ("SIGPOLL", 29), ("SIGPROF", 27), ("SIGPWR", 30), ("SIGQUIT", 3), ("SIGSEGV", 11),
    ("SIGSTKFLT", 16), ("SIGSTOP", 19), ("SIGSYS", 31), ("SIGTERM", 15), ("SIGTRAP", 5), ("SIGTSTP", 20),
    ("SIGTTIN", 21), ("SIGTTOU", 22), ("SIGUNUSED", 31), ("SIGURG", 23), ("SIGUSR1", 10), ("SIGUSR2", 12),
    ("SIGVTALRM", 26), ("SIGWINCH", 28), ("SIGXCPU", 24), ("SIGXFSZ", 25), ("SI_ASYNCIO", -4),
    ("SI_ASYNCNL", -60), ("SI_DETHREAD", -7), ("SI_KERNEL", 128), ("SI_MESGQ", -3), ("SI_QUEUE", -1),
    ("SI_SIGIO", -5), ("SI_TIMER", -2), ("SI_TKILL", -6), ("SI_USER", 0), ("TRAP_BRANCH", 3),
    ("TRAP_BRKPT", 1), ("TRAP_HWBKPT", 4), ("TRAP_PERF", 6), ("TRAP_TRACE", 2), ("TRAP_UNK", 5),
];
