"""Tables of a run, aligned for a terminal and valid as Markdown."""

from statistics import median

from benchmarks.peers import BY_HAND, LIMIT, OURS, PEER

ORDER = [LIMIT, BY_HAND, OURS, PEER]
MISSING = "-"


def tables(timings, skipped):
    """Times, ratios to each of ours that took part, and who did not take part."""
    timings = ordered(timings)
    parts = ["Microseconds a step, medians:", times_table(timings)]
    for name, title in ours(timings).items():
        parts += [f"Times as long as `{title}`, medians of the rounds' ratios:"]
        parts += [ratios_table(timings, name)]
    if skipped:
        parts += ["Did not take part:", skipped_list(skipped)]
    return "\n\n".join(parts)


def ordered(timings):
    """Limit and hand-written first, then ours, then the peers."""
    return sorted(timings, key=lambda timing: ORDER.index(timing.role))


def ours(timings):
    """{name: title} of this project's contenders."""
    return {timing.name: timing.title for timing in timings if timing.role == OURS}


def times_table(timings, unit=1e-6):
    """A row a contender, a column a workload; `unit` in seconds."""
    return grid(timings, lambda timing: number(median(timing.rounds) / unit))


def ratios_table(timings, yardstick):
    """A row a contender: how many times as long as contender `yardstick` it takes."""
    mine = {timing.workload: timing for timing in timings if timing.name == yardstick}
    compared = [timing for timing in timings if timing.workload in mine]
    return grid(compared, lambda timing: factor(ratio(timing, mine[timing.workload])))


def ratio(numerator, denominator):
    """The median of the ratios round by round: what drifts from round to round cancels."""
    return median(a / b for a, b in zip(numerator.rounds, denominator.rounds, strict=True))


def grid(timings, cell):
    """A table, a row a contender and a column a workload."""
    workloads = unique(timing.workload for timing in timings)
    cells = {(timing.title, timing.workload): cell(timing) for timing in timings}
    rows = [
        [title, *(cells.get((title, workload), MISSING) for workload in workloads)]
        for title in unique(timing.title for timing in timings)
    ]
    return table(["", *workloads], rows)


def skipped_list(skipped):
    """A line for each contender and reason, with the workloads it holds for."""
    workloads = {}
    for entry in skipped:
        workloads.setdefault((entry.name, entry.reason), []).append(entry.workload)
    lines = [
        f"- `{name}` ({', '.join(where)}): {reason}" for (name, reason), where in workloads.items()
    ]
    return "\n".join(lines)


def table(header, rows, left=1):
    """Markdown, padded so that it reads as plain text; the columns after `left` to the right."""
    rows = list(rows)
    widths = [max(3, *map(len, column)) for column in zip(header, *rows, strict=True)]
    rule = [
        "-" * width if column < left else "-" * (width - 1) + ":"
        for column, width in enumerate(widths)
    ]
    return "\n".join(line(row, widths, left) for row in [header, rule, *rows])


def line(row, widths, left):
    cells = (
        cell.ljust(width) if column < left else cell.rjust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    )
    return "| " + " | ".join(cells) + " |"


def number(value):
    """Three significant digits, without an exponent."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def factor(value):
    """A ratio: two decimals where it is small."""
    return f"{value:.2f}" if value < 10 else number(value)


def unique(items):
    """The items in order, each once."""
    return list(dict.fromkeys(items))
