"""Masks: which samples and time steps of a Tensor count, carried on from operation to operation.

A mask is a Tensor of booleans, True where a step counts, that belongs to some axes of another
Tensor: of a padded batch (samples, steps, features) to the first two. A Tensor that has one is a
`MaskedTensor`; any other operation costs nothing. `record` asks `carry` for the mask of a result:
its values are operations like any other, so they are recorded, compiled and replayed with the rest.
Each function that carries masks on has a rule here or in `rules/masking.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np

from autograd_lite.table import function_name
from autograd_lite.tensor import Tensor, leaf


class Mask(NamedTuple):
    """The mask of a Tensor.

    Attributes:
        values: a Tensor of booleans.
        axes: for each axis of `values` the axis of the masked Tensor that it belongs to.
        final: whether a layer has set it, rather than an operation carried it on.
    """

    values: Any
    axes: tuple[int, ...]
    final: bool = False


class LostMask(NamedTuple):
    """In place of a mask that an operation could not carry on.

    Attributes:
        operation: the name of its function.
    """

    operation: str


class MaskedTensor(Tensor):
    """A Tensor that has a mask. No one constructs it: `set_mask` and operations make it."""

    __slots__ = ()

    @property
    def mask(self) -> Tensor | None:
        """Its mask, as `mask_of` gives it."""
        return mask_of(self)

    _keras_mask = mask  # as Keras's guides read it


Note = Mask | LostMask
Rule = Callable[[Tensor, list[Mask | None], tuple[Any, ...], dict[str, Any]], Note | None]
LOST = LostMask("")
_RULES: dict[Any, Rule] = {}


def mask_of(x: Any) -> Tensor | None:
    """The mask of a Tensor, with the lengths of its leading axes; None if it has none there."""
    if x.__class__ is not MaskedTensor:
        return None
    note = x._note
    if note.__class__ is Mask and note.axes == tuple(range(len(note.axes))):
        values: Tensor = note.values
        return values
    return None


def lost_by(x: Any) -> str | None:
    """The name of the operation by which x has lost its mask; None if it has not."""
    if x.__class__ is not MaskedTensor or mask_of(x) is not None:
        return None
    return x._note.operation if x._note.__class__ is LostMask else "transpose"


def is_final(x: Any) -> bool:
    """Return whether x has a mask that a layer has set."""
    return x.__class__ is MaskedTensor and x._note.__class__ is Mask and x._note.final


def set_mask(x: Tensor, values: Any, *, final: bool = True) -> None:
    """Give a Tensor, which is no Variable, a mask in place of any that it has.

    Raises:
        ValueError: for a mask that has other lengths than the leading axes of x.
    """
    shape = values._array.shape
    if not shape or shape != x._array.shape[: len(shape)]:
        raise ValueError(
            f"a mask of shape {shape} does not fit a Tensor of shape {x.shape}: it has the lengths "
            f"of the leading axes, {x.shape[:2]} for samples and steps, True where a step counts"
        )
    _annotate(x, Mask(values, tuple(range(len(shape))), final))


def _annotate(x: Tensor, note: Note) -> None:
    x.__class__ = MaskedTensor
    x._note = note


def note_of(x: Tensor) -> Note | None:
    """The axes of the mask of a Tensor, or what it was lost by; without values."""
    note = x._note if x.__class__ is MaskedTensor else None
    return note._replace(values=None) if note.__class__ is Mask else note


def annotate(x: Tensor, note: Note | None) -> Tensor:
    """Give a Tensor the mask of a note, True everywhere; return it."""
    if note.__class__ is Mask:
        lengths = [x._array.shape[axis] for axis in note.axes]
        _annotate(x, note._replace(values=leaf(np.ones(lengths, bool))))
    elif note is not None:
        _annotate(x, note)
    return x


def take_over_mask(x: Tensor, other: Tensor) -> None:
    """Give x what is known of another Tensor's mask, with its values as they are now."""
    unmask(x)
    note = other._note if other.__class__ is MaskedTensor else None
    if note is not None:
        is_known = note.__class__ is Mask
        _annotate(x, note._replace(values=leaf(note.values._array)) if is_known else note)


def lose_mask(x: Tensor, operation: str) -> None:
    """Say of a Tensor that it would have a mask but for an operation before."""
    _annotate(x, LostMask(operation))


def unmask(x: Tensor) -> None:
    """Take the mask from a Tensor."""
    if x.__class__ is MaskedTensor:
        del x._note
        x.__class__ = Tensor  # type: ignore[assignment]


def carry(node: Tensor, function: Any, inputs: tuple[Any, ...], keywords: dict[str, Any]) -> Tensor:
    """Give the result of an operation the mask that follows from those of its inputs."""
    given = [x._note if x.__class__ is MaskedTensor else None for x in inputs]
    masks = [note if note.__class__ is Mask else None for note in given]
    rule = _RULES.get(function) or (elementwise if _is_elementwise(function) else None)
    note: Note | None
    if any(masks):
        note = LOST if rule is None else rule(node, masks, inputs, keywords)
    else:  # a lost mask is of no concern any more once an axis is gone
        note, rank = next((n, x.ndim) for n, x in zip(given, inputs, strict=True) if n)
        note = note if node.ndim >= rank else None
    if note is not None:
        _annotate(node, LostMask(function_name(function)) if note is LOST else note)
    return node


def carry_none(results: Iterable[Any], function: Any, inputs: Iterable[Any]) -> None:
    """Say of what a function returns that it lacks the masks of its inputs, where it has as many
    axes as the first of these.
    """
    rank = next((x.ndim for x in inputs if x.__class__ is MaskedTensor), None)
    for x in results:
        if rank is not None and x.__class__ is Tensor and x.ndim >= rank:
            lose_mask(x, function_name(function))


def _is_elementwise(function: Any) -> bool:
    return function.__class__ is np.ufunc and function.signature is None


def carries_mask(rule: Rule, *functions: Any) -> None:
    """Say how functions carry masks on: ``rule(y, masks, inputs, keywords)``, which returns the
    mask of the result y; None if it has none, `LOST` if it has one that cannot be said.
    """
    for function in functions:
        _RULES[function] = rule


def elementwise(
    y: Tensor, masks: list[Mask | None], inputs: tuple[Any, ...], keywords: dict[str, Any]
) -> Note | None:
    """The rule of what broadcasts its inputs: a step counts if it does in any input with a mask."""
    shape = y._array.shape
    found: Mask | None = None
    for x, mask in zip(inputs, masks, strict=True):
        if mask is not None:
            mask = shifted(mask, len(shape) - x._array.ndim)
            found = mask if found is None else either(found, mask)
            if found is None:
                return LOST
    return None if found is None else stretched(found, shape)


def shifted(mask: Mask, by: int) -> Mask:
    """The mask where that many axes are put in front; as an operation carries it on."""
    if by == 0 and not mask.final:
        return mask
    return Mask(mask.values, tuple(axis + by for axis in mask.axes))


def either(a: Mask, b: Mask) -> Mask | None:
    """The steps that count in one of two masks; None if they belong to different axes."""
    if a.axes != b.axes:
        return None
    if a.values is b.values:
        return a
    return Mask(a.values | b.values, a.axes)


def stretched(mask: Mask, shape: tuple[int, ...]) -> Note:
    """The mask, broadcast to the lengths of a shape."""
    lengths = tuple(shape[axis] for axis in mask.axes)
    given = mask.values._array.shape
    if given == lengths:
        return mask
    if any(n not in (1, m) for n, m in zip(given, lengths, strict=True)):
        return LOST
    return mask._replace(values=np.broadcast_to(mask.values, lengths))
