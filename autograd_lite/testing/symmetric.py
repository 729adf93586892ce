"""Symmetric matrices of which a function reads one triangle, as eigvalsh and cholesky do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_lite.tensor import Tensor

Array = np.ndarray[Any, Any]
Evaluate = Callable[[], Sequence[Array]]

ONE_TRIANGLE = (
    "f reads one triangle of a symmetric matrix, so the gradient is for symmetric changes, and was "
    "compared with those"
)


def reads_a_triangle(evaluate: Evaluate, x: Tensor, gradient: Array) -> bool:
    """Return whether x holds symmetric matrices with a symmetric gradient, and f does not depend
    on their upper triangles, or on their lower ones.
    """
    matrix, slope = x.data, np.reshape(gradient, x.shape)
    if matrix.ndim < 2 or not 1 < matrix.shape[-1] == matrix.shape[-2]:
        return False
    if not np.array_equal(matrix, _turned(matrix)) or not np.allclose(slope, _turned(slope)):
        return False
    if not (slope * (1 - np.eye(matrix.shape[-1]))).any():
        return False
    with np.errstate(all="ignore"):
        before = evaluate()
        for triangle in (np.triu, np.tril):
            other = _at(x, matrix + triangle(1 + np.abs(matrix), 1 if triangle is np.triu else -1))
            try:
                with other:
                    after = evaluate()
            except (ArithmeticError, TypeError, ValueError):  # f of the whole has no value here
                continue
            if all(np.array_equal(a, b) for a, b in zip(before, after, strict=True)):
                return True
    return False


def symmetrized(evaluate: Evaluate, x: Tensor) -> Evaluate:
    """`evaluate` at the symmetric part of what x holds."""

    def at_symmetric_part() -> Sequence[Array]:
        with _at(x, 0.5 * (x.data + _turned(x.data))):
            return evaluate()

    return at_symmetric_part


class _at:  # noqa: N801 - reads like a statement
    """x with other values, for the length of a ``with`` block."""

    def __init__(self, x: Tensor, values: Array) -> None:
        self._x, self._values = x, values

    def __enter__(self) -> None:
        self._kept, self._x.data = self._x.data, self._values

    def __exit__(self, *exception: object) -> None:
        self._x.data = self._kept


def _turned(matrix: Array) -> Array:
    return np.swapaxes(matrix, -2, -1)
