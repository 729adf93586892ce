"""Rules of joining and splitting."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_lite.primitives import take
from autograd_lite.rules.helpers import axis_of
from autograd_lite.table import composite, gradient
from autograd_lite.tensor import Tensor, primitive


@primitive
def concatenate(*arrays: Any, axis: int | None = 0) -> Any:
    """`np.concatenate`, with the arrays as inputs of their own."""
    return np.concatenate(arrays, axis=axis)


def _concatenate_rule(g: Any, y: Any, *arrays: Any, axis: int | None = 0) -> list[Any]:
    """Each array receives its stretch of the upstream gradient."""
    along = 0 if axis is None else axis_of(y, axis)
    pieces = []
    start = 0
    for x in arrays:
        length = np.size(x) if axis is None else np.shape(x)[along]
        piece = take(g, (slice(None),) * along + (slice(start, start + length),))
        pieces.append(np.reshape(piece, np.shape(x)))
        start += length
    return pieces


gradient(concatenate, joint=_concatenate_rule, maths=(r"[x_i, \ldots]", r"\bar{y}[x_i]"))


@composite(np.concatenate)
def _concatenate(arrays: Sequence[Any], axis: int | None = 0) -> Any:
    return concatenate(*arrays, axis=axis)


@primitive
def stack(*arrays: Any, axis: int = 0) -> Any:
    """`np.stack`, with the arrays as inputs of their own."""
    return np.stack(arrays, axis=axis)


def _stack_rule(g: Any, y: Any, *arrays: Any, axis: int = 0) -> list[Any]:
    before = (slice(None),) * axis_of(y, axis)
    return [take(g, (*before, i)) for i in range(len(arrays))]


gradient(stack, joint=_stack_rule, maths=(r"[x_i, \ldots]", r"\bar{y}[x_i]"))


@composite(np.stack)
def _stack(arrays: Sequence[Any], axis: int = 0) -> Any:
    return stack(*arrays, axis=axis)


@composite(np.vstack)
def _vstack(tup: Sequence[Any]) -> Any:
    return np.concatenate([np.atleast_2d(x) for x in tup], axis=0)


@composite(np.hstack)
def _hstack(tup: Sequence[Any]) -> Any:
    arrays = [np.atleast_1d(x) for x in tup]
    return np.concatenate(arrays, axis=0 if arrays and arrays[0].ndim == 1 else 1)


@composite(np.dstack)
def _dstack(tup: Sequence[Any]) -> Any:
    return np.concatenate([np.atleast_3d(x) for x in tup], axis=2)


@composite(np.column_stack)
def _column_stack(tup: Sequence[Any]) -> Any:
    columns = [np.reshape(x, (-1, 1)) if np.ndim(x) < 2 else x for x in tup]
    return np.concatenate(columns, axis=1)


@composite(np.append)
def _append(arr: Any, values: Any, axis: int | None = None) -> Any:
    more = values if isinstance(values, Tensor) else np.asarray(values)
    return np.concatenate([np.ravel(arr), np.ravel(more)] if axis is None else [arr, more], axis)


@composite(np.array_split)
def _array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """Pieces at NumPy's own boundaries: it splits positions, and those are taken."""
    positions = np.array_split(np.arange(ary.shape[axis]), indices_or_sections)
    before = (slice(None),) * axis_of(ary, axis)
    return [
        take(ary, (*before, slice(int(p[0]), int(p[-1]) + 1) if p.size else slice(0, 0)))
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
    return _split(ary, indices_or_sections, 0 if np.ndim(ary) == 1 else 1)


@composite(np.vsplit)
def _vsplit(ary: Any, indices_or_sections: Any) -> Any:
    if np.ndim(ary) < 2:
        raise ValueError("vsplit only works on arrays of 2 or more dimensions")
    return _split(ary, indices_or_sections, 0)


@composite(np.dsplit)
def _dsplit(ary: Any, indices_or_sections: Any) -> Any:
    return _split(ary, indices_or_sections, 2)
