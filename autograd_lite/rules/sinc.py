"""The derivatives of sinc(x) = sin(pi x) / (pi x), of any order, also at 0."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_lite.primitives import multiply_no_nan
from autograd_lite.recording import primitive
from autograd_lite.table import gradient

_TERMS = 24  # enough for pi |x| up to 6 in double precision


@primitive
def sinc_derivative(x: Any, order: int) -> Any:
    """The derivative of `np.sinc` of the given order.

    Away from 0 by Leibniz' rule on x sinc(x) = sin(pi x) / pi, which gives
    x f_n = pi^(n-1) sin(pi x + n pi / 2) - n f_(n-1); near 0, where that cancels, by the series
    sum over k of (-1)^k (pi x)^(2k) / (2k + 1)!, differentiated term by term.
    """
    x = np.asarray(x)
    near = np.abs(x) < 0.5 + 0.25 * order
    return np.where(near, _series(np.where(near, x, 0), order), _recursion(x, near, order))


gradient(
    sinc_derivative,
    lambda g, y, x, *, order: multiply_no_nan(g, sinc_derivative(x, order=order + 1)),
    maths=(
        r"\operatorname{sinc}^{(\mathrm{order})}(x)",
        r"\operatorname{sinc}^{(\mathrm{order} + 1)}(x)",
    ),
)


def _series(x: Any, order: int) -> Any:
    total = np.zeros_like(x)
    for k in range((order + 1) // 2, (order + 1) // 2 + _TERMS):
        power = 2 * k - order
        factor = math.perm(2 * k, order) / math.factorial(2 * k + 1)
        total = total + (-1) ** k * math.pi ** (2 * k) * factor * x**power
    return total


def _recursion(x: Any, near: Any, order: int) -> Any:
    far = np.where(near, 1, x)
    value = np.sinc(far)
    for n in range(1, order + 1):
        value = (math.pi ** (n - 1) * np.sin(math.pi * far + n * math.pi / 2) - n * value) / far
    return value
