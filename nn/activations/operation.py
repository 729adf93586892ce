"""`activation`: what makes a function an operation that takes all kinds of numbers."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_lite import primitive
from autograd_lite.extend import carries_mask, elementwise

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


def bounded(x: Any) -> Any:
    """Clip x to [-1e4, 1e4], where every sigmoid, tanh and erf has long reached 0 or 1.

    An infinite x would make 0 * inf, NaN, of a product whose limit is 0.
    """
    return np.minimum(np.maximum(x, -1e4), 1e4)
