"""Rules of decompositions of matrices, on stacks of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite.rules.helpers import safe_inverse
from autograd_lite.rules.products import mT
from autograd_lite.table import composite, gradient
from autograd_lite.tensor import primitive


def _half_diagonal(x: Any) -> Any:
    """The lower triangle with half the diagonal."""
    return np.tril(x) - 0.5 * x * np.eye(x.shape[-1], dtype=x.dtype)


def _symmetric(x: Any) -> Any:
    return 0.5 * (x + mT(x))


def _cholesky_rule(g: Any, y: Any, a: Any, *, upper: bool = False) -> Any:
    """I. Murray, "Differentiation of the Cholesky decomposition" (2016), equation 10."""
    if upper:
        g, y = mT(g), mT(y)
    middle = _half_diagonal(mT(y) @ g)
    half = np.linalg.solve(mT(y), middle)
    return _symmetric(mT(np.linalg.solve(mT(y), mT(half))))


gradient(np.linalg.cholesky, _cholesky_rule, maths=(r"\operatorname{chol}(a)", None))


def _gaps(values: Any) -> Any:
    """1 / (v_j - v_i) off the diagonal; 0 on it and between equal values, where the vectors are
    not defined and a function of them that is has no use for it.
    """
    return safe_inverse(values[..., None, :] - values[..., :, None])


def _eigh_rule(g: Any, y: Any, a: Any, UPLO: str = "L") -> Any:
    g_values, g_vectors = g
    values, vectors = y
    inner = _gaps(values) * (mT(vectors) @ g_vectors)
    inner = inner + g_values[..., None, :] * np.eye(a.shape[-1], dtype=a.dtype)
    return _symmetric(vectors @ inner @ mT(vectors))


gradient(np.linalg.eigh, _eigh_rule, maths=(r"\operatorname{eigh}(a)", None))


@composite(np.linalg.eigvalsh)
def _eigvalsh(a: Any, UPLO: Any = "L") -> Any:
    return np.linalg.eigh(a, UPLO)[0]


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
    return _SVD(u, np.abs(values), mT(u * np.sign(values)[..., None, :]))


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
