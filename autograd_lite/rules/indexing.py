"""Rules of selecting. Indexing itself is `primitives.take` and `put`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_lite.primitives import put, take
from autograd_lite.recording import primitive
from autograd_lite.rules.helpers import along, as_array, axis_of, converted, read
from autograd_lite.table import composite, gradient, plain, writes

# -- by position -----------------------------------------------------------------------------------


@composite(np.take)
def _take(a: Any, indices: Any, axis: int | None = None, mode: str = "raise") -> Any:
    x = np.ravel(a) if axis is None or np.ndim(a) == 0 else as_array(a)
    line = 0 if axis is None else axis_of(x, axis)
    return take(x, along(line, _within(_integers(indices), x.shape[line], mode)))


def _integers(indices: Any) -> Any:
    """Indices as integers: to `np.take`, True is 1 and not a mask."""
    array = as_array(indices)
    if array.size == 0 and array.dtype.kind == "f" and isinstance(indices, (list, tuple)):
        return array.astype(np.intp)  # what an empty list becomes
    return converted(array, np.intp, "same_kind") if array.dtype != np.intp else array


def _within(indices: Any, n: int, mode: str) -> Any:
    """Indices of an axis of length n, where those beyond it are wrapped around or clipped."""
    if n == 0 and indices.size:
        raise IndexError("cannot do a non-empty take from an empty axes.")
    if mode == "wrap":
        return np.remainder(indices, max(n, 1))
    if mode == "clip":
        return np.clip(indices, 0, n - 1)
    if mode != "raise":
        raise ValueError(f"clipmode must be one of 'clip', 'raise', or 'wrap' (got {mode!r})")
    return indices


@composite(np.take_along_axis)
def _take_along_axis(arr: Any, indices: Any, axis: int | None = -1) -> Any:
    """Index every other axis by its own positions."""
    indices = as_array(indices)
    if axis is None:
        if indices.ndim != 1:
            raise ValueError("when axis=None, `indices` must have a single dimension.")
        arr, axis = np.ravel(arr), 0
    if indices.dtype.kind not in "iu":
        raise IndexError("`indices` must be an integer array")
    if indices.ndim != np.ndim(arr):
        raise ValueError("`indices` and `arr` must have the same number of dimensions")
    index: list[Any] = list(np.ogrid[tuple(slice(0, n) for n in np.shape(arr))])
    index[axis_of(arr, axis)] = indices
    return take(arr, tuple(index))


@primitive(inlinable=True)
def choose(which: Any, *choices: Any, mode: str = "raise") -> Any:
    """`np.choose`, with the choices as inputs of their own."""
    return np.choose(which, choices, mode=mode)  # type: ignore[call-overload]


def _choose_rule(g: Any, y: Any, which: Any, *choices: Any, mode: str = "raise") -> list[Any]:
    """Each choice receives the gradient of the places that it was chosen for."""
    chosen = _within(which, len(choices), mode)
    return [None, *(np.where(chosen == i, g, 0) for i in range(len(choices)))]


gradient(choose, joint=_choose_rule, maths=(r"\operatorname{choose}(x_i, \ldots)", None))


@composite(np.choose)
def _choose(a: Any, choices: Sequence[Any], mode: str = "raise") -> Any:
    return choose(converted(a, np.intp, "same_kind"), *choices, mode=mode)


# -- by condition ----------------------------------------------------------------------------------


@composite(np.compress)
def _compress(condition: Any, a: Any, axis: int | None = None) -> Any:
    if np.ndim(condition) != 1:
        raise ValueError("condition must be a 1-d array")
    return _take(a, np.flatnonzero(read(condition)), axis)


@composite(np.extract)
def _extract(condition: Any, arr: Any) -> Any:
    return _compress(np.ravel(condition), arr)


@composite(np.select)
def _select(condlist: Sequence[Any], choicelist: Sequence[Any], default: Any = 0) -> Any:
    """The choice of the first condition that holds."""
    if len(condlist) != len(choicelist):
        raise ValueError("list of cases must be same length as list of conditions")
    if not len(condlist):
        raise ValueError("select with an empty condition list is not possible")
    conditions = [as_array(condition) for condition in condlist]
    for i, condition in enumerate(conditions):
        if condition.dtype != bool:
            raise TypeError(f"invalid entry {i} in condlist: should be boolean ndarray")
    given = [x if type(x) in (int, float) else as_array(x) for x in (*choicelist, default)]
    dtype = np.result_type(*given)  # a Python number follows the others' dtype
    *choices, result = (converted(x, dtype) for x in given)
    shape = np.broadcast_shapes(*map(np.shape, (*conditions, *choices)))
    for condition, choice in zip(reversed(conditions), reversed(choices), strict=True):
        result = np.where(condition, choice, result)
    return result if np.shape(result) == shape else np.broadcast_to(result, shape)


@composite(np.piecewise)
def _piecewise(x: Any, condlist: Any, funclist: Sequence[Any], *args: Any, **kw: Any) -> Any:
    """Each function sees the elements for which its condition is the last that holds, and no
    others: it need not be defined there.
    """
    x = as_array(x)
    masks = _masks(condlist, x)
    count = len(masks)
    if count == len(funclist) - 1:  # one more function: where no condition holds
        masks = [*masks, ~np.any(masks, axis=0)]
    elif count != len(funclist):
        raise ValueError(
            f"with {count} condition(s), either {count} or {count + 1} functions are expected"
        )
    y = np.zeros_like(x)
    for mask, function in zip(masks, funclist, strict=True):
        if not callable(function):
            y = np.where(mask, converted(function, x.dtype), y)
        elif mask.any():
            values = converted(function(take(x, mask), *args, **kw), x.dtype)
            places = put(np.broadcast_to(values, (int(mask.sum()),)), mask, x.shape)
            y = np.where(mask, places, y)
    return y


def _masks(condlist: Any, x: Any) -> list[Any]:
    """Conditions as masks of x's shape; a single one may stand without its list."""
    several = isinstance(condlist, (list, tuple)) or np.ndim(condlist) > 0
    one = not several or (np.ndim(condlist[0]) == 0 and x.ndim != 0)
    conditions = [condlist] if one else condlist
    return [np.asarray(read(condition)).astype(bool) for condition in conditions]


# -- refused: they write into an array -------------------------------------------------------------


_PUT = "np.where(mask, values, x), or ag.put(values, index, x.shape)"
writes("np.where(mask, values, x)", np.place, np.putmask)
writes(_PUT, np.put, np.put_along_axis)
writes("np.where(where, src, dst)", np.copyto)
writes("np.where(np.eye(n, dtype=bool), value, x)", np.fill_diagonal)

# -- indices as such -------------------------------------------------------------------------------

plain(
    np.ix_, np.unravel_index, np.ravel_multi_index,
    instead="Compute the index by arithmetic (i // n, i % n), which is recorded",
)  # fmt: skip
