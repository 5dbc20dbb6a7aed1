"""Tables, ratios and budgets, from samples[case][tool] = list of dicts of metrics."""

import itertools
import statistics

from cases import BUDGETS, LINEAR, LOOKUP, LOSSLESS, NAMED, PROFILE, PROFILED, STACKS

HEADS = {"cpu_ms": "CPU ms", "wall_ms": "wall ms", "rss_mib": "MiB", "prompt_ms": "prompt ms",
         "screen_ms": "screen ms", "event_ns": "CPU ns/event", "event_wall_ns": "wall ns/event",
         "total_ms": "CPU ms (both)", "printed_ns": "CPU ns/line", "received": "received",
         "lost": "lost", "silent": "unreported", "rate": "events/s",
         "lines": "lines", "stacks": "stacks", "named": "% named", "share": "% CPU",
         "program_share": "of it programs"}
COUNTS = ("received", "lost", "silent", "lines", "rate", "stacks")


def values(samples, metric):
    return [s[metric] for s in samples if metric in s]


def median(samples, metric):
    found = values(samples, metric)
    return statistics.median(found) if found else None


def number(value, metric):
    if metric in COUNTS:
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}" if abs(value) < 1000 else f"{value:,.0f}"


def cell(samples, metric):
    """Median, and the middle half of the rounds as the spread."""
    found = values(samples, metric)
    if not found:
        return "–"
    text = number(statistics.median(found), metric)
    if len(found) >= 4 and metric not in COUNTS:
        low, _, high = statistics.quantiles(found, n=4)
        text += f" ({number(low, metric)}–{number(high, metric)})"
    return text


def ratio(mine, theirs):
    return f"{mine / theirs:.2f}" if mine is not None and theirs and theirs > 0 else "–"


def case_table(case, rows, failures, instructions):
    """The lines of one case: a row for each tool, and hawk as a ratio of it."""
    metrics = [m for m in case.metrics if any(values(r, m) for r in rows.values())]
    hawk = rows.get("hawk", [])
    head = ["", *(HEADS[m] for m in metrics), *(["insns"] if instructions else []),
            *([f"hawk/it: {HEADS[metrics[0]]}"] if hawk and metrics else []), "rounds"]
    lines = [head]
    for label, samples in rows.items():
        line = [label, *(cell(samples, m) for m in metrics)]
        if instructions:
            line.append(str(instructions.get(label) or "–"))
        if hawk and metrics:
            line.append(ratio(median(hawk, metrics[0]), median(samples, metrics[0])))
        lines.append([*line, str(len(samples))])
    widths = [max(len(row[i]) for row in lines) for i in range(len(head))]
    text = [f"## {case.name}: {case.title}"]
    for row in lines:
        text.append("  " + row[0].ljust(widths[0]) + "".join(f"  {c:>{w}}" for c, w in zip(row[1:], widths[1:])))
    text += [f"  {label}: {reason}" for label, reason in failures.items()]
    return "\n".join(text) + "\n"


def lookup(samples, label):
    """CPU ms that a tool takes to find one type of the kernel."""
    few, many = (median(samples.get(n, {}).get(label, []), "cpu_ms") for n in LOOKUP[:2])
    return None if few is None or many is None else (many - few) / LOOKUP[2]


def lookup_table(samples):
    """For each tool the cost of one type."""
    found = [(label, lookup(samples, label)) for label in samples.get(LOOKUP[1], {})]
    lines = [f"  {label}: {cost:.3f} ms of CPU" for label, cost in found if cost is not None]
    return "\n".join(["## finding one type of the kernel", *lines]) + "\n" if lines else ""


def judge(name, value, limit):
    word = "ok    " if value <= limit else "MISSED"
    return value <= limit, f"{word} {name}: {value:.3f}, at most {limit:.3f}"


def check(samples, mechanism):
    """All budgets that can be judged by what was measured: (all kept, lines)."""
    verdicts = []
    for budget in BUDGETS:
        rows = samples.get(budget.case, {})
        mine = median(rows.get(budget.tool, []), budget.metric)
        against = f"C {mechanism.get(budget.case, 'tp')}" if budget.against == "C" else budget.against
        for label, theirs in rows.items():
            floor = median(theirs, budget.metric)
            if mine is None or not label.startswith(against) or not floor or floor <= 0:
                continue
            verdicts.append(judge(f"{budget.case}, {HEADS[budget.metric]}, {budget.tool} against {label}",
                                  mine / floor, budget.factor))
    for name in LOSSLESS:
        if hawk := samples.get(name, {}).get("hawk"):
            gone = [s["lost"] + s["silent"] for s in hawk]
            verdicts.append(judge(f"{name}, events lost in the worst round", max(gone), 0))
    for name, (metric, most) in itertools.product(PROFILED, PROFILE.items()):
        if (value := median(samples.get(name, {}).get("hawk", []), metric)) is not None:
            verdicts.append(judge(f"{name}, {HEADS[metric]}", value, most))
    for name in NAMED:
        if hawk := samples.get(name, {}).get("hawk"):
            verdicts.append(judge(f"{name}, stacks missing in the worst round", STACKS - min(values(hawk, "stacks")), 0))
            verdicts.append(judge(f"{name}, % of frames without a name", 100 - min(values(hawk, "named")), 0))
    if (cost := lookup(samples, "hawk")) is not None:
        verdicts.append(judge("CPU ms to find one type of the kernel", cost, LOOKUP[3]))
    small, large = (median(samples.get(n, {}).get("hawk", []), "cpu_ms") for n in LINEAR[:2])
    if small and large:
        verdicts.append(judge("CPU of 5,000 statements against 1,000", large / small, LINEAR[2]))
    return all(kept for kept, _ in verdicts), [line for _, line in verdicts]
