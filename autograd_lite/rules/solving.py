"""Rules of inverses, determinants and systems of equations, on stacks of matrices.

The formulas are those collected in M. Giles, "Collected matrix derivative results for forward and
reverse mode algorithmic differentiation" (2008), unless a rule says otherwise.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.linalg import LinAlgError

from autograd_lite.recording import primitive
from autograd_lite.rules.decompositions import svd, symmetric
from autograd_lite.rules.helpers import as_array, floating, read
from autograd_lite.rules.products import mT
from autograd_lite.table import composite, gradient, nondifferentiable

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


@primitive(inlinable=True)
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
    """The rule of det(a) inv(a)': holds for invertible matrices."""
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


def _truncated_pinv_rule(g: Any, y: Any, a: Any) -> Any:
    """Differentiate `pinv` where it may have dropped singular values other than 0: y is V f(s) U'
    with f(s) = 1 / s for those kept and 0 for the others; divided differences of f give the rule.

    V. Noferini, "A formula for the Frechet derivative of a generalized matrix function" (2017).
    """
    u, s, vt = svd(a)
    kept = s * np.sum(vt * mT(y @ u), axis=-1) > 0.5
    f = np.where(kept, 1 / np.where(kept, s, 1), 0)
    f_i, f_j, s_i, s_j = f[..., :, None], f[..., None, :], s[..., :, None], s[..., None, :]
    mixed = kept[..., :, None] != kept[..., None, :]
    even = np.where(mixed, (f_i - f_j) / np.where(mixed, s_i - s_j, 1), -f_i * f_j)
    odd = np.where(mixed, (f_i + f_j) / np.where(mixed, s_i + s_j, 1), f_i * f_j)
    left, right = mT(u) @ mT(g), mT(g) @ mT(vt)  # U' G' and G' V
    both = left @ mT(vt)
    inner = 0.5 * (even * (both + mT(both)) + odd * (both - mT(both)))
    above = (right - u @ both) * (f * f)[..., None, :]
    beside = (f * f)[..., :, None] * (left - both @ vt)
    return (u @ inner + above) @ vt + u @ beside


def _pinv_rule(
    g: Any,
    y: Any,
    a: Any,
    rcond: Any = None,
    hermitian: bool = False,
    rtol: Any = np._NoValue,
) -> Any:
    """G. H. Golub, V. Pereyra, "The differentiation of pseudo-inverses and nonlinear least
    squares problems whose variables separate" (1973); holds where the rank does not change.
    """
    if rcond is not None or rtol is not np._NoValue:
        result = _truncated_pinv_rule(g, y, a)
        return symmetric(result) if hermitian else result
    rows, columns = np.eye(a.shape[-2], dtype=a.dtype), np.eye(a.shape[-1], dtype=a.dtype)
    result = (
        -mT(y) @ g @ mT(y)
        + (rows - a @ y) @ mT(g) @ y @ mT(y)
        + mT(y) @ y @ mT(g) @ (columns - y @ a)
    )
    return symmetric(result) if hermitian else result


gradient(
    np.linalg.pinv,
    _pinv_rule,
    maths=(
        "a^+",
        r"-y^\top \bar{y} y^\top + (1 - a y) \bar{y}^\top y y^\top"
        r" + y^\top y \bar{y}^\top (1 - y a)",
    ),
)

# -- least squares, condition, rank ----------------------------------------------------------------


@primitive
def least_squares(a: Any, b: Any, rcond: Any = None) -> Any:
    """The solution of `np.linalg.lstsq`: of those with the smallest residual the shortest."""
    return np.linalg.lstsq(a, b, rcond)[0]


def _least_squares_rule(g: Any, y: Any, a: Any, b: Any, rcond: Any = None) -> tuple[Any, Any]:
    """The rule of y = pinv(a) b, by `_pinv_rule`'s source, without a matrix of rows by rows."""
    if np.ndim(b) == 1:
        column = _least_squares_rule(g[:, None], y[:, None], a, b[:, None], rcond)
        return column[0], column[1][:, 0]
    smallest = float(np.finfo(y.dtype).eps)  # what lstsq takes where nothing, or -1, is given
    dropping = rcond is not None and rcond > smallest
    inverse = np.linalg.pinv(a, rcond if dropping else max(a.shape) * smallest)
    through = mT(inverse) @ g
    if dropping:
        return _truncated_pinv_rule(g @ mT(b), inverse, a), through
    of_a = (b - a @ y) @ mT(inverse @ through) - through @ mT(y)
    of_a = of_a + mT(inverse) @ y @ mT(g - mT(a) @ through)
    return of_a, through


gradient(
    least_squares,
    joint=_least_squares_rule,
    maths=("a^+ b", None, r"a^{+\top} \bar{y}"),
)


@composite(np.linalg.lstsq)
def _lstsq(a: Any, b: Any, rcond: Any = None) -> Any:
    """The solution, the residuals and the singular values are differentiable."""
    a, b = as_array(a), as_array(b)
    _, residuals, rank, _ = np.linalg.lstsq(read(a), read(b), rcond)
    solution = least_squares(a, b, rcond=rcond)
    if residuals.size:
        residuals = np.reshape(np.sum((b - a @ solution) ** 2, axis=0), (-1,))
    return solution, residuals, rank, np.linalg.svdvals(a)


@primitive(inlinable=True)
def inverse_or_nan(a: Any) -> Any:
    """The inverses of a stack of matrices; NaN where a matrix is singular."""
    try:
        return np.linalg.inv(a)
    except LinAlgError:
        if a.ndim == 2:
            return np.full_like(a, math.nan)
        return np.stack([inverse_or_nan(matrix) for matrix in a])


gradient(
    inverse_or_nan,
    lambda g, y, a: -mT(y) @ g @ mT(y),
    maths=("a^{-1}", r"-y^\top \bar{y} y^\top"),
)


@composite(np.linalg.cond)
def _cond(x: Any, p: Any = None) -> Any:
    """The largest singular value by the smallest, or the norms of the matrix and its inverse."""
    if 0 in np.shape(x)[-2:]:
        raise LinAlgError("cond is not defined on empty arrays")
    with np.errstate(all="ignore"):
        if p is None or p in (2, -2):
            s = np.linalg.svdvals(x)
            number = s[..., -1] / s[..., 0] if p == -2 else s[..., 0] / s[..., -1]
        else:
            _require_square(x)
            a = floating(x)
            inverse = inverse_or_nan(a)
            number = np.linalg.norm(a, p, axis=(-2, -1)) * _norm_or_nan(inverse, p)
    singular = np.isnan(number) & ~np.any(np.isnan(x), axis=(-2, -1))
    return np.where(singular, math.inf, number)


def _norm_or_nan(inverse: Any, p: Any) -> Any:
    """The norms of inverses; NaN where there is none, of which an SVD would not converge."""
    if p != "nuc":
        return np.linalg.norm(inverse, p, axis=(-2, -1))
    missing = np.isnan(inverse)
    norms = np.linalg.norm(np.where(missing, 0, inverse), p, axis=(-2, -1))
    return np.where(np.any(missing, axis=(-2, -1)), math.nan, norms)


def _require_square(a: Any) -> None:
    shape = np.shape(a)
    if len(shape) < 2:
        raise LinAlgError(
            f"{len(shape)}-dimensional array given. Array must be at least two-dimensional"
        )
    if shape[-1] != shape[-2]:
        raise LinAlgError("Last 2 dimensions of the array must be square")


nondifferentiable(np.linalg.matrix_rank, 1, "tol hermitian rtol")

# -- powers and products of several matrices -------------------------------------------------------


@composite(np.linalg.matrix_power)
def _matrix_power(a: Any, n: int) -> Any:
    """By repeated squaring."""
    _require_square(a)
    try:
        n = operator.index(n)
    except TypeError as error:
        raise TypeError("exponent must be an integer") from error
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
    if len(arrays) < 2:
        raise ValueError("Expecting at least two arrays.")
    for i, x in enumerate(arrays if len(arrays) > 2 else ()):
        vector = np.ndim(x) == 1 and i in (0, len(arrays) - 1)
        if np.ndim(x) != 2 and not vector:
            raise LinAlgError(
                f"{np.ndim(x)}-dimensional array given. Array must be two-dimensional"
            )
    if np.size(arrays[0]) <= np.size(arrays[-1]):
        return functools.reduce(np.dot, arrays)
    return functools.reduce(lambda right, left: np.dot(left, right), arrays[::-1])


# -- tensors as matrices ---------------------------------------------------------------------------


@composite(np.linalg.tensorsolve)
def _tensorsolve(a: Any, b: Any, axes: Any = None) -> Any:
    a, b = as_array(a), as_array(b)
    if axes is not None:
        order = list(range(a.ndim))
        for axis in axes:
            order.remove(axis)
            order.append(axis)
        a = np.transpose(a, order)
    shape = a.shape[-(a.ndim - b.ndim) :]
    n = math.prod(shape)
    if a.size != n**2:
        raise LinAlgError(
            "Input arrays must satisfy the requirement "
            "prod(a.shape[b.ndim:]) == prod(a.shape[:b.ndim])"
        )
    return np.reshape(np.linalg.solve(np.reshape(a, (n, n)), np.ravel(b)), shape)


@composite(np.linalg.tensorinv)
def _tensorinv(a: Any, ind: int = 2) -> Any:
    if ind <= 0:
        raise ValueError("Invalid ind argument.")
    shape = np.shape(a)
    matrix = np.reshape(a, (math.prod(shape[ind:]), -1))
    return np.reshape(np.linalg.inv(matrix), shape[ind:] + shape[:ind])
