"""`Chart`: panels on one page, as SVG, with the numbers that they show."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from autograd_lite.formats import Displayed, save
from autograd_lite.visualize.card import FONT_SIZES, text_width
from autograd_lite.visualize.markup import (
    FONTS,
    NAME,
    area,
    document,
    moved,
    pixels,
    words_at,
)
from autograd_lite.visualize.panel import Panel
from autograd_lite.visualize.style import LIGHT, Palette, Theme

MARGIN, BETWEEN = 14.0, 18.0
HEADING = 26.0
WIDEST = 980.0  # pixels, beyond which panels go into the next row


class Chart(Displayed):
    """A picture of numbers. It shows itself in a notebook, and `print` says what it shows.

    Args:
        title: what is drawn.
        panels: side by side, in as many rows as needed.
        description: the same in words, for those who do not see it.
        numbers: what is drawn, by name.
        columns: the number of panels in a row; None for as many as fit.
        theme: "light", "dark", or "auto" for what the reader's system prefers.

    Attributes:
        title, description, numbers: as given.

    Example:
        >>> from autograd_lite.visualize.axis import Axis
        >>> from autograd_lite.visualize.marks import Line
        >>> panel = Panel("", [Line([0, 1], [2, 3])], Axis("x"), Axis("y"))
        >>> Chart("A line", [panel], "It rises from 2 to 3.", {"y": [2, 3]})
        A line
        It rises from 2 to 3.
    """

    def __init__(
        self,
        title: str,
        panels: Sequence[Panel],
        description: str,
        numbers: Mapping[str, Any],
        *,
        columns: int | None = None,
        theme: Theme = "auto",
    ) -> None:
        self.title = title
        self.description = description
        self.numbers = dict(numbers)
        self._panels = panels
        self._columns = columns
        self._theme = theme

    @functools.cached_property
    def svg(self) -> str:
        """The picture as an SVG document."""
        parts = [words_at(self.title, "heading left", MARGIN, MARGIN + 13)]
        y, widest = MARGIN + HEADING, 0.0
        for row in _rows([panel.placed() for panel in self._panels], self._columns):
            x = MARGIN
            for body, width, _ in row:
                parts.append(f"{moved(x, y)}{body}</g>")
                x += width + BETWEEN
            widest = max(widest, x - BETWEEN)
            y += max(height for _, _, height in row) + BETWEEN
        width = max(widest, text_width(self.title, "title") + 2 * MARGIN) + MARGIN
        size = (width, y - BETWEEN + MARGIN)
        body = f'<rect class="background" {area(*size)}/>{"".join(parts)}'
        about = self.title, self.description
        return document(body, size, about, _shapes(), _colours, self._theme, _HEAD)

    @functools.cached_property
    def text(self) -> str:
        """The title and the description."""
        return f"{self.title}\n{self.description}"

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the picture to a file: ``.svg``, ``.png`` or ``.txt``.

        Raises:
            ValueError: for another suffix.
            OSError: if the file cannot be written.
            ImportError: for a PNG, if what draws it is not installed.
        """
        save(path, {".svg": lambda: self.svg, ".png": self._png, ".txt": lambda: f"{self.text}\n"},
             "a chart")  # fmt: skip

    def _png(self) -> bytes:
        from autograd_lite.visualize.render import png

        return png(self.svg)

    def __repr__(self) -> str:
        return self.text

    def _displayed(self) -> dict[str, str]:
        """Return what a notebook shows: the picture as an image, which survives in a notebook that
        is not trusted, and its description.
        """
        from autograd_lite.visualize.notebook import image

        return {"text/plain": self.text, "text/html": image(self.svg, self.text)}


def _rows(placed: Sequence[Any], columns: int | None) -> Iterator[list[Any]]:
    row: list[Any] = []
    used = 0.0
    for each in placed:
        full = len(row) == columns if columns else used + each[1] > WIDEST
        if row and full:
            yield row
            row, used = [], 0.0
        row.append(each)
        used += each[1] + BETWEEN
    if row:
        yield row


_HEAD = (
    f'<marker id="{NAME}-head" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="8" '
    'markerHeight="8" markerUnits="userSpaceOnUse" orient="auto">'
    '<path class="head" d="M0 .6L8 4L0 7.4L2 4z"/></marker>'
)


def _shapes() -> Iterator[tuple[str, str]]:
    """The rules that are the same in every theme."""
    yield "text", f"font-family:{FONTS};font-size:11px;text-anchor:middle"
    yield ".heading", "font-size:15px;font-weight:600"
    yield ".title", f"font-size:{pixels(FONT_SIZES['title'])}px;font-weight:600"
    yield ".in-node", "font-size:12px"
    yield ".left", "text-anchor:start"
    yield ".right", "text-anchor:end"
    yield ".line", "fill:none;stroke-width:2px;stroke-linejoin:round"
    yield ".muted-line", "stroke-width:1.4px"
    yield ".frame", "fill:none;stroke-width:1px"
    yield ".rule", "fill:none;stroke-width:.6px;stroke-opacity:.7"
    yield ".point", "stroke-width:.8px"
    yield ".hollow", "stroke-width:1.6px"
    yield ".cell", "shape-rendering:crispEdges"
    yield ".image", "image-rendering:pixelated"
    yield ".outline", "fill:none;stroke-width:.6px"
    yield ".moving", "visibility:hidden"
    for rule in (".moving{visibility:visible}", ".still{visibility:hidden}"):
        yield "@media (prefers-reduced-motion:no-preference)", rule
    # Images have the light theme's colours, and so has what stands on them.
    yield from ((f".on-image {selector}", rule) for selector, rule in _series(LIGHT))
    yield from (
        (f".{kind}", "stroke-width:1.3px")
        for kind in ("data", "parameter", "operation", "output", "layer")
    )


def _colours(palette: Palette) -> Iterator[tuple[str, str]]:
    yield ".background", f"fill:{palette.background}"
    yield "text", f"fill:{palette.muted}"
    yield ".heading,.title,.in-cell,.in-node", f"fill:{palette.text}"
    yield ".frame", f"stroke:{palette.muted}"
    yield ".outline", f"stroke:{palette.border}"
    yield ".rule", f"stroke:{palette.border}"
    yield ".muted-line", f"stroke:{palette.muted}"
    yield ".head", f"fill:{palette.muted}"
    yield ".band", f"fill:{palette.looks['output'].fill}"
    yield ".cell", f"fill:{palette.looks['data'].line}"
    yield ".muted-bar,.muted-point", f"fill:{palette.muted}"
    for look, (fill, line) in palette.looks.items():
        yield f".{look}", f"fill:{fill};stroke:{line}"
    yield from _series(palette)


def _series(palette: Palette) -> Iterator[tuple[str, str]]:
    for i, colour in enumerate(palette.series):
        yield f".line{i}", f"stroke:{colour}"
        yield f".bar{i}", f"fill:{colour}"
        yield f".point{i}", f"fill:{colour};stroke:{palette.background}"
        yield f".hollow{i}", f"fill:{palette.background};stroke:{colour}"
