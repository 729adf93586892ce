"""Building a layer: shapes, a `build` that runs once, output shapes found by a trial call."""

from __future__ import annotations

import copy
import functools
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_lite import Tensor, no_grad
from nn import random
from nn._core.nest import is_structure, leaves, map_arrays
from nn.layers.module import states_kept

Shape = tuple[int | None, ...]


def shape_of(x: Any) -> Shape:
    """Return the shape of a batch, with None for the number of samples."""
    shape = np.shape(x)
    return (None, *shape[1:]) if shape else ()


def as_shape(given: Any) -> Any:
    """Normalise the shape of a batch, or a list or dict of shapes, for `build`.

    Raises:
        TypeError: for anything but shapes.

    >>> as_shape([8, 4]), as_shape({"a": (None, 3)})
    ((None, 4), {'a': (None, 3)})
    """
    if isinstance(given, dict):
        return {name: as_shape(part) for name, part in given.items()}
    if not isinstance(given, (list, tuple)):
        raise TypeError(f"the shape of a batch is a tuple, (None, 4) say; got {given!r}")
    if all(n is None or _is_integer(n) for n in given):
        return (None, *(n if n is None else int(n) for n in given[1:])) if given else ()
    return [as_shape(part) for part in given]


def _is_integer(n: Any) -> bool:
    return isinstance(n, (int, np.integer)) and not isinstance(n, bool)


def _places(function: Any) -> tuple[list[inspect.Parameter], bool]:
    """The parameters that take positional arguments, and if any number of further ones may come."""
    parameters = inspect.signature(function).parameters.values()
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return (
        [p for p in parameters if p.kind in kinds],
        any(p.kind is inspect.Parameter.VAR_POSITIONAL for p in parameters),
    )


def require_arguments(layer: Any, inputs: tuple[Any, ...], options: dict[str, Any]) -> None:
    """Refuse a call with fewer or more inputs than the layer's `call` takes, and None, a list or a
    dict of arrays where its annotation says Tensor.

    Raises:
        TypeError: for such a call.
    """
    places, endless = _places(layer.call)
    given = {*options, "training", "mask"}
    missing = [
        p.name for p in places[len(inputs) :] if p.default is p.empty and p.name not in given
    ]
    if missing or (len(inputs) > len(places) and not endless):
        takes = ", ".join(p.name for p in places if p.default is p.empty)
        raise TypeError(
            f"{layer.name} is called as {layer.name}({takes}), got {len(inputs)} "
            f"input{'s'[: len(inputs) != 1]}"
            + (f", without {', '.join(missing)}" if missing else "")
        )
    for place, x in zip(places, inputs, strict=False):
        if place.annotation not in ("Tensor", Tensor):
            continue
        if x is None:
            raise TypeError(
                f"{layer.name} takes an array, got None: what made it has no return, or gives none"
            )
        if is_structure(x):
            kind, count = type(x).__name__, len(x)
            raise TypeError(
                f"{layer.name} takes one array, got a {kind} of {count}. Join them first, "
                "nn.layers.Concatenate()([a, b]); a model of several inputs is "
                "nn.Model([a, b], outputs), with an nn.Input for each"
            )


def shapes_to_build(layer: Any, shapes: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return as many of the inputs' shapes as the layer's `build` takes, but at least the first."""
    places, endless = _places(layer.build)
    return shapes if endless else shapes[: max(len(places), 1)]


def done_once(build: Callable[..., None]) -> Callable[..., None]:
    """Wrap a layer's `build` so that it runs once, from the first call or by hand.

    If it fails, the layer is as before. A `build` that calls the one it overrides counts once.
    """

    @functools.wraps(build)
    def built(layer: Any, /, *input_shapes: Any, **options: Any) -> None:
        if layer._building:
            build(layer, *input_shapes, **options)
            return
        if not layer._in_first_call:
            input_shapes = tuple(map(as_shape, input_shapes))
            options = {name: as_shape(shape) for name, shape in options.items()}
        shapes = (*input_shapes, *options.values())
        if layer.built and layer._input_shapes is not None:
            if layer._input_shapes != shapes:
                raise ValueError(
                    f"{layer.name} is built already, for inputs of shape "
                    f"{', '.join(map(str, layer._input_shapes))}; make another layer for "
                    f"{', '.join(map(str, shapes))}"
                )
            return
        before = layer._weights
        layer.built = layer._building = True  # a build that calls the layer does not build again
        try:
            build(layer, *input_shapes, **options)
            layer._input_shapes = shapes
        except BaseException:
            layer.built, layer._ready, layer._weights = False, False, before
            raise
        finally:
            layer._building = False

    return built


def output_shape_of(layer: Any, input_shapes: tuple[Any, ...]) -> Any:
    """Find the output shapes of a layer by calling a copy on zeros.

    The copy is called twice, with different lengths for every None: a length that differs is None.
    """
    small, large = (_tried(layer, input_shapes, length) for length in (2, 3))
    others = leaves(large)
    return map_arrays(lambda x: _common(x.shape, next(others).shape), small)


def _tried(layer: Any, input_shapes: tuple[Any, ...], length: int) -> Any:
    """Call a copy of the layer; the global generator is restored."""
    generator = random.generator()
    state = generator.state
    try:
        return call_on_zeros(copy.deepcopy(layer), input_shapes, length)
    finally:
        generator.state = state


def call_on_zeros(layer: Any, input_shapes: tuple[Any, ...], length: int = 1) -> Any:
    """Call a layer on zeros of these shapes, with a length in place of every None."""
    inputs = [_zeros(shape, length) for shape in input_shapes]
    with (
        states_kept(layer),
        no_grad(),
        np.errstate(all="ignore"),
    ):  # zeros say nothing about real inputs
        return layer(*inputs, training=False)


def _zeros(shape: Any, length: int) -> Any:
    if isinstance(shape, dict):
        return {name: _zeros(part, length) for name, part in shape.items()}
    if isinstance(as_shape(shape), tuple):
        return np.zeros([length if n is None else n for n in shape], np.float32)
    return [_zeros(part, length) for part in shape]


def _common(one: Shape, other: Shape) -> Shape:
    return tuple(n if n == m else None for n, m in zip(one, other, strict=True))
