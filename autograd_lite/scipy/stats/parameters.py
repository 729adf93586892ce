"""The arguments of a distribution: one dtype, a positive scale, a support."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_lite.tensor import Tensor

__all__ = ["floats", "located", "log_probability", "positive", "within"]


def floats(*values: Any) -> tuple[Any, ...]:
    """All arguments with one floating dtype to compute in: Python's numbers take that of the arrays
    and Tensors of floats among them, which may be float32, and so do integers; else float64.
    """
    arrays = [x if isinstance(x, (Tensor, np.ndarray, np.generic)) else None for x in values]
    lists = [x for x in values if isinstance(x, (list, tuple))]
    dtypes = [x.dtype for x in arrays if x is not None and x.dtype.kind == "f"]
    dtype = np.result_type(*dtypes) if dtypes and not lists else np.dtype(np.float64)
    return tuple(
        np.asarray(x, dtype) if a is None else a if a.dtype.kind == "f" else a.astype(dtype)
        for x, a in zip(values, arrays, strict=True)
    )


def positive(parameter: Any) -> Any:
    """The parameter, NaN where it is not above 0: no density has such a scale or shape."""
    return np.where(parameter > 0, parameter, np.nan)


def located(x: Any, loc: Any, scale: Any) -> tuple[Any, Any]:
    """Return ``((x - loc) / scale, scale)``, NaN where the scale is not above 0."""
    scale = positive(scale)
    return (x - loc) / scale, scale


def within(
    inside: Any, z: Any, harmless: float, function: Callable[[Any], Any], outside: float
) -> Any:
    """`function` of z inside the support, and another number outside, where z is NaN, NaN.

    Args:
        inside: where the support is, a mask.
        z: the values.
        harmless: a number inside, which replaces the values outside of it.
        function: of values inside.
        outside: its value outside.
    """
    inside = inside | np.isnan(z)
    return np.where(inside, function(np.where(inside, z, harmless)), outside)


def log_probability(p: Any, complement: Any) -> Any:
    """The logarithm of a probability: near 1 by what is missing, which keeps its digits."""
    with np.errstate(divide="ignore"):
        return np.where(p > 0.5, np.log1p(-complement), np.log(p))
