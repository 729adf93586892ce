"""Rules of selecting and ordering. Indexing itself is `primitives.take` and `put`."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite.primitives import cast, take
from autograd_lite.rules.helpers import axis_of
from autograd_lite.table import composite, gradient, nondifferentiable, plain
from autograd_lite.tensor import Tensor


@composite(np.take)
def _take(a: Any, indices: Any, axis: int | None = None) -> Any:
    if axis is None:
        return take(np.ravel(a), (_integers(indices),))
    return take(a, (slice(None),) * axis_of(a, axis) + (_integers(indices),))


def _integers(indices: Any) -> Any:
    """Indices as integers: to `np.take`, True is 1 and not a mask."""
    if not isinstance(indices, Tensor):
        indices = np.asarray(indices)
    empty = indices.size == 0 and indices.dtype.kind == "f"  # what an empty list becomes
    return cast(indices, dtype=np.intp) if indices.dtype.kind == "b" or empty else indices


@composite(np.compress)
def _compress(condition: Any, a: Any, axis: int | None = None) -> Any:
    (positions,) = np.nonzero(np.asarray(condition))
    return _take(a, positions, axis)


@composite(np.extract)
def _extract(condition: Any, arr: Any) -> Any:
    return _compress(np.ravel(condition), np.ravel(arr))


@composite(np.take_along_axis)
def _take_along_axis(arr: Any, indices: Any, axis: int | None = -1) -> Any:
    """Index every other axis by its own positions."""
    if axis is None:
        return take(np.ravel(arr), (indices,))
    ndim = np.ndim(arr)
    if np.ndim(indices) != ndim:
        raise ValueError("`indices` and `arr` must have the same number of dimensions")
    grid = np.ogrid[tuple(slice(0, n) for n in np.shape(arr))]
    index = [np.asarray(line) for line in grid]
    index[axis] = indices
    return take(arr, tuple(index))


def _sort_rule(
    g: Any, y: Any, x: Any, axis: int | None = -1, kind: Any = None, stable: Any = None
) -> Any:
    """Each element receives the gradient of the place it was sorted to."""
    order = np.argsort(x, axis=axis, kind="stable")
    places = np.argsort(order, axis=axis, kind="stable")
    return np.reshape(np.take_along_axis(g, places, axis=0 if axis is None else axis), np.shape(x))


gradient(np.sort, _sort_rule, maths=(r"\operatorname{sort}(x)", r"\operatorname{unsort}(\bar{y})"))


@composite(np.partition)
def _partition(a: Any, kth: Any, axis: int | None = -1) -> Any:
    """By NumPy's own partition of the positions."""
    order = np.argpartition(a, kth, axis=axis)
    return np.take_along_axis(
        np.ravel(a) if axis is None else a, order, axis=0 if axis is None else axis
    )


nondifferentiable(np.argsort, 1, "axis kind stable")
nondifferentiable(np.argpartition, 1, "kth axis")
nondifferentiable(np.searchsorted, 2, "side")
nondifferentiable(np.digitize, 2, "right")
plain(np.nonzero, np.flatnonzero, np.argwhere)
