"""Paths: where Keras's files keep the arrays of each layer, and in which order.

Keras walks through the attributes of a model by name, those of the user before private ones; a
layer in a list is called after its class, numbered: "layers/dense_1", "layers/bidirectional/
forward_layer/cell". Each layer is found once, where it is met first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from autograd_lite import Variable
from nn.layers import GroupQueryAttention, Layer, MultiHeadAttention
from nn.layers.module import parts_of
from nn.saving.keras.names import group_of, is_functional
from nn.training.network import Network

# Private attributes that Keras finds by a public name.
_PUBLIC: dict[type, Mapping[str, str]] = {
    MultiHeadAttention: {
        f"_{part}_dense": f"{part}_dense" for part in ("query", "key", "value", "output")
    },
    GroupQueryAttention: {},
}


def layers_by_path(model: Layer) -> dict[str, Layer]:
    """Return the layers of a model, itself as "", by path and in Keras's order."""
    found: dict[str, Layer] = {}
    _visit(model, "", set(), found)
    return found


def _visit(layer: Layer, path: str, seen: set[int], found: dict[str, Layer]) -> None:
    if id(layer) in seen:
        return
    seen.add(id(layer))
    found[path] = layer
    for name, value in _attributes(layer):
        _visit_part(value, f"{path}/{name}" if path else name, seen, found)


def _visit_part(value: Any, path: str, seen: set[int], found: dict[str, Layer]) -> None:
    if isinstance(value, Layer):
        _visit(value, path, seen, found)
    elif isinstance(value, (list, tuple, dict)) and value:
        used: dict[str, int] = {}
        for part in value.values() if isinstance(value, dict) else value:
            if isinstance(part, (Layer, list, tuple, dict)):
                name = group_of(part) if isinstance(part, Layer) else "container"
                number = used[name] = used.get(name, -1) + 1
                inner = f"{path}/{name}_{number}" if number else f"{path}/{name}"
                _visit_part(part, inner, seen, found)


def _attributes(layer: Layer) -> Iterator[tuple[str, Any]]:
    if is_functional(layer) or (isinstance(layer, Network) and layer.begins_with_input):
        yield "layers", layer.layers  # type: ignore[attr-defined]
    public = next((names for kind, names in _PUBLIC.items() if type(layer) is kind), {})
    named = {public.get(name, name): value for name, value in vars(layer).items()}
    if isinstance(layer, Network):  # a property: all layers in its attributes, lists among them
        named.setdefault("layers", layer.layers)  # type: ignore[attr-defined]
    for name in sorted(named, key=lambda name: f"~{name}" if name.startswith("_") else name):
        yield name, named[name]


def own_variables(layer: Layer) -> list[Variable]:
    """Return the weights of a layer itself, in Keras's order: those to be trained come first."""
    told = {id(weight.variable): weight.trainable for weight in layer._weights}
    own = {id(part): part for part in parts_of(layer) if isinstance(part, Variable)}
    trained = {
        key: told.get(key, v.trainable or any(v is frozen for frozen in layer._frozen))
        for key, v in own.items()
    }
    return sorted(own.values(), key=lambda v: not trained[id(v)])
