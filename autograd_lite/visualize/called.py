"""Record a function or a model by calling it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_lite.context import changed
from autograd_lite.tensor import Tensor, leaf
from autograd_lite.tree import flatten, map_tree


def outputs_of(function: Callable[..., Any], inputs: tuple[Any, ...]) -> list[Tensor]:
    """The Tensors that a function gives for inputs, recorded.

    Where nothing is recorded, since nothing requires a gradient (a model without weights, or with
    frozen ones, a function of plain arrays), it is called again with Tensors and a tape, so that
    everything is.

    Raises:
        TypeError: if it gives no Tensors.
    """
    with changed(recording=True):
        given = flatten(function(*inputs))
    if not any(isinstance(output, Tensor) and output.function is not None for output in given):
        with changed(recording=True, tape=[]):
            given = flatten(function(*_as_tensors(function, inputs)))
    _require_tensors(function, given)
    return given


def _as_tensors(function: Callable[..., Any], inputs: tuple[Any, ...]) -> list[Any]:
    """The arrays in the inputs as Tensors, under the names that the function has for them."""
    names = [*_parameter_names(function), *([None] * len(inputs))]
    return [
        map_tree(lambda x, name=name: leaf(x, name=name) if isinstance(x, np.ndarray) else x, value)
        for value, name in zip(inputs, names, strict=False)
    ]


def _parameter_names(function: Callable[..., Any]) -> list[str]:
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # some of NumPy's C functions have no signature
        return []
    return [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]


def _require_tensors(function: Callable[..., Any], given: list[Any]) -> None:
    name = getattr(function, "__name__", None) or type(function).__name__
    if not given:
        raise TypeError(f"{name} returned nothing to draw")
    for output in given:
        if not isinstance(output, Tensor):
            raise TypeError(
                f"{name} returned {type(output).__name__}, which has no record of its computation. "
                "It must return a Tensor, or a list or dict of them: call a model as model(X), not "
                "model.predict(X)"
            )
