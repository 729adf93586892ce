"""The operations of a functional model by name, and what each is connected to."""

from __future__ import annotations

import sys
from dataclasses import field
from typing import Any

from autograd_lite.extend import Fields, define, name_of, name_of_operation
from nn._core.identifiers import first_free
from nn.layers.base import Layer
from nn.models.recipe import Recipe, shapes_of_slots


@define
class Operation(Fields):
    """A layer or a function in a model.

    Attributes:
        name: the layer's, or the function's, numbered.
        kind: the layer's class; of a function where it is from, "np.add".
        layer: the layer; None for a function.
        shape: of its outputs.
        connected: what each of its calls was called on: "dense[0][0]" is the first output of the
            first call of the layer dense.
    """

    name: str
    kind: str
    layer: Layer | None
    shape: Any
    connected: list[str] = field(default_factory=list)


def is_chain(recipe: Recipe) -> bool:
    """Return if every operation takes what the one before gives, and nothing else."""
    slot = 0
    functions = [step.function for step in recipe.steps if step.is_layer]
    for step in recipe.steps:
        if [x.number for x in step.slots()] != [slot] or len(step.targets) > 1:
            return False
        slot = step.targets[0]
    return len(recipe.inputs) == 1 and len(set(map(id, functions))) == len(functions)


def operations_of(recipe: Recipe) -> list[Operation]:
    """Every layer and function of a recipe, in Keras's order."""
    found = {id(thing): _operation(thing, recipe) for thing in recipe.operations()}
    taken = {each.name for each in found.values() if each.layer is not None}
    for each in found.values():
        if each.layer is None:
            each.name = first_free(each.name, taken)
            taken.add(each.name)
    sources = {i: f"{layer.name}[0][0]" for i, layer in enumerate(recipe.inputs)}
    calls: dict[int, int] = {}
    for step in recipe.steps:
        thing = id(recipe.operation(step))
        number = calls[thing] = calls.get(thing, -1) + 1
        found[thing].connected += [sources[x.number] for x in step.slots()]
        for i, target in enumerate(step.targets):
            sources[target] = f"{found[thing].name}[{number}][{i}]"
    return list(found.values())


def operation_of(layer: Layer) -> Operation:
    """A layer, connected to nothing."""
    return Operation(layer.name, type(layer).__name__, layer, layer.output_shape)


def _operation(thing: Any, recipe: Recipe) -> Operation:
    if isinstance(thing, Layer):
        return operation_of(thing)
    shapes = shapes_of_slots(recipe)
    made = [shapes[slot] for slot in thing.targets]
    name = name_of(thing.function).rpartition(".")[2]
    return Operation(name, _origin(thing.function), None, made[0] if len(made) == 1 else made)


def _origin(function: Any) -> str:
    """The name of a function with the package that it is from: "np.add", "nn.activations.relu"."""
    package = getattr(function, "__module__", None) or ""
    known = name_of_operation(function) or f"{package}.{name_of(function)}".lstrip(".")
    if known.startswith("numpy."):
        return f"np.{known.removeprefix('numpy.')}"
    if not package.startswith("nn.") or "._" in package:
        return known
    outer = package.rpartition(".")[0]  # a package lists what its files define
    listed = getattr(sys.modules.get(outer), name_of(function), None) is function
    return f"{outer if listed else package}.{name_of(function)}"
