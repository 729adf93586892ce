"""Rules of norms of vectors and matrices."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from autograd_lite.primitives import cast, multiply_no_nan
from autograd_lite.recording import primitive
from autograd_lite.rules.decompositions import svd
from autograd_lite.rules.helpers import as_array, axis_of, floating, keep, quotient, rescaling
from autograd_lite.table import composite, gradient


@primitive(inlinable=True)
def euclidean_norm(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The root of the sum of squares; at 0 the subgradient is 0."""
    return np.sqrt(np.sum(x * x, axis=axis, keepdims=keepdims))


euclidean_norm.__name__ = "norm"


def _norm_rule(g: Any, y: Any, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """By inputs that are scaled: the squares of very small and very large ones, and with them the
    output, are 0 and infinite.
    """
    scaled = x * rescaling(np.max(np.abs(x), axis=axis, keepdims=True, initial=0), 0.0)
    length = np.sqrt(np.sum(scaled * scaled, axis=axis, keepdims=True))
    return multiply_no_nan(keep(g, x, axis), quotient(scaled, length))


gradient(euclidean_norm, _norm_rule, maths=(r"\lVert x \rVert", r"\frac{x}{y}"))


@composite(np.linalg.norm)
def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """Vector norms of any order; matrix norms "fro", "nuc", 1, -1, 2, -2, inf, -inf."""
    x = floating(as_array(x))
    if isinstance(ord, (int, float, np.number)):
        ord = float(ord)  # a Python number, which leaves float32 as it is
    if axis is None and ord is None:
        return euclidean_norm(x, keepdims=keepdims)
    axes = tuple(range(x.ndim)) if axis is None else _axes_of_norm(x, axis)
    if len(axes) == 1:
        return _vector_norm(x, ord, axes[0], keepdims)
    if len(axes) == 2:
        return _matrix_norm(x, ord, axes, keepdims)
    raise ValueError("Improper number of dimensions to norm.")


def _axes_of_norm(x: Any, axis: Any) -> tuple[int, ...]:
    if not isinstance(axis, tuple):
        try:
            axis = (int(axis),)
        except (TypeError, ValueError) as error:
            raise TypeError("'axis' must be None, an integer or a tuple of integers") from error
    axes = tuple(axis_of(x, a) for a in axis)
    if len(axes) == 2 and axes[0] == axes[1]:
        raise ValueError("Duplicate axes given.")
    return axes


def _vector_norm(x: Any, ord: Any, axis: int, keepdims: bool) -> Any:
    if ord is None or ord == 2:
        return euclidean_norm(x, axis=axis, keepdims=keepdims)
    size = np.abs(x)
    if ord == math.inf:
        return np.max(size, axis=axis, keepdims=keepdims, initial=0)
    if ord == -math.inf:
        return np.min(size, axis=axis, keepdims=keepdims)
    if ord == 0:
        return cast(np.count_nonzero(x, axis=axis, keepdims=keepdims), x.dtype)
    if isinstance(ord, str):
        raise ValueError(f"Invalid norm order {ord!r} for vectors")
    root = np.reciprocal(ord, dtype=x.dtype)  # in x's precision, which may be higher than Python's
    return np.sum(size**ord, axis=axis, keepdims=keepdims) ** root


def _matrix_norm(x: Any, ord: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
    if ord in (None, "fro", "f"):
        return euclidean_norm(x, axis=axes, keepdims=keepdims)
    matrices = np.moveaxis(x, axes, (-2, -1))
    if ord in (1, -1, math.inf, -math.inf):
        parts = np.sum(np.abs(matrices), axis=-2 if abs(ord) == 1 else -1)
    elif ord in (2, -2, "nuc"):
        parts = svd(matrices)[1]
    else:
        raise ValueError(f"Invalid norm order {ord!r} for matrices.")
    if ord == "nuc":
        value = np.sum(parts, axis=-1)
    else:
        value = np.max(parts, axis=-1, initial=0) if ord > 0 else np.min(parts, axis=-1)
    return keep(value, x, axes) if keepdims else value


@composite(np.linalg.vector_norm)
def _vector_norm_of_all(x: Any, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    """The given axes, or all, are one vector."""
    x = as_array(x)
    axes = normalize_axis_tuple(range(x.ndim) if axis is None else axis, x.ndim)
    rest = tuple(i for i in range(x.ndim) if i not in axes)
    length = math.prod(x.shape[i] for i in axes)
    rows = np.reshape(np.transpose(x, axes + rest), (length, *(x.shape[i] for i in rest)))
    value = _norm(rows, ord, 0)
    return keep(value, x, axes) if keepdims else value


@composite(np.linalg.matrix_norm)
def _matrix_norm_of_last(x: Any, *, keepdims: bool = False, ord: Any = "fro") -> Any:
    return _norm(x, ord, (-2, -1), keepdims)
