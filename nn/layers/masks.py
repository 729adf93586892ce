"""Masks and layers: filled in before a call, given to the outputs after it; Keras's rules.

A layer whose `call` takes ``mask`` gets that of its inputs; one of several inputs takes
``query_mask`` for the input ``query``. Its outputs have the mask that `compute_mask` returns, if
it says `supports_masking`; else none, with a warning.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from typing import Any

from autograd_lite import Tensor, scope
from autograd_lite.extend import (
    MaskedTensor,
    is_final,
    lose_mask,
    lost_by,
    mask_of,
    set_mask,
    unmask,
    users_stacklevel,
    with_mask,
)
from nn._core.masks import as_mask, warn_if_lost
from nn._core.nest import is_structure, leaves, map_arrays


def any_masked(inputs: Iterable[Any]) -> bool:
    """Return if one of the inputs, or an array inside of one, has a mask."""
    for x in inputs:
        kind = x.__class__
        if kind is MaskedTensor:
            return True
        if kind in _NESTED and any_masked(x.values() if kind is dict else x):
            return True
    return False


_NESTED = (list, tuple, dict)


def mask_arguments(parameters: Mapping[str, Any]) -> tuple[str | None, ...]:
    """Return for each of the first inputs of `call` the name of the argument for its mask."""
    if "mask" in parameters:
        return ("mask",)
    names = [f"{name}_mask" for name in parameters]
    return tuple(name if name in parameters else None for name in names)


def with_explicit_mask(layer: Any, inputs: tuple[Any, ...], mask: Any) -> tuple[Any, ...]:
    """Return the inputs, the first of which has the mask that was passed as ``mask=``."""
    first, *others = inputs
    if not is_structure(first):
        return (with_mask(first, as_mask(mask, first, layer.name)), *others)
    masks = mask if isinstance(mask, (list, tuple)) else [mask]
    if not isinstance(first, (list, tuple)) or len(masks) != len(first):
        raise ValueError(
            f"{layer.name} takes as mask= a list with the mask, or None, of each of its inputs"
        )
    parts = [
        x if m is None else with_mask(x, as_mask(m, x, layer.name))
        for x, m in zip(first, masks, strict=True)
    ]
    return (parts, *others)


def call_with_masks(layer: Any, inputs: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Call a layer of which an input has a mask, or which makes one."""
    for argument, x in zip(layer._mask_arguments, inputs, strict=False):
        if argument is not None and options.get(argument) is None:
            options[argument] = _mask_of_inputs(x, layer)
    previous = options.get("mask")
    if previous is None and inputs:
        previous = map_arrays(mask_of, inputs[0])
    with scope(layer._name):
        outputs = layer.call(*inputs, **options)
    if layer.supports_masking:
        _set_masks(layer, inputs[0], outputs, previous)
    elif not layer._keeps_masks:
        _drop_masks(layer, inputs, outputs)
    return outputs


def _mask_of_inputs(x: Any, layer: Any) -> Any:
    """Return the mask of an input, in its structure, for a layer that uses it."""
    for part in leaves(x):
        warn_if_lost(part, layer.name)
    masks = map_arrays(mask_of, x)
    return masks if any(mask is not None for mask in leaves(masks)) else None


def _set_masks(layer: Any, inputs: Any, outputs: Any, previous: Any) -> None:
    """Give the outputs the masks that the layer computes."""
    found = list(leaves(outputs))
    if all(map(is_final, found)):
        return  # set by the layer itself, or one inside of it
    masks = layer.compute_mask(inputs, previous)
    listed = masks if isinstance(masks, (list, tuple)) else [masks]
    for i, output in enumerate(found):
        mask = listed[i] if i < len(listed) else None
        if is_final(output):
            continue
        if mask is not None:
            set_mask(output, as_mask(mask, output, f"compute_mask of {layer.name}"))
        else:
            _end_mask(output, inputs)


def _end_mask(output: Any, inputs: Any) -> None:
    """Take the mask from an output that is not one of the inputs; one that was lost stays so."""
    if not isinstance(output, Tensor) or any(output is x for x in leaves(inputs)):
        return
    unmask(output)
    for x in leaves(inputs):
        operation = lost_by(x)
        if operation is not None and output.ndim >= x.ndim:
            lose_mask(output, operation)


def _drop_masks(layer: Any, inputs: tuple[Any, ...], outputs: Any) -> None:
    """Take the mask from outputs of a layer that does not say what it is."""
    knows = "mask" in layer._mask_arguments or any(map(is_final, leaves(outputs)))
    for output in leaves(outputs):
        if not is_final(output):
            _end_mask(output, inputs)
    if knows or layer._has_warned:
        return
    if any(mask_of(x) is not None for x in leaves(inputs)):
        layer._has_warned = True
        warnings.warn(
            f"{layer.name} ({type(layer).__name__}) was passed inputs with a mask, which it does "
            "not support: layers after it do not see the mask, and masked steps count. If its "
            "outputs have the same steps, set supports_masking = True in the class",
            stacklevel=users_stacklevel(),
        )
