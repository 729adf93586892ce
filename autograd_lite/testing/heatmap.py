"""The picture of a gradient check: a panel for each input, a cell for each entry."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from autograd_lite.testing.comparison import Comparison, position
from autograd_lite.visualize.chart import Chart
from autograd_lite.visualize.marks import Cells, Mark, Points
from autograd_lite.visualize.panel import Panel

Array = np.ndarray[Any, Any]

CELL, SMALLEST_CELL, LARGEST_SIDE = 14, 4, 420  # pixels
WIDEST, HIGHEST = 64, 48  # cells
SMALL, LARGE = 1e-4, 100.0  # excesses of the palest and of the strongest colour


def heatmap(comparisons: Sequence[Comparison], description: str) -> Chart:
    """Draw the errors of gradients: what fits in one colour, what is wrong in another.

    A cell is stronger the larger the gap beside what is allowed; there is none where nothing could
    be compared. A cell of a large input is the worst of several entries.
    """
    panels = [_panel(comparison) for comparison in comparisons]
    numbers = {c.name: c.excess for c in comparisons}
    return Chart("Errors of gradients", panels, description, numbers)


def _panel(c: Comparison) -> Panel:
    columns = c.excess.shape[-1] if c.excess.ndim else 1
    excess = c.excess.reshape(-1, max(columns, 1))
    is_kink = np.zeros(c.excess.shape, bool)
    for index in c.kinks:
        is_kink[index] = True
    block = tuple(
        max(1, math.ceil(n / most)) for n, most in zip(excess.shape, (HIGHEST, WIDEST), strict=True)
    )
    worst, kinks = _worst(excess, block), _worst(is_kink.reshape(excess.shape), block) == 1
    rows, columns = worst.shape
    cell = max(SMALLEST_CELL, min(CELL, LARGEST_SIDE // max(rows, columns, 1)))
    marks = [*_cells(worst, kinks), *_worst_entry(c, excess.shape[1], block)] if worst.size else []
    size = (float(cell * columns), float(cell * max(rows, 1)))
    return Panel(_title(c, block), marks, size=size, rising=False)


def _cells(worst: Array, kinks: Array) -> Iterator[Mark]:
    wrong = (worst > 1) & ~kinks
    place = np.log10(np.clip(worst, SMALL, LARGE) / SMALL) / math.log10(LARGE / SMALL)
    strength = np.where(kinks, 1.0, 0.1 + 0.9 * place)
    kinds = {"fits": (~wrong & ~kinks, 0), "kink": (kinks, 3), "wrong": (wrong, 1)}
    for label, (where, series) in kinds.items():
        shown = np.where(where, strength, np.nan)
        if not np.isnan(shown).all():
            yield Cells(shown, largest=1.0, label=label, series=series)


def _worst_entry(c: Comparison, columns: int, block: tuple[int, ...]) -> Iterator[Mark]:
    if c.index is not None and c.verdict != "ok":
        flat = int(np.ravel_multi_index(c.index, c.excess.shape)) if c.index else 0
        row, column = divmod(flat, columns)
        yield Points([column // block[1]], [row // block[0]], "worst entry", None)


def _worst(values: Array, block: tuple[int, ...]) -> Array:
    """Reduce blocks of entries to one cell each: the largest that is not NaN."""
    short = [-n % size for n, size in zip(values.shape, block, strict=True)]
    padded = np.pad(values.astype(float), [(0, n) for n in short], constant_values=np.nan)
    rows, columns = (n // size for n, size in zip(padded.shape, block, strict=True))
    blocks = padded.reshape(rows, block[0], columns, block[1])
    reduced: Array = np.fmax.reduce(np.fmax.reduce(blocks, axis=3), axis=1)
    return reduced


def _title(c: Comparison, block: tuple[int, ...]) -> str:
    name = c.name if len(c.name) <= 40 else f"{c.name[:39]}…"
    kind = "gradient" if c.order == 1 else "second derivative"
    where = f" at {position(c.index)}" if c.verdict != "ok" else ""
    sampled = f", a cell is {block[0]} × {block[1]} entries" if block != (1, 1) else ""
    return f"{name} {c.excess.shape}, {kind}: {c.verdict}{where}{sampled}"
