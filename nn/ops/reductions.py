"""Reductions, with Keras's arguments: ``(x, axis=None, keepdims=False)``."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_lite import logsumexp as _logsumexp

__all__ = [
    "all",
    "amax",
    "amin",
    "any",
    "argmax",
    "argmin",
    "average",
    "count_nonzero",
    "logsumexp",
    "max",
    "mean",
    "median",
    "min",
    "moments",
    "nanargmax",
    "nanargmin",
    "nanmax",
    "nanmean",
    "nanmedian",
    "nanmin",
    "nanpercentile",
    "nanprod",
    "nanquantile",
    "nanstd",
    "nansum",
    "nanvar",
    "percentile",
    "prod",
    "ptp",
    "quantile",
    "std",
    "sum",
    "var",
]


def _reduction(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of NumPy, whose third argument is not keepdims, in Keras's order."""

    @functools.wraps(function, assigned=("__name__", "__qualname__"), updated=())
    def reduce(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        return function(x, axis=_axes(axis), keepdims=keepdims)

    reduce.__doc__ = f"`np.{function.__name__}` as ``(x, axis=None, keepdims=False)``."
    del reduce.__wrapped__  # its signature is not NumPy's
    return reduce


def _axes(axis: Any) -> Any:
    return tuple(axis) if isinstance(axis, list) else axis


all = _reduction(np.all)
any = _reduction(np.any)
amax = _reduction(np.max)
amin = _reduction(np.min)
argmax = _reduction(np.argmax)
argmin = _reduction(np.argmin)
mean = _reduction(np.mean)
median = _reduction(np.median)
nanargmax = _reduction(np.nanargmax)
nanargmin = _reduction(np.nanargmin)
nanmax = _reduction(np.nanmax)
nanmean = _reduction(np.nanmean)
nanmedian = _reduction(np.nanmedian)
nanmin = _reduction(np.nanmin)
nanprod = _reduction(np.nanprod)
nanstd = _reduction(np.nanstd)
nansum = _reduction(np.nansum)
nanvar = _reduction(np.nanvar)
ptp = _reduction(np.ptp)
std = _reduction(np.std)
sum = _reduction(np.sum)
var = _reduction(np.var)


def max(x: Any, axis: Any = None, keepdims: bool = False, initial: Any = None) -> Any:
    """Return the largest element along axes; at least `initial`, if given."""
    largest = np.max(x, axis=_axes(axis), keepdims=keepdims)
    return largest if initial is None else np.maximum(largest, initial)


def min(x: Any, axis: Any = None, keepdims: bool = False, initial: Any = None) -> Any:
    """Return the smallest element along axes; at most `initial`, if given."""
    smallest = np.min(x, axis=_axes(axis), keepdims=keepdims)
    return smallest if initial is None else np.minimum(smallest, initial)


def prod(x: Any, axis: Any = None, keepdims: bool = False, dtype: Any = None) -> Any:
    """Return the product along axes."""
    return np.prod(x, axis=_axes(axis), dtype=dtype, keepdims=keepdims)


def average(x: Any, axis: Any = None, weights: Any = None) -> Any:
    """Return the weighted mean along an axis."""
    return np.average(x, axis=axis, weights=weights)


def count_nonzero(x: Any, axis: Any = None) -> Any:
    """Count the elements that are not 0."""
    return np.count_nonzero(x, axis=_axes(axis))


def logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Return log(sum(exp(x))), without overflow."""
    return _logsumexp(x, axis=_axes(axis), keepdims=keepdims)


def moments(x: Any, axes: Any, keepdims: bool = False, synchronized: bool = False) -> Any:
    """Return the mean and the variance along axes.

    Args:
        x: array or Tensor.
        axes: those that are reduced.
        keepdims: True keeps them, of length 1.
        synchronized: has no effect, since there is one device.

    Example:
        >>> mean, variance = moments(np.array([[1.0, 3.0]]), axes=[1])
        >>> float(mean[0]), float(variance[0])
        (2.0, 1.0)
    """
    return mean(x, axes, keepdims), var(x, axes, keepdims)


def _quantile(function: Callable[..., Any]) -> Callable[..., Any]:
    """A quantile of NumPy, with Keras's arguments."""

    def quantile(
        x: Any, q: Any, axis: Any = None, method: Any = "linear", keepdims: bool = False
    ) -> Any:
        return function(x, q, axis=_axes(axis), method=method, keepdims=keepdims)

    quantile.__name__ = quantile.__qualname__ = function.__name__
    arguments = '(x, q, axis=None, method="linear", keepdims=False)'
    quantile.__doc__ = f"`np.{function.__name__}` as ``{arguments}``."
    return quantile


nanpercentile = _quantile(np.nanpercentile)
nanquantile = _quantile(np.nanquantile)
percentile = _quantile(np.percentile)
quantile = _quantile(np.quantile)
