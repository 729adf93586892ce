"""A box as a card: what stands where on it, and how large it is, in no particular format."""

from __future__ import annotations

import functools
import unicodedata
from typing import NamedTuple

from autograd_lite.visualize.heat import Heatmap
from autograd_lite.visualize.picture import Box

# None below 11 pixels, which is what can be read without effort.
FONT_SIZES = {"title": 13.0, "muted": 11.0, "gradient": 11.0, "caption": 11.0, "number": 11.0}
BOLD = 1.13  # bold letters are so much wider

PADDING_X = 13.0
PADDING_Y = 8.0
CYLINDER_LID = 5.0
LINE_HEIGHT = 1.34
CELL = 8.0  # of a heatmap
NUMBER_CELL = (38.0, 18.0)
GRID_GAP = 12.0
# Widths in shares of the font's size: those of DejaVu Sans, the widest font that one meets.
WIDTHS = {
    letter: width
    for letters, width in (
        ("'IJijl ,./:;\\|", 0.35),
        ("!()-[]ft·", 0.41),
        ("₀₁₂₃₄₅₆₇₈₉⁰¹²³⁴⁵⁶⁷⁸⁹⁻ᵢⱼ", 0.45),
        ('"*_`?rcsz', 0.55),
        ("FLkvxyαθ", 0.62),
        ("$0123456789EPSTYabdeghnopqu{}", 0.65),
        ("ABCKRVXZNU", 0.75),
        ("&DGHOQ#+<=>^w~×−", 0.85),
        ("M%@Wm…", 1.0),
    )
    for letter in letters
}
OTHER_WIDTH = 0.75
WIDE = 1.15  # Chinese, Japanese, Korean, emoji


class Line(NamedTuple):
    """A line of text, centred on the card.

    Attributes:
        text: what it says.
        role: how it looks, a key of FONT_SIZES.
        y: the height of its baseline.
    """

    text: str
    role: str
    y: float


class Grid(NamedTuple):
    """A heatmap on a card.

    Attributes:
        heatmap: the values.
        caption: what they are; it stands above.
        role: how the caption looks.
        x, y: the upper left corner of the cells.
        cell: width and height of a cell.
    """

    heatmap: Heatmap
    caption: str
    role: str
    x: float
    y: float
    cell: tuple[float, float]

    @property
    def width(self) -> float:
        """The width of the cells together."""
        return self.cell[0] * len(self.heatmap.levels[0])

    @property
    def height(self) -> float:
        """The height of the cells together."""
        return self.cell[1] * len(self.heatmap.levels)


class Card(NamedTuple):
    """The content of a box. Positions are relative to its upper left corner."""

    width: float
    height: float
    lines: tuple[Line, ...]
    grids: tuple[Grid, ...]


def text_width(text: str, role: str) -> float:
    """The largest width of a line of text, in whatever font the reader has.

    Example:
        >>> text_width("matmul", "title") > text_width("matmul", "muted") > 0
        True
    """
    width = sum(map(_letter_width, text)) * FONT_SIZES[role]
    return width * BOLD if role == "title" else width


@functools.lru_cache(maxsize=4096)
def _letter_width(letter: str) -> float:
    known = WIDTHS.get(letter)
    if known is not None:
        return known
    return WIDE if unicodedata.east_asian_width(letter) in "WF" else OTHER_WIDTH


def card(box: Box, narrowest: float) -> Card:
    """Lay out the text and the heatmaps of a box, at least so wide."""
    texts = [(box.title, "title")]
    texts.append((f"{box.shape} = {box.value}" if box.value and box.shape else box.shape, "muted"))
    if box.value and not box.shape:
        texts.append((f"= {box.value}", "muted"))
    texts += [(line, "muted") for line in (box.contents, *box.statistics)]
    if box.gradients is None or not box.gradients.numbers:  # else it stands there in full
        texts.append((box.gradient, "gradient"))
    texts.append((box.remark, "muted"))
    lines = []
    y = PADDING_Y + (CYLINDER_LID if box.kind == "parameter" else 0.0)
    for text, role in texts:
        if text:
            y += FONT_SIZES[role] * LINE_HEIGHT
            lines.append(Line(text, role, y - FONT_SIZES[role] * 0.32))
    pairs = [
        (box.values, "value", "caption"),
        (box.gradients, "gradient", "gradient caption"),
    ]
    grids, across, y = _grids([(h, c, r) for h, c, r in pairs if h is not None], y)
    widest = max([across, *(text_width(line.text, line.role) for line in lines)])
    # The corners of an ellipse-like box are no place for text.
    padding = PADDING_X + (5.0 if box.kind in ("input", "constant") else 0.0)
    width = max(widest + 2 * padding, narrowest)
    left = (width - across) / 2
    placed = tuple(grid._replace(x=grid.x + left) for grid in grids)
    return Card(width, y + PADDING_Y, tuple(lines), placed)


def _grids(shown: list[tuple[Heatmap, str, str]], y: float) -> tuple[list[Grid], float, float]:
    """Heatmaps side by side below y: the grids, how wide they are together, where they end."""
    if not shown:
        return [], 0.0, y
    y += 4 + FONT_SIZES["caption"] * LINE_HEIGHT
    grids = []
    x = bottom = 0.0
    for heatmap, caption, role in shown:
        grid = Grid(heatmap, caption, role, x, y, _cell(heatmap))
        # A caption may be wider than what it stands above.
        room = max(grid.width, text_width(caption, "caption"))
        grids.append(grid._replace(x=x + (room - grid.width) / 2))
        x += room + GRID_GAP
        bottom = max(bottom, y + grid.height)
    return grids, x - GRID_GAP, bottom


def _cell(heatmap: Heatmap) -> tuple[float, float]:
    if not heatmap.numbers:
        return CELL, CELL
    texts = [text for row in heatmap.numbers for text in row]
    widest = max(text_width(text, "number") for text in texts)
    return max(NUMBER_CELL[0], widest + 8), NUMBER_CELL[1]
