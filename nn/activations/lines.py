"""Activations of straight lines, and of parabolas between them."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite import gradient
from nn.activations.operation import activation, floating


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


# -- towards zero ----------------------------------------------------------------------------------


@activation
def hard_shrink(x: Any, threshold: float = 0.5) -> Any:
    """x where its absolute value is above the threshold, else 0.

    Example:
        >>> hard_shrink([-2.0, 0.2, 1.0])
        array([-2.,  0.,  1.])
    """
    return np.where(np.abs(x) <= threshold, np.zeros(x.shape, x.dtype, like=x), x)


gradient(
    hard_shrink,
    lambda g, y, x, threshold=0.5: g * (np.abs(x) > threshold),
    maths=(
        r"x [\lvert x \rvert > \mathrm{threshold}]",
        r"[\lvert x \rvert > \mathrm{threshold}]",
    ),
)


@activation
def soft_shrink(x: Any, threshold: float = 0.5) -> Any:
    """x moved towards 0 by the threshold, and 0 nearer to it.

    Example:
        >>> soft_shrink([-2.0, 0.2, 1.0])
        array([-1.5,  0. ,  0.5])
    """
    return np.maximum(x - threshold, 0) + np.minimum(x + threshold, 0)


gradient(
    soft_shrink,
    lambda g, y, x, threshold=0.5: g * (np.abs(x) > threshold),
    maths=(
        r"\max(x - \mathrm{threshold}, 0) + \min(x + \mathrm{threshold}, 0)",
        r"[\lvert x \rvert > \mathrm{threshold}]",
    ),
)


def threshold(x: Any, threshold: float, default_value: float) -> Any:
    """x where it is above the threshold, else the default value.

    Example:
        >>> threshold([0.2, 1.0], 0.5, -1)
        array([-1.,  1.])
    """
    x = floating(x)
    return np.where(x <= threshold, np.full_like(x, default_value), x)


# -- a parabola between lines (Wang et al., 2024) --------------------------------------------------


@activation
def sparse_plus(x: Any) -> Any:
    """0 up to -1, x from 1 on, and (x + 1)² / 4 between.

    Example:
        >>> sparse_plus([-2.0, 0.0, 2.0])
        array([0.  , 0.25, 2.  ])
    """
    return np.square(np.clip(x, -1, 1) + 1) / 4 + np.maximum(x - 1, 0)


@activation
def sparse_sigmoid(x: Any) -> Any:
    """0 up to -1, 1 from 1 on, and (x + 1) / 2 between.

    Example:
        >>> sparse_sigmoid([-2.0, 0.5, 2.0])
        array([0.  , 0.75, 1.  ])
    """
    return (np.clip(x, -1, 1) + 1) / 2


gradient(
    sparse_plus,
    lambda g, y, x: g * sparse_sigmoid(x),
    maths=(
        r"\frac{1}{4} (\min(\max(x, -1), 1) + 1)^2 + \max(x - 1, 0)",
        r"\frac{1}{2} (\min(\max(x, -1), 1) + 1)",
    ),
)
gradient(
    sparse_sigmoid,
    lambda g, y, x: g * ((y > 0) & (y < 1)) / 2,
    maths=(r"\frac{1}{2} (\min(\max(x, -1), 1) + 1)", r"\frac{1}{2} [0 < y < 1]"),
)
