"""Which operations native code takes over; the others are left to NumPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_lite.compiler.engines.native.blas import addresses_of_blas
from autograd_lite.compiler.engines.native.products import is_product
from autograd_lite.compiler.engines.native.scalars import (
    OF_FLOAT32,
    TRANSCENDENTAL,
    fits,
    has_expression,
    is_simple_power,
)
from autograd_lite.compiler.operations import is_elementwise, is_view
from autograd_lite.compiler.program import Value
from autograd_lite.primitives import (
    broadcast_to,
    cast,
    check_bounds,
    gather,
    scatter_add,
    subtract_max,
)

__all__ = ["REDUCED", "in_order", "is_native"]

# Elements; above, NumPy's functions of float64, which work on many elements at once, are faster.
MOST_TRANSCENDENTAL = 2048
REDUCED = {np.sum, np.max, np.min}


def is_native(value: Value) -> bool:
    """Return whether an operation can be part of native code."""
    if value.loop is not None:
        return all(map(is_native, value.loop.body.body))
    if value.kind != "operation" or value.dtype is None or value.dtype.kind not in "fiub":
        return False
    if not all(_is_plain(x) for x in (value, *value.values())):
        return False
    function = value.function
    fast = function in OF_FLOAT32 and value.dtype == np.float32
    if function in TRANSCENDENTAL and value.size > MOST_TRANSCENDENTAL and not fast:
        return is_simple_power(value) and has_expression(value)
    if is_elementwise(value):
        return has_expression(value)
    condition = _CONDITIONS.get(function)
    return condition is not None and condition(value)


def _is_plain(x: Value) -> bool:
    """Return whether native code can read the array: of a machine's own numbers, in order."""
    if x.dtype is None or x.dtype == np.float16 or not x.dtype.isnative:
        return False
    return x.kind != "constant" or bool(x.storage.flags.c_contiguous)


def _is_copied(value: Value) -> bool:
    x = value.inputs[0]
    # What NaN is as an integer differs from processor to processor, and NumPy knows it.
    return isinstance(x, Value) and not (x.dtype.kind == "f" and value.dtype.kind in "iu")


def _is_chosen(value: Value) -> bool:
    return all(isinstance(x, (Value, int, float)) and fits(x, value.dtype) for x in value.inputs)


def _has_last_axis(value: Value) -> bool:
    n = len(value.shape)
    at_end = n > 0 and value.keywords["axis"] in (-1, n - 1) and value.size > 0
    return at_end and in_order(value.inputs[0])


def _reducible(value: Value) -> bool:
    """A sum or extreme over everything, over the last axis, or over the first of two."""
    x = value.inputs[0]
    if not isinstance(x, Value) or set(value.keywords) != {"axis"} or x.dtype != value.dtype:
        return False
    if x.dtype.kind != "f" or x.size == 0:
        return False
    axis = value.keywords["axis"]
    return axis is None or axis == len(x.shape) - 1 or (axis == 0 and len(x.shape) == 2)


def _simple_index(value: Value) -> bool:
    """``x[rows, columns]`` and ``x[rows]``, with numbers that are known to be inside."""
    numbers = value.inputs[1:]
    table = value.inputs[0] if value.function is gather else value
    index = value.keywords["index"]
    if not numbers or len(index) != len(numbers) or len(index) > len(table.shape):
        return False
    if not all(isinstance(part, str) for part in index):
        return False
    known = all(
        isinstance(x, Value)
        and len(x.shape) == 1
        and x.dtype == np.intp
        and (_root(x).function is check_bounds or (x.kind == "constant" and not x.live))
        for x in numbers
    )
    return known and (len(index), len(table.shape)) in ((1, 1), (1, 2), (2, 2))


def _root(x: Value) -> Value:
    while x.function is np.reshape:
        x = x.inputs[0]
    return x


def in_order(x: Value) -> bool:
    """Return whether elements lie in memory as in the array: no transposed or cut view."""
    while is_view(x):
        if x.function is not np.reshape:
            return False
        x = x.inputs[0]
    return True


_CONDITIONS: dict[Any, Callable[[Value], bool]] = {
    **dict.fromkeys((broadcast_to, cast, np.copy), _is_copied),
    **dict.fromkeys(REDUCED, _reducible),
    np.where: _is_chosen,
    np.matmul: lambda value: is_product(value, addresses_of_blas() is not None),
    subtract_max: _has_last_axis,
    gather: _simple_index,
    scatter_add: _simple_index,
}
