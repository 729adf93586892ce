"""`model.profile`: where the time of a training step goes."""

from __future__ import annotations

import copy
from typing import Any

import autograd_lite as ag
from autograd_lite.extend import Snapshot
from nn import random
from nn.training.dry_run import dry_run_batch
from nn.training.network import Network


def profile(model: Network, batch: tuple[Any, ...], repeat: int) -> ag.Profile:
    """As `Model.profile`, for one batch (x, y, sample_weight) of arrays."""
    if len(batch) == 1 and model.loss is not None:
        raise ValueError(
            "profile measures a training step, and its loss compares outputs with targets, but y "
            "was not given: model.profile(x, y). For the forward pass alone: ag.profile(model, x)"
        )
    before = Snapshot(generators=[random.generator()])
    try:
        measured = copy.deepcopy(model)
        dry_run_batch(measured, batch)
        assert measured.optimizer is not None
        measured.optimizer.build(measured.trainable_state.variables)
        found = ag.profile(measured.train_step, batch, repeat=repeat)
        found.name = model.name
        return found
    finally:
        before.restore()
