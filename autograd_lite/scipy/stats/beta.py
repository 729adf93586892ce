"""The beta distribution, as `scipy.stats.beta`.

Example:
    >>> float(cdf(0.25, 1.0, 1.0))
    0.25
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import betainc, betaincc, betaln, xlog1py, xlogy

from autograd_lite.scipy.stats.parameters import floats, located, log_probability, positive, within

__all__ = ["cdf", "logcdf", "logpdf", "logsf", "pdf", "sf"]


def logpdf(x: Any, a: Any, b: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
    """(a - 1) log z + (b - 1) log(1 - z) - log B(a, b) - log scale with z = (x - loc) / scale;
    -inf outside of 0 to 1.

    Args:
        x: number, array or Tensor, as all arguments, which broadcast.
        a: the first shape; where it, b or scale is not above 0 the result is NaN.
        b: the second shape.
        loc: the start of the support.
        scale: the length of the support.
    """
    x, a, b, loc, scale = floats(x, a, b, loc, scale)
    (z, scale), a, b = located(x, loc, scale), positive(a), positive(b)

    def inside(z: Any) -> Any:
        return xlogy(a - 1, z) + xlog1py(b - 1, -z) - betaln(a, b) - np.log(scale)

    return within((z >= 0) & (z <= 1), z, 0.5, inside, -np.inf)


def pdf(x: Any, a: Any, b: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
    """The density; arguments as `logpdf`."""
    return np.exp(logpdf(x, a, b, loc, scale))


def cdf(x: Any, a: Any, b: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
    """The probability of at most x; arguments as `logpdf`. No derivative by a and b."""
    return _integral(betainc, 0.0, x, a, b, loc, scale)


def sf(x: Any, a: Any, b: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
    """The probability of more than x; arguments as `cdf`."""
    return _integral(betaincc, 1.0, x, a, b, loc, scale)


def _integral(function: Any, below: float, *parameters: Any) -> Any:
    """An incomplete beta function, with its value below the support, and 1 less above it."""
    x, a, b, loc, scale = floats(*parameters)
    z, a, b = located(x, loc, scale)[0], positive(a), positive(b)
    upto = within(z <= 1, z, 0.5, lambda z: function(a, b, np.where(z < 0, 0.5, z)), 1 - below)
    return np.where(z < 0, below, upto)


def logcdf(x: Any, a: Any, b: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
    """The logarithm of `cdf`."""
    return log_probability(cdf(x, a, b, loc, scale), sf(x, a, b, loc, scale))


def logsf(x: Any, a: Any, b: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
    """The logarithm of `sf`."""
    return log_probability(sf(x, a, b, loc, scale), cdf(x, a, b, loc, scale))
