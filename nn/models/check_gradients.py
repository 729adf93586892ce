"""`model.check_gradients`: check the gradients of a model's loss by finite differences."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograd_lite import GradientReport, no_grad
from autograd_lite.extend import Problem, Snapshot, check_problem
from nn import random
from nn._core.generators import generators_of
from nn.layers.base import Layer
from nn.layers.module import walk
from nn.saving.paths import variable_paths
from nn.training.network import Network
from nn.training.rollback import rollback_on_error


def check_gradients(
    model: Network,
    batch: tuple[Any, Any, Any],
    *,
    training: bool,
    order: int,
    rtol: float | None,
    atol: float | None,
    samples: int,
    seed: int,
) -> GradientReport:
    """As `Network.check_gradients`, for one batch (x, y, sample_weight) of arrays."""
    x, y, sample_weight = batch
    if not model.built:
        with rollback_on_error(model), no_grad():
            model(x, training=False)
    weights = {path: v for path, v in variable_paths(model).items() if v.trainable}
    if not weights:
        raise ValueError(f"{model.name} has no trainable weights: there is no gradient to check")
    with _unchanged(model) as rewind:

        def cost(*_: Any) -> Any:
            rewind()
            y_pred = model(x, training=training)
            return model.batch_loss(x, y, y_pred, sample_weight, training=training)

        names, variables = list(weights), tuple(weights.values())
        problem = Problem(cost, variables, np.random.default_rng(seed), names)
        return check_problem(problem, order, rtol, atol, samples)


@contextmanager
def _unchanged(model: Layer) -> Iterator[Callable[[], None]]:
    """Restore the model afterwards; yield a function that restores it before each call.

    What calls change: the generators that they draw from (Dropout), the weights that are not
    trained (moving averages), and what layers note in their attributes.
    """
    layers = [part for part in walk(model) if isinstance(part, Layer)]
    held = [generator for layer in layers for generator in generators_of(layer).values()]
    before = Snapshot(
        variables=model.non_trainable_variables, generators=[random.generator(), *held]
    )
    attributes = Snapshot(objects=layers)
    try:
        yield before.restore
    finally:
        before.restore()
        attributes.restore()
