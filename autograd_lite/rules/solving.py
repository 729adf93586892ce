"""Rules of inverses, determinants and systems of equations, on stacks of matrices.

The formulas are those collected in M. Giles, "Collected matrix derivative results for forward and
reverse mode algorithmic differentiation" (2008), unless a rule says otherwise.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_lite.rules.products import mT
from autograd_lite.table import composite, gradient
from autograd_lite.tensor import primitive

gradient(
    np.linalg.inv, lambda g, y, a: -mT(y) @ g @ mT(y), maths=("a^{-1}", r"-y^\top \bar{y} y^\top")
)


def _solve_transposed(a: Any, g: Any, b: Any) -> Any:
    """solve(a', g), where a one-dimensional b made g a stack of vectors, not a matrix."""
    if b.ndim == 1:
        return np.linalg.solve(mT(a), np.expand_dims(g, -1))[..., 0]
    return np.linalg.solve(mT(a), g)


def _solve_left(g: Any, y: Any, a: Any, b: Any) -> Any:
    u = _solve_transposed(a, g, b)
    return -np.expand_dims(u, -1) * np.expand_dims(y, -2) if b.ndim == 1 else -u @ mT(y)


gradient(
    np.linalg.solve,
    _solve_left,
    lambda g, y, a, b: _solve_transposed(a, g, b),
    maths=("a^{-1} b", r"-a^{-\top} \bar{y} y^\top", r"a^{-\top} \bar{y}"),
)


@primitive
def cofactor(a: Any) -> Any:
    """The matrix of cofactors: the gradient of the determinant, also of a singular matrix.

    From the singular value decomposition: det(U) det(V) U diag(product of the others) V'.
    """
    u, s, v = np.linalg.svd(a)
    n = s.shape[-1]
    others = np.prod(np.where(np.eye(n, dtype=bool), 1, s[..., None, :]), axis=-1)
    sign = np.linalg.det(u) * np.linalg.det(v)
    return (sign[..., None, None] * (u * others[..., None, :])) @ v


def _cofactor_rule(g: Any, y: Any, a: Any) -> Any:
    """Of det(a) inv(a)': holds for invertible matrices."""
    inverse_t = mT(np.linalg.inv(a))
    inner = np.sum(g * y, axis=(-2, -1), keepdims=True)
    return inner * inverse_t - y @ mT(g) @ inverse_t


gradient(
    cofactor,
    _cofactor_rule,
    maths=(
        r"\det(a) a^{-\top}",
        r"a^{-\top} \operatorname{tr}(\bar{y}^\top y) - y \bar{y}^\top a^{-\top}",
    ),
)
gradient(
    np.linalg.det,
    lambda g, y, a: g[..., None, None] * cofactor(a),
    maths=(r"\det(a)", r"\bar{y} \operatorname{cof}(a)"),
)
gradient(
    np.linalg.slogdet,
    lambda g, y, a: g[1][..., None, None] * mT(np.linalg.inv(a)),
    maths=(r"(\operatorname{sign} \det a, \log \lvert \det a \rvert)", r"\bar{y}_2 a^{-\top}"),
)


def _pinv_rule(g: Any, y: Any, a: Any) -> Any:
    """G. H. Golub, V. Pereyra, "The differentiation of pseudo-inverses and nonlinear least
    squares problems whose variables separate" (1973); holds where the rank does not change.
    """
    rows, columns = np.eye(a.shape[-2], dtype=a.dtype), np.eye(a.shape[-1], dtype=a.dtype)
    return (
        -mT(y) @ g @ mT(y)
        + (rows - a @ y) @ mT(g) @ y @ mT(y)
        + mT(y) @ y @ mT(g) @ (columns - y @ a)
    )


gradient(
    np.linalg.pinv,
    _pinv_rule,
    maths=(
        "a^+",
        r"-y^\top \bar{y} y^\top + (1 - a y) \bar{y}^\top y y^\top"
        r" + y^\top y \bar{y}^\top (1 - y a)",
    ),
)


@composite(np.linalg.matrix_power)
def _matrix_power(a: Any, n: int) -> Any:
    """By repeated squaring."""
    n = operator.index(n)
    if n < 0:
        return _matrix_power(np.linalg.inv(a), -n)
    if n == 0:
        return np.eye(a.shape[-1], dtype=a.dtype) + np.zeros_like(a)
    square: Any = a
    result: Any = None
    while n:
        if n % 2:
            result = np.copy(square) if result is None else result @ square
        n //= 2
        square = square @ square if n else square
    return result


@composite(np.linalg.multi_dot)
def _multi_dot(arrays: Sequence[Any]) -> Any:
    """From left to right, or from right to left, whichever multiplies less."""
    sizes = [np.size(x) for x in arrays]
    if len(arrays) < 2:
        raise ValueError("Expecting at least two arrays.")
    if sizes[0] <= sizes[-1]:
        product = arrays[0]
        for x in arrays[1:]:
            product = np.dot(product, x)
        return product
    product = arrays[-1]
    for x in reversed(arrays[:-1]):
        product = np.dot(x, product)
    return product
