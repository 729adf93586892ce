"""Layers as class names and configs, and back."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from nn._core.identifiers import lookup
from nn._core.identifiers import serialize as serialize
from nn.layers.base import Layer


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Layer:
    """Return the layer that `serialize` described, here or in Keras; with new weights.

    Args:
        config: ``{"class_name": ..., "config": {...}}``.
        custom_objects: classes of your own by name.

    Raises:
        ValueError: for an unknown class.

    Example:
        >>> import nn
        >>> deserialize(serialize(nn.Dense(2, "relu", name="d")))
        <Dense(units=2, activation='relu') 'd'>
    """
    module = sys.modules[__package__]
    names = [name for name in module.__all__ if name[0].isupper()]
    known = {name: name for name in (*names, *(custom_objects or {}))}
    name = lookup("layer", config["class_name"], known)
    kind = (custom_objects or {}).get(name) or getattr(module, name)
    made: Layer = kind.from_config(config["config"])
    return made
