"""Rules of products with a logarithm: 0 log 0 is 0."""

from __future__ import annotations

import numpy as np
from scipy.special import entr, kl_div, rel_entr, xlog1py, xlogy

from autograd_lite.primitives import multiply_no_nan
from autograd_lite.table import gradient

__all__ = ["entr", "kl_div", "rel_entr", "xlog1py", "xlogy"]

gradient(
    xlogy,
    lambda g, y, a, b: multiply_no_nan(g, np.log(b)),
    lambda g, y, a, b: multiply_no_nan(g, multiply_no_nan(a, 1 / b)),
    maths=(r"a \log b", r"\log b", r"\frac{a}{b}"),
)
gradient(
    xlog1py,
    lambda g, y, a, b: multiply_no_nan(g, np.log1p(b)),
    lambda g, y, a, b: multiply_no_nan(g, multiply_no_nan(a, 1 / (1 + b))),
    maths=(r"a \log(1 + b)", r"\log(1 + b)", r"\frac{a}{1 + b}"),
)
gradient(
    entr,
    lambda g, y, x: multiply_no_nan(g, -np.log(x) - 1),
    maths=(r"-x \log x", r"-\log x - 1"),
)
gradient(
    rel_entr,
    lambda g, y, a, b: multiply_no_nan(g, np.log(a / b) + 1),
    lambda g, y, a, b: multiply_no_nan(g, -multiply_no_nan(a, 1 / b)),
    maths=(r"a \log \frac{a}{b}", r"\log \frac{a}{b} + 1", r"-\frac{a}{b}"),
)
gradient(
    kl_div,
    lambda g, y, a, b: multiply_no_nan(g, np.log(a / b)),
    lambda g, y, a, b: multiply_no_nan(g, 1 - multiply_no_nan(a, 1 / b)),
    maths=(r"a \log \frac{a}{b} - a + b", r"\log \frac{a}{b}", r"1 - \frac{a}{b}"),
)
