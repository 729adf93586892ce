"""Values as shades: small arrays as numbers on a tint, larger ones as a heatmap.

Shades are relative to the largest absolute value of the array, and zero has one of its own, in
the middle: a value that is not zero never looks like zero.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from autograd_lite.graphs.labels import number_text
from autograd_lite.graphs.summary import Number, Sample, Statistics

LEVELS = 9
ZERO = LEVELS // 2
NOT_FINITE = -1
MOST_NUMBERS = 3  # rows and columns; beyond, shades alone


class Heatmap(NamedTuple):
    """An array's values, or a sample of them.

    Attributes:
        levels: for each row the shades, from 0 for the most negative to 8 for the most positive
            values; NOT_FINITE for NaN and infinity.
        numbers: for each row the numbers as text, where the array is small; else empty.
        complete: whether these are all values.
    """

    levels: tuple[tuple[int, ...], ...]
    numbers: tuple[tuple[str, ...], ...]
    complete: bool

    @property
    def said(self) -> str:
        """The numbers in a line, for those who do not see them."""
        return "; ".join(", ".join(row) for row in self.numbers)


def heatmap(sample: Sample | None, statistics: Statistics | None) -> Heatmap | None:
    """The heatmap of an array of more than one value; None where there is nothing to show.

    Example:
        >>> import numpy as np
        >>> from autograd_lite.graphs.summary import sample, statistics
        >>> x = np.array([-2.0, 0.0, 0.1, np.nan, 2.0])
        >>> heatmap(sample(x), statistics(x)).levels
        ((0, 4, 5, -1, 8),)
    """
    if sample is None or statistics is None or not sample.rows or not sample.columns:
        return None
    if len(sample.rows) == len(sample.columns) == 1:
        return None  # one number is shown as text
    largest = 0.0
    if statistics.minimum is not None and statistics.maximum is not None:
        largest = max(-statistics.minimum, statistics.maximum)
    small = len(sample.rows) <= MOST_NUMBERS and len(sample.columns) <= MOST_NUMBERS
    numbers: tuple[tuple[str, ...], ...] = ()
    if small and sample.complete:
        numbers = tuple(tuple(map(number_text, row)) for row in sample.values)
    levels = tuple(tuple([_level(x, largest) for x in row]) for row in sample.values)
    return Heatmap(levels, numbers, sample.complete)


def _level(x: Number, largest: float) -> int:
    if x == 0:
        return ZERO
    if not math.isfinite(x):
        return NOT_FINITE
    step = min(math.ceil(abs(x) / largest * ZERO) or 1, ZERO)
    return ZERO + step if x > 0 else ZERO - step


def softened(levels: tuple[tuple[int, ...], ...]) -> tuple[tuple[int, ...], ...]:
    """The paler half of the shades, on which numbers can be read."""
    return tuple(tuple(map(_softer, row)) for row in levels)


def _softer(level: int) -> int:
    if level == NOT_FINITE:
        return level
    from_zero = level - ZERO
    half = (abs(from_zero) + 1) // 2
    return ZERO + half if from_zero > 0 else ZERO - half
