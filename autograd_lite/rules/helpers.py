"""What several rules share."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_lite.primitives import cast, spread

__all__ = ["axes_of", "count", "inverse", "keep", "masked", "spread_back"]


def inverse(x: Any) -> Any:
    """1 / x; a Python zero gives infinity, as in NumPy, and not an exception."""
    return math.inf if isinstance(x, (int, float)) and x == 0 else 1 / x


def axes_of(x: Any, axis: Any) -> tuple[int, ...]:
    """The reduced axes, counted from the left."""
    ndim = np.ndim(x)
    if axis is None:
        return tuple(range(ndim))
    given = (axis,) if np.ndim(axis) == 0 else axis
    return tuple(int(a) % ndim for a in given)


def keep(g: Any, x: Any, axis: Any) -> Any:
    """A reduced array with its reduced axes back, of length 1."""
    reduced = axes_of(x, axis)
    return np.reshape(g, tuple(1 if i in reduced else n for i, n in enumerate(np.shape(x))))


def spread_back(g: Any, x: Any, axis: Any) -> Any:
    """A reduced array repeated along its reduced axes, to x's shape."""
    shape = np.shape(x)
    return spread(keep(g, x, axis) if np.ndim(g) else g, shape=shape)


def count(x: Any, axis: Any, where: Any = True) -> Any:
    """How many elements go into each result: an int, or an array where `where` says so."""
    if where is True:
        shape = np.shape(x)
        return math.prod(shape[a] for a in axes_of(x, axis))
    mask = np.broadcast_to(where, np.shape(x))
    return cast(np.sum(mask, axis=axis, keepdims=True), x.dtype)


def masked(value: Any, where: Any) -> Any:
    """`value` where the reduction looked, 0 elsewhere."""
    return value if where is True else np.where(where, value, 0)
