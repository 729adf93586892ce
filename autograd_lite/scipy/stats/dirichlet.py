"""The Dirichlet distribution, as `scipy.stats.dirichlet`.

Example:
    >>> float(pdf([0.2, 0.3, 0.5], [1.0, 1.0, 1.0]))
    2.0
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import gammaln, xlogy

from autograd_lite.scipy.stats.parameters import floats, positive
from autograd_lite.tape import tracing
from autograd_lite.tensor import unwrap

__all__ = ["logpdf", "pdf"]


def logpdf(x: Any, alpha: Any) -> Any:
    """The logarithm of the density.

    Args:
        x: probabilities, of shape (K,), or (K, n) for n of them. Of shape (K - 1, ...) the last is
            what is left to 1.
        alpha: shape (K,), above 0.

    Returns:
        A number, or shape (n,). The gradient by x is that of the formula, in all directions,
        though only those in which x still sums to 1 have a meaning.

    Raises:
        ValueError: for other shapes; for x that is negative or does not sum to 1.
    """
    x, alpha = floats(x, alpha)
    alpha = positive(alpha)
    if alpha.ndim != 1 or x.ndim not in (1, 2) or x.shape[0] not in (len(alpha), len(alpha) - 1):
        raise ValueError(
            "dirichlet takes alpha of shape (K,) and x of shape (K,), (K, n) or one row less, got "
            f"alpha of shape {alpha.shape} and x of shape {x.shape}"
        )
    if x.shape[0] == len(alpha) - 1:
        x = np.concatenate([x, 1 - np.sum(x, axis=0, keepdims=True)])
    if tracing() is None:
        _require_probabilities(np.asarray(unwrap(x)))
    normalized = gammaln(np.sum(alpha)) - np.sum(gammaln(alpha))
    return normalized + np.sum(xlogy((alpha - 1) if x.ndim == 1 else (alpha - 1)[:, None], x), 0)


def pdf(x: Any, alpha: Any) -> Any:
    """The density; arguments as `logpdf`."""
    return np.exp(logpdf(x, alpha))


def _require_probabilities(x: Any) -> None:
    slack = 1e-9 if x.dtype == np.float64 else 1e-5
    if np.any(x < 0) or np.any(np.abs(np.sum(x, axis=0) - 1) > slack):
        raise ValueError(
            "dirichlet takes x with entries from 0 that sum to 1 along the first axis; got sums "
            f"from {np.min(np.sum(x, axis=0)):.6g} to {np.max(np.sum(x, axis=0)):.6g} and a "
            f"smallest entry of {np.min(x):.6g}. Divide x by its sum, or use softmax"
        )
