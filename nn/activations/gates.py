"""Activations that multiply by a gate, which opens from 0 to 1."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_lite import gradient
from nn._core.erf import normal_below
from nn.activations.curves import sigmoid
from nn.activations.lines import hard_sigmoid
from nn.activations.operation import activation, bounded, floating

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
    return g * (gate + bounded(x) * gate * (1 - gate))


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
    return g * (gate + bounded(x) * (1 - gate * gate) * sigmoid(x))


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
        return g * (normal_below(x) + bounded(x) * np.exp(-0.5 * x * x) / math.sqrt(2 * math.pi))
    x = bounded(x)
    gate = sigmoid(2 * _gelu_argument(x))
    slope = 2 * math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * x * x)
    return g * (gate + x * slope * gate * (1 - gate))


gradient(gelu, _gelu_rule, maths=(r"x \Phi(x)", r"\Phi(x) + x \varphi(x)"))


def _gelu_argument(x: Any) -> Any:
    """u with 0.5 (1 + tanh(u)), which is sigmoid(2 u), close to the normal distribution."""
    x = np.minimum(x, 1e4)  # beyond, the cube could overflow
    return math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)


@activation
def hard_silu(x: Any) -> Any:
    """``x * hard_sigmoid(x)``; also known as hard_swish (Howard et al., 2019).

    Example:
        >>> hard_silu([-np.inf, 1.5, 4.0])
        array([-0.   ,  1.125,  4.   ])
    """
    return np.maximum(x, -1e4) * hard_sigmoid(x)


def _hard_silu_rule(g: Any, y: Any, x: Any) -> Any:
    gate = hard_sigmoid(x)
    return g * (gate + bounded(x) * ((gate > 0) & (gate < 1)) / 6)


gradient(
    hard_silu,
    _hard_silu_rule,
    maths=(
        r"\frac{1}{6} x \min(\max(x + 3, 0), 6)",
        r"\frac{1}{6} (\min(\max(x + 3, 0), 6) + x [-3 < x < 3])",
    ),
)


hard_swish = hard_silu


def glu(x: Any, axis: int = -1) -> Any:
    """The first half of an axis times the sigmoid of the second (Dauphin et al., 2017).

    Raises:
        ValueError: for an axis of odd length.

    Example:
        >>> glu([3.0, 0.0])
        array([1.5])
    """
    x = floating(x)
    if x.shape[axis] % 2:
        raise ValueError(
            f"glu halves an axis: axis {axis} of shape {x.shape} has odd length. "
            "Give the layer before it an even number of units"
        )
    values, gate = np.split(x, 2, axis=axis)
    return values * sigmoid(gate)
