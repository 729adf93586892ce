"""Rules of joining and splitting."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_lite.primitives import take
from autograd_lite.recording import primitive
from autograd_lite.rules.helpers import along, as_array, axis_of, converted, read, stand_in
from autograd_lite.table import composite, gradient


@primitive
def concatenate(*arrays: Any, axis: int | None = 0) -> Any:
    """`np.concatenate`, with the arrays as inputs of their own."""
    return np.concatenate(arrays, axis=axis)


def _concatenate_rule(g: Any, y: Any, *arrays: Any, axis: int | None = 0) -> list[Any]:
    """Each array receives its stretch of the upstream gradient."""
    line = 0 if axis is None else axis_of(y, axis)
    pieces = []
    start = 0
    for x in arrays:
        length = np.size(x) if axis is None else np.shape(x)[line]
        piece = take(g, along(line, slice(start, start + length)))
        pieces.append(np.reshape(piece, np.shape(x)))
        start += length
    return pieces


gradient(concatenate, joint=_concatenate_rule, maths=(r"[x_i, \ldots]", r"\bar{y}[x_i]"))


@composite(np.concatenate)
def _concatenate(
    arrays: Sequence[Any], axis: int | None = 0, dtype: Any = None, casting: str = "same_kind"
) -> Any:
    return concatenate(*_of_one_dtype(arrays, dtype, casting), axis=axis)


def _of_one_dtype(arrays: Sequence[Any], dtype: Any, casting: str) -> Sequence[Any]:
    """The arrays as `dtype`; where neither it nor `casting` says anything, NumPy promotes them."""
    if dtype is None and casting == "same_kind":
        return arrays
    given = [as_array(x) for x in arrays]
    common = np.result_type(*(x.dtype for x in given)) if dtype is None else dtype
    return [converted(x, common, casting) for x in given]


@primitive
def parts(x: Any, count: int) -> Any:
    """The parts of x, of equal length along the last axis; their gradients are joined in one array.

    Example:
        >>> import numpy as np
        >>> parts(np.arange(4), count=2)
        (array([0, 1]), array([2, 3]))
    """
    return tuple(np.split(x, count, axis=-1))


gradient(
    parts,
    joint=lambda g, y, x, *, count: (concatenate(*g, axis=-1),),
    maths=(r"x[\text{part}]", r"\operatorname{concatenate}(\bar{y})"),
)


@primitive
def stack(*arrays: Any, axis: int = 0) -> Any:
    """`np.stack`, with the arrays as inputs of their own."""
    return np.stack(arrays, axis=axis)


def _stack_rule(g: Any, y: Any, *arrays: Any, axis: int = 0) -> list[Any]:
    line = axis_of(y, axis)
    return [take(g, along(line, i)) for i in range(len(arrays))]


gradient(stack, joint=_stack_rule, maths=(r"[x_i, \ldots]", r"\bar{y}[x_i]"))


@composite(np.stack)
def _stack(
    arrays: Sequence[Any], axis: int = 0, dtype: Any = None, casting: str = "same_kind"
) -> Any:
    return stack(*_of_one_dtype(arrays, dtype, casting), axis=axis)


@composite(np.vstack)
def _vstack(tup: Sequence[Any], dtype: Any = None, casting: str = "same_kind") -> Any:
    return _concatenate([np.atleast_2d(x) for x in tup], 0, dtype, casting)


@composite(np.hstack)
def _hstack(tup: Sequence[Any], dtype: Any = None, casting: str = "same_kind") -> Any:
    arrays = [np.atleast_1d(x) for x in tup]
    return _concatenate(arrays, 0 if arrays and arrays[0].ndim == 1 else 1, dtype, casting)


@composite(np.dstack)
def _dstack(tup: Sequence[Any]) -> Any:
    return np.concatenate([np.atleast_3d(x) for x in tup], axis=2)


@composite(np.column_stack)
def _column_stack(tup: Sequence[Any]) -> Any:
    columns = [np.reshape(x, (-1, 1)) if np.ndim(x) < 2 else x for x in tup]
    return np.concatenate(columns, axis=1)


@composite(np.block)
def _block(arrays: Any) -> Any:
    """Innermost lists are joined along the last axis, those around them along the one before."""
    np.block(_nested(stand_in, arrays))  # NumPy's own checks of depth and shapes
    depth, first = 0, arrays
    while isinstance(first, list):
        depth, first = depth + 1, first[0]
    leaves: list[int] = []
    _nested(lambda x: leaves.append(np.ndim(x)), arrays)
    ndim = max(depth, *leaves)

    def joined(part: Any, level: int) -> Any:
        if level == 0:
            x = as_array(part)
            return np.reshape(x, (1,) * (ndim - x.ndim) + x.shape)
        return np.concatenate([joined(inner, level - 1) for inner in part], axis=-level)

    return joined(arrays, depth) if depth else np.copy(as_array(arrays))


def _nested(function: Any, arrays: Any) -> Any:
    """`function` of each array in nested lists, in the same lists."""
    if isinstance(arrays, list):
        return [_nested(function, inner) for inner in arrays]
    return arrays if isinstance(arrays, tuple) else function(arrays)


@composite(np.append)
def _append(arr: Any, values: Any, axis: int | None = None) -> Any:
    arr, more = as_array(arr), as_array(values)
    return np.concatenate([np.ravel(arr), np.ravel(more)] if axis is None else [arr, more], axis)


# -- inserting and deleting: NumPy does it to the positions, and those are taken -------------------


def _flat_or(arr: Any, axis: int | None) -> tuple[Any, int]:
    """(the array, its axis); without an axis the flattened array."""
    if axis is None:
        return np.ravel(arr), 0
    return as_array(arr), axis_of(arr, axis)


@composite(np.delete)
def _delete(arr: Any, obj: Any, axis: int | None = None) -> Any:
    x, line = _flat_or(arr, axis)
    return take(x, along(line, np.delete(np.arange(x.shape[line]), read(obj))))


@composite(np.insert)
def _insert(arr: Any, obj: Any, values: Any, axis: int | None = None) -> Any:
    x, line = _flat_or(arr, axis)
    n, where = x.shape[line], read(obj)
    new = converted(values, x.dtype)
    new = np.reshape(new, (1,) * (x.ndim - new.ndim) + new.shape)
    if np.ndim(where) == 0 and not isinstance(where, slice):
        new = np.moveaxis(new, 0, line)  # one index: what is inserted there, whole
    count = len(np.insert(np.arange(n), where, 0)) - n
    if count == 1:
        count = new.shape[line]
    places = np.insert(np.arange(n), where, n + np.arange(count))
    new = np.broadcast_to(new, (*x.shape[:line], count, *x.shape[line + 1 :]))
    return take(np.concatenate([x, new], axis=line), along(line, places))


# -- splitting -------------------------------------------------------------------------------------


@composite(np.array_split)
def _array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """Pieces at NumPy's own boundaries: it splits positions, and those are taken."""
    positions = np.array_split(np.arange(ary.shape[axis]), indices_or_sections)
    line = axis_of(ary, axis)
    return [
        take(ary, along(line, slice(int(p[0]), int(p[-1]) + 1) if p.size else slice(0, 0)))
        for p in positions
    ]


@composite(np.split)
def _split(ary: Any, indices_or_sections: Any, axis: int = 0) -> Any:
    sections = indices_or_sections
    if isinstance(sections, (int, np.integer)) and ary.shape[axis] % sections:
        raise ValueError("array split does not result in an equal division")
    return _array_split(ary, sections, axis)


@composite(np.hsplit)
def _hsplit(ary: Any, indices_or_sections: Any) -> Any:
    if np.ndim(ary) == 0:
        raise ValueError("hsplit only works on arrays of 1 or more dimensions")
    return _split(ary, indices_or_sections, 0 if np.ndim(ary) == 1 else 1)


@composite(np.vsplit)
def _vsplit(ary: Any, indices_or_sections: Any) -> Any:
    if np.ndim(ary) < 2:
        raise ValueError("vsplit only works on arrays of 2 or more dimensions")
    return _split(ary, indices_or_sections, 0)


@composite(np.dsplit)
def _dsplit(ary: Any, indices_or_sections: Any) -> Any:
    if np.ndim(ary) < 3:
        raise ValueError("dsplit only works on arrays of 3 or more dimensions")
    return _split(ary, indices_or_sections, 2)


def _unstack(x: Any, *, axis: int = 0) -> tuple[Any, ...]:
    if np.ndim(x) == 0:
        raise ValueError("Input array must be at least 1-d.")
    line = axis_of(x, axis)
    return tuple(take(x, along(line, i)) for i in range(np.shape(x)[line]))


if hasattr(np, "unstack"):  # since NumPy 2.1
    composite(np.unstack)(_unstack)
