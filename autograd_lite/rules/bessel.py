"""The modified Bessel function of order 0, `np.i0`, and its derivatives of any order."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_lite.primitives import multiply_no_nan
from autograd_lite.recording import primitive
from autograd_lite.table import gradient


@primitive
def bessel_i(x: Any, order: int) -> Any:
    """I_n(x), the modified Bessel function of the first kind of an integer order n.

    By the ratios r_k = I_k / I_(k-1), which I_(k-1) - I_(k+1) = (2 k / x) I_k (DLMF 10.29.1) turns
    into r_k = x / (2 k + x r_(k+1)). Downwards that is stable, and an error at the start shrinks
    by r_k^2 in each step: sqrt(|x|) steps below where it starts nothing is left of it.
    """
    x = np.asarray(x)
    if order == 0 or not x.size:
        return np.i0(x)
    wide = x.astype(np.float64)
    largest = float(np.max(np.abs(wide), initial=0, where=np.isfinite(wide)))
    result = np.i0(wide)
    ratio = np.zeros_like(wide)
    ratios = []
    for k in range(order + 30 + int(8 * math.sqrt(largest)), 0, -1):
        ratio = wide / (2 * k + wide * ratio)
        if k <= order:
            ratios.append(ratio)
    for factor in ratios:
        result = result * factor
    return result.astype(x.dtype)


gradient(
    bessel_i,
    lambda g, y, x, *, order: multiply_no_nan(
        g, 0.5 * (bessel_i(x, order=abs(order - 1)) + bessel_i(x, order=order + 1))
    ),
    maths=(
        r"I_{\mathrm{order}}(x)",
        r"\frac{1}{2} (I_{\mathrm{order} - 1}(x) + I_{\mathrm{order} + 1}(x))",
    ),
)
gradient(
    np.i0,
    lambda g, y, x: multiply_no_nan(g, bessel_i(x, order=1)),
    maths=(r"\operatorname{i0}(x)", r"\operatorname{i1}(x)"),
)
