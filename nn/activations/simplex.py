"""Activations along an axis: numbers that add up to 1, and their logarithms."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite import gradient
from autograd_lite.extend import subtract_max
from nn.activations.operation import activation


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


@activation
def sparsemax(x: Any, axis: int = -1) -> Any:
    """The nearest point of the probability simplex (Martins and Astudillo, 2016).

    Example:
        >>> sparsemax([1.0, 0.5, -1.0])
        array([0.75, 0.25, 0.  ])
    """
    x = np.moveaxis(x, axis, -1)
    if not x.shape[-1]:
        return np.moveaxis(x, -1, axis)
    descending = -np.sort(-x, axis=-1)
    total = np.cumsum(descending, axis=-1)
    count = np.arange(1, x.shape[-1] + 1).astype(x.dtype)
    inside = descending - (total - 1) / count > 0
    kept = np.sum(inside, axis=-1, keepdims=True).astype(x.dtype)
    excess = (np.sum(np.where(inside, descending, 0), axis=-1, keepdims=True) - 1) / kept
    return np.moveaxis(np.maximum(x - excess, 0), -1, axis)


def _sparsemax_rule(g: Any, y: Any, x: Any, axis: int = -1) -> Any:
    inside = (y > 0).astype(x.dtype)
    given = np.sum(g * inside, axis=axis, keepdims=True)
    return inside * (g - given / np.sum(inside, axis=axis, keepdims=True))


gradient(
    sparsemax,
    _sparsemax_rule,
    maths=(
        r"\operatorname{sparsemax}(x)",
        r"[y > 0] \odot (\bar{y} - \operatorname{mean}_{y > 0} \bar{y})",
    ),
)
