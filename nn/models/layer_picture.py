"""The picture of a model as a graph of its layers, one box each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from autograd_lite import Variable
from autograd_lite.extend import Arrow, Box, Picture, ScopeCall, flatten, name_of, parts_of
from nn.layers.base import Layer
from nn.models.connections import Operation, operations_of
from nn.models.recipe import Recipe, Step, shapes_of_slots
from nn.models.recipe_of import recipe_of

SYMMETRIC = ("np.add", "np.multiply", "np.maximum", "np.minimum")  # no numbers at their arrows


class Labels(NamedTuple):
    """The choice of what a box says, under Keras's names."""

    show_shapes: bool = True
    show_dtype: bool = False
    show_layer_names: bool = True
    show_layer_activations: bool = True
    show_trainable: bool = False
    expand_nested: bool = False


def recipe_for(model: Any) -> Recipe | None:
    """The recipe of a functional model or a Sequential; None where `call` is a class's own, and for
    a stack with a layer that takes no symbolic Tensors.
    """
    if not _is_graph(model):
        return None
    try:
        inputs, outputs = model._symbols()
        return model._recipe or recipe_of(inputs, outputs, model.name)
    except Exception:  # from the code of whoever wrote the layer
        return None


def _is_graph(model: Any) -> bool:
    known = getattr(model, "_has_symbols", bool)()
    return known and type(model).call.__module__.startswith("nn.models.")


def layer_picture(recipe: Recipe, model: Layer, labels: Labels, direction: Any) -> Picture:
    """Choose the boxes and arrows of a recipe's layers and functions."""
    drawn = _Drawn(labels)
    _, results = drawn.add(recipe, None)
    boxes = tuple(box._replace(result=box.id in results) for box in drawn.boxes)
    layers = sum(box.kind in ("layer", "leaf") for box in boxes)
    summary = f"{_counted(layers, 'layer')}, {_counted(model.count_params(), 'parameter')}"
    arrows = tuple(drawn.arrows.values())
    return Picture(boxes, arrows, tuple(drawn.scopes), summary, (), False, direction)


class _Drawn:
    """The boxes and arrows drawn so far."""

    def __init__(self, labels: Labels) -> None:
        self.labels = labels
        self.boxes: list[Box] = []
        self.arrows: dict[Any, Arrow] = {}
        self.scopes: list[ScopeCall] = []

    def add(self, recipe: Recipe, scope: int | None) -> tuple[list[str], list[str]]:
        """Draw a recipe; return the ids of the boxes of its inputs and of its outputs."""
        ends = {
            id(thing): self._operation(thing, operation, recipe, scope)
            for thing, operation in zip(recipe.operations(), operations_of(recipe), strict=True)
        }
        made_by = {slot: ends[id(x)][1][0] for slot, x in enumerate(recipe.inputs)}
        for step in recipe.steps:
            entries, exits = ends[id(recipe.operation(step))]
            for i, x in enumerate(step.slots()):
                self._connect(made_by[x.number], entries[i % len(entries)], step, i)
            for i, target in enumerate(step.targets):
                made_by[target] = exits[i % len(exits)]
        inputs = [made_by[slot] for slot in range(len(recipe.inputs))]
        return inputs, [made_by[slot] for slot in flatten(recipe.output_structure)]

    def _operation(
        self, thing: Any, operation: Operation, recipe: Recipe, scope: int | None
    ) -> tuple[list[str], list[str]]:
        """Draw a layer or a function as a box, or what is in a model within a frame."""
        inner = recipe_for(thing) if self.labels.expand_nested else None
        if inner is not None and _is_flat(inner.input_structure):
            frame = len(self.scopes)
            self.scopes.append(ScopeCall(frame, self._title(operation), scope))
            return self.add(inner, frame)
        kind, mark = _look(thing, operation)
        name = f"{mark}{len(self.boxes)}"
        calls = [step for step in recipe.steps if recipe.operation(step) is thing]
        title = self._title(operation)
        sources = f" ← {', '.join(operation.connected)}" if operation.connected else ""
        box = Box(
            name,
            kind,
            title,
            shape=self._outputs(thing, calls, recipe),
            contents=", ".join(self._contents(operation, calls)),
            details=f"{operation.name} ({operation.kind}){sources}",
            scope=scope,
        )
        self.boxes.append(box)
        return [name], [name]

    def _connect(self, source: str, target: str, step: Step, position: int) -> None:
        """One arrow between two boxes; one for each argument of a function whose order matters. A
        box that is called on its own output says so instead.
        """
        if source == target:
            return
        numbered = not step.is_layer and len(step.slots()) > 1
        numbered = numbered and f"np.{name_of(step.function)}" not in SYMMETRIC
        argument = position + 1 if numbered else None
        self.arrows.setdefault((source, target, argument), Arrow(source, target, True, argument))

    def _title(self, operation: Operation) -> str:
        layer, labels = operation.layer, self.labels
        if layer is None:
            return operation.kind
        activation = getattr(layer, "activation", None) if labels.show_layer_activations else None
        if activation is not None:
            activation = activation if isinstance(activation, str) else name_of(activation)
        said = ", ".join(filter(None, [operation.kind, activation]))
        if labels.show_layer_names:
            return f"{operation.name} ({said})"
        return operation.kind if activation is None else f"{operation.kind} ({activation})"

    def _outputs(self, thing: Any, calls: list[Step], recipe: Recipe) -> str:
        """The shapes and dtypes of what the calls give, each once."""
        shapes = shapes_of_slots(recipe)
        found = [[(shapes[t], made[1]) for t, made in zip(s.targets, s.made, strict=True)]
                 for s in calls]  # fmt: skip
        if not calls:
            found = [[(shapes[recipe.inputs.index(thing)], thing.declaration.dtype)]]
        said = (", ".join(self._array(*each) for each in outputs) for outputs in found)
        return " and ".join(dict.fromkeys(said))

    def _array(self, shape: Any, dtype: Any) -> str:
        shown = [str(shape)] * self.labels.show_shapes + [str(dtype)] * self.labels.show_dtype
        return " ".join(shown)

    def _contents(self, operation: Operation, calls: list[Step]) -> Iterator[str]:
        layer = operation.layer
        if layer is None:
            read = parts_of([[step.args, step.kwargs] for step in calls])
            count = sum(x.size for x in read if isinstance(x, Variable))
        else:
            count = layer.count_params()
        if count:
            yield _counted(count, "parameter")
        if count and layer is not None and self.labels.show_trainable:
            yield "trainable" if layer.trainable else "not trainable"
        if len(calls) > 1:
            yield f"shared: {len(calls)} calls"
        made = {slot for step in calls for slot in step.targets}
        if any(x.number in made for step in calls for x in step.slots()):
            yield "called on its own output"


def _is_flat(structure: Any) -> bool:
    """Return if inputs are matched by place; in a dict they are by name, and are left closed."""
    parts = structure if isinstance(structure, (list, tuple)) else [structure]
    return all(isinstance(part, int) for part in parts)


def _look(thing: Any, operation: Operation) -> tuple[Any, str]:
    """The kind of a box, and the mark that its id begins with."""
    if operation.layer is None:
        return "operation", "#"
    if operation.kind == "InputLayer":
        return "input", "#"
    return ("layer" if _is_graph(thing) else "leaf"), "@"


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'s' * (count != 1)}"
