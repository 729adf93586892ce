"""Reports of gradient checks: one row for each input and order, printed as a table."""

from __future__ import annotations

import html
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from autograd_lite.formats import Displayed, save
from autograd_lite.testing.comparison import Comparison, Index, position

if TYPE_CHECKING:
    from autograd_lite.visualize.chart import Chart

_SHOWN_KINKS = 4
HEAD = ("", "input", "order", "checked", "worst entry", "gradient", "difference", "gap")


@dataclass(frozen=True)
class GradientReport(Displayed):
    """The comparison of gradients with finite differences; prints as a table.

    Attributes:
        rtol, atol: what is allowed, |gradient - difference| <= atol + rtol * |difference|.
        comparisons: one for each input and order.
        notes: what else the reader has to know, a sentence each.
    """

    rtol: float
    atol: float
    comparisons: list[Comparison] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """True if every gradient fits its finite differences."""
        return all(c.passed for c in self.comparisons)

    @property
    def kinks(self) -> dict[str, tuple[Index, ...]]:
        """The positions of the kinks found in each input that has any, by its name."""
        found: dict[str, tuple[Index, ...]] = {}
        for c in self.comparisons:
            if c.kinks:
                found[c.name] = tuple(dict.fromkeys(found.get(c.name, ()) + c.kinks))
        return found

    def __str__(self) -> str:
        rows = [HEAD, *map(_row, self.comparisons)]
        widths = [max(len(row[i]) for row in rows) for i in range(len(HEAD))]
        table = ["  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) for row in rows]
        return "\n".join(line.rstrip() for line in [*table, *self._remarks()])

    def _remarks(self) -> list[str]:
        """The lines below the table."""
        tolerance = f"tolerance: {self.atol:g} + {self.rtol:g} * |difference|"
        kinks = [_about_kinks(c) for c in self.comparisons if c.kinks]
        rounded = [_about_rounding(c) for c in self.comparisons if _is_drowned(c)]
        return [tolerance, *kinks, *rounded, *self.notes]

    def _displayed(self) -> dict[str, str]:
        """Return what a notebook shows: the table and the heat map."""
        from autograd_lite.visualize.notebook import image, table

        rest = "<br>".join(map(html.escape, self._remarks()))
        shown = table(HEAD, map(_row, self.comparisons), [2, 5, 6, 7])
        shown += f"<p>{rest}</p>{image(self._chart().svg, 'errors of gradients')}"
        return {"text/plain": str(self), "text/html": shown}

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the report: ``.svg`` and ``.png`` are a heat map of the errors, ``.txt`` the table.

        Raises:
            ValueError: for another suffix.
            OSError: if the file cannot be written.
        """
        from autograd_lite.visualize.render import png

        texts = {".svg": lambda: self._chart().svg, ".txt": lambda: f"{self}\n"}
        save(path, {**texts, ".png": lambda: png(self._chart().svg)}, "a report")

    def _chart(self) -> Chart:
        from autograd_lite.testing.heatmap import heatmap

        return heatmap(self.comparisons, str(self))


class GradientError(AssertionError):
    """A gradient differs from its finite differences. `report` holds the comparison."""

    def __init__(self, report: GradientReport) -> None:
        super().__init__(f"the gradient differs from the finite difference{_of(report)}\n{report}")
        self.report = report

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.report,)


def _of(report: GradientReport) -> str:
    """Name the gradient that is wrong, and where."""
    wrong = [c for c in report.comparisons if not c.passed]
    if not wrong:
        return ""
    more = f" and {len(wrong) - 1} more" if len(wrong) > 1 else ""
    return f" of {wrong[0].name} at {position(wrong[0].index)}{more}"


def _row(c: Comparison) -> tuple[str, ...]:
    checked = f"{c.checked}/{c.size}"
    if c.quotients < c.checked:
        checked += f" by {c.quotients}"
    if c.index is None:
        numbers = ("-", "-", "-")
    elif c.sides is None:
        numbers = (f"{c.analytic:.8g}", f"{c.numeric:.8g}", f"{abs(c.analytic - c.numeric):.1e}")
    else:
        numbers = (f"{c.analytic:.8g}", f"{c.sides[0]:.5g} | {c.sides[1]:.5g}", "-")
    return (c.verdict, c.name, str(c.order), checked, position(c.index), *numbers)


def _about_kinks(c: Comparison) -> str:
    shown = ", ".join(map(position, c.kinks[:_SHOWN_KINKS]))
    more = f" and {len(c.kinks) - _SHOWN_KINKS} more" if len(c.kinks) > _SHOWN_KINKS else ""
    which = "derivative" if c.order == 1 else "second derivative"
    unresolved = c.size - c.checked if c.passed else 0
    rest = f"; around kinks {unresolved} entries could not be compared" if unresolved else ""
    return (
        f"kink: {c.name} has no {which} at {shown}{more}: the slopes to the left and right differ, "
        f"or grow without bound, or f is undefined on one side{rest}"
    )


def _is_drowned(c: Comparison) -> bool:
    """Return whether the gap of a gradient that does not fit is within rounding."""
    return not c.passed and abs(c.analytic - c.numeric) <= 10 * c.rounding


def _about_rounding(c: Comparison) -> str:
    return (
        f"rounding: a difference of {c.name} may be off by {c.rounding:.1g}, since f's values are "
        "large compared with their changes. Subtract a constant, scale f down, or raise atol"
    )
