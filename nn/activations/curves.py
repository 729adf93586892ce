"""Smooth activations: sigmoids, and what is made of exponentials."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_lite import gradient
from autograd_lite.extend import multiply_no_nan
from nn.activations.operation import activation


@activation
def sigmoid(x: Any) -> Any:
    """1 / (1 + exp(-x)); accurate relative to the result, however small.

    Example:
        >>> sigmoid([-1000.0, 0.0, 1000.0])
        array([0. , 0.5, 1. ])
    """
    with np.errstate(over="ignore"):  # exp(-x) may be infinite: 1 / inf is the 0 we want
        return 1 / (1 + np.exp(-x))


# 1 - y, although it has few digits where y is near 1: the upstream gradient of a crossentropy was
# divided by the same number, and only what cancels is exact.
gradient(
    sigmoid,
    lambda g, y, x: g * y * (1 - y),
    maths=(r"\sigma(x) = \frac{1}{1 + e^{-x}}", "y (1 - y)"),
)


@activation
def log_sigmoid(x: Any) -> Any:
    """log(sigmoid(x)), without the logarithm of 0.

    Example:
        >>> log_sigmoid([-1000.0, 0.0])
        array([-1.00000000e+03, -6.93147181e-01])
    """
    return np.minimum(x, 0) - np.log1p(np.exp(-np.abs(x)))


gradient(
    log_sigmoid,
    lambda g, y, x: g * sigmoid(-x),
    maths=(r"\log \sigma(x) = -\log(1 + e^{-x})", r"\sigma(-x)"),
)


def tanh(x: Any) -> Any:
    """The hyperbolic tangent: `np.tanh`."""
    return np.tanh(x)


@activation
def softplus(x: Any) -> Any:
    """log(1 + exp(x)), a relu without the kink."""
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


gradient(softplus, lambda g, y, x: g * sigmoid(x), maths=(r"\log(1 + e^x)", r"\sigma(x)"))


def _largest(x: Any) -> float:
    """A number that 1 added to it does not change, and that can be doubled."""
    return float(np.finfo(x.dtype).max) / 4


@activation
def softsign(x: Any) -> Any:
    """x / (1 + abs(x))."""
    size = np.minimum(np.abs(x), _largest(x))  # inf / inf is NaN
    return np.copysign(size / (1 + size), x)


gradient(
    softsign,
    lambda g, y, x: g / np.square(1 + np.abs(x)),
    maths=(r"\frac{x}{1 + \lvert x \rvert}", r"\frac{1}{(1 + \lvert x \rvert)^2}"),
)


@activation
def exponential(x: Any) -> Any:
    """exp(x); infinite where that is beyond the largest number."""
    with np.errstate(over="ignore"):
        # In float32 NumPy's exp is off by up to 2.5 in the last place.
        return np.exp(x.astype(np.float64)).astype(x.dtype)


gradient(exponential, lambda g, y, x: multiply_no_nan(g, y), maths=("e^x", "y"))


# -- exponential linear units ----------------------------------------------------------------------


def _expm1(x: Any) -> Any:
    """exp(x) - 1, of arrays. Of float32 NumPy's own is off by up to 2.3 in the last place."""
    return np.expm1(x.astype(np.float64)).astype(x.dtype)


@activation
def elu(x: Any, alpha: float = 1.0) -> Any:
    """x where positive, ``alpha * (exp(x) - 1)`` elsewhere (Clevert et al., 2015).

    Example:
        >>> elu([-1000.0, 0.0, 2.0])
        array([-1.,  0.,  2.])
    """
    return np.maximum(x, 0) + alpha * _expm1(np.minimum(x, 0))


gradient(
    elu,
    lambda g, y, x, alpha=1.0: g * np.where(x > 0, 1.0, alpha * np.exp(np.minimum(x, 0))),
    maths=(
        r"\begin{cases} x & x > 0 \\ \alpha (e^x - 1) & x \le 0 \end{cases}",
        r"\begin{cases} 1 & x > 0 \\ y + \alpha & x \le 0 \end{cases}",
    ),
)

SELU_ALPHA = 1.6732632423543772
SELU_SCALE = 1.0507009873554805


@activation
def selu(x: Any) -> Any:
    """``1.0507 * elu(x, alpha=1.6733)``, which keeps mean 0 and variance 1 from layer to layer
    (Klambauer et al., 2017).
    """
    return SELU_SCALE * (np.maximum(x, 0) + SELU_ALPHA * _expm1(np.minimum(x, 0)))


gradient(
    selu,
    lambda g, y, x: SELU_SCALE * g * np.where(x > 0, 1.0, SELU_ALPHA * np.exp(np.minimum(x, 0))),
    maths=(
        r"\begin{cases} 1.0507 x & x > 0 \\ 1.7581 (e^x - 1) & x \le 0 \end{cases}",
        r"\begin{cases} 1.0507 & x > 0 \\ y + 1.7581 & x \le 0 \end{cases}",
    ),
)


@activation
def celu(x: Any, alpha: float = 1.0) -> Any:
    """x where positive, ``alpha * (exp(x / alpha) - 1)`` elsewhere (Barron, 2017).

    Example:
        >>> celu([-2000.0, 0.0, 2.0], alpha=2.0)
        array([-2.,  0.,  2.])
    """
    return np.maximum(x, 0) + alpha * _expm1(np.minimum(x, 0) / alpha)


gradient(
    celu,
    lambda g, y, x, alpha=1.0: g * np.where(x > 0, 1.0, np.exp(np.minimum(x, 0) / alpha)),
    maths=(
        r"\begin{cases} x & x > 0 \\ \alpha (e^{\frac{x}{\alpha}} - 1) & x \le 0 \end{cases}",
        r"\begin{cases} 1 & x > 0 \\ e^{\frac{x}{\alpha}} & x \le 0 \end{cases}",
    ),
)

# -- others ----------------------------------------------------------------------------------------


@activation
def tanh_shrink(x: Any) -> Any:
    """x - tanh(x).

    Example:
        >>> tanh_shrink([-1000.0, 0.0])
        array([-999.,    0.])
    """
    return x - np.tanh(x)


gradient(
    tanh_shrink,
    lambda g, y, x: g * np.square(np.tanh(x)),
    maths=(r"x - \tanh(x)", r"\tanh^2(x)"),
)


@activation
def squareplus(x: Any, b: float = 4) -> Any:
    """(x + sqrt(x² + b)) / 2, a softplus without exponentials (Barron, 2021).

    Example:
        >>> squareplus([-1e8, 0.0, 1e8])
        array([1.e-08, 1.e+00, 1.e+08])
    """
    size = np.abs(x)
    total = size + np.hypot(x, math.sqrt(b))
    # Of a negative x the two would cancel; their product is b / 4.
    return np.where(x > 0, total / 2, b / 2 / total)


def _squareplus_rule(g: Any, y: Any, x: Any, b: float = 4) -> Any:
    x = np.minimum(np.maximum(x, -1e4), _largest(x))  # inf / inf is NaN
    return g * squareplus(x, b) / np.hypot(x, math.sqrt(b))


gradient(
    squareplus,
    _squareplus_rule,
    maths=(r"\frac{1}{2} (x + \sqrt{x^2 + b})", r"\frac{1}{2} (1 + \frac{x}{\sqrt{x^2 + b}})"),
)
