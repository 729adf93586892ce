"""The multivariate normal distribution, as `scipy.stats.multivariate_normal`.

Example:
    >>> round(float(logpdf([0.0, 0.0]) + np.log(2 * np.pi)), 12)
    0.0
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_lite.scipy.linalg import solve_triangular
from autograd_lite.scipy.stats.parameters import floats
from autograd_lite.tape import tracing
from autograd_lite.tensor import unwrap

__all__ = ["entropy", "logpdf", "pdf"]


def logpdf(x: Any, mean: Any = None, cov: Any = 1.0, allow_singular: bool = False) -> Any:
    """-(k log 2 pi + log det cov + (x - mean)' cov^-1 (x - mean)) / 2.

    Args:
        x: shape (k,), or (..., k) for several points; for k = 1 also a number or (n,).
        mean: shape (k,); None for 0.
        cov: a positive definite matrix, shape (k, k), of which the lower triangle counts; its
            diagonal, shape (k,); or a number for all of that.
        allow_singular: whether the matrix may be singular: then its pseudo-inverse and
            pseudo-determinant are used, and -inf is the value outside of its range.

    Raises:
        LinAlgError: if the matrix is not positive definite.
        ValueError: for shapes that do not fit.
    """
    x, mean, cov = _arguments(x, mean, cov)
    deviations = x - mean
    flat = np.reshape(deviations, (-1, len(mean)))
    whiten = _pseudo_whitened if allow_singular else _whitened
    distances, log_det, rank = whiten(flat, cov)
    values = -0.5 * (rank * math.log(2 * math.pi) + log_det + distances)
    return np.reshape(values, deviations.shape[:-1])


def pdf(x: Any, mean: Any = None, cov: Any = 1.0, allow_singular: bool = False) -> Any:
    """The density; arguments as `logpdf`."""
    return np.exp(logpdf(x, mean, cov, allow_singular))


def entropy(mean: Any = None, cov: Any = 1.0) -> Any:
    """(k log(2 pi e) + log det cov) / 2; arguments as `logpdf`."""
    _, mean, cov = _arguments(0.0 if mean is None else mean, mean, cov)
    diagonal = np.diagonal(_cholesky(cov))
    return np.sum(np.log(diagonal)) + 0.5 * len(mean) * math.log(2 * math.pi * math.e)


def _arguments(x: Any, mean: Any, cov: Any) -> tuple[Any, Any, Any]:
    """x of shape (..., k), mean of (k,) and cov of (k, k)."""
    x, cov, *given = floats(x, cov, *([] if mean is None else [mean]))
    k = given[0].size if given else cov.shape[-1] if cov.ndim else x.shape[-1] if x.ndim else 1
    mean = np.reshape(given[0], (k,)) if given else np.zeros(k, cov.dtype)
    if cov.ndim < 2:
        cov = cov * np.eye(k, dtype=cov.dtype)
    if cov.shape != (k, k):
        raise ValueError(f"cov must be of shape {(k, k)}, to go with a mean of {k}: {cov.shape}")
    if k == 1 and x.shape[-1:] != (1,):
        x = np.expand_dims(x, -1)
    if x.shape[-1:] != (k,):
        raise ValueError(f"x must end with {k} coordinates, as the mean does, got {x.shape}")
    return x, mean, cov


def _cholesky(cov: Any) -> Any:
    try:
        return np.linalg.cholesky(cov)
    except np.linalg.LinAlgError as error:
        raise np.linalg.LinAlgError(
            "cov is not positive definite. Add a little to its diagonal, cov + 1e-6 * np.eye(k), "
            "or set allow_singular=True"
        ) from error


def _whitened(deviations: Any, cov: Any) -> tuple[Any, Any, Any]:
    """Squared distances in units of the distribution, log det cov, and k."""
    lower = _cholesky(cov)
    z = solve_triangular(lower, deviations.T, lower=True)
    return np.sum(z * z, axis=0), 2 * np.sum(np.log(np.diagonal(lower))), len(cov)


def _pseudo_whitened(deviations: Any, cov: Any) -> tuple[Any, Any, Any]:
    """As `_whitened`, in the range of a singular matrix: eigenvalues above rounding count."""
    values, vectors = np.linalg.eigh(cov)
    slack = (1e6 if values.dtype == np.float64 else 1e3) * np.finfo(values.dtype).eps
    smallest = slack * np.max(np.abs(values))
    if tracing() is None and np.any(unwrap(values < -smallest)):
        raise np.linalg.LinAlgError("cov has a negative eigenvalue, so it is no covariance")
    kept = values > smallest
    inverse = np.where(kept, 1 / np.where(kept, values, 1), 0)
    along = deviations @ vectors
    off = np.sqrt(np.sum(np.where(kept, 0, along) ** 2, axis=-1))
    distances = np.where(off < 1e3 * smallest, np.sum(along * along * inverse, axis=-1), np.inf)
    return distances, np.sum(np.log(np.where(kept, values, 1))), np.sum(kept)
