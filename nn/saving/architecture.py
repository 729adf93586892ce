"""A model's architecture as JSON, without weights and training state."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from nn.saving.decoding import Decoder
from nn.saving.encoding import Encoder
from nn.saving.registry import Registry
from nn.training.network import Network


def model_to_json(model: Network, **options: Any) -> str:
    """Return the layers of a model and their arguments as JSON.

    Args:
        model: a model of `nn`'s classes, or of registered ones.
        **options: of `json.dumps`.

    Raises:
        ValueError: for classes and functions that are not registered, and for arrays among the
            arguments of layers.
    """
    encoder = Encoder(Registry())
    encoded = encoder.encode(model, "the model")
    if encoder.tensors:
        raise ValueError(
            f"{model.name} has arrays among the arguments of its layers, which JSON is not for: "
            "write model.save(path)"
        )
    return json.dumps(encoded, **options)


def model_from_json(json_string: str, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """Return a new model, with new weights, from what `model_to_json` returned.

    Raises:
        ModelFileError: for unknown classes, and for JSON of anything else; it is a ValueError.

    Example:
        >>> import nn
        >>> model = nn.Sequential([nn.Input((3,)), nn.Dense(2)])
        >>> model_from_json(model_to_json(model)).count_params()
        8
    """
    decoder = Decoder(Registry(custom_objects), {})
    model = decoder.decode(json.loads(json_string))
    for sequential, first in decoder.inputs:
        sequential.build((None, *first.shape))
    has_graph = isinstance(model, Network) and "graph" in model.get_config()
    return type(model).from_config(model.get_config()) if has_graph else model
