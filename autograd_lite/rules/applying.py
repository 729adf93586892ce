"""Functions that apply a function given by the user: along an axis, over axes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_lite.rules.helpers import as_array, axis_of, converted
from autograd_lite.table import composite


@composite(np.apply_along_axis)
def _apply_along_axis(
    func1d: Callable[..., Any], axis: int, arr: Any, *args: Any, **kwargs: Any
) -> Any:
    """`func1d` of each line as a Tensor; what it returns takes the place of the line."""
    x = as_array(arr)
    line = axis_of(x, axis)
    lines = np.moveaxis(x, line, -1)
    around = lines.shape[:-1]
    if 0 in around:
        raise ValueError("Cannot apply_along_axis when any iteration dimensions are 0")
    results = [as_array(func1d(lines[at], *args, **kwargs)) for at in np.ndindex(around)]
    shape, dtype = results[0].shape, results[0].dtype  # the first one's, as in NumPy
    stacked = np.stack([np.broadcast_to(converted(y, dtype), shape) for y in results])
    inner = range(len(around), len(around) + len(shape))
    return np.moveaxis(
        np.reshape(stacked, around + shape), tuple(inner), tuple(range(line, line + len(shape)))
    )


@composite(np.apply_over_axes)
def _apply_over_axes(func: Callable[..., Any], a: Any, axes: Any) -> Any:
    x = as_array(a)
    ndim = x.ndim
    for axis in axes if np.ndim(axes) else (axes,):
        along = axis + ndim if axis < 0 else axis
        result = func(x, along)
        x_next = result if result.ndim == x.ndim else np.expand_dims(result, along)
        if x_next.ndim != x.ndim:
            raise ValueError("function is not returning an array of the correct shape")
        x = x_next
    return x
