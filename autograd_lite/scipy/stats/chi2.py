"""The chi-squared distribution, as `scipy.stats.chi2`: a gamma distribution of shape df / 2.

Example:
    >>> float(pdf(0.0, 2.0))
    0.5
"""

from __future__ import annotations

from typing import Any

from autograd_lite.scipy.stats import gamma

__all__ = ["cdf", "logcdf", "logpdf", "logsf", "pdf", "sf"]


def logpdf(x: Any, df: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
    """The logarithm of the density.

    Args:
        x: number, array or Tensor, as all arguments, which broadcast.
        df: degrees of freedom; where they or scale are not above 0 the result is NaN.
        loc: the start of the support.
        scale: the unit of x.
    """
    return gamma.logpdf(x, 0.5 * df, loc, 2 * scale)


def pdf(x: Any, df: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
    """The density; arguments as `logpdf`."""
    return gamma.pdf(x, 0.5 * df, loc, 2 * scale)


def cdf(x: Any, df: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
    """The probability of at most x; arguments as `logpdf`. No derivative by df."""
    return gamma.cdf(x, 0.5 * df, loc, 2 * scale)


def sf(x: Any, df: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
    """The probability of more than x; arguments as `cdf`."""
    return gamma.sf(x, 0.5 * df, loc, 2 * scale)


def logcdf(x: Any, df: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
    """The logarithm of `cdf`."""
    return gamma.logcdf(x, 0.5 * df, loc, 2 * scale)


def logsf(x: Any, df: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
    """The logarithm of `sf`."""
    return gamma.logsf(x, 0.5 * df, loc, 2 * scale)
