"""Properties of a program's operations: element-wise, a view, written into a given array, safe.

Passes, the plan of memory and the sources ask here; what decides is declared in tables by function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from autograd_lite.compiler.control.scan import scanned
from autograd_lite.compiler.loops import joined_part, panel_product, parted, room
from autograd_lite.compiler.program import Value
from autograd_lite.primitives import (
    broadcast_to,
    cast,
    drawn,
    gather,
    multiply_no_nan,
    scatter_add,
    subtract_max,
)
from autograd_lite.rules.einsum import einsum
from autograd_lite.rules.joining import concatenate, stack
from autograd_lite.rules.padding import pad
from autograd_lite.rules.pooling import max_shares, window_max, window_sum
from autograd_lite.rules.windows import fold, windows
from autograd_lite.table import TABLE, is_numpy


def is_elementwise(value: Value) -> bool:
    """Return whether each element of the result comes from one element of each input."""
    function = value.function
    return function is multiply_no_nan or (
        isinstance(function, np.ufunc) and function.nout == 1 and function.signature is None
    )


def reduced_axes(value: Value) -> tuple[int, ...]:
    """The axes that a reduction runs over, in order."""
    axis, rank = value.keywords.get("axis"), len(value.inputs[0].shape)
    if axis is None:
        return tuple(range(rank))
    return tuple(sorted(i % rank for i in (axis if isinstance(axis, tuple) else (axis,))))


# -- views and other results that share memory -----------------------------------------------------


def is_view(value: Value) -> bool:
    """Return whether the result shares the memory of its first input, and copies nothing."""
    if value.function in (np.transpose, np.broadcast_to, windows):
        return True
    if value.function is np.reshape:
        return has_rows_order(value) and (
            _changes_only_ones(value) or is_contiguous(value.inputs[0])
        )
    return value.function is gather and len(value.inputs) == 1


def has_rows_order(reshape: Value) -> bool:
    """Return whether a reshape takes the elements row by row, as C does, and not as Fortran."""
    return bool(reshape.keywords.get("order", "C") == "C")


def _changes_only_ones(value: Value) -> bool:
    """Return whether a reshape adds and removes axes of length 1 alone: nothing is copied."""
    before, after = value.inputs[0].shape, value.shape
    return [n for n in before if n != 1] == [n for n in after if n != 1]


def transposed_axes(value: Value) -> tuple[int, ...]:
    """The axes of a transposition, in order."""
    axes = value.keywords.get("axes")
    n = len(value.shape)
    return tuple(range(n))[::-1] if axes is None else tuple(int(i) % n for i in axes)


def is_contiguous(x: Any) -> bool:
    """Return whether x is known to lie in memory in the order of its elements."""
    if not isinstance(x, Value) or x.order is not None:
        return False
    if x.kind == "argument":
        return False  # it may be strided
    if x.kind in ("state", "constant"):
        return bool(x.storage is None or x.array.flags.c_contiguous)
    if x.function in (np.transpose, np.broadcast_to, windows) or (
        is_view(x) and x.function is gather
    ):
        return False
    if x.function is np.reshape and has_rows_order(x):
        return not _changes_only_ones(x) or is_contiguous(x.inputs[0])
    return x.kind != "operation" or not may_alias(x)


def is_small_product(value: Value, most: int) -> bool:
    """Return whether an operation is a product of two matrices, of fewer than so many
    multiplications, that `np.dot` computes by the same call of BLAS as `np.matmul`, in less time.
    """
    if value.function is not np.matmul or len(value.shape) != 2 or value.order is not None:
        return False
    (rows, columns), inner = value.shape, value.inputs[0].shape[-1]
    return (
        value.dtype.kind == "f"
        and value.dtype.itemsize >= 4
        and 1 not in (rows * inner, inner * columns)  # a single number takes a way of its own
        and 0 < rows * inner * columns < most
        and all(x.dtype == value.dtype and _is_matrix_in_order(x) for x in value.inputs)
    )


def _is_matrix_in_order(x: Value) -> bool:
    """Return whether a matrix, or its transposed one, lies row by row in memory that is known."""
    if x.function is np.transpose:
        x = x.inputs[0]
    base = base_of(x)
    known = base.kind in ("state", "constant") or is_filled(base)
    return len(x.shape) == 2 and known and is_contiguous(x)


def in_order(x: Value) -> bool:
    """Return whether elements lie in memory as in the array: no transposed or cut view."""
    while is_view(x):
        if x.function is not np.reshape:
            return False
        x = x.inputs[0]
    return True


def base_of(x: Value) -> Value:
    """The array that a view shows."""
    while is_view(x):
        x = x.inputs[0]
    return x


# Operations that NumPy answers with an array of its own, whatever it is given.
_FRESH = {
    np.sort, np.argsort, np.roll, np.tril, np.triu, np.isclose, np.searchsorted, gather, drawn,
    fold, window_sum, window_max, max_shares, subtract_max, scatter_add, multiply_no_nan,
    broadcast_to, concatenate, pad, panel_product, parted, room, scanned,
}  # fmt: skip
# Operations that NumPy may answer with a view.
_SHARING = {
    np.swapaxes, np.moveaxis, np.matrix_transpose, np.linalg.matrix_transpose, np.expand_dims,
    np.ravel, np.flip, np.rot90, np.real, np.diagonal, np.squeeze, np.einsum,
}  # fmt: skip


def may_alias(value: Value) -> bool:
    """Return whether the result may share memory with an input, though it is no known view."""
    function = value.function
    if value.kind != "operation" or is_view(value) or function in _FRESH:
        return False
    if isinstance(function, np.ufunc):
        return False
    if function is np.reshape:
        return not has_rows_order(value)
    return function in _SHARING or not is_numpy(function)


def shows(value: Value, states: set[int]) -> bool:
    """Return whether a value is one of these states, or may be a view of one."""
    if id(value) in states:
        return True
    if is_view(value):
        return shows(value.inputs[0], states)
    return may_alias(value) and any(shows(x, states) for x in value.values())


# -- operations that write into an array that they are given ---------------------------------------


def _always(value: Value) -> bool:
    return True


def _has_mask(value: Value) -> bool:
    mask = value.inputs[0]
    return isinstance(mask, Value) and mask.dtype == bool


def _fills_as_it_draws(value: Value) -> bool:
    """Return whether a draw is by one of NumPy's methods that take ``out=``."""
    return value.keywords["method"] in ("random", "standard_normal") and is_drawn_by_numpy(value)


_FILLED: dict[Any, Callable[[Value], bool]] = {
    **dict.fromkeys((np.sum, np.prod, np.max, np.min, np.any, np.all), _always),
    **dict.fromkeys((np.matmul, panel_product, np.cumsum, np.cumprod, np.round, np.copy), _always),
    **dict.fromkeys((broadcast_to, cast, subtract_max, scatter_add, concatenate), _always),
    **dict.fromkeys((fold, pad, window_sum, window_max, max_shares, room), _always),
    np.reshape: has_rows_order,
    # Of float16 NumPy adds up in float32, unless it is given an array.
    np.mean: lambda value: bool(value.dtype != np.float16),
    np.where: _has_mask,
    drawn: _fills_as_it_draws,
}


def is_filled(value: Value) -> bool:
    """Return whether an operation writes into an array that it is given, and needs no new one."""
    if value.kind != "operation" or value.dtype is None or is_view(value):
        return False
    function = value.function
    if is_elementwise(value):
        return function is multiply_no_nan or getattr(TABLE[function], "evaluate", None) is function
    condition = _FILLED.get(function)
    return condition is not None and condition(value)


def has_effect(value: Value) -> bool:
    """Return whether an operation does more than return a value: every call is made, in order."""
    return value.function is drawn or getattr(value.function, "effect", False)


def is_drawn_by_numpy(value: Value) -> bool:
    """Return whether a draw is from a generator of NumPy whose method no class has replaced."""
    generator, method = value.keywords["generator"], value.keywords["method"]
    return isinstance(generator, np.random.Generator) and all(
        getattr(type(generator), name, None) is getattr(np.random.Generator, name, ...)
        and name not in getattr(generator, "__dict__", ())
        for name in (method, "bit_generator")
    )


def generators_of(values: Iterable[Value]) -> list[np.random.Generator]:
    """The generators that operations draw from, each once."""
    drawing = (value for value in values if value.function is drawn)
    return list({id(g): g for g in (value.keywords["generator"] for value in drawing)}.values())


# -- operations that refuse no values --------------------------------------------------------------

_WITHOUT_CONDITIONS = {
    subtract_max, cast, concatenate, drawn, einsum, broadcast_to, stack, np.all, np.any, np.argmax,
    np.argmin, np.copy, np.cumprod, np.cumsum, np.matmul, np.max, np.mean, np.min, np.prod,
    np.reshape, np.sum, np.where, pad, panel_product, room, joined_part, parted,
}  # fmt: skip


def may_raise(value: Value) -> bool:
    """Return whether an operation may refuse values: those of an index, or a singular matrix."""
    return value.kind == "operation" and not (
        is_elementwise(value) or is_view(value) or value.function in _WITHOUT_CONDITIONS
    )
