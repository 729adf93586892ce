"""`recipe_of`: the recipe of what was recorded between symbolic inputs and outputs."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite import Tensor
from autograd_lite.extend import Call, SymbolicTensor, describe, flatten, map_arguments, unflatten
from nn.layers.input import InputLayer
from nn.models.recipe import Recipe, Slot, Step


def recipe_of(inputs: Any, outputs: Any, name: str) -> Recipe:
    """Read the recipe between symbolic Tensors.

    Args:
        inputs: symbolic Tensors, in lists, tuples and dicts.
        outputs: likewise.
        name: of the model, for messages.

    Raises:
        TypeError: for what is not symbolic.
        ValueError: if an output depends on an Input that is not among the inputs, an input is
            not used, or a value that was computed from weights is among the constants.
    """
    sources, results = _checked(inputs, "inputs", name), _checked(outputs, "outputs", name)
    slots = {_key(x): i for i, x in enumerate(sources)}
    if len(slots) < len(sources):
        raise ValueError(f"{name} has the same Tensor twice among its inputs: {sources}")
    calls, used = _calls_between(slots, results, name)
    for x in sources:
        if _key(x) not in used:
            raise ValueError(
                f"the outputs of {name} do not depend on its input {x.name!r}. Leave it out, or "
                "use it"
            )
    steps = []
    for call in calls:
        targets = []
        for index in range(len(call.made)):
            targets.append(slots.setdefault((id(call), index), len(slots)))
        args, kwargs = map_arguments(lambda x: _slot(x, slots, name), [call.args, call.kwargs])
        steps.append(Step(call.function, args, kwargs, targets, call.structure, call.made))
    return Recipe(
        [_input_layer(x) for x in sources],
        steps,
        unflatten(inputs, range(len(sources))),
        unflatten(outputs, [slots[_key(x)] for x in results]),
        len(slots),
    )


def _key(x: SymbolicTensor) -> tuple[int, int]:
    return id(x.call), x.index


def _slot(x: Any, slots: dict[tuple[int, int], int], name: str) -> Any:
    if isinstance(x, Tensor) and x.requires_grad and not x.is_leaf:
        raise ValueError(
            f"{name} would keep {describe(x)} as a constant, so that training never changed the "
            "weights that it was computed from. Compute it inside the call of a layer of your "
            "own, or from an Input"
        )
    return Slot(slots[_key(x)]) if isinstance(x, SymbolicTensor) else x


def _checked(tree: Any, what: str, name: str) -> list[SymbolicTensor]:
    """The symbolic Tensors of a structure."""
    found = flatten(tree)
    if not found:
        raise TypeError(f"{name} has no {what}: write nn.Model(inputs, outputs)")
    for x in found:
        if not isinstance(x, SymbolicTensor):
            said = f"an array of shape {np.shape(x)}" if _is_array(x) else repr(x)
            raise TypeError(
                f"the {what} of a model are symbolic Tensors, x = nn.Input(shape) and what layers "
                f"and NumPy's functions give for them; got {said}"
            )
    return found


def _is_array(x: Any) -> bool:
    return isinstance(x, (np.ndarray, Tensor))


def _calls_between(
    slots: dict[tuple[int, int], int], results: list[SymbolicTensor], name: str
) -> tuple[list[Call], set[tuple[int, int]]]:
    """The calls that the results need, in order, and what is read of all."""
    calls: dict[int, Call] = {}
    read: set[tuple[int, int]] = set()
    waiting = list(results)
    while waiting:
        x = waiting.pop()
        if _key(x) in read:
            continue
        read.add(_key(x))
        if _key(x) in slots:
            continue
        if isinstance(x.call.function, InputLayer):
            raise ValueError(
                f"the outputs of {name} depend on Input {x.name!r} of shape {x.shape}, which is "
                "not among the inputs. Add it: nn.Model([..., x], outputs); the .output of a model "
                "in a model is its own, and not what the outer one gets of it"
            )
        calls[id(x.call)] = x.call
        waiting += [y for y in x.call.tensors if isinstance(y, SymbolicTensor)]
    return sorted(calls.values(), key=lambda call: call.stamp), read


def _input_layer(x: SymbolicTensor) -> InputLayer:
    """The input layer of an input; a new one for a Tensor from inside another model."""
    layer = x.call.function
    if isinstance(layer, InputLayer):
        return layer
    dtype = x.dtype.name
    return InputLayer(batch_shape=x.shape, dtype=dtype)
