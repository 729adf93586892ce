"""The marks of a panel: lines, points, bars, bands, cells, images, boxes and arrows.

Each mark has its coordinates in the units of the axes. `series` chooses a colour, and with it a
dash pattern and the shape of points, so that nothing is told by colour alone; None is muted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np

from autograd_lite.visualize.axis import Scale
from autograd_lite.visualize.card import text_width
from autograd_lite.visualize.markup import NAME, area, escaped, moved, pair, pixels, words_at
from autograd_lite.visualize.raster import data_uri

Array = np.ndarray[Any, Any]

SHAPES = (  # of points, around 0, 0; of equal weight
    "M-3.5 0A3.5 3.5 0 1 0 3.5 0A3.5 3.5 0 1 0-3.5 0z",
    "M-3.2-3.2H3.2V3.2H-3.2z",
    "M0-4.2L3.9 3H-3.9z",
    "M0-4.6L4.6 0L0 4.6L-4.6 0z",
    "M0 4.2L3.9-3H-3.9z",
    "M-1.3-4H1.3V-1.3H4V1.3H1.3V4H-1.3V1.3H-4V-1.3H-1.3z",
)
DARKEST = 0.55  # opacity of a cell, so that numbers on it can be read
DASHES = ("", "7 3", "2 3", "9 3 2 3", "4 2", "12 4")


class Mark(Protocol):
    """Something in a panel."""

    @property
    def label(self) -> str:
        """The name in the legend; "" for none."""
        ...

    def bounds(self) -> tuple[Any, Any]:
        """The values of x and of y that it needs room for."""
        ...

    def drawn(self, x: Scale, y: Scale) -> Iterator[str]:
        """The elements."""
        ...

    def chip(self) -> str:
        """The sample in the legend, 22 by 12 pixels."""
        ...


def look(series: int | None, kind: str) -> str:
    """The attributes of a line or a shape of a series."""
    if series is None:
        return f'class="{kind} muted-{kind}"'
    return f'class="{kind} {kind}{series % len(SHAPES)}"'


def _form(series: int | None, forms: Sequence[str]) -> str:
    """The dash pattern or shape of a series: when the colours begin again, each gets another."""
    number = series or 0
    return forms[(number + number // len(forms)) % len(forms)]


def _shapes(series: int | None, hollow: bool, xs: Array, ys: Array) -> Iterator[str]:
    shape = _form(series, SHAPES)
    kind = "hollow" if hollow else "point"
    for x, y in zip(xs, ys, strict=True):
        if np.isfinite(x) and np.isfinite(y):
            place = f'transform="translate({pair(x, y)})"'
            yield f'<path {look(series, kind)} {place} d="{shape}"/>'


class Line(NamedTuple):
    """A curve; it breaks where a value is not finite.

    Attributes:
        x, y: its points.
        label: in the legend.
        series: its colour and dashes.
        dashed: None for the dashes of the series, else whether it has some.
        points: whether each point is marked; single ones always are.
    """

    x: Any
    y: Any
    label: str = ""
    series: int | None = 0
    dashed: bool | None = None
    points: bool = False

    def bounds(self) -> tuple[Any, Any]:
        return self.x, self.y

    def _dash(self) -> str:
        dash = _form(self.series, DASHES)
        if self.dashed is not None:
            dash = "5 4" if self.dashed else ""
        return f' stroke-dasharray="{dash}"' if dash else ""

    def drawn(self, x: Scale, y: Scale) -> Iterator[str]:
        xs, ys = x(self.x), y(self.y)
        whole = np.isfinite(xs) & np.isfinite(ys)
        path, pen = [], False
        for px, py, there, needed in zip(xs, ys, whole, _turns(xs, ys), strict=True):
            if there and needed:
                path.append(f"{'L' if pen else 'M'}{pair(px, py)}")
            pen = bool(there)
        yield f'<path {look(self.series, "line")}{self._dash()} d="{"".join(path)}"/>'
        beside = np.concatenate([[False], whole[:-1]]) | np.concatenate([whole[1:], [False]])
        alone = whole if self.points else whole & ~beside
        yield from _shapes(self.series, False, xs[alone], ys[alone])

    def chip(self) -> str:
        points = "".join(_shapes(self.series, False, np.array([11.0]), np.array([6.0])))
        line = f'<path {look(self.series, "line")}{self._dash()} d="M0 6H22"/>'
        return line + points * self.points


def _turns(xs: Array, ys: Array) -> Array:
    """Mark the points that a path needs: not those within a straight step along an axis."""
    needed = np.ones(len(xs), bool)
    if len(xs) > 2:
        flat = [np.abs(np.diff(values)) < 0.05 for values in (xs, ys)]
        needed[1:-1] = ~np.logical_or(*(run[:-1] & run[1:] for run in flat))
    return needed


class Points(NamedTuple):
    """Points in the plane.

    Attributes:
        x, y: where.
        label: in the legend.
        series: their colour and shape.
        hollow: whether they are outlines.
    """

    x: Any
    y: Any
    label: str = ""
    series: int | None = 0
    hollow: bool = False

    def bounds(self) -> tuple[Any, Any]:
        return self.x, self.y

    def drawn(self, x: Scale, y: Scale) -> Iterator[str]:
        yield from _shapes(self.series, self.hollow, x(self.x), y(self.y))

    def chip(self) -> str:
        return "".join(_shapes(self.series, self.hollow, np.array([11.0]), np.array([6.0])))


class Bars(NamedTuple):
    """A histogram.

    Attributes:
        edges: of the bars, one more than bars.
        heights: of the bars.
        label: in the legend.
        series: their colour.
    """

    edges: Any
    heights: Any
    label: str = ""
    series: int | None = 0

    def bounds(self) -> tuple[Any, Any]:
        return self.edges, [0, *self.heights]

    def drawn(self, x: Scale, y: Scale) -> Iterator[str]:
        edges, tops, floor = x(self.edges), y(self.heights), float(y(0.0))
        for left, right, top in zip(edges[:-1], edges[1:], tops, strict=True):
            size = area(max(right - left - 0.6, 0.6), max(floor - top, 0))
            yield f'<rect {look(self.series, "bar")} x="{pixels(left)}" y="{pixels(top)}" {size}/>'

    def chip(self) -> str:
        return f"<rect {look(self.series, 'bar')} {area(22, 12)}/>"


class Band(NamedTuple):
    """A range of x, over the whole height.

    Attributes:
        low, high: its ends.
        label: in the legend.
    """

    low: float
    high: float
    label: str = ""

    def bounds(self) -> tuple[Any, Any]:
        return [self.low, self.high], []

    def drawn(self, x: Scale, y: Scale) -> Iterator[str]:
        left, right = float(x(self.low)), float(x(self.high))
        top, size = pixels(y.end), area(max(right - left, 2), y.start - y.end)
        yield f'<rect class="band" x="{pixels(left)}" y="{top}" {size}/>'

    def chip(self) -> str:
        return f'<rect class="band" {area(22, 12)}/>'


class Cells(NamedTuple):
    """A table of shaded cells, the first row on top, with a number in each where there is room.

    Attributes:
        values: (rows, columns), from 0 on; a cell's shade is its share of `largest`; NaN has none.
        texts: of the same shape; None for none.
        largest: None for the largest value.
        label: in the legend.
        series: the colour; None for that of data.
    """

    values: Any
    texts: Any = None
    largest: float | None = None
    label: str = ""
    series: int | None = None

    def bounds(self) -> tuple[Any, Any]:
        rows, columns = np.shape(self.values)
        return [-0.5, columns - 0.5], [-0.5, rows - 0.5]

    def drawn(self, x: Scale, y: Scale) -> Iterator[str]:
        values = np.asarray(self.values, float)
        largest = self.largest or float(np.nanmax(values, initial=0)) or 1.0
        rows, columns = values.shape
        across, down = x(np.arange(columns + 1) - 0.5), y(np.arange(rows + 1) - 0.5)
        size = area(abs(across[1] - across[0]), abs(down[1] - down[0]))
        shares = np.minimum(values / largest, 1)
        for i, j in zip(*np.nonzero(shares * DARKEST >= 0.005), strict=True):
            left, top = min(across[j : j + 2]), min(down[i : i + 2])
            yield self._rectangle(shares[i, j], f'x="{pixels(left)}" y="{pixels(top)}" {size}')
        if self.texts is not None:
            for i, j in np.ndindex(rows, columns):
                middle = float(np.mean(across[j : j + 2])), float(np.mean(down[i : i + 2])) + 4
                yield words_at(str(self.texts[i][j]), "in-cell", *middle)

    def _rectangle(self, share: float, place: str) -> str:
        kind = 'class="cell"' if self.series is None else look(self.series, "bar")
        return f'<rect {kind} fill-opacity="{share * DARKEST:.2f}" {place}/>'

    def chip(self) -> str:
        return self._rectangle(1.0, area(22, 12)) if self.label else ""


class Image(NamedTuple):
    """An image.

    Attributes:
        values: (height, width, 3 or 4), from 0 to 1; the first row on top.
        about: what it shows, for those who do not see it.
        extent: left, right, below, above in the units of the axes.
    """

    values: Any
    about: str = ""
    extent: tuple[float, float, float, float] = (0.0, 1.0, 0.0, 1.0)
    label: str = ""

    def bounds(self) -> tuple[Any, Any]:
        return self.extent[:2], self.extent[2:]

    def drawn(self, x: Scale, y: Scale) -> Iterator[str]:
        (left, right), (below, above) = x(self.extent[:2]), y(self.extent[2:])
        yield (
            f'<image class="image" x="{pixels(left)}" y="{pixels(above)}" '
            f'{area(right - left, below - above)} preserveAspectRatio="none" '
            f'href="{data_uri(np.asarray(self.values))}"><title>{escaped(self.about)}</title>'
            f'</image><rect class="outline" x="{pixels(left)}" y="{pixels(above)}" '
            f"{area(right - left, below - above)}/>"
        )

    def chip(self) -> str:
        return ""


class Node(NamedTuple):
    """A box with a line of text, and a smaller one below, on a grid of distance 1.

    Attributes:
        x, y: its middle.
        text, below: what it says.
        kind: "data", "operation", "parameter", "output", "layer" or "rest".
        size: width and height in pixels.
    """

    x: float
    y: float
    text: str
    below: str = ""
    kind: str = "operation"
    size: tuple[float, float] = (62.0, 34.0)
    label: str = ""

    def bounds(self) -> tuple[Any, Any]:
        return [self.x - 0.4, self.x + 0.4], [self.y - 0.2, self.y + 0.2]

    def drawn(self, x: Scale, y: Scale) -> Iterator[str]:
        (width, height), px, py = self.size, float(x(self.x)), float(y(self.y))
        yield f"{moved(px - width / 2, py - height / 2)}"
        yield f'<rect class="{self.kind}" rx="6" {area(width, height)}/>'
        lift = 1.0 if self.below else 4.0
        yield words_at(self.text, "in-node", width / 2, height / 2 + lift - 1)
        if self.below:
            yield words_at(self.below, "below", width / 2, height / 2 + 13)
        yield "</g>"

    def chip(self) -> str:
        return ""


class Link(NamedTuple):
    """An arrow through points.

    Attributes:
        x, y: the points.
        text: beside its middle.
        series: its colour.
    """

    x: Any
    y: Any
    text: str = ""
    series: int | None = None
    label: str = ""

    def bounds(self) -> tuple[Any, Any]:
        return self.x, self.y

    def drawn(self, x: Scale, y: Scale) -> Iterator[str]:
        xs, ys = x(self.x), y(self.y)
        path = "L".join(pair(px, py) for px, py in zip(xs, ys, strict=True))
        yield f'<path {look(self.series, "line")} marker-end="url(#{NAME}-head)" d="M{path}"/>'
        if self.text:
            middle = len(xs) // 2
            at = (xs[middle - 1] + xs[middle]) / 2, (ys[middle - 1] + ys[middle]) / 2 - 6
            yield words_at(self.text, "below", *map(float, at))

    def chip(self) -> str:
        return ""


class Spans(NamedTuple):
    """Boxes along x, on levels from the top: flames that hang. One too narrow for its name has it,
    with all that is said of it, as a tooltip alone.

    Attributes:
        parts: (left, right, level, name, what it says, series) of each.
    """

    parts: Any
    label: str = ""

    def bounds(self) -> tuple[Any, Any]:
        levels = [part[2] for part in self.parts]
        ends = [x for part in self.parts for x in part[:2]]
        return ends, [min(levels), max(levels) + 1]

    def drawn(self, x: Scale, y: Scale) -> Iterator[str]:
        for left, right, level, name, about, series in self.parts:
            (start, end), (top, bottom) = x([left, right]), y([level, level + 1])
            place = f'x="{pixels(start)}" y="{pixels(top)}"'
            size = area(max(end - start - 1, 0.5), bottom - top - 1)
            yield f"<g><title>{escaped(about)}</title>"
            yield f'<rect {look(series, "bar")} fill-opacity="0.4" {place} {size}/>'
            if text_width(name, "muted") + 6 < end - start:
                yield words_at(name, "in-cell", (start + end) / 2, (top + bottom) / 2 + 4)
            yield "</g>"

    def chip(self) -> str:
        return ""


class Walk(NamedTuple):
    """A path that is walked, one step after the other: a point moves along a line. Where motion is
    not wanted, or the format has none, the whole path and its end are there.

    Attributes:
        x, y: the places.
        label: in the legend.
        series: colour and shape.
        seconds: of the whole walk.
    """

    x: Any
    y: Any
    label: str = ""
    series: int | None = 0
    seconds: float = 8.0

    def bounds(self) -> tuple[Any, Any]:
        return self.x, self.y

    def drawn(self, x: Scale, y: Scale) -> Iterator[str]:
        xs, ys = x(self.x), y(self.y)
        there = np.isfinite(xs) & np.isfinite(ys)
        xs, ys = xs[there], ys[there]
        path = "L".join(pair(px, py) for px, py in zip(xs, ys, strict=True))
        yield f'<path {look(self.series, "line")} d="M{path}"/>'
        yield f'<g class="still">{"".join(_shapes(self.series, False, xs[-1:], ys[-1:]))}</g>'
        places = ";".join(f"{pixels(px)},{pixels(py)}" for px, py in zip(xs, ys, strict=True))
        yield (
            f'<g class="moving"><path {look(self.series, "point")} '
            f'd="{_form(self.series, SHAPES)}">'
            f'<animateMotion dur="{self.seconds:g}s" repeatCount="indefinite" '
            f'calcMode="linear" values="{places}"/></path></g>'
        )

    def chip(self) -> str:
        return Line((), (), "", self.series, False, points=True).chip()
