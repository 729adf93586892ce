"""`Profile`: the operations of a call with their time, arithmetic and memory, as tables."""

from __future__ import annotations

import functools
import html
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from autograd_lite.formats import Displayed, save
from autograd_lite.profiling.costs import Cost, Measured, What, added
from autograd_lite.profiling.peak import Peak

if TYPE_CHECKING:
    from autograd_lite.visualize.chart import Chart

GROUPS: tuple[What, ...] = ("layer", "operation", "line")
HEAD = ("us", "%", "flops", "bytes moved", "bytes made", "of peak")
MOST_ROWS = 12


class Profile(Displayed):
    """The cost of a call: `print` shows it by layer, operation and line, and a notebook draws it.

    Attributes:
        name: of the function or model.
        eager: each operation by itself, as it was recorded, and the time of a plain call.
        compiled: what the compiler left of them, and the time of a compiled call.
        peak: what the machine reaches at best.
    """

    def __init__(self, name: str, eager: Measured, compiled: Measured, peak: Peak) -> None:
        self.name, self.eager, self.compiled, self.peak = name, eager, compiled, peak

    @functools.cached_property
    def chart(self) -> Chart:
        """The flames: what is wide takes long, and what it consists of lies below it."""
        from autograd_lite.profiling.flames import flames

        return flames(self.name, [self.eager, self.compiled])

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the picture (``.svg``, ``.png``) or the tables (``.txt``) to a file.

        Raises:
            ValueError: for another suffix.
            OSError: if the file cannot be written.
            ImportError: for a PNG, if what draws it is not installed.
        """
        from autograd_lite.visualize.render import png

        texts = {".svg": lambda: self.chart.svg, ".txt": lambda: f"{self}\n"}
        save(path, {**texts, ".png": lambda: png(self.chart.svg)}, "a profile")

    def _tables(self) -> Iterable[tuple[list[str], list[list[str]]]]:
        for measured in (self.eager, self.compiled):
            for what in GROUPS:
                costs = measured.by(what)
                shown, rest = costs[:MOST_ROWS], costs[MOST_ROWS:]
                rows = [
                    _row(getattr(cost, what) or _outside(cost), cost, measured) for cost in shown
                ]
                if rest:
                    rows.append(_row(f"{len(rest)} more", added(rest), measured))
                yield [f"{measured.name} by {what}", *HEAD], rows

    def _notes(self) -> list[str]:
        """The sentences about the whole."""
        return [
            *(
                f"{m.name}: a call takes {_number(1e6 * m.seconds)} us, of which "
                f"{_number(1e6 * m.between)} us are outside of operations ({about})"
                for m, about in (
                    (self.eager, "recording, the walk back, Python"),
                    (self.compiled, "Python, and what operations are faster at one by one"),
                )
            ),
            "both are run by NumPy, one operation after the other: native code fuses them, and its "
            "step may take less than their sum",
            f"peak, measured: {self.peak.arithmetic / 1e9:.0f} Gflop/s (a large matrix product), "
            f"{self.peak.bandwidth / 1e9:.1f} GB/s (a large copy; what lies in a cache is faster)",
        ]

    def __str__(self) -> str:
        parts = [f"Profile of {self.name}"]
        parts += ["\n".join(_aligned([head, *rows])) for head, rows in self._tables()]
        return "\n\n".join([*parts, "\n".join(self._notes())])

    def __repr__(self) -> str:
        counts = f"{len(self.eager.costs)} operations, {len(self.compiled.costs)} compiled"
        return f"Profile({self.name}: {counts})"

    def _displayed(self) -> dict[str, str]:
        """Return what a notebook shows: the picture and the tables."""
        from autograd_lite.visualize.notebook import image, table

        numbers = range(1, len(HEAD) + 1)
        tables = "<br>".join(table(head, rows, numbers) for head, rows in self._tables())
        notes = "<br>".join(map(html.escape, self._notes()))
        shown = f"{image(self.chart.svg, self.chart.text)}{tables}<p>{notes}</p>"
        return {"text/plain": str(self), "text/html": shown}


def _outside(cost: Cost) -> str:
    return f"({cost.phase})"


def _row(name: str, cost: Cost, measured: Measured) -> list[str]:
    whole = sum(each.seconds for each in measured.costs) or 1.0
    return [
        name,
        _number(1e6 * cost.seconds),
        f"{100 * cost.seconds / whole:.0f}",
        f"{cost.arithmetic:,}",
        f"{cost.moved:,}",
        f"{cost.made:,}",
        f"{cost.share:.0%}" if cost.least else "-",
    ]


def _number(x: float) -> str:
    return f"{x:,.0f}" if x >= 100 else f"{x:.1f}"


def _aligned(rows: list[list[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])])
            for row in rows]  # fmt: skip
