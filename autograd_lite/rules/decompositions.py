"""Rules of decompositions of matrices, on stacks of them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_lite.recording import primitive
from autograd_lite.rules.products import mT
from autograd_lite.rules.removable import Quotients, share_at_ties
from autograd_lite.table import composite, gradient
from autograd_lite.tensor import Tensor, unwrap


def _half_diagonal(x: Any) -> Any:
    """The lower triangle with half the diagonal."""
    return np.tril(x) - 0.5 * x * np.eye(x.shape[-1], dtype=x.dtype)


def symmetric(x: Any) -> Any:
    """The symmetric part: the gradient of what reads a matrix as a symmetric one."""
    return 0.5 * (x + mT(x))


def _cholesky_rule(g: Any, y: Any, a: Any, *, upper: bool = False) -> Any:
    """I. Murray, "Differentiation of the Cholesky decomposition" (2016), equation 10."""
    if upper:
        g, y = mT(g), mT(y)
    middle = _half_diagonal(mT(y) @ g)
    half = np.linalg.solve(mT(y), middle)
    return symmetric(mT(np.linalg.solve(mT(y), mT(half))))


gradient(np.linalg.cholesky, _cholesky_rule, maths=(r"\operatorname{chol}(a)", None))


def _differences(values: Any) -> Any:
    """v_j - v_i, and NaN on the diagonal: no number."""
    return values[..., None, :] - values[..., :, None] + _nan_diagonal(values)


def _sums(values: Any) -> Any:
    """v_j + v_i, and NaN on the diagonal."""
    return values[..., None, :] + values[..., :, None] + _nan_diagonal(values)


def _nan_diagonal(values: Any) -> Any:
    n = values.shape[-1]
    return np.where(np.eye(n, dtype=bool), math.nan, 0).astype(values.dtype)


def _is_alone(values: Any, *gradients: Any) -> bool:
    """Return whether nothing depends on the other results. On Tensors their gradients are arrays
    of zeros then; arrays do not tell, since a gradient that is zero may change with the values.
    """
    return isinstance(values, Tensor) and not any(isinstance(g, Tensor) for g in gradients)


def _diagonal_part(g: Any, values: Any, alone: bool, signed: bool) -> Any:
    """The gradient by the values, on the diagonal of matrices."""
    if alone:
        g = share_at_ties(g, values, signed)
    return g[..., None, :] * np.eye(values.shape[-1], dtype=values.dtype)


def _eigh_rule(g: Any, y: Any, a: Any, UPLO: str = "L") -> Any:
    g_values, g_vectors = g
    values, vectors = y
    alone = _is_alone(values, g_vectors)
    inner = _diagonal_part(g_values, values, alone, signed=True)
    if not alone:
        turned = mT(vectors) @ g_vectors
        quotients = Quotients(values)

        def turn(angles: Any) -> Any:
            return {1: unwrap(vectors) @ angles}

        outside = quotients.divide(turned - mT(turned), _differences, turned, turn)
        inner = quotients.require_smooth(inner + 0.5 * outside, turn)
    return symmetric(vectors @ inner @ mT(vectors))


gradient(np.linalg.eigh, _eigh_rule, maths=(r"\operatorname{eigh}(a)", None))


@composite(np.linalg.eigvalsh)
def _eigvalsh(a: Any, UPLO: Any = "L") -> Any:
    return np.linalg.eigh(a, UPLO)[0]


@primitive
def svd(a: Any) -> tuple[Any, Any, Any]:
    """`np.linalg.svd` with full_matrices=False."""
    return np.linalg.svd(a, full_matrices=False)


def _svd_rule(g: Any, y: Any, a: Any) -> Any:
    """J. Townsend, "Differentiating the singular value decomposition" (2016), in partial fractions:
    its 1 / (s_j^2 - s_i^2) is infinite for two reasons.
    """
    g_u, g_s, g_vt = g
    u, s, vt = y
    k = s.shape[-1]
    alone = _is_alone(s, g_u, g_vt)
    middle = _diagonal_part(g_s, s, alone, signed=False)
    if alone:
        return u @ middle @ vt
    quotients = Quotients(s)
    quotients.require_record_at_zero()
    left, right = mT(u) @ g_u, vt @ mT(g_vt)
    difference = left - mT(left) + (right - mT(right))
    total = left - mT(left) - (right - mT(right))
    sizes = np.abs(left) + np.abs(right)
    together = quotients.divide(
        difference, _differences, sizes, lambda t: {0: unwrap(u) @ t, 2: -t @ unwrap(vt)}
    )
    against = quotients.divide(total, _sums, sizes, lambda t: {0: unwrap(u) @ t, 2: t @ unwrap(vt)})
    middle = middle + 0.5 * (together + against)
    result = u @ middle @ vt
    if a.shape[-2] > k:
        result = result + quotients.divide(g_u - u @ left, _each, g_u) @ vt
    if a.shape[-1] > k:
        outside = mT(g_vt) - mT(vt) @ right
        result = result + u @ mT(quotients.divide(outside, _each, g_vt))
    return result


def _each(values: Any) -> Any:
    return values[..., None, :]


gradient(svd, _svd_rule, maths=(r"\operatorname{svd}(a)", None))


@composite(np.linalg.svd)
def _svd(
    a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False
) -> Any:
    if hermitian:
        return _svd_of_symmetric(a, compute_uv)
    if not compute_uv:
        return svd(a)[1]
    if full_matrices and np.ndim(a) > 1 and np.shape(a)[-2] != np.shape(a)[-1]:
        raise TypeError(
            "svd on a Tensor needs full_matrices=False: the extra vectors of the full form are "
            "arbitrary, so they have no gradient"
        )
    return _SVD(*svd(a))


def _svd_of_symmetric(a: Any, compute_uv: bool) -> Any:
    """By the eigenvalues: their sizes are the singular values, their signs go into V."""
    values, vectors = np.linalg.eigh(a)
    order = np.flip(np.argsort(np.abs(values), axis=-1), -1)
    values = np.take_along_axis(values, order, axis=-1)
    if not compute_uv:
        return np.abs(values)
    u = np.take_along_axis(vectors, order[..., None, :], axis=-1)
    return _SVD(u, np.abs(values), mT(u * np.copysign(1, values)[..., None, :]))


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
    rows, columns = np.shape(a)[-2:] if np.ndim(a) > 1 else (1, 0)
    if mode not in ("reduced", "r") and not (mode == "complete" and rows <= columns):
        raise TypeError(
            f"qr on a Tensor has mode='reduced' and mode='r', got {mode!r}: the vectors of the "
            "complete form are arbitrary, so they have no gradient"
        )
    q, r = qr(a) if rows >= columns else _qr_of_wide(a, rows)
    return r if mode == "r" else _QR(q, r)


def _qr_of_wide(a: Any, rows: int) -> Any:
    """The first columns give Q; what it makes of the others stands in R beside theirs."""
    q, left = qr(a[..., :rows])
    return q, np.concatenate([left, mT(q) @ a[..., rows:]], axis=-1)


_SVD = type(np.linalg.svd(np.eye(1)))
_QR = type(np.linalg.qr(np.eye(1)))
