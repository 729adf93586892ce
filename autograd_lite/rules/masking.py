"""Rules by which functions that are not element-wise carry masks on; see `autograd_lite.masks`.

The mask belongs to some axes. Where these stay, wherever they move, it stays; an operation along
them, a flip or an index, is done to the mask too; a reduction over them ends it.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from autograd_lite.masks import LOST, Mask, Note, carries_mask, either, elementwise, shifted
from autograd_lite.primitives import (
    broadcast_to,
    cast,
    gather,
    multiply_no_nan,
    subtract_max,
    take,
    without_gradient,
)
from autograd_lite.rules.einsum import einsum
from autograd_lite.rules.elementwise import clip
from autograd_lite.rules.helpers import axes_of, axis_of
from autograd_lite.rules.joining import concatenate, stack
from autograd_lite.rules.norms import euclidean_norm
from autograd_lite.rules.padding import pad
from autograd_lite.rules.reductions import logsumexp
from autograd_lite.tensor import Tensor

Masks = list[Mask | None]
Inputs = tuple[Any, ...]
Keywords = dict[str, Any]

carries_mask(
    elementwise,
    *(cast, multiply_no_nan, without_gradient, broadcast_to, np.broadcast_to, clip, np.where),
    *(np.round, np.around, np.real, np.copy, np.sinc, np.isclose, np.isneginf),
    np.isposinf,
)


def _reduction(y: Tensor, masks: Masks, inputs: Inputs, keywords: Keywords) -> Note | None:
    """A reduction over a masked axis has no mask; other axes move up."""
    mask, x = masks[0], inputs[0]
    reduced = axes_of(x, keywords.get("axis"))
    if mask is None or any(axis in reduced for axis in mask.axes):
        return None
    if y.ndim == x.ndim:
        return shifted(mask, 0)
    return Mask(mask.values, tuple(a - sum(b < a for b in reduced) for a in mask.axes))


carries_mask(
    _reduction,
    *(np.sum, np.mean, np.var, np.std, np.max, np.amax, np.nanmax, np.min, np.amin, np.nanmin),
    *(np.prod, np.any, np.all, np.argmax, np.argmin, np.count_nonzero, logsumexp, euclidean_norm),
)


def _along(y: Tensor, masks: Masks, inputs: Inputs, keywords: Keywords) -> Note | None:
    """An operation along one axis that keeps the shape, but not the order: a sort."""
    mask, axis = masks[0], keywords.get("axis", -1)
    if mask is None or axis is None or axis_of(inputs[0], axis) in mask.axes:
        return LOST
    return shifted(mask, 0)


carries_mask(_along, np.sort, np.argsort, np.partition, np.argpartition, np.roll)


def _cumulative(y: Tensor, masks: Masks, inputs: Inputs, keywords: Keywords) -> Note | None:
    return elementwise(y, masks, inputs, keywords) if y.ndim == inputs[0].ndim else LOST


carries_mask(_cumulative, np.cumsum, np.cumprod, subtract_max)


def _matmul(y: Tensor, masks: Masks, inputs: Inputs, keywords: Keywords) -> Note | None:
    """The rows of a product have the mask of the first factor, columns that of the second."""
    ranks = [np.ndim(x) for x in inputs]
    for mask, own, summed in zip(masks, ranks, (ranks[0] - 1, max(ranks[1] - 2, 0)), strict=True):
        if mask is not None and summed not in mask.axes:
            full = max(*ranks, 2)  # a vector is a row or a column that disappears
            axes = tuple(axis + full - max(own, 2) for axis in mask.axes)
            return Mask(mask.values, axes)
    return None


carries_mask(_matmul, np.matmul)


def _einsum(y: Tensor, masks: Masks, inputs: Inputs, keywords: Keywords) -> Note | None:
    """The mask of the first operand of which all masked axes are in the result."""
    given, result = keywords["subscripts"].split("->")
    for mask, labels in zip(masks, given.split(","), strict=True):
        if mask is not None and all(labels[axis] in result for axis in mask.axes):
            return Mask(mask.values, tuple(result.index(labels[axis]) for axis in mask.axes))
    return None


carries_mask(_einsum, einsum)


def _reshape(y: Tensor, masks: Masks, inputs: Inputs, keywords: Keywords) -> Note | None:
    """An axis is the same afterwards if its length is, and as much stands in front of it."""
    mask, old, new = masks[0], inputs[0].shape, y.shape
    if mask is None or keywords.get("order", "C") not in ("C", "c"):
        return LOST
    moved: list[int] = []
    for axis in mask.axes:
        front = math.prod(old[:axis])
        same = [
            i
            for i, n in enumerate(new)
            if n == old[axis] and i not in moved and math.prod(new[:i]) == front
        ]
        if not same or (y.size == 0 and old[: axis + 1] != new[: axis + 1]):
            return LOST
        moved.append(same[0])
    return Mask(mask.values, tuple(moved))


carries_mask(_reshape, np.reshape, np.ravel, np.expand_dims, np.squeeze)


@functools.cache
def _probe(rank: int) -> Any:
    """An array whose axes are told apart by their lengths."""
    return np.broadcast_to(np.False_, range(1, rank + 1))


def _moved(function: Any) -> Any:
    """The rule of a function that orders the axes anew: as it does those of a probe."""

    def rule(y: Tensor, masks: Masks, inputs: Inputs, keywords: Keywords) -> Note | None:
        mask = masks[0]
        order = function(_probe(y.ndim), **keywords).shape
        return mask and Mask(mask.values, tuple(order.index(axis + 1) for axis in mask.axes))

    return rule


for _function in (np.transpose, np.swapaxes, np.moveaxis, np.matrix_transpose):
    carries_mask(_moved(_function), _function)
carries_mask(_moved(np.matrix_transpose), np.linalg.matrix_transpose)


def _flip(y: Tensor, masks: Masks, inputs: Inputs, keywords: Keywords) -> Note | None:
    mask = masks[0]
    assert mask is not None
    flipped = axes_of(y, keywords.get("axis"))
    own = tuple(i for i, axis in enumerate(mask.axes) if axis in flipped)
    return Mask(np.flip(mask.values, own) if own else mask.values, mask.axes)


carries_mask(_flip, np.flip)


def _index(y: Tensor, masks: Masks, inputs: Inputs, keywords: Keywords) -> Note | None:
    """An index into the masked axes, which are the first, is one into the mask; one step alone
    has no mask.
    """
    mask, (x, *arrays) = masks[0], inputs
    if mask is None:
        return None  # of the index alone
    if mask.axes != tuple(range(len(mask.axes))):
        return LOST
    remaining = iter(arrays)
    parts = [next(remaining) if isinstance(part, str) else part for part in keywords["index"]]
    consumed = [_consumed(part) for part in parts]
    if any(part is Ellipsis for part in parts):
        at = next(i for i, part in enumerate(parts) if part is Ellipsis)
        fill = x.ndim - sum(consumed)
        parts[at : at + 1] = [slice(None)] * fill
        consumed[at : at + 1] = [1] * fill
    return _indexed(mask, parts, consumed)


def _indexed(mask: Mask, parts: list[Any], consumed: list[int]) -> Note | None:
    """The mask, indexed by those parts of an index that belong to its axes."""
    head = 0
    while head < len(parts) and sum(consumed[: head + 1]) <= len(mask.axes):
        if sum(consumed[:head]) == len(mask.axes):
            break  # what follows, a new axis too, belongs to the other axes
        head += 1
    own, others = parts[:head], parts[head:]
    if any(isinstance(part, (int, np.integer)) for part in own):
        return None
    if not own:
        return LOST if any(map(_is_array, others)) else shifted(mask, 0)
    if sum(consumed[:head]) < len(mask.axes) and others:
        return LOST  # one array for masked axes and others
    if any(map(_is_array, parts)) and not _apart(own, others):
        return LOST
    values = take(mask.values, tuple(own))
    return Mask(values, tuple(range(values.ndim)))


def _apart(own: list[Any], others: list[Any]) -> bool:
    """Return whether NumPy puts the axes of arrays in an index where the arrays stand."""
    in_own, in_others = sum(map(_is_array, own)), sum(map(_is_array, others))
    numbers = any(isinstance(part, (int, np.integer)) for part in others)
    return (not in_own or not (in_others or numbers)) and in_own <= 1 and in_others <= 1


def _is_array(part: Any) -> bool:
    return isinstance(part, (np.ndarray, Tensor))


def _consumed(part: Any) -> int:
    """The number of axes that a part of an index stands for."""
    if part is None or part is Ellipsis:
        return 0
    return part.ndim if _is_array(part) and part.dtype == bool else 1


carries_mask(_index, gather)


def _concatenate(y: Tensor, masks: Masks, inputs: Inputs, keywords: Keywords) -> Note | None:
    """Along a masked axis the masks are concatenated; what has none counts. Along another axis a
    step counts if it does in one of the masks.
    """
    known = [mask for mask in masks if mask is not None]
    axis = keywords.get("axis", 0)
    axes = known[0].axes
    if axis is None or any(mask.axes != axes for mask in known):
        return LOST
    axis = axis_of(y, axis)
    if axis not in axes:
        return functools.reduce(lambda a, b: either(a, b) or a, known)._replace(final=False)
    if list(axes) != sorted(axes):
        return LOST
    parts = [
        _all_true(x, axes) if mask is None else mask.values
        for x, mask in zip(inputs, masks, strict=True)
    ]
    return Mask(np.concatenate(parts, axis=axes.index(axis)), axes)


def _all_true(x: Any, axes: tuple[int, ...]) -> Any:
    """The mask of what has none, recorded, since its lengths are those of x."""
    part = take(x, tuple(slice(None) if axis in axes else 0 for axis in range(np.ndim(x))))
    return np.ones_like(part, dtype=bool)


carries_mask(_concatenate, concatenate)


def _stack(y: Tensor, masks: Masks, inputs: Inputs, keywords: Keywords) -> Note | None:
    known = [mask for mask in masks if mask is not None]
    if any(mask.axes != known[0].axes for mask in known):
        return LOST
    mask = functools.reduce(lambda a, b: either(a, b) or a, known)
    axis = axis_of(y, keywords.get("axis", 0))
    return Mask(mask.values, tuple(a + (a >= axis) for a in mask.axes))


carries_mask(_stack, stack)


def _pad(y: Tensor, masks: Masks, inputs: Inputs, keywords: Keywords) -> Note | None:
    mask = masks[0]
    if mask is None or any(keywords["width"][axis] != (0, 0) for axis in mask.axes):
        return LOST
    return shifted(mask, 0)


carries_mask(_pad, pad)
