"""Rules of operations that repeat elements."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from autograd_lite.primitives import take
from autograd_lite.rules.helpers import along, as_array, axis_of, read, stand_in
from autograd_lite.table import composite, gradient

# The engine sums the gradient over whatever was repeated by broadcasting.
gradient(np.broadcast_to, lambda g, y, x, *, shape: g, maths=(r"\operatorname{broadcast}(x)", "1"))


@composite(np.broadcast_arrays)
def _broadcast_arrays(*args: Any) -> tuple[Any, ...]:
    shape = np.broadcast_shapes(*map(np.shape, args))
    return tuple(np.broadcast_to(x, shape) for x in args)


@composite(np.tile)
def _tile(A: Any, reps: Any) -> Any:
    times = tuple(operator.index(n) for n in (reps if np.ndim(reps) else (reps,)))
    shape = np.shape(A)
    times = (1,) * (len(shape) - len(times)) + times
    shape = (1,) * (len(times) - len(shape)) + shape
    apart = np.reshape(A, tuple(n for length in shape for n in (1, length)))
    repeated = np.broadcast_to(
        apart, tuple(n for pair in zip(times, shape, strict=True) for n in pair)
    )
    return np.reshape(repeated, tuple(t * n for t, n in zip(times, shape, strict=True)))


@composite(np.repeat)
def _repeat(a: Any, repeats: Any, axis: int | None = None) -> Any:
    x = np.ravel(a) if axis is None or np.ndim(a) == 0 else as_array(a)
    line = 0 if axis is None else axis_of(x, axis)
    return take(x, along(line, np.repeat(np.arange(x.shape[line]), read(repeats))))


@composite(np.resize)
def _resize(a: Any, new_shape: Any) -> Any:
    """The elements in order, over again as often as it takes."""
    x = np.ravel(a)
    places = np.resize(np.arange(x.size), new_shape)
    return take(x, (places,)) if x.size else np.zeros_like(x, shape=places.shape)


@composite(np.meshgrid)
def _meshgrid(
    *xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy"
) -> tuple[Any, ...]:
    """`copy` changes nothing: a Tensor is never a view that could be written through."""
    if indexing not in ("xy", "ij"):
        raise ValueError("Valid values for `indexing` are 'xy' and 'ij'.")
    n = len(xi)
    order = list(range(n))
    if indexing == "xy" and n > 1:
        order[:2] = [1, 0]
    lines = [
        np.reshape(x, tuple(-1 if axis == order[i] else 1 for axis in range(n)))
        for i, x in enumerate(xi)
    ]
    return tuple(lines) if sparse else tuple(np.broadcast_arrays(*lines))


@composite(np.lib.stride_tricks.sliding_window_view)
def _sliding_window_view(
    x: Any, window_shape: Any, axis: Any = None, subok: bool = False, writeable: bool = False
) -> Any:
    if writeable:
        raise TypeError("windows of a Tensor share no memory with it, so writeable=True is refused")
    np.lib.stride_tricks.sliding_window_view(stand_in(x), window_shape, axis=axis)  # its errors
    lengths = tuple(window_shape) if np.ndim(window_shape) else (window_shape,)
    axes = (
        range(np.ndim(x)) if axis is None else normalize_axis_tuple(axis, np.ndim(x), "axis", True)
    )
    for a, length in zip(axes, lengths, strict=True):
        starts = np.arange(np.shape(x)[a] - length + 1)
        windows = np.take(x, starts[:, None] + np.arange(length), axis=a)
        x = np.moveaxis(windows, a + 1, -1)
    return x
