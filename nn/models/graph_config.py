"""A recipe as plain data, and back: what `get_config` of a functional model says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import numpy as np

from autograd_lite import Tensor
from autograd_lite.extend import (
    FrozenFields,
    Length,
    LostMask,
    Mask,
    Repeated,
    flatten,
    frozen,
    map_arguments,
)
from nn._core.named_classes import saved_as
from nn._core.validation import is_shape
from nn.layers.base import Layer
from nn.layers.input import InputLayer
from nn.models.recipe import Recipe, Slot, Step


class _Argument(FrozenFields):
    """A part of an argument that files have no other word for."""

    def get_config(self) -> dict[str, Any]:
        """Return the fields."""
        return asdict(self)  # type: ignore[call-overload,no-any-return]


@saved_as("models.Tensor")
@frozen
class _Symbol(_Argument):
    """The symbolic Tensor of a number."""

    number: int


@saved_as("models.Samples")
@frozen
class _Samples(_Argument):
    """A number that follows from the number of samples."""

    factor: int
    rest: int


@saved_as("models.Repeated")
@frozen
class _Rows(_Argument):
    """An array that repeats a row for each sample."""

    row: Any
    axis: int


@saved_as("models.Slice")
@frozen
class _Slice(_Argument):
    """A slice, or an ellipsis, which is one of nothing."""

    ends: list[Any] | None


def config_of(recipe: Recipe) -> dict[str, Any]:
    """Return a recipe as a dict of layers, calls and the structures of inputs and outputs.

    Raises:
        ValueError: if a function between the layers reads a Variable or another Tensor.
    """
    layers = [thing for thing in recipe.operations() if isinstance(thing, Layer)]
    place = {id(layer): i for i, layer in enumerate(layers)}
    calls = []
    for step in recipe.steps:
        args, kwargs = (_plain(part) for part in (step.args, step.kwargs))
        function = place[id(step.function)] if step.is_layer else step.function
        made = [[list(one), list(other), t.name, _of_note(n)] for (one, other), t, n in step.made]
        calls.append([function, list(args), kwargs, step.structure, made])
    return {
        "layers": layers,
        "first": [place[id(layer)] for layer in recipe.inputs],
        "calls": calls,
        "inputs": recipe.input_structure,
        "outputs": recipe.output_structure,
    }


def recipe_from(config: Any) -> Recipe:
    """Return the recipe that `config_of` described; nothing is called.

    Raises:
        TypeError, ValueError: for anything else, and for calls on what is made later.
    """
    layers = config["layers"]
    inputs = [layers[i] for i in config["first"]]
    if not all(isinstance(layer, InputLayer) for layer in inputs):
        raise TypeError("the inputs of a graph come from input layers")
    known = len(inputs)
    if sorted(flatten(config["inputs"])) != list(range(known)):
        raise ValueError("the inputs of a graph are numbered from 0")
    steps = []
    for function, args, kwargs, structure, made in config["calls"]:
        if not isinstance(function, int) and not callable(function):
            raise TypeError(f"a graph calls layers and functions, not {function!r}")
        called = layers[function] if isinstance(function, int) else function
        args, kwargs = (_unplain(part, known) for part in (tuple(args), kwargs))
        shapes = [((tuple(a), tuple(b)), np.dtype(t), _note(n)) for a, b, t, n in made]
        if not all(is_shape(shape) and None not in shape for pair, *_ in shapes for shape in pair):
            raise TypeError("the outputs of a call have shapes")
        if sorted(flatten(structure)) != list(range(len(shapes))):
            raise ValueError("the outputs of a call are numbered from 0")
        targets = list(range(known, known + len(shapes)))
        steps.append(Step(called, args, kwargs, targets, structure, shapes))
        known += len(shapes)
    if not all(type(slot) is int and 0 <= slot < known for slot in flatten(config["outputs"])):
        raise ValueError("an output of the graph is made by no call")
    return Recipe(inputs, steps, config["inputs"], config["outputs"], known)


def _of_note(note: Any) -> Any:
    """A note of a mask as a list: its axes and whether it is final, or what it was lost by."""
    if note is None:
        return None
    return [list(note.axes), note.final] if isinstance(note, Mask) else [note.operation]


def _note(plain: Any) -> Any:
    if plain is None:
        return None
    return Mask(None, tuple(plain[0]), plain[1]) if len(plain) == 2 else LostMask(plain[0])


def _plain(tree: Any) -> Any:
    """Arguments without slots, slices and what else files have no word for."""
    return _mapped(_plain_part, tree)


def _plain_part(x: Any) -> Any:
    if isinstance(x, Slot):
        return _Symbol(x.number)
    if isinstance(x, Length):
        return _Samples(x.factor, x.rest)
    if isinstance(x, Repeated):
        return _Rows(x.row, x.axis)
    if x is ...:
        return _Slice(None)
    if isinstance(x, Tensor):
        raise ValueError(
            f"this model cannot be described: a function between its layers reads {x!r:.60}. Make "
            "it a weight of a layer of your own, or an array"
        )
    return x


def _unplain(tree: Any, known: int) -> Any:
    def part(x: Any) -> Any:
        if isinstance(x, _Symbol):
            if type(x.number) is not int or not 0 <= x.number < known:
                raise ValueError("a call of the graph reads what is made after it")
            return Slot(x.number)
        if isinstance(x, _Samples):
            return Length(x.factor, x.rest)
        if isinstance(x, _Rows):
            return Repeated(np.asarray(x.row), x.axis)
        if isinstance(x, _Slice):
            return ... if x.ends is None else slice(*(_unplain(end, known) for end in x.ends))
        return x

    return map_arguments(part, tree)


def _mapped(f: Callable[[Any], Any], x: Any) -> Any:
    """As `map_arguments`, with slices as `_Slice`."""
    if isinstance(x, slice):
        return _Slice([_mapped(f, x.start), _mapped(f, x.stop), _mapped(f, x.step)])
    if isinstance(x, (list, tuple)):
        return type(x)(_mapped(f, part) for part in x)
    if isinstance(x, dict):
        return {key: _mapped(f, part) for key, part in x.items()}
    return f(x)
