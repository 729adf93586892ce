"""A copy of a model to experiment on, and its training loss."""

from __future__ import annotations

import copy
from typing import Any

from nn.data.batches import unpack_batch
from nn.layers.module import walk
from nn.models.model import Model


def copied(model: Model) -> Model:
    """Copy a model with its weights, state and generators.

    Raises:
        TypeError: if something in it cannot be copied.
    """
    # Compiled steps belong to the original's weights; the history holds whole callbacks.
    memo: dict[int, Any] = {}
    for part in walk(model):
        if isinstance(part, Model):
            memo |= {id(part._step_runners): None, id(part.history): None}
    try:
        return copy.deepcopy(model, memo)
    except TypeError as error:
        raise TypeError(
            f"diagnose works on a copy of {model.name}, and something in it cannot be copied: "
            f"{error}. Keep files, locks and the like outside of layers and models"
        ) from error


def cost(model: Model, batch: tuple[Any, ...], training: bool) -> Any:
    """Compute the training loss of a batch (x,) or (x, y): a Tensor with one element."""
    x, y, _ = unpack_batch(batch)
    return model.batch_loss(x, y, model(x, training=training), training=training)
