"""The tools that are compared, and how one run of one of them is measured."""

import dataclasses
import json
import os
import pathlib
import re
import selectors
import shutil
import subprocess
import tempfile
import time


class Failed(Exception):
    """A tool can't do a case; the text is shown in its place."""


@dataclasses.dataclass
class Tool:
    label: str
    command: list           # empty: `flood` alone, untraced
    object: str = ""        # for C: "tp" or "raw"
    cached: bool = False    # keeps hawk's object cache from run to run

    def is_hawk(self):
        return self.label.startswith("hawk")


class Bench:
    """Where things are: the programs that `make` built, and a directory for this run."""

    def __init__(self, target, programs):
        self.programs = pathlib.Path(programs)
        self.built = target / "bench"
        # Below the target directory, so that a peer in another root sees it at the same path.
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="run.", dir=self.built))
        # Standard output goes to memory: a disk's speed is nobody's merit.
        self.stdout = pathlib.Path(tempfile.mkdtemp(prefix="hawk-bench.", dir="/dev/shm"))

    def close(self):
        shutil.rmtree(self.dir, ignore_errors=True)
        shutil.rmtree(self.stdout, ignore_errors=True)

    def flood(self, case, early=False):
        return [str(self.programs / "flood"), "--out", str(self.dir / "flood"),
                *(["--early"] if early else []), *case.flood]

    def command(self, tool, case, flood):
        """What to run for a case; flood is [] where the script ends by itself."""
        if not tool.command:
            return flood
        if tool.object:
            return [*tool.command, *case.c_options, str(self.built / f"{case.c}.{tool.object}.o"), *flood]
        arguments = case.arguments
        if not arguments and len(case.script) > 100_000:    # longer than one argument may be
            file = self.dir / f"{case.name}.bt"
            file.write_text(case.script)
            arguments = (str(file),)
        return [*tool.command, *(arguments or ("-e", case.script)), *(["-c", " ".join(flood)] if flood else [])]

    def environment(self, tool, case):
        cache = self.dir / "cache"
        if not tool.cached:
            shutil.rmtree(cache, ignore_errors=True)
        # Both spellings of the limit, old and new; 4,096 keys otherwise.  Only where so many come:
        # the kernel makes all entries of a map at its start.
        most = str(2 * max(100_000, case.lines))
        limit = {"BPFTRACE_MAP_KEYS_MAX": most, "BPFTRACE_MAX_MAP_KEYS": most}
        return {**os.environ, "XDG_CACHE_HOME": str(cache), "LC_ALL": "C", **(limit if case.lines > 4096 else {})}

    def run(self, tool, case):
        """One measured run: a dict of metrics.  Raises Failed."""
        flood = self.flood(case, early="prompt_ms" in case.metrics) if case.flood else []
        if case.program:
            flood = [str(self.programs / case.program[0]), *case.program[1:]]
        out, err, took = self.stdout / "out", self.stdout / "err", self.dir / "took"
        (self.dir / "flood").unlink(missing_ok=True)
        command = [str(self.built / "measure"), str(took), str(case.seconds), *self.command(tool, case, flood)]
        with open(out, "wb") as to, open(err, "wb") as errors:
            started = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=errors,
                                       env=self.environment(tool, case),
                                       stdout=subprocess.PIPE if "screen_ms" in case.metrics else to)
            screen = watch(started.stdout, to) if started.stdout else None
            programs_ns = time_of_programs(started) if "share" in case.metrics else 0
            started.wait()
        took = json.loads(took.read_text())
        if took["status"]:
            raise Failed(why(took["status"], err, out))
        sample = basics(took)
        text = out.read_text(errors="replace")
        if case.flood:
            self.add_flood(sample, case, took, screen)
        if case.counted and tool.command:
            check_count(case, text)
        if case.printed and tool.command:
            add_printed(sample, case, text, err.read_text(errors="replace"))
        if case.stacks and tool.command:
            add_stacks(sample, case, text)
        if "share" in case.metrics:
            add_shares(sample, case, programs_ns)
        sample["lines"] = text.count("\n")
        if tool.command and sample["lines"] < case.lines:
            raise Failed(f"only {sample['lines']:,} lines of {case.lines:,}")
        return sample

    def add_flood(self, sample, case, took, screen):
        try:
            flood = json.loads((self.dir / "flood").read_text())
        except (FileNotFoundError, ValueError) as e:
            raise Failed("it did not run the program (-c)") from e
        sample["flood_cpu_ns"], sample["flood_wall_ns"] = flood["cpu_ns"], flood["wall_ns"]
        # Whoever waited for `flood` has its time in the sum; it is no cost of the tool's.
        sample["cpu_ms"] = sample["total_ms"] - flood["cpu_ns"] / 1e6
        sample["prompt_ms"] = (took["end_ns"] - flood["start_ns"]) / 1e6
        if screen:
            sample["screen_ms"] = (screen - flood["start_ns"]) / 1e6
        if flood["wall_ns"]:
            sample["rate"] = case.events / flood["wall_ns"] * 1e9


def basics(took):
    total = (took["cpu_us"] + took["after_us"]) / 1e3
    return {"wall_ms": (took["end_ns"] - took["start_ns"]) / 1e6, "cpu_ms": total, "total_ms": total,
            "rss_mib": took["rss_kib"] / 1024, "after_ms": took["after_ns"] / 1e6}


def watch(stream, to):
    """Copies the stream; when its first line of a map came (CLOCK_MONOTONIC, ns)."""
    first = None
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        while True:
            selector.select()
            data = os.read(stream.fileno(), 65536)
            if not data:
                return first
            if first is None and b"@" in data:
                first = time.monotonic_ns()
            to.write(data)


def why(status, err, out):
    """One line for a tool that failed."""
    if status == 124:
        return "killed: it did not end"
    said = [line for f in (err, out) for line in f.read_text(errors="replace").splitlines() if line.strip()]
    errors = [line for line in said if "rror" in line and "WARNING" not in line] or said or [""]
    return f"status {status}: {errors[0].strip()[:90]}"


def check_count(case, text):
    """A fast tool that counts wrong has not measured anything."""
    want = case.counted.replace("{exactly}", str(case.events)).replace("{at_least}", r"(\d+)")
    found = re.search(want, text, re.MULTILINE)
    if not found or (found.groups() and int(found[1]) < case.events):
        line = next((part for part in text.splitlines() if part.startswith("@")), "nothing")
        raise Failed(f"wrong count: {line[:60]}")


# What tools say of lost events: as they go, in all, and hawk's ledger.
REPORTS = [r"^Lost (\d+) events", r"Total lost event count: (\d+)", r"^ +(\d+) (?:events|hits)\b.*: "]


def add_printed(sample, case, text, errors):
    sample["received"] = len(re.findall(r"^(?:\d+ \d+|flood /nonexistent.*)$", text, re.MULTILINE))
    # The same loss may be reported in more than one of these ways.
    sample["lost"] = max(sum(int(n) for n in re.findall(form, text + errors, re.MULTILINE)) for form in REPORTS)
    # For each line that came: who loses most shall not look best.
    sample["printed_ns"] = sample["total_ms"] * 1e6 / max(1, sample["received"])
    sample["silent"] = max(0, case.events - sample["received"] - sample["lost"])


def add_stacks(sample, case, text):
    """How many stacks came, and how many of their frames have names: not `0x…` and not nothing."""
    frames = re.findall(r"^ {4,}(\S.*)$", text, re.MULTILINE)
    named = [f for f in frames if not re.match(r"0x[0-9a-f]+$|\[unknown\]|<", f)]
    sample["stacks"] = len(re.findall(r"\]: \d+$", text, re.MULTILINE))
    sample["named"] = 100 * len(named) / max(1, len(frames))


def time_of_programs(started):
    """Nanoseconds that BPF programs of the tool take, by the kernel's own statistics, until it ends."""
    setting = pathlib.Path("/proc/sys/kernel/bpf_stats_enabled")
    before, spent = setting.read_text(), {}
    setting.write_text("1")
    try:
        while started.poll() is None:
            for id in programs_of(descendants(started.pid)):
                shown = subprocess.run(["bpftool", "-j", "prog", "show", "id", str(id)], capture_output=True, text=True)
                if shown.returncode == 0:
                    spent[id] = json.loads(shown.stdout).get("run_time_ns", 0)
            time.sleep(0.25)
    finally:
        setting.write_text(before)
    return sum(spent.values())


def add_shares(sample, case, programs_ns):
    """Per cent of one CPU for each CPU that was busy: the tool's own time and that of its programs,
    which the sampled processes pay for."""
    sample["cpu_ms"] = sample["total_ms"] - case.busy_ms
    sample["program_share"] = 100 * programs_ns / 1e6 / case.busy_ms
    sample["share"] = 100 * sample["cpu_ms"] / case.busy_ms + sample["program_share"]


# --- instructions ---------------------------------------------------------------

def descendants(pid):
    """pid and all that it started, as far as they live."""
    parents = {}
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            continue
    family = {pid}
    while more := {p for p, parent in parents.items() if parent in family} - family:
        family |= more
    return family


def programs_of(pids):
    """Ids of the BPF programs that processes hold, themselves or by a link."""
    ids = set()
    for pid in pids:
        for info in pathlib.Path(f"/proc/{pid}/fdinfo").glob("*"):
            try:
                ids |= {int(i) for i in re.findall(r"^prog_id:\s*(\d+)", info.read_text(), re.MULTILINE)}
            except OSError:
                continue
    return ids


def instructions(bench, tool, case):
    """Translated instructions of all programs of a case, while they are attached; or None."""
    mark = bench.dir / "flood"
    mark.unlink(missing_ok=True)
    # --early: that `flood` has written its file says that everything is attached.
    flood = [str(bench.programs / "flood"), "--early", "--out", str(mark), "--sleep", "3", "1"]
    with subprocess.Popen(bench.command(tool, case, flood), stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                          env=bench.environment(tool, case)) as run:
        deadline = time.monotonic() + case.seconds
        while not mark.exists() and run.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        total = 0
        for id in programs_of(descendants(run.pid)):
            shown = subprocess.run(["bpftool", "-j", "prog", "show", "id", str(id)], capture_output=True, text=True)
            if shown.returncode == 0:
                total += json.loads(shown.stdout).get("bytes_xlated", 0) // 8
        try:
            run.wait(timeout=30)
        except subprocess.TimeoutExpired:
            run.kill()
    return total or None
