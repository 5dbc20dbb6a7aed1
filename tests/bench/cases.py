"""What is measured: one row a case, and the budgets of the design.

A script is written so that every bpftrace since 0.17 reads it (`args->`, BEGIN).
"""

import dataclasses

EVENTS = 2_000_000
PRINTS = 300_000
KEYS = 100_000
STACKS = 10_000
BUSY_S = 60
MILLION = 1_000_000

TEN = ["getppid", "getuid", "getgid", "geteuid", "getegid", "getpgid", "getsid", "getpriority",
       "sched_yield", "umask"]
NINETEEN = ["getuid", "getgid", "geteuid", "getegid", "getpgid", "getsid", "getpriority", "sched_yield",
            "umask", "setuid", "setgid", "setpgid", "setsid", "setreuid", "setregid", "getgroups",
            "setgroups", "setresuid", "setresgid"]


@dataclasses.dataclass
class Case:
    name: str
    title: str
    script: str = ""
    # Arguments of `flood`, which the tool starts (-c) and which ends the run; none: the
    # script ends by itself.
    flood: tuple = ()
    # The same in C (tests/bench/c/NAME.bpf.c), if there is one.
    c: str = ""
    c_options: tuple = ()
    # Another program of tests/programs that the tool starts, with its arguments.
    program: tuple = ()
    # Stacks are printed, and every frame of them should have a name.
    stacks: int = 0
    # So many milliseconds of CPU that the program takes by itself: they are not the tool's.
    busy_ms: int = 0
    # What a table shows, first the one that matters.
    metrics: tuple = ("cpu_ms", "wall_ms", "rss_mib")
    events: int = 0                 # how many times the traced call is made
    counted: str = ""               # what the output must have for that, a regular expression
    printed: bool = False           # one line is printed for each event
    lines: int = 0                  # so many the output must have at least
    arguments: tuple = ()           # of the tool, instead of -e SCRIPT
    most_rounds: int = 1000         # for what takes a peer half a minute
    only_hawk: bool = False
    seconds: int = 60
    instructions: bool = False


def per_event(name, title, script, c, flood=(str(EVENTS),), cpu="-1", **more):
    """The traced program stays on one CPU, the last: a tracepoint's perf event is opened on
    CPU 0 only, and what follows the BPF program there costs more, on that CPU alone."""
    more.setdefault("instructions", True)
    return Case(name, title, script, ("--cpu", cpu, *flood), c, metrics=("event_ns", "event_wall_ns", "cpu_ms"),
                events=EVENTS, **more)


def counted(names, body):
    return " ".join(f"tracepoint:syscalls:sys_enter_{n} {{ {body.replace('@', f'@{n}')} }}" for n in names)


def statements(n):
    """A long script, for how compile time grows."""
    return "BEGIN { " + " ".join(f"@m{i % 50} = {i} + pid;" for i in range(n)) + " exit(); }"


# Structs of every kernel, at all places of its BTF.
STRUCTS = ["task_struct", "file", "inode", "dentry", "path", "list_head", "pt_regs", "cred", "mm_struct", "net",
           "sock", "sk_buff", "super_block", "page", "pid", "callback_head", "kobject", "device", "module", "cgroup",
           "bpf_map"]


def kernel_types(n):
    """Nothing but looking types up: their sizes are known when the program is compiled."""
    return "BEGIN { " + " ".join(f"$s{i} = sizeof(struct {s});" for i, s in enumerate(STRUCTS[:n])) + " exit(); }"


CASES = [
    Case("begin", "BEGIN { exit(); }", "BEGIN { exit(); }", c="begin", c_options=("--begin",)),
    Case("type", "BEGIN with one kernel type (`begin` has none), then exit", kernel_types(1)),
    Case("types", "BEGIN with 21 kernel types, then exit", kernel_types(21)),
    Case("one", "one tracepoint with a histogram, then exit",
         "tracepoint:syscalls:sys_exit_read { @ = hist(args->ret); } BEGIN { exit(); }", c="hist_exit"),
    Case("ten", "ten probes and ten maps, then exit",
         counted(TEN, "@[comm] = count();") + " BEGIN { exit(); }", c="ten"),
    Case("twenty", "twenty probes: from exit() to the prompt, and to the first map on the screen",
         counted(NINETEEN, "@ = count();")
         + " tracepoint:syscalls:sys_enter_getppid { @getppid = count(); exit(); }",
         flood=("--sleep", "20", "1"), c="twenty", metrics=("prompt_ms", "screen_ms", "cpu_ms")),
    # Not from BEGIN: after exit() there hawk attaches nothing.
    Case("all", "tracepoint:syscalls:sys_enter_* { @[probe] = count(); }, exit when all is attached",
         "tracepoint:syscalls:sys_enter_* { @[probe] = count(); } interval:ms:1 { exit(); }",
         metrics=("wall_ms", "cpu_ms", "rss_mib"), most_rounds=2, seconds=120),
    per_event("all-calls", "per event: all system calls counted by their names",
              "tracepoint:syscalls:sys_enter_* { @[probe] = count(); }", "",
              instructions=False, most_rounds=2, seconds=180),
    Case("list", "-l", arguments=("-l",)),
    Case("uprobes", "uprobe:libc:str* { @[probe] = count(); }, exit when all is attached",
         "uprobe:libc:str* { @[probe] = count(); } interval:ms:1 { exit(); }", metrics=("wall_ms", "cpu_ms", "rss_mib"),
         most_rounds=5),
    per_event("count", "per event: @ = count()",
              "tracepoint:syscalls:sys_enter_getppid { @ = count(); }", "count",
              counted=r"^@: {at_least}$"),
    per_event("comm", "per event: @[comm] = count()",
              "tracepoint:syscalls:sys_enter_getppid { @[comm] = count(); }", "comm",
              counted=r"^@\[flood\]: {exactly}$"),
    per_event("comm-cpu0", "the same on CPU 0, where the tracepoint's perf event is",
              "tracepoint:syscalls:sys_enter_getppid { @[comm] = count(); }", "comm", cpu="0",
              counted=r"^@\[flood\]: {exactly}$", instructions=False),
    per_event("pid-hist", "per event: @[pid] = hist(nsecs)",
              "tracepoint:syscalls:sys_enter_getppid { @[pid] = hist(nsecs); }", "pid_hist"),
    per_event("latency", "per event: enter and exit, hist of the difference",
              "tracepoint:syscalls:sys_enter_getppid { @s[tid] = nsecs; } "
              "tracepoint:syscalls:sys_exit_getppid /@s[tid]/ { @ = hist(nsecs - @s[tid]); delete(@s[tid]); }",
              "latency"),
    per_event("filename", "per event: @[str(args->filename)] = count()",
              "tracepoint:syscalls:sys_enter_openat { @[str(args->filename)] = count(); }", "filename",
              flood=("--syscall", "openat", str(EVENTS)),
              counted=r"^@\[/nonexistent/flood\]: {exactly}$"),
    per_event("other", "getppid, which is not traced, while openat is",
              "tracepoint:syscalls:sys_enter_openat { @ = count(); }", "other", instructions=False),
    Case("print-ints", f"{PRINTS:,} × printf of integers",
         'tracepoint:syscalls:sys_enter_getppid /comm == "flood"/ { printf("%d %d\\n", pid, tid); }',
         (str(PRINTS),), "print_ints", metrics=("printed_ns", "total_ms", "received", "lost", "silent", "rate", "rss_mib"),
         events=PRINTS, printed=True),
    Case("print-strings", f"{PRINTS:,} × printf of strings",
         'tracepoint:syscalls:sys_enter_openat /comm == "flood"/ '
         '{ printf("%s %s\\n", comm, str(args->filename)); }',
         ("--syscall", "openat", str(PRINTS)), "print_strings",
         metrics=("printed_ns", "total_ms", "received", "lost", "silent", "rate", "rss_mib"), events=PRINTS, printed=True),
    Case("keys", f"{KEYS:,} keys printed at exit",
         "tracepoint:syscalls:sys_enter_getpgid { @[args->pid] = count(); }",
         ("--syscall", "getpgid", str(KEYS)), "keys", metrics=("cpu_ms", "wall_ms", "rss_mib", "lines"),
         events=KEYS, lines=KEYS),
    Case("stacks", f"{STACKS:,} different stacks printed at exit",
         'tracepoint:syscalls:sys_enter_getppid /comm == "paths"/ { @[ustack] = count(); }',
         program=("paths", str(STACKS)), metrics=("cpu_ms", "wall_ms", "rss_mib", "stacks", "named"),
         lines=STACKS, stacks=STACKS, most_rounds=5),
    *(Case(name, f"{title}, sampled at 99 Hz while two processes use {BUSY_S} s of CPU each",
           f"profile:hz:99 {which}{{ @[kstack, ustack, comm] = count(); }}",
           program=("paths", str(STACKS), str(BUSY_S * 1000), "2"), lines=2 * STACKS, busy_ms=2 * BUSY_S * 1000,
           metrics=("share", "program_share", "cpu_ms", "rss_mib", "stacks", "named"),
           most_rounds=1, stacks=1, seconds=900)
      for name, title, which in (("profile", "the whole machine", ""),
                                 ("profile-own", "only these processes", '/comm == "paths"/ '))),
    # Stacks of many places in eight files of 20 MB, nearly all of it debug information.
    Case("profile-large", f"the whole machine, while eight large programs use {BUSY_S / 4:g} s of CPU each",
         "profile:hz:99 { @[kstack, ustack, comm] = count(); }",
         program=("large_target", str(BUSY_S * 250), "8"), lines=STACKS // 10, busy_ms=2 * BUSY_S * 1000,
         metrics=("share", "program_share", "cpu_ms", "rss_mib", "stacks", "named"),
         most_rounds=1, stacks=1, seconds=900),
    # Without C: what grows with the number is in question, not the floor.
    Case("print-million", f"{MILLION:,} × printf of integers, for memory and what is lost",
         'tracepoint:syscalls:sys_enter_getppid /comm == "flood"/ { printf("%d %d\\n", pid, tid); }',
         (str(MILLION),), metrics=("printed_ns", "total_ms", "received", "lost", "silent", "rate", "rss_mib"),
         events=MILLION, printed=True, most_rounds=3, seconds=120),
    Case("keys-million", f"{MILLION:,} keys printed at exit",
         "tracepoint:syscalls:sys_enter_getpgid { @[args->pid] = count(); }",
         ("--syscall", "getpgid", str(MILLION)), metrics=("cpu_ms", "wall_ms", "rss_mib", "lines"),
         events=MILLION, lines=MILLION, most_rounds=3, seconds=120),
    Case("statements-1000", "a script of 1,000 statements", statements(1000), only_hawk=True),
    Case("statements-5000", "a script of 5,000 statements", statements(5000), only_hawk=True),
]


@dataclasses.dataclass
class Budget:
    """The tool's median of a metric is at most `factor` times that of each tool whose label
    starts with `against` ("C" means the C program by the mechanism that hawk chose)."""
    case: str
    metric: str
    against: str
    factor: float
    tool: str = "hawk"


# Start-up's budget differs by bpftrace's age: 0.17 needs less than the newest.
BUDGETS = [
    Budget("one", "cpu_ms", "bpftrace 0.17", 1 / 6),
    Budget("one", "cpu_ms", "bpftrace 0.2", 1 / 10),
    Budget("one", "wall_ms", "bpftrace", 1 / 10),
    Budget("one", "rss_mib", "bpftrace", 1 / 4),
    Budget("one", "cpu_ms", "C", 3.0, "hawk, cached"),
    Budget("all", "wall_ms", "bpftrace", 1 / 100),
    Budget("twenty", "prompt_ms", "bpftrace", 1 / 5),
    *(Budget(case, "event_ns", against, factor) for case in ("comm", "comm-cpu0", "pid-hist", "latency")
      for against, factor in (("C", 1.15), ("bpftrace", 1.0))),
    Budget("filename", "event_ns", "bpftrace", 1 / 3),
    Budget("print-ints", "printed_ns", "bpftrace", 1 / 4),
    Budget("print-strings", "printed_ns", "bpftrace", 1 / 4),
    Budget("keys", "cpu_ms", "C", 1.5),
    Budget("keys-million", "cpu_ms", "bpftrace", 2 / 3),
    Budget("keys-million", "rss_mib", "bpftrace", 1.0),
    Budget("list", "cpu_ms", "bpftrace", 1 / 4),
    Budget("uprobes", "wall_ms", "bpftrace", 1 / 4),
    Budget("uprobes", "cpu_ms", "bpftrace", 1 / 4),
]
# So much of one CPU for each that is sampled at 99 Hz, all of it, and so much memory.
PROFILED = ["profile", "profile-large"]
PROFILE = {"share": 1.0, "rss_mib": 100.0}
# Every frame of hawk's stacks has a name.
NAMED = ["stacks"]
# None of these events may be lost by hawk.
LOSSLESS = ["print-ints", "print-strings"]
# Compile time grows linearly: five times the statements, at most this many times the CPU.
LINEAR = ("statements-1000", "statements-5000", 7.0)
# The difference of these two, divided by what there is more of, is the cost of finding one type: at most
# so many milliseconds of CPU.
LOOKUP = ("type", "types", 20, 1.0)
