"""Facts that a report states with or without findings."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from nn._core.nest import named_leaves
from nn.diagnosis.case import Case
from nn.diagnosis.guessing import guessing_loss, guessing_without_counts


def facts(case: Case) -> Iterator[tuple[str, str]]:
    """Return pairs (title, text): data, model, loss, learning rates."""
    yield "data", _data(case)
    if case.model.built:
        trainable = sum(v.size for v in case.model.trainable_variables)
        layers = len(case.model.layers)
        steps = case.model.optimizer.iterations.item()
        trained = f"trained for {steps:,} steps" if steps else "not trained yet"
        yield "model", f"{trainable:,} trainable parameters, layers: {layers}; {trained}"
    if case.start is not None:
        yield "loss", _loss(case)
    elif case.own_step:
        yield "loss", "train_step is your own: checks of the loss were skipped"
    if case.rates is not None:
        rates = case.rates
        yield (
            "rates",
            (
                f"after {rates.steps} steps the loss is lowest with a learning rate of "
                f"{rates.best:.2g}: {min(rates.losses):.4g}; with yours, {rates.yours:.2g}, it is "
                if rates.improves
                else f"no learning rate lowers the loss; with yours, {rates.yours:.2g}, it is "
            )
            + (f"{rates.loss_at_yours:.4g}" if math.isfinite(rates.loss_at_yours) else "no number"),
        )


def _data(case: Case) -> str:
    if case.data is None:
        return "no sample without NaN"
    inputs = named_leaves(case.data.x, "X")
    shapes = ", ".join(f"{name} {array.shape[1:]}" for name, array in inputs)
    if len(inputs) == 1 and inputs[0][1].ndim == 2:
        shapes = f"{inputs[0][1].shape[1]} features"
    text = f"{case.data.count:,} samples, {shapes}"
    if case.labels is not None:
        classes = len(np.unique(case.labels))
        text += f", {classes} class{'es' * (classes != 1)}"
    if case.held_out is not None:
        text += f"; {case.held_out.count:,} to validate on"
    return text


def _loss(case: Case) -> str:
    assert case.start is not None
    text = (
        f"{case.start:.4g} at the start" if math.isfinite(case.start) else "not finite at the start"
    )
    equal, informed = guessing_without_counts(case), guessing_loss(case)
    if equal is not None:
        text += f"; equal probabilities give {equal:.4g}"
    if informed is not None:
        text += f"; best constant prediction: {informed:.4g}"
    return text
