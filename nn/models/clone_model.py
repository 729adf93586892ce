"""`clone_model`: the same model with new layers and new weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nn.layers.base import Layer
from nn.models.model import Model, new_layer
from nn.models.sequential import Sequential


def clone_model(
    model: Any,
    input_tensors: Any = None,
    clone_function: Callable[[Layer], Layer] | None = None,
) -> Any:
    """Return a model of the same layers, made again from their configs, with new weights.

    Args:
        model: a `Sequential`, or a model of symbolic Tensors.
        input_tensors: symbolic Tensors to take for its inputs; new ones unless given.
        clone_function: makes a layer for a layer; by default from its config.

    Raises:
        ValueError: for a model with a `call` of its own, of which it is not known what it computes.

    Example:
        >>> import nn
        >>> x = nn.Input((4,))
        >>> clone_model(nn.Model(x, nn.Dense(3)(x))).count_params()
        15
    """
    make = clone_function or new_layer
    if isinstance(model, Sequential):
        first = [] if model.input_shape is None else [model.get_config()["layers"][0]]
        if input_tensors is not None:
            first = list(input_tensors) if isinstance(input_tensors, list) else [input_tensors]
        return Sequential([*first, *map(make, model.layers)], name=model.name)
    recipe = model._recipe if isinstance(model, Model) else None
    if recipe is None:
        raise ValueError(
            f"{getattr(model, 'name', model)} has a call method of its own, so a clone is made by "
            "its class: type(model)(...), or type(model).from_config(model.get_config())"
        )
    inputs, outputs = recipe.with_new_layers(make, input_tensors)
    return type(model)(inputs, outputs, name=model.name)
