"""Rules of weighted averages, counts and covariances."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from autograd_lite.primitives import cast, put
from autograd_lite.rules.helpers import as_array, inverse, read, weights_of
from autograd_lite.table import composite
from autograd_lite.tape import tracing
from autograd_lite.tensor import Tensor, unwrap


@composite(np.average)
def _average(
    a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: bool = False
) -> Any:
    a = as_array(a)
    if weights is None:
        mean = np.mean(a, axis=axis, keepdims=keepdims)
        if not returned:
            return mean
        return mean, np.full_like(mean, a.size / mean.size)
    weights = weights_of(as_array(weights), a, axis)
    dtype = np.result_type(a.dtype, weights.dtype, *["f8"] * (a.dtype.kind in "iub"))
    ways = {"axis": axis, "keepdims": keepdims}
    total = np.sum(weights, dtype=dtype, **ways)
    tape = tracing()
    if tape is not None and isinstance(total, Tensor):
        tape.require(np.all(total != 0))  # where it does not hold, the function itself is called
    elif np.any(unwrap(total) == 0):
        raise ZeroDivisionError("Weights sum to zero, can't be normalized")
    mean = np.sum(np.multiply(a, weights, dtype=dtype), **ways) / total
    return (mean, np.broadcast_to(total, mean.shape)) if returned else mean


def _rows(x: Any, dtype: Any, columns: bool) -> Any:
    """A matrix with a variable in each row."""
    rows = np.atleast_2d(cast(as_array(x), dtype=dtype))
    return rows.T if columns else rows


@composite(np.cov)
def _cov(
    m: Any,
    y: Any = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: int | None = None,
    fweights: Any = None,
    aweights: Any = None,
    *,
    dtype: Any = None,
) -> Any:
    if ddof is not None and ddof != int(ddof):
        raise ValueError("ddof must be integer")
    ddof = int(not bias) if ddof is None else int(ddof)
    given = [x for x in (m, y) if x is not None]
    if any(np.ndim(x) > 2 for x in given):
        raise ValueError("cov takes matrices: m and y have at most 2 dimensions")
    if dtype is None:
        dtype = np.result_type(*given, np.float64)
    x = _rows(m, dtype, not rowvar and np.ndim(m) != 1)
    if len(x) == 0:
        return np.reshape(x, (0, 0))
    if y is not None:
        x = np.concatenate([x, _rows(y, dtype, not rowvar and len(np.atleast_2d(y)) != 1)])
    weights = _checked_weights(x, fweights, aweights)
    mean, total = np.average(x, axis=1, weights=weights, returned=True)
    freedom = _freedom(x, total[0], ddof, weights, aweights)
    x = x - mean[:, None]
    weighted = x if weights is None else x * weights
    return np.squeeze(np.dot(x, weighted.T) * inverse(freedom))


def _checked_weights(x: Any, fweights: Any, aweights: Any) -> Any:
    """The product of both kinds of weights, which NumPy has looked at; None without any."""
    if fweights is None and aweights is None:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        np.cov(np.zeros(x.shape), fweights=read(fweights), aweights=read(aweights))
    parts = [cast(as_array(w), dtype=float) for w in (fweights, aweights) if w is not None]
    return parts[0] if len(parts) == 1 else parts[0] * parts[1]


def _freedom(x: Any, total: Any, ddof: int, weights: Any, aweights: Any) -> Any:
    """The divisor of sums of products; 0 where there are no degrees of freedom."""
    if weights is None:
        left: Any = x.shape[1] - ddof
    elif ddof == 0:
        left = total
    elif aweights is None:
        left = total - ddof
    else:
        left = total - ddof * np.sum(weights * aweights) / total
    if tracing() is None and unwrap(left) <= 0:
        warnings.warn("Degrees of freedom <= 0 for slice", RuntimeWarning, stacklevel=7)
    return max(left, 0) if isinstance(left, int) else np.maximum(left, 0)


@composite(np.corrcoef)
def _corrcoef(x: Any, y: Any = None, rowvar: bool = True, *, dtype: Any = None) -> Any:
    c = np.cov(x, y, rowvar, dtype=dtype)
    if np.ndim(c) == 0:
        return c / c
    deviation = np.sqrt(np.diagonal(c))
    return np.clip(c / deviation[:, None] / deviation[None, :], -1, 1)


@composite(np.bincount)
def _bincount(x: Any, weights: Any = None, minlength: int = 0) -> Any:
    counts = np.bincount(read(x), minlength=minlength)
    x = cast(as_array(x), dtype=np.intp)
    if weights is None:
        return put(np.ones(np.shape(x), dtype=np.intp), x, counts.shape)
    if np.shape(weights) != np.shape(x):
        raise ValueError("The weights and list don't have the same length.")
    return put(cast(as_array(weights), dtype=np.float64), x, counts.shape)
