"""Optimizers: update rules that turn gradients into new weights.

`base` holds what all share (learning rate, clipping, decay, averages), `formulas` the update rule
of each, `buckets` the flat buffers that an update runs over.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nn._core.identifiers import classes_by_name, deserializer, resolve
from nn._core.identifiers import serialize as serialize
from nn.optimizers import schedules
from nn.optimizers.base import Optimizer
from nn.optimizers.formulas import (
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    Adamax,
    AdamW,
    Lion,
    Nadam,
    RMSprop,
)
from nn.optimizers.muon import Muon

__all__ = [
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Lion",
    "Muon",
    "Nadam",
    "Optimizer",
    "RMSprop",
    "get",
    "schedules",
]

_TABLE: dict[str, Callable[..., Optimizer]] = {
    kind.__name__.lower(): kind for kind in classes_by_name(globals(), Optimizer).values()
}


def get(identifier: Any) -> Optimizer:
    """Resolve an ``optimizer=`` argument.

    Args:
        identifier: a name, "adam" say, for the default options; an `Optimizer`; a config as
            `nn._core.identifiers.serialize` makes it.

    Raises:
        ValueError: for an unknown name.
        TypeError: for anything else.

    Example:
        >>> get("sgd")
        SGD(learning_rate=0.01)
    """
    if isinstance(identifier, type):
        name = identifier.__name__
        raise TypeError(f"{name} is a class, not an optimizer: write {name}()")
    return resolve("optimizer", identifier, Optimizer, _TABLE)


deserialize = deserializer(get)
