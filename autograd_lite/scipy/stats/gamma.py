"""The gamma distribution, as `scipy.stats.gamma`.

Example:
    >>> float(sf(0.0, 2.5))
    1.0
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import gammainc, gammaincc, gammaln, xlogy

from autograd_lite.scipy.stats.parameters import floats, located, log_probability, positive, within

__all__ = ["cdf", "logcdf", "logpdf", "logsf", "pdf", "sf"]


def logpdf(x: Any, a: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
    """(a - 1) log z - z - log Gamma(a) - log scale with z = (x - loc) / scale; -inf below 0.

    Args:
        x: number, array or Tensor, as all arguments, which broadcast.
        a: the shape; where it or scale is not above 0 the result is NaN.
        loc: the start of the support.
        scale: the unit of x.
    """
    x, a, loc, scale = floats(x, a, loc, scale)
    (z, scale), a = located(x, loc, scale), positive(a)
    return within(
        z >= 0, z, 1.0, lambda z: xlogy(a - 1, z) - z - gammaln(a) - np.log(scale), -np.inf
    )


def pdf(x: Any, a: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
    """The density; arguments as `logpdf`."""
    return np.exp(logpdf(x, a, loc, scale))


def cdf(x: Any, a: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
    """The probability of at most x; arguments as `logpdf`. No derivative by a."""
    x, a, loc, scale = floats(x, a, loc, scale)
    z, shape = located(x, loc, scale)[0], positive(a)
    return within(z >= 0, z, 1.0, lambda z: gammainc(shape, z), 0.0)


def sf(x: Any, a: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
    """The probability of more than x; arguments as `cdf`."""
    x, a, loc, scale = floats(x, a, loc, scale)
    z, shape = located(x, loc, scale)[0], positive(a)
    return within(z >= 0, z, 1.0, lambda z: gammaincc(shape, z), 1.0)


def logcdf(x: Any, a: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
    """The logarithm of `cdf`."""
    return log_probability(cdf(x, a, loc, scale), sf(x, a, loc, scale))


def logsf(x: Any, a: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
    """The logarithm of `sf`."""
    return log_probability(sf(x, a, loc, scale), cdf(x, a, loc, scale))
