"""Rules of products with a logarithm: 0 log 0 is 0."""

from __future__ import annotations

import numpy as np
from scipy.special import entr, kl_div, rel_entr, xlog1py, xlogy

from autograd_lite.primitives import multiply_no_nan
from autograd_lite.scipy.special.operands import of_both
from autograd_lite.table import gradient

__all__ = ["entr", "kl_div", "rel_entr", "xlog1py", "xlogy"]

gradient(
    xlogy,
    of_both(lambda y, a, b: np.log(b)),
    of_both(lambda y, a, b: multiply_no_nan(a, 1 / b)),
    maths=(r"a \log b", r"\log b", r"\frac{a}{b}"),
)
gradient(
    xlog1py,
    of_both(lambda y, a, b: np.log1p(b)),
    of_both(lambda y, a, b: multiply_no_nan(a, 1 / (1 + b))),
    maths=(r"a \log(1 + b)", r"\log(1 + b)", r"\frac{a}{1 + b}"),
)
gradient(
    entr,
    lambda g, y, x: multiply_no_nan(g, -np.log(x) - 1),
    maths=(r"-x \log x", r"-\log x - 1"),
)
gradient(
    rel_entr,
    of_both(lambda y, a, b: np.log(a / b) + 1),
    of_both(lambda y, a, b: -multiply_no_nan(a, 1 / b)),
    maths=(r"a \log \frac{a}{b}", r"\log \frac{a}{b} + 1", r"-\frac{a}{b}"),
)
gradient(
    kl_div,
    of_both(lambda y, a, b: np.log(a / b)),
    of_both(lambda y, a, b: 1 - multiply_no_nan(a, 1 / b)),
    maths=(r"a \log \frac{a}{b} - a + b", r"\log \frac{a}{b}", r"1 - \frac{a}{b}"),
)
