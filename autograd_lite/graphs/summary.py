"""Summaries of arrays for pictures: a few statistics, and a sample of the values."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

MOST_ROWS = 8
MOST_COLUMNS = 6

Number = float | int | bool


class Statistics(NamedTuple):
    """Statistics of the finite elements of an array; None where it has no finite element.

    Attributes:
        minimum: the smallest.
        maximum: the largest.
        mean: their mean.
        mean_absolute: the mean of their absolute values.
        nonfinite: the share of all elements that is NaN or infinite, from 0 to 1.
        zeros: the share of all elements that is exactly zero, from 0 to 1.
    """

    minimum: float | None
    maximum: float | None
    mean: float | None
    mean_absolute: float | None
    nonfinite: float
    zeros: float


class Sample(NamedTuple):
    """Values of an array seen as a matrix: its last axis runs along the columns.

    Attributes:
        values: the rows that were taken, at most 8 of at most 6 values.
        rows: which rows those are, counted over all axes but the last.
        columns: which columns.
        complete: whether that is the whole array.
    """

    values: tuple[tuple[Number, ...], ...]
    rows: tuple[int, ...]
    columns: tuple[int, ...]
    complete: bool


class Summary(NamedTuple):
    """The statistics and sample that are kept of a displayed array.

    Attributes:
        shape: the lengths of the axes.
        statistics: of all its values.
        sample: some of its values; None where samples are not taken.
    """

    shape: tuple[int, ...]
    statistics: Statistics
    sample: Sample | None


def summary(x: Any, sampled: bool) -> Summary:
    """The summary of an array; a single number is its own sample even if not `sampled`."""
    taken = sample(x) if sampled or x.size == 1 else None
    return Summary(tuple(x.shape), statistics(x), taken)


def statistics(x: Any) -> Statistics:
    """The statistics of an array of numbers, in float64; no copy of it unless it holds integers.

    Example:
        >>> statistics(np.array([-1.0, 0.0, 4.0, np.nan]))
        Statistics(minimum=-1.0, maximum=4.0, mean=1.0, mean_absolute=1.6666666666666667,
                   nonfinite=0.25, zeros=0.25)
    """
    if x.size == 0:
        return Statistics(None, None, None, None, 0.0, 0.0)
    if x.size == 1:
        return _of_one(float(x.item()))
    if x.dtype.kind != "f":
        x = x.astype(np.float64)
    low = float(np.minimum.reduce(x, axis=None))
    high = float(np.maximum.reduce(x, axis=None))
    zeros = (x.size - int(np.count_nonzero(x))) / x.size
    nonfinite = 0.0
    if not (math.isfinite(low) and math.isfinite(high)):  # NaN passes through min and max
        finite = x[np.isfinite(x)]
        nonfinite = (x.size - finite.size) / x.size
        if finite.size == 0:
            return Statistics(None, None, None, None, nonfinite, zeros)
        x, low, high = finite, float(finite.min()), float(finite.max())
    largest = max(-low, high)
    if largest > 1e290:  # the sum could overflow
        mean, absolute = (largest * m for m in _means(x / largest))
    else:
        mean, absolute = _means(x)
    return Statistics(low, high, mean, absolute, nonfinite, zeros)


def _of_one(value: float) -> Statistics:
    if not math.isfinite(value):
        return Statistics(None, None, None, None, 1.0, 0.0)
    return Statistics(value, value, value, abs(value), 0.0, float(value == 0))


def _means(x: Any) -> tuple[float, float]:
    """The mean and the mean absolute value."""
    total = np.add.reduce(x, axis=None, dtype=np.float64)
    absolute = np.add.reduce(np.absolute(x), axis=None, dtype=np.float64)
    return float(total) / x.size, float(absolute) / x.size


def sample(x: Any) -> Sample:
    """At most 8 rows of 6 values, evenly spread over an array, first and last included.

    Example:
        >>> sample(np.arange(20.0).reshape(2, 10))
        Sample(values=((0.0, 1.0, 3.0, 5.0, 7.0, 9.0), (10.0, 11.0, 13.0, 15.0, 17.0, 19.0)),
               rows=(0, 1), columns=(0, 1, 3, 5, 7, 9), complete=False)
    """
    if x.ndim == 0:
        return Sample(((x.item(),),), (0,), (0,), True)
    if x.size == 0:
        return Sample((), (), (), True)
    *leading, width = x.shape
    height = math.prod(leading)
    rows, columns = _spread(height, MOST_ROWS), _spread(width, MOST_COLUMNS)
    complete = len(rows) == height and len(columns) == width
    if complete:
        taken = x.reshape(height, width)
    elif x.ndim == 1:
        taken = x[None, list(columns)]
    else:
        # Not by way of reshape, which would copy an array that is not contiguous.
        chosen = np.unravel_index(np.array(rows), tuple(leading))
        taken = x[chosen][:, list(columns)]
    return Sample(tuple(map(tuple, taken.tolist())), rows, columns, complete)


@lru_cache(maxsize=256)
def _spread(count: int, most: int) -> tuple[int, ...]:
    """At most `most` of the indices below `count`, evenly spread, the first and last included."""
    if count <= most:
        return tuple(range(count))
    return tuple(i * (count - 1) // (most - 1) for i in range(most))
