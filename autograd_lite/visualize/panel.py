"""A panel: marks between two axes, with a title and a legend; or without axes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from autograd_lite.visualize.axis import Axis, Scale
from autograd_lite.visualize.card import text_width
from autograd_lite.visualize.marks import Image, Mark
from autograd_lite.visualize.markup import area, moved, pair, pixels, words_at

TITLE, LEGEND, TICKS, LABEL = 20.0, 18.0, 17.0, 16.0  # heights
GAP = 8.0
LINE = 14.0  # of text
CHIP = 22.0


class Panel(NamedTuple):
    """One set of axes.

    Attributes:
        title: above it.
        marks: what is drawn, in this order.
        x, y: its axes; None for a picture without.
        size: width and height of what is between the axes, in pixels.
        rising: whether y grows upwards; else its first category is on top.
    """

    title: str
    marks: Sequence[Mark]
    x: Axis | None = None
    y: Axis | None = None
    size: tuple[float, float] = (300.0, 190.0)
    rising: bool = True

    def placed(self) -> tuple[str, float, float]:
        """The elements, and how wide and high they are."""
        width, height = self.size
        x, y = self._scales()
        rows = self._legend(max(width, 200.0))
        left = max(self._left(y) if self.y else 0.0, self._hanging(x) if self.x else 0.0)
        top = TITLE * bool(self.title) + LEGEND * len(rows)
        parts = [words_at(self.title, "title left", left, 13)] if self.title else []
        for i, row in enumerate(rows):
            parts.append(f"{moved(left, TITLE * bool(self.title) + LEGEND * i)}{row}</g>")
        parts.append(moved(left, top))
        if self.x or self.y:
            parts.append(f'<path class="frame" d="M0 0V{pixels(height)}H{pixels(width)}"/>')
        parts.extend(self._ticks(x, y))
        image = any(isinstance(mark, Image) for mark in self.marks)
        # What lies outside of an image is cut off: nobody can say where it is.
        parts.append(f'<svg class="on-image" {area(width, height)}>' if image else "<g>")
        for mark in self.marks:
            parts.extend(mark.drawn(x, y))
        parts.append("</svg></g>" if image else "</g></g>")
        below = self._below(x) if self.x else 0.0
        title = text_width(self.title, "title")
        widest = max([width, title, *(row_width for row_width in self._widths())])
        return "".join(parts), left + widest + GAP, top + height + below

    def _scales(self) -> tuple[Scale, Scale]:
        width, height = self.size
        found = [mark.bounds() for mark in self.marks]
        xs, ys = (
            np.concatenate(
                [np.ravel(np.asarray(each[i], float)) for each in found] or [np.empty(0)]
            )
            for i in (0, 1)
        )
        ends = (height, 0.0) if self.rising else (0.0, height)
        return Scale(self.x or Axis(), xs, 0.0, width), Scale(self.y or Axis(), ys, *ends)

    def _left(self, y: Scale) -> float:
        assert self.y is not None
        widest = max([text_width(text, "muted") for _, text in y.ticks()], default=0.0)
        return widest + 8 + LABEL * bool(self.y.label)

    def _turned(self, x: Scale) -> bool:
        """Return if the names along x do not fit side by side."""
        room = self.size[0] / max(len(x.ticks()), 1)
        return any(text_width(text, "muted") > room for _, text in x.ticks())

    def _below(self, x: Scale) -> float:
        assert self.x is not None
        needed = TICKS
        if self._turned(x):
            widest = max(text_width(text, "muted") for _, text in x.ticks())
            needed = widest * 0.75 + 14
        return needed + LABEL * bool(self.x.label)

    def _hanging(self, x: Scale) -> float:
        """The width by which the first of turned names reaches to the left."""
        shown = _spaced(x)
        if not shown or not self._turned(x):
            return 0.0
        return text_width(shown[0][1], "muted") * 0.75 - float(x(shown[0][0]))

    def _ticks(self, x: Scale, y: Scale) -> Iterator[str]:
        width, height = self.size
        if self.x:
            turned = self._turned(x)
            for value, text in _spaced(x):
                at = float(x(value))
                if not self.x.names:
                    yield f'<path class="rule" d="M{pair(at, 0)}V{pixels(height)}"/>'
                if turned:
                    yield f'<g transform="translate({pair(at + 4, height + 12)}) rotate(-45)">'
                    yield f"{words_at(text, 'right', 0, 0)}</g>"
                else:
                    yield words_at(text, "", at, height + 14)
            if self.x.label:
                yield words_at(self.x.label, "axis", width / 2, height + self._below(x) - 3)
        if self.y:
            for value, text in _spaced(y):
                at = float(y(value))
                if not self.y.names:
                    yield f'<path class="rule" d="M{pair(0, at)}H{pixels(width)}"/>'
                yield words_at(text, "right", -6, at + 4)
            if self.y.label:
                place = pair(-self._left(y) + 11, height / 2)
                yield f'<g transform="translate({place}) rotate(-90)">'
                yield f"{words_at(self.y.label, 'axis', 0, 0)}</g>"

    def _entries(self) -> list[tuple[Mark, float]]:
        known = {mark.label: mark for mark in reversed(self.marks) if mark.label}
        shown = [mark for mark in self.marks if known.get(mark.label) is mark]
        return [(mark, CHIP + 6 + text_width(mark.label, "muted") + 14) for mark in shown]

    def _widths(self) -> Iterator[float]:
        yield from (needed for _, needed in self._entries())

    def _legend(self, room: float) -> list[str]:
        """The rows of the legend."""
        rows: list[str] = []
        used = room
        for mark, needed in self._entries():
            if used + needed > room + 14:
                rows.append("")
                used = 0.0
            text = words_at(mark.label, "left", CHIP + 6, 10)
            rows[-1] += f"{moved(used, 0)}{mark.chip()}{text}</g>"
            used += needed
        return rows


def _spaced(scale: Scale) -> list[tuple[float, str]]:
    """Return the ticks that have room for a line of text."""
    found = scale.ticks()
    room = abs(scale.end - scale.start) / max(len(found), 1)
    return found[:: math.ceil(LINE / room)] if scale.axis.names else found
