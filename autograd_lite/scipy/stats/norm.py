"""The normal distribution, as `scipy.stats.norm`.

Example:
    >>> float(cdf(1.0, loc=1.0, scale=3.0))
    0.5
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.special import log_ndtr, ndtr, ndtri

from autograd_lite.scipy.stats.parameters import floats, located, positive

__all__ = ["cdf", "isf", "logcdf", "logpdf", "logsf", "pdf", "ppf", "sf"]


def logpdf(x: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
    """-z^2 / 2 - log(scale sqrt(2 pi)) with z = (x - loc) / scale.

    Args:
        x: number, array or Tensor, as all arguments, which broadcast.
        loc: the mean.
        scale: the standard deviation; where it is not above 0 the result is NaN.
    """
    z, scale = located(*floats(x, loc, scale))
    return -0.5 * z * z - np.log(scale) - 0.5 * math.log(2 * math.pi)


def pdf(x: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
    """The density; arguments as `logpdf`."""
    return np.exp(logpdf(x, loc, scale))


def cdf(x: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
    """The probability of at most x; arguments as `logpdf`."""
    return ndtr(located(*floats(x, loc, scale))[0])


def logcdf(x: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
    """The logarithm of `cdf`, exact far below the mean."""
    return log_ndtr(located(*floats(x, loc, scale))[0])


def sf(x: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
    """The probability of more than x; arguments as `logpdf`."""
    return ndtr(-located(*floats(x, loc, scale))[0])


def logsf(x: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
    """The logarithm of `sf`, exact far above the mean."""
    return log_ndtr(-located(*floats(x, loc, scale))[0])


def ppf(q: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
    """The value that is not exceeded with probability q: the inverse of `cdf`."""
    q, loc, scale = floats(q, loc, scale)
    return loc + positive(scale) * ndtri(q)


def isf(q: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
    """The value that is exceeded with probability q: the inverse of `sf`."""
    q, loc, scale = floats(q, loc, scale)
    return loc - positive(scale) * ndtri(q)
