"""The Poisson distribution, as `scipy.stats.poisson`.

Example:
    >>> round(float(cdf(1, 1.0)), 6)  # 2 / e
    0.735759
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import gammaln, pdtr, pdtrc, xlogy

from autograd_lite.scipy.stats.parameters import floats, within
from autograd_lite.tensor import Tensor

__all__ = ["cdf", "logpmf", "pmf", "sf"]


def logpmf(k: Any, mu: Any, loc: Any = 0) -> Any:
    """k log(mu) - mu - log(k!), of k - loc; -inf unless that is a whole number from 0.

    Args:
        k: number, array, or Tensor without gradient.
        mu: the mean, number, array or Tensor; where it is below 0 the result is NaN.
        loc: what k is counted from; as k.

    Raises:
        TypeError: if k or loc requires a gradient, which a whole number does not have.
    """
    k, mu = _arguments(k, mu, loc)
    whole = (k >= 0) & (k == np.floor(k))
    return within(whole, k, 0.0, lambda k: xlogy(k, mu) - mu - gammaln(k + 1), -np.inf)


def pmf(k: Any, mu: Any, loc: Any = 0) -> Any:
    """The probability of k; arguments as `logpmf`."""
    return np.exp(logpmf(k, mu, loc))


def cdf(k: Any, mu: Any, loc: Any = 0) -> Any:
    """The probability of at most k; arguments as `logpmf`."""
    k, mu = _arguments(k, mu, loc)
    return within(k >= 0, k, 0.0, lambda k: pdtr(np.floor(k), mu), 0.0)


def sf(k: Any, mu: Any, loc: Any = 0) -> Any:
    """The probability of more than k; arguments as `logpmf`."""
    k, mu = _arguments(k, mu, loc)
    return within(k >= 0, k, 0.0, lambda k: pdtrc(np.floor(k), mu), 1.0)


def _arguments(k: Any, mu: Any, loc: Any) -> tuple[Any, Any]:
    for name, value in (("k", k), ("loc", loc)):
        if isinstance(value, Tensor) and value.requires_grad:
            raise TypeError(
                f"poisson has no derivative by {name}, a whole number: pass {name} as an array, or "
                "ag.stop_gradient(...)"
            )
    mu, count, shift = floats(mu, k, loc)
    return count - shift, np.where(mu >= 0, mu, np.nan)
