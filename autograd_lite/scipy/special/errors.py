"""Rules of the error function, the normal distribution function, and their inverses."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.special import (
    dawsn,
    erf,
    erfc,
    erfcinv,
    erfcx,
    erfinv,
    log_ndtr,
    ndtr,
    ndtri,
)

from autograd_lite.primitives import multiply_no_nan
from autograd_lite.table import gradient

__all__ = ["dawsn", "erf", "erfc", "erfcinv", "erfcx", "erfinv", "log_ndtr", "ndtr", "ndtri"]

ROOT_PI, ROOT_2, ROOT_2_PI = math.sqrt(math.pi), math.sqrt(2.0), math.sqrt(2 * math.pi)

gradient(
    erf,
    lambda g, y, x: multiply_no_nan(g, 2 / ROOT_PI * np.exp(-x * x)),
    maths=(r"\operatorname{erf} x", r"\frac{2}{\sqrt{\pi}} e^{-x^2}"),
)
gradient(
    erfc,
    lambda g, y, x: multiply_no_nan(g, -2 / ROOT_PI * np.exp(-x * x)),
    maths=(r"1 - \operatorname{erf}(x)", r"-\frac{2}{\sqrt{\pi}} e^{-x^2}"),
)
gradient(
    erfinv,
    lambda g, y, x: multiply_no_nan(g, ROOT_PI / 2 * np.exp(y * y)),
    maths=(r"\operatorname{erfinv}(x)", r"\frac{\sqrt{\pi}}{2} e^{y^2}"),
)
gradient(
    erfcinv,
    lambda g, y, x: multiply_no_nan(g, -ROOT_PI / 2 * np.exp(y * y)),
    maths=(r"\operatorname{erfinv}(1 - x)", r"-\frac{\sqrt{\pi}}{2} e^{y^2}"),
)


def _slope_of_erfcx(x: Any) -> Any:
    """2 x erfcx(x) - 2 / sqrt(pi), whose terms cancel for a large x; there the derivative of its
    asymptotic series, 1 / (x sqrt(pi)) (1 - 1 / (2 x^2) + ...), DLMF 7.12.1.
    """
    far = x > (50 if x.dtype == np.float64 else 8)
    q = 1 / np.square(np.where(far, x, 1))
    series = -q * (1 - q * (1.5 - q * (3.75 - q * 13.125))) / ROOT_PI
    return np.where(far, series, 2 * x * erfcx(x) - 2 / ROOT_PI)


gradient(
    erfcx,
    lambda g, y, x: multiply_no_nan(g, _slope_of_erfcx(x)),
    maths=(r"e^{x^2} (1 - \operatorname{erf}(x))", r"2 x y - \frac{2}{\sqrt{\pi}}"),
)
gradient(
    dawsn,
    lambda g, y, x: multiply_no_nan(g, 1 - 2 * x * y),
    maths=(r"\operatorname{dawsn}(x)", "1 - 2 x y"),
)

# -- the normal distribution -----------------------------------------------------------------------

gradient(
    ndtr,
    lambda g, y, x: multiply_no_nan(g, np.exp(-0.5 * x * x) / ROOT_2_PI),
    maths=(r"\Phi(x)", r"\varphi(x)"),
)
# Not exp(log phi(x) - y), in which two large numbers cancel for x far below 0.
gradient(
    log_ndtr,
    lambda g, y, x: multiply_no_nan(g, (2 / ROOT_2_PI) / erfcx(-x / ROOT_2)),
    maths=(r"\log \Phi(x)", r"\frac{\varphi(x)}{\Phi(x)}"),
)
gradient(
    ndtri,
    lambda g, y, p: multiply_no_nan(g, ROOT_2_PI * np.exp(0.5 * y * y)),
    maths=(r"\operatorname{ndtri}(p)", r"\frac{1}{\varphi(y)}"),
)
