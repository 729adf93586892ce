"""Views in one form: a reshape, a transpose, an index; a chain of them made one.

A reduction that keeps its axes becomes one that does not, and a reshape: so that both forms of the
same sum are found to be the same.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from autograd_lite.compiler.program import Program, Value
from autograd_lite.primitives import broadcast_to, cast, gather, scatter_add
from autograd_lite.rules.padding import pad

_RESHAPES = {np.reshape, np.ravel, np.expand_dims, np.squeeze}
_TRANSPOSES = {np.transpose, np.swapaxes, np.moveaxis, np.matrix_transpose}
_REDUCTIONS = {np.sum, np.prod, np.max, np.min, np.amax, np.amin, np.any, np.all, np.mean}
_SAME = {np.amax: np.max, np.amin: np.min, np.around: np.round}


def views(program: Program) -> Program:
    """Bring reshapes, transposes and reductions to one form; leave out those that do nothing."""
    return program.rewritten(_simplified)


def _simplified(value: Value) -> Value | list[Value] | None:
    function = value.function
    if function in _RESHAPES and value.keywords.get("order", "C") == "C":
        return reshaped(value.inputs[0], value)
    if function in _TRANSPOSES or function is getattr(np.linalg, "matrix_transpose", None):
        return _transposed(value.inputs[0], _axes(value), value)
    if function in (broadcast_to, np.broadcast_to) and value.inputs[0].shape == value.shape:
        return value.inputs[0]  # type: ignore[no-any-return]
    if function is cast and _dtype_of(value.inputs[0]) == value.dtype:
        return value.inputs[0]  # type: ignore[no-any-return]
    if function is np.copy and _dtype_of(value.inputs[0]) == value.dtype:
        return value.inputs[0]  # type: ignore[no-any-return]  # nothing is ever overwritten
    if function is gather and _is_everything(value):
        return value.inputs[0]  # type: ignore[no-any-return]
    if function is scatter_add:
        return _padded(value)
    if function in _REDUCTIONS:
        return _reduction(value)
    return None


def _is_everything(value: Value) -> bool:
    """Return whether an index takes all there is, as it is: ``x[...]``, ``x[:, :]``. In a
    projection that is a Variable as it was updated, not as it was before.
    """
    if value.phase == "projection":
        return False
    index = value.keywords["index"]
    return all(part is Ellipsis or part == slice(None) for part in index)


def _padded(put: Value) -> Value | list[Value] | None:
    """Zeros with one block put into them, as that block and a border around it."""
    x, whole = put.inputs[0], put.shape
    index = tuple(part for part in put.keywords["index"] if part is not Ellipsis)
    if len(put.inputs) > 1 or not isinstance(x, Value):
        return None
    if all(part is None or part == slice(None) for part in index) and x.size == put.size:
        return reshaped(x, put)  # into all there is: of no zero anything is left
    if any(part is None for part in index):
        return None
    rest = (slice(None),) * (len(whole) - len(index))
    at = next((i for i, part in enumerate(put.keywords["index"]) if part is Ellipsis), len(index))
    width, block = [], []
    for part, n in zip((*index[:at], *rest, *index[at:]), whole, strict=True):
        i = part.indices(n) if isinstance(part, slice) else (part % n, part % n + 1, 1)
        width.append((i[0], n - i[1]))
        block.append(i[1] - i[0])
    if any(isinstance(part, slice) and part.step not in (None, 1) for part in index):
        return None
    if math.prod(block) != x.size or not x.size:
        return None
    inside = put.changed(inputs=(x,), shape=tuple(block), name="")
    inside = reshaped(x, inside)
    if inside.shape == whole:
        return inside
    around = put.changed(function=pad, inputs=(inside,), keywords={"width": tuple(width)})
    return [*([] if inside is x else [inside]), around]


def _dtype_of(x: Any) -> Any:
    return x.dtype if isinstance(x, Value) and x.kind != "number" else None


def reshaped(x: Value, like: Value) -> Value:
    """x in the shape of `like`: x itself, or a reshape of what x is a reshape of."""
    while x.function is np.reshape and x.keywords.get("order", "C") == "C":
        x = x.inputs[0]
    if x.shape == like.shape:
        return x
    if like.function is np.reshape and like.inputs[0] is x and set(like.keywords) == {"shape"}:
        return like
    return like.changed(function=np.reshape, inputs=(x,), keywords={"shape": like.shape})


def _axes(value: Value) -> tuple[int, ...]:
    """The order of axes that a transposition means."""
    x, keywords, n = value.inputs[0], value.keywords, len(value.shape)
    if value.function is np.swapaxes:
        order = list(range(n))
        i, j = (normalize_axis_index(keywords[name], n) for name in ("axis1", "axis2"))
        order[i], order[j] = order[j], order[i]
        return tuple(order)
    if value.function is np.moveaxis:
        source = normalize_axis_tuple(keywords["source"], n)
        destination = normalize_axis_tuple(keywords["destination"], n)
        order = [i for i in range(n) if i not in source]
        for d, s in sorted(zip(destination, source, strict=True)):
            order.insert(d, s)
        return tuple(order)
    if value.function is np.transpose:
        axes = keywords.get("axes")
        return tuple(range(n))[::-1] if axes is None else normalize_axis_tuple(axes, n)
    return (*range(len(x.shape) - 2), n - 1, n - 2)


def _transposed(x: Value, axes: tuple[int, ...], like: Value) -> Value | None:
    if x.function is np.transpose and "axes" in x.keywords and x.keywords["axes"] is not None:
        inner = x.keywords["axes"]
        axes = tuple(inner[i] for i in axes)
        x = x.inputs[0]
    if axes == tuple(range(len(axes))):
        return x
    known = like.keywords.get("axes")
    if like.function is np.transpose and like.inputs[0] is x and type(known) is tuple:
        return None if known == axes else like.changed(keywords={"axes": axes})
    return like.changed(function=np.transpose, inputs=(x,), keywords={"axes": axes})


def _reduction(value: Value) -> Value | list[Value] | None:
    """Axes counted from the left; keepdims as a reshape."""
    function = _SAME.get(value.function, value.function)
    x = value.inputs[0]
    keywords = {k: v for k, v in value.keywords.items() if k not in ("axis", "keepdims")}
    keywords = {
        k: v
        for k, v in keywords.items()
        if v is not np._NoValue and (k, v is True) != ("where", True)
    }
    axis = value.keywords.get("axis")
    rank = len(x.shape)
    axes: tuple[int, ...] | None = None
    if axis is not None:  # NumPy lets a number be reduced along an axis that it does not have
        axes = tuple(sorted(normalize_axis_tuple(axis, rank))) if rank else ()
    if axes == () and x.dtype == value.dtype and not keywords:
        return x  # type: ignore[no-any-return]  # over no axes
    if axes is None or len(axes) == len(x.shape):
        axes, kept = None, ()
    else:
        kept = tuple(n for i, n in enumerate(x.shape) if i not in axes)
    keywords["axis"] = axes[0] if axes is not None and len(axes) == 1 else axes
    if function is value.function and keywords == value.keywords and kept == value.shape:
        return None
    reduced = value.changed(function=function, keywords=keywords, shape=kept)
    if kept == value.shape:
        return reduced
    reduced.name = ""
    return [
        reduced,
        value.changed(function=np.reshape, inputs=(reduced,), keywords={"shape": value.shape}),
    ]
