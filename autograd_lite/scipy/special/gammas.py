"""Rules of the gamma and beta functions, and the polygamma functions that are their derivatives."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import scipy.special
from scipy.special import (
    beta,
    betaln,
    digamma,
    gamma,
    gammaln,
    gammasgn,
    loggamma,
    poch,
    psi,
    rgamma,
)

from autograd_lite.primitives import multiply_no_nan
from autograd_lite.recording import primitive
from autograd_lite.scipy.special.operands import of_both
from autograd_lite.scipy.special.refusing import no_derivative
from autograd_lite.table import gradient, nondifferentiable

__all__ = [
    "beta",
    "betaln",
    "digamma",
    "gamma",
    "gammaln",
    "gammasgn",
    "loggamma",
    "multigammaln",
    "poch",
    "polygamma",
    "psi",
    "rgamma",
    "zeta",
]


@primitive
def zeta(s: Any, q: Any = 1.0) -> Any:
    """The Hurwitz zeta function, sum of (k + q)^-s; differentiable by q.

    Args:
        s: above 1; arrays or numbers.
        q: arrays or Tensors.
    """
    return scipy.special.zeta(s, q)


gradient(
    zeta,
    no_derivative("zeta", "its exponent", "s q"),
    lambda g, y, s, q: multiply_no_nan(g, -s * zeta(s + 1, q)),
    maths=(r"\operatorname{zeta}(s, q)", None, r"-s \operatorname{zeta}(s + 1, q)"),
)


def polygamma(n: Any, x: Any) -> Any:
    """The n-th derivative of `digamma` at x, as `scipy.special.polygamma`.

    Args:
        n: an integer, or an array of them, from 0.
        x: array or Tensor.

    Example:
        >>> round(float(polygamma(1, 1.0)), 6)  # pi^2 / 6
        1.644934
    """
    order = np.asarray(n)
    if np.any(order < 0) or np.any(order != np.rint(order)):
        raise ValueError(f"polygamma(n, x) is defined for integers n from 0, got n = {n!r}")
    if order.ndim:
        kind = np.result_type(x.dtype, np.float32) if hasattr(x, "dtype") else np.float64
        above = np.where(order == 0, 1, order).astype(kind)
        sign = np.where(above % 2 == 0, -1, 1).astype(kind)
        return np.where(order == 0, psi(x), sign * gamma(above + 1) * zeta(above + 1, x))
    if order == 0:
        return psi(x)
    return (-1.0) ** (int(order) + 1) * math.factorial(int(order)) * zeta(int(order) + 1.0, x)


gradient(
    psi,
    lambda g, y, x: multiply_no_nan(g, polygamma(1, x)),
    maths=(r"\psi(x)", r"\operatorname{polygamma}(1, x)"),
)
for _log_gamma in (gammaln, loggamma):
    gradient(
        _log_gamma,
        lambda g, y, x: multiply_no_nan(g, psi(x)),
        maths=(r"\log \lvert \Gamma(x) \rvert", r"\psi(x)"),
    )
gradient(
    gamma,
    lambda g, y, x: multiply_no_nan(g, y * psi(x)),
    maths=(r"\Gamma(x)", r"y \psi(x)"),
)
gradient(
    rgamma,
    lambda g, y, x: multiply_no_nan(g, -y * psi(x)),
    maths=(r"\frac{1}{\Gamma(x)}", r"-y \psi(x)"),
)
nondifferentiable(gammasgn)
gradient(
    beta,
    of_both(lambda y, a, b: y * (psi(a) - psi(a + b))),
    of_both(lambda y, a, b: y * (psi(b) - psi(a + b))),
    maths=(
        r"\frac{\Gamma(a) \Gamma(b)}{\Gamma(a + b)}",
        r"y (\psi(a) - \psi(a + b))",
        r"y (\psi(b) - \psi(a + b))",
    ),
)
gradient(
    betaln,
    of_both(lambda y, a, b: psi(a) - psi(a + b)),
    of_both(lambda y, a, b: psi(b) - psi(a + b)),
    maths=(
        r"\log \lvert \frac{\Gamma(a) \Gamma(b)}{\Gamma(a + b)} \rvert",
        r"\psi(a) - \psi(a + b)",
        r"\psi(b) - \psi(a + b)",
    ),
)
gradient(
    poch,
    of_both(lambda y, z, m: y * (psi(z + m) - psi(z))),
    of_both(lambda y, z, m: y * psi(z + m)),
    maths=(
        r"\frac{\Gamma(a + b)}{\Gamma(a)}",
        r"y (\psi(a + b) - \psi(a))",
        r"y \psi(a + b)",
    ),
)


def multigammaln(a: Any, d: int) -> Any:
    """The logarithm of the multivariate gamma function, as `scipy.special.multigammaln`.

    Args:
        a: array or Tensor, above (d - 1) / 2; NaN where it is not.
        d: the dimension, an integer from 1.
    """
    if d != int(d) or d < 1:
        raise ValueError(f"multigammaln(a, d) needs a whole dimension d from 1, got {d!r}")
    lowest = 0.5 * (d - 1)
    inside = np.where(a > lowest, a, np.nan)
    total = sum(gammaln(inside - 0.5 * j) for j in range(int(d)))
    return total + 0.25 * d * (d - 1) * math.log(math.pi)
