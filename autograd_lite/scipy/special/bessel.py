"""Rules of the Bessel functions, by the recurrences of their derivatives (DLMF 10.6, 10.29)."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import (
    i0,
    i0e,
    i1,
    i1e,
    iv,
    ive,
    j0,
    j1,
    jn,
    jv,
    k0,
    k0e,
    k1,
    k1e,
    kn,
    kv,
    y0,
    y1,
    yn,
    yv,
)

from autograd_lite.primitives import multiply_no_nan
from autograd_lite.scipy.special.operands import typed
from autograd_lite.scipy.special.refusing import no_derivative
from autograd_lite.table import gradient

__all__ = [
    "i0",
    "i0e",
    "i1",
    "i1e",
    "iv",
    "ive",
    "j0",
    "j1",
    "jn",
    "jv",
    "k0",
    "k0e",
    "k1",
    "k1e",
    "kn",
    "kv",
    "y0",
    "y1",
    "yn",
    "yv",
]


def _order_zero(function: Any, one: Any, sign: int) -> None:
    """The function of order 0, whose derivative is that of order 1, or minus it."""
    gradient(
        function,
        lambda g, y, x: multiply_no_nan(g, sign * one(x)),
        maths=(
            rf"\operatorname{{{function.__name__}}}(x)",
            rf"{'' if sign > 0 else '-'}\operatorname{{{one.__name__}}}(x)",
        ),
    )


def _order_one(function: Any, zero: Any, any_order: Any, below: float, above: float) -> None:
    """Order 1: its neighbours' mean, with signs, without division by x, which may be 0."""
    name = any_order.__name__
    gradient(
        function,
        lambda g, y, x: multiply_no_nan(g, below * zero(x) + above * any_order(2.0, x)),
        maths=(
            rf"\operatorname{{{function.__name__}}}(x)",
            rf"{below} \operatorname{{{zero.__name__}}}(x) "
            rf"{'+' if above > 0 else '-'} {abs(above)} \operatorname{{{name}}}(2, x)",
        ),
    )


def _any_order(function: Any, below: float, above: float) -> None:
    """The function of order v: its neighbours' mean, with signs."""
    name = rf"\operatorname{{{function.__name__}}}"
    gradient(
        function,
        no_derivative(function.__name__, "its order", "v x"),
        lambda g, y, v, x: multiply_no_nan(
            g, below * function(typed(v, y) - 1, x) + above * function(typed(v, y) + 1, x)
        ),
        maths=(
            f"{name}(v, x)",
            None,
            f"{below} {name}(v - 1, x) {'+' if above > 0 else '-'} {abs(above)} {name}(v + 1, x)",
        ),
    )


_order_zero(j0, j1, -1)
_order_zero(y0, y1, -1)
_order_zero(i0, i1, 1)
_order_zero(k0, k1, -1)
_order_one(j1, j0, jv, 0.5, -0.5)
_order_one(y1, y0, yv, 0.5, -0.5)
_order_one(i1, i0, iv, 0.5, 0.5)
_order_one(k1, k0, kv, -0.5, -0.5)
for _function in (jv, yv, yn):
    _any_order(_function, 0.5, -0.5)
_any_order(iv, 0.5, 0.5)
for _function in (kv, kn):
    _any_order(_function, -0.5, -0.5)

# -- scaled by exp(-|x|), or exp(x) ----------------------------------------------------------------

gradient(
    i0e,
    lambda g, y, x: multiply_no_nan(g, i1e(x) - np.sign(x) * y),
    maths=(
        r"e^{-\lvert x \rvert} \operatorname{i0}(x)",
        r"\operatorname{i1e}(x) - \operatorname{sign}(x) y",
    ),
)
gradient(
    i1e,
    lambda g, y, x: multiply_no_nan(g, 0.5 * (i0e(x) + ive(2.0, x)) - np.sign(x) * y),
    maths=(
        r"e^{-\lvert x \rvert} \operatorname{i1}(x)",
        r"0.5 (\operatorname{i0e}(x) + \operatorname{ive}(2, x)) - \operatorname{sign}(x) y",
    ),
)
gradient(
    ive,
    no_derivative("ive", "its order", "v x"),
    lambda g, y, v, x: multiply_no_nan(
        g, 0.5 * (ive(typed(v, y) - 1, x) + ive(typed(v, y) + 1, x)) - np.sign(x) * y
    ),
    maths=(
        r"e^{-\lvert x \rvert} \operatorname{iv}(v, x)",
        None,
        r"0.5 (\operatorname{ive}(v - 1, x) + \operatorname{ive}(v + 1, x))"
        r" - \operatorname{sign}(x) y",
    ),
)
gradient(
    k0e,
    lambda g, y, x: multiply_no_nan(g, y - k1e(x)),
    maths=(r"e^x \operatorname{k0}(x)", r"y - \operatorname{k1e}(x)"),
)
gradient(
    k1e,
    lambda g, y, x: multiply_no_nan(g, y - k0e(x) - y / x),
    maths=(
        r"e^x \operatorname{k1}(x)",
        r"y - \operatorname{k0e}(x) - \frac{y}{x}",
    ),
)
