"""Rules of products of vectors, matrices and arrays of any rank."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_lite.rules.helpers import as_array, axes_of
from autograd_lite.table import composite, gradient


def mT(x: Any) -> Any:
    """The matrix transpose: the last two axes exchanged."""
    return x.swapaxes(-2, -1)


def _matmul_left(g: Any, y: Any, a: Any, b: Any) -> Any:
    if a.ndim > 1 and b.ndim > 1:
        return g @ b.swapaxes(-2, -1)
    if b.ndim == 1:
        return np.expand_dims(g, -1) * b
    return np.matmul(b, np.expand_dims(g, -1))[..., 0]


def _matmul_right(g: Any, y: Any, a: Any, b: Any) -> Any:
    if a.ndim > 2 and b.ndim == 2:  # one product, instead of one for each matrix and their sum
        rows = math.prod(a.shape[:-1])
        return mT(np.reshape(a, (rows, a.shape[-1]))) @ np.reshape(g, (rows, g.shape[-1]))
    if a.ndim > 1 and b.ndim > 1:
        return a.swapaxes(-2, -1) @ g
    if a.ndim == 1:
        return np.expand_dims(g, -2) * np.expand_dims(a, -1) if b.ndim > 1 else g * a
    return np.matmul(mT(a), np.expand_dims(g, -1))[..., 0]


gradient(
    np.matmul, _matmul_left, _matmul_right, maths=("a b", r"\bar{y} b^\top", r"a^\top \bar{y}")
)


@composite(np.linalg.matmul)
def _matmul(x1: Any, x2: Any) -> Any:
    return np.matmul(x1, x2)


@composite(np.dot)
def _dot(a: Any, b: Any) -> Any:
    a, b = as_array(a), as_array(b)
    if a.ndim == 0 or b.ndim == 0:
        return np.multiply(a, b)
    if b.ndim <= 2:
        return np.matmul(a, b)
    return np.tensordot(a, b, axes=(-1, -2))


@composite(np.vdot)
def _vdot(a: Any, b: Any) -> Any:
    return np.matmul(np.ravel(a), np.ravel(b))


@composite(np.inner)
def _inner(a: Any, b: Any) -> Any:
    a, b = as_array(a), as_array(b)
    if a.ndim == 0 or b.ndim == 0:
        return np.multiply(a, b)
    return np.tensordot(a, b, axes=(-1, -1))


@composite(np.outer)
def _outer(a: Any, b: Any) -> Any:
    return np.reshape(a, (-1, 1)) * np.reshape(b, (1, -1))


@composite(np.linalg.outer)
def _outer_of_vectors(x1: Any, x2: Any) -> Any:
    if np.ndim(x1) != 1 or np.ndim(x2) != 1:
        raise ValueError(
            "Input arrays must be one-dimensional, but they are "
            f"x1.ndim={np.ndim(x1)} and x2.ndim={np.ndim(x2)}."
        )
    return _outer(x1, x2)


@composite(np.tensordot, np.linalg.tensordot)
def _tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    """One matrix product of a's other axes by the contracted ones, with these by b's others."""
    a, b = as_array(a), as_array(b)
    if isinstance(axes, (int, np.integer)):
        left = tuple(range(np.ndim(a) - axes, np.ndim(a)))
        right = tuple(range(axes))
    else:
        left, right = axes_of(a, axes[0]), axes_of(b, axes[1])
    lengths = [np.shape(a)[i] for i in left]
    if lengths != [np.shape(b)[i] for i in right]:
        raise ValueError(
            f"tensordot: contracted axes differ in length, {tuple(lengths)} of a shape "
            f"{np.shape(a)} and {tuple(np.shape(b)[i] for i in right)} of a shape {np.shape(b)}"
        )
    a_kept = [i for i in range(np.ndim(a)) if i not in left]
    b_kept = [i for i in range(np.ndim(b)) if i not in right]
    contracted = math.prod(lengths)
    outer = math.prod(np.shape(a)[i] for i in a_kept), math.prod(np.shape(b)[i] for i in b_kept)
    rows = np.reshape(np.transpose(a, (*a_kept, *left)), (outer[0], contracted))
    columns = np.reshape(np.transpose(b, (*right, *b_kept)), (contracted, outer[1]))
    shape = (*(np.shape(a)[i] for i in a_kept), *(np.shape(b)[i] for i in b_kept))
    return np.reshape(np.matmul(rows, columns), shape)


@composite(np.kron)
def _kron(a: Any, b: Any) -> Any:
    """Every element of a, interleaved axis by axis with every element of b."""
    ndim = max(np.ndim(a), np.ndim(b))
    a_shape = (1,) * (ndim - np.ndim(a)) + np.shape(a)
    b_shape = (1,) * (ndim - np.ndim(b)) + np.shape(b)
    outer = np.reshape(a, tuple(n for length in a_shape for n in (length, 1))) * np.reshape(
        b, tuple(n for length in b_shape for n in (1, length))
    )
    return np.reshape(outer, tuple(m * n for m, n in zip(a_shape, b_shape, strict=True)))


@composite(np.cross)
def _cross(
    a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None
) -> Any:
    """Multiply vectors of three elements; those of two, which NumPy has deprecated, are refused."""
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        raise ValueError("At least one array has zero dimension")
    if axis is not None:
        axisa = axisb = axisc = axis
    u, v = np.moveaxis(as_array(a), axisa, -1), np.moveaxis(as_array(b), axisb, -1)
    if u.shape[-1] != 3 or v.shape[-1] != 3:
        raise ValueError(
            f"cross needs vectors of length 3, got lengths {u.shape[-1]} and {v.shape[-1]}"
        )
    ahead, behind = [1, 2, 0], [2, 0, 1]
    product = u[..., ahead] * v[..., behind] - u[..., behind] * v[..., ahead]
    return np.moveaxis(product, -1, axisc)


@composite(np.linalg.cross)
def _cross_along(x1: Any, x2: Any, *, axis: int = -1) -> Any:
    return np.cross(x1, x2, axis=axis)
