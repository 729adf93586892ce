"""Charts of the results, as SVG files small enough for the documentation.

Each colour is drawn as on white paper, and written as a variable that has another value where the
reader's system prefers dark pages.
"""

import io
import math
import re

from benchmarks.peers import BY_HAND, LIMIT, OURS
from benchmarks.report import ordered, unique

OURS_COLOR, PEER_COLOR, BOUND_COLOR = "#0072b2", "#555555", "#b0b0b0"
LINE_COLORS = {  # kin in shades of one colour, which the colour-blind can tell from the next
    "ours": "#6aaed6",
    "ours_compiled_numpy": OURS_COLOR,
    "ours_native": "#003f66",
    "torch_eager": "#d55e00",
    "torch_compile": "#f0a878",
    "jax_jit": "#009e73",
    "jax_grad": "#6cc4a9",
    "autograd": "#cc79a7",
    "dezero": "#e69f00",
    "mygrad": PEER_COLOR,
    "micrograd": BOUND_COLOR,
}
INK, GRID, PAPER = "#222222", "#e4e4e4", "#ffffff"
IN_THE_DARK = {  # those that are not bright enough
    PAPER: "#16181d",
    INK: "#e3e5e8",
    GRID: "#33373f",
    OURS_COLOR: "#4aa3df",
    LINE_COLORS["ours"]: "#3b82b5",
    LINE_COLORS["ours_native"]: "#a9d8f7",
    PEER_COLOR: "#a9adb5",
    BOUND_COLOR: "#6b7079",
    LINE_COLORS["torch_eager"]: "#f07f2e",
    LINE_COLORS["jax_jit"]: "#2fc296",
}
COLUMNS = 4


def start():
    """matplotlib's pyplot, set up for small SVG files that come out alike every time."""
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    pyplot.rcParams.update(
        {
            "svg.fonttype": "none",  # text stays text
            "svg.hashsalt": "benchmarks",
            "font.family": "sans-serif",
            "font.sans-serif": ["DejaVu Sans", "Verdana", "Arial", "sans-serif"],
            "font.size": 8,
            "axes.edgecolor": GRID,
            "axes.titlesize": 9,
            "axes.titleweight": "bold",
            "axes.spines.top": False,
            "axes.spines.right": False,
            "text.color": INK,
            "axes.labelcolor": INK,
            "xtick.color": INK,
            "ytick.color": INK,
        }
    )
    return pyplot


def finish(pyplot, figure, path):
    written = io.StringIO()
    figure.savefig(written, format="svg", facecolor=PAPER, metadata={"Date": None})
    pyplot.close(figure)
    path.write_text(two_themes(written.getvalue()))


def two_themes(svg):
    """The picture with its colours as variables, which are others in the dark."""
    dark = "".join(f"--c{color[1:]}:{other};" for color, other in IN_THE_DARK.items())
    style = f"@media (prefers-color-scheme: dark) {{svg {{{dark}}}}}"
    colored = re.compile("|".join(IN_THE_DARK)).sub(lambda c: f"var(--c{c[0][1:]}, {c[0]})", svg)
    return colored.replace("</style>", f"{style}</style>", 1)


def steps_chart(timings, path):
    """A panel a workload: each contender's median on a logarithmic axis, and its range."""
    pyplot = start()
    timings = ordered(timings)
    titles = unique(timing.title for timing in timings)[::-1]
    workloads = unique(timing.workload for timing in timings)
    rows = math.ceil(len(workloads) / COLUMNS)
    figure, axes = pyplot.subplots(
        rows,
        COLUMNS,
        figsize=(10, 0.4 + rows * (0.17 * len(titles) + 0.6)),
        sharey=True,
        layout="constrained",
        squeeze=False,
    )
    for axis, workload in zip(axes.flat, workloads, strict=False):
        contenders_panel(axis, workload, [t for t in timings if t.workload == workload], titles)
    for axis in axes.flat[len(workloads) :]:
        axis.set_visible(False)
    figure.supxlabel(
        "microseconds a step, logarithmic; the line is the range of the rounds", size=8
    )
    finish(pyplot, figure, path)


def contenders_panel(axis, workload, timings, titles):
    axis.set_title(workload, loc="left")
    axis.set_xscale("log", subs=[])
    axis.set_yticks(range(len(titles)), titles)
    axis.set_ylim(-0.6, len(titles) - 0.4)
    axis.tick_params(axis="y", length=0)
    axis.grid(axis="y", color=GRID, linewidth=0.6)
    axis.set_axisbelow(True)
    for timing in timings:
        microseconds = sorted(1e6 * seconds for seconds in timing.rounds)
        middle = microseconds[len(microseconds) // 2]
        y, color = titles.index(timing.title), color_of(timing.role)
        axis.plot([microseconds[0], microseconds[-1]], [y, y], color=color, linewidth=1.2)
        axis.plot(middle, y, "o", color=color, markersize=4.5)
        axis.annotate(
            short(middle),
            (microseconds[-1], y),
            xytext=(5, 0),
            textcoords="offset points",
            va="center",
            color=color if timing.role == OURS else INK,
            size=7,
        )
    low, high = axis.get_xlim()
    axis.set_xlim(low, high * (high / low) ** 0.25)  # room for the last number
    plain_ticks(axis.xaxis, *axis.get_xlim())


def plain_ticks(axis, low, high):
    """Ticks at round numbers, at least two or three of them, written without powers."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    decades = math.log10(high / low)
    digits = (1, 2, 5) if decades < 1 else (1, 3) if decades < 2 else (1,)
    exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    at = [digit * 10.0**exponent for exponent in exponents for digit in digits]
    axis.set_major_locator(FixedLocator([tick for tick in at if low <= tick <= high]))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda tick, _: short(tick)))


def color_of(role):
    if role == OURS:
        return OURS_COLOR
    return BOUND_COLOR if role in (LIMIT, BY_HAND) else PEER_COLOR


def short(value):
    """At most five characters: 4.2, 812, 7.3k, 1.2M."""
    for unit, suffix in ((1e6, "M"), (1e3, "k")):
        if value >= unit:
            return f"{value / unit:.3g}{suffix}"
    return f"{value:.3g}"


def growth_chart(points, axes_labels, path):
    """A panel a curve: seconds by size, both logarithmic; `axes_labels` maps curve to x label."""
    pyplot = start()
    curves = unique(point.curve for point in points)
    rows = math.ceil(len(curves) / 2)
    figure, axes = pyplot.subplots(
        rows, 2, figsize=(10, 3.3 * rows), layout="constrained", squeeze=False
    )
    for axis, curve in zip(axes.flat, curves, strict=False):
        growth_panel(axis, [point for point in points if point.curve == curve])
        axis.set_xlabel(axes_labels[curve])
    for axis in axes.flat[len(curves) :]:
        axis.set_visible(False)
    finish(pyplot, figure, path)


def growth_panel(axis, points):
    axis.set_xscale("log", subs=[])
    axis.set_yscale("log", subs=[])
    axis.set_ylabel("microseconds a step")
    axis.grid(color=GRID, linewidth=0.6)
    ends = []
    for name in unique(point.name for point in ordered(points)):
        line = [point for point in points if point.name == name]
        color = LINE_COLORS.get(name, PEER_COLOR)
        axis.plot(
            [point.size for point in line],
            [1e6 * point.seconds for point in line],
            "o-",
            color=color,
            markersize=3,
            linewidth=1.5,
        )
        ends.append((1e6 * line[-1].seconds, line[-1].title, color))
    plain_ticks(axis.xaxis, *axis.get_xlim())
    plain_ticks(axis.yaxis, *axis.get_ylim())
    label_ends(axis, ends)


def label_ends(axis, ends):
    """The titles at the right edge, in the order and, where there is room, at the height of ends.

    `ends` are (height, title, color).
    """
    ends = sorted(ends)
    bottom, top = (math.log(height) for height in axis.get_ylim())
    heights = spread([math.log(height) for height, _, _ in ends], (top - bottom) / 16, top)
    for height, (_, title, color) in zip(heights, ends, strict=True):
        axis.annotate(
            title,
            (1.02, math.exp(height)),
            xycoords=axis.get_yaxis_transform(),
            annotation_clip=False,
            va="center",
            size=7.5,
            color=color,
        )


def spread(heights, gap, top):
    """Ascending heights moved up, then down from `top`, until neighbours are `gap` apart."""
    at, raised = -math.inf, []
    for height in heights:
        at = max(height, at + gap)
        raised.append(at)
    at, lowered = top + gap, []
    for height in reversed(raised):
        at = min(height, at - gap)
        lowered.append(at)
    return lowered[::-1]
