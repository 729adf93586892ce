"""Rules of triangles and diagonals."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite.primitives import put, take
from autograd_lite.rules.helpers import converted
from autograd_lite.table import composite, gradient

gradient(
    np.tril,
    lambda g, y, x, k=0: np.tril(g, k),
    maths=(r"\operatorname{tril}(x)", r"\operatorname{tril}(\bar{y})"),
)
gradient(
    np.triu,
    lambda g, y, x, k=0: np.triu(g, k),
    maths=(r"\operatorname{triu}(x)", r"\operatorname{triu}(\bar{y})"),
)


@composite(np.diagonal)
def _diagonal(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    if np.ndim(a) < 2:
        raise ValueError("diag requires an array of at least two dimensions")
    square = np.moveaxis(a, (axis1, axis2), (-2, -1))
    rows, columns = square.shape[-2:]
    return take(square, (Ellipsis, *_diagonal_index(rows, columns, offset)))


@composite(np.linalg.diagonal)
def _matrix_diagonal(x: Any, *, offset: int = 0) -> Any:
    return _diagonal(x, offset, -2, -1)


def _diagonal_index(rows: int, columns: int, offset: int) -> tuple[Any, Any]:
    """The positions on a diagonal of a matrix."""
    first_row, first_column = max(-offset, 0), max(offset, 0)
    length = max(min(rows - first_row, columns - first_column), 0)
    steps = np.arange(length)
    return first_row + steps, first_column + steps


@composite(np.diag)
def _diag(v: Any, k: int = 0) -> Any:
    if np.ndim(v) not in (1, 2):
        raise ValueError("Input must be 1- or 2-d.")
    return _diagflat(v, k) if np.ndim(v) == 1 else _diagonal(v, k)


@composite(np.diagflat)
def _diagflat(v: Any, k: int = 0) -> Any:
    values = np.ravel(v)
    n = values.size + abs(k)
    return put(values, _diagonal_index(n, n, k), (n, n))


@composite(np.trace)
def _trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None) -> Any:
    diagonal = _diagonal(a, offset, axis1, axis2)
    if dtype is None:
        return np.sum(diagonal, axis=-1)
    return converted(np.sum(converted(diagonal, dtype), axis=-1), dtype)


@composite(np.linalg.trace)
def _matrix_trace(x: Any, *, offset: int = 0, dtype: Any = None) -> Any:
    return _trace(x, offset, -2, -1, dtype)
