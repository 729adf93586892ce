"""Roll a model back after a failed first call."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from autograd_lite.extend import Snapshot
from nn import random
from nn.layers.base import Layer
from nn.layers.module import walk


@contextmanager
def rollback_on_error(model: Layer) -> Iterator[None]:
    """Restore the attributes of a model's layers if the block raises.

    For a model that is not built: its weights are created to fit the first data, and if that data
    turns out to be wrong, the model must not keep them. The global generator is restored too, so
    that the next attempt draws the same numbers.
    """
    layers = [part for part in walk(model) if isinstance(part, Layer)]
    before = Snapshot(objects=layers, generators=[random.generator()])
    with before.restored_on_error():
        yield
