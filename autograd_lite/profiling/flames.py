"""The picture of a profile: flames that hang, the whole on top and operations at the bottom."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from autograd_lite.profiling.costs import Cost, Measured, added
from autograd_lite.visualize.axis import Axis
from autograd_lite.visualize.chart import Chart
from autograd_lite.visualize.marks import Spans
from autograd_lite.visualize.panel import Panel

WIDTH, HIGH = 860.0, 24.0  # pixels: of the whole, and of a level
SERIES = {"forward": 0, "backward": 1, "update": 2, "projection": 3}  # colours, in this order

Span = tuple[float, float, int, str, str, int | None]


def flames(title: str, ways: Sequence[Measured]) -> Chart:
    """Draw each way to run a call: its phases, below them layers, below these operations.

    Example:
        >>> from autograd_lite.profiling.costs import Cost
        >>> tanh = Cost("forward", "hidden", "tanh", "a.py:1", 2e-6, 10, 16, 8, 1e-6)
        >>> flames("f", [Measured("eager", (tanh,), 3e-6)]).numbers["eager"]
        ['call', 'forward', 'hidden', 'tanh', 'Python']
    """
    drawn = {way.name: list(_spans(way)) for way in ways}
    panels = [_panel(name, spans) for name, spans in drawn.items()]
    numbers = {name: [span[3] for span in spans] for name, spans in drawn.items()}
    about = "\n".join(map(_said, ways))
    return Chart(f"Where the time of {title} goes", panels, about, numbers, columns=1)


def _panel(name: str, spans: Sequence[Span]) -> Panel:
    levels = 1 + max(span[2] for span in spans)
    x = Axis("microseconds", 0.0, max(span[1] for span in spans))
    return Panel(name, [Spans(spans)], x, None, (WIDTH, HIGH * levels), rising=False)


def _said(measured: Measured) -> str:
    longest = [f"{x.layer or x.phase} {1e6 * x.seconds:.0f} us" for x in measured.by("layer")]
    most = f"; most of it: {', '.join(longest[:3])}" if longest else ""
    return f"{measured.name}: {1e6 * measured.seconds:.0f} us a call{most}."


def _spans(measured: Measured) -> Iterator[Span]:
    """Each box: from, to, level, name, what it says, series."""
    inside = sum(cost.seconds for cost in measured.costs)
    end = 1e6 * max(inside, measured.seconds)
    yield 0.0, end, 0, "call", f"call: {end:.1f} us", None
    yield from _below(sorted(measured.costs, key=lambda cost: SERIES[cost.phase]), 0.0, 1)
    if measured.between:
        yield 1e6 * inside, end, 1, "Python", f"Python: {1e6 * measured.between:.1f} us", None


def _below(costs: Sequence[Cost], left: float, level: int) -> Iterator[Span]:
    """The parts side by side, each with its own below it, in the order of the operations given."""
    groups: dict[str, list[Cost]] = {}
    for cost in costs:
        steps = _steps(cost)
        groups.setdefault(steps[level - 1] if level <= len(steps) else "", []).append(cost)
    for name, parts in groups.items():
        whole = added(parts)
        right = left + 1e6 * whole.seconds
        if name:
            about = f"{name}: {1e6 * whole.seconds:.1f} us, {whole.arithmetic:,} flops"
            reached = f", {whole.share:.0%} of peak" if whole.least else ""
            yield left, right, level, name, about + reached, SERIES[parts[0].phase]
            yield from _below(parts, left, level + 1)
        left = right


def _steps(cost: Cost) -> list[str]:
    return [cost.phase, *filter(None, cost.layer.split("/")), cost.operation]
