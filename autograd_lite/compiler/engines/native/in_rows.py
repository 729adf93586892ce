"""A program in the forms that native code has loops for: arrays in order, one product of many rows.

What is rewritten computes the same numbers, but for the order in which they are added up.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from autograd_lite.compiler.control.scan import scanned
from autograd_lite.compiler.engines.native.bodies import with_parts
from autograd_lite.compiler.engines.native.supported import is_native
from autograd_lite.compiler.loops import loop_of
from autograd_lite.compiler.operations import has_rows_order, in_order
from autograd_lite.compiler.passes.common import common
from autograd_lite.compiler.program import Program, Value
from autograd_lite.primitives import broadcast_to, gather, scatter_add
from autograd_lite.rules.pooling import window_sum
from autograd_lite.rules.windows import windows


def in_rows(program: Program) -> Program:
    """The program with all arrays in order in memory: native code adds up in an order of its own,
    and does not reshape a view that is turned or cut.
    """

    def ordered(value: Value) -> Value | list[Value]:
        value = value if value.order is None else value.changed(order=None)
        form = _PLAINER.get(value.function)
        return value if form is None else form(value)

    return program.rewritten(ordered)


def _loop(value: Value) -> list[Value]:
    """A loop whose body is in these forms, and which is given arrays in order."""
    loop: Any = loop_of(value)
    body = with_parts(common(in_rows(loop.body)))  # rooms that are alike are none the same
    inputs, copies = list(value.inputs), []
    for i, x in enumerate(inputs):
        if isinstance(x, Value) and x.dtype is not None and not in_order(x):
            inputs[i] = Value("operation", x.shape, x.dtype, function=np.copy, inputs=(x,))
            inputs[i].scope, inputs[i].phase = value.scope, value.phase
            copies.append(inputs[i])
    keywords = {"loop": replace(loop, body=body)}
    return [*copies, value.changed(inputs=tuple(inputs), keywords=keywords)]


def _broadcast(value: Value) -> Value:
    return value.changed(function=broadcast_to, keywords={"shape": value.shape})


def _reshape(value: Value) -> Value | list[Value]:
    if not _is_turned(value):
        return value
    x = value.inputs[0]
    copied = value.changed(function=np.copy, inputs=(x,), keywords={}, shape=x.shape, name="")
    return [copied, value.with_inputs((copied,))]


def _mean(value: Value) -> Value | list[Value]:
    """A mean as a sum and a division, which is what NumPy computes."""
    x, keywords = value.inputs[0], dict(value.keywords)
    if keywords.pop("dtype", None) not in (None, value.dtype):
        return value
    total = value.changed(function=np.sum, keywords=keywords, name="")
    if not isinstance(x, Value) or x.dtype != value.dtype or not is_native(total):
        return value
    count = x.size // value.size
    return [total, value.changed(function=np.divide, inputs=(total, count), keywords={})]


def _window_sum(value: Value) -> Value:
    """A sum of what was computed from windows as one over their axes."""
    rank = value.keywords["rank"]
    if value.inputs[0].function is windows:
        return value
    axes = tuple(range(rank + 1, 2 * rank + 1))
    return value.changed(function=np.sum, keywords={"axis": axes[0] if rank == 1 else axes})


def _matmul(value: Value) -> Value | list[Value]:
    """Matrices times one matrix as a single product of all their rows."""
    a, b = value.inputs
    if a.ndim < 3 or b.ndim != 2 or value.keywords or not in_order(a) or not value.size:
        return value
    rows, columns = value.size // value.shape[-1], value.shape[-1]
    return _in_shape(value, 0, (rows, a.shape[-1]), (rows, columns))


def _gather(value: Value) -> Value | list[Value]:
    """Rows of a table by numbers that have several axes, as by numbers of one."""
    if len(value.inputs) != 2 or value.inputs[1].ndim < 2 or not _takes_rows(value):
        return value
    table, numbers = value.inputs
    return _in_shape(value, 1, (numbers.size,), (numbers.size, *table.shape[1:]))


def _scatter_add(value: Value) -> Value | list[Value]:
    if len(value.inputs) != 2 or value.inputs[1].ndim < 2 or not _takes_rows(value):
        return value
    given, numbers = value.inputs
    if not in_order(given):
        return value
    rows = given.shape[numbers.ndim :]
    flat = _reshaped(given, (numbers.size, *rows), value)
    places = _reshaped(numbers, (numbers.size,), value)
    return [flat, places, value.with_inputs((flat, places))]


def _takes_rows(value: Value) -> bool:
    index, numbers = value.keywords["index"], value.inputs[1]
    return len(index) == 1 and isinstance(index[0], str) and in_order(numbers)


def _in_shape(
    value: Value, which: int, shape: tuple[int, ...], result: tuple[int, ...]
) -> list[Value]:
    """An operation with one of its inputs in another shape, and its result, then in its own."""
    inputs = list(value.inputs)
    inputs[which] = _reshaped(inputs[which], shape, value)
    made = value.changed(inputs=tuple(inputs), shape=result, name="")
    return [inputs[which], made, _reshaped(made, value.shape, value, value.name)]


def _reshaped(x: Value, shape: tuple[int, ...], like: Value, name: str = "") -> Value:
    keywords = {"shape": shape}
    return like.changed(
        function=np.reshape, inputs=(x,), keywords=keywords, shape=shape, dtype=x.dtype, name=name
    )


_PLAINER: dict[Any, Callable[[Value], Value | list[Value]]] = {
    np.broadcast_to: _broadcast,
    np.reshape: _reshape,
    np.mean: _mean,
    np.matmul: _matmul,
    gather: _gather,
    scatter_add: _scatter_add,
    window_sum: _window_sum,
    scanned: _loop,
}


def _is_turned(reshape: Value) -> bool:
    """Return whether a reshape, row by row, reads a view that is turned or cut."""
    return has_rows_order(reshape) and not in_order(reshape.inputs[0])
