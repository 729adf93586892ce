"""`Recipe`: what was recorded between symbolic inputs and outputs, as a flat list of steps."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import field, replace
from typing import Any

from autograd_lite import Tensor, Variable
from autograd_lite.extend import (
    Call,
    Fields,
    FrozenFields,
    Length,
    Repeated,
    SymbolicTensor,
    cast,
    define,
    evaluate_function,
    flatten,
    frozen,
    map_arguments,
    name_of,
    parts_of,
    unflatten,
)
from nn._core.identifiers import first_free
from nn._core.nest import only
from nn.layers.base import Layer
from nn.layers.input import InputLayer
from nn.layers.symbolic import remember_call

_OF_SAMPLES = (Length, Repeated)  # what is computed from the number of samples


@frozen
class Slot(FrozenFields):
    """Stands for a symbolic Tensor: the place of its value while the steps run."""

    number: int


@define
class Step(Fields):
    """One call of a layer or a function.

    Attributes:
        function: the layer or the function.
        args: its positional arguments, a `Slot` for each symbolic Tensor among them.
        kwargs: its keyword arguments, likewise.
        targets: the slots of its outputs.
        structure: of its outputs, with their numbers.
        made: of each output the shapes for batches of two lengths, the dtype, a note of its mask.
        done: the slots that no later step needs.
    """

    function: Any
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    targets: list[int]
    structure: Any
    made: list[Any]
    done: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.is_layer = isinstance(self.function, Layer)
        alone = self.is_layer and not self.kwargs and len(self.args) == 1
        alone = alone and isinstance(self.args[0], Slot) and self.structure == 0
        self.source = self.args[0].number if alone else -1  # of a layer that takes it alone
        self.is_flat = not any(map(_is_nested, (*self.args, *self.kwargs.values())))

    def slots(self) -> list[Slot]:
        """The slots that it reads, in order."""
        return [x for x in parts_of([self.args, self.kwargs]) if isinstance(x, Slot)]

    def run(self, values: list[Any], training: bool | None) -> None:
        """Call it on the values of its inputs."""
        args: Any
        kwargs: dict[str, Any]
        if self.is_flat:
            args = [values[x.number] if x.__class__ is Slot else x for x in self.args]
            kwargs = self.kwargs and {name: _value(x, values) for name, x in self.kwargs.items()}
        else:
            args, kwargs = _with_values([self.args, self.kwargs], values)
        if self.is_layer:
            result = self.function(*args, **{"training": training, **kwargs})
        else:
            result = evaluate_function(self.function, args, kwargs)
        if self.structure == 0:
            values[self.targets[0]] = result
        else:
            for target, value in zip(self.targets, flatten(result), strict=True):
                values[target] = value


@define
class Recipe(Fields):
    """The steps from inputs to outputs.

    Attributes:
        inputs: an input layer for each input.
        steps: in an order in which inputs come before what uses them.
        input_structure: of the inputs, with the slot of each.
        output_structure: of the outputs, likewise.
        count: the number of slots.
    """

    inputs: list[InputLayer]
    steps: list[Step]
    input_structure: Any
    output_structure: Any
    count: int

    def __post_init__(self) -> None:
        self._needs_samples = any(
            isinstance(x, _OF_SAMPLES)
            for step in self.steps
            for x in parts_of([step.args, step.kwargs])
        )
        last = {x.number: step for step in self.steps for x in step.slots()}
        kept = set(flatten(self.output_structure))
        for step in self.steps:
            step.done = [slot for slot, at in last.items() if at is step and slot not in kept]
            step.done += [slot for slot in step.targets if slot not in last and slot not in kept]
        self.is_single = self.input_structure == 0

    def run(self, inputs: list[Any], training: bool | None) -> Any:
        """Compute the outputs from the inputs, which are Tensors, symbolic or not."""
        values: list[Any] = [None] * self.count
        values[: len(inputs)] = inputs
        if self._needs_samples and inputs[0].__class__ is not SymbolicTensor:
            values.append(self._samples(inputs))
        for step in self.steps:
            if step.source >= 0:
                values[step.targets[0]] = step.function(values[step.source], training=training)
            else:
                step.run(values, training)
            for slot in step.done:
                values[slot] = None
        structure = self.output_structure
        if structure.__class__ is int:
            return values[structure]
        return unflatten(structure, [values[slot] for slot in flatten(structure)])

    def _samples(self, inputs: list[Any]) -> int:
        """The number of samples.

        Raises:
            ValueError: if inputs of any number of samples have different ones.
        """
        pairs = zip(self.inputs, inputs, strict=True)
        found = {layer.name: len(x) for layer, x in pairs if layer.batch_size is None}
        if len(set(found.values())) > 1:
            raise ValueError(
                f"the inputs of a model have one number of samples, got {found} for its inputs"
            )
        return next(iter(found.values()))

    # -- the data that it is given -----------------------------------------------------------------

    def values(self, given: Any, model: Any) -> list[Any]:
        """The inputs of `run` in the data that a model is called on.

        Raises:
            ValueError: for other structures, names and shapes than those of the inputs.
        """
        found = [given] if given.__class__ is Tensor and self.is_single else None
        if found is None:
            found = self._matched(given, model.name)
        for i, (layer, x) in enumerate(zip(self.inputs, found, strict=True)):
            declaration = layer.declaration
            if x._array.shape[1:] != layer.shape or declaration.batch_size is not None:
                found[i] = x = self._fitted(x, layer, model.name)
            if x._array.dtype.kind != "f" and layer.is_floating:
                found[i] = cast(x, dtype=model._dtype)
        return found

    def _fitted(self, given: Any, layer: InputLayer, name: str) -> Any:
        x = layer.declaration.fitted(given)
        if not layer.declaration.accepts(x.shape):
            raise ValueError(
                f"{name} takes batches of shape {layer.declaration.batch_shape} for its input "
                f"{layer.name!r}, None for any number of samples; got {given.shape}"
            )
        return x

    def _matched(self, given: Any, name: str) -> list[Any]:
        """The Tensors of data, in the order of the inputs: by name in a dict, else by place."""
        wanted = self.input_structure
        if not isinstance(wanted, dict) and isinstance(given, dict):
            wanted = {layer.name: slot for slot, layer in enumerate(self.inputs)}
        if len(self.inputs) == 1 and not isinstance(wanted, dict):
            given, wanted = only(given), 0
        found = dict(zip(flatten(wanted), _leaves_as(wanted, given, name), strict=True))
        return [found[slot] for slot in range(len(self.inputs))]

    # -- what is in it -----------------------------------------------------------------------------

    def input_shapes(self) -> Any:
        """The shapes of batches, in the structure of the inputs."""
        shapes = [layer.declaration.batch_shape for layer in self.inputs]
        return unflatten(self.input_structure, [shapes[i] for i in flatten(self.input_structure)])

    def zeros(self, length: int = 1) -> Any:
        """One sample of zeros for each input, in their structure, of a length where it is open."""
        arrays = [layer.declaration.zeros(length) for layer in self.inputs]
        return unflatten(self.input_structure, [arrays[i] for i in flatten(self.input_structure)])

    def output_shapes(self) -> Any:
        """The shapes of outputs, in their structure."""
        shapes = shapes_of_slots(self)
        return unflatten(self.output_structure, [shapes[i] for i in flatten(self.output_structure)])

    def output_names(self) -> list[str] | None:
        """A name for each of several outputs: its key in a dict, else that of its layer."""
        structure = self.output_structure
        if isinstance(structure, dict):
            return list(map(str, structure))
        made_by = {slot: step.function for step in self.steps for slot in step.targets}
        made_by |= dict(enumerate(self.inputs))
        names: list[str] = []
        for slot in flatten(structure):
            names.append(first_free(name_of(made_by[slot]), names))
        return names

    def variables(self) -> list[Variable]:
        """The Variables that functions between the layers read."""
        found = (x for step in self.steps for x in parts_of([step.args, step.kwargs]))
        return list({id(x): x for x in found if isinstance(x, Variable)}.values())

    def operations(self) -> list[Any]:
        """The layers and the other steps, in Keras's order: by their distance from the outputs, the
        farthest first, then as a walk back from the outputs comes to them.
        """
        depths = self._depths()
        found = self._from_outputs()
        return sorted(found, key=lambda thing: -depths[id(thing)])

    def operation(self, step: Step) -> Any:
        """The layer that a step calls; the step itself, if it calls a function."""
        return step.function if step.is_layer else step

    def _depths(self) -> dict[int, int]:
        """For the id of each operation the most calls between it and an output."""
        of_slot: dict[int, int] = {}
        found: dict[int, int] = {}
        for step in reversed(self.steps):
            thing = id(self.operation(step))
            depth = max(found.get(thing, 0), *(of_slot.get(slot, 0) for slot in step.targets))
            found[thing] = depth
            for x in step.slots():
                of_slot[x.number] = max(of_slot.get(x.number, 0), depth + 1)
        return found | {id(x): of_slot.get(i, 0) for i, x in enumerate(self.inputs)}

    def _from_outputs(self) -> list[Any]:
        """The operations in the order in which a walk back from the outputs comes to them."""
        made_by = {slot: step for step in self.steps for slot in step.targets}
        found: dict[int, Any] = {}
        waiting = _slots_by_key(self.output_structure)[::-1]
        seen: set[int] = set()
        while waiting:
            slot = waiting.pop()
            step = made_by.get(slot)
            if (slot if step is None else step.targets[0]) in seen:
                continue
            seen.add(slot if step is None else step.targets[0])
            thing = self.inputs[slot] if step is None else self.operation(step)
            found.setdefault(id(thing), thing)
            if step is not None:
                waiting += [x.number for x in reversed(step.slots())]
        return list(found.values())

    def with_new_layers(self, make: Callable[[Layer], Layer], given: Any = None) -> tuple[Any, Any]:
        """The symbolic inputs and outputs of the same steps with other layers, which are built.

        `given` are symbolic inputs, of which there are new ones otherwise.
        """
        made: dict[int, Any] = {}
        for layer in (*self.inputs, *(step.function for step in self.steps if step.is_layer)):
            if id(layer) not in made:
                made[id(layer)] = make(layer)
        inputs = [made[id(layer)] for layer in self.inputs]
        steps = [replace(s, function=made.get(id(s.function), s.function)) for s in self.steps]
        symbols = [layer.output for layer in inputs] if given is None else flatten(given)
        outputs = replace(self, inputs=inputs, steps=steps).run(symbols, None)
        structure = self.input_structure
        return unflatten(structure, [symbols[i] for i in flatten(structure)]), outputs

    def symbols(self) -> tuple[Any, Any]:
        """The inputs and the outputs as symbolic Tensors; nothing is called."""
        values: list[Any] = [layer.output for layer in self.inputs]
        values += [None] * (self.count - len(values))
        for step in self.steps:
            args, kwargs = _with_values([step.args, step.kwargs], values)
            call = Call(step.function, args, kwargs, step.structure, step.made)
            if step.is_layer:
                remember_call(step.function, call)
            for index, target in enumerate(step.targets):
                values[target] = SymbolicTensor(call, index)
        return tuple(
            unflatten(tree, [values[slot] for slot in flatten(tree)])
            for tree in (self.input_structure, self.output_structure)
        )


def shapes_of_slots(recipe: Recipe) -> dict[int, Any]:
    """The shape of the symbolic Tensor of each slot."""
    shapes = {i: layer.declaration.batch_shape for i, layer in enumerate(recipe.inputs)}
    for step in recipe.steps:
        for target, (lengths, *_) in zip(step.targets, step.made, strict=True):
            shapes[target] = tuple(n if n == m else None for n, m in zip(*lengths, strict=True))
    return shapes


def _slots_by_key(structure: Any) -> list[int]:
    """The slots of a structure, of dicts in the order of their keys, as Keras has them."""
    if isinstance(structure, dict):
        return [x for key in sorted(structure, key=str) for x in _slots_by_key(structure[key])]
    if isinstance(structure, (list, tuple)):
        return [x for part in structure for x in _slots_by_key(part)]
    return [structure]


def _leaves_as(wanted: Any, given: Any, name: str) -> list[Any]:
    """The Tensors of data, in the order of a structure.

    Raises:
        ValueError: if the data has another.
    """
    if isinstance(wanted, dict):
        if not isinstance(given, dict) or given.keys() != wanted.keys():
            got = f"a dict with {sorted(map(str, given))}" if isinstance(given, dict) else None
            raise _other_structure(name, f"a dict with the keys {list(wanted)}", got, given)
        return [x for key in wanted for x in _leaves_as(wanted[key], given[key], name)]
    if isinstance(wanted, (list, tuple)):
        if not isinstance(given, (list, tuple)) or len(given) != len(wanted):
            raise _other_structure(name, f"a list of {len(wanted)} arrays", None, given)
        pairs = zip(wanted, given, strict=True)
        return [x for part, there in pairs for x in _leaves_as(part, there, name)]
    if not isinstance(given, Tensor):
        raise _other_structure(name, "one array", None, given)
    return [given]


def _other_structure(name: str, wanted: str, got: str | None, given: Any) -> ValueError:
    if got is None:
        several = isinstance(given, (list, tuple, dict))
        got = f"a {type(given).__name__} of {len(given)}" if several else "one array"
        if isinstance(given, dict):
            got = f"a dict with the keys {list(given)}"
    return ValueError(f"{name} takes {wanted}, as its inputs were given to nn.Model; got {got}")


# -- the symbolic Tensors of models, which are no part of their copies and files -------------------

_SYMBOLS: weakref.WeakKeyDictionary[Any, tuple[Any, Any]] = weakref.WeakKeyDictionary()


def keep_symbols(model: Any, symbols: tuple[Any, Any]) -> None:
    """Keep the symbolic inputs and outputs of a model for as long as it lives."""
    _SYMBOLS[model] = symbols


def symbols_of(model: Any) -> tuple[Any, Any] | None:
    """The symbolic inputs and outputs of a model, if they are known."""
    return _SYMBOLS.get(model)


# -- arguments -------------------------------------------------------------------------------------


def _is_nested(x: Any) -> bool:
    """Return if an argument is more than a value or the slot of one."""
    return isinstance(x, (list, tuple, dict, slice, *_OF_SAMPLES))


def _with_values(tree: Any, values: list[Any]) -> Any:
    return map_arguments(lambda x: _value(x, values), tree)


def _value(x: Any, values: list[Any]) -> Any:
    if x.__class__ is Slot:
        return values[x.number]
    if isinstance(x, _OF_SAMPLES) and values[-1].__class__ is int:
        return x.of(values[-1])
    return x
