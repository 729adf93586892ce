"""Which operations native code takes over; the others are left to NumPy."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_lite.compiler.engines.native.blas import addresses_of_blas
from autograd_lite.compiler.engines.native.draws import is_drawn_natively
from autograd_lite.compiler.engines.native.products import is_product
from autograd_lite.compiler.engines.native.rows import OVER_ROWS, has_rows
from autograd_lite.compiler.engines.native.scalars import (
    OF_FLOAT32,
    TRANSCENDENTAL,
    fits,
    has_expression,
    is_of_machine,
    is_simple_power,
)
from autograd_lite.compiler.loops import ScanLoop, joined_part, loop_of, panel_product, room
from autograd_lite.compiler.operations import in_order, is_elementwise, is_view, reduced_axes
from autograd_lite.compiler.program import Value
from autograd_lite.primitives import (
    broadcast_to,
    cast,
    check_bounds,
    drawn,
    gather,
    scatter_add,
)
from autograd_lite.rules.padding import pad
from autograd_lite.rules.pooling import max_shares, window_max, window_sum
from autograd_lite.rules.windows import fold, windows

# Elements; above, NumPy's functions of float64, which work on many elements at once, are faster.
MOST_TRANSCENDENTAL = 2048
REDUCED = {np.sum, np.max, np.min}
UNROLLED = {window_max, window_sum, max_shares}  # read a whole window for each element
MOST_IN_A_WINDOW = 16  # elements; of larger ones NumPy's additions, each of all windows, are faster


def is_native(value: Value) -> bool:
    """Return whether an operation can be part of native code."""
    if value.loop is not None:
        return all(map(is_native, value.loop.body.body))
    loop = loop_of(value)
    if loop is not None:
        return _is_native_loop(value, loop)
    if value.kind != "operation":
        return False
    if not all(is_plain(x) for x in (value, *value.values())):
        return False
    function = value.function
    apart = {*UNROLLED, *REDUCED, fold, pad}  # loop over the shape of what they read
    shaped = (x.shape for x in value.values() if x.function is windows and function not in apart)
    if any(shape != value.shape for shape in shaped):
        return False
    fast = function in OF_FLOAT32 and value.dtype == np.float32
    if function in TRANSCENDENTAL and value.size > MOST_TRANSCENDENTAL and not fast:
        return is_simple_power(value) and has_expression(value)
    if is_elementwise(value):
        return has_expression(value)
    condition = _CONDITIONS.get(function)
    return condition is not None and condition(value)


def _is_native_loop(value: Value, loop: ScanLoop) -> bool:
    """Return whether all of a loop can be: what it reads lies in order, and is no number."""
    given = [x for x in value.inputs if isinstance(x, Value)]
    return (
        loop.length > 0
        and len(given) == len(value.inputs)
        and all(is_plain(x) and x.kind != "number" and in_order(x) and x.size for x in given)
        and all(is_view(x) or x.function is room or is_native(x) for x in loop.body.body)
        and all(map(is_plain, loop.body.results))
    )


def is_plain(x: Value) -> bool:
    """Return whether native code can read the array: of a machine's own numbers, in order."""
    if x.dtype is None or not is_of_machine(x.dtype) or not x.dtype.isnative:
        return False
    if _shows_windows(x.inputs[0] if x.function is windows else x):
        return False  # a view of windows
    return x.kind != "constant" or bool(x.storage.flags.c_contiguous)


def _shows_windows(x: Value) -> bool:
    while is_view(x):
        if x.function is windows:
            return True
        x = x.inputs[0]
    return False


def _is_copied(value: Value) -> bool:
    x = value.inputs[0]
    # What NaN is as an integer differs from processor to processor, and NumPy knows it.
    return isinstance(x, Value) and not (x.dtype.kind == "f" and value.dtype.kind in "iu")


def _is_chosen(value: Value) -> bool:
    return all(isinstance(x, (Value, int, float)) and fits(x, value.dtype) for x in value.inputs)


def _reducible(value: Value) -> bool:
    """A sum or extreme over everything, over the last axis, or over any before it."""
    x = value.inputs[0]
    if not isinstance(x, Value) or set(value.keywords) != {"axis"} or not x.size:
        return False
    axes = reduced_axes(value)
    if value.dtype.kind != "f":  # numbers are counted
        inside = value.size > 1 and axes != () and 0 < axes[0] <= axes[-1] < len(x.shape) - 1
        return value.function is np.sum and inside
    if x.dtype != value.dtype:
        return False
    if value.keywords["axis"] is None:
        return True
    return axes == (len(x.shape) - 1,) or (axes != () and axes[-1] < len(x.shape) - 1)


def _in_windows(value: Value) -> bool:
    """One value for each window, or for each element of one, of windows small enough to unroll."""
    w = value.inputs[0]
    if w.function is not windows or value.dtype.kind != "f" or not value.size:
        return False
    size = w.keywords["size"]
    alike = all(x.dtype == value.dtype for x in value.values())
    plain = all(in_order(x) for x in value.inputs[1:])
    few = math.prod(size) <= MOST_IN_A_WINDOW
    return alike and plain and few and value.keywords["rank"] == len(size)


def _folded(value: Value) -> bool:
    w = value.inputs[0]
    return bool(value.dtype.kind == "f" and w.dtype == value.dtype and w.size and value.size)


def _padded(value: Value) -> bool:
    around, x = value.keywords.get("value", 0), value.inputs[0]
    plain = isinstance(around, (int, float)) and fits(around, value.dtype)
    return bool(plain and x.dtype == value.dtype and x.size)


def _simple_index(value: Value) -> bool:
    """``x[rows, columns]`` and ``x[rows]``, with numbers that are known to be inside."""
    numbers = value.inputs[1:]
    table = value.inputs[0] if value.function is gather else value
    index = value.keywords["index"]
    if not numbers or len(index) != len(numbers) or len(index) > len(table.shape):
        return False
    if not all(isinstance(part, str) for part in index) or table.function is windows:
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


_CONDITIONS: dict[Any, Callable[[Value], bool]] = {
    **dict.fromkeys((broadcast_to, cast, np.copy), _is_copied),
    **dict.fromkeys(REDUCED, _reducible),
    **dict.fromkeys(UNROLLED, _in_windows),
    fold: _folded,
    pad: _padded,
    np.where: _is_chosen,
    np.matmul: lambda value: is_product(value, addresses_of_blas() is not None),
    **dict.fromkeys((check_bounds, *OVER_ROWS), has_rows),
    gather: _simple_index,
    scatter_add: _simple_index,
    drawn: is_drawn_natively,
    joined_part: lambda value: True,
    panel_product: lambda value: True,
}
