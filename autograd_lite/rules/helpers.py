"""Helpers that several rules share."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from autograd_lite.primitives import broadcast_to, cast
from autograd_lite.recording import primitive
from autograd_lite.table import nondifferentiable
from autograd_lite.tape import refuse_value
from autograd_lite.tensor import Tensor


def inverse(x: Any) -> Any:
    """1 / x; a Python zero gives infinity, as in NumPy, and not an exception."""
    return math.inf if isinstance(x, (int, float)) and x == 0 else 1 / x


def as_precise(x: Any, y: Any) -> Any:
    """An operand in the dtype of the result y, in which a ufunc computes: what a rule computes of
    an operand alone would have only the digits of float16, or wrap around as integers do.
    """
    dtype = getattr(x, "dtype", None)
    return x if dtype is None or dtype == y.dtype else x.astype(y.dtype)


def as_array(x: Any) -> Any:
    """A Tensor as it is; a list or a number as the array that NumPy makes of it."""
    return x if isinstance(x, Tensor) else np.asarray(x)


def read(x: Any) -> Any:
    """Return an argument's value, where the result's shape or a branch depends on it: the array
    of a Tensor, anything else as it is. Refused while a function is compiled.
    """
    if not isinstance(x, Tensor):
        return x
    refuse_value("what decides the shape of a result")
    return x._array


def stand_in(x: Any) -> Any:
    """An array of x's shape and dtype that takes no memory, for what NumPy itself checks."""
    array = as_array(x)
    return np.broadcast_to(np.zeros((), array.dtype), array.shape)


def converted(x: Any, dtype: Any, casting: Any = "unsafe") -> Any:
    """X as an array of another dtype.

    Raises:
        TypeError: if `casting` does not allow it.
        OverflowError: for Python integers that the dtype cannot hold.
    """
    if casting == "unsafe" and not isinstance(x, Tensor):
        return np.asarray(x, dtype=dtype)
    array, wanted = as_array(x), np.dtype(dtype)
    if not np.can_cast(array.dtype, wanted, casting):
        raise TypeError(
            f"Cannot cast array data from {array.dtype!r} to {wanted!r} according to the rule "
            f"'{casting}'"
        )
    return array if array.dtype == wanted else cast(array, dtype=wanted)


def along(axis: int, part: Any) -> tuple[Any, ...]:
    """The index that is `part` along one axis (counted from the left) and everything else."""
    return (slice(None),) * axis + (part,)


def axes_of(x: Any, axis: Any) -> tuple[int, ...]:
    """The reduced axes, counted from the left.

    Raises:
        numpy.exceptions.AxisError: for an axis that x does not have.
        ValueError: for an axis named twice.
    """
    ndim = np.ndim(x)
    if axis is None:
        return tuple(range(ndim))
    if ndim == 0 and np.ndim(axis) == 0 and axis in (0, -1):
        return ()  # NumPy lets a number be reduced along an axis it does not have
    return normalize_axis_tuple(axis, ndim)


def axis_of(x: Any, axis: int) -> int:
    """One axis, counted from the left; errors as `axes_of`."""
    return normalize_axis_index(axis, np.ndim(x))


def keep(g: Any, x: Any, axis: Any) -> Any:
    """A reduced array that broadcasts against x: its reduced axes are back, with length 1."""
    if axis is None and g.ndim == 0:
        return g
    reduced = axes_of(x, axis)
    return np.reshape(g, tuple(1 if i in reduced else n for i, n in enumerate(x.shape)))


def spread_back(g: Any, x: Any, axis: Any) -> Any:
    """A reduced array repeated along its reduced axes, to x's shape."""
    return broadcast_to(keep(g, x, axis), shape=x.shape)


def along_last(function: Callable[[Any], Any], x: Any, axis: Any) -> Any:
    """`function` of x with the axes that are meant joined into one, the last; the result, of the
    shape it was given, has them back in their places.
    """
    joined = axes_of(x, axis)
    order = tuple(i for i in range(np.ndim(x)) if i not in joined) + joined
    rows = np.transpose(x, order)
    length = math.prod(x.shape[i] for i in joined)
    result = function(np.reshape(rows, (*rows.shape[: len(order) - len(joined)], length)))
    return np.transpose(np.reshape(result, rows.shape), np.argsort(order))


def count(x: Any, axis: Any, where: Any = True) -> Any:
    """Count the elements that enter each result: an int, or an array if `where` is given."""
    if where is not True:
        mask = np.broadcast_to(where, x.shape)
        return cast(np.sum(mask, axis=axis, keepdims=True), dtype=counting_dtype(x))
    if axis is None:
        return x.size
    return math.prod(x.shape[a] for a in axes_of(x, axis))


def counting_dtype(x: Any) -> Any:
    """x's dtype, or float32 where that could not hold the number of its elements."""
    return np.dtype(np.float32) if x.dtype.itemsize < 4 else x.dtype


def floating(x: Any) -> Any:
    """x, or integers as float64: before they are divided, or their squares overflow."""
    return x if x.dtype.kind == "f" else cast(x, dtype=np.float64)


def safe_inverse(x: Any) -> Any:
    """1 / x, and 0 where x is 0, with all derivatives 0 there."""
    return np.where(x == 0, 0, 1 / np.where(x == 0, 1, x))


@primitive(inlinable=True)
def rescaling(a: Any, b: Any) -> Any:
    """The power of two that brings the larger of abs(a) and abs(b) near 1, so that neither squares
    nor quotients overflow, or lose the digits of a subnormal number; 1 where both are 0.
    """
    largest = np.fmax(abs(a), abs(b))  # of a Python number a Python number
    info = np.finfo(largest.dtype)
    _, exponent = np.frexp(largest)
    bounded = np.clip(-exponent, info.minexp, info.maxexp - 1)
    return np.ldexp(np.ones_like(largest), bounded)


nondifferentiable(rescaling, 2)  # whoever scales by it divides by it again


def quotient(part: Any, length: Any) -> Any:
    """part / length, and 0 with all derivatives 0 where both are 0."""
    return np.where(length == 0, 0, part / np.where(length == 0, 1, length))


def undefined(g: Any) -> Any:
    """The gradient where there is none to be known, NaN; 0 where nothing comes from upstream."""
    return np.where(g == 0, 0, g * math.nan)


def masked(value: Any, where: Any) -> Any:
    """`value` where the reduction looked, 0 elsewhere."""
    return value if where is True else np.where(where, value, 0)


def in_front(x: Any, axes: tuple[int, ...]) -> Any:
    """X with the given axes joined into a first one."""
    kept = tuple(i for i in range(np.ndim(x)) if i not in axes)
    length = math.prod(np.shape(x)[i] for i in axes)
    return np.reshape(np.transpose(x, axes + kept), (length, *(np.shape(x)[i] for i in kept)))


def weights_of(weights: Any, x: Any, axis: Any) -> Any:
    """Weights that broadcast against x: of its shape, or of the lengths of the given axes.

    Raises:
        TypeError: for another shape without axes.
        ValueError: for a shape that is not that of the axes.
    """
    if np.shape(weights) == np.shape(x):
        return weights
    if axis is None:
        raise TypeError(
            f"weights of shape {np.shape(weights)} fit values of shape {np.shape(x)} only along "
            "given axes: Axis must be specified when shapes of a and weights differ."
        )
    axes = normalize_axis_tuple(axis, np.ndim(x), argname="axis")
    if np.shape(weights) != tuple(np.shape(x)[i] for i in axes):
        raise ValueError(
            f"weights of shape {np.shape(weights)} are not one for each position along axis "
            f"{axis} of values of shape {np.shape(x)}: Shape of weights must be consistent with "
            "shape of a along specified axis."
        )
    shape = tuple(n if i in axes else 1 for i, n in enumerate(np.shape(x)))
    return np.reshape(np.transpose(weights, np.argsort(axes)), shape)
