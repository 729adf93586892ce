"""Rules of norms of vectors and matrices."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_lite.primitives import cast, times
from autograd_lite.rules.decompositions import svd
from autograd_lite.rules.helpers import axes_of, floating, keep, safe_inverse
from autograd_lite.table import composite, gradient
from autograd_lite.tensor import primitive


@primitive
def euclidean_norm(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The root of the sum of squares; at 0 the subgradient is 0."""
    return np.sqrt(np.sum(x * x, axis=axis, keepdims=keepdims))


euclidean_norm.__name__ = "norm"


def _norm_rule(g: Any, y: Any, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    length = keep(y, x, axis)
    return times(keep(g, x, axis), x * safe_inverse(length))


gradient(euclidean_norm, _norm_rule, maths=(r"\lVert x \rVert", r"\frac{x}{y}"))


@composite(np.linalg.norm)
def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """Vector norms of any order; matrix norms "fro", "nuc", 1, -1, 2, -2, inf, -inf."""
    x = floating(x)
    if isinstance(ord, (int, float)):
        ord = float(ord)  # a Python number, which leaves float32 as it is
    if axis is not None and np.ndim(axis) and len(axis) > 2:
        raise ValueError("Improper number of dimensions to norm.")
    if axis is None and ord is not None:
        if np.ndim(x) > 2:
            raise ValueError("Improper number of dimensions to norm.")
        axis = tuple(range(np.ndim(x)))
    axes = axes_of(x, axis)
    if ord is None or (len(axes) == 2 and ord == "fro") or (len(axes) == 1 and ord == 2):
        return euclidean_norm(x, axis=axes, keepdims=keepdims)
    if len(axes) == 1:
        return _vector_norm(x, ord, axes[0], keepdims)
    if len(axes) == 2:
        return _matrix_norm(x, ord, axes, keepdims)
    raise ValueError("Improper number of dimensions to norm.")


def _vector_norm(x: Any, ord: Any, axis: int, keepdims: bool) -> Any:
    size = np.abs(x)
    if ord == math.inf:
        return np.max(size, axis=axis, keepdims=keepdims)
    if ord == -math.inf:
        return np.min(size, axis=axis, keepdims=keepdims)
    if ord == 0:
        return cast(np.count_nonzero(x, axis=axis, keepdims=keepdims), x.dtype)
    if isinstance(ord, str):
        raise ValueError(f"Invalid norm order {ord!r} for vectors")
    return np.sum(size**ord, axis=axis, keepdims=keepdims) ** (1 / ord)


def _matrix_norm(x: Any, ord: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
    matrices = np.moveaxis(x, axes, (-2, -1))
    if ord in (1, -1, math.inf, -math.inf):
        sums = np.sum(np.abs(matrices), axis=-2 if abs(ord) == 1 else -1)
        value = np.max(sums, axis=-1) if ord > 0 else np.min(sums, axis=-1)
    elif ord in (2, -2):
        values = svd(matrices)[1]
        value = values[..., 0] if ord == 2 else values[..., -1]
    elif ord == "nuc":
        value = np.sum(svd(matrices)[1], axis=-1)
    else:
        raise ValueError(f"Invalid norm order {ord!r} for matrices")
    return keep(value, x, axes) if keepdims else value


@composite(np.linalg.vector_norm)
def _vector_norm_of_all(x: Any, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    if axis is None or isinstance(axis, tuple):
        if ord == 2:
            return euclidean_norm(floating(x), axis=axis, keepdims=keepdims)
        if axis is not None or keepdims:
            raise TypeError("vector_norm over several axes has ord=2 only")
        x, axis = np.ravel(x), 0
    return _norm(x, ord, axis, keepdims)


@composite(np.linalg.matrix_norm)
def _matrix_norm_of_last(x: Any, *, keepdims: bool = False, ord: Any = "fro") -> Any:
    return _norm(x, ord, (-2, -1), keepdims)
