"""Roll a model back after a failed first call."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from autograd_lite.extend import Snapshot
from nn import random
from nn.layers.base import Layer
from nn.layers.module import walk

__all__ = ["rollback_on_error"]


@contextmanager
def rollback_on_error(model: Layer) -> Iterator[None]:
    """Restore the attributes of a model's layers if the block raises.

    For a model that has not been built: its weights are made to fit the first data that it sees,
    and if those turn out to be wrong, it must not be left with the wrong weights. The global
    generator goes back too, so that the next try draws what the first one would have drawn.
    """
    layers = [part for part in walk(model) if isinstance(part, Layer)]
    before = Snapshot(objects=layers, generators=[random.generator()])
    with before.restored_on_error():
        yield
