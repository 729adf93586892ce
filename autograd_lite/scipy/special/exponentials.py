"""Rules of the logistic function, its inverse, and relatives of exp and log."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import (
    cbrt,
    cosm1,
    exp1,
    exp2,
    exp10,
    expi,
    expit,
    expm1,
    log1p,
    log_expit,
    logit,
)

from autograd_lite.primitives import multiply_no_nan
from autograd_lite.table import gradient

__all__ = [
    "cbrt",
    "cosm1",
    "exp1",
    "exp2",
    "exp10",
    "expi",
    "expit",
    "expm1",
    "log1p",
    "log_expit",
    "logit",
]

# Not y (1 - y), in which 1 - y is lost in rounding for a large x.
gradient(
    expit,
    lambda g, y, x: multiply_no_nan(g, y * expit(-x)),
    maths=(r"\frac{1}{1 + e^{-x}}", "y (1 - y)"),
)
gradient(
    log_expit,
    lambda g, y, x: multiply_no_nan(g, expit(-x)),
    maths=(r"-\log(1 + e^{-x})", "1 - e^y"),
)
gradient(
    logit,
    lambda g, y, p: multiply_no_nan(g, 1 / (p * (1 - p))),
    maths=(r"\log \frac{p}{1 - p}", r"\frac{1}{p (1 - p)}"),
)
gradient(expm1, lambda g, y, x: multiply_no_nan(g, np.exp(x)), maths=("e^x - 1", "e^x"))
gradient(exp2, lambda g, y, x: multiply_no_nan(g, y * math.log(2)), maths=("2^x", r"y \log 2"))
gradient(exp10, lambda g, y, x: multiply_no_nan(g, y * math.log(10)), maths=("10^x", r"y \log 10"))
gradient(
    log1p,
    lambda g, y, x: multiply_no_nan(g, 1 / (1 + x)),
    maths=(r"\log(1 + x)", r"\frac{1}{1 + x}"),
)
gradient(
    cbrt,
    lambda g, y, x: multiply_no_nan(g, 1 / (3 * y * y)),
    maths=(r"\sqrt[3]{x}", r"\frac{1}{3 y^2}"),
)
gradient(cosm1, lambda g, y, x: multiply_no_nan(g, -np.sin(x)), maths=(r"\cos x - 1", r"-\sin x"))
gradient(
    expi,
    lambda g, y, x: multiply_no_nan(g, np.exp(x) / x),
    maths=(r"\operatorname{expi}(x)", r"\frac{e^x}{x}"),
)
gradient(
    exp1,
    lambda g, y, x: multiply_no_nan(g, -np.exp(-x) / x),
    maths=(r"\operatorname{exp1}(x)", r"-\frac{e^{-x}}{x}"),
)
