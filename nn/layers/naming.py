"""Unique names for the layers of a model."""

from __future__ import annotations

from collections import Counter
from typing import Any

from nn._core.identifiers import first_free


def name_uniquely(layers: list[Any]) -> None:
    """Number the layers of one model whose names are their classes': dense, dense_1.

    Raises:
        ValueError: if the user gave two layers the same name.
    """
    distinct = list({id(layer): layer for layer in layers}.values())
    given = [layer.name for layer in distinct if layer._name_given]
    for name, times in Counter(given).items():
        if times > 1:
            raise ValueError(
                f"two layers are named {name!r}. Give one of them another name=, so that "
                "messages, pictures and files can tell them apart"
            )
    taken = set(given)
    unnamed = []
    for layer in distinct:
        if layer._name is None or (not layer._name_given and layer._name in taken):
            unnamed.append(layer)
        else:
            taken.add(layer._name)
    for layer in unnamed:
        layer._rename(first_free(layer._default_name(), taken))
        taken.add(layer.name)
