"""`Cost` and `Measured`: the operations of a call that was measured."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

What = Literal["phase", "layer", "operation", "line"]


class Cost(NamedTuple):
    """One operation of a call, or several together.

    Attributes:
        phase: "forward", "backward", "update", or "projection": constraints, after the update.
        layer: the path of the layer, or scope, that it belongs to; "" outside of all.
        operation: its name.
        line: the user's line that it comes from: "model.py:12".
        seconds: the least time that was measured.
        arithmetic: floating-point operations, an estimate from shapes: two for each multiplication
            of a matrix product.
        moved: bytes of what it reads and writes.
        made: bytes of its result; 0 for a view.
        least: the seconds that the machine's measured peak would take for it.
    """

    phase: str
    layer: str
    operation: str
    line: str
    seconds: float
    arithmetic: int
    moved: int
    made: int
    least: float

    @property
    def share(self) -> float:
        """The share of the machine's peak that is reached: `least` by `seconds`. It is above 1
        where data come from the cache, faster than a large array is copied, and where the machine
        was busy with something else while its peak was measured.
        """
        return self.least / self.seconds if self.seconds else 0.0


class Measured(NamedTuple):
    """A call, run in one way.

    Attributes:
        name: "eager" or "compiled".
        costs: of its operations, in order.
        seconds: of the whole call: also for what Python does between operations.
    """

    name: str
    costs: tuple[Cost, ...]
    seconds: float

    @property
    def between(self) -> float:
        """The seconds of the call that no operation takes: recording, the walk back, Python."""
        return max(self.seconds - sum(cost.seconds for cost in self.costs), 0.0)

    def by(self, what: What) -> list[Cost]:
        """Add up the operations of each phase, layer, operation or line; the slowest first. Those
        outside of all layers, or of no line, are added up by phase.

        Raises:
            ValueError: for anything else.
        """
        if what not in Cost._fields[:4]:
            raise ValueError(f"by() takes 'phase', 'layer', 'operation' or 'line', got {what!r}")
        groups: dict[tuple[str, str], list[Cost]] = {}
        for cost in self.costs:
            name = getattr(cost, what)
            groups.setdefault((name, "" if name else cost.phase), []).append(cost)
        return sorted(map(added, groups.values()), key=lambda cost: -cost.seconds)


def added(costs: Sequence[Cost]) -> Cost:
    """The sum; what differs between them is ""."""
    columns = list(zip(*costs, strict=True))
    phase, layer, operation, line = (x[0] if len(set(x)) == 1 else "" for x in columns[:4])
    seconds, arithmetic, moved, made, least = map(sum, columns[4:])
    return Cost(phase, layer, operation, line, seconds, arithmetic, moved, made, least)
