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
    if axis is None:
        return tuple(range(x.ndim))
    given = (axis,) if np.ndim(axis) == 0 else axis
    return tuple(int(a) % x.ndim for a in given)


def keep(g: Any, x: Any, axis: Any) -> Any:
    """A reduced array that broadcasts against x: its reduced axes are back, with length 1."""
    if axis is None and g.ndim == 0:
        return g
    reduced = axes_of(x, axis)
    return np.reshape(g, tuple(1 if i in reduced else n for i, n in enumerate(x.shape)))


def spread_back(g: Any, x: Any, axis: Any) -> Any:
    """A reduced array repeated along its reduced axes, to x's shape."""
    return spread(keep(g, x, axis), shape=x.shape)


def count(x: Any, axis: Any, where: Any = True) -> Any:
    """How many elements go into each result: an int, or an array where `where` says so."""
    if where is not True:
        mask = np.broadcast_to(where, x.shape)
        return cast(np.sum(mask, axis=axis, keepdims=True), x.dtype)
    if axis is None:
        return x.size
    return math.prod(x.shape[a] for a in axes_of(x, axis))


def masked(value: Any, where: Any) -> Any:
    """`value` where the reduction looked, 0 elsewhere."""
    return value if where is True else np.where(where, value, 0)
