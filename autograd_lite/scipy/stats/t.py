"""Student's t distribution, as `scipy.stats.t`.

Example:
    >>> float(cdf(0.0, 2.4))
    0.5
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.special import poch, stdtr

from autograd_lite.scipy.stats.parameters import floats, located, log_probability, positive

__all__ = ["cdf", "logcdf", "logpdf", "logsf", "pdf", "sf"]


def logpdf(x: Any, df: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
    """The logarithm of the density.

    Args:
        x: number, array or Tensor, as all arguments, which broadcast.
        df: degrees of freedom; where they or scale are not above 0 the result is NaN.
        loc: the centre.
        scale: the unit of x.
    """
    x, df, loc, scale = floats(x, df, loc, scale)
    (z, scale), df = located(x, loc, scale), positive(df)
    # poch(df / 2, 1 / 2) is the quotient of two gamma functions, which alone would overflow.
    normalized = np.log(poch(0.5 * df, 0.5)) - 0.5 * np.log(df) - 0.5 * math.log(math.pi)
    return normalized - 0.5 * (df + 1) * np.log1p(z * z / df) - np.log(scale)


def pdf(x: Any, df: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
    """The density; arguments as `logpdf`."""
    return np.exp(logpdf(x, df, loc, scale))


def cdf(x: Any, df: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
    """The probability of at most x; arguments as `logpdf`. No derivative by df."""
    x, df, loc, scale = floats(x, df, loc, scale)
    return stdtr(positive(df), located(x, loc, scale)[0])


def logcdf(x: Any, df: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
    """The logarithm of `cdf`."""
    return log_probability(cdf(x, df, loc, scale), sf(x, df, loc, scale))


def sf(x: Any, df: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
    """The probability of more than x; arguments as `cdf`."""
    x, df, loc, scale = floats(x, df, loc, scale)
    return stdtr(positive(df), -located(x, loc, scale)[0])


def logsf(x: Any, df: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
    """The logarithm of `sf`."""
    return log_probability(sf(x, df, loc, scale), cdf(x, df, loc, scale))
