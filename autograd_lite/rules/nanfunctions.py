"""Reductions and scans that leave out NaN. Medians and quantiles are in `quantiles`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_lite.table import composite, nondifferentiable


def _without_nan(a: Any, instead: bool) -> Any:
    """NaN replaced by 0 or 1, which as booleans widen no dtype."""
    return np.where(np.isnan(a), instead, a) if a.dtype.kind == "f" else a


def _valid(a: Any, where: Any) -> Any:
    """A mask of the elements that count."""
    return np.broadcast_to(~np.isnan(a) & where, np.shape(a))


def _require_inexact(a: Any, dtype: Any) -> None:
    if dtype is not None and a.dtype.kind == "f" and np.dtype(dtype).kind not in "fc":
        raise TypeError("If a is inexact, then dtype must be inexact")


@composite(np.nansum)
def _nansum(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    keepdims: bool = False,
    initial: Any = 0,
    where: Any = True,
) -> Any:
    x = _without_nan(a, False)
    return np.sum(x, axis, dtype, keepdims=keepdims, initial=initial, where=where)


@composite(np.nanprod)
def _nanprod(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    keepdims: bool = False,
    initial: Any = 1,
    where: Any = True,
) -> Any:
    x = _without_nan(a, True)
    return np.prod(x, axis, dtype, keepdims=keepdims, initial=initial, where=where)


@composite(np.nanmean)
def _nanmean(
    a: Any, axis: Any = None, dtype: Any = None, keepdims: bool = False, *, where: Any = True
) -> Any:
    _require_inexact(a, dtype)
    where = _valid(a, where) if a.dtype.kind == "f" else where
    return np.mean(a, axis, dtype, keepdims=keepdims, where=where)


def _spread(function: Any) -> Any:
    """`np.nanvar` and `np.nanstd`: NaN, not infinity, where no degrees of freedom are left."""

    def expand(
        a: Any,
        axis: Any = None,
        dtype: Any = None,
        ddof: Any = 0,
        keepdims: bool = False,
        *,
        where: Any = True,
        mean: Any = None,
        correction: Any = None,
    ) -> Any:
        _require_inexact(a, dtype)
        given = {"ddof": ddof, "mean": mean, "correction": correction}
        given = {name: x for name, x in given.items() if x is not None}
        if a.dtype.kind != "f":
            return function(a, axis, dtype, keepdims=keepdims, where=where, **given)
        valid = _valid(a, where)
        result = function(a, axis, dtype, keepdims=keepdims, where=valid, **given)
        count = np.sum(valid, axis=axis, keepdims=keepdims)
        return np.where(count <= (ddof if correction is None else correction), math.nan, result)

    return expand


composite(np.nanvar)(_spread(np.var))
composite(np.nanstd)(_spread(np.std))


@composite(np.nancumsum)
def _nancumsum(a: Any, axis: Any = None, dtype: Any = None) -> Any:
    return np.cumsum(_without_nan(a, False), axis, dtype)


@composite(np.nancumprod)
def _nancumprod(a: Any, axis: Any = None, dtype: Any = None) -> Any:
    return np.cumprod(_without_nan(a, True), axis, dtype)


for _position in (np.nanargmax, np.nanargmin):
    nondifferentiable(_position, 1, "axis keepdims")
