"""Linear algebra: `np.linalg`'s own, with Keras's arguments where they differ."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from nn.ops.renamed import renamed

__all__ = [
    "cholesky",
    "cholesky_inverse",
    "det",
    "eig",
    "eigh",
    "inv",
    "logdet",
    "lstsq",
    "matrix_rank",
    "norm",
    "pinv",
    "qr",
    "slogdet",
    "solve",
    "solve_triangular",
    "svd",
]

_of_x = functools.partial(renamed, names="x", module=__name__)
det = _of_x(np.linalg.det)
eig = _of_x(np.linalg.eig)
eigh = _of_x(np.linalg.eigh)
inv = _of_x(np.linalg.inv)
norm = np.linalg.norm
pinv = _of_x(np.linalg.pinv)
qr = _of_x(np.linalg.qr)
slogdet = _of_x(np.linalg.slogdet)
solve = np.linalg.solve
svd = _of_x(np.linalg.svd)
matrix_rank = _of_x(np.linalg.matrix_rank)


def cholesky(x: Any, upper: bool = False) -> Any:
    """Return the triangular L with x = L Lᵀ; with `upper` its transpose."""
    lower = np.linalg.cholesky(x)
    return np.swapaxes(lower, -1, -2) if upper else lower


def cholesky_inverse(x: Any, upper: bool = False) -> Any:
    """Return the inverse of the matrix whose Cholesky factor is x."""
    factor = np.swapaxes(x, -1, -2) if upper else x
    half = np.linalg.inv(factor)
    return np.matmul(np.swapaxes(half, -1, -2), half)


def logdet(x: Any) -> Any:
    """Return the logarithm of the determinant's absolute value."""
    return np.linalg.slogdet(x)[1]


def lstsq(a: Any, b: Any, rcond: Any = None) -> Any:
    """Return the least-squares solution of a x = b."""
    return np.linalg.lstsq(a, b, rcond)[0]


def solve_triangular(a: Any, b: Any, lower: bool = False) -> Any:
    """Return the solution of a x = b, of which only the upper (or lower) triangle of a counts."""
    return np.linalg.solve(np.tril(a) if lower else np.triu(a), b)
