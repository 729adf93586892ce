"""Helpers that a source may need besides NumPy. Their text becomes part of it.

They say in place, with ``out=``, what the primitives of the same name say functionally.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_lite import primitives
from autograd_lite.rules import shaping

__all__ = ["INTO", "WHOLE", "below_infinity", "mend"]


def below_infinity(x, highest, below):  # type: ignore[no-untyped-def]
    """Where the maximum is infinite, x minus it in the limit: 0 where x equals it, else -inf."""
    limit = np.where(x == highest, 0.0, -np.inf).astype(x.dtype)
    np.copyto(below, limit, where=np.isinf(highest))


def put(values, *arrays, index, shape, out):  # type: ignore[no-untyped-def]
    """Zeros, with values added at an index."""
    rest = iter(arrays)
    whole = tuple(next(rest) if isinstance(part, str) else part for part in index)
    out[...] = 0
    if all(a.dtype == bool for a in arrays):
        out[whole] = values
    else:
        np.add.at(out, whole, values)


def mend(g, derivative, product):  # type: ignore[no-untyped-def]
    """In a product with NaN: an exact zero wins over infinity and NaN."""
    zero = (g == 0) | (derivative == 0)
    np.copyto(product, 0, where=np.isnan(product) & zero)


def pad(x, width, value=0):  # type: ignore[no-untyped-def]
    """x with a margin."""
    return np.pad(x, width, constant_values=value)


def crop(x, width):  # type: ignore[no-untyped-def]
    """x without a margin."""
    return x[tuple(slice(a, n - b) for (a, b), n in zip(width, x.shape))]  # noqa: B905


def rows_within(rows, count):  # type: ignore[no-untyped-def]
    """rows, if all of them are numbers from 0 up to count; NumPy would take -1 for the last."""
    if rows.size and int(np.maximum.reduce(rows.view(np.uintp), axis=None)) >= count:
        wrong = rows[(rows < 0) | (rows >= count)]
        raise IndexError(f"{int(wrong[0])} is not one of the numbers 0 to {count - 1}")
    return rows


INTO: dict[Any, Callable[..., Any]] = {
    primitives.place: put,
}
WHOLE: dict[Any, Callable[..., Any]] = {
    shaping.pad: pad,
    shaping.crop: crop,
    primitives.rows_within: rows_within,
}
