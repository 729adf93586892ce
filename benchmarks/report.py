"""Tables of a run, aligned for a terminal and valid as Markdown."""

import os
import platform
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import median

from benchmarks.peers import BY_HAND, LIMIT, OURS, PEER


@dataclass
class Timing:
    """One contender at one workload: seconds per step, one number a round."""

    workload: str
    title: str
    version: str
    role: str
    rounds: list

    @property
    def microseconds(self):
        return median(self.rounds) * 1e6


def ratio(numerator, denominator):
    """The median of the ratios round by round: what drifts from round to round cancels."""
    return median(a / b for a, b in zip(numerator.rounds, denominator.rounds, strict=True))


def tables(timings):
    """The report's tables: times, and ratios where one of ours took part."""
    parts = ["Microseconds a step (fastest to slowest round):", times_table(timings)]
    if any(timing.role == OURS for timing in timings):
        parts += ["Ratios:", ratios_table(timings)]
    return "\n\n".join(parts)


def times_table(timings):
    """A row a workload, a column a contender."""
    titles = unique(timing.title for timing in timings)
    cells = {(timing.workload, timing.title): time_cell(timing) for timing in timings}
    rows = [
        [workload, *(cells[workload, title] for title in titles)]
        for workload in unique(timing.workload for timing in timings)
    ]
    return table(["workload", *titles], rows)


def time_cell(timing):
    fastest, slowest = (number(1e6 * end(timing.rounds)) for end in (min, max))
    return f"{number(timing.microseconds)} ({fastest}-{slowest})"


def ratios_table(timings):
    """A row for each of ours at each workload; `peer / ours` above 1 means ours is faster."""
    yardsticks = unique(timing.title for timing in timings if timing.role in (LIMIT, BY_HAND))
    peers = unique(timing.title for timing in timings if timing.role == PEER)
    rows = []
    for mine in (timing for timing in timings if timing.role == OURS):
        others = {timing.title: timing for timing in timings if timing.workload == mine.workload}
        ratios = [ratio(mine, others[title]) for title in yardsticks]
        ratios += [ratio(others[title], mine) for title in peers]
        rows.append([mine.workload, mine.title, *(f"{value:.2f}" for value in ratios)])
    headings = [f"ours / {title}" for title in yardsticks] + [f"{title} / ours" for title in peers]
    return table(["workload", "ours", *headings], rows)


def table(header, rows):
    """Markdown, padded so that it reads as plain text; all columns but the first to the right."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    return "\n".join(line(row, widths) for row in [header, rule, *rows])


def line(row, widths):
    first, *others = (
        cell.ljust(width) if not column else cell.rjust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    )
    return "| " + " | ".join([first, *others]) + " |"


def number(value):
    """Three significant digits, without an exponent."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def markdown(timings, rounds):
    """The report as a Markdown document: machine, versions, tables."""
    versions = "\n".join(unique(f"- {timing.title}: {timing.version}" for timing in timings))
    return (
        f"# One training step, {date.today()}\n\n{machine()}\n\n{versions}\n\n"
        f"Medians of {rounds} interleaved rounds; a ratio is the median of the ratios of the "
        f"rounds.\n\n{tables(timings)}\n"
    )


def machine():
    return (
        f"{cpu_model()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}."
    )


def cpu_model():
    """The processor's own name where the system tells it (Linux), else its architecture."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    names = [entry.split(":")[1].strip() for entry in lines if entry.startswith("model name")]
    return names[0] if names else platform.processor()


def unique(items):
    """The items in order, each once."""
    return list(dict.fromkeys(items))
