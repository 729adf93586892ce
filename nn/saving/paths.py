"""Paths: the names of layers and weights in a file, "block/dense_1/kernel" say.

A path is the names of the layers from the outside in, without the model's own, then the weight's.
"""

from __future__ import annotations

from collections.abc import Iterator

from autograd_lite import Variable
from nn._core.identifiers import first_free
from nn.layers.base import Layer
from nn.layers.module import parts_of
from nn.layers.naming import name_uniquely

# What tensors that are no weights begin with; and a name that safetensors keeps for itself.
RESERVED = ("optimizer:", "config:", "__metadata__")


def layer_paths(model: Layer) -> Iterator[tuple[str, Layer]]:
    """Yield the path of each layer and the layer: the model, "", then inner ones, depth first.

    Each comes once, however often it is used; its sublayers are looked for after it was dealt
    with, so it may be built meanwhile.
    """
    seen = {id(model)}
    yield "", model
    waiting = [("", _sublayers(model))]
    while waiting:
        prefix, sublayers = waiting[-1]
        for name, layer in sublayers:
            if id(layer) not in seen:
                seen.add(id(layer))
                yield prefix + name, layer
                waiting.append((f"{prefix}{name}/", _sublayers(layer)))
                break
        else:
            waiting.pop()


def variable_paths(model: Layer) -> dict[str, Variable]:
    """Return the weights of a model by path, in the order of its layers.

    Raises:
        ValueError: if names with slashes give two of them one path, or one begins with a word
            that is reserved.
    """
    found: dict[str, Variable] = {}
    seen: set[int] = set()
    for path, layer in layer_paths(model):
        own: set[str] = set()
        for variable in parts_of(layer):
            if isinstance(variable, Variable) and id(variable) not in seen:
                seen.add(id(variable))
                name = first_free(_last_part(variable.name) or "weight", own)
                own.add(name)
                whole = f"{path}/{name}" if path else name
                if whole in found or whole.startswith(RESERVED):
                    raise ValueError(f"a file has no place for {whole!r}: give the layer a name=")
                found[whole] = variable
    return found


def _sublayers(layer: Layer) -> Iterator[tuple[str, Layer]]:
    """Return the layers in a layer's attributes, with unique names."""
    layers = list({id(sublayer): sublayer for sublayer in layer._sublayers()}.values())
    name_uniquely(layers)
    taken: set[str] = set()
    for sublayer in layers:
        # A layer that two models share is named by one of them, and may clash in the other.
        name = first_free(sublayer.name, taken)
        taken.add(name)
        yield name, sublayer


def _last_part(name: str | None) -> str:
    return (name or "").rpartition("/")[2]
