"""Baselines: the loss of predictions that ignore X."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_lite import Tensor, no_grad
from nn.diagnosis.case import Case, loss_name

CROSSENTROPIES = (
    "binary_crossentropy",
    "categorical_crossentropy",
    "sparse_categorical_crossentropy",
)


def guessing_without_counts(case: Case) -> float | None:
    """Return the crossentropy of equal probabilities for k classes: ln k."""
    name = loss_name(case)
    if name not in CROSSENTROPIES or case.output is None:
        return None
    return math.log(2 if name == "binary_crossentropy" else case.output.shape[-1])


def guessing_loss(case: Case) -> float | None:
    """Return the loss of the best constant prediction: class frequencies, or the mean.

    None where it is not known.
    """
    answer = _best_answer(case)
    if answer is None or case.output is None or case.targets is None:
        return None
    constant = np.broadcast_to(answer, (len(case.targets), *case.output.shape[1:]))
    with no_grad():
        loss = case.model.batch_loss(
            None, case.targets, Tensor(constant, dtype=case.output.dtype), training=False
        )
    return float(loss)


def _best_answer(case: Case) -> Any:
    name, y = loss_name(case), case.targets
    if y is None or case.output is None or case.output.ndim != 2:
        return None
    y = y.reshape(len(y), -1)
    classes = case.output.shape[-1]
    logits = bool(getattr(case.compile_loss, "from_logits", False))
    if name == "mean_squared_error":
        return y.mean(axis=0)
    if name == "mean_absolute_error":
        return np.median(y, axis=0)
    if name == "binary_crossentropy":
        p = np.clip(y.mean(axis=0), 1e-6, 1 - 1e-6)
        return np.log(p / (1 - p)) if logits else p
    if name == "categorical_crossentropy":
        p = np.clip(y.mean(axis=0), 1e-6, 1)
    elif name == "sparse_categorical_crossentropy" and y.shape[1] == 1:
        p = np.clip(np.bincount(y[:, 0].astype(int), minlength=classes) / len(y), 1e-6, 1)
    else:
        return None
    p = p / p.sum()
    return np.log(p) if logits else p
