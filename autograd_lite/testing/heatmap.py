"""A gradient report as an SVG: how far each entry's gradient is from what is allowed."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd_lite.testing.comparison import Comparison, position

Array = np.ndarray[Any, Any]

CELL = 14  # pixels; entries of large inputs get less
SMALLEST_CELL = 4
WIDEST, HIGHEST = 64, 48  # cells in a panel; larger inputs show the worst entry of each block
PAGE = 1000  # pixels
MARGIN = 20
HEAD = 42  # pixels over a panel's cells, for its title
CHARACTER = 6.9  # pixels of a title's character, about


class Shade(NamedTuple):
    """One kind of cell: what the legend calls it, its colour on light and on dark pages."""

    meaning: str
    light: str
    dark: str


# In the order of severity; of a block of entries the most severe is shown. Blues of ColorBrewer and
# vermilion of Okabe and Ito, which readers with any colour blindness can tell apart.
SHADES = (
    Shade("not compared", "#e3e3e3", "#3a3a3a"),
    Shade("gap below 0.1 % of allowed", "#eff5fb", "#10273d"),
    Shade("below 1 %", "#c6dbef", "#16436b"),
    Shade("below 10 %", "#7fb3da", "#2270b5"),
    Shade("allowed", "#3182bd", "#63a9dd"),
    Shade("kink", "#f0c000", "#e0b400"),
    Shade("wrong, up to 100 times", "#e8743b", "#e8743b"),
    Shade("wrong, more", "#a8260a", "#ff3b1f"),
)
NOT_COMPARED, KINK = 0, 5
_EDGES = (1e-3, 1e-2, 1e-1, 1.0, 1.0, 1e2)  # of the excess, between the shades from 1 on


def heatmap(comparisons: Sequence[Comparison]) -> str:
    """The comparisons of a report as SVG: a panel for each, and what the colours mean."""
    parts: list[str] = []
    x, y, row_height = MARGIN, MARGIN, 0
    for comparison in comparisons:
        panel = _Panel(comparison)
        if x > MARGIN and x + panel.width > PAGE - MARGIN:
            x, y, row_height = MARGIN, y + row_height + MARGIN, 0
        parts.append(f'<g transform="translate({x} {y})">{panel.svg()}</g>')
        x += panel.width + MARGIN
        row_height = max(row_height, panel.height)
    y += row_height + MARGIN
    legend, height = _legend()
    parts.append(f'<g transform="translate({MARGIN} {y})">{legend}</g>')
    return _page(parts, y + height + MARGIN)


class _Panel:
    """One comparison: two lines of title over cells."""

    def __init__(self, comparison: Comparison) -> None:
        self.comparison = comparison
        codes = _codes(comparison)
        self.block = tuple(
            max(1, math.ceil(n / most))
            for n, most in zip(codes.shape, (HIGHEST, WIDEST), strict=True)
        )
        self.codes = _most_severe(codes, self.block)
        rows, columns = self.codes.shape
        self.cell = max(SMALLEST_CELL, min(CELL, 420 // max(rows, columns, 1)))
        self.titles = self._titles()
        title_width = math.ceil(CHARACTER * max(map(len, self.titles)))
        self.width = max(self.cell * columns, title_width)
        self.height = HEAD + self.cell * max(rows, 1)

    def _titles(self) -> tuple[str, str]:
        c = self.comparison
        shape = c.excess.shape
        name = c.name if len(c.name) <= 40 else f"{c.name[:39]}…"
        kind = "gradient" if c.order == 1 else "second derivative"
        where = f" at {position(c.index)}" if c.verdict != "ok" else ""
        sampled = (
            f", a cell is {self.block[0]} × {self.block[1]} entries" if self.block != (1, 1) else ""
        )
        return f"{name} {shape}", f"{kind}: {c.verdict}{where}{sampled}"

    def svg(self) -> str:
        verdict = "wrong" if not self.comparison.passed else ""
        name, finding = map(_text, self.titles)
        lines = [
            f'<text y="13" class="name">{name}</text>',
            f'<text y="30" class="{verdict}">{finding}</text>',
        ]
        for row, column in np.ndindex(*self.codes.shape):
            left, top = column * self.cell, HEAD + row * self.cell
            code = int(self.codes[row, column])
            lines.append(
                f'<rect class="s{code}" x="{left}" y="{top}" width="{self.cell}" '
                f'height="{self.cell}"/>'
            )
        return "\n".join([*lines, self._mark()])

    def _mark(self) -> str:
        """A frame around the entry that fits worst, if that matters."""
        c = self.comparison
        if c.index is None or c.verdict == "ok":
            return ""
        columns = c.excess.shape[-1] if c.excess.ndim else 1
        flat = int(np.ravel_multi_index(c.index, c.excess.shape)) if c.index else 0
        row, column = divmod(flat, columns)
        left = column // self.block[1] * self.cell
        top = HEAD + row // self.block[0] * self.cell
        return (
            f'<rect class="mark" x="{left - 1}" y="{top - 1}" width="{self.cell + 2}" '
            f'height="{self.cell + 2}"/>'
        )


def _codes(c: Comparison) -> Array:
    """The number of each entry's shade, as a matrix: all axes but the last become rows."""
    excess = c.excess
    with np.errstate(invalid="ignore"):
        codes = 1 + np.searchsorted(_EDGES, excess, side="left")
    codes = np.where(codes == KINK, KINK + 1, codes)  # that shade is given by hand
    codes = np.where(np.isnan(excess), NOT_COMPARED, codes)
    for index in c.kinks:
        codes[index] = KINK
    columns = excess.shape[-1] if excess.ndim else 1
    return codes.reshape(-1, columns) if excess.size else codes.reshape(0, max(columns, 0))


def _most_severe(codes: Array, block: tuple[int, ...]) -> Array:
    """The largest code in each block."""
    short = [-n % size for n, size in zip(codes.shape, block, strict=True)]
    padded = np.pad(codes, [(0, extra) for extra in short])
    rows, columns = (n // size for n, size in zip(padded.shape, block, strict=True))
    blocks: Array = padded.reshape(rows, block[0], columns, block[1])
    return blocks.max(axis=(1, 3)) if codes.size else codes


def _legend() -> tuple[str, int]:
    lines = []
    for i, shade in enumerate(SHADES[1:] + SHADES[:1]):
        code = SHADES.index(shade)
        left, top = i % 4 * 240, i // 4 * 24
        lines.append(f'<rect class="s{code}" x="{left}" y="{top}" width="14" height="14"/>')
        lines.append(f'<text x="{left + 20}" y="{top + 12}">{_text(shade.meaning)}</text>')
    return "\n".join(lines), 48


def _text(words: str) -> str:
    """Words as XML text; characters that XML does not allow become a question mark."""
    allowed = re.sub(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "?", words)
    return html.escape(allowed)


def _page(parts: list[str], height: int) -> str:
    light = "\n".join(f".s{i} {{ fill: {shade.light}; }}" for i, shade in enumerate(SHADES))
    dark = "\n".join(f".s{i} {{ fill: {shade.dark}; }}" for i, shade in enumerate(SHADES))
    body = "\n".join(parts)
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" width="{PAGE}" height="{height}" \
viewBox="0 0 {PAGE} {height}" role="img" aria-label="errors of gradients">
<style>
text {{ font: 12px "DejaVu Sans", Verdana, sans-serif; fill: #1f2933; }}
.name {{ font-weight: bold; }}
.wrong {{ fill: #a8260a; }}
.page {{ fill: #ffffff; }}
rect[class^="s"] {{ stroke: #ffffff; stroke-width: 0.5; }}
.mark {{ fill: none; stroke: #000000; stroke-width: 2; }}
{light}
@media (prefers-color-scheme: dark) {{
text {{ fill: #e4e9ee; }}
.wrong {{ fill: #ff8a66; }}
.page {{ fill: #15191d; }}
rect[class^="s"] {{ stroke: #15191d; }}
.mark {{ stroke: #ffffff; }}
{dark}
}}
</style>
<rect class="page" width="100%" height="100%"/>
{body}
</svg>
"""
