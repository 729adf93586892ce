"""`logsumexp`, `softmax` and `log_softmax` with SciPy's arguments."""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd_lite.rules.reductions as reductions
from autograd_lite.primitives import multiply_no_nan, stop_gradient

__all__ = ["log_softmax", "logsumexp", "softmax"]


def logsumexp(
    a: Any, axis: Any = None, b: Any = None, keepdims: bool = False, return_sign: bool = False
) -> Any:
    """log(sum(b * exp(a))) along an axis, without overflow.

    Args:
        a: array or Tensor.
        axis: None for all, an axis, or a tuple of axes.
        b: weights, of a shape that broadcasts with a; None for 1. Where their sum is negative the
            result is NaN.
        keepdims: whether the reduced axes stay, with length 1.
        return_sign: only False: a sign has no derivative.

    Example:
        >>> float(logsumexp(np.array([0.0, 0.0]), b=np.array([1.0, 3.0])) - np.log(4.0))
        0.0
    """
    if return_sign:
        raise TypeError(
            "logsumexp(return_sign=True) is not differentiable: use scipy.special.logsumexp on "
            "arrays, or split the sum into its positive and its negative terms"
        )
    if b is None:
        return reductions.logsumexp(a, axis=axis, keepdims=keepdims)
    counted = np.where(b == 0, -np.inf, stop_gradient(a) + 0 * stop_gradient(b))
    highest = np.max(counted, axis=axis, keepdims=True, initial=-np.inf)
    shift = np.where(np.isfinite(highest), highest, 0)
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        terms = multiply_no_nan(b, np.exp(a - shift))  # nothing where b is 0, however large a is
        total = np.log(np.sum(terms, axis=axis, keepdims=True)) + shift
    return total if keepdims else np.squeeze(total, axis=axis)


def log_softmax(x: Any, axis: Any = None) -> Any:
    """The logarithm of `softmax`, as `scipy.special.log_softmax`."""
    return x - reductions.logsumexp(x, axis=axis, keepdims=True)


def softmax(x: Any, axis: Any = None) -> Any:
    """exp(x) divided by its sum, as `scipy.special.softmax`: over all axes by default.

    Example:
        >>> softmax(np.array([0.0, np.log(3.0)]))
        array([0.25, 0.75])
    """
    return reductions.shares(x, axis=axis)
