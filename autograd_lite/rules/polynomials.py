"""Rules of polynomials: their values, their arithmetic, and the powers they are made of.

Coefficients stand from the highest power down, as in `np.polyval`.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from autograd_lite.primitives import cast
from autograd_lite.rules.helpers import as_array, read
from autograd_lite.table import composite


@composite(np.polyval)
def _polyval(p: Any, x: Any) -> Any:
    """By Horner's scheme."""
    if isinstance(x, np.poly1d):
        raise TypeError("polyval on a Tensor takes numbers as x, not a polynomial")
    x = as_array(x)
    y = np.zeros_like(x)
    for coefficient in as_array(p):
        y = y * x + coefficient
    return y


@composite(np.vander)
def _vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:
    if np.ndim(x) != 1:
        raise ValueError("x must be a one-dimensional array or sequence.")
    n = len(x) if N is None else N
    base = cast(x, dtype=np.promote_types(x.dtype, int))[:, None]
    factors = np.concatenate(
        [np.ones_like(base), np.broadcast_to(base, (len(x), max(n, 1)))], axis=1
    )
    powers = np.cumprod(factors[:, :n], axis=1)
    return powers if increasing else np.flip(powers, 1)


def _coefficients(p: Any) -> Any:
    """A vector, without a polynomial's wrapping."""
    return np.atleast_1d(as_array(p.coeffs if isinstance(p, np.poly1d) else p))


def _aligned(a1: Any, a2: Any) -> tuple[Any, Any]:
    """Two polynomials with the same number of coefficients."""
    a, b = _coefficients(a1), _coefficients(a2)
    n = max(len(a), len(b))
    return np.pad(a, (n - len(a), 0)), np.pad(b, (n - len(b), 0))


@composite(np.polyadd)
def _polyadd(a1: Any, a2: Any) -> Any:
    a, b = _aligned(a1, a2)
    return a + b


@composite(np.polysub)
def _polysub(a1: Any, a2: Any) -> Any:
    a, b = _aligned(a1, a2)
    return a - b


@composite(np.polymul)
def _polymul(a1: Any, a2: Any) -> Any:
    """Without the zeros that either begins with, as NumPy has it."""
    factors = (np.trim_zeros(_coefficients(a), "f") for a in (a1, a2))
    a, b = (factor if len(factor) else np.zeros_like(factor, shape=1) for factor in factors)
    return np.convolve(a, b)


@composite(np.polyder)
def _polyder(p: Any, m: int = 1) -> Any:
    m = int(m)
    if m < 0:
        raise ValueError("Order of derivative must be positive (see polyint)")
    y = as_array(p)
    for _ in range(m):
        y = y[:-1] * np.arange(len(y) - 1, 0, -1)
    return y


@composite(np.polyint)
def _polyint(p: Any, m: int = 1, k: Any = None) -> Any:
    m = int(m)
    if m < 0:
        raise ValueError("Order of integral must be positive (see polyder)")
    constants = np.zeros(m) if k is None else np.atleast_1d(as_array(k))
    if len(constants) == 1 and m > 1:
        constants = np.broadcast_to(constants, (m,))
    if len(constants) < m:
        raise ValueError("k must be a scalar or a rank-1 array of length 1 or >m.")
    y = as_array(p)
    for i in range(m):
        y = np.concatenate([y / np.arange(len(y), 0, -1), constants[i : i + 1]])
    return y


@composite(np.poly)
def _poly(seq_of_zeros: Any) -> Any:
    """The product of (x - zero), of a vector of zeros."""
    zeros = np.atleast_1d(as_array(seq_of_zeros))
    if zeros.ndim != 1:
        raise TypeError(
            "poly on a Tensor takes a vector of zeros. The eigenvalues of a matrix, which may be "
            "complex, are its zeros: of a symmetric one pass np.linalg.eigvalsh(a)"
        )
    zeros = cast(zeros, dtype=np.mintypecode(zeros.dtype.char))  # in floats
    coefficients = np.ones(1, dtype=zeros.dtype)
    for zero in zeros:
        factor = np.concatenate([np.ones_like(zeros, shape=1), -np.reshape(zero, (1,))])
        coefficients = np.convolve(coefficients, factor)
    return coefficients


@composite(np.polyfit)
def _polyfit(x: Any, y: Any, deg: Any, rcond: float | None = None, *, w: Any = None) -> Any:
    """By least squares in powers of x, each scaled to length 1."""
    x, y = as_array(x) + 0.0, as_array(y) + 0.0
    order = int(deg) + 1
    if deg < 0:
        raise ValueError("expected deg >= 0")
    if x.ndim != 1 or x.size == 0:
        raise TypeError("expected non-empty 1D vector for x")
    if y.ndim not in (1, 2):
        raise TypeError("expected 1D or 2D array for y")
    if len(x) != len(y):
        raise TypeError("expected x and y to have same length")
    powers = np.vander(x, order)
    if w is not None:
        w = as_array(w) + 0.0
        if w.shape != x.shape:
            raise TypeError("expected w and y to have the same length, w of one dimension")
        powers, y = powers * w[:, None], y * (w if y.ndim == 1 else w[:, None])
    scale = np.sqrt(np.sum(powers * powers, axis=0))
    rcond = len(x) * float(np.finfo(x.dtype).eps) if rcond is None else rcond
    solution, _, rank, _ = np.linalg.lstsq(powers / scale, y, rcond)
    if rank != order:
        warnings.warn("Polyfit may be poorly conditioned", np.exceptions.RankWarning, stacklevel=7)
    return (solution.T / scale).T


@composite(np.trim_zeros)
def _trim_zeros(filt: Any, trim: str = "fb", axis: Any = None) -> Any:
    filt = as_array(filt)
    if trim.lower() not in ("fb", "bf", "f", "b"):
        raise ValueError(f"unexpected character(s) in `trim`: {trim!r}")
    axes = range(filt.ndim) if axis is None else normalize_axis_tuple(axis, filt.ndim)
    if not axes:
        return filt
    places = np.nonzero(read(filt))
    index = [slice(None)] * filt.ndim
    for i in axes:
        used = places[i]
        if not used.size:
            index[i] = slice(0)
            continue
        start = int(used.min()) if "f" in trim.lower() else None
        index[i] = slice(start, int(used.max()) + 1 if "b" in trim.lower() else None)
    return filt[tuple(index)]
