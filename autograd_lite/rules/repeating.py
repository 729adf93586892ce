"""Rules of operations that repeat elements."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite.table import composite, gradient

# The engine sums the gradient over whatever was repeated by broadcasting.
gradient(np.broadcast_to, lambda g, y, x, *, shape: g, maths=(r"\operatorname{broadcast}(x)", "1"))


@composite(np.broadcast_arrays)
def _broadcast_arrays(*args: Any) -> tuple[Any, ...]:
    shape = np.broadcast_shapes(*map(np.shape, args))
    return tuple(np.broadcast_to(x, shape) for x in args)


@composite(np.tile)
def _tile(A: Any, reps: Any) -> Any:
    times = (reps,) if isinstance(reps, (int, np.integer)) else tuple(reps)
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
    x = np.ravel(a) if axis is None else a
    along = axis or 0
    return np.take(x, np.repeat(np.arange(x.shape[along]), repeats), axis=along)


@composite(np.meshgrid)
def _meshgrid(*xi: Any, indexing: str = "xy", sparse: bool = False) -> tuple[Any, ...]:
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
