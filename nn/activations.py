"""Activations: the elementwise functions that a layer applies to its weighted sum.

Each is one operation: one node in a graph, named as the activation, with its derivative beside it.
Arrays give arrays, Tensors give Tensors. Values are exact at the extremes: no input, however
large, overflows to NaN, and infinities give the limit.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_lite import gradient, primitive
from autograd_lite.extend import carries_mask, elementwise, multiply_no_nan, subtract_max
from nn._core.erf import normal_below
from nn._core.identifiers import lookup

__all__ = [
    "elu",
    "exponential",
    "gelu",
    "get",
    "hard_sigmoid",
    "hard_tanh",
    "leaky_relu",
    "linear",
    "log_sigmoid",
    "log_softmax",
    "mish",
    "relu",
    "relu6",
    "selu",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "softsign",
    "swish",
    "tanh",
]

Activation = Callable[..., Any]


def activation(function: Activation) -> Activation:
    """Make a primitive that also takes lists, numbers and integer arrays."""

    @functools.wraps(function)
    def evaluate(x: Any, *args: Any, **keywords: Any) -> Any:
        if x.__class__ is not np.ndarray or x.dtype.kind != "f":
            x = floating(x)
        return function(x, *args, **keywords)

    operation = primitive(evaluate, inlinable=True)
    carries_mask(elementwise, operation)
    return operation


def floating(x: Any) -> Any:
    """Convert `x` to a floating array or Tensor: integers become float64, lists become arrays.

    Raises:
        TypeError: for anything but numbers.
    """
    array = x if hasattr(x, "dtype") and not isinstance(x, np.generic) else np.asarray(x)
    kind = array.dtype.kind
    if kind == "f":
        return array
    if kind not in "iub":
        raise TypeError(f"expected numbers, got an array of dtype {array.dtype}")
    return array.astype(float)


def _bounded(x: Any) -> Any:
    """Clip x to [-1e4, 1e4], where every sigmoid, tanh and erf has long reached 0 or 1.

    An infinite x would make 0 * inf, NaN, of a product whose limit is 0.
    """
    return np.minimum(np.maximum(x, -1e4), 1e4)


# -- piecewise linear ------------------------------------------------------------------------------


def linear(x: Any) -> Any:
    """Return x: no activation."""
    return x


@activation
def relu(
    x: Any, negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0
) -> Any:
    """max(x, 0), the rectified linear unit; the derivative at 0 is 0.

    Args:
        x: array or Tensor.
        negative_slope: below the threshold the result is ``negative_slope * (x - threshold)``.
        max_value: the largest result; None for no limit.
        threshold: up to here x counts as negative.

    Example:
        >>> relu([-2.0, 0.0, 3.0])
        array([0., 0., 3.])
        >>> relu([-2.0, 3.0, 9.0], negative_slope=0.5, max_value=6)
        array([-1.,  3.,  6.])
    """
    if threshold:
        y = np.where(x <= threshold, 0, x)
    else:
        # NumPy compares two arrays two to three times as fast as an array and a number.
        y = np.maximum(x, np.zeros(x.shape, x.dtype, like=x))
    if max_value is not None:
        y = np.minimum(y, max_value)
    return y - negative_slope * np.maximum(threshold - x, 0) if negative_slope else y


def _relu_rule(
    g: Any,
    y: Any,
    x: Any,
    negative_slope: float = 0.0,
    max_value: float | None = None,
    threshold: float = 0.0,
) -> Any:
    active = x > threshold
    if max_value is not None:
        active = active & (x < max_value)
    slope = g * active
    return slope + negative_slope * g * (x <= threshold) if negative_slope else slope


gradient(relu, _relu_rule, maths=(r"\max(x, 0)", "[x > 0]"))


@activation
def leaky_relu(x: Any, negative_slope: float = 0.2) -> Any:
    """x where positive, ``negative_slope * x`` elsewhere.

    Example:
        >>> leaky_relu([-1.0, 2.0])
        array([-0.2,  2. ])
    """
    larger = np.maximum if negative_slope <= 1 else np.minimum
    return larger(x, negative_slope * x)


gradient(
    leaky_relu,
    lambda g, y, x, negative_slope=0.2: g * (x > 0) + negative_slope * g * (x <= 0),
    maths=(
        r"\begin{cases} x & x > 0 \\ \mathrm{negative\_slope} \, x & x \le 0 \end{cases}",
        r"\begin{cases} 1 & x > 0 \\ \mathrm{negative\_slope} & x \le 0 \end{cases}",
    ),
)


@activation
def relu6(x: Any) -> Any:
    """min(max(x, 0), 6)."""
    return np.clip(x, 0, 6)


gradient(
    relu6, lambda g, y, x: g * ((y > 0) & (y < 6)), maths=(r"\min(\max(x, 0), 6)", "[0 < y < 6]")
)


@activation
def hard_sigmoid(x: Any) -> Any:
    """``relu6(x + 3) / 6``: a sigmoid made of three straight lines."""
    return np.clip(x + 3, 0, 6) / 6


gradient(
    hard_sigmoid,
    lambda g, y, x: g * ((y > 0) & (y < 1)) / 6,
    maths=(r"\frac{1}{6} \min(\max(x + 3, 0), 6)", r"\frac{1}{6} [0 < y < 1]"),
)


@activation
def hard_tanh(x: Any) -> Any:
    """x between -1 and 1, the nearer of the two elsewhere; the derivative at -1 and 1 is 1."""
    return np.clip(x, -1, 1)


gradient(
    hard_tanh,
    lambda g, y, x: g * ((x >= -1) & (x <= 1)),
    maths=(r"\min(\max(x, -1), 1)", r"[-1 \le x \le 1]"),
)


# -- the sigmoid and its kin -----------------------------------------------------------------------


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


@activation
def softsign(x: Any) -> Any:
    """x / (1 + abs(x))."""
    size = np.minimum(np.abs(x), 2.0**60)  # 2**60 / (1 + 2**60) rounds to 1; inf / inf is NaN
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

# -- x times a gate that opens from 0 to 1 ---------------------------------------------------------
# `np.maximum(x, -1e4)`: there the gate is exactly 0, and -inf * 0 would be NaN.


@activation
def silu(x: Any) -> Any:
    """``x * sigmoid(x)``; also known as swish.

    Example:
        >>> silu([-1000.0, 0.0, 1000.0])
        array([  -0.,    0., 1000.])
    """
    return np.maximum(x, -1e4) * sigmoid(x)


def _silu_rule(g: Any, y: Any, x: Any) -> Any:
    gate = sigmoid(x)
    return g * (gate + _bounded(x) * gate * (1 - gate))


gradient(silu, _silu_rule, maths=(r"x \sigma(x)", r"\sigma(x) + x \sigma(x) (1 - \sigma(x))"))

swish = silu


def _mish_gate(x: Any) -> Any:
    """tanh(softplus(x)) by one exponential: n / (n + 2) with n = e**x (e**x + 2); 1 from 20 on."""
    w = np.exp(np.minimum(x, 20))
    n = w * (w + 2)
    return n / (n + 2)


@activation
def mish(x: Any) -> Any:
    """``x * tanh(softplus(x))`` (Misra, 2019)."""
    return np.maximum(x, -1e4) * _mish_gate(x)


def _mish_rule(g: Any, y: Any, x: Any) -> Any:
    gate = _mish_gate(x)
    return g * (gate + _bounded(x) * (1 - gate * gate) * sigmoid(x))


gradient(
    mish,
    _mish_rule,
    maths=(
        r"x \tanh(\operatorname{softplus}(x))",
        r"\tanh(\operatorname{softplus}(x))"
        r" + x \sigma(x) (1 - \tanh^2(\operatorname{softplus}(x)))",
    ),
)


@activation
def gelu(x: Any, approximate: bool = False) -> Any:
    """x times the probability that a standard normal number is below x (Hendrycks & Gimpel, 2016).

    Args:
        x: array or Tensor.
        approximate: False for the exact form; True for the form with tanh.

    Example:
        >>> gelu([-1.0, 0.0, 1.0])
        array([-0.15865525,  0.        ,  0.84134475])
    """
    x = np.maximum(x, -1e4)
    return x * (sigmoid(2 * _gelu_argument(x)) if approximate else normal_below(x))


def _gelu_rule(g: Any, y: Any, x: Any, approximate: bool = False) -> Any:
    if not approximate:
        return g * (normal_below(x) + _bounded(x) * np.exp(-0.5 * x * x) / math.sqrt(2 * math.pi))
    x = _bounded(x)
    gate = sigmoid(2 * _gelu_argument(x))
    slope = 2 * math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * x * x)
    return g * (gate + x * slope * gate * (1 - gate))


gradient(gelu, _gelu_rule, maths=(r"x \Phi(x)", r"\Phi(x) + x \varphi(x)"))


def _gelu_argument(x: Any) -> Any:
    """u with 0.5 (1 + tanh(u)), which is sigmoid(2 u), close to the normal distribution."""
    x = np.minimum(x, 1e4)  # beyond, the cube could overflow
    return math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)


# -- along an axis ---------------------------------------------------------------------------------


@activation
def softmax(x: Any, axis: int = -1) -> Any:
    """exp(x) divided by its sum along an axis: positive numbers that add up to 1.

    Args:
        x: array or Tensor, with at least one axis.
        axis: the axis of the classes.

    Example:
        >>> softmax([[1000.0, 1000.0], [-np.inf, 0.0]])
        array([[0.5, 0.5],
               [0. , 1. ]])
    """
    e = np.exp(subtract_max(x, axis))
    return e / np.add.reduce(e, axis=axis, keepdims=True)


gradient(
    softmax,
    lambda g, y, x, axis=-1: y * (g - np.add.reduce(g * y, axis=axis, keepdims=True)),
    maths=(r"\frac{e^{x_i}}{\sum_j e^{x_j}}", r"y \odot (\bar{y} - \sum_j \bar{y}_j y_j)"),
)


@activation
def log_softmax(x: Any, axis: int = -1) -> Any:
    """log(softmax(x)), without the logarithm of 0.

    Example:
        >>> log_softmax([0.0, -1000.0])
        array([    0., -1000.])
    """
    shifted = subtract_max(x, axis)
    return shifted - np.log(np.add.reduce(np.exp(shifted), axis=axis, keepdims=True))


gradient(
    log_softmax,
    lambda g, y, x, axis=-1: g - np.exp(y) * np.add.reduce(g, axis=axis, keepdims=True),
    maths=(r"x_i - \log \sum_j e^{x_j}", r"\bar{y} - e^y \sum_j \bar{y}_j"),
)

# -- by name ---------------------------------------------------------------------------------------

_BY_NAME: dict[str, Activation] = {name: globals()[name] for name in __all__ if name != "get"}


def get(identifier: str | Activation | None) -> Activation:
    """Resolve an activation: None is `linear`, a string a name, a function itself.

    Raises:
        ValueError: for an unknown name.
        TypeError: for anything else.

    Example:
        >>> get("relu") is relu, get(None) is linear
        (True, True)
    """
    if identifier is None:
        return linear
    if isinstance(identifier, str):
        return _BY_NAME.get(identifier) or lookup("activation", identifier, _BY_NAME)
    if callable(identifier):
        return identifier
    raise TypeError(
        f"an activation is a name, a function or None, got {type(identifier).__name__}: "
        'write activation="relu" or activation=np.tanh'
    )
