"""Rules of linear algebra.

Matrix rules work on stacks of matrices in the last two axes. The formulas are those collected in
M. Giles, "Collected matrix derivative results for forward and reverse mode algorithmic
differentiation" (2008), unless a rule says otherwise.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_lite.primitives import cast, times
from autograd_lite.rules.helpers import axes_of, floating, keep, safe_inverse
from autograd_lite.rules.products import mT
from autograd_lite.table import composite, gradient
from autograd_lite.tensor import primitive

# -- inverses and determinants ---------------------------------------------------------------------

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


# -- decompositions --------------------------------------------------------------------------------


def _half_diagonal(x: Any) -> Any:
    """The lower triangle with half the diagonal."""
    return np.tril(x) - 0.5 * x * np.eye(x.shape[-1], dtype=x.dtype)


def _symmetric(x: Any) -> Any:
    return 0.5 * (x + mT(x))


def _cholesky_rule(g: Any, y: Any, a: Any) -> Any:
    """I. Murray, "Differentiation of the Cholesky decomposition" (2016), equation 10."""
    middle = _half_diagonal(mT(y) @ g)
    half = np.linalg.solve(mT(y), middle)
    return _symmetric(mT(np.linalg.solve(mT(y), mT(half))))


gradient(np.linalg.cholesky, _cholesky_rule, maths=(r"\operatorname{chol}(a)", None))


def _gaps(values: Any) -> Any:
    """1 / (v_j - v_i) off the diagonal; 0 on it and between equal values, where the vectors are
    not defined and a function of them that is has no use for it.
    """
    return safe_inverse(values[..., None, :] - values[..., :, None])


def _eigh_rule(g: Any, y: Any, a: Any) -> Any:
    g_values, g_vectors = g
    values, vectors = y
    inner = _gaps(values) * (mT(vectors) @ g_vectors)
    inner = inner + g_values[..., None, :] * np.eye(a.shape[-1], dtype=a.dtype)
    return _symmetric(vectors @ inner @ mT(vectors))


gradient(np.linalg.eigh, _eigh_rule, maths=(r"\operatorname{eigh}(a)", None))


@composite(np.linalg.eigvalsh)
def _eigvalsh(a: Any) -> Any:
    return np.linalg.eigh(a)[0]


@primitive
def svd(a: Any) -> tuple[Any, Any, Any]:
    """`np.linalg.svd` with full_matrices=False."""
    return np.linalg.svd(a, full_matrices=False)


def _svd_rule(g: Any, y: Any, a: Any) -> Any:
    """J. Townsend, "Differentiating the singular value decomposition" (2016)."""
    g_u, g_s, g_vt = g
    u, s, vt = y
    k = s.shape[-1]
    eye = np.eye(k, dtype=a.dtype)
    square = s[..., None, :]
    gaps = _gaps(s) * safe_inverse(s[..., None, :] + s[..., :, None])
    inverse_s = safe_inverse(square)
    left = gaps * (mT(u) @ g_u - mT(g_u) @ u)
    right = gaps * (vt @ mT(g_vt) - g_vt @ mT(vt))
    middle = left * square + mT(square) * right + eye * g_s[..., None, :]
    result = u @ middle @ vt
    if a.shape[-2] > k:
        result = result + ((g_u - u @ (mT(u) @ g_u)) * inverse_s) @ vt
    if a.shape[-1] > k:
        outside = g_vt - (g_vt @ mT(vt)) @ vt
        result = result + (u * inverse_s) @ outside
    return result


gradient(svd, _svd_rule, maths=(r"\operatorname{svd}(a)", None))


@composite(np.linalg.svd)
def _svd(a: Any, full_matrices: bool = True, compute_uv: bool = True) -> Any:
    if not compute_uv:
        return svd(a)[1]
    if full_matrices and np.shape(a)[-2] != np.shape(a)[-1]:
        raise TypeError(
            "svd on a Tensor needs full_matrices=False: the extra vectors of the full form are "
            "arbitrary, so they have no gradient"
        )
    return _SVD(*svd(a))


@composite(np.linalg.svdvals)
def _svdvals(x: Any) -> Any:
    return svd(x)[1]


@primitive
def qr(a: Any) -> tuple[Any, Any]:
    """`np.linalg.qr` of matrices with at least as many rows as columns, reduced form."""
    return np.linalg.qr(a)


def _qr_rule(g: Any, y: Any, a: Any) -> Any:
    """S. F. Walter, L. Lehmann, "Algorithmic differentiation of linear algebra functions with
    application in optimum experimental design" (2010).
    """
    g_q, g_r = g
    q, r = y
    m = r @ mT(g_r) - mT(g_q) @ q
    lower = np.tril(m, -1)
    copied = np.tril(m) + mT(lower)
    return mT(np.linalg.solve(r, mT(g_q + q @ copied)))


gradient(qr, _qr_rule, maths=(r"\operatorname{qr}(a)", None))


@composite(np.linalg.qr)
def _qr(a: Any, mode: str = "reduced") -> Any:
    if mode != "reduced":
        raise TypeError(f"qr on a Tensor has mode='reduced' only, got {mode!r}")
    if np.shape(a)[-2] < np.shape(a)[-1]:
        raise ValueError(
            f"qr on a Tensor needs at least as many rows as columns, got shape {np.shape(a)}"
        )
    return _QR(*qr(a))


_SVD = type(np.linalg.svd(np.eye(1)))
_QR = type(np.linalg.qr(np.eye(1)))

# -- norms -----------------------------------------------------------------------------------------


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
